use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{Answer, DiffAnswer, DiffArgs, DiffChange, Side, Tally, What};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast diff                                  the latest archive with now
  holdfast diff 'yesterday 14:30'                that archive with now
  holdfast diff 2026-11-14 2026-11-21            two archives with each other
  holdfast diff --json

+ is new, - is gone, ~ has other content, . differs in permissions, owner or times alone.")]
pub struct Args {
    /// The older side: an archive's name, a time, 'latest', or the path of an archive's file
    a: Option<String>,
    /// The newer side; the present state where it is left out
    b: Option<String>,
    /// The deployment, where the archive's name does not say it
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
    /// Open an archive that is not signed by its deployment's key
    #[arg(long)]
    accept_unverified: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let keys = session.keys(args.accept_unverified)?;
    let request = DiffArgs { deployment: args.deployment, a: args.a, b: args.b, keys };
    let answer = session.service.diff(&request, &session.job)?;
    told(&answer, &session.out);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn told(answer: &DiffAnswer, out: &Out) {
    let side = |side: &Side| match &side.archive {
        Some(archive) => format!("{archive} ({})", out.ago(side.at)),
        None => "now".to_owned(),
    };
    out.say(format!("{}: from {} to {}", answer.deployment, side(&answer.a), side(&answer.b)));
    for change in &answer.changes {
        out.line(line(change));
    }
    if answer.truncated {
        out.aside(format!("Only the first {} changes are listed.", answer.changes.len()));
    }
    let tally = |tally: Tally| format!("{} ({})", count_words(tally.files, "file", "files"), size_words(tally.bytes));
    if answer.changes.is_empty() {
        out.say("Nothing differs.");
    } else {
        let (added, removed, changed) = (tally(answer.added), tally(answer.removed), tally(answer.changed));
        out.say(format!("{added} new, {changed} changed, {removed} gone"));
    }
    out.notes(&answer.problems);
}

fn line(change: &DiffChange) -> String {
    let (sign, which) = match &change.what {
        What::Added => ('+', String::new()),
        What::Removed => ('-', String::new()),
        What::Changed { content: true, .. } => ('~', String::new()),
        What::Changed { content: false, metadata } => ('.', format!("  ({})", metadata.join(", "))),
    };
    let slash = if change.kind == "folder" { "/" } else { "" };
    let size = match (change.size_before, change.size_after) {
        (Some(before), Some(after)) if sign == '~' && size_words(before) != size_words(after) => {
            format!("  {} -> {}", size_words(before), size_words(after))
        }
        (_, Some(size)) | (Some(size), None) if change.kind == "file" && sign != '.' => {
            format!("  {}", size_words(size))
        }
        _ => String::new(),
    };
    format!("{sign} {}{slash}{size}{which}", printable(&change.path))
}
