use super::restore::in_use;
use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{Answer, ForgetArgs, PlannedUndo, SetAside};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast undo
  holdfast undo chatbot --yes
  holdfast undo --forget                         delete the states before all restores
  holdfast undo --forget --of 20261121T202851759639Z-13448

The folder comes back as it was before. What was changed in it since the restore goes, and an archive of it is made first;
where that cannot be made, nothing is undone.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Let the preserved states go and free their space; the restores can then not be undone any more
    #[arg(long)]
    forget: bool,
    /// Only the state before this restore, by the number that --forget shows
    #[arg(long, value_name = "RESTORE", requires = "forget")]
    of: Option<String>,
    /// Delete a state also where programs wrote to it after the restore: that is nowhere else
    #[arg(long, requires = "forget")]
    discard_changes: bool,
    /// Make no archive of the present state first: what was changed since the restore is then lost
    #[arg(long, conflicts_with = "forget")]
    no_emergency: bool,
    /// Undo also while programs have the folder open to write: what they write from then on is lost
    #[arg(long, conflicts_with = "forget")]
    while_running: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.forget { forget(&args, session) } else { undo(&args, session) }
}

fn undo(args: &Args, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_undo(args.name.as_deref(), !args.no_emergency)?;
    let (preview, out) = (&planned.preview, &session.out);
    out.notes(&preview.problems);
    out.say(format!("Undo the restore of {} made {}", preview.archive, out.when(preview.at)));
    for root in &preview.roots {
        let path = printable(&root.path.display().to_string());
        let what = if root.existed { "becomes what it was before" } else { "is removed: it was not there before" };
        out.say(format!("  {path} {what}"));
    }
    in_use(&preview.in_use, out);
    let goes = if preview.archived_first {
        let size = preview.emergency_bytes.map(|bytes| format!(": up to {}", size_words(bytes))).unwrap_or_default();
        out.say(format!("  An archive of the present state is made first{size}"));
        "What was changed there since the restore will be in that archive alone."
    } else if preview.changed_since {
        "What was changed there since the restore is lost."
    } else {
        "Nothing was changed there since the restore."
    };
    session.confirm(args.yes, "the undo", goes)?;
    let planned = if consent(args, &planned, session)? { planned.despite_use() } else { planned };
    let answer = session.service.undo(planned, &session.job)?;
    out.say(format!("Undone: {} is as it was before the restore", answer.deployment));
    if let Some(emergency) = &answer.emergency {
        out.say(format!("  What was there until now is archived as {emergency}"));
    }
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// A yes to the undo is no yes to what running programs write after it.
fn consent(args: &Args, planned: &PlannedUndo, session: &Session) -> Answer<bool> {
    let asks = !args.yes && session.out.interactive && !planned.preview.in_use.is_empty();
    if args.while_running || !asks {
        return Ok(args.while_running);
    }
    session.confirm(false, "the undo while they run", "What these programs write from then on is lost.")?;
    Ok(true)
}

fn forget(args: &Args, session: &Session) -> Answer<Ending> {
    let name = args.name.as_deref();
    let mut states = session.service.preserved(name)?;
    if let Some(id) = &args.of {
        states.retain(|state| state.id == *id);
    }
    let out = &session.out;
    for state in &states {
        out.say(format!("The state before the restore of {}, made {}", state.archive, out.when(state.at)));
        out.say(format!("  number {}", state.id));
        state.paths.iter().for_each(|path| out.say(format!("  {}", printable(&path.display().to_string()))));
        if state.would_lose {
            lost(state, session);
        }
    }
    let mut request =
        ForgetArgs { deployment: args.name.clone(), id: args.of.clone(), discard_changes: args.discard_changes };
    if !states.is_empty() {
        session.confirm(
            args.yes,
            "the removal of preserved states",
            "The restores can then not be undone any more.",
        )?;
        // Without a terminal it is refused, unless that was asked for: a yes to the one is no yes to the other.
        if states.iter().any(|state| state.would_lose) && !args.discard_changes && !args.yes && out.interactive {
            session.confirm(false, "the removal of preserved states", "What was written there since is lost too.")?;
            request.discard_changes = true;
        }
    }
    let answer = session.service.forget(&request, &session.job)?;
    if answer.removed == 0 {
        out.say("No state is preserved.");
    } else {
        let count = count_words(answer.removed, "preserved state", "preserved states");
        out.say(format!("{count} removed, {} freed", size_words(answer.freed_bytes)));
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// What deleting a state would lose.
fn lost(state: &SetAside, session: &Session) {
    let out = &session.out;
    if let Some(path) = &state.written_path {
        let count = count_words(state.written_files, "file was", "files were");
        let last = printable(&path.display().to_string());
        out.aside(format!("  {count} written there since, {} in all, {last} last", size_words(state.written_bytes)));
    }
    in_use(&state.in_use, out);
}
