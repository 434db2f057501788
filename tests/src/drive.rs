//! Drives as images of their own, mounted and pulled out as a person does. Needs root, and for each kind its tools.
use crate::mode::skipped;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    Ext4,
    Xfs,
    Exfat,
    Ntfs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pull {
    /// The device is gone from one moment to the next.
    Gone,
    /// Unmounted while it is in use: open files go on, the path leads into the folder underneath.
    Lazily,
}

/// A drive. Unmounted when it goes.
#[derive(Debug)]
pub struct Drive {
    image: PathBuf,
    kind: FileSystem,
    loop_device: Option<String>,
    mounted: Option<PathBuf>,
    daemon: Option<Child>,
}

impl FileSystem {
    pub const ALL: [Self; 4] = [Self::Ext4, Self::Xfs, Self::Exfat, Self::Ntfs];

    fn make(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Ext4 => ("mkfs.ext4", &["-q", "-F", "-m", "0"]),
            Self::Xfs => ("mkfs.xfs", &["-q", "-f"]),
            Self::Exfat => ("mkfs.exfat", &[]),
            Self::Ntfs => ("mkfs.ntfs", &["-q", "-F", "-f"]),
        }
    }

    fn is_fuse(self) -> bool {
        matches!(self, Self::Exfat | Self::Ntfs)
    }
}

/// A command that must work.
#[track_caller]
fn must(command: &mut Command) {
    let ran = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn works(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

impl Drive {
    /// A new, empty drive whose image lies in `dir`. `None`, and said so, where this machine cannot have one.
    pub fn make(dir: &Path, name: &str, kind: FileSystem, megabytes: u64) -> Option<Self> {
        let what = format!("a drive with {kind:?}");
        let uid = fs::metadata("/proc/self").map_or(1, |meta| meta.uid());
        if uid != 0 {
            skipped(&what, "mounting needs root");
            return None;
        }
        let image = dir.join(format!("{name}.img"));
        File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        let (program, arguments) = kind.make();
        if !works(Command::new(program).args(arguments).arg(&image)) {
            skipped(&what, &format!("{program} is missing or failed (scripts/setup --test)"));
            return None;
        }
        let mut drive = Self { image, kind, loop_device: None, mounted: None, daemon: None };
        let probe = dir.join(format!("{name}-probe"));
        fs::create_dir(&probe).unwrap();
        if !drive.try_mount(&probe, 0) {
            skipped(&what, "it cannot be mounted here");
            return None;
        }
        drive.unmount();
        fs::remove_dir(&probe).unwrap();
        Some(drive)
    }

    #[track_caller]
    pub fn mount(&mut self, at: &Path) {
        self.mount_for(at, 0);
    }

    /// As a desktop mounts it for this user: where the file system knows no owners, all is theirs.
    #[track_caller]
    pub fn mount_for(&mut self, at: &Path, user: u32) {
        fs::create_dir_all(at).unwrap();
        assert!(self.try_mount(at, user), "{self:?} cannot be mounted at {}", at.display());
    }

    fn try_mount(&mut self, at: &Path, user: u32) -> bool {
        assert!(self.mounted.is_none(), "it is mounted already");
        let Some(device) = self.device() else { return false };
        if !self.kind.is_fuse() {
            if !works(Command::new("mount").arg(device).arg(at)) {
                return false;
            }
            self.mounted = Some(at.to_owned());
            return true;
        }
        // In the foreground, so that it is known which process it is.
        let mut command = match self.kind {
            FileSystem::Exfat => Command::new("mount.exfat-fuse"),
            _ => Command::new("ntfs-3g"),
        };
        match self.kind {
            FileSystem::Exfat => command.arg("-d"),
            _ => command.args(["-o", "no_detach,recover"]),
        };
        if user != 0 {
            command.args(["-o", &format!("uid={user},gid={user},umask=0022,allow_other")]);
        }
        command.arg(device).arg(at);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = child else { return false };
        let begun = Instant::now();
        while !is_mount(at) {
            if child.try_wait().unwrap().is_some() || begun.elapsed() > Duration::from_secs(20) {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
            sleep(Duration::from_millis(5));
        }
        self.daemon = Some(child);
        self.mounted = Some(at.to_owned());
        true
    }

    fn device(&mut self) -> Option<String> {
        if self.loop_device.is_none() {
            let made = Command::new("losetup").args(["-f", "--show"]).arg(&self.image).output().ok()?;
            let name = String::from_utf8_lossy(&made.stdout).trim().to_owned();
            self.loop_device = made.status.success().then_some(name);
        }
        self.loop_device.clone()
    }

    /// As it should be done: waits for the last writes.
    #[track_caller]
    pub fn unmount(&mut self) {
        let Some(at) = self.mounted.take() else { return };
        // Tests beside this one look for their drives at every mount, and hold it for a moment.
        let begun = Instant::now();
        while !works(Command::new("umount").arg(&at)) {
            if begun.elapsed() > Duration::from_secs(10) {
                must(Command::new("umount").arg(&at));
            }
            sleep(Duration::from_millis(20));
        }
        self.end_daemon();
    }

    /// Out of the machine, whatever is being written.
    pub fn pull(&mut self, how: Pull) {
        let Some(at) = self.mounted.take() else { return };
        if how == Pull::Gone {
            match &mut self.daemon {
                Some(daemon) => daemon.kill().unwrap(),
                None => must(Command::new("xfs_io").args(["-x", "-c", "shutdown"]).arg(&at)),
            }
        }
        must(Command::new("umount").arg("-l").arg(&at));
    }

    /// After a pull, when the program that used it has ended: the kernel lets go of it, and it can be mounted again.
    #[track_caller]
    pub fn let_go(&mut self) {
        self.end_daemon();
        let Some(device) = self.loop_device.take() else { return };
        let begun = Instant::now();
        let attached = || {
            let listed = Command::new("losetup").arg("-j").arg(&self.image).output().unwrap();
            !listed.stdout.is_empty()
        };
        // It is detached when the last user is gone.
        let _ = works(Command::new("losetup").args(["-d", &device]));
        while attached() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{device} is still in use");
            sleep(Duration::from_millis(10));
        }
    }

    /// A FUSE program ends by itself when nobody uses its file system any more.
    fn end_daemon(&mut self) {
        let Some(mut daemon) = self.daemon.take() else { return };
        let begun = Instant::now();
        while daemon.try_wait().unwrap().is_none() {
            if begun.elapsed() > Duration::from_secs(20) {
                let _ = daemon.kill();
            }
            sleep(Duration::from_millis(3));
        }
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        if let Some(at) = &self.mounted {
            let _ = works(Command::new("umount").arg("-l").arg(at));
        }
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        if let Some(device) = &self.loop_device {
            let _ = works(Command::new("losetup").args(["-d", device]));
        }
    }
}

fn is_mount(at: &Path) -> bool {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let at = at.display().to_string().replace(' ', "\\040");
    table.lines().any(|line| line.split(' ').nth(1) == Some(&at))
}
