//! Looks into databases and files: what is damaged, since when, and what comes back.
use super::super::bisect::bisect;
use super::super::steps::{Done, Request};
use super::Hands;
use crate::archive::entry::is_within;
use crate::capture::records::{Records, Table, records};
use crate::capture::sqlite;
use crate::catalog::{ArchiveRow, State};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::backup::on_disk;
use crate::operations::{browse, captured};
use holdfast_domain::incident::Pick;
use holdfast_domain::runbook::StepResult;
use holdfast_domain::{ArchiveName, Code, Kind};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Archives that are walked back through.
const ARCHIVES: u64 = 30;

/// Something that is not as it should be.
struct Suspect {
    /// `ROOT/...`.
    path: String,
    why: String,
}

impl Hands<'_> {
    /// Regular archives that are there, the oldest first.
    fn regular(&self) -> Result<Vec<ArchiveRow>> {
        let mut rows = browse::archives(self.context, Some(&self.profile.id))?;
        rows.retain(|row| {
            row.state == State::Present && row.could_be_read() && !matches!(row.kind, Kind::Emergency | Kind::Export)
        });
        rows.sort_by_key(|row| row.created);
        Ok(rows)
    }

    /// Of all databases that the archives know: `ROOT/...`.
    fn databases(&self) -> Result<Vec<String>> {
        let (catalog, _) = self.context.catalog()?;
        let mut found = BTreeSet::new();
        for row in self.regular()?.iter().rev().take(ARCHIVES as usize) {
            let manifest = captured::manifest(&catalog, &self.profile.id, &row.name)?;
            found.extend(manifest.into_iter().flat_map(|manifest| manifest.databases).map(|note| note.path));
        }
        Ok(found.into_iter().collect())
    }

    fn live(&self, path: &str, scratch: &Path, job: &Job) -> Result<Live> {
        let live = on_disk(self.profile, path.as_bytes());
        if !live.is_file() {
            return Ok(Live::Absent);
        }
        match sqlite::begins_as_database(&live) {
            Ok(true) => {}
            Ok(false) => return Ok(Live::NoDatabase),
            Err(e) => return Err(Error::io(&live, e)),
        }
        let copy = scratch.join("live");
        for ending in ["", "-wal", "-shm", "-journal"] {
            crate::durable::remove(&sqlite::beside(&copy, ending))?;
        }
        match sqlite::copy(&live, &copy, job) {
            Ok(()) => Ok(Live::Database(records(&copy, job)?)),
            Err(e) if e.is_cancelled() => Err(e),
            Err(e) => Ok(Live::Damaged(e.cause().to_owned())),
        }
    }

    /// What of the deployment is damaged or lost, as far as it can be seen without an archive.
    fn suspects(&self, scratch: &Path, job: &Job) -> Result<Vec<Suspect>> {
        let mut found = Vec::new();
        for path in self.databases()? {
            job.checkpoint()?;
            job.current(&path);
            let why = match self.live(&path, scratch, job)? {
                Live::Absent => "it is gone".to_owned(),
                Live::NoDatabase => "it is no database any more".to_owned(),
                Live::Damaged(why) => why,
                Live::Database(records) if !records.is_sound() => records.check,
                Live::Database(_) => continue,
            };
            found.push(Suspect { path, why });
        }
        let (catalog, _) = self.context.catalog()?;
        for lost in captured::told_lost(&catalog, self.profile)?.unwrap_or_default() {
            if !found.iter().any(|other| other.path == lost.path) {
                found.push(Suspect { path: lost.path, why: "it is gone, or was cut short".to_owned() });
            }
        }
        Ok(found)
    }
}

enum Live {
    Absent,
    NoDatabase,
    Damaged(String),
    Database(Records),
}

pub(super) fn check(hands: &Hands<'_>, _: &Request, job: &Job) -> Result<Done> {
    hands.check_data(job)
}

