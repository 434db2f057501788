//! Which archive is the newest in which a part of the deployment is whole.
//!
//! Damage does not heal by itself: an archive made before it is good, one made after it is not. So the archives are halved:
//! the middle one is looked at, and the half that cannot hold the turn is dropped. Of thirty archives at most six are opened.
//! What "whole" is, the oldest archive says: it is opened first, and what holds less than half of its records is not whole.
use crate::archive::{Entry, EntryKind};
use crate::capture::records::{Records, records};
use crate::catalog::ArchiveRow;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::browse;
use crate::operations::pick::path_of;
use crate::operations::reading::Reading;
use holdfast_domain::{ArchiveName, Code};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What was found of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `ROOT/...`.
    pub path: String,
    /// The newest in which it is whole; `None` where it is in none of them.
    pub good: Option<(ArchiveName, Timestamp)>,
    /// The next one, in which it is not, and what was seen there; `None` where the newest is good.
    pub bad: Option<(ArchiveName, Timestamp, String)>,
}

/// What was found of all parts, and how many archives were opened for it.
#[derive(Debug)]
pub struct Bisected {
    pub found: Vec<Found>,
    pub opened: usize,
}

/// What one archive holds of a part.
#[derive(Debug, Clone)]
enum Held {
    Absent,
    /// A file that is no database, and comes out as it was captured.
    File {
        bytes: u64,
    },
    Database(Records),
    /// It does not come out.
    Damaged(String),
}

/// Gives the reading for an archive.
pub type Open<'a> = dyn Fn(&Path) -> Result<Reading> + 'a;

/// Halves the archives, which are of one deployment and in the order of their times, the oldest first. An archive that
/// cannot be opened counts as one in which nothing is whole.
pub fn bisect(rows: &[ArchiveRow], paths: &[String], open: &Open<'_>, scratch: &Path, job: &Job) -> Result<Bisected> {
    let mut looked = Looked { rows, paths, open, scratch, seen: BTreeMap::new() };
    let mut found = Vec::with_capacity(paths.len());
    for (place, path) in paths.iter().enumerate() {
        found.push(looked.part(place, path, job)?);
    }
    Ok(Bisected { found, opened: looked.seen.len() })
}

/// Archives that were opened; each is opened once, and all parts are looked at then.
struct Looked<'a> {
    rows: &'a [ArchiveRow],
    paths: &'a [String],
    open: &'a Open<'a>,
    scratch: &'a Path,
    seen: BTreeMap<usize, Vec<Held>>,
}

