use super::mounts::{holding, mounts};
use std::path::Path;

/// The longest file that FAT can hold.
pub const FAT_LIMIT: u64 = (4 << 30) - 1;
/// `MSDOS_SUPER_MAGIC`: what Linux calls every FAT.
const FAT: u64 = 0x4d44;

/// What matters here of the file system that a path is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// As the system names it: `ext4`, `vfat`, `exfat`, `fuseblk`; empty where it does not say.
    pub kind: String,
    /// The longest file that it can hold, where that is short enough to matter.
    pub file_limit: Option<u64>,
}

impl FileSystem {
    /// Of the file system that holds an existing path. exFAT and NTFS hold files of any length; FAT does not.
    pub fn of(path: &Path) -> Self {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let kind = holding(&mounts(), &real).map(|mount| mount.kind.clone()).unwrap_or_default();
        let is_fat = rustix::fs::statfs(path).is_ok_and(|stat| stat.f_type as u64 == FAT) || names_fat(&kind);
        Self { file_limit: is_fat.then_some(FAT_LIMIT), kind }
    }
}

fn names_fat(kind: &str) -> bool {
    matches!(kind.strip_prefix("fuse.").unwrap_or(kind), "vfat" | "msdos" | "umsdos" | "fat" | "fat32" | "fusefat")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fat_is_short() {
        assert!(["vfat", "msdos", "fuse.fusefat"].into_iter().all(names_fat));
        assert!(!["exfat", "fuseblk", "ntfs3", "fuse.exfat", "ext4", ""].into_iter().any(names_fat));
        let here = tempfile::tempdir().unwrap();
        assert_eq!(FileSystem::of(here.path()).file_limit, None);
    }
}
