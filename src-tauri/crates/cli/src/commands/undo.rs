use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::Answer;
use holdfast_api::words::{count_words, printable, size_words};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast undo
  holdfast undo chatbot --yes
  holdfast undo --forget

What was changed since the restore goes with the undo: it brings back the folder as it was before.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Let the preserved states go and free their space; the restores can then not be undone any more
    #[arg(long)]
    forget: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.forget { forget(&args, session) } else { undo(&args, session) }
}

fn undo(args: &Args, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_undo(args.name.as_deref())?;
    let (preview, out) = (&planned.preview, &session.out);
    out.notes(&preview.problems);
    out.say(format!("Undo the restore of {} made {}", preview.archive, out.when(preview.at)));
    for root in &preview.roots {
        let path = printable(&root.path.display().to_string());
        let what = if root.existed { "becomes what it was before" } else { "is removed: it was not there before" };
        out.say(format!("  {path} {what}"));
    }
    session.confirm(args.yes, "the undo", "What was changed there since the restore is lost.")?;
    let answer = session.service.undo(planned, &session.job)?;
    out.say(format!("Undone: {} is as it was before the restore", answer.deployment));
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn forget(args: &Args, session: &Session) -> Answer<Ending> {
    let name = args.name.as_deref();
    let preserved = session.service.preserved(name)?;
    let out = &session.out;
    for state in &preserved {
        out.say(format!("The state before the restore of {}, made {}", state.archive, out.when(state.at)));
        state.paths.iter().for_each(|path| out.say(format!("  {}", printable(&path.display().to_string()))));
    }
    if !preserved.is_empty() {
        session.confirm(
            args.yes,
            "the removal of preserved states",
            "The restores can then not be undone any more.",
        )?;
    }
    let answer = session.service.forget(name, &session.job)?;
    if answer.removed == 0 {
        out.say("No state is preserved.");
    } else {
        let count = count_words(answer.removed, "preserved state", "preserved states");
        out.say(format!("{count} removed, {} freed", size_words(answer.freed_bytes)));
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}
