use super::export::Format;
use super::watch::time;
use crate::ending::Ending;
use crate::session::Session;
use clap::ValueEnum;
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{Answer, BackupAnswer, BackupArgs, Failure, Level, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast backup
  holdfast backup chatbot --level full
  holdfast backup --manual --quiet
  holdfast backup --no-prune
  holdfast backup --level full --format openpgp
  holdfast backup --wait=10m
  holdfast backup --json --progress json

Afterwards the archives that no rule keeps are removed (holdfast prune --dry-run shows which). Never asks for a passphrase:
backing up needs only the public key.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// How much the archive holds itself; by default what is due, or a full one where there is none
    #[arg(long, value_name = "LEVEL")]
    level: Option<LevelWord>,
    /// Keep it as one that you asked for: longer than scheduled ones
    #[arg(long)]
    manual: bool,
    /// What a full archive is sealed in
    #[arg(long, value_name = "FORMAT", default_value = "age")]
    format: Format,
    /// Do not read the finished archive back and compare it; faster, and no proof
    #[arg(long)]
    no_read_back: bool,
    /// Back up a folder that is empty now and held files before; otherwise that is refused
    #[arg(long)]
    allow_empty: bool,
    /// Where another run is at work on the deployment, wait until it is done, for so long at most: 30s, 10m
    #[arg(long, value_name = "LIMIT", num_args = 0..=1, require_equals = true)]
    #[allow(clippy::option_option)]
    wait: Option<Option<String>>,
    /// Do not remove afterwards what the rules let go of
    #[arg(long)]
    no_prune: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LevelWord {
    /// Everything; needs no other archive
    Full,
    /// What changed since the newest full one
    Daily,
    /// What changed since the newest daily one
    Hourly,
}

impl From<LevelWord> for Level {
    fn from(word: LevelWord) -> Self {
        match word {
            LevelWord::Full => Self::Full,
            LevelWord::Daily => Self::Daily,
            LevelWord::Hourly => Self::Hourly,
        }
    }
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let request = BackupArgs {
        deployment: args.name,
        level: args.level.map(Level::from),
        manual: args.manual,
        read_back: !args.no_read_back,
        allow_empty: args.allow_empty,
        no_prune: args.no_prune,
        envelope: args.format.into(),
        keys: session.keys(false)?,
    };
    let answer = match args.wait {
        None => session.service.backup(&request, &session.job)?,
        Some(limit) => {
            let limit = limit.map(|limit| time("--wait", &limit)).transpose()?;
            let mut waiting =
                |held: &Failure| session.out.aside(printable(&format!("Waiting, because {}.", held.cause)));
            session.service.backup_when_free(&request, limit, &mut waiting, &session.job)?
        }
    };
    told(&answer, session);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn told(answer: &BackupAnswer, session: &Session) {
    let out = &session.out;
    let with = if answer.outcome == Outcome::Problems { ", with problems" } else { "" };
    out.say(format!(
        "Backed up {}{with}: {}, {}, in {}",
        answer.deployment,
        count_words(answer.files, "file", "files"),
        size_words(answer.bytes),
        out.elapsed()
    ));
    out.say(format!(
        "  {} archive ({}); {} read anew, {}; {} stored",
        answer.level,
        answer.reason,
        count_words(answer.files_read, "file", "files"),
        size_words(answer.bytes_read),
        size_words(answer.stored_bytes)
    ));
    out.say(format!("  {}", answer.path.display()));
    for to in answer.copies.iter().filter(|to| to.there) {
        super::copy::told(to, out);
    }
    if let Some(pruned) = &answer.pruned {
        let count =
            pruned.removed.len() as u64 + pruned.copies.iter().map(|copies| copies.removed.len() as u64).sum::<u64>();
        if count > 0 {
            let freed = pruned.freed_bytes + pruned.copies.iter().map(|copies| copies.freed_bytes).sum::<u64>();
            let count = count_words(count, "archive that no rule keeps was", "archives that no rule keeps were");
            out.say(format!("  {count} removed, {} freed", size_words(freed)));
        }
        if let Some(why) = &pruned.frozen {
            out.say(format!("  No archive is removed for now: {why}"));
        }
    }
    out.notes(&answer.problems);
}
