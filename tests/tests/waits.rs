//! One run at a time works on a deployment: others are told who it is, may wait, and a killed one holds nobody up.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, run, start};
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A backup that stands still, with the lock.
struct Stopped(Child);

impl Stopped {
    fn new(world: &World) -> Self {
        let child = start(world.command().args(["backup", "--level", "full"]));
        let began = Instant::now();
        let note = || fs::read_to_string(world.home().join("locks/bot.lock")).unwrap_or_default();
        while !note().contains(&format!("(process {}", child.id())) {
            assert!(began.elapsed() < Duration::from_mins(1), "{}", note());
            std::thread::sleep(Duration::from_millis(1));
        }
        let stopped = Self(child);
        stopped.signal("-STOP");
        stopped
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn others_are_told_who_is_at_work_and_since_when() {
    let world = World::with_sample(50_000_000);
    let holder = Stopped::new(&world);
    let process = format!("a backup (process {}, begun 2", holder.0.id());
    for arguments in [&["backup"][..], &["backup", "--wait=1s"], &["prune", "--yes"]] {
        let value = world.refused(arguments, 4, "locked");
        assert!(value["error"]["cause"].as_str().unwrap().starts_with(&process), "{value}");
    }
    let said = world.run(["backup", "--wait=100ms"]).expect(4);
    assert!(said.stderr.contains(&format!("Waiting, because {process}")), "{said}");
    assert!(said.took > Duration::from_millis(100));
    let refused = world.run(["backup", "--wait=soon"]).expect(2);
    assert!(refused.stderr.contains("Write 2m, 30s or 0s."), "{refused}");
    drop(holder);
    world.backup("full");
    assert_eq!(world.archive_files().len(), 1);
    world.assert_no_litter();
}

#[test]
fn one_that_waits_goes_on_as_soon_as_the_other_was_killed() {
    let world = World::with_sample(50_000_000);
    let holder = Stopped::new(&world);
    let mut waits = world.command();
    waits.args(["--json", "backup", "--wait"]);
    let (sent, told) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || sent.send(run(&mut waits)).unwrap());
    assert!(told.recv_timeout(Duration::from_secs(2)).is_err(), "it waits");
    drop(holder);
    told.recv_timeout(Duration::from_mins(1)).unwrap().done();
    waiting.join().unwrap();
    assert_eq!(world.archive_files().len(), 1);
    world.assert_no_litter();
}
