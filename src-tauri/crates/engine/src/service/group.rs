//! Programs that Holdfast starts and ends itself, with all that they start: one process group each.
//!
//! A process is known by its number together with the time at which it began: numbers come again, and nothing else may be
//! ended. SIGTERM first; SIGKILL only where it is allowed.
use crate::durable;
use crate::error::{Error, Result};
use crate::health::processes::{self, Running};
use holdfast_domain::Code;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const STEP: Duration = Duration::from_millis(50);
/// What was killed is gone within this time, unless the kernel itself waits for something.
const AFTER_KILL: Duration = Duration::from_secs(5);

/// The process that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    pub pid: i32,
    pub started: u64,
}

/// What the note says, as far as it still holds.
pub fn noted(note: &Path) -> Option<Noted> {
    let noted: Noted = serde_json::from_slice(&std::fs::read(note).ok()?).ok()?;
    let same = |process: Running| process.started == noted.started;
    // A group lives on without the process that began it; its number is not given away until then.
    let leader = processes::of(noted.pid).filter(|process| !process.zombie);
    leader.map_or_else(|| !processes::in_group(noted.pid).is_empty(), same).then_some(noted)
}

/// Starts a program in a group of its own, which goes on when this program ends.
pub(super) fn start(words: &[String], folder: Option<&Path>, note: &Path, log: &Path) -> Result<Noted> {
    let shown = words.first().cloned().unwrap_or_default();
    let failed = |e: std::io::Error| Error::new(Code::ServiceNotStarted, &shown, e);
    for path in [note, log] {
        if let Some(folder) = path.parent() {
            durable::create_private_dir(folder)?;
        }
    }
    let out = OpenOptions::new().create(true).append(true).mode(0o600).open(log).map_err(|e| Error::io(log, e))?;
    let err = out.try_clone().map_err(|e| Error::io(log, e))?;
    let (program, arguments) = words.split_first().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(failed)?;
    let pid = i32::try_from(child.id()).map_err(|_| failed(std::io::ErrorKind::InvalidData.into()))?;
    let noted = Noted { pid, started: processes::of(pid).map_or(0, |process| process.started) };
    // Somebody has to take note of its end, as long as this program is there.
    std::thread::spawn(move || {
        let _ = child.wait();
    });
    let text = serde_json::to_vec(&noted).map_err(|e| Error::new(Code::Internal, note.display(), e))?;
    durable::write(note, &text, 0o600)?;
    Ok(noted)
}

/// What is to be ended: whole groups, and single processes of groups that hold others too.
#[derive(Debug, Default)]
pub(super) struct Targets {
    groups: Vec<i32>,
    single: Vec<Noted>,
}

impl Targets {
    pub fn of_group(noted: Noted) -> Self {
        Self { groups: vec![noted.pid], single: Vec::new() }
    }

    /// Processes that fit; where one of them leads its group, the group.
    pub fn of_processes(found: &[Running]) -> Self {
        let mut targets = Self::default();
        for process in found {
            let led = found.iter().any(|leader| leader.pid == process.group);
            if !led {
                targets.single.push(Noted { pid: process.pid, started: process.started });
            } else if !targets.groups.contains(&process.group) {
                targets.groups.push(process.group);
            }
        }
        targets
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.single.is_empty()
    }

    /// Those that still run.
    pub fn living(&self) -> Vec<Running> {
        let mut found: Vec<Running> = self.groups.iter().flat_map(|group| processes::in_group(*group)).collect();
        let same = |noted: &Noted| {
            processes::of(noted.pid).filter(|process| process.started == noted.started && !process.zombie)
        };
        found.extend(self.single.iter().filter_map(same));
        found
    }

    fn signal(&self, signal: Signal) {
        for group in self.groups.iter().filter_map(|group| Pid::from_raw(*group)) {
            let _ = kill_process_group(group, signal);
        }
        for noted in &self.single {
            let same = processes::of(noted.pid).is_some_and(|process| process.started == noted.started);
            if let Some(pid) = Pid::from_raw(noted.pid).filter(|_| same) {
                let _ = kill_process(pid, signal);
            }
        }
    }

