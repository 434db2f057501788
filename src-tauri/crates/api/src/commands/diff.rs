use crate::note::outcome_of;
use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Code, Outcome};
use holdfast_engine::archive::Moment;
use holdfast_engine::catalog::Catalog;
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::diff::{self, Change};
use holdfast_engine::operations::moments;
use holdfast_engine::operations::pick::Picked;
use holdfast_engine::operations::restore::Tally;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct DiffArgs {
    pub deployment: Option<String>,
    /// The older side: the latest archive where none is named.
    pub a: Option<String>,
    /// The newer side: the present state where none is named.
    pub b: Option<String>,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DiffAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub a: Side,
    pub b: Side,
    /// Files and links; folders are listed and not counted.
    pub added: Tally,
    pub removed: Tally,
    /// By the bytes that the files have afterwards.
    pub changed: Tally,
    /// In the order of their paths.
    pub changes: Vec<Change>,
    /// There are more than are listed.
    pub truncated: bool,
    pub problems: Vec<Note>,
}

/// What is compared: an archive, or the present state.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Side {
    pub archive: Option<ArchiveName>,
    pub at: Timestamp,
}

impl Service {
    /// Says what differs. Writes nothing. Two archives are compared by the catalog's copies of their lists, without key
    /// or drive.
    pub fn diff(&self, args: &DiffArgs, job: &Job) -> Answer<DiffAnswer> {
        let mut problems = Vec::new();
        let catalog = self.catalog(&mut problems)?;
        let a = args.a.as_deref().unwrap_or("latest");
        let (profile, older) = self.side(&catalog, args, a)?;
        let side =
            |moment: &Moment| Side { archive: Some(moment.manifest().archive.clone()), at: moment.manifest().created };
        let (b, diff) = if let Some(b) = &args.b {
            let newer = self.side(&catalog, args, b)?.1;
            (side(&newer), diff::between(&older, &newer, job)?)
        } else {
            let Some(profile) = &profile else {
                let cause = "no settings on this machine say where its folders are";
                return Err(Failure::new(Code::UnknownDeployment, a, cause).then("Compare it with another archive."));
            };
            drop(catalog);
            let now = Side { archive: None, at: self.clock().now() };
            (now, diff::with_now(self.context(), profile, &older, job)?)
        };
        problems.extend(Note::all(diff.problems));
        Ok(DiffAnswer {
            outcome: outcome_of(&problems),
            deployment: older.manifest().deployment.to_string(),
            a: side(&older),
            b,
            added: diff.added,
            removed: diff.removed,
            changed: diff.changed,
            changes: diff.changes,
            truncated: diff.truncated,
            problems,
        })
    }

    fn side(&self, catalog: &Catalog, args: &DiffArgs, text: &str) -> Answer<(Option<Profile>, Moment)> {
        let chosen = self.choose(catalog, args.deployment.as_deref(), text)?;
        if let Picked::Row(row) = &chosen.picked
            && let Ok(moment) = moments::from_catalog(catalog, row, false)
        {
            return Ok((chosen.profile, moment));
        }
        let path = chosen.path();
        let reading = self.reading(chosen.profile.as_ref(), Some(&path), &args.keys)?;
        let (moment, _) = reading.moment(&path, |_| false)?;
        Ok((chosen.profile, moment))
    }
}