impl Looked<'_> {
    fn part(&mut self, place: usize, path: &str, job: &Job) -> Result<Found> {
        let named = |row: &ArchiveRow| (row.name.clone(), row.created);
        let mut found = Found { path: path.to_owned(), good: None, bad: None };
        if self.rows.is_empty() {
            return Ok(found);
        }
        let first = self.held(0, job)?[place].clone();
        // Where the oldest is not whole itself, those after it are measured by nothing but their own soundness.
        let reference = first.whole(None).is_ok().then_some(first);
        let mut good = reference.is_some().then_some(0);
        let mut bad: Option<(usize, String)> = None;
        let (mut low, mut high) = (1, self.rows.len());
        while low < high {
            job.checkpoint()?;
            let middle = low + (high - low) / 2;
            match self.held(middle, job)?[place].whole(reference.as_ref()) {
                Ok(()) => {
                    good = Some(middle);
                    low = middle + 1;
                }
                Err(why) => {
                    bad = Some((middle, why));
                    high = middle;
                }
            }
        }
        if good.is_none()
            && bad.is_none()
            && let Err(why) = self.held(0, job)?[place].whole(None)
        {
            bad = Some((0, why));
        }
        found.good = good.map(|index| named(&self.rows[index]));
        found.bad = bad.map(|(index, why)| {
            let (name, at) = named(&self.rows[index]);
            (name, at, why)
        });
        Ok(found)
    }

    fn held(&mut self, index: usize, job: &Job) -> Result<&[Held]> {
        if !self.seen.contains_key(&index) {
            let row = &self.rows[index];
            job.phase(Phase::CheckingDatabases, self.paths.len() as u64, 0);
            job.current(row.name.as_str());
            let held = match self.look(row, job) {
                Ok(held) => held,
                Err(e) if e.is_cancelled() || is_about_keys(e.code()) => return Err(e),
                Err(e) => vec![Held::Damaged(format!("the archive cannot be opened: {}", e.cause())); self.paths.len()],
            };
            self.seen.insert(index, held);
        }
        Ok(self.seen.get(&index).map_or(&[][..], Vec::as_slice))
    }

    fn look(&self, row: &ArchiveRow, job: &Job) -> Result<Vec<Held>> {
        let path = path_of(row);
        let reading = (self.open)(&path)?;
        let (moment, readers) = reading.moment(&path, |_| !row.signed)?;
        let wanted: BTreeSet<&[u8]> = self.paths.iter().map(String::as_bytes).collect();
        let mut entries: BTreeMap<Vec<u8>, Entry> = BTreeMap::new();
        for entry in moment.entries()? {
            job.checkpoint()?;
            let entry = entry?;
            if wanted.contains(entry.path.as_slice()) {
                entries.insert(entry.path.clone(), entry);
            }
        }
        let mut held = Vec::with_capacity(self.paths.len());
        for path in self.paths {
            job.checkpoint()?;
            held.push(match entries.get(path.as_bytes()) {
                Some(entry) if entry.kind == EntryKind::File => self.unpack(&readers, entry, job)?,
                Some(entry) if entry.kind != EntryKind::Gone => Held::File { bytes: 0 },
                _ => Held::Absent,
            });
            job.add_files(1);
        }
        Ok(held)
    }

    fn unpack(&self, readers: &[crate::archive::ArchiveReader], entry: &Entry, job: &Job) -> Result<Held> {
        let path = self.scratch.join("part");
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(|e| Error::io(&path, e))?;
        let bytes = match browse::read_file(readers, entry, &mut file, job) {
            Ok(bytes) => bytes,
            Err(e) if e.code() == Code::ArchiveDamaged => return Ok(Held::Damaged(e.cause().to_owned())),
            Err(e) => return Err(e),
        };
        drop(file);
        if !entry.database {
            return Ok(Held::File { bytes });
        }
        Ok(Held::Database(records(&path, job)?))
    }
}

fn is_about_keys(code: Code) -> bool {
    matches!(code, Code::KeyNeeded | Code::WrongKey | Code::WrongPassphrase | Code::Mistyped)
}

impl Held {
    /// Or why it is not.
    fn whole(&self, reference: Option<&Self>) -> std::result::Result<(), String> {
        match (self, reference) {
            (Self::Absent, _) => Err("it is not there".to_owned()),
            (Self::Damaged(why), _) => Err(why.clone()),
            (Self::File { bytes: 0 }, Some(Self::File { bytes })) if *bytes > 0 => Err("it is empty".to_owned()),
            (Self::File { .. }, Some(Self::Database(_))) => Err("it is no database any more".to_owned()),
            (Self::Database(records), _) if !records.is_sound() => Err(records.check.clone()),
            (Self::Database(records), Some(Self::Database(before))) => less(records, before),
            (Self::File { .. } | Self::Database(_), _) => Ok(()),
        }
    }
}

/// Fewer than so many say nothing.
const FEW: u64 = 4;

fn less(records: &Records, before: &Records) -> std::result::Result<(), String> {
    for (name, table) in before.tables.iter().filter(|(_, table)| table.records >= FEW) {
        match records.tables.get(name) {
            None => return Err(format!("the table {name} is gone")),
            Some(now) if now.records * 2 < table.records => {
                return Err(format!("{name} holds {} records; there were {}", now.records, table.records));
            }
            Some(_) => {}
        }
    }
    if records.dangling > before.dangling * 2 + FEW {
        return Err(format!("{} records point to others that are gone", records.dangling));
    }
    Ok(())
}
