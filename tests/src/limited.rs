//! A file system that calls itself FAT and holds no file longer than a limit: a folder seen through bindfs, whose process
//! may not write longer files. No kernel here has FAT itself, and fusefat cannot say how much room there is.
use crate::mode::skipped;
use crate::mount::is_root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Limited {
    point: PathBuf,
    daemon: Child,
}

impl Limited {
    /// What is written lies in `behind`. `None`, and said so, where this machine cannot have one.
    pub fn mount(point: &Path, behind: &Path, longest: u64) -> Option<Self> {
        let what = "a file system with short files";
        if !is_root() {
            skipped(what, "mounting needs root");
            return None;
        }
        fs::create_dir_all(point).unwrap();
        fs::create_dir_all(behind).unwrap();
        // Without the trap the signal would end it; so the write fails, as on FAT.
        let script = "trap '' XFSZ; exec prlimit --fsize=\"$1\" bindfs -f -o subtype=vfat,fsname=/dev/stick \
                      --chmod-ignore --chown-ignore --perms=0755 --xattr-none \"$2\" \"$3\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", &longest.to_string()]).arg(behind).arg(point);
        let mut daemon = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while !fs::read_to_string("/proc/self/mounts").unwrap().contains(&format!(" {} fuse.vfat ", point.display())) {
            if daemon.try_wait().unwrap().is_some() || begun.elapsed() > Duration::from_secs(20) {
                let _ = daemon.kill();
                let _ = daemon.wait();
                skipped(what, "bindfs is missing or failed (scripts/setup --test)");
                return None;
            }
            sleep(Duration::from_millis(5));
        }
        Some(Self { point: point.to_owned(), daemon })
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.point).status();
        let _ = Command::new("umount").arg("-l").arg(&self.point).stderr(Stdio::null()).status();
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
