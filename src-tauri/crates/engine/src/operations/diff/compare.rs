use crate::archive::{Entry, EntryKind};

/// What people call it. A hard link is a file that has another name too.
pub(super) fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File | EntryKind::Hardlink | EntryKind::Gone => "file",
        EntryKind::Dir => "folder",
        EntryKind::Symlink => "link",
    }
}

/// Without extended attributes, which a walk does not read.
pub(in crate::operations) fn metadata_differences(before: &Entry, after: &Entry) -> Vec<&'static str> {
    if word(before.kind) != word(after.kind) {
        return vec!["kind"];
    }
    let mut differences = Vec::new();
    if before.mode != after.mode {
        differences.push("mode");
    }
    if (before.owner.uid, before.owner.gid) != (after.owner.uid, after.owner.gid) {
        differences.push("owner");
    }
    // A folder's time changes with whatever is made in it, which is told anyway. A database is copied after it was
    // found, so its time says little.
    if before.kind != EntryKind::Dir && !before.database && before.mtime != after.mtime {
        differences.push("time");
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_another_time_is_the_same_folder() {
        let entry = |kind, secs, mode| {
            let mut entry = Entry::gone(b"data/x".to_vec());
            (entry.kind, entry.mtime.secs, entry.mode) = (kind, secs, mode);
            entry
        };
        let folder = entry(EntryKind::Dir, 1, 0o755);
        assert!(metadata_differences(&folder, &entry(EntryKind::Dir, 2, 0o755)).is_empty());
        assert_eq!(metadata_differences(&folder, &entry(EntryKind::Dir, 1, 0o700)), ["mode"]);
        let file = entry(EntryKind::File, 1, 0o644);
        assert_eq!(metadata_differences(&file, &entry(EntryKind::File, 2, 0o600)), ["mode", "time"]);
        assert_eq!(metadata_differences(&file, &folder), ["kind"]);
        assert!(metadata_differences(&file, &entry(EntryKind::Hardlink, 1, 0o644)).is_empty());
    }
}
