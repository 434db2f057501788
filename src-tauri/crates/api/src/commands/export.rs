use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Code, Envelope, Outcome};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::export::{self, ExportPlan, ExportRequest, Program};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ExportArgs {
    pub deployment: Option<String>,
    /// A name, a time, `latest`, or the path of an archive's file.
    pub at: String,
    /// The drive or folder.
    pub to: PathBuf,
    pub envelope: Envelope,
    /// An archive that is longer is cut into volumes; `None`: only where the file system asks for it.
    pub volume_bytes: Option<u64>,
    /// Put the command line beside the archive too.
    pub program: bool,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

/// An export that was looked at and not yet done.
#[derive(Debug)]
pub struct PlannedExport {
    plan: ExportPlan,
    notes: Vec<Note>,
    pub preview: ExportPreview,
}

/// What an export will make.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ExportPreview {
    pub deployment: String,
    pub archive: ArchiveName,
    pub path: PathBuf,
    /// The archive whose moment it will hold.
    pub from: ArchiveName,
    /// The archives that it is read from.
    pub reads: Vec<ArchiveName>,
    pub created: Timestamp,
    pub format: Envelope,
    pub files: u64,
    pub bytes: u64,
    /// About what the archive and all beside it will take.
    pub needed_bytes: u64,
    pub free_bytes: u64,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ExportAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub archive: ArchiveName,
    pub path: PathBuf,
    pub from: ArchiveName,
    /// The moment that it holds.
    pub created: Timestamp,
    pub format: Envelope,
    pub files: u64,
    pub bytes: u64,
    pub stored_bytes: u64,
    pub sha256: String,
    pub signed: bool,
    /// What lies beside it.
    pub beside: Vec<PathBuf>,
    pub problems: Vec<Note>,
}

impl Service {
    /// Says what an export would make, and writes nothing.
    pub fn plan_export(&self, args: &ExportArgs, job: &Job) -> Answer<PlannedExport> {
        let mut notes = Vec::new();
        let catalog = self.catalog(&mut notes)?;
        let chosen = self.choose(&catalog, args.deployment.as_deref(), &args.at)?;
        drop(catalog);
        let archive = chosen.path();
        let profile = match chosen.profile {
            Some(profile) => profile,
            // Says that it is not known, or takes the only one there is; the archive must then be of it.
            None => self.profile(args.deployment.as_deref())?,
        };
        let reading = self.reading(Some(&profile), Some(&archive), &args.keys)?;
        let program = if args.program { program() } else { None };
        let request = ExportRequest {
            envelope: args.envelope,
            volume_bytes: args.volume_bytes,
            program,
            ..ExportRequest::new(archive, args.to.clone())
        };
        let plan = export::plan(self.context(), &profile, &reading, request, job).map_err(|e| match e.code() {
            Code::NotEnoughSpace => Failure::from(e).then("Make room there, or name another drive with --to."),
            _ => e.into(),
        })?;
        let preview = ExportPreview {
            deployment: profile.name.to_string(),
            archive: plan.archive.clone(),
            path: plan.path(),
            from: plan.from.clone(),
            reads: plan.reads.clone(),
            created: plan.created,
            format: args.envelope,
            files: plan.files,
            bytes: plan.bytes,
            needed_bytes: plan.needed_bytes,
            free_bytes: plan.free_bytes,
            problems: notes.clone(),
        };
        Ok(PlannedExport { plan, notes, preview })
    }

    /// Does what was shown. Failed or cancelled, the target is as it was.
    pub fn export(&self, planned: PlannedExport, job: &Job) -> Answer<ExportAnswer> {
        let PlannedExport { plan, notes: mut problems, preview } = planned;
        let report = export::run(self.context(), plan, job)?;
        problems.extend(Note::all(report.problems));
        Ok(ExportAnswer {
            outcome: report.outcome,
            deployment: preview.deployment,
            archive: report.archive,
            path: report.path,
            from: report.from,
            created: report.created,
            format: report.envelope,
            files: report.files,
            bytes: report.bytes,
            stored_bytes: report.stored_bytes,
            sha256: report.sha256,
            signed: report.signed,
            beside: report.beside,
            problems,
        })
    }
}

/// The window's program; the command line lies beside it.
const WINDOW: &str = "holdfast-desktop";

/// The command line, under the name that tells its platform: the program that runs, or the one beside the window's.
fn program() -> Option<Program> {
    let path = command_line(&std::env::current_exe().ok()?)?;
    let name = format!("holdfast-{}-{}{}", std::env::consts::OS, std::env::consts::ARCH, std::env::consts::EXE_SUFFIX);
    Some(Program { path, name })
}

/// `None` where there is no such file: a window alone on a drive would open nothing without its libraries.
fn command_line(running: &Path) -> Option<PathBuf> {
    let path = if running.file_stem().is_some_and(|name| name == WINDOW) {
        running.with_file_name(format!("holdfast{}", std::env::consts::EXE_SUFFIX))
    } else {
        running.to_owned()
    };
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_on_a_drive_is_the_command_line() {
        let dir = tempfile::tempdir().unwrap();
        let [window, line, renamed] = [WINDOW, "holdfast", "holdfast-linux-x86_64"].map(|name| dir.path().join(name));
        std::fs::write(&window, "").unwrap();
        assert_eq!(command_line(&window), None, "the window is no program to open archives with");
        std::fs::write(&line, "").unwrap();
        assert_eq!(command_line(&window), Some(line.clone()));
        assert_eq!(command_line(&line), Some(line));
        std::fs::write(&renamed, "").unwrap();
        assert_eq!(command_line(&renamed), Some(renamed), "one that was started from a drive");
    }
}
