//! What a preview rests on, so that `run` can tell whether it still holds.
use super::live::{Fate, Live};
use crate::operations::in_use::FileId;
use holdfast_domain::Class;
use std::collections::HashSet;

/// A sum over the live files that a restore replaces, deletes or finds unchanged: which they are, and their sizes and
/// times. What is written all the time is in it by its name alone, or no preview of a running program would ever hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    sum: u128,
    files: u64,
}

impl Stamp {
    /// `written`: files that a program could write to when the preview was made.
    pub fn take(&mut self, item: &Live<'_>, written: &HashSet<FileId>) {
        let fate: u8 = match item.fate {
            Fate::Sidecar | Fate::Kept => return,
            Fate::Replaced | Fate::Unchanged => 1,
            Fate::Deleted => 2,
        };
        let mut hash = blake3::Hasher::new();
        hash.update(item.path).update(&[0, fate]);
        let busy = item.class == Some(Class::Logs) || written.contains(&(item.stat.st_dev, item.stat.st_ino));
        if !busy {
            hash.update(&item.stat.st_size.to_le_bytes());
            hash.update(&item.stat.st_mtime.to_le_bytes());
            hash.update(&item.stat.st_mtime_nsec.to_le_bytes());
            hash.update(&item.stat.st_ino.to_le_bytes());
        }
        // Files come in whatever order the folder has them.
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize().as_bytes()[..16]);
        self.sum = self.sum.wrapping_add(u128::from_le_bytes(digest));
        self.files += 1;
    }
}
