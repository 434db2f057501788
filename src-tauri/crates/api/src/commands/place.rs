use crate::Service;
use holdfast_engine::operations::destinations;
use holdfast_engine::operations::discover::Machine;
use serde::Deserialize;
use std::path::PathBuf;

pub use holdfast_engine::operations::destinations::{PlaceFacts, PlaceKind};

/// What archives of are looked for a place for; of nothing in particular where both are left out.
#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(default, deny_unknown_fields)]
pub struct ProposePlaceArgs {
    /// Folders, or single files; a place on another disk goes before.
    pub roots: Vec<PathBuf>,
    /// So much has to fit at least.
    pub bytes: u64,
}

impl Service {
    /// Where on this computer archives could lie; `None` where nothing suits. Writes nothing.
    pub fn propose_place(&self, machine: &Machine, args: &ProposePlaceArgs) -> Option<PlaceFacts> {
        destinations::propose(&machine.home, &args.roots, args.bytes)
    }
}
