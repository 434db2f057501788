//! The thread: waits for what the system tells, and looks for itself where it must.
use super::attach::Anchors;
use super::budget::Budget;
use super::folders::Folders;
use super::kind::{Kind, Kinds};
use super::notices::Notices;
use super::ours::Ours;
use super::place::{How, Place};
use super::standing::Why;
use super::{Options, Shared};
use crate::capture::walk::{Filter, WalkRoot};
use crate::clock::Clock;
use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io::PipeReader;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What is told is handled so many buffers at a time before anything else is looked after.
const BUFFERS: usize = 32;
/// While a root is to be looked through again, and its turn has not come.
const SOON: Duration = Duration::from_millis(200);
/// After a root went over to scanning for want of watches.
const TRY_AGAIN: Duration = Duration::from_mins(30);

pub(super) struct Worker {
    pub filter: Box<dyn Filter + Send>,
    pub ours: Box<dyn Ours>,
    pub clock: Arc<dyn Clock>,
    pub budget: Arc<Budget>,
    archived: Timestamp,
    scan_every: Duration,
    check_every: Duration,
    pub notices: Result<Notices, String>,
    pub folders: Folders,
    /// Folders around roots: names in them that are roots, and which.
    pub anchors: Anchors,
    pub places: Vec<Place>,
    /// Folders that got another name: what the rules say of those below may be another now.
    pub renamed: HashSet<i32>,
    pub round: u32,
    next_check: Duration,
    pub shared: Arc<Shared>,
}

impl Worker {
    pub fn new(roots: Vec<WalkRoot>, filter: Box<dyn Filter + Send>, options: Options, shared: Arc<Shared>) -> Self {
        let now = options.clock.now();
        Self {
            places: roots.into_iter().map(|root| Place::new(root, &*filter, now)).collect(),
            filter,
            ours: options.ours,
            clock: options.clock,
            budget: options.budget,
            archived: options.archived.unwrap_or(now),
            scan_every: options.scan_every,
            check_every: options.check_every,
            notices: Notices::new().map_err(|e| std::io::Error::from(e).to_string()),
            folders: Folders::default(),
            anchors: HashMap::new(),
            renamed: HashSet::new(),
            round: 0,
            next_check: Duration::ZERO,
            shared,
        }
    }

    pub fn run(mut self, ended: &PipeReader) {
        for place in 0..self.places.len() {
            self.begin(place);
            self.publish();
        }
        while !self.is_over() {
            let Some(quiet) = self.wait(ended) else { break };
            let drained = self.hear();
            if drained || quiet {
                self.look_after(quiet);
            }
            self.publish();
        }
        for place in 0..self.places.len() {
            self.detach(place);
        }
        self.budget.give_back(self.anchors.len() as u64);
    }

