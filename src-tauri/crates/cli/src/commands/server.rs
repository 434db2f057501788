use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::printable;
use holdfast_api::{Answer, DumpArgs, ServerStanding, ServersAnswer, this_machine};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast server list
  holdfast server dump mongodb --in /srv/chatbot/dumps
  holdfast server dump postgres --in /srv/chatbot/data/dump.sql --within-days 8
  holdfast server settle postgres

Conversations may be in PostgreSQL, MongoDB or MySQL. The files of such a server are no backup while it runs: its own program
(pg_dump, mongodump, mysqldump) has to write a dump into a folder that is protected, before each backup. Until that is said,
or that it is settled, each backup and holdfast status tell it.

Exit codes: 0 done; 3 done, and the data of a server is in no archive.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Look for the chatbot's database servers, and show how they stand
    List(List),
    /// Say where a server's dumps are written
    Dump(Dump),
    /// Say that a server's data is saved otherwise, or that it is not used
    Settle(Settle),
}

#[derive(Debug, clap::Args)]
struct List {
    /// The deployment; may be left out when there is one
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Dump {
    /// The server: postgres, mongodb, mysql, ...
    server: String,
    /// The folder or file that the dumps are written to; it must be protected
    #[arg(long = "in", value_name = "PATH")]
    path: PathBuf,
    /// How old the newest dump may be
    #[arg(long, value_name = "DAYS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=3650))]
    within_days: u32,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Settle {
    /// The server: postgres, mongodb, mysql, ...
    server: String,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let service = &session.service;
    let (answer, asked) = match args.what {
        What::List(list) => (service.servers(list.name.as_deref(), &this_machine()?)?, true),
        What::Dump(dump) => {
            let Dump { server, path, within_days, deployment } = dump;
            (service.dump_server(&DumpArgs { deployment, server, path, within_days })?, false)
        }
        What::Settle(settle) => (service.settle_server(settle.deployment.as_deref(), &settle.server)?, false),
    };
    show(&answer, asked, session);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn show(answer: &ServersAnswer, asked: bool, session: &Session) {
    let out = &session.out;
    let say = |text: String| if asked { out.line(text) } else { out.say(text) };
    if answer.servers.is_empty() {
        say(format!("No database server is known of {}.", answer.deployment));
    }
    for server in &answer.servers {
        say(format!("  {}: {}", server.kind, words(server)));
    }
    out.notes(&answer.problems);
}

fn words(server: &ServerStanding) -> String {
    let how = match (&server.dump, &server.dumped) {
        (Some(path), Some(at)) => {
            format!(
                "dumped into {}, the newest at {}",
                printable(&path.display().to_string()),
                at.strftime("%F %H:%M UTC")
            )
        }
        (Some(path), None) => format!("no dump lies in {}", printable(&path.display().to_string())),
        (None, _) if server.settled => "settled, as you said".to_owned(),
        (None, _) => "not captured".to_owned(),
    };
    format!("{how} ({})", printable(&server.because))
}
