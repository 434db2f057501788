//! Whether archives can be restored, as far as the catalog knows.
use crate::catalog::{ArchiveRow, State};
use holdfast_domain::ArchiveName;
use serde::Serialize;
use std::collections::HashMap;

/// What keeps an archive from being restored; the worst, where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Soundness {
    /// It and all that it needs are at their places, and none of them was found damaged.
    Sound,
    NeedsDamaged,
    NeedsMissing,
    Damaged,
    /// Not at its place, or about to go.
    Missing,
}

/// The archives of the catalog, to be asked about each other.
#[derive(Debug)]
pub struct Archives<'a>(HashMap<(&'a str, &'a ArchiveName), &'a ArchiveRow>);

impl<'a> Archives<'a> {
    /// All archives of a deployment, or of several.
    pub fn of(rows: &'a [ArchiveRow]) -> Self {
        Self(rows.iter().map(|row| ((row.deployment_id.as_str(), &row.name), row)).collect())
    }

    pub fn soundness(&self, row: &ArchiveRow) -> Soundness {
        let needed = row.needs.iter().map(|name| match self.0.get(&(row.deployment_id.as_str(), name)) {
            Some(needed) => match itself(needed) {
                Soundness::Damaged => Soundness::NeedsDamaged,
                Soundness::Missing => Soundness::NeedsMissing,
                sound => sound,
            },
            None => Soundness::NeedsMissing,
        });
        needed.chain([itself(row)]).max().unwrap_or(Soundness::Sound)
    }
}

fn itself(row: &ArchiveRow) -> Soundness {
    match row.verified {
        _ if row.state != State::Present => Soundness::Missing,
        Some(verified) if !verified.ok => Soundness::Damaged,
        _ => Soundness::Sound,
    }
}
