//! What file systems are called: the label that somebody gave a drive, which need not be the name of the folder that it
//! is mounted at.
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

const LINKS: &str = "/dev/disk/by-label";

/// The labels of now, each with the device that bears it.
#[derive(Debug, Default)]
pub struct Labels(Vec<(PathBuf, String)>);

impl Labels {
    /// None where the system keeps no such list.
    pub fn read() -> Self {
        Self::within(Path::new(LINKS))
    }

    /// `links` has a link to the device for each label.
    pub fn within(links: &Path) -> Self {
        let items = fs::read_dir(links).into_iter().flatten().flatten();
        let found = items.filter_map(|item| Some((item.path().canonicalize().ok()?, plain(&item.file_name())?)));
        Self(found.collect())
    }

    /// Of the file system on a device, as a table of mounts names that.
    pub fn of(&self, device: &Path) -> Option<&str> {
        let real = device.canonicalize().ok()?;
        self.0.iter().find(|(labelled, _)| *labelled == real).map(|(_, label)| label.as_str())
    }
}

/// Blanks and the like are written as `\x20`.
fn plain(name: &std::ffi::OsStr) -> Option<String> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.strip_prefix(b"x").filter(|_| first == b'\\').and_then(|digits| digits.get(..2));
        let byte = digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        if let Some(byte) = byte {
            out.push(byte);
            rest = after.get(3..).unwrap_or_default();
        } else {
            out.push(first);
            rest = after;
        }
    }
    OsString::from_vec(out).into_string().ok().filter(|label| !label.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_device_has_the_label_whose_link_leads_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let (links, device) = (dir.path().join("by-label"), dir.path().join("sdz1"));
        fs::create_dir(&links).unwrap();
        fs::write(&device, "").unwrap();
        fs::write(dir.path().join("sdz2"), "").unwrap();
        symlink("../sdz1", links.join("MY\\x20STICK")).unwrap();
        symlink("../absent", links.join("GONE")).unwrap();
        let labels = Labels::within(&links);
        assert_eq!(labels.of(&device), Some("MY STICK"));
        assert_eq!(labels.of(&dir.path().join("sdz2")), None);
        assert_eq!(labels.of(Path::new("tmpfs")), None);
        assert_eq!(Labels::within(Path::new("/nowhere")).of(&device), None);
    }
}