    /// Asks them to end, waits, and kills what is left where that is allowed. `Code::StillRunning` names what goes on.
    pub fn end(&self, within: Duration, kill: bool, over: &dyn Fn() -> bool) -> Result<Ended> {
        self.signal(Signal::TERM);
        if self.gone(within, over)? {
            return Ok(Ended::ByItself);
        }
        if kill {
            self.signal(Signal::KILL);
            if self.gone(AFTER_KILL, &|| false)? {
                return Ok(Ended::Killed);
            }
        }
        let left = self.living();
        let cause = format!("goes on {} s after it was asked to end", within.as_secs());
        Err(Error::new(Code::StillRunning, processes::named(&left), cause))
    }

    fn gone(&self, within: Duration, over: &dyn Fn() -> bool) -> Result<bool> {
        for _ in 0..within.as_millis().div_ceil(STEP.as_millis()).max(1) {
            if self.living().is_empty() {
                return Ok(true);
            }
            if over() {
                return Err(Error::cancelled());
            }
            std::thread::sleep(STEP);
        }
        Ok(self.living().is_empty())
    }
}

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    ByItself,
    Killed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(dir: &Path, script: &str) -> Noted {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        let noted = start(&words, Some(dir), &dir.join("notes/app.json"), &dir.join("logs/app.log")).unwrap();
        // Until the script has said that it is ready.
        for _ in 0..200 {
            if dir.join("ready").exists() {
                return noted;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not start: {:?}", std::fs::read_to_string(dir.join("logs/app.log")));
    }

    #[test]
    fn one_that_ends_when_asked_takes_its_children_along() {
        let dir = tempfile::tempdir().unwrap();
        let first = begin(dir.path(), "echo hello; sleep 60 & (sleep 61 &) ; touch ready; wait");
        assert_eq!(noted(&dir.path().join("notes/app.json")), Some(first));
        let targets = Targets::of_group(first);
        assert!(targets.living().len() >= 3, "{:?}", targets.living());
        assert_eq!(targets.end(Duration::from_secs(10), false, &|| false).unwrap(), Ended::ByItself);
        assert!(targets.living().is_empty());
        assert_eq!(noted(&dir.path().join("notes/app.json")), None);
        assert_eq!(std::fs::read_to_string(dir.path().join("logs/app.log")).unwrap(), "hello\n");
    }

    #[test]
    fn one_that_does_not_listen_is_killed_only_where_that_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let first = begin(dir.path(), "trap '' TERM; touch ready; while :; do sleep 0.05; done");
        let targets = Targets::of_group(first);
        let error = targets.end(Duration::from_millis(300), false, &|| false).unwrap_err();
        assert_eq!(error.code(), Code::StillRunning);
        assert!(error.subject().contains(&first.pid.to_string()), "{error}");
        assert!(!targets.living().is_empty());
        assert!(targets.end(Duration::from_secs(9), true, &|| true).unwrap_err().is_cancelled());
        assert_eq!(targets.end(Duration::from_millis(200), true, &|| false).unwrap(), Ended::Killed);
        assert!(targets.living().is_empty());
    }

    #[test]
    fn a_leader_that_ends_first_leaves_a_group_that_is_still_known() {
        let dir = tempfile::tempdir().unwrap();
        let note = dir.path().join("notes/app.json");
        let first = begin(dir.path(), "sleep 60 & touch ready");
        for _ in 0..100 {
            if processes::of(first.pid).is_none() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(noted(&note), Some(first), "its child goes on");
        Targets::of_group(first).end(Duration::from_secs(5), true, &|| false).unwrap();
        assert_eq!(noted(&note), None);
    }

    #[test]
    fn a_number_that_came_again_is_nobody_we_know() {
        let dir = tempfile::tempdir().unwrap();
        let note = dir.path().join("note.json");
        let own = Noted { pid: std::process::id() as i32, started: 1 };
        std::fs::write(&note, serde_json::to_vec(&own).unwrap()).unwrap();
        assert_eq!(noted(&note), None);
    }
}
