//! All states of a root's files in a few numbers: whether any of a kind differs from before can be told without a list.
use super::kind::{Kind, Kinds};
use rustix::fs::Stat;

type Nanos = (i64, i64);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Print {
    /// Sums, so the order in which folders list their files does not matter.
    sums: [u128; Kind::ALL.len()],
    /// The latest time of entries, by kind: content, names and permissions all set it.
    newest: [Nanos; Kind::ALL.len()],
    pub kinds: Kinds,
    pub folders: u64,
}

impl Print {
    pub fn file(&mut self, kind: Kind, below: &[u8], stat: &Stat) {
        let changed = (stat.st_ctime, stat.st_ctime_nsec as i64);
        let newest = &mut self.newest[kind as usize];
        *newest = (*newest).max(changed);
        self.kinds.add(kind);
        let modified = (stat.st_mtime, stat.st_mtime_nsec as i64);
        let times = [modified.0, modified.1, changed.0, changed.1];
        self.add(kind, below, [stat.st_size, i64::from(stat.st_mode)].into_iter().chain(times));
    }

    /// A folder's own times say only that what is in it came or went, be it something that is left out.
    pub fn folder(&mut self, kind: Kind, below: &[u8], stat: &Stat) {
        self.folders += 1;
        self.add(kind, below, [i64::from(stat.st_mode)].into_iter());
    }

    /// What cannot be listed is a state too.
    pub fn unlisted(&mut self, below: &[u8]) {
        self.add(Kind::Data, below, [-1].into_iter());
    }

    fn add(&mut self, kind: Kind, below: &[u8], numbers: impl Iterator<Item = i64>) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(below).update(&[0]);
        for number in numbers {
            hasher.update(&number.to_le_bytes());
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let sum = &mut self.sums[kind as usize];
        *sum = sum.wrapping_add(u128::from_le_bytes(short));
    }

    /// Kinds of which something is not as it was.
    pub fn differs(&self, before: &Self) -> Kinds {
        Self::those(|kind| self.sums[kind as usize] != before.sums[kind as usize])
    }

    /// Kinds of which a file changed after that.
    pub fn later_than(&self, at: Nanos) -> Kinds {
        Self::those(|kind| self.newest[kind as usize] > at)
    }

    fn those(fits: impl Fn(Kind) -> bool) -> Kinds {
        let mut kinds = Kinds::default();
        Kind::ALL.into_iter().filter(|kind| fits(*kind)).for_each(|kind| kinds.add(kind));
        kinds
    }
}
