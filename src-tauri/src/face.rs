//! The face of the program: title, tray and notification say the same, from one look at how things stand.
use crate::desk::{Desk, Poke};
use crate::{notify, tray, window};
use holdfast_api::words::desk as words;
use holdfast_api::{AppEvent, SafetyState, StatusAnswer};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tauri::{AppHandle, Manager};

/// Relative times grow old, and drives come and go without a word.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// What is behind is told after a quarter of an hour, and looking for it takes a little longer.
const BEHIND_EVERY: Duration = Duration::from_mins(5);
const DRAW_AT_MOST_EVERY: Duration = Duration::from_millis(250);
/// A preview that nobody came back to holds a lock for no longer than this.
const PLANS_KEPT: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Idle,
    Working,
    Attention,
    AtRisk,
    /// All is well, and nothing is made by itself for a while.
    Paused,
    /// There is nothing to protect yet.
    Empty,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    pub mood: Mood,
    pub line: String,
    pub last: String,
    pub title: String,
    /// There is something to back up, and nothing that writes runs.
    pub can_back_up: bool,
    /// Something is made by itself, and can be held.
    pub can_pause: bool,
    pub paused: bool,
}

impl Face {
    /// Before the first look.
    pub fn unknown() -> Self {
        Self {
            mood: Mood::Idle,
            line: words::APPLICATION.to_owned(),
            last: words::NO_BACKUP.to_owned(),
            title: words::APPLICATION.to_owned(),
            can_back_up: false,
            can_pause: false,
            paused: false,
        }
    }
}

impl Face {
    /// What needs the person needs them in a pause too: the pause is then said beside it.
    fn is_paused(&mut self, said: String) {
        self.paused = true;
        if self.mood == Mood::Idle {
            self.mood = Mood::Paused;
            self.title = words::window_title(words::PAUSED);
            self.line = said;
        } else {
            self.line = format!("{} {said}", self.line);
        }
    }
}

pub fn start(app: AppHandle, desk: Arc<Desk>, pokes: Receiver<Poke>) {
    std::thread::spawn(move || {
        let mut status = look(&desk);
        desk.shows(states(status.as_ref()));
        let mut drawn = None;
        let mut behind_at = Instant::now();
        let show = |status: Option<&StatusAnswer>, drawn: &mut Option<Face>| {
            let face = face(&desk, status);
            if drawn.as_ref() != Some(&face) {
                draw(&app, &face);
                *drawn = Some(face);
            }
        };
        loop {
            show(status.as_ref(), &mut drawn);
            let looks = match pokes.recv_timeout(LOOK_EVERY) {
                Ok(poke) => {
                    std::thread::sleep(DRAW_AT_MOST_EVERY);
                    let more: Vec<Poke> = pokes.try_iter().collect();
                    poke == Poke::Look || more.contains(&Poke::Look)
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if looks {
                // A look takes its time on a machine that is busy; that something is at work is said before.
                show(status.as_ref(), &mut drawn);
                let now = look(&desk);
                if states(now.as_ref()) != states(status.as_ref()) {
                    desk.tell(AppEvent::StatusChanged { deployment: None });
                }
                status = now;
                desk.shows(states(status.as_ref()));
                desk.plans.drop_older(PLANS_KEPT);
                desk.service.let_go_of_old_keys();
                if behind_at.elapsed() >= BEHIND_EVERY {
                    behind_at = Instant::now();
                    tell_behind(&app, &desk);
                }
                // What was typed in a first run that is not done is nowhere else.
                if !states(status.as_ref()).is_empty() {
                    window::let_go_when_forgotten(&app, &desk);
                }
                // A window made anew has its first title.
                drawn = None;
            }
            if desk.ending.load(Ordering::Relaxed) && !desk.jobs.any_running() {
                app.exit(0);
                return;
            }
        }
    });
}

fn look(desk: &Desk) -> Option<StatusAnswer> {
    desk.service.status(None).inspect_err(|e| tracing::warn!(cause = %e.cause, "how safe things are is not known")).ok()
}

/// Each part that is behind what it may lose is told once.
fn tell_behind(app: &AppHandle, desk: &Desk) {
    match desk.service.overdue_notices() {
        Ok(notices) => notices.into_iter().for_each(|notice| notify::when_away(app, desk, notice.title, notice.text)),
        Err(e) => tracing::warn!(cause = %e.cause, "how far things are behind is not known"),
    }
}

fn states(status: Option<&StatusAnswer>) -> Vec<(String, SafetyState)> {
    let deployments = status.into_iter().flat_map(|status| &status.deployments);
    deployments.map(|one| (one.deployment.to_string(), one.state)).collect()
}

fn face(desk: &Desk, status: Option<&StatusAnswer>) -> Face {
    let mut face = Face::unknown();
    let deployments = status.map(|status| status.deployments.as_slice()).unwrap_or_default();
    if let Some(worst) = deployments.iter().max_by_key(|one| one.state) {
        face.mood = match worst.state {
            SafetyState::Protected => Mood::Idle,
            SafetyState::Attention => Mood::Attention,
            SafetyState::AtRisk => Mood::AtRisk,
        };
        face.line = words::state_line(worst.state, worst, deployments.len() > 1);
        face.title = words::window_title(worst.state.words());
        let newest = deployments.iter().filter_map(|one| one.newest.as_ref()).map(|archive| archive.created).max();
        face.last = words::last_backup(newest, desk.service.clock().now());
        face.can_back_up = true;
        face.can_pause = deployments.iter().any(|one| one.schedule.enabled);
        if let Some(until) = deployments.iter().filter_map(|one| one.schedule.paused_until).max() {
            let clock = desk.service.clock();
            face.is_paused(words::paused_line(until, clock.now(), &clock.zone()));
        }
    } else if status.is_some() {
        face.mood = Mood::Empty;
        words::NOTHING_PROTECTED.clone_into(&mut face.line);
    }
    let jobs = desk.jobs.list();
    if let Some(job) = jobs.iter().find(|job| job.outcome.is_none()) {
        let said = words::working_words(job.kind, job.progress.as_ref());
        face.mood = Mood::Working;
        face.title = words::window_title(&said);
        face.line = said;
        face.can_back_up = false;
    }
    face
}

fn draw(app: &AppHandle, face: &Face) {
    if let Some(window) = app.get_webview_window(window::LABEL)
        && let Err(e) = window.set_title(&face.title)
    {
        tracing::debug!(error = %e, "the title stays as it is");
    }
    tray::draw(app, face);
}