    pub fn is_over(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    /// What changed since the newest archive, while nobody watched, counts as seen now.
    pub fn begin(&mut self, index: usize) {
        let since = self.archived;
        let after = (since.as_second(), i64::from(since.subsec_nanosecond()));
        self.anchor(index);
        let place = &mut self.places[index];
        place.learn(&*self.ours);
        place.there = place.look();
        let Some(there) = place.there else {
            place.how = How::Missing;
            return;
        };
        let after = place.archived().map_or(after, |ours| ours.max(after));
        let changed = if place.root.file {
            let mut kinds = Kinds::default();
            if there.modified > after {
                kinds.add(place.kind);
            }
            place.how = How::Events;
            kinds
        } else {
            self.attach(index);
            self.places[index].print.later_than(after)
        };
        self.note_all(index, changed, since);
    }

    /// `None` when it is to end; else whether nothing was told for a while.
    fn wait(&self, ended: &PipeReader) -> Option<bool> {
        let unsettled = !self.renamed.is_empty() || self.places.iter().any(|place| place.in_doubt.is_some());
        let longest = if unsettled { SOON.min(self.check_every) } else { self.check_every };
        let time = Timespec { tv_sec: longest.as_secs() as i64, tv_nsec: longest.subsec_nanos().into() };
        let mut polled = vec![PollFd::new(ended, PollFlags::IN)];
        if let Ok(notices) = &self.notices {
            polled.push(PollFd::from_borrowed_fd(notices.fd(), PollFlags::IN));
        }
        match poll(&mut polled, Some(&time)) {
            Ok(0) => Some(true),
            Err(_) => Some(false),
            Ok(_) if polled[0].revents().is_empty() => Some(false),
            Ok(_) => None,
        }
    }

    /// Handles what the system told. Whether that was all.
    pub fn hear(&mut self) -> bool {
        for _ in 0..BUFFERS {
            let Ok(notices) = &mut self.notices else { return true };
            match notices.read() {
                Ok(told) if told.is_empty() => return true,
                Ok(told) => {
                    for notice in told {
                        self.handle(notice);
                    }
                }
                // Nothing more will be told: look for ourselves.
                Err(e) => {
                    let cause = std::io::Error::from(e).to_string();
                    for index in 0..self.places.len() {
                        self.scan_from_now(index, Why::NoWatches { cause: cause.clone() });
                    }
                    return true;
                }
            }
        }
        false
    }

    pub fn look_after(&mut self, quiet: bool) {
        let elapsed = self.clock.elapsed();
        self.look_at_renamed();
        for index in 0..self.places.len() {
            let place = &self.places[index];
            // However often the queue runs over, there is time between two looks.
            if place.in_doubt.is_some() && elapsed >= place.looked + place.took * 10 {
                self.look_again(index);
            }
        }
        if !quiet && elapsed < self.next_check {
            return;
        }
        self.next_check = elapsed + self.check_every;
        for index in 0..self.places.len() {
            self.anchor(index);
            self.check(index);
            let place = &self.places[index];
            let How::Scanning(why) = &place.how else { continue };
            let rested = elapsed.saturating_sub(place.looked);
            let fits = place.print.folders + place.print.folders / 10 < self.budget.left();
            if matches!(why, Why::WatchLimit { .. }) && fits && rested >= TRY_AGAIN.min(self.scan_every * 15) {
                self.look_again(index);
            } else if rested >= place.rest(self.scan_every) {
                self.scan(index);
            }
        }
    }

    /// Everything that was not told of may have changed.
    pub fn doubt(&mut self) {
        let now = self.clock.now();
        for place in self.places.iter_mut().filter(|place| place.how == How::Events) {
            place.in_doubt.get_or_insert(now);
        }
        // What lies around is checked by itself, but the file of a root may have been there and gone.
        self.next_check = Duration::ZERO;
    }

    /// The system told of it.
    pub fn note(&mut self, index: usize, kind: Kind, below: &[u8]) {
        let now = self.clock.now();
        self.places[index].told.add(kind);
        let root = &self.places[index].root.name;
        let path = || {
            let below = Path::new(OsStr::from_bytes(below));
            Some(if below.as_os_str().is_empty() { PathBuf::from(root) } else { Path::new(root).join(below) })
        };
        self.shared.lock().pending.note(kind, (now, now), path);
    }

    /// The system told of a folder with such files in it.
    pub fn note_told(&mut self, index: usize, kinds: Kinds) {
        self.places[index].told.merge(kinds);
        self.note_all(index, kinds, self.clock.now());
    }

    /// Kinds of which is known only that something changed at some time since then.
    pub fn note_all(&self, index: usize, kinds: Kinds, since: Timestamp) {
        let now = self.clock.now();
        let place = &self.places[index].root;
        for kind in kinds.iter() {
            let path = || place.file.then(|| PathBuf::from(&place.name));
            self.shared.lock().pending.note(kind, (since, now), path);
        }
    }

    pub fn publish(&mut self) {
        let standing = self.places.iter().enumerate().map(|(index, place)| {
            let folders = if place.root.file { 0 } else { self.folders.count_of(index) };
            place.standing(self.scan_every, folders)
        });
        let standing = standing.collect();
        let busy = !self.renamed.is_empty()
            || self.places.iter().any(|place| place.in_doubt.is_some() || place.how == How::Starting);
        let mut state = self.shared.lock();
        state.standing = standing;
        state.busy = busy;
    }
}