impl Hands<'_> {
    pub(in crate::recovery) fn check_data(&self, job: &Job) -> Result<Done> {
        let scratch = self.context.scratch_for_verify()?;
        let databases = self.databases()?;
        job.phase(Phase::CheckingDatabases, databases.len() as u64, 0);
        let suspects = self.suspects(scratch.path(), job)?;
        let lines = suspects.iter().map(|suspect| format!("{}: {}", suspect.path, first_line(&suspect.why)));
        Ok(match (suspects.len(), databases.len()) {
            (0, 0) => Done::new(StepResult::Unknown, "No archive knows a database of this deployment."),
            (0, count) => {
                let said = format!("All {count} databases pass the full check, and no file is told as lost.");
                Done::new(StepResult::Ok, said)
            }
            (count, _) => Done::new(StepResult::Failing, format!("Damaged or lost: {count}.")).with_lines(lines),
        })
    }
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("***")).unwrap_or(text)
}

/// A path as archives name it; a path on this machine is taken too.
fn inner(profile: &Profile, path: &str) -> Result<String> {
    let path = path.trim();
    for root in &profile.roots {
        if let Ok(below) = Path::new(path).strip_prefix(&root.path) {
            let below = below.to_string_lossy();
            return Ok(if below.is_empty() { root.name.clone() } else { format!("{}/{below}", root.name) });
        }
        if is_within(path.as_bytes(), root.name.as_bytes()) {
            return Ok(path.to_owned());
        }
    }
    let roots: Vec<&str> = profile.roots.iter().map(|root| root.name.as_str()).collect();
    Err(Error::new(Code::BadRequest, path, format!("it is in no root; paths begin with one: {}", roots.join(", "))))
}

pub(super) fn find_last_good(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let scratch = hands.context.scratch_for_verify()?;
    job.phase(Phase::CheckingDatabases, 0, 0);
    let named = request.texts("paths");
    let suspects: Vec<Suspect> = if named.is_empty() {
        hands.suspects(scratch.path(), job)?
    } else {
        let why = || "named by a person".to_owned();
        let named = named.iter().map(|path| Ok(Suspect { path: inner(hands.profile, path)?, why: why() }));
        named.collect::<Result<_>>()?
    };
    if suspects.is_empty() {
        let said = "Nothing is damaged that a check can see. Name the file that holds what is missing.";
        return Ok(Done::new(StepResult::Nothing, said));
    }
    let mut rows = hands.regular()?;
    let most = request.number("archives", ARCHIVES) as usize;
    rows.drain(..rows.len().saturating_sub(most));
    let paths: Vec<String> = suspects.iter().map(|suspect| suspect.path.clone()).collect();
    let open = |path: &Path| hands.outside.reading(path);
    let bisected = bisect(&rows, &paths, &open, scratch.path(), job)?;
    let mut done = Done::new(StepResult::Done, "");
    for (suspect, found) in suspects.iter().zip(bisected.found) {
        done.told.lines.push(format!("{}: now {}", found.path, first_line(&suspect.why)));
        if let Some((good, at)) = &found.good {
            done.told.lines.push(format!("  whole in {good}, {}", hands.when(*at)));
            done.told.picks.push(Pick { paths: vec![found.path.clone()], archive: good.clone(), at: *at });
        } else {
            done.result = StepResult::Problems;
            done.told.lines.push(format!("  whole in none of the {} newest archives", rows.len()));
        }
        if let Some((bad, at, why)) = &found.bad {
            done.told.lines.push(format!("  not whole in {bad}, {}: {}", hands.when(*at), first_line(why)));
        }
    }
    let (of, all) = (done.told.picks.len(), suspects.len());
    if of == 0 {
        done.result = StepResult::Nothing;
    }
    done.told.value = done.told.picks.iter().min_by_key(|pick| pick.at).map(|pick| pick.archive.to_string());
    done.told.said = format!(
        "{of} of {all} damaged parts {} whole in an archive ({} of {} archives opened).",
        if of == 1 { "is" } else { "are" },
        bisected.opened,
        rows.len()
    );
    Ok(done)
}

