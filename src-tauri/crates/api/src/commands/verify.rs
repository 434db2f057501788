use super::captured::CapturedNote;
use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::catalog::State;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::browse;
use holdfast_engine::operations::pick::{Picked, path_of};
use holdfast_engine::operations::verify::{self, Finding, Verdict, VerifyRequest};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct VerifyArgs {
    pub deployment: Option<String>,
    /// The latest, where none is named.
    pub archive: Option<String>,
    pub all: bool,
    /// Every byte, frame, file and database; that needs the key.
    pub full: bool,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct VerifyAnswer {
    /// `failed` where any archive is not what was written, or not there; `problems` where one could not be compared.
    pub outcome: Outcome,
    pub full: bool,
    pub archives: Vec<VerdictNote>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct VerdictNote {
    pub archive: String,
    pub path: PathBuf,
    /// It and all that it needs are what was written.
    pub ok: bool,
    /// `ok`, `not-checked`, `incomplete`, `unreadable`, `missing`, `untrusted` or `damaged`.
    pub finding: Finding,
    /// Every byte of it was looked at.
    pub full: bool,
    /// `good`, `unsigned`, `other`, `bad`, `unchecked`.
    pub signature: String,
    /// Files and bytes whose content was compared (full only).
    pub files: u64,
    pub bytes: u64,
    pub problems: Vec<Note>,
    /// What was not sound when it was captured, where that is known: an archive that is what was written holds that too.
    pub captured: Option<CapturedNote>,
}

impl From<Verdict> for VerdictNote {
    fn from(verdict: Verdict) -> Self {
        Self {
            archive: verdict.archive,
            path: verdict.path,
            ok: verdict.ok,
            finding: verdict.finding,
            full: verdict.full,
            signature: verdict.signature,
            files: verdict.files,
            bytes: verdict.bytes,
            problems: Note::all(verdict.problems),
            captured: None,
        }
    }
}

impl Service {
    /// Checks archives. Damage is a finding in the answer, not a failure of the command.
    pub fn verify(&self, args: &VerifyArgs, job: &Job) -> Answer<VerifyAnswer> {
        let mut problems = Vec::new();
        let catalog = self.catalog(&mut problems)?;
        let (profile, archives, ours) = if args.all {
            let profile = self.profile(args.deployment.as_deref())?;
            let rows = browse::archives(self.context(), Some(&profile.id))?;
            if rows.is_empty() {
                return Err(Failure::new(Code::NothingToRestore, profile.name.as_str(), "there is no archive yet"));
            }
            if rows.iter().all(|row| row.state == State::Missing) {
                super::archives::require_place(&profile)?;
            }
            (Some(profile), rows.iter().map(path_of).collect(), true)
        } else {
            let text = args.archive.as_deref().unwrap_or("latest");
            let chosen = self.choose(&catalog, args.deployment.as_deref(), text)?;
            let ours = matches!(chosen.picked, Picked::Row(_));
            let path = match &chosen.picked {
                // Not a copy elsewhere that a restore would take in its stead, unless its own place is away.
                Picked::Row(row) => {
                    let own = catalog.archives().get(&row.deployment_id, &row.name)?.map(|own| path_of(&own));
                    own.filter(|own| own.parent().is_some_and(Path::is_dir)).unwrap_or_else(|| path_of(row))
                }
                Picked::File(path) => path.clone(),
            };
            (chosen.profile, vec![path], ours)
        };
        // The quick check does without a key, so it never asks for one.
        let keys = if args.full { args.keys.clone() } else { Keys { ask: None, ..args.keys.clone() } };
        let reading = match self.reading(profile.as_ref(), archives.first().map(PathBuf::as_path), &keys) {
            Ok(reading) => Some(reading),
            Err(failure) if !args.full && key_is_absent(&failure, &keys) => None,
            Err(failure) => return Err(failure),
        };
        let request = VerifyRequest { archives, full: args.full };
        // What is found of a copy elsewhere says nothing of the archive in the catalog that has its name.
        let of_catalog = profile.as_ref().filter(|_| ours);
        let report = verify::run(self.context(), of_catalog, reading.as_ref(), request, job)?;
        let mut archives: Vec<VerdictNote> = report.archives.into_iter().map(VerdictNote::from).collect();
        if let Some(profile) = of_catalog {
            let known = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
            for verdict in &mut archives {
                let info = known.iter().find(|info| info.name.as_str() == verdict.archive);
                verdict.captured = info.and_then(|info| info.captured.clone());
                self.point_to_whole(profile, &mut verdict.problems)?;
            }
        }
        Ok(VerifyAnswer { outcome: report.outcome, full: report.full, archives, problems })
    }
}

/// Nothing was given and nothing is kept here, as opposed to something given that does not fit.
fn key_is_absent(failure: &Failure, keys: &Keys) -> bool {
    let given = keys.is_given();
    !given && matches!(failure.code, Code::KeyNeeded | Code::WrongKey)
}
