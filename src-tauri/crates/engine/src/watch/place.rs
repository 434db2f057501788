//! One root, and how it is watched.
use super::kind::{Kind, Kinds, kind_of};
use super::ours::{Exchanged, Ours};
use super::print::Print;
use super::standing::{By, RootStanding, Why};
use crate::capture::walk::{Filter, WalkRoot};
use crate::store::{Mount, holding};
use jiff::Timestamp;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// Looking through all of a root takes at most one part in so many of the time.
const REST: u32 = 20;
const LONGEST_REST: Duration = Duration::from_mins(30);
/// Restores that are remembered after nothing else tells of them.
const REMEMBERED: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    Starting,
    Missing,
    Events,
    Scanning(Why),
}

pub(super) struct Place {
    pub root: WalkRoot,
    /// Of a root that is one file.
    pub kind: Kind,
    pub how: How,
    pub there: Option<There>,
    /// What it was like when it was last looked through.
    pub print: Print,
    /// Kinds of which changes were told since: of these it says nothing any more.
    pub told: Kinds,
    pub looked_at: Timestamp,
    /// By the clock's `elapsed`.
    pub looked: Duration,
    pub took: Duration,
    /// Something may have been missed since: it has to be looked through again.
    pub in_doubt: Option<Timestamp>,
    /// What went while a restore exchanged it: a change unless the restore ends well.
    pub owed: Kinds,
    pub anchored: bool,
    exchanged: Vec<Exchanged>,
}

/// What is at the root's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct There {
    pub identity: (u64, u64),
    pub modified: (i64, i64),
    pub changed: (i64, i64),
    size: u64,
    mode: u32,
}

impl There {
    fn of(meta: &Metadata) -> Self {
        Self {
            identity: (meta.dev(), meta.ino()),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            size: meta.len(),
            mode: meta.mode(),
        }
    }
}

impl Place {
    pub fn new(root: WalkRoot, filter: &dyn Filter, now: Timestamp) -> Self {
        let name = root.path.file_name().unwrap_or_default().as_bytes();
        Self {
            // It was named by the person, so no rule leaves it out.
            kind: kind_of(filter, &root.name, name, false).unwrap_or(Kind::Data),
            root,
            how: How::Starting,
            there: None,
            print: Print::default(),
            told: Kinds::default(),
            looked_at: now,
            looked: Duration::ZERO,
            took: Duration::ZERO,
            in_doubt: None,
            owed: Kinds::default(),
            anchored: false,
            exchanged: Vec::new(),
        }
    }

    /// A root may be reached through a link.
    pub fn look(&self) -> Option<There> {
        let meta = std::fs::metadata(&self.root.path).ok()?;
        let fits = if self.root.file { meta.is_file() } else { meta.is_dir() };
        fits.then(|| There::of(&meta))
    }

    pub fn identity(&self) -> Option<(u64, u64)> {
        self.there.map(|there| there.identity)
    }

    pub fn rest(&self, least: Duration) -> Duration {
        least.max((self.took * REST).min(LONGEST_REST.max(self.took * 2)))
    }

    /// Asks which restores there are, and keeps what is known of those that are let go.
    pub fn learn(&mut self, ours: &dyn Ours) {
        for fresh in ours.exchanged().into_iter().filter(|fresh| fresh.live == self.root.path) {
            match self.exchanged.iter_mut().find(|known| known.at == fresh.at) {
                Some(known) => {
                    known.going_on = fresh.going_on;
                    known.restored = fresh.restored.or(known.restored);
                    known.before = fresh.before.or(known.before);
                }
                None => self.exchanged.push(fresh),
            }
        }
        let more = self.exchanged.len().saturating_sub(REMEMBERED);
        self.exchanged.drain(..more);
    }

    /// Where what is there was made live by a restore or an undo: when archives held all of it.
    pub fn archived(&self) -> Option<(i64, i64)> {
        let here = self.identity();
        let ours = |known: &&Exchanged| here.is_some() && (known.restored == here || known.before == here);
        self.exchanged.iter().filter(ours).map(|known| known.at).max()
    }

    pub fn is_being_exchanged(&self) -> bool {
        self.exchanged.iter().any(|known| known.going_on)
    }

    /// Why the system does not tell of its changes, by what is mounted.
    pub fn unseen(&self, mounts: &[Mount]) -> Option<Why> {
        let real = std::fs::canonicalize(&self.root.path).unwrap_or_else(|_| self.root.path.clone());
        // Portals and images of programs are mounted in homes everywhere.
        let kept = |mount: &&Mount| mount.holds_files() && !mount.read_only && mount.point.starts_with(&real);
        let below = mounts.iter().filter(kept);
        holding(mounts, &real).into_iter().chain(below).find_map(|mount| why(mount, &mount.point))
    }

    pub fn standing(&self, least: Duration, folders: u64) -> RootStanding {
        let by = match &self.how {
            How::Starting => By::Starting,
            How::Missing => By::Missing,
            How::Events if self.in_doubt.is_some() => By::Starting,
            How::Events => By::Events { folders },
            How::Scanning(why) => By::Scanning { why: why.clone(), every_seconds: self.rest(least).as_secs() },
        };
        RootStanding { root: self.root.name.clone(), path: self.root.path.clone(), by }
    }
}

/// Kinds beyond those that `Mount` calls remote, of which others than this system's programs change files.
const SHARED: [&str; 8] = ["virtiofs", "vboxsf", "prl_fs", "drvfs", "gfs2", "ocfs2", "lustre", "beegfs"];

fn why(mount: &Mount, at: &Path) -> Option<Why> {
    let (kind, at) = (mount.kind.clone(), at.to_owned());
    if mount.is_remote() || SHARED.contains(&kind.as_str()) {
        return Some(Why::Network { kind, at });
    }
    // A drive with NTFS or exFAT is a `fuseblk`: nobody else changes it.
    (kind == "fuse" || kind.starts_with("fuse.")).then_some(Why::Fuse { kind, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{Classifier, Profile};
    use holdfast_domain::DeploymentName;

    #[test]
    fn what_others_may_change_is_scanned() {
        let mount = |point: &str, kind: &str| Mount {
            point: point.into(),
            kind: kind.into(),
            source: "x".into(),
            read_only: false,
        };
        let mounts = [
            mount("/", "ext4"),
            mount("/srv/nas", "nfs4"),
            mount("/srv/seen", "fuse.bindfs"),
            mount("/srv/stick", "fuseblk"),
            mount("/srv/bot/data/in", "fuse.sshfs"),
        ];
        let profile = Profile::new(DeploymentName::new("bot").unwrap());
        let rules = Classifier::new(&profile, Path::new("/none")).unwrap();
        let of = |path: &str| {
            let folder = WalkRoot { name: "data".into(), path: path.into(), file: false };
            Place::new(folder, &rules, Timestamp::UNIX_EPOCH).unseen(&mounts)
        };
        assert!(matches!(of("/srv/nas/bot"), Some(Why::Network { .. })));
        assert!(matches!(of("/srv/seen"), Some(Why::Fuse { .. })));
        assert_eq!((of("/srv/stick/bot"), of("/srv/other")), (None, None));
        let Some(Why::Network { at, .. }) = of("/srv/bot") else { panic!("a part of it is on another computer") };
        assert_eq!(at, Path::new("/srv/bot/data/in"));
    }
}
