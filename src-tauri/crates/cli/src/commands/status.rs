use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{Out, table};
use holdfast_api::words::{count_words, number_words, points_words, printable, size_words};
use holdfast_api::{Answer, DeploymentStatus, Exit, Outcome};
use jiff::Timestamp;
use serde_json::json;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast status
  holdfast status chatbot --json
  holdfast status --prometheus > /var/lib/node_exporter/holdfast.prom

Ends with 3 where something needs attention; with --prometheus it ends with 0 then, for the metrics say so.")]
pub struct Args {
    /// The deployment; all where none is named
    name: Option<String>,
    /// Print metrics in the text format of Prometheus instead
    #[arg(long, conflicts_with = "json")]
    prometheus: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let out = &session.out;
    if args.prometheus {
        out.text(&session.service.metrics(args.name.as_deref())?);
        return Ok(Ending { exit: Exit::Done, object: json!({ "outcome": Outcome::Done }) });
    }
    let answer = session.service.status(args.name.as_deref())?;
    if answer.deployments.is_empty() && answer.problems.is_empty() {
        out.line("Nothing is protected on this machine yet: holdfast setup begins.");
        out.line("Archives of another machine, or from before a loss: holdfast recover --from DRIVE");
    }
    let now = session.service.clock().now();
    answer.deployments.iter().for_each(|status| told(status, now, out));
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn told(status: &DeploymentStatus, now: Timestamp, out: &Out) {
    out.line(format!("{}: {}", status.deployment, status.state.words()));
    out.line(format!("  {}", status.reason));
    status.losses.iter().for_each(|loss| out.line(format!("  - {}", printable(loss))));
    for alarm in status.alarms.iter().filter(|alarm| !status.reason.contains(&alarm.title)) {
        out.line(format!("  - {}", printable(&alarm.title)));
    }
    if let Some(step) = &status.next_step {
        out.line(format!("  What to do: {step}"));
    }
    let free = status.free_bytes.map(|free| format!(", {} free", size_words(free))).unwrap_or_default();
    let place = status.destination.display();
    let count = count_words(status.archives, "archive", "archives");
    let unusable = match status.unusable {
        0 => String::new(),
        unusable => format!("; {} cannot be restored", number_words(unusable)),
    };
    let given_up = status.restorable_given_up.map(|words| format!(", {words}")).unwrap_or_default();
    // What the step says is said once.
    let told = |salvage: &&String| status.next_step.as_ref().is_none_or(|step| !step.contains(*salvage));
    let exports =
        if status.exports > 0 { count_words(status.exports, "more", "more") + ", elsewhere" } else { String::new() };
    let undo = status.preserved.first().map(|state| format!("to before the restore of {}", out.when(state.at)));
    let kit = match status.kit_proven {
        Some(at) => format!("proven {}", out.when(at)),
        None => "never proven; holdfast key kit, then holdfast key check".to_owned(),
    };
    let loss = status.disk_loss.as_ref().map(|loss| format!("{} {}", loss.sentence, loss.next_step));
    let people: Vec<String> = status.people.iter().map(|name| printable(name)).collect();
    let mut points = points_words(&status.points, now).into_iter();
    let facts = [
        ("restorable as of", status.restorable_as_of.map(|at| out.when(at) + &given_up).unwrap_or_default()),
        ("by salvage", status.salvage.as_ref().filter(told).cloned().unwrap_or_default()),
        ("in part as of", status.partly_as_of.map(|at| out.when(at)).unwrap_or_default()),
        ("recovery points", points.next().unwrap_or_default()),
        ("", points.collect::<Vec<_>>().join("; ")),
        ("read again", status.read.said.clone()),
        ("due now", status.schedule.said.clone().unwrap_or_default()),
        ("paused until", status.schedule.paused_until.map(|at| out.when(at)).unwrap_or_default()),
        (
            "next backup due",
            next(status).map(|at| format!("{}, {}", out.when(at), made_by(status))).unwrap_or_default(),
        ),
        ("archives", format!("{count}, {} in {place}{free}{unusable}", size_words(status.stored_bytes))),
        ("if the disk dies", loss.unwrap_or_default()),
        ("exports", exports),
        ("recovery kit", kit),
        ("open to", people.join(", ")),
        ("undo possible", undo.unwrap_or_default()),
    ];
    out.lines(table::facts(&facts));
    for copy in &status.copies {
        out.line(super::destination::words(copy));
    }
}

/// Nothing is made before a pause is over.
fn next(status: &DeploymentStatus) -> Option<Timestamp> {
    status.next_due.map(|at| status.schedule.paused_until.map_or(at, |until| at.max(until)))
}

/// Who makes what is due.
fn made_by(status: &DeploymentStatus) -> String {
    match &status.schedule.by {
        Some(who) => format!("made by {}", printable(who)),
        None => "made by nobody: holdfast watch makes it, or cron with holdfast backup".to_owned(),
    }
}
