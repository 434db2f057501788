//! File systems of a test's own.
use crate::mode::skipped;
use crate::run::run;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether the test runs as root, who may do everything.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// A file system of its own, of a few MB; unmounted when it goes. None where this user may not mount.
#[derive(Debug)]
pub struct Mount(PathBuf);

impl Mount {
    pub fn new(folder: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mount = Self(folder.to_owned());
        if is_root() && mount.mount(&["-t", "tmpfs", "-o", options, "tmpfs"]) {
            return Some(mount);
        }
        std::mem::forget(mount);
        skipped("full and read-only file systems", "mounting a tmpfs needs root");
        None
    }

    /// With other arguments: remounted, for instance.
    pub fn mount(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new("mount");
        command.args(arguments).arg(&self.0).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Bytes that may still be written.
    pub fn free(&self) -> u64 {
        let ran = run(Command::new("stat").args(["-f", "-c", "%a %S"]).arg(&self.0)).expect(0);
        let mut numbers = ran.stdout.split_whitespace().map(|number| number.parse::<u64>().unwrap());
        numbers.next().unwrap() * numbers.next().unwrap()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
