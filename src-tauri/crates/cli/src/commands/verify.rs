use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, size_words};
use holdfast_api::{Answer, Finding, Note, VerdictNote, VerifyAnswer, VerifyArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast verify                     the latest archive, by hash and signature
  holdfast verify --full              every byte of it, every file, every database
  holdfast verify --all --json

The archives that one needs are checked with it. The full check needs the passphrase or the keyring; the quick one does
without.
Ends with 5 where an archive is damaged, with 1 where one is not there or cannot be read, with 3 where there is nothing to
compare one with.")]
pub struct Args {
    /// An archive's name, a time, 'latest', or the path of an archive's file
    #[arg(conflicts_with = "all")]
    archive: Option<String>,
    /// Every archive of the deployment
    #[arg(long)]
    all: bool,
    /// Decrypt and compare every byte, and check the databases
    #[arg(long)]
    full: bool,
    /// The deployment, where the archive's name does not say it
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
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
