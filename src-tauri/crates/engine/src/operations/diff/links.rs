use crate::archive::{Entry, EntryKind, Moment, hash_of};
use crate::error::Result;
use crate::jobs::Job;
use std::collections::HashMap;

/// The content behind a moment's hard links: an entry of one names the file and says nothing else of it.
#[derive(Debug, Default)]
pub(in crate::operations) struct Links(HashMap<Vec<u8>, (u64, [u8; 32])>);

impl Links {
    /// Costs a pass over the list, and a second one where there are hard links.
    pub fn of(moment: &Moment, job: &Job) -> Result<Self> {
        let mut files = HashMap::new();
        for entry in moment.entries()? {
            job.checkpoint()?;
            let entry = entry?;
            if entry.kind == EntryKind::Hardlink {
                files.insert(entry.link, (0, [0; 32]));
            }
        }
        if !files.is_empty() {
            for entry in moment.entries()? {
                job.checkpoint()?;
                let entry = entry?;
                if let Some(file) = files.get_mut(&entry.path) {
                    *file = (entry.size, *hash_of(&entry));
                }
            }
        }
        Ok(Self(files))
    }

    /// Size and hash of the file that a hard link shares.
    pub fn target(&self, entry: &Entry) -> Option<(u64, [u8; 32])> {
        self.0.get(&entry.link).copied()
    }

    /// Of files and hard links.
    pub fn size(&self, entry: &Entry) -> Option<u64> {
        match entry.kind {
            EntryKind::File => Some(entry.size),
            EntryKind::Hardlink => self.target(entry).map(|target| target.0),
            _ => None,
        }
    }
}
