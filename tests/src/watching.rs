//! `holdfast watch` as a process of its own.
use crate::world::World;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One that goes on; what it prints is kept in a file. Killed when it is dropped.
#[derive(Debug)]
pub struct Watching {
    pub child: Child,
    printed: PathBuf,
}

impl Watching {
    pub fn start(world: &World, arguments: &[&str]) -> Self {
        let mut command = world.command();
        command.arg("watch").args(arguments);
        Self::spawn(world, command)
    }

    pub fn spawn(world: &World, mut command: Command) -> Self {
        let printed = world.path().join(format!("printed-{}", world.path().read_dir().unwrap().count()));
        let out = File::create(&printed).unwrap();
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(out);
        Self { child: command.spawn().unwrap(), printed }
    }

    pub fn printed(&self) -> String {
        fs::read_to_string(&self.printed).unwrap()
    }

    #[track_caller]
    pub fn waits_for(&mut self, text: &str) {
        self.waits_long_for(text, Duration::from_mins(1));
    }

    #[track_caller]
    pub fn waits_long_for(&mut self, text: &str, limit: Duration) {
        let begun = Instant::now();
        while !self.printed().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < limit, "no {text:?} in\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, name: &str) {
        assert!(
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap().success()
        );
    }

    pub fn ends(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
