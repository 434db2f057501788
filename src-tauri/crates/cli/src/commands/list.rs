use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{Out, table};
use holdfast_api::words::{count_words, size_words};
use holdfast_api::{Answer, ArchiveInfo, ArchiveList, Outcome, Soundness, kind_words};
use table::Side;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast list
  holdfast list chatbot --json

Reads the catalog; no drive and no passphrase is needed.")]
pub struct Args {
    /// The deployment; all where none is named
    name: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let answer = session.service.archives(args.name.as_deref())?;
    let out = &session.out;
    if answer.archives.is_empty() {
        out.line(nothing(&answer));
    } else {
        let rows: Vec<Vec<String>> = answer.archives.iter().map(|archive| row(archive, out)).collect();
        out.lines(table::lines(&COLUMNS, &rows));
        let stored = answer.archives.iter().map(|archive| archive.stored_bytes).sum();
        let count = count_words(answer.archives.len() as u64, "archive", "archives");
        out.say(format!("{count}, {} stored", size_words(stored)));
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// What an empty list means.
fn nothing(answer: &ArchiveList) -> &'static str {
    match answer.deployments {
        0 => {
            "Nothing is protected on this machine yet: holdfast setup begins.\n\
             Archives of another machine, or from before a loss: holdfast recover --from DRIVE"
        }
        _ if !answer.problems.is_empty() => "The catalog lists no archive.",
        _ => "There is no archive yet. holdfast backup makes the first.",
    }
}

const COLUMNS: [(&str, Side); 11] = [
    ("MADE", Side::Left),
    ("", Side::Right),
    ("KIND", Side::Left),
    ("LEVEL", Side::Left),
    ("SIZE", Side::Right),
    ("STORED", Side::Right),
    ("VERIFIED", Side::Left),
    ("PINNED", Side::Left),
    ("COPIES", Side::Left),
    ("STATE", Side::Left),
    ("NAME", Side::Left),
];

fn row(archive: &ArchiveInfo, out: &Out) -> Vec<String> {
    let verified = match archive.verified {
        None => "-",
        Some(verified) if !verified.ok => "damaged",
        // Of itself alone: as a whole it does not restore.
        Some(_) if archive.soundness != Soundness::Sound => "-",
        Some(verified) if verified.read_back => "read back",
        Some(verified) if verified.full => "full",
        Some(_) => "quick",
    };
    vec![
        out.made(archive),
        out.ago(archive.created),
        kind_words(archive.kind, archive.before),
        archive.level.to_string(),
        size_words(archive.bytes),
        size_words(archive.stored_bytes),
        verified.to_owned(),
        if archive.pinned { "pinned" } else { "" }.to_owned(),
        archive.copies.iter().map(|copy| copy.destination.as_str()).collect::<Vec<_>>().join(", "),
        state(archive).to_owned(),
        archive.name.to_string(),
    ]
}

/// What is worth a word; nothing for an archive as it should be.
fn state(archive: &ArchiveInfo) -> &str {
    let captured = archive.captured.as_ref().filter(|captured| captured.matters);
    match archive.state {
        "present" if archive.soundness == Soundness::NeedsDamaged => "needs a damaged one",
        "present" if archive.soundness == Soundness::NeedsMissing => "needs a missing one",
        "present" if captured.is_some() => captured.map_or("", |captured| captured.word.as_str()),
        "present" if archive.made == Outcome::Problems => "with problems",
        "present" if !archive.signed => "unsigned",
        "present" => "",
        "missing" if archive.away => "away",
        other => other,
    }
}
