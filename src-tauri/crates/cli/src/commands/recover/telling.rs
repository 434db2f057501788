//! What there is, what would be done, what was done, and what to do next.
use crate::session::Session;
use crate::terminal::{Out, table};
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{ArchiveName, MomentInfo, MomentsAnswer, RecoverAnswer, RecoverArgs, RecoverPreview, kind_words};

/// The moments, newest first, with their numbers.
pub fn moments(answer: &MomentsAnswer, limit: usize, out: &Out) {
    out.line(format!("{} in {}", answer.deployment, printable(&answer.folder.display().to_string())));
    if !answer.signer_known {
        out.line(
            "  It cannot be checked who wrote these archives: no signing key is known here. With --signed-by and the",
        );
        out.line("  signing key from the recovery kit it can; --accept-unverified goes on without.");
    }
    let row = |(number, moment): (usize, &MomentInfo)| {
        vec![
            format!("  {}", number + 1),
            moment.at.map_or_else(|| "at an unknown time".to_owned(), |at| out.when(at)),
            moment.kind.map_or_else(String::new, |kind| kind_words(kind, moment.before)),
            moment.level.map_or_else(String::new, |level| level.to_string()),
            moment.bytes.map_or_else(String::new, size_words),
            state(moment, answer.offered.as_ref()),
        ]
    };
    let rows: Vec<Vec<String>> = answer.moments.iter().take(limit).enumerate().map(row).collect();
    let columns = [
        ("  #", table::Side::Left),
        ("MADE", table::Side::Left),
        ("KIND", table::Side::Left),
        ("LEVEL", table::Side::Left),
        ("SIZE", table::Side::Right),
        ("", table::Side::Left),
    ];
    out.lines(table::lines(&columns, &rows));
    if answer.moments.iter().take(limit).any(|moment| moment.restorable && !moment.compared) {
        out.line("  Not read through: damage amid the content would show only as it comes back. --check reads all of it first.");
    }
    if answer.moments.len() > limit {
        let more = count_words((answer.moments.len() - limit) as u64, "older one", "older ones");
        out.line(format!("  … and {more} (--list shows all)"));
    }
}

fn complete(moment: &MomentInfo) -> &'static str {
    if moment.compared { "complete" } else { "complete, not read through" }
}

fn state(moment: &MomentInfo, offered: Option<&ArchiveName>) -> String {
    let given_up = moment.given_up.map(|words| format!(", {words}")).unwrap_or_default();
    match &moment.problem {
        None => match moment.captured.as_ref().filter(|captured| captured.matters) {
            Some(captured) => format!("not whole: {}{given_up}", printable(&captured.word)),
            None if offered == Some(&moment.archive) => {
                format!("{}{given_up}; taken where you choose no other", complete(moment))
            }
            None => format!("{}{given_up}", complete(moment)),
        },
        Some(_) if !moment.missing.is_empty() => {
            let names: Vec<&str> = moment.missing.iter().map(holdfast_api::ArchiveName::as_str).collect();
            format!("not complete: {} is missing", names.join(", "))
        }
        Some(note) => format!("cannot be used: {}", printable(&note.cause)),
    }
}

/// What becomes of protection.
pub fn protection(preview: &RecoverPreview, dry_run: bool, out: &Out) {
    let say = |text: String| if dry_run { out.line(text) } else { out.say(text) };
    let protection = &preview.protection;
    let cause = protection.cause.as_deref().unwrap_or_default();
    match (protection.state, &protection.destination) {
        ("will", Some(destination)) => {
            say(format!(
                "  Afterwards it is protected here, with archives in {}",
                printable(&destination.display().to_string())
            ));
            if let Some(room) = &protection.room {
                say(format!("  {room}"));
            }
            if !protection.settings_carried {
                say("  The archive carries no settings: what is left out, and how often, are the usual".to_owned());
            }
        }
        ("already", _) => say("  This machine protects it already".to_owned()),
        ("cannot", _) => say(format!("  Afterwards it is not protected here: {}", printable(cause))),
        _ => say("  Afterwards it is not protected here".to_owned()),
    }
}

/// `said`: as many of the problems were told with the preview.
pub fn told(answer: &RecoverAnswer, said: usize, request: &RecoverArgs, session: &Session) {
    let out = &session.out;
    let restored = &answer.restored;
    let name = &restored.deployment;
    let files = count_words(restored.files, "file", "files");
    let (when, size) = (out.local(restored.at), size_words(restored.bytes));
    out.say(format!("Recovered {name} as of {when}: {files}, {size}, in {}", out.elapsed()));
    for root in &restored.roots {
        out.say(format!("  {}", printable(&root.path.display().to_string())));
    }
    if let Some(emergency) = &restored.emergency {
        out.say(format!("  What was there before is archived as {emergency}"));
    }
    let start = if restored.emergency.is_some() { "and" } else { "What was there before is" };
    for preserved in &restored.preserved {
        out.say(format!("  {start} preserved at {}", printable(&preserved.display().to_string())));
    }
    if let Some(protected) = &answer.protected {
        let archives = count_words(protected.archives, "archive", "archives");
        out.say(format!("It is protected on this machine, and {archives} of it are known here."));
        if !protected.identity_in_keyring {
            out.say("  No keyring holds its key: backups run without, restores ask for the passphrase.");
        }
    }
    out.notes(restored.problems.get(said..).unwrap_or_default());
    out.say("Next:");
    match answer.preset.as_deref() {
        Some(preset) => out.say(format!("  Start the chatbot ({preset}), as it was started before.")),
        None => out.say("  Start the chatbot, as it was started before."),
    }
    match &answer.health_url {
        Some(url) => out.say(format!("  See that it answers: {url}, then look at your last conversations.")),
        None => out.say("  See that it answers, then look at your last conversations."),
    }
    if answer.protected.is_some() {
        out.say(format!("  Go on with its backups: holdfast backup {name}"));
        if !restored.preserved.is_empty() {
            out.say(format!(
                "  If it is not right: holdfast undo {name}. When all is well: holdfast undo {name} --forget"
            ));
        }
    } else if request.adopt {
        out.say("  Protect it: it is not protected on this machine yet.");
    }
}
