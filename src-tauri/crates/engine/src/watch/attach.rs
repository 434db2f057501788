//! Begins to watch a root, ends it, and looks through it.
use super::budget::Budget;
use super::folders::{Folders, NOTHING};
use super::kind::{Kind, Kinds};
use super::look::{Companion, Look, Nobody, Step};
use super::notices::Notices;
use super::place::How;
use super::print::Print;
use super::standing::Why;
use super::worker::Worker;
use crate::store::mounts;
use rustix::io::Errno;
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// By watch of a folder that stands around roots: their names in it, and which they are.
pub(super) type Anchors = HashMap<i32, Vec<(Vec<u8>, usize)>>;

/// Is told of files and what they are.
pub(super) type Finder<'a> = &'a mut dyn FnMut(&[u8], Kind);

/// Goes along with a look and has each folder watched.
pub(super) struct Watching<'a> {
    pub notices: &'a Notices,
    pub folders: &'a mut Folders,
    pub budget: &'a Budget,
    pub anchors: &'a Anchors,
    pub root: usize,
    pub round: u32,
    /// Also into folders that are watched already.
    pub deep: bool,
    /// There are no more watches.
    pub full: bool,
    /// The last folder that was watched already.
    pub known: Option<i32>,
    /// Is told of each file.
    pub found: Option<Finder<'a>>,
}

impl Companion for Watching<'_> {
    fn folder(&mut self, above: i32, name: &[u8], on_disk: &Path) -> Option<Step> {
        let watch = match self.notices.watch(on_disk, above == NOTHING) {
            Ok(watch) => watch,
            Err(Errno::NOSPC | Errno::NOMEM) => {
                self.full = true;
                return None;
            }
            // It went meanwhile, or may not be read: then backups do not read it either.
            Err(_) => return Some(Step::Past),
        };
        if !self.folders.has(watch) && !self.budget.take() {
            if !self.anchors.contains_key(&watch) {
                self.notices.end(watch);
            }
            self.full = true;
            return None;
        }
        let is_new = self.folders.put(watch, above, name, self.root, self.round);
        if is_new || self.deep {
            return Some(Step::Into(watch));
        }
        self.known = Some(watch);
        Some(Step::Past)
    }

    fn file(&mut self, folder: i32, below: &[u8], kind: Kind) {
        self.folders.saw(folder, kind);
        if let Some(found) = &mut self.found {
            found(below, kind);
        }
    }
}

impl Worker {
    /// Begins to watch the folder of a root, and looks through it.
    pub fn attach(&mut self, index: usize) {
        let began = self.clock.elapsed();
        self.places[index].looked_at = self.clock.now();
        let found = match self.obstacle(index) {
            Some(why) => Err(why),
            None => self.watch_all(index).ok_or(Why::WatchLimit { limit: self.budget.limit() }),
        };
        let (print, how) = match found {
            Ok(print) => (Some(print), How::Events),
            Err(why) => {
                self.detach(index);
                (self.look(index), How::Scanning(why))
            }
        };
        self.looked(index, began, print);
        self.places[index].how = how;
    }

    fn obstacle(&self, index: usize) -> Option<Why> {
        match &self.notices {
            Err(cause) => Some(Why::NoWatches { cause: cause.clone() }),
            Ok(_) => self.places[index].unseen(&mounts()),
        }
    }

    /// `None` where there are too few watches, or it is to end.
    fn watch_all(&mut self, index: usize) -> Option<Print> {
        self.round = self.round.wrapping_add(1);
        let Ok(notices) = &self.notices else { return None };
        let mut watching = Watching {
            notices,
            folders: &mut self.folders,
            budget: &self.budget,
            anchors: &self.anchors,
            root: index,
            round: self.round,
            deep: true,
            full: false,
            known: None,
            found: None,
        };
        let look = Look { root: &self.places[index].root, filter: &*self.filter, stop: &self.shared.stop };
        let print = look.over(b"", NOTHING, &mut watching)?;
        let (gone, _) = self.folders.take_root(index, Some(self.round));
        self.unwatch(&gone);
        Some(print)
    }

    fn look(&self, index: usize) -> Option<Print> {
        let look = Look { root: &self.places[index].root, filter: &*self.filter, stop: &self.shared.stop };
        look.over(b"", NOTHING, &mut Nobody)
    }

    fn looked(&mut self, index: usize, began: std::time::Duration, print: Option<Print>) {
        let elapsed = self.clock.elapsed();
        let place = &mut self.places[index];
        place.in_doubt = None;
        place.looked = elapsed;
        place.took = elapsed.saturating_sub(began);
        if let Some(print) = print {
            place.print = print;
            place.told = Kinds::default();
        }
    }

