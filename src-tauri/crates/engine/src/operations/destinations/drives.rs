use super::add::{comes_and_goes, own_name};
use crate::deployment::{Destination as Setting, Profile};
use crate::operations::recover;
use crate::store::{Labels, Marker, Mount, base_of, mounts};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A drive that is plugged in and mounted, known or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluggedIn {
    pub path: PathBuf,
    /// The file system's own; the name of the folder that it is mounted at where it has none.
    pub label: String,
    pub file_system: String,
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub writable: bool,
    /// The destination that it is, by its marker.
    pub destination: Option<String>,
    /// It holds archives, of whatever deployment.
    pub holds_archives: bool,
    /// It looks like a drive of this person's own: not mounted below a temporary folder, and not another user's.
    pub likely: bool,
}

/// Drives of now. Reads names on them and nothing else; one that does not answer is left away.
pub fn drives(profiles: &[Profile]) -> Vec<PluggedIn> {
    among(&mounts(), &Labels::read(), profiles)
}

fn among(mounts: &[Mount], labels: &Labels, profiles: &[Profile]) -> Vec<PluggedIn> {
    let mut found: Vec<PluggedIn> = Vec::new();
    // Of several at one place the last is seen.
    for mount in mounts.iter().rev().filter(|mount| mount.holds_files()) {
        if found.iter().any(|drive| drive.path == mount.point) {
            continue;
        }
        let destination = known(&mount.point, profiles);
        let passing = matches!(mount.kind.as_str(), "tmpfs" | "ramfs" | "overlay" | "squashfs" | "iso9660");
        if destination.is_none() && (passing || !comes_and_goes(&mount.point)) {
            continue;
        }
        let Ok(stat) = rustix::fs::statvfs(&mount.point) else { continue };
        let may_write = rustix::fs::access(&mount.point, rustix::fs::Access::WRITE_OK).is_ok();
        found.push(PluggedIn {
            label: own_name(&mount.point, Some(mount), labels),
            file_system: mount.kind.clone(),
            total_bytes: stat.f_blocks * stat.f_frsize,
            free_bytes: stat.f_bavail * stat.f_frsize,
            writable: may_write && !mount.read_only,
            destination,
            holds_archives: recover::find(&mount.point).is_ok(),
            likely: is_likely(&mount.point),
            path: mount.point.clone(),
        });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What is mounted below a temporary folder belongs to a program, and what is another user's to that one.
fn is_likely(point: &Path) -> bool {
    let passing = ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|above| point.starts_with(above));
    let own = std::fs::metadata(point).is_ok_and(|meta| {
        let me = rustix::process::geteuid();
        meta.uid() == me.as_raw() || meta.uid() == 0 && !me.is_root()
    });
    !passing && own
}

/// The name of the destination that is mounted there.
fn known(point: &Path, profiles: &[Profile]) -> Option<String> {
    profiles.iter().flat_map(|profile| &profile.destinations).find_map(|setting| {
        let Setting::Drive { id, name, inside, .. } = setting else { return None };
        let chosen = if inside.as_os_str().is_empty() { point.to_owned() } else { point.join(inside) };
        matches!(Marker::read(&base_of(&chosen)), Ok(Some(marker)) if marker.id == *id).then(|| name.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::DeploymentName;

    #[test]
    fn a_drive_is_known_by_its_marker_and_others_by_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let stick = dir.path().join("STICK");
        let marker = Marker::new("Harbour Blue");
        marker.write(&base_of(&stick)).unwrap();
        let (device, links) = (dir.path().join("sdz1"), dir.path().join("by-label"));
        std::fs::write(&device, "").unwrap();
        std::fs::create_dir(&links).unwrap();
        std::os::unix::fs::symlink(&device, links.join("TINY")).unwrap();
        let labels = Labels::within(&links);
        let mount = |point: &Path, kind: &str| Mount {
            point: point.to_owned(),
            kind: kind.to_owned(),
            source: device.clone(),
            read_only: false,
        };
        let mounts = [mount(Path::new("/"), "ext4"), mount(Path::new("/proc"), "proc"), mount(&stick, "vfat")];
        let unknown = among(&mounts, &Labels::default(), &[]);
        assert_eq!(unknown.len(), 1, "{unknown:?}");
        assert_eq!((&unknown[0].path, unknown[0].label.as_str(), &unknown[0].destination), (&stick, "STICK", &None));
        let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
        profile.destinations = vec![Setting::Drive {
            id: marker.id,
            name: "Blue".to_owned(),
            path: stick.clone(),
            inside: PathBuf::new(),
            volume_bytes: None,
        }];
        let drives = among(&mounts, &labels, &[profile]);
        assert_eq!(drives.len(), 1);
        assert_eq!(
            (drives[0].destination.as_deref(), drives[0].label.as_str()),
            (Some("Blue"), "TINY"),
            "its own name goes first"
        );
        assert!(!drives[0].likely, "what is mounted below a temporary folder is suggested to nobody");
        assert!(drives[0].total_bytes > 0 && drives[0].writable && !drives[0].holds_archives);
    }
}
