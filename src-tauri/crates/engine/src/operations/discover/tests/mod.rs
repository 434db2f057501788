//! Machines made up in a folder: a home, `/etc`, `/proc`, container volumes.
mod containers;
mod machines;
mod running;

use super::{Candidate, Discovery, Machine, discover};
use crate::clock::FixedClock;
use crate::deployment::fixtures;
use crate::home::Home;
use crate::jobs::Job;
use crate::operations::context::Context;
use crate::vault::NoKeyring;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A machine of its own, with a person's home.
pub(super) struct Fake {
    dir: tempfile::TempDir,
}

impl Fake {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home/ann", "proc/self/ns", "proc/self/net", "etc", "opt", "srv", "var/lib"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let fake = Self { dir };
        fake.write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
        symlink("mnt:[1]", fake.at("proc/self/ns/mnt")).unwrap();
        fake
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A known chatbot's tree in a folder.
    pub fn tree(&self, preset: &str, folder: &str) -> PathBuf {
        let folder = self.at(folder);
        fs::create_dir_all(&folder).unwrap();
        fixtures::build(&folder, fixtures::tree(preset).paths);
        folder
    }

    /// A process; `inodes` are its sockets.
    pub fn process(&self, pid: u32, name: &str, cwd: &Path, command: &[&str], environment: &[&str], open: &[PathBuf]) {
        let folder = format!("proc/{pid}");
        self.write(&format!("{folder}/comm"), &format!("{name}\n"));
        self.write(&format!("{folder}/cmdline"), &format!("{}\0", command.join("\0")));
        self.write(&format!("{folder}/environ"), &format!("{}\0", environment.join("\0")));
        fs::create_dir_all(self.at(&folder).join("fd")).unwrap();
        fs::create_dir_all(self.at(&folder).join("ns")).unwrap();
        symlink("mnt:[1]", self.at(&folder).join("ns/mnt")).unwrap();
        symlink(cwd, self.at(&folder).join("cwd")).unwrap();
        for (number, path) in open.iter().enumerate() {
            symlink(path, self.at(&folder).join("fd").join(number.to_string())).unwrap();
        }
    }

    pub fn machine(&self) -> Machine {
        Machine {
            root: self.at(""),
            home: self.at("home/ann"),
            own_folders: Vec::new(),
            time_limit: Duration::from_mins(1),
        }
    }

    pub fn context(&self) -> Context {
        Context {
            home: Home::new(self.at("holdfast")),
            clock: Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)),
            keyring: Arc::new(NoKeyring),
            host: "testhost".to_owned(),
            workers: 1,
            etc: self.at("etc"),
        }
    }

    pub fn look(&self) -> Discovery {
        let context = self.context();
        let job = Job::silent(context.clock.clone());
        discover(&context, &self.machine(), &job).unwrap()
    }

    /// The one that there is.
    pub fn only(&self) -> Candidate {
        let mut found = self.look().candidates;
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }
}

pub(super) fn because(candidate: &Candidate) -> String {
    candidate.evidence.iter().map(|it| it.because.as_str()).collect::<Vec<_>>().join("\n")
}
