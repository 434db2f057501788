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
    /// How it is stopped, in a sentence.
    pub stop: String,
}

impl From<Holder> for InUse {
    fn from(holder: Holder) -> Self {
        let pid = holder.pid;
        let stop = match &holder.run_by {
            RunBy::Unknown => format!("Close it, or end process {pid}."),
            RunBy::UserUnit(unit) => format!("Stop it with: systemctl --user stop {}", quoted(unit)),
            RunBy::SystemUnit(unit) => format!("Stop it with: sudo systemctl stop {}", quoted(unit)),
            RunBy::Docker(id) => format!("Stop its container with: docker stop {id}"),
            RunBy::Podman(id) => format!("Stop its container with: podman stop {id}"),
        };
        let Holder { name, pid, since, program, opens, writes, run_by: _ } = holder;
        Self { name, pid, since, program, opens, writes, stop }
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
            let name = "uvicorn".to_owned();
            InUse::from(Holder { name, pid: 7, since: None, program: None, opens: true, writes: true, run_by }).stop
        };
        assert_eq!(stop(RunBy::Unknown), "Close it, or end process 7.");
        assert!(stop(RunBy::UserUnit("bot.service".to_owned())).ends_with(": systemctl --user stop bot.service"));
        assert!(stop(RunBy::SystemUnit(r"a\x2db.service".to_owned())).ends_with(r"stop 'a\x2db.service'"));
        assert!(stop(RunBy::Docker("0123456789ab".to_owned())).ends_with("docker stop 0123456789ab"));
    }
}
