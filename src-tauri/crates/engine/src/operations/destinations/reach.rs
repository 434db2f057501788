use super::add::{comes_and_goes, existing};
use crate::deployment::Destination as Setting;
use crate::store::{Mount, holding, mounts};
use crate::vault::Reach;
use std::path::Path;

/// How a place is come by from another computer, as far as this one can tell.
pub fn reach(setting: &Setting) -> Reach {
    among(&mounts(), setting)
}

fn among(mounts: &[Mount], setting: &Setting) -> Reach {
    let on = |path: &Path| {
        let there = existing(path);
        holding(mounts, &there.canonicalize().unwrap_or_else(|_| there.to_owned()))
    };
    match setting {
        Setting::Cloud { .. } => Reach::Cloud,
        Setting::Folder { path, .. } | Setting::Drive { path, .. } if on(path).is_some_and(Mount::is_remote) => {
            Reach::Network
        }
        Setting::Drive { name, .. } => Reach::Drive(name.clone()),
        Setting::Folder { path, .. } => match on(path) {
            Some(mount) if comes_and_goes(&mount.point) => Reach::Drive(setting.name()),
            _ => Reach::Computer,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_place_is_what_lies_below_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().canonicalize().unwrap();
        let mount = |point: &Path, kind: &str| Mount {
            point: point.to_owned(),
            kind: kind.to_owned(),
            source: "/dev/sdz1".into(),
            read_only: false,
        };
        let own = [mount(Path::new("/"), "ext4")];
        let folder = Setting::folder(at.join("Backups"));
        assert_eq!(among(&own, &folder), Reach::Computer, "also one that is not there yet");
        let drive = Setting::Drive {
            id: "1".to_owned(),
            name: "Blue".to_owned(),
            path: at.clone(),
            inside: PathBuf::new(),
            volume_bytes: None,
        };
        assert_eq!(among(&own, &drive), Reach::Drive("Blue".to_owned()), "also unplugged");
        for kind in ["nfs4", "cifs", "fuse.sshfs"] {
            let mounts = [own[0].clone(), mount(&at, kind)];
            assert_eq!(among(&mounts, &folder), Reach::Network);
            assert_eq!(among(&mounts, &drive), Reach::Network);
        }
        let mounts = [own[0].clone(), mount(&at, "vfat")];
        assert_eq!(among(&mounts, &folder), Reach::Drive(folder.name()), "a folder on a stick");
    }
}
