//! The folders that are watched. The system names them by numbers; each knows its name and the folder around it, so a folder
//! that is renamed takes all below it along.
use super::kind::Kinds;
use std::collections::HashMap;

/// What is around the folder of a root.
pub(super) const NOTHING: i32 = -1;

#[derive(Debug)]
struct Folder {
    above: i32,
    name: Box<[u8]>,
    below: Vec<i32>,
    root: u16,
    /// What files were seen in it.
    kinds: Kinds,
    /// Of the look that passed here last.
    round: u32,
}

#[derive(Debug, Default)]
pub(super) struct Folders(HashMap<i32, Folder>);

impl Folders {
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn has(&self, watch: i32) -> bool {
        self.0.contains_key(&watch)
    }

    pub fn root_of(&self, watch: i32) -> Option<usize> {
        self.0.get(&watch).map(|folder| usize::from(folder.root))
    }

    pub fn above(&self, watch: i32) -> Option<i32> {
        self.0.get(&watch).map(|folder| folder.above)
    }

    pub fn is_root(&self, watch: i32) -> bool {
        self.0.get(&watch).is_some_and(|folder| folder.above == NOTHING)
    }

    pub fn count_of(&self, root: usize) -> u64 {
        self.0.values().filter(|folder| usize::from(folder.root) == root).count() as u64
    }

    /// Puts a folder in, or where it is now if it was known. Whether it is new.
    pub fn put(&mut self, watch: i32, above: i32, name: &[u8], root: usize, round: u32) -> bool {
        if let Some(folder) = self.0.get_mut(&watch) {
            let before = folder.above;
            (folder.above, folder.root, folder.round) = (above, root as u16, round);
            if *folder.name != *name {
                folder.name = name.into();
            }
            if before != above {
                self.part(watch, before);
                self.join(watch, above);
            }
            return false;
        }
        let folder =
            Folder { above, name: name.into(), below: Vec::new(), root: root as u16, kinds: Kinds::default(), round };
        self.0.insert(watch, folder);
        self.join(watch, above);
        true
    }

    fn join(&mut self, watch: i32, above: i32) {
        if let Some(above) = self.0.get_mut(&above) {
            above.below.push(watch);
        }
    }

    fn part(&mut self, watch: i32, above: i32) {
        if let Some(above) = self.0.get_mut(&above)
            && let Some(at) = above.below.iter().position(|other| *other == watch)
        {
            above.below.swap_remove(at);
        }
    }

    pub fn saw(&mut self, watch: i32, kind: super::Kind) {
        if let Some(folder) = self.0.get_mut(&watch) {
            folder.kinds.add(kind);
        }
    }

    /// The path below the root. `None` of one that is not known, or not connected with its root any more.
    pub fn below(&self, watch: i32) -> Option<Vec<u8>> {
        let mut names: Vec<&[u8]> = Vec::new();
        let mut folder = self.0.get(&watch)?;
        while folder.above != NOTHING {
            names.push(&folder.name);
            // A folder cannot lie in itself, but what the system tells comes late.
            if names.len() > 4096 {
                return None;
            }
            folder = self.0.get(&folder.above)?;
        }
        names.reverse();
        Some(names.join(&b'/'))
    }

    /// What files lie in a folder and below.
    pub fn kinds(&self, watch: i32) -> Kinds {
        let mut kinds = Kinds::default();
        self.each(watch, &mut |folder| kinds.merge(folder.kinds));
        kinds
    }

    fn each(&self, watch: i32, seen: &mut dyn FnMut(&Folder)) {
        let mut open = vec![watch];
        let mut steps = 0;
        while let Some(folder) = open.pop().and_then(|watch| self.0.get(&watch)) {
            seen(folder);
            open.extend(&folder.below);
            steps += 1;
            if steps > self.0.len() {
                return;
            }
        }
    }

    /// Takes a folder out with all below it.
    pub fn take(&mut self, watch: i32) -> (Vec<i32>, Kinds) {
        if let Some(folder) = self.0.get(&watch) {
            self.part(watch, folder.above);
        }
        let (mut taken, mut kinds, mut open) = (Vec::new(), Kinds::default(), vec![watch]);
        while let Some(next) = open.pop() {
            if let Some(folder) = self.0.remove(&next) {
                kinds.merge(folder.kinds);
                open.extend(folder.below);
                taken.push(next);
            }
        }
        (taken, kinds)
    }

    /// Takes all of a root out that the look of this round did not pass; all of it with `None`.
    pub fn take_root(&mut self, root: usize, round: Option<u32>) -> (Vec<i32>, Kinds) {
        let stale =
            |folder: &Folder| usize::from(folder.root) == root && round.is_none_or(|round| folder.round != round);
        let gone: Vec<i32> = self.0.iter().filter(|(_, folder)| stale(folder)).map(|(watch, _)| *watch).collect();
        let mut kinds = Kinds::default();
        for watch in &gone {
            if let Some(folder) = self.0.remove(watch) {
                kinds.merge(folder.kinds);
                self.part(*watch, folder.above);
            }
        }
        (gone, kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn some() -> Folders {
        let mut folders = Folders::default();
        folders.put(1, NOTHING, b"", 0, 0);
        folders.put(2, 1, b"a", 0, 0);
        folders.put(3, 2, b"b", 0, 0);
        folders.put(4, 1, b"c", 0, 0);
        folders.saw(3, Kind::Config);
        folders
    }

    #[test]
    fn a_renamed_folder_takes_what_is_below_along() {
        let mut folders = some();
        assert_eq!(folders.below(3).unwrap(), b"a/b");
        assert!(!folders.put(2, 4, b"z", 0, 0));
        assert_eq!(folders.below(3).unwrap(), b"c/z/b");
        assert_eq!(folders.below(1).unwrap(), b"");
        let (mut gone, kinds) = folders.take(4);
        gone.sort_unstable();
        assert_eq!((gone, kinds.iter().collect::<Vec<_>>()), (vec![2, 3, 4], vec![Kind::Config]));
        assert_eq!(folders.len(), 1);
        assert!(folders.below(3).is_none());
    }

    #[test]
    fn what_the_new_look_did_not_pass_goes() {
        let mut folders = some();
        folders.put(1, NOTHING, b"", 0, 1);
        folders.put(4, 1, b"c", 0, 1);
        let (mut gone, _) = folders.take_root(0, Some(1));
        gone.sort_unstable();
        assert_eq!(gone, [2, 3]);
        assert_eq!(folders.take_root(0, None).0.len(), 2);
    }
}
