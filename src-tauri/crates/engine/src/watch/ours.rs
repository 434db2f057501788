//! Restores make a state live that an archive holds: that is no change. They may be made by another process, so it is told by
//! what is there and by the times of files, not by who did it.
use std::path::PathBuf;

/// A root that a restore exchanges or has exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// Where it is live.
    pub live: PathBuf,
    /// Device and inode of what the restore wrote.
    pub restored: Option<(u64, u64)>,
    /// Device and inode of what was live before, as long as it is kept: an undo makes it live again.
    pub before: Option<(u64, u64)>,
    /// By the clock of its file system. Both states are in archives as they were then; what is later is a change.
    pub at: (i64, i64),
    /// The exchange is going on: for a moment there may be nothing.
    pub going_on: bool,
}

/// Tells of restores of the deployment.
pub trait Ours: Send {
    fn exchanged(&self) -> Vec<Exchanged>;
}

/// Where nothing is ever restored.
#[derive(Debug, Clone, Copy)]
pub struct NoRestores;

impl Ours for NoRestores {
    fn exchanged(&self) -> Vec<Exchanged> {
        Vec::new()
    }
}
