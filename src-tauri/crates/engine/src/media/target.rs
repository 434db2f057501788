use std::path::{Path, PathBuf};

const PARTIAL: &str = ".partial";

/// A piece of an archive that was cut because the file system cannot hold it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// Where an archive is written: one file, or volumes that are no longer than a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    path: PathBuf,
    volume_bytes: Option<u64>,
}

impl Target {
    /// `path` ends in `.partial`; volumes get their number before that.
    pub fn new(path: PathBuf, volume_bytes: Option<u64>) -> Self {
        Self { path, volume_bytes: volume_bytes.filter(|limit| *limit > 0) }
    }

    /// The path that was given: no file of this name is made where there are volumes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long one file may become.
    pub fn limit(&self) -> u64 {
        self.volume_bytes.unwrap_or(u64::MAX)
    }

    pub fn in_volumes(&self) -> bool {
        self.volume_bytes.is_some()
    }

    /// The file that holds a volume, counted from 1.
    pub fn part(&self, number: u64) -> PathBuf {
        if self.volume_bytes.is_none() {
            return self.path.clone();
        }
        let text = self.path.as_os_str().to_string_lossy();
        match text.strip_suffix(PARTIAL) {
            Some(whole) => PathBuf::from(format!("{whole}.{number:03}{PARTIAL}")),
            None => volume_path(&self.path, number),
        }
    }
}

impl From<&Path> for Target {
    fn from(path: &Path) -> Self {
        Self::new(path.to_owned(), None)
    }
}

impl From<&PathBuf> for Target {
    fn from(path: &PathBuf) -> Self {
        Self::new(path.clone(), None)
    }
}

/// `x.age.001` for `x.age`.
pub fn volume_path(whole: &Path, number: u64) -> PathBuf {
    let mut name = whole.as_os_str().to_owned();
    name.push(format!(".{number:03}"));
    name.into()
}

/// The name of the whole and the number of the volume, for a name such as `x.age.001`.
pub fn volume_of(name: &str) -> Option<(&str, u64)> {
    let (whole, number) = name.rsplit_once('.')?;
    let fits = number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit());
    let number = if fits { number.parse().ok()? } else { return None };
    (number > 0 && !whole.is_empty()).then_some((whole, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_named_so_that_cat_joins_them_in_order() {
        let target = Target::new("/d/x.tar.zst.age.partial".into(), Some(10));
        assert_eq!(target.part(1), Path::new("/d/x.tar.zst.age.001.partial"));
        assert_eq!(Target::new("/d/x.partial".into(), None).part(1), Path::new("/d/x.partial"));
        assert_eq!(volume_path(Path::new("/d/x.age"), 12), Path::new("/d/x.age.012"));
        assert_eq!(volume_of("x.age.012"), Some(("x.age", 12)));
        for other in ["x.age", "x.01", ".001", "x.000", "x.0a1", "x.sha256"] {
            assert_eq!(volume_of(other), None, "{other}");
        }
    }
}
