use crate::capture::walk::Filter;
use crate::deployment::{Verdict, database_of_sidecar};
use holdfast_domain::Class;

/// What sort of thing a changed file is, as far as it matters for when it has to be archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `.env`, settings, keys.
    Config,
    /// Databases, what people sent, vector stores.
    Data,
    /// Code and lock files.
    Application,
    Logs,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Config, Self::Data, Self::Application, Self::Logs];

    pub(super) fn of(class: Class) -> Self {
        match class {
            Class::Config => Self::Config,
            Class::Database | Class::Files | Class::Vectors | Class::Recreatable => Self::Data,
            Class::Application => Self::Application,
            Class::Logs => Self::Logs,
        }
    }
}

/// A set of kinds, one byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        let mut kinds = Self::default();
        kinds.add(kind);
        kinds
    }
}

impl Kinds {
    pub fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u8;
    }

    pub fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.0 & (1 << *kind as u8) != 0)
    }
}

/// What a change of this path is a change of; `None` where backups leave it out, or where it says nothing.
pub(super) fn kind_of(filter: &dyn Filter, root: &str, below: &[u8], is_dir: bool) -> Option<Kind> {
    if is_dir {
        return taken(filter, root, below, true);
    }
    if let Some(database) = database_of_sidecar(below) {
        // SQLite writes it also while it only reads.
        let is_index = below.ends_with(b"-shm");
        return taken(filter, root, database, false).filter(|_| !is_index).map(|_| Kind::Data);
    }
    let kind = taken(filter, root, below, false)?;
    Some(if kind == Kind::Config && is_passing(below) { Kind::Data } else { kind })
}

fn taken(filter: &dyn Filter, root: &str, below: &[u8], is_dir: bool) -> Option<Kind> {
    match filter.classify(root, below, is_dir) {
        Verdict::Capture(class) => Some(Kind::of(class)),
        Verdict::LeaveOut { .. } => None,
    }
}

/// What editors write while a file is open: that somebody looks at settings is no change of them.
fn is_passing(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let ends = |endings: &[&[u8]]| endings.iter().any(|ending| name.ends_with(ending));
    let starts = |starts: &[&[u8]]| starts.iter().any(|start| name.starts_with(start));
    ends(&[b"~", b".swp", b".swo", b".swx", b".swpx", b".tmp"]) || starts(&[b".#", b"#", b".goutputstream-"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{Classifier, Profile};
    use holdfast_domain::DeploymentName;
    use std::path::Path;

    #[test]
    fn what_a_change_is_of() {
        let profile = Profile::new(DeploymentName::new("bot").unwrap());
        let rules = Classifier::new(&profile, Path::new("/home/ana/.holdfast")).unwrap();
        let of = |path: &str| kind_of(&rules, "data", path.as_bytes(), false);
        assert_eq!(of(".env"), Some(Kind::Config));
        assert_eq!(of("config/settings.yaml"), Some(Kind::Config));
        assert_eq!(of(".env.swp"), Some(Kind::Data), "only opened in an editor");
        assert_eq!(of("config.db-wal"), Some(Kind::Data));
        assert_eq!(of("config.db-journal"), Some(Kind::Data));
        assert_eq!(of("config.db-shm"), None);
        assert_eq!(of("uploads/a.pdf"), Some(Kind::Data));
        assert_eq!(of("logs/server.log"), Some(Kind::Logs));
        assert_eq!(of("main.py"), Some(Kind::Application));
        assert_eq!(of("node_modules/x/index.js"), None);
        assert_eq!(kind_of(&rules, "data", b"node_modules", true), None);
        assert_eq!(kind_of(&rules, "data", b"uploads", true), Some(Kind::Data));
    }
}
