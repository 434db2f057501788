use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, size_words};
use holdfast_api::{Answer, Finding, Note, UpkeepArgs, VerdictNote, VerifyAnswer, VerifyArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast verify                     the latest archive, by hash and signature
  holdfast verify --full              every byte of it, every file, every database
  holdfast verify --all --json
  holdfast verify --due               what is to be read again now, at every place

The archives that one needs are checked with it. The full check needs the passphrase or the keyring; the quick one does
without.
Ends with 5 where an archive is damaged, with 1 where one is not there or cannot be read, with 3 where there is nothing to
compare one with.

With --due, a share is read of what nobody read for a fortnight, the longest unread first, so that every byte at every place
that is there is read within a month: at most 32 GiB and a quarter of an hour at each place, of a cloud 1 GiB a day
(read_daily_bytes in its settings). The next share has its time an hour later, or a day where all was read. Once a week some
files and a database of the archive to go back to are restored into a scratch place and compared; without a key at hand that
is left away, and said. What is damaged is brought back from a place where it is good.")]
pub struct Args {
    /// An archive's name, a time, 'latest', or the path of an archive's file
    #[arg(conflicts_with = "all")]
    archive: Option<String>,
    /// Every archive of the deployment
    #[arg(long)]
    all: bool,
    /// What is due now: a share of what was not read for long, at every place; a sample; repairs
    #[arg(long, conflicts_with_all = ["archive", "all", "full"])]
    due: bool,
    /// Decrypt and compare every byte, and check the databases
    #[arg(long)]
    full: bool,
    /// The deployment, where the archive's name does not say it
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.due {
        return due(args.deployment, session);
    }
    let request = VerifyArgs {
        deployment: args.deployment,
        archive: args.archive,
        all: args.all,
        full: args.full,
        keys: session.keys(false)?,
    };
    let answer = session.service.verify(&request, &session.job)?;
    told(&answer, &session.out);
    let problems: Vec<&Note> = answer.archives.iter().flat_map(|verdict| &verdict.problems).collect();
    Ok(Ending::new(answer.outcome, problems, &answer))
}

fn due(deployment: Option<String>, session: &Session) -> Answer<Ending> {
    let request = UpkeepArgs { deployment, keys: session.keys(false)? };
    let answer = session.service.upkeep(&request, &session.job)?;
    let out = &session.out;
    if answer.nothing_was_due() {
        out.say("Nothing is due now");
    }
    answer.said().iter().for_each(|line| out.line(line));
    if !answer.read.said.is_empty() {
        out.say(format!("Read again: {}", answer.read.said));
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn told(answer: &VerifyAnswer, out: &Out) {
    for verdict in &answer.archives {
        let word = match verdict.finding {
            Finding::Ok => {
                out.say(format!("ok       {}{}", verdict.archive, seen(verdict)));
                if let Some(captured) = verdict.captured.as_ref().filter(|_| verdict.problems.is_empty()) {
                    out.line(format!("         It is what was written. {}", captured.said));
                }
                out.notes(&verdict.problems);
                continue;
            }
            Finding::NotChecked => "UNKNOWN",
            Finding::Incomplete => "INCOMPLETE",
            Finding::Unreadable => "UNREADABLE",
            Finding::Missing => "MISSING",
            Finding::Untrusted => "UNTRUSTED",
            Finding::Damaged => "DAMAGED",
        };
        out.line(format!("{word:<8} {}", verdict.archive));
        out.notes(&verdict.problems);
    }
    let bad = answer.archives.iter().filter(|verdict| !verdict.ok).count() as u64;
    let all = count_words(answer.archives.len() as u64, "archive", "archives");
    if bad == 0 {
        out.say(format!("{all} verified, in {}", out.elapsed()));
    } else {
        out.line(format!("{bad} of {all} not as it should be"));
    }
    out.notes(&answer.problems);
}

/// What was compared.
fn seen(verdict: &VerdictNote) -> String {
    let signature = match verdict.signature.as_str() {
        "good" => ", signature good",
        "unsigned" => ", unsigned",
        _ => ", signature not looked at",
    };
    if verdict.full {
        let files = count_words(verdict.files, "file", "files");
        format!("  {files}, {} compared{signature}", size_words(verdict.bytes))
    } else {
        format!("  hash good{signature}")
    }
}