/// Which archive holds which of the databases.
fn wanted(hands: &Hands<'_>, request: &Request) -> Result<Vec<(String, ArchiveName)>> {
    if let Some(of) = request.text("of") {
        let picks = request.told.get(of).map(|told| told.picks.as_slice()).unwrap_or_default();
        let each = picks.iter().flat_map(|pick| pick.paths.iter().map(|path| (path.clone(), pick.archive.clone())));
        return Ok(each.collect());
    }
    let (name, _) = hands.meant(request)?;
    let named = request.texts("paths");
    let paths = if named.is_empty() {
        hands.databases()?
    } else {
        named.iter().map(|path| inner(hands.profile, path)).collect::<Result<_>>()?
    };
    Ok(paths.into_iter().map(|path| (path, name.clone())).collect())
}

pub(super) fn compare_records(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let scratch = hands.context.scratch_for_verify()?;
    let wanted = wanted(hands, request)?;
    job.phase(Phase::Comparing, wanted.len() as u64, 0);
    let (mut lines, mut fewer, mut compared) = (Vec::new(), 0, 0);
    for (path, archive) in wanted {
        job.checkpoint()?;
        job.current(&path);
        let Some(held) = from_archive(hands, &archive, &path, scratch.path(), job)? else { continue };
        let now = hands.live(&path, scratch.path(), job)?;
        compared += 1;
        lines.push(format!("{path}: now, and in {archive}"));
        let empty = Records::default();
        let (now, state) = match &now {
            Live::Database(now) if now.is_sound() => (now, None),
            Live::Database(now) => (now, Some("damaged")),
            Live::Absent => (&empty, Some("gone")),
            Live::NoDatabase | Live::Damaged(_) => (&empty, Some("not readable")),
        };
        lines.extend(state.map(|state| format!("  now it is {state}")));
        let names: BTreeSet<&String> = now.tables.keys().chain(held.tables.keys()).collect();
        for name in names {
            let (left, right) = (now.tables.get(name), held.tables.get(name));
            fewer += u64::from(left.map_or(0, |table| table.records) < right.map_or(0, |table| table.records));
            lines.push(format!("  {name}: now {}; there {}", table_words(left), table_words(right)));
        }
    }
    Ok(match (compared, fewer) {
        (0, _) => Done::new(StepResult::Nothing, "No database was there to compare."),
        (_, 0) => Done::new(StepResult::Ok, "No table holds fewer records now than in the archive.").with_lines(lines),
        _ => {
            let said = format!("Tables that hold fewer records now than in the archive: {fewer}.");
            Done::new(StepResult::Warning, said).with_lines(lines)
        }
    })
}

fn table_words(table: Option<&Table>) -> String {
    match table {
        None => "none".to_owned(),
        Some(Table { records, latest: Some(latest) }) => format!("{records} records, latest {latest}"),
        Some(Table { records, latest: None }) => format!("{records} records"),
    }
}

fn from_archive(
    hands: &Hands<'_>,
    archive: &ArchiveName,
    path: &str,
    scratch: &Path,
    job: &Job,
) -> Result<Option<Records>> {
    let file = hands.outside.archive(archive.as_str(), &[])?;
    let reading = hands.outside.reading(&file)?;
    let (moment, readers) = reading.moment(&file, |_| false)?;
    let Ok(entry) = browse::details(&moment, path.as_bytes()) else { return Ok(None) };
    if !entry.database {
        return Ok(None);
    }
    let unpacked = scratch.join("held");
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&unpacked);
    let mut file = opened.map_err(|e| Error::io(&unpacked, e))?;
    browse::read_file(&readers, &entry, &mut file, job)?;
    drop(file);
    records(&unpacked, job).map(Some)
}
