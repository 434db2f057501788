use crate::words::quoted;
use holdfast_engine::operations::in_use::{Holder, RunBy};
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// A program that has files of the deployment open.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct InUse {
    pub name: String,
    pub pid: u32,
    /// When it was started, where the system tells.
    pub since: Option<Timestamp>,
    /// Its file, without what it was started with.
    pub program: Option<PathBuf>,
    /// It has files open; otherwise it only works in the folder.
    pub opens: bool,
    /// It may write to one of them.
    pub writes: bool,
    /// One of those files, one that it may write to where there is any.
    pub file: Option<PathBuf>,
    /// How it is stopped, in a sentence that ends with a colon.
    pub stop: String,
    /// What to type for that.
    pub command: String,
}

impl From<Holder> for InUse {
    fn from(holder: Holder) -> Self {
        let pid = holder.pid;
        let (stop, command) = match &holder.run_by {
            RunBy::Unknown => ("Close it, or end it with:", format!("kill {pid}")),
            RunBy::UserUnit(unit) => ("Stop it with:", format!("systemctl --user stop {}", quoted(unit))),
            RunBy::SystemUnit(unit) => ("Stop it with:", format!("sudo systemctl stop {}", quoted(unit))),
            RunBy::Docker(id) => ("Stop its container with:", format!("docker stop {id}")),
            RunBy::Podman(id) => ("Stop its container with:", format!("podman stop {id}")),
        };
        let stop = stop.to_owned();
        let Holder { name, pid, since, program, opens, writes, file, run_by: _ } = holder;
        Self { name, pid, since, program, opens, writes, file, stop, command }
    }
}

pub(crate) fn all(holders: Vec<Holder>) -> Vec<InUse> {
    holders.into_iter().map(InUse::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_started_a_program_says_how_it_is_stopped() {
        let stop = |run_by: RunBy| {
            let (name, file) = ("uvicorn".to_owned(), None);
            let of =
                Holder { name, pid: 7, since: None, program: None, opens: true, writes: true, file, run_by }.into();
            let InUse { stop, command, .. } = of;
            (stop, command)
        };
        assert_eq!(stop(RunBy::Unknown), ("Close it, or end it with:".to_owned(), "kill 7".to_owned()));
        assert_eq!(stop(RunBy::UserUnit("bot.service".to_owned())).1, "systemctl --user stop bot.service");
        assert_eq!(stop(RunBy::SystemUnit(r"a\x2db.service".to_owned())).1, r"sudo systemctl stop 'a\x2db.service'");
        assert_eq!(stop(RunBy::Docker("0123456789ab".to_owned())).1, "docker stop 0123456789ab");
        assert_eq!(stop(RunBy::Podman("ab".to_owned())).0, "Stop its container with:");
    }
}
