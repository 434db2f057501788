use std::path::{Path, PathBuf};
use std::time::Duration;

/// The machine that is looked at. A test gives one of its own.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What absolute places such as `/opt` and `/proc` are below; `/`.
    pub root: PathBuf,
    /// The person's home.
    pub home: PathBuf,
    /// The folders for settings and data, where the person has others than below the home.
    pub own_folders: Vec<PathBuf>,
    /// Looking ends by itself after so long.
    pub time_limit: Duration,
}

const TIME_LIMIT: Duration = Duration::from_secs(20);

impl Machine {
    /// This one.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self { root: PathBuf::from("/"), home: home.into(), own_folders: Vec::new(), time_limit: TIME_LIMIT }
    }

    /// Where an absolute place lies.
    pub fn at(&self, place: &str) -> PathBuf {
        self.root.join(place.trim_start_matches('/'))
    }

    pub(super) fn proc(&self) -> PathBuf {
        self.at("/proc")
    }

    /// Whether a path is the system's own, where no chatbot keeps data.
    pub(super) fn is_system(&self, path: &Path) -> bool {
        const SYSTEM: [&str; 12] =
            ["usr", "bin", "sbin", "lib", "lib32", "lib64", "boot", "proc", "sys", "dev", "etc", "run"];
        let Ok(below) = path.strip_prefix(&self.root) else { return false };
        if below.starts_with("usr/share/ollama") || below.starts_with("run/media") || below.starts_with("usr/local") {
            return false;
        }
        below.components().next().is_none_or(|first| SYSTEM.iter().any(|name| first.as_os_str() == *name))
    }

    /// Whether a folder belongs to so much else that what is started in it says nothing: a home, a temporary folder.
    pub(super) fn is_common(&self, path: &Path) -> bool {
        let homes = [self.at("/home"), self.at("/root"), self.at("/tmp"), self.at("/var"), self.at("/var/tmp")];
        path == self.home
            || path == self.root
            || homes.iter().any(|home| home == path)
            || path.parent() == Some(&self.at("/home"))
            || self.is_system(path)
    }
}
