//! What window and tray share: the service, the jobs, the plans that were shown, and the way to the window's ear.
use crate::{notify, window};
use holdfast_api::words::desk as words;
use holdfast_api::words::window::{InWindow, next_step};
use holdfast_api::{
    Answer, AppEvent, BackupArgs, Begin, Envelope, Failure, Job, JobKind, Jobs, Keys, Outcome, PauseArgs, PauseFor,
    Plans, Progress, SafetyState, Service, Watcher,
};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use tauri::AppHandle;
use tauri::ipc::Channel;

pub struct Desk {
    pub service: Arc<Service>,
    pub jobs: Arc<Jobs>,
    pub plans: Plans,
    /// Somebody shows our tray.
    pub in_tray: AtomicBool,
    /// The window was closed where there is no tray: the program ends when nothing runs any more.
    pub ending: AtomicBool,
    /// The person ended it: nothing new begins.
    pub quitting: AtomicBool,
    /// The window has been shown with its page; until then it is not to be seen.
    pub page_is_drawn: AtomicBool,
    /// As title and tray say it.
    shown: Mutex<Vec<(String, SafetyState)>>,
    /// Since when the window is only in the tray.
    hidden_since: Mutex<Option<Instant>>,
    ears: Mutex<Ears>,
    pokes: Sender<Poke>,
    numbers: AtomicU64,
    app: OnceLock<AppHandle>,
}

/// What the face of the program has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poke {
    /// How safe things are may have changed.
    Look,
    /// A job moved on.
    Moved,
}

/// Whoever listens in the window. A page that was loaded anew is another listener.
#[derive(Default)]
struct Ears {
    channel: Option<Channel<InWindow<AppEvent>>>,
    page: u64,
    /// Said before anybody listened.
    pending: Option<AppEvent>,
}

impl Desk {
    pub fn new(service: Arc<Service>) -> (Arc<Self>, Receiver<Poke>) {
        let (pokes, receiver) = channel();
        let desk = Arc::new(Self {
            jobs: Arc::new(Jobs::new(service.clone())),
            plans: Plans::new(service.clock().clone()),
            service,
            in_tray: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            quitting: AtomicBool::new(false),
            page_is_drawn: AtomicBool::new(false),
            shown: Mutex::default(),
            hidden_since: Mutex::default(),
            ears: Mutex::default(),
            pokes,
            numbers: AtomicU64::new(0),
            app: OnceLock::new(),
        });
        (desk, receiver)
    }

    /// From here on, what happens to jobs is told.
    pub fn serve(self: &Arc<Self>, app: AppHandle) {
        let _ = self.app.set(app);
        let desk = Arc::downgrade(self);
        self.jobs.listen(Arc::new(move |event: &AppEvent| {
            if let Some(desk) = desk.upgrade() {
                desk.hear(event);
            }
        }));
    }

    fn hear(&self, event: &AppEvent) {
        self.tell(event.clone());
        if let AppEvent::JobEnded { kind, deployment, outcome, failure, asked_for, .. } = event {
            if kind.writes() {
                self.tell(AppEvent::ArchivesChanged { deployment: deployment.clone() });
            }
            let name = deployment.as_deref().unwrap_or_default();
            // Of what nobody asked for the schedule itself tells what needs the person, once.
            if !asked_for {
                return self.poke(Poke::Look);
            }
            let said = match (outcome, failure) {
                (Outcome::Failed, Some(failure)) => Some((failure.title.clone(), next_step(failure.code).to_owned())),
                (Outcome::Problems, _) if *kind == JobKind::Backup => {
                    Some((words::problems_title(name), words::PROBLEMS_STEP.to_owned()))
                }
                _ => None,
            };
            if let (Some((title, text)), Some(app)) = (said, self.app.get()) {
                notify::when_away(app, self, title, text);
            }
        }
        self.poke(Poke::Look);
    }

    /// It ends, or will when what runs is done.
    pub fn is_leaving(&self) -> bool {
        self.quitting.load(Ordering::Relaxed) || self.ending.load(Ordering::Relaxed)
    }

    pub fn poke(&self, poke: Poke) {
        // Nobody looks any more only while the program ends.
        let _ = self.pokes.send(poke);
    }

    /// Tells the window, if there is one.
    pub fn tell(&self, event: AppEvent) {
        let channel = self.ears().channel.clone();
        if let Some(channel) = channel {
            // A window that is gone hears nothing.
            let _ = channel.send(InWindow(event));
        }
    }

    /// Shows a place of the window, which may have to be made first.
    pub fn show_place(&self, app: &AppHandle, place: &str) {
        let event = AppEvent::ShowPlace { place: place.to_owned() };
        if window::is_there(app) {
            self.tell(event);
        } else {
            self.ears().pending = Some(event);
        }
        window::show(app);
    }

