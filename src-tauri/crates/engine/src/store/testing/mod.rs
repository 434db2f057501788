//! Destinations for tests, and what every destination must do.
mod contract;
mod faulty;
mod memory;

pub use contract::contract;
pub use faulty::Faulty;
pub use memory::Memory;

use super::Destination;
use crate::clock::{Clock, FixedClock};
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::ArchiveName;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock("2026-11-21T12:00:00Z".parse().unwrap()))
}

pub fn name(day: u32) -> ArchiveName {
    ArchiveName::parse(&format!("bot_2026-11-{day:02}T020000Z_daily")).unwrap()
}

/// A made-up archive's file.
#[derive(Debug)]
pub struct Pattern {
    pub path: PathBuf,
    pub name: ArchiveName,
    pub sha256: [u8; 32],
    length: usize,
    seed: u32,
}

impl Pattern {
    pub fn new(dir: &Path, day: u32, length: usize) -> Self {
        let name = name(day);
        let mut pattern = Self { path: dir.join(format!("{name}.source")), name, sha256: [0; 32], length, seed: day };
        let content = pattern.content();
        pattern.sha256 = Sha256::digest(&content).into();
        std::fs::write(&pattern.path, content).unwrap();
        pattern
    }

    pub fn content(&self) -> Vec<u8> {
        let mut state = self.seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..self.length).map(next).collect()
    }

    pub fn copy_to(&self, destination: &dyn Destination) -> Result<()> {
        destination.copy_in(&self.path, &self.name, &self.sha256, &Job::silent(clock()))
    }
}
