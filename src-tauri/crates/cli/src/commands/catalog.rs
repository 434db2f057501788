use crate::ending::Ending;
use crate::session::Session;
use clap::Subcommand;
use holdfast_api::Answer;
use holdfast_api::words::count_words;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast catalog rebuild
  holdfast catalog rebuild chatbot --passphrase-file pass.txt

The catalog is a copy of what the archives say; losing it loses no archive.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fill the catalog anew from the archives
    #[command(after_help = "Examples:
  holdfast catalog rebuild
  holdfast catalog rebuild chatbot --passphrase-file pass.txt

Needs the passphrase or the keyring: what an archive holds is written inside.")]
    Rebuild {
        /// The deployment; may be left out when there is one
        name: Option<String>,
        /// Record archives too that are not signed by the deployment's key
        #[arg(long)]
        accept_unverified: bool,
    },
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let Action::Rebuild { name, accept_unverified } = args.action;
    let keys = session.keys(accept_unverified)?;
    let answer = session.service.rebuild_catalog(name.as_deref(), &keys, &session.job)?;
    let out = &session.out;
    let recorded = count_words(answer.recorded.len() as u64, "archive", "archives");
    out.say(format!("{recorded} of {} recorded, in {}", answer.deployment, out.elapsed()));
    for name in &answer.missing {
        out.say(format!("  not at its place: {name}"));
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}