    /// A page listens. What the page before it was shown, nobody can run any more.
    pub fn listen(&self, channel: Channel<InWindow<AppEvent>>) {
        self.plans.drop_all();
        let mut ears = self.ears();
        ears.page += 1;
        let pending = ears.pending.take();
        ears.channel = Some(channel);
        drop(ears);
        if let Some(event) = pending {
            self.tell(event);
        }
        self.poke(Poke::Look);
    }

    /// The window is gone for good.
    pub fn stop_listening(&self) {
        self.ears().channel = None;
        self.plans.drop_all();
        self.service.let_go_of_keys();
    }

    /// What title and tray say of each deployment from now on.
    pub fn shows(&self, states: Vec<(String, SafetyState)>) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = states;
    }

    /// The page has it otherwise than title and tray: those look again.
    pub fn compare(&self, deployment: &str, state: SafetyState) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let differs = shown.iter().any(|(name, known)| name == deployment && *known != state);
        drop(shown);
        if differs {
            self.poke(Poke::Look);
        }
    }

    pub fn window_is_hidden(&self, since: Option<Instant>) {
        *self.hidden_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    pub fn hidden_since(&self) -> Option<Instant> {
        *self.hidden_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which page listens; another number is another page.
    fn page(&self) -> u64 {
        self.ears().page
    }

    /// Runs a job on this thread; `progress` is the window's, where it asked.
    pub fn run<T: Serialize>(
        self: &Arc<Self>,
        begin: Begin,
        progress: Option<Channel<Progress>>,
        work: impl FnOnce(&Service, &Arc<Job>) -> Answer<T>,
    ) -> Answer<T> {
        let page = self.page();
        let id = begin.id.clone();
        let to_window = progress.is_some();
        let admitted = self.jobs.admit(begin, Some(self.watcher(progress)))?;
        let answer = admitted.run(work);
        // The page that waits for the answer has it now. Another one, or none, finds it among the jobs.
        if to_window && page == self.page() && self.ears().channel.is_some() {
            self.jobs.seen(&id);
        }
        answer
    }

    /// Passes progress on to a channel, and to the tray.
    pub fn watcher(self: &Arc<Self>, channel: Option<Channel<Progress>>) -> Watcher {
        let desk = Arc::downgrade(self);
        Arc::new(move |progress: &Progress| {
            if let Some(channel) = &channel {
                let _ = channel.send(progress.clone());
            }
            if let Some(desk) = desk.upgrade() {
                desk.poke(Poke::Moved);
            }
        })
    }

    /// Back Up Now, from the tray: each deployment in turn.
    pub fn back_up_all(self: &Arc<Self>) -> Answer<()> {
        for deployment in self.service.status(None)?.deployments {
            let name = deployment.deployment.to_string();
            let begin =
                Begin { id: self.number(), kind: JobKind::Backup, deployment: Some(name.clone()), asked_for: true };
            let args = BackupArgs {
                deployment: Some(name),
                level: None,
                manual: true,
                read_back: true,
                allow_empty: false,
                no_prune: false,
                envelope: Envelope::Age,
                keys: Keys::default(),
            };
            // How it ended is told by the job itself; the next deployment has its turn all the same.
            if let Err(failure) = self.run(begin, None, |service, job| service.backup(&args, job)) {
                tracing::warn!(code = %failure.code.as_str(), cause = %failure.cause, "a backup from the tray failed");
            }
        }
        Ok(())
    }

    /// Until then nothing is made by itself. The tray's are of all that is protected.
    pub fn pause(&self, pause: PauseFor) -> Answer<()> {
        self.service.pause(&PauseArgs { deployment: None, pause })?;
        self.status_changed();
        Ok(())
    }

    pub fn resume(&self) -> Answer<()> {
        self.service.resume(None)?;
        self.status_changed();
        Ok(())
    }

    /// Whoever shows it looks again.
    pub fn status_changed(&self) {
        self.tell(AppEvent::StatusChanged { deployment: None });
        self.poke(Poke::Look);
    }

    /// A plan that the window may run by its number.
    pub fn hold<P: std::any::Any + Send, Preview>(
        &self,
        plan: P,
        preview: Preview,
    ) -> holdfast_api::requests::Planned<Preview> {
        holdfast_api::requests::Planned { plan: self.plans.hold(plan), preview }
    }

    /// For jobs that no window numbers.
    pub fn number(&self) -> String {
        format!("desk-{}", self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    fn ears(&self) -> std::sync::MutexGuard<'_, Ears> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a thread could not bring its work to an end.
pub fn broken(error: impl std::fmt::Display) -> Failure {
    Failure::new(holdfast_api::Code::Internal, "a command of the window", error)
}
