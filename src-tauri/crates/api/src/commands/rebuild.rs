use crate::{Answer, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Outcome};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::rebuild;
use serde::Serialize;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RebuildAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    /// Archives whose record was written anew, oldest first.
    pub recorded: Vec<ArchiveName>,
    /// Archives that the catalog knows and that are not where it says.
    pub missing: Vec<ArchiveName>,
    pub problems: Vec<Note>,
}

impl Service {
    /// Fills the catalog anew from the archives. Needs the key: their lists are inside.
    pub fn rebuild_catalog(&self, deployment: Option<&str>, keys: &Keys, job: &Job) -> Answer<RebuildAnswer> {
        let profile = self.profile(deployment)?;
        let mut problems = Vec::new();
        // Setting a damaged catalog aside is what this is for: said by what is recorded.
        drop(self.catalog(&mut Vec::new())?);
        self.settle(&profile, &mut problems)?;
        let reading = self.reading(Some(&profile), None, keys)?;
        let report = rebuild::run(self.context(), &profile, &reading, job)?;
        problems.extend(Note::all(report.problems));
        Ok(RebuildAnswer {
            outcome: report.outcome,
            deployment: profile.name.to_string(),
            recorded: report.recorded,
            missing: report.missing,
            problems,
        })
    }
}
