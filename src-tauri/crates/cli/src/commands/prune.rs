use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{Out, table};
use holdfast_api::words::{count_words, size_words};
use holdfast_api::{Answer, Outcome, PruneItem, PrunePreview};
use table::Side;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast prune --dry-run            what would go, what stays, and why
  holdfast prune
  holdfast prune chatbot --yes --json

The newest archive, the last verified one, pinned ones and those that others need always stay.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Show what would go, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_prune(args.name.as_deref(), &session.job)?;
    let (preview, out) = (&planned.preview, &session.out);
    show(preview, args.dry_run, out);
    if args.dry_run {
        return Ok(Ending::new(preview.outcome, &preview.problems, preview));
    }
    let copies: u64 = preview.copies.iter().map(|item| item.removed_count).sum();
    let going = preview.removed_count + copies;
    if going > 0 {
        let freed = preview.freed_bytes + preview.copies.iter().map(|item| item.freed_bytes).sum::<u64>();
        let question = format!(
            "{} removed for ever, {} freed.",
            count_words(going, "archive is", "archives are"),
            size_words(freed)
        );
        session.confirm(args.yes, "the prune", &question)?;
    }
    out.notes(&preview.problems);
    let answer = session.service.prune(planned, &session.job)?;
    let removed = count_words(answer.removed.len() as u64, "archive", "archives");
    let stopped = if answer.outcome == Outcome::Cancelled { " before it was cancelled" } else { "" };
    out.say(format!("{removed} removed{stopped}, {} freed", size_words(answer.freed_bytes)));
    for copies in answer.copies.iter().filter(|copies| !copies.removed.is_empty()) {
        let removed = count_words(copies.removed.len() as u64, "copy", "copies");
        out.say(format!("{}: {removed} removed, {} freed", copies.destination, size_words(copies.freed_bytes)));
    }
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn show(preview: &PrunePreview, dry_run: bool, out: &Out) {
    let say = |text: &str| if dry_run { out.line(text) } else { out.say(text) };
    if let Some(alarm) = &preview.alarm {
        say(&format!("Nothing is removed for now: {alarm}"));
    }
    for name in &preview.finished {
        say(&format!("The removal of {name}, which was interrupted, was finished"));
    }
    let rows: Vec<Vec<String>> = preview.archives.iter().map(|item| row(item, out)).collect();
    // What stays matters in a dry run; before a prune, what goes.
    let rows = rows.into_iter().filter(|row| dry_run || row[0] == "remove").collect::<Vec<_>>();
    if !rows.is_empty() {
        for line in table::lines(&COLUMNS, &rows) {
            say(&line);
        }
    }
    for copies in &preview.copies {
        let rows: Vec<Vec<String>> = copies.archives.iter().map(|item| row(item, out)).collect();
        let rows = rows.into_iter().filter(|row| dry_run || row[0] == "remove").collect::<Vec<_>>();
        if !rows.is_empty() {
            say(&format!("At {}:", copies.destination));
            for line in table::lines(&COLUMNS, &rows) {
                say(&line);
            }
        }
    }
    if dry_run {
        let kept = preview.archives.len() as u64 - preview.removed_count;
        let removed = count_words(preview.removed_count, "archive", "archives");
        say(&format!(
            "{removed} would go, {} freed; {kept} stay. Nothing was removed.",
            size_words(preview.freed_bytes)
        ));
        out.notes(&preview.problems);
    }
}

const COLUMNS: [(&str, Side); 6] = [
    ("", Side::Left),
    ("MADE", Side::Left),
    ("", Side::Right),
    ("STORED", Side::Right),
    ("NAME", Side::Left),
    ("WHY", Side::Left),
];

fn row(item: &PruneItem, out: &Out) -> Vec<String> {
    vec![
        if item.keep { "keep" } else { "remove" }.to_owned(),
        out.local(item.created),
        out.ago(item.created),
        size_words(item.stored_bytes),
        item.name.to_string(),
        item.reasons.join("; "),
    ]
}
