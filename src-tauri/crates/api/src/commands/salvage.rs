use crate::{Answer, Keys, Note, Service};
use holdfast_domain::Outcome;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::salvage;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SalvageAnswer {
    pub outcome: Outcome,
    pub archive: PathBuf,
    pub into: PathBuf,
    pub files: u64,
    pub bytes: u64,
    /// The archive's own lists could be used: every file has its hash, and `problems` names all that is missing.
    pub listed: bool,
    pub problems: Vec<Note>,
}

impl Service {
    /// Gets out of a damaged archive what is undamaged. `archive` is a name, a time, `latest`, or a file's path.
    pub fn salvage(
        &self,
        deployment: Option<&str>,
        archive: &str,
        into: &Path,
        keys: &Keys,
        job: &Job,
    ) -> Answer<SalvageAnswer> {
        let mut problems = Vec::new();
        let catalog = self.catalog(&mut problems)?;
        let chosen = self.choose(&catalog, deployment, archive)?;
        let archive = chosen.path();
        let reading = self.reading(chosen.profile.as_ref(), Some(&archive), keys)?;
        let report = salvage::run(self.context(), &reading, &archive, into, job)?;
        problems.extend(Note::all(report.lost));
        Ok(SalvageAnswer {
            outcome: report.outcome,
            archive,
            into: report.into,
            files: report.files,
            bytes: report.bytes,
            listed: report.listed,
            problems,
        })
    }
}
