use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, size_words};
use holdfast_api::{Answer, CopiedTo, CopyArgs, CopyPreview, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast copy
  holdfast copy chatbot --to Stick
  holdfast copy --wait
  holdfast copy --dry-run --json
  holdfast copy --check
  holdfast copy --repair

Each copy is read back where it lies before it counts. A copy that was interrupted goes on the next time. Copies that are
due are also made after every backup.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Only to this destination
    #[arg(long, value_name = "DESTINATION")]
    to: Option<String>,
    /// Wait until a drive that archives are due to is plugged in, and copy then
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Read every copy again where it lies, and copy nothing; damaged ones are due again
    #[arg(long, conflicts_with_all = ["dry_run", "wait"])]
    check: bool,
    /// Bring archives that were found damaged back from good copies, and damaged copies from the archives
    #[arg(long, conflicts_with_all = ["dry_run", "wait", "check", "to"])]
    repair: bool,
    /// Show what would be copied, and copy nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let out = &session.out;
    let request = CopyArgs { deployment: args.name, to: args.to };
    if args.dry_run {
        let preview = session.service.plan_copy(&request, &session.job)?;
        show(&preview, out);
        out.notes(&preview.problems);
        return Ok(Ending::new(preview.outcome, &preview.problems, &preview));
    }
    if args.check {
        let answer = session.service.check_copies(&request, &session.job)?;
        for at in answer.destinations.iter().filter(|at| at.there) {
            let count = count_words(at.checked, "copy", "copies");
            let damaged = match at.damaged.len() as u64 {
                0 => "all as they were written".to_owned(),
                damaged => format!("{} damaged", count_words(damaged, "is", "are")),
            };
            out.say(format!("{}: {count} read, {}: {damaged}", at.name, size_words(at.bytes)));
        }
        out.notes(&answer.problems);
        return Ok(Ending::new(answer.outcome, &answer.problems, &answer));
    }
    if args.wait {
        out.say("Waiting for a drive that archives are due to; Ctrl-C ends the wait.");
        session.service.await_drive(&request, &session.job)?;
    }
    let answer = if args.repair {
        session.service.repair_copies(request.deployment.as_deref(), &session.job)?
    } else {
        session.service.copy(&request, &session.job)?
    };
    if answer.destinations.is_empty() {
        out.say("There is no other destination: holdfast destination add names one.");
    }
    answer.destinations.iter().for_each(|to| told(to, out));
    if answer.outcome == Outcome::Cancelled {
        out.say("It was cancelled; the next copy goes on where it stopped.");
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

/// What one destination got.
pub fn told(to: &CopiedTo, out: &Out) {
    out.say(format!("{}: {}", to.name, to.said));
}

fn show(preview: &CopyPreview, out: &Out) {
    if preview.destinations.is_empty() {
        out.line("There is no other destination: holdfast destination add names one.");
    }
    for due in &preview.destinations {
        let away = due.away.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default();
        let room = match due.waits {
            0 => String::new(),
            waits => format!("; no room for {waits} of them, {}", size_words(due.waits_bytes)),
        };
        let count = count_words(due.due.len() as u64, "archive", "archives");
        out.line(format!("{}{away}: {count} due, {}{room}", due.name, size_words(due.bytes)));
        due.due.iter().for_each(|name| out.line(format!("  {name}")));
    }
}
