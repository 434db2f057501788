use super::entry::{Entry, EntryKind};
use super::jsonl;
use sha2::{Digest, Sha256};

/// Counts and the digest of a whole moment, carried from level to level by adding what came and
/// taking away what went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tree {
    /// Files, hard links included.
    pub files: u64,
    /// Everything: files, folders, links.
    pub entries: u64,
    /// Content bytes of files; a file with several names counts once.
    pub bytes: u64,
    /// Sum modulo 2^256 of the SHA-256 of each entry's line; big-endian.
    pub sum: [u8; 32],
}

impl Tree {
    pub fn add(&mut self, entry: &Entry) {
        self.count(entry, u64::wrapping_add);
        let mut carry = 0u16;
        for (sum, digit) in self.sum.iter_mut().zip(digest(entry)).rev() {
            let total = u16::from(*sum) + u16::from(digit) + carry;
            *sum = total as u8;
            carry = total >> 8;
        }
    }

    pub fn subtract(&mut self, entry: &Entry) {
        self.count(entry, u64::wrapping_sub);
        let mut borrow = 0i16;
        for (sum, digit) in self.sum.iter_mut().zip(digest(entry)).rev() {
            let rest = i16::from(*sum) - i16::from(digit) - borrow;
            *sum = rest.rem_euclid(256) as u8;
            borrow = i16::from(rest < 0);
        }
    }

    fn count(&mut self, entry: &Entry, change: fn(u64, u64) -> u64) {
        self.entries = change(self.entries, 1);
        if matches!(entry.kind, EntryKind::File | EntryKind::Hardlink) {
            self.files = change(self.files, 1);
        }
        if entry.kind == EntryKind::File {
            self.bytes = change(self.bytes, entry.size);
        }
    }
}

fn digest(entry: &Entry) -> [u8; 32] {
    let mut text = Vec::with_capacity(256);
    jsonl::line(entry, false, &mut text);
    Sha256::digest(&text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_leaves_no_trace() {
        let entries: Vec<Entry> = (0..50u8)
            .map(|n| {
                let mut entry = Entry::gone(vec![b'a', n + 1]);
                entry.kind = EntryKind::File;
                entry.size = u64::from(n);
                entry
            })
            .collect();
        let mut tree = Tree::default();
        entries[..30].iter().for_each(|e| tree.add(e));
        let before = tree;
        entries[30..].iter().for_each(|e| tree.add(e));
        assert_ne!(tree.sum, before.sum);
        entries[30..].iter().rev().for_each(|e| tree.subtract(e));
        assert_eq!(tree, before);
        entries[..30].iter().for_each(|e| tree.subtract(e));
        assert_eq!(tree, Tree::default());
    }
}
