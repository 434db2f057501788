//! What one notice of the system means.
use super::attach::Watching;
use super::folders::NOTHING;
use super::kind::{Kinds, kind_of};
use super::look::Look;
use super::notices::Notice;
use super::place::How;
use super::standing::Why;
use super::worker::Worker;
use rustix::fs::inotify::ReadFlags;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Renamed folders that are looked into one by one; if there are more, all is looked through.
const RENAMED: usize = 64;

impl Worker {
    pub fn handle(&mut self, notice: Notice) {
        let Notice { watch, what, name } = notice;
        if what.contains(ReadFlags::QUEUE_OVERFLOW) {
            return self.doubt();
        }
        self.handle_anchor(watch, what, name.as_deref());
        let Some(index) = self.folders.root_of(watch) else { return };
        let itself = ReadFlags::IGNORED | ReadFlags::UNMOUNT | ReadFlags::MOVE_SELF | ReadFlags::DELETE_SELF;
        if what.intersects(itself) {
            if self.folders.is_root(watch) {
                self.check(index);
            } else if what.contains(ReadFlags::MOVE_SELF) {
                self.moved(index, watch);
            } else {
                let (gone, _) = self.folders.take(watch);
                self.unwatch(&gone);
            }
            return;
        }
        let (Some(name), Some(above)) = (name, self.folders.below(watch)) else { return };
        let below = if above.is_empty() { name.clone() } else { [&above, &b"/"[..], &name].concat() };
        let is_dir = what.contains(ReadFlags::ISDIR);
        let Some(kind) = kind_of(&*self.filter, &self.places[index].root.name, &below, is_dir) else { return };
        self.note(index, kind, &below);
        if !is_dir {
            self.folders.saw(watch, kind);
        } else if what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO | ReadFlags::ATTRIB) {
            self.came(index, watch, &below, what.contains(ReadFlags::MOVED_TO));
        }
    }

    /// Something at the path of a root, or the folder around it.
    fn handle_anchor(&mut self, watch: i32, what: ReadFlags, name: Option<&[u8]>) {
        let Some(around) = self.anchors.get(&watch) else { return };
        if what.intersects(ReadFlags::IGNORED | ReadFlags::UNMOUNT | ReadFlags::MOVE_SELF | ReadFlags::DELETE_SELF) {
            let of: Vec<usize> = around.iter().map(|(_, index)| *index).collect();
            if what.contains(ReadFlags::MOVE_SELF)
                && let Ok(notices) = &self.notices
            {
                notices.end(watch);
            }
            self.anchors.remove(&watch);
            self.budget.give_back(1);
            for index in of {
                self.places[index].anchored = false;
                self.anchor(index);
                self.check(index);
            }
            return;
        }
        let named = |(of, index): &(Vec<u8>, usize)| (name == Some(of)).then_some(*index);
        let of: Vec<usize> = around.iter().filter_map(named).collect();
        for index in of {
            self.check(index);
        }
    }

    /// A folder came into one that is watched, or may be read now. All that is in it is new here, unless it was watched under
    /// another name.
    fn came(&mut self, index: usize, above: i32, below: &[u8], renamed: bool) {
        let mut new: Vec<(Vec<u8>, super::Kind)> = Vec::new();
        let mut kinds = Kinds::default();
        let Ok(notices) = &self.notices else { return };
        let mut watching = Watching {
            notices,
            folders: &mut self.folders,
            budget: &self.budget,
            anchors: &self.anchors,
            root: index,
            round: self.round,
            deep: false,
            full: false,
            known: None,
            found: Some(&mut |path, kind| {
                kinds.add(kind);
                if new.len() < 3 {
                    new.push((path.to_vec(), kind));
                }
            }),
        };
        let look = Look { root: &self.places[index].root, filter: &*self.filter, stop: &self.shared.stop };
        look.over(below, above, &mut watching);
        let (full, known) = (watching.full, watching.known);
        for (path, kind) in &new {
            self.note(index, *kind, path);
        }
        if let Some(known) = known.filter(|_| renamed) {
            kinds.merge(self.folders.kinds(known));
            self.renamed.insert(known);
        }
        self.note_told(index, kinds);
        if full {
            self.scan_from_now(index, Why::WatchLimit { limit: self.budget.limit() });
        }
    }

    /// A watched folder was renamed. Where it is still in the root, it was already put there; else it is gone with all in it.
    fn moved(&mut self, index: usize, watch: i32) {
        let place = self.folders.below(watch).map(|below| self.places[index].root.path.join(OsStr::from_bytes(&below)));
        let Ok(notices) = &self.notices else { return };
        let there = place.and_then(|path| notices.watch(&path, false).ok());
        if there == Some(watch) {
            return;
        }
        if let Some(other) = there.filter(|other| !self.folders.has(*other) && !self.anchors.contains_key(other)) {
            // Its own notice is still to come.
            notices.end(other);
        }
        let (gone, kinds) = self.folders.take(watch);
        self.unwatch(&gone);
        self.note_told(index, kinds);
    }

    /// What the rules say depends on names above: folders that were left out may be taken now, and the other way round.
    pub fn look_at_renamed(&mut self) {
        if self.renamed.len() > RENAMED {
            self.renamed.clear();
            return self.doubt();
        }
        for watch in std::mem::take(&mut self.renamed) {
            let (Some(index), Some(below)) = (self.folders.root_of(watch), self.folders.below(watch)) else { continue };
            if self.places[index].how != How::Events || below.is_empty() {
                continue;
            }
            let above = self.folders.above(watch).unwrap_or(NOTHING);
            let Ok(notices) = &self.notices else { return };
            // Every file in it has another path now, and some folder may have been missed under the name before.
            let mut kinds = Kinds::default();
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
                found: Some(&mut |_, kind| kinds.add(kind)),
            };
            let look = Look { root: &self.places[index].root, filter: &*self.filter, stop: &self.shared.stop };
            look.over(&below, above, &mut watching);
            let full = watching.full;
            self.note_told(index, kinds);
            if full {
                self.scan_from_now(index, Why::WatchLimit { limit: self.budget.limit() });
            }
        }
    }
}
