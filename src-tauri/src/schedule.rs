//! The schedule, on a thread of the program that sits in the tray: what is due is made by itself, also with the window
//! closed. While `holdfast watch` does that, this one waits, and takes over when it ends.
use crate::desk::Desk;
use crate::notify;
use holdfast_api::words::desk::{WHO, copied_title};
use holdfast_api::{
    Answer, Begin, Job, JobKind, Outcome, ScheduleEvent, ScheduleEventKind, ScheduleHands, ScheduleOptions,
};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;
use tauri::AppHandle;

/// How soon it is heard that the program does not end after all.
const HEARD: Duration = Duration::from_secs(1);
/// What keeps the schedule from being taken over is rarely over sooner.
const TRY_AGAIN: Duration = Duration::from_mins(1);

/// How long after start and waking nothing begins, in seconds: for tests, which do not wait two minutes.
const SETTLE: &str = "HOLDFAST_SETTLE_SECONDS";

pub fn start(app: &AppHandle, desk: &Arc<Desk>) {
    let hands: Arc<dyn ScheduleHands> = Arc::new(Hands { app: app.clone(), desk: desk.clone() });
    let desk = desk.clone();
    let settle = std::env::var(SETTLE).ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let options =
        ScheduleOptions { settle: settle.unwrap_or(ScheduleOptions::default().settle), wait: true, once: false };
    std::thread::spawn(move || {
        while !desk.quitting.load(Ordering::Relaxed) {
            if desk.is_leaving() {
                sleep(HEARD);
            } else if let Err(failure) = own(&desk, &hands, options) {
                tracing::warn!(cause = %failure.cause, "the schedule cannot be taken over yet");
                sleep(TRY_AGAIN);
            }
        }
    });
}

/// Has the schedule until the program ends. That it was to end while it waited is none of its failures.
fn own(desk: &Desk, hands: &Arc<dyn ScheduleHands>, options: ScheduleOptions) -> Answer<()> {
    match desk.service.scheduler(WHO, hands.clone(), options) {
        Ok(mut schedule) => schedule.run(&desk.service),
        Err(failure) if failure.is_cancelled() => Ok(()),
        Err(failure) => Err(failure),
    }
}

struct Hands {
    app: AppHandle,
    desk: Arc<Desk>,
}

/// What the window is told of a job that began by itself: the rest stands in Overview.
#[derive(Serialize)]
struct Ended {
    outcome: Outcome,
}

impl ScheduleHands for Hands {
    fn run(&self, kind: JobKind, deployment: &str, go: &mut dyn FnMut(&Arc<Job>) -> Outcome) -> Answer<()> {
        let deployment = Some(deployment.to_owned());
        let begin = Begin { id: self.desk.number(), kind, deployment, asked_for: false };
        self.desk.run(begin, None, |_, job| Ok(Ended { outcome: go(job) })).map(|_| ())
    }

    fn tell(&self, event: &ScheduleEvent) {
        // Somebody plugged the drive in, and waits to hear that it can go again.
        if event.event == ScheduleEventKind::Copied
            && let Some(place) = &event.safe_to_unplug
        {
            notify::when_away(&self.app, &self.desk, copied_title(place), event.said.clone());
        }
    }

    fn notify(&self, title: &str, text: &str) {
        notify::when_away(&self.app, &self.desk, title.to_owned(), text.to_owned());
    }

    fn stops(&self) -> bool {
        self.desk.is_leaving()
    }
}
