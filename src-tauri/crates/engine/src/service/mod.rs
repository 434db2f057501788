//! How the parts of a chatbot are stopped and started: compose files, units of systemd, commands with their process group. One
//! part at a time and nothing else; which parts there are, in which order, and the proof that it is down or up are for
//! `operations::service`.
mod control;
mod group;
mod maintenance;

pub use control::{Commands, Part, PartState, commands};
pub use group::{Noted, noted};
pub use maintenance::{Maintenance, begin_maintenance, end_maintenance, maintenance};

use std::path::PathBuf;

/// What controlling a part takes from outside.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where it is noted which processes Holdfast started.
    pub notes: PathBuf,
    /// What a started program says goes there.
    pub logs: PathBuf,
    /// Where the system's programs are looked for before `PATH`; for tests.
    pub programs: Option<PathBuf>,
}