    /// Looks through a root that is watched and compares it with what it was like before.
    pub fn look_again(&mut self, index: usize) {
        let place = &self.places[index];
        let (before, since) = (place.print.clone(), place.in_doubt.unwrap_or(place.looked_at));
        let mut differs = place.told;
        self.attach(index);
        differs.merge(self.places[index].print.differs(&before));
        self.note_all(index, differs, since);
    }

    /// Looks through a root that the system does not tell of.
    pub fn scan(&mut self, index: usize) {
        let (began, now) = (self.clock.elapsed(), self.clock.now());
        let since = std::mem::replace(&mut self.places[index].looked_at, now);
        let Some(print) = self.look(index) else { return };
        let mut differs = print.differs(&self.places[index].print);
        differs.merge(self.places[index].told);
        self.looked(index, began, Some(print));
        self.note_all(index, differs, since);
    }

    pub fn scan_from_now(&mut self, index: usize, why: Why) {
        let place = &self.places[index];
        if place.root.file || place.how == How::Missing {
            return;
        }
        self.detach(index);
        self.places[index].how = How::Scanning(why);
        self.scan(index);
    }

    /// Ends watching the folders of a root. What files were in them.
    pub fn detach(&mut self, index: usize) -> Kinds {
        let (gone, kinds) = self.folders.take_root(index, None);
        self.unwatch(&gone);
        kinds
    }

    pub fn unwatch(&self, watches: &[i32]) {
        self.budget.give_back(watches.len() as u64);
        if let Ok(notices) = &self.notices {
            watches.iter().filter(|watch| !self.anchors.contains_key(watch)).for_each(|watch| notices.end(*watch));
        }
    }

    /// Watches for what comes to the path of a root: around it, and of a single file around what it is a link to.
    pub fn anchor(&mut self, index: usize) {
        let Ok(notices) = &self.notices else { return };
        let place = &mut self.places[index];
        if place.anchored {
            return;
        }
        let mut paths = vec![place.root.path.clone()];
        paths.extend(std::fs::canonicalize(&place.root.path).ok().filter(|real| *real != place.root.path));
        for path in paths {
            let (Some(around), Some(name)) = (path.parent(), path.file_name()) else { continue };
            let told = if place.root.file { notices.watch(around, true) } else { notices.watch_names(around) };
            let Ok(watch) = told else { continue };
            let named = (name.as_bytes().to_vec(), index);
            if !self.anchors.contains_key(&watch) && !self.budget.take() {
                if !self.folders.has(watch) {
                    notices.end(watch);
                }
                continue;
            }
            let names = self.anchors.entry(watch).or_default();
            if !names.contains(&named) {
                names.push(named);
            }
            place.anchored = true;
        }
    }

    /// Whether what is at the path of a root is still what was there.
    pub fn check(&mut self, index: usize) {
        let place = &self.places[index];
        let (now, before) = (place.look(), place.there);
        let same = if place.root.file {
            now == before
        } else {
            now.map(|there| there.identity) == place.identity() && (now.is_none() || place.how != How::Missing)
        };
        if same {
            return;
        }
        // At once: what is told from now on of the folders that were there is no change of what is there now.
        let mut gone = self.detach(index);
        let at = self.clock.now();
        let place = &mut self.places[index];
        place.learn(&*self.ours);
        gone.merge(std::mem::take(&mut place.owed));
        if before.is_some() {
            gone.merge(if place.root.file { Kinds::from(place.kind) } else { place.print.kinds });
            gone.add(if place.root.file { place.kind } else { Kind::Data });
        }
        place.there = now;
        let Some(now) = now else {
            place.how = How::Missing;
            place.print = Print::default();
            if place.is_being_exchanged() {
                place.owed = gone;
            } else {
                self.note_all(index, gone, at);
            }
            return;
        };
        let file = place.root.file;
        let archived = place.archived();
        let came = if file {
            place.how = How::Events;
            let own = Kinds::from(place.kind);
            // The exchange itself changes the time of its entry.
            archived.map_or(own, |ours| if now.modified > ours { own } else { Kinds::default() })
        } else {
            self.attach(index);
            let print = &self.places[index].print;
            archived.map_or(print.kinds, |ours| print.later_than(ours))
        };
        if archived.is_none() {
            gone.merge(came);
            gone.add(if file { self.places[index].kind } else { Kind::Data });
            self.note_all(index, gone, at);
        } else {
            self.note_all(index, came, at);
        }
    }
}
