use super::standing::CopiedTo;
use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Code, Envelope, Kind, Level, Outcome};
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::backup::{self, BackupReport, BackupRequest};
use holdfast_engine::operations::prune::{self, CopiesRemoved};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct BackupArgs {
    pub deployment: Option<String>,
    /// `None`: what is due, or a full where there is none.
    pub level: Option<Level>,
    /// Keep it as one that the person asked for.
    pub manual: bool,
    pub read_back: bool,
    /// Take a folder that held files and holds nothing now as it is.
    pub allow_empty: bool,
    /// Remove nothing afterwards.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub no_prune: bool,
    /// OpenPGP for full archives alone.
    pub envelope: Envelope,
    /// Only for the first archive in OpenPGP, whose key follows from the deployment's.
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct BackupAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub archive: ArchiveName,
    pub path: PathBuf,
    pub level: Level,
    pub kind: Kind,
    /// Why this level.
    pub reason: String,
    pub created: Timestamp,
    /// Of the whole moment that the archive gives back.
    pub files: u64,
    pub bytes: u64,
    /// Content that this run read because it was new or changed.
    pub files_read: u64,
    pub bytes_read: u64,
    pub stored_bytes: u64,
    pub sha256: String,
    pub signed: bool,
    pub left_out: Vec<String>,
    /// What the other destinations got of it, and of what was due to them before.
    pub copies: Vec<CopiedTo>,
    /// What the rules let go of afterwards; `None` where nobody looked.
    pub pruned: Option<PrunedAfter>,
    /// What looks wrong in it, and did not before.
    pub raised: Vec<u32>,
    pub problems: Vec<Note>,
}

/// How soon it is seen that a lock is free.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// What went after a backup.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PrunedAfter {
    /// Where archives are made, in the order in which they went.
    pub removed: Vec<ArchiveName>,
    pub freed_bytes: u64,
    pub copies: Vec<CopiesRemoved>,
    /// Why nothing went, whatever the rules say.
    pub frozen: Option<String>,
}

impl Service {
    /// Makes an archive. Asks for no passphrase, except for the first one in OpenPGP. Cancelled or failed, it leaves nothing half-written, and the
    /// catalog remembers that it failed.
    pub fn backup(&self, args: &BackupArgs, job: &Job) -> Answer<BackupAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let mut notes = Vec::new();
        self.settle(&profile, &mut notes)?;
        let request = BackupRequest {
            level: args.level,
            kind: if args.manual { Kind::Manual } else { Kind::Scheduled },
            read_back: args.read_back,
            allow_empty: args.allow_empty,
            envelope: args.envelope,
            ..BackupRequest::default()
        };
        if args.envelope == Envelope::Openpgp {
            self.prepare_openpgp(&profile, &args.keys)?;
        }
        let started = self.clock().now();
        let plan = backup::plan(self.context(), &profile, request, job).inspect_err(|e| {
            if e.code() != Code::Locked {
                backup::note_failed(self.context(), &profile, started, e);
            }
        })?;
        // One that fails from here on is noted by the engine.
        let report = backup::run(self.context(), plan, job)?;
        let mut answer = answer(&profile, report, notes);
        let mut of_copies = Vec::new();
        answer.copies = self.copies_after(&profile, job, &mut of_copies);
        if answer.outcome == Outcome::Done {
            answer.outcome = crate::note::outcome_of(&of_copies);
        }
        answer.problems.extend(of_copies);
        // The archive stands, whether or not it can be said where a whole one is.
        if let Err(failure) = self.point_to_whole(&profile, &mut answer.problems) {
            tracing::warn!(cause = %failure.cause, "which archive holds a whole database is not known");
        }
        if let Err(failure) = self.point_to_good(&profile, &mut answer.problems) {
            tracing::warn!(cause = %failure.cause, "the last good archive is not known");
        }
        if !args.no_prune {
            self.prune_after(&profile, job, &mut answer);
        }
        Ok(answer)
    }

    /// The same, once whoever is at work on the deployment is done. `waiting` is told who that is, and again when it is somebody
    /// else. `Code::Locked` when the limit is over, `Code::Cancelled` when the job is to end.
    pub fn backup_when_free(
        &self,
        args: &BackupArgs,
        limit: Option<Duration>,
        waiting: &mut dyn FnMut(&Failure),
        job: &Job,
    ) -> Answer<BackupAnswer> {
        let began = self.clock().elapsed();
        let mut told = None;
        loop {
            let failure = match self.backup(args, job) {
                Err(failure) if failure.code == Code::Locked => failure,
                other => return other,
            };
            let waited = self.clock().elapsed().saturating_sub(began);
            if limit.is_some_and(|limit| waited >= limit) {
                return Err(failure);
            }
            if told.as_ref() != Some(&failure.cause) {
                waiting(&failure);
                told = Some(failure.cause);
            }
            job.checkpoint()?;
            std::thread::sleep(limit.map_or(TRY_EVERY, |limit| TRY_EVERY.min(limit.saturating_sub(waited))));
        }
    }

    /// What the rules let go of now. That it could not be removed is a problem of its own, and none of the archive.
    fn prune_after(&self, profile: &Profile, job: &Job, answer: &mut BackupAnswer) {
        match prune::after_success(self.context(), profile, job) {
            Ok(pruned) => {
                answer.problems.extend(Note::all(pruned.problems));
                answer.pruned = Some(PrunedAfter {
                    removed: pruned.removed.into_iter().map(|removed| removed.name).collect(),
                    freed_bytes: pruned.freed_bytes,
                    copies: pruned.copies,
                    frozen: pruned.frozen,
                });
            }
            // Another run began: the next one does it.
            Err(e) if e.code() == Code::Locked || e.is_cancelled() => {}
            Err(e) => answer.problems.push(Note::from(e.to_problem())),
        }
        if answer.outcome == Outcome::Done {
            answer.outcome = crate::note::outcome_of(&answer.problems);
        }
    }

    fn prepare_openpgp(&self, profile: &Profile, keys: &Keys) -> Answer<()> {
        let vault = self.context().vault(&profile.id)?;
        match vault.openpgp() {
            Err(e) if e.code() == Code::KeyNeeded => {
                let reading = self.reading(Some(profile), None, keys)?;
                Ok(vault.store_openpgp(reading.keys())?)
            }
            other => Ok(other.map(|_| ())?),
        }
    }
}

fn answer(profile: &Profile, report: BackupReport, mut notes: Vec<Note>) -> BackupAnswer {
    notes.extend(Note::all(report.problems));
    BackupAnswer {
        outcome: report.outcome,
        deployment: profile.name.to_string(),
        archive: report.archive,
        path: report.path,
        level: report.level,
        kind: report.kind,
        reason: report.reason,
        created: report.created,
        files: report.files,
        bytes: report.bytes,
        files_read: report.files_read,
        bytes_read: report.bytes_read,
        stored_bytes: report.stored_bytes,
        sha256: report.sha256,
        signed: report.signed,
        left_out: report.left_out,
        copies: Vec::new(),
        pruned: None,
        raised: report.raised.iter().map(|alarm| alarm.id).collect(),
        problems: notes,
    }
}
