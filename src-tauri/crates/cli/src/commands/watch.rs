use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{local_seconds, printable, quoted};
use holdfast_api::{
    Answer, Code, Failure, Job, JobKind, Outcome, ScheduleEvent, ScheduleEventKind, ScheduleHands, ScheduleOptions,
    UNIT_NAME, systemd_unit,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// As other programs call it.
const WHO: &str = "holdfast watch";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast watch
  holdfast watch --once
  holdfast watch --json
  holdfast watch --print-unit
  holdfast watch --install-unit

Makes the archives that are due, copies to drives when they are plugged in, and removes what no rule keeps; a line for each
of it. Ctrl-C, or SIGTERM, ends it and leaves nothing half-done. One program does it at a time: the window's tray or this.
With --json, each line is an object, and the last one has the outcome.")]
pub struct Args {
    /// Do what is due now, and end
    #[arg(long)]
    once: bool,
    /// Where another program does it, wait until that ends
    #[arg(long, conflicts_with = "once")]
    wait: bool,
    /// Begin nothing for so long after the start and after waking up: 2m, 30s, 0s
    #[arg(long, value_name = "TIME", default_value = "2m", conflicts_with = "once")]
    settle: String,
    /// Show a systemd user unit that runs it, and end
    #[arg(long, conflicts_with_all = ["once", "wait", "settle"])]
    print_unit: bool,
    /// Write that unit among this user's own, show how it is enabled, and end
    #[arg(long, conflicts_with_all = ["once", "wait", "settle", "print_unit"])]
    install_unit: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.print_unit || args.install_unit {
        return unit(args.install_unit, session);
    }
    let settle = time("--settle", &args.settle)?;
    let hands = Arc::new(Hands { job: session.job.clone(), out: session.out.clone() });
    let options = ScheduleOptions { settle, wait: args.wait, once: args.once };
    let mut schedule = match session.service.scheduler(WHO, hands, options) {
        Ok(schedule) => schedule,
        Err(failure) if failure.is_cancelled() => return Ok(ended(Outcome::Done)),
        Err(failure) if failure.code == Code::Locked => {
            let step = "Leave it to that program, or end it first. With --wait this one takes over when it ends.";
            return Err(failure.then(step));
        }
        Err(failure) => return Err(failure),
    };
    if args.once {
        return Ok(ended(schedule.once()?));
    }
    session.out.say("Makes what is due. Ctrl-C ends it.");
    schedule.run(&session.service)?;
    session.out.say("Ended.");
    Ok(ended(Outcome::Done))
}

fn ended(outcome: Outcome) -> Ending {
    Ending::new(outcome, &[], &serde_json::json!({ "outcome": outcome }))
}

/// A length of time as people type it.
pub fn time(option: &str, text: &str) -> Answer<Duration> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    parsed.ok_or_else(|| {
        Failure::new(Code::BadRequest, option, format!("{text:?} is no time")).then("Write 2m, 30s or 0s.")
    })
}

/// However the work ends.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How soon work hears that the program ends.
const HEARD: Duration = Duration::from_millis(100);

struct Hands {
    /// The program's own: cancelled when it is told to stop.
    job: Arc<Job>,
    out: Out,
}

impl ScheduleHands for Hands {
    /// Each under a job of its own: one that failed counts as cancelled from there on.
    fn run(&self, _: JobKind, _: &str, go: &mut dyn FnMut(&Arc<Job>) -> Outcome) -> Answer<()> {
        let job = Job::new(self.job.clock().clone(), self.out.monitor());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _done = Done(&done);
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    if self.stops() {
                        job.cancel();
                        return;
                    }
                    std::thread::sleep(HEARD);
                }
            });
            go(&job);
        });
        self.out.clear();
        Ok(())
    }

    fn tell(&self, event: &ScheduleEvent) {
        if self.out.json {
            self.out.json_line(event);
            return;
        }
        if event.event == ScheduleEventKind::Failed || event.outcome == Some(Outcome::Problems) {
            self.out.line(line(event, &self.out));
            self.out.notes(&event.problems);
        } else {
            self.out.say(line(event, &self.out));
        }
    }

    /// Without a window, what needs the person is the line that was just printed: journals and mail take it from there.
    fn notify(&self, title: &str, text: &str) {
        tracing::warn!("{title} {text}");
    }

    fn stops(&self) -> bool {
        self.job.is_cancelled()
    }
}

fn line(event: &ScheduleEvent, out: &Out) -> String {
    let name = event.deployment.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    printable(&format!("{} {name}{}", local_seconds(event.at, &out.zone()), event.said))
}

fn unit(install: bool, session: &Session) -> Answer<Ending> {
    let program = std::env::current_exe().map_err(|e| Failure::new(Code::InputOutput, "this program", e))?;
    let home = std::env::var_os("HOLDFAST_HOME").filter(|home| !home.is_empty()).map(|_| session.service.home());
    let text = systemd_unit(&program, home);
    let out = &session.out;
    if !install {
        out.text(&text);
        return Ok(Ending::new(Outcome::Done, &[], &serde_json::json!({ "outcome": Outcome::Done, "unit": text })));
    }
    let path = session.service.install_unit(&holdfast_api::units_folder()?, &text)?;
    let commands = [
        "systemctl --user daemon-reload".to_owned(),
        format!("systemctl --user enable --now {UNIT_NAME}"),
        "loginctl enable-linger".to_owned(),
    ];
    out.say(format!("The unit is written to {}. Nothing runs yet:", quoted(&path.display().to_string())));
    commands[..2].iter().for_each(|command| out.say(format!("  {command}")));
    out.say("For a server, where nobody is logged in:");
    out.say(format!("  {}", commands[2]));
    let answer = serde_json::json!({ "outcome": Outcome::Done, "path": path, "unit": text, "commands": commands });
    Ok(Ending::new(Outcome::Done, &[], &answer))
}
