//! Processes, as `/proc` tells. What they were started with is compared and never shown: arguments may be secrets.
use super::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use std::collections::HashSet;
use std::fs;

/// A process by its name, or by a part of its command line; both where both are given.
#[derive(Debug, Clone)]
pub struct Process {
    pub name: Option<String>,
    pub command: Option<String>,
}

/// One that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub pid: i32,
    pub name: String,
    /// Its process group.
    pub group: i32,
    /// In ticks since the machine began: with the number it tells a process from a later one.
    pub started: u64,
    pub zombie: bool,
}

impl Running {
    pub fn named(&self) -> String {
        format!("{} ({})", self.name, self.pid)
    }
}

/// As `/proc` has it now; `None` where it is gone.
pub fn of(pid: i32) -> Option<Running> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split_whitespace().collect();
    Some(Running {
        pid,
        name,
        group: fields.get(2)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        zombie: matches!(fields.first(), Some(&("Z" | "X"))),
    })
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

pub fn all() -> Vec<Running> {
    let items = fs::read_dir("/proc").into_iter().flatten().flatten();
    items
        .filter_map(|item| item.file_name().to_str().and_then(|name| name.parse().ok()))
        .filter_map(of)
        .filter(|process| !process.zombie)
        .collect()
}

/// Those of a group.
pub fn in_group(group: i32) -> Vec<Running> {
    all().into_iter().filter(|process| process.group == group).collect()
}

/// Those that fit, without this program and what started it: their command lines hold what is looked for.
pub fn find(name: Option<&str>, command: Option<&str>) -> Vec<Running> {
    let own = ancestors();
    let fits = |process: &Running| {
        name.is_none_or(|name| is_named(process, name)) && command.is_none_or(|text| line(process.pid).contains(text))
    };
    all().into_iter().filter(|process| !own.contains(&process.pid) && fits(process)).collect()
}

/// The kernel keeps 15 letters of a name; the program's own path has all of it.
fn is_named(process: &Running, name: &str) -> bool {
    process.name == name
        || (name.len() > 15 && process.name == name.get(..15).unwrap_or(name))
        || fs::read_link(format!("/proc/{}/exe", process.pid))
            .is_ok_and(|path| path.file_name().is_some_and(|file| file.to_string_lossy() == name))
}

fn line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned()
}

fn ancestors() -> HashSet<i32> {
    let mut found = HashSet::new();
    let mut next = i32::try_from(std::process::id()).ok();
    while let Some(pid) = next.filter(|pid| *pid > 0 && found.insert(*pid)) {
        next = parent(pid);
    }
    found
}

/// In a few words, however many they are.
pub fn named(processes: &[Running]) -> String {
    let mut said: Vec<String> = processes.iter().take(5).map(Running::named).collect();
    if processes.len() > said.len() {
        said.push(format!("{} more", processes.len() - said.len()));
    }
    said.join(", ")
}

impl Process {
    fn what(&self) -> String {
        match (&self.name, &self.command) {
            (Some(name), _) => format!("process named {name}"),
            (None, _) => "process with that command line".to_owned(),
        }
    }

    pub fn expected(&self) -> String {
        format!("a {} runs", self.what())
    }
}

impl Look for Process {
    fn look(&self, _: &Probe) -> Seen {
        let found = find(self.name.as_deref(), self.command.as_deref());
        if found.is_empty() {
            let step = "Start the chatbot; where it runs under another name, correct the check in the settings.";
            return Seen::failing(format!("no {} runs", self.what()), step).with(0.0, Unit::Count);
        }
        Seen::ok(named(&found)).with(found.len() as f64, Unit::Count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;
    use std::process::Command;

    #[test]
    fn a_process_is_found_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        // A name of its own, so that no other test's process is meant.
        let program = dir.path().join("holdfast-health-chatbot");
        fs::copy("/bin/sleep", &program).unwrap();
        let look = |name: Option<&str>, command: Option<&str>| {
            let check = Process { name: name.map(str::to_owned), command: command.map(str::to_owned) };
            check.look(&probe(dir.path()))
        };
        let mut child = Command::new(&program).arg("61.5").spawn().unwrap();
        let name = "holdfast-health-chatbot";
        let line = program.to_string_lossy().into_owned();
        let by_name = look(Some(name), None);
        assert_eq!(by_name.state, State::Ok, "{by_name:?}");
        assert!(by_name.text.contains(&format!("({})", child.id())), "{by_name:?}");
        let by_line = look(None, Some(&line));
        assert_eq!(by_line.state, State::Ok);
        assert!(!by_line.text.contains("61.5"), "arguments are not shown: {by_line:?}");
        assert_eq!(look(Some(name), Some("62.5")).state, State::Failing);
        child.kill().unwrap();
        // Ended and not yet waited for, it does not count.
        for _ in 0..100 {
            if look(Some(name), None).state == State::Failing {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(look(Some(name), None).state, State::Failing);
        child.wait().unwrap();
    }
}
