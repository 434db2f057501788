//! Finds the archive that a person means: by name, by time, or simply the latest.
mod folder;
mod when;

pub use folder::newest_in;
pub use when::{Meant, TIMES, moment};

use super::backup;
use super::context::Context;
use super::elsewhere::Elsewhere;
use crate::catalog::{ArchiveRow, Catalog, State};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::media::{FileMedium, is_there};
use holdfast_domain::{ArchiveName, Code, Kind};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// An archive that was meant.
#[derive(Debug, Clone)]
pub enum Picked {
    Row(Box<ArchiveRow>),
    /// Named by its file: needs no catalog.
    File(PathBuf),
}

impl Picked {
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Row(row) => path_of(row),
            Self::File(path) => path.clone(),
        }
    }
}

pub fn path_of(row: &ArchiveRow) -> PathBuf {
    row.folder.join(row.name.file_name())
}

/// `latest`, a name (with or without its ending, or a beginning that only one has), a time in the person's zone, or the
/// path of an archive's file. A time of day at which an archive was made is its name, as lists show it: of several the newest,
/// and one made before a restore, of a state that may be damaged, only where there is no other. Any other time gives the
/// newest archive that is not later, but none of those made before a restore, and of those dated after now only where there
/// are no others.
///
/// `Code::DestinationMissing` where nothing is found because their drive is away, `Code::CatalogIncomplete` where archives
/// lie there that the catalog does not know.
pub fn pick(context: &Context, catalog: &Catalog, profile: &Profile, text: &str) -> Result<Picked> {
    let path = Path::new(text);
    if text.contains('/') || is_there(path) {
        return match FileMedium::find(path) {
            Ok(medium) => Ok(Picked::File(medium.path().to_owned())),
            Err(_) => Err(Error::new(Code::ArchiveMissing, text, "there is no such file")),
        };
    }
    let text = text.trim();
    if text.is_empty() {
        let cause = format!("an archive's name, a time or 'latest' is needed; times are such as {TIMES}");
        return Err(Error::new(Code::BadRequest, "the empty name", cause));
    }
    let rows = catalog.archives().list(Some(&profile.id))?;
    let elsewhere = Elsewhere::of(catalog, profile);
    let said = Said { context, profile, elsewhere: &elsewhere, now: context.clock.now() };
    if text.eq_ignore_ascii_case("latest") {
        return said.newest(&rows, None);
    }
    if let Some(meant) = moment(text, said.now, &context.clock.zone()) {
        return said.newest(&rows, Some(meant));
    }
    let name = ArchiveName::parse(text);
    if name.is_none() && !text.starts_with(profile.name.as_str()) {
        let cause = format!("it is neither an archive's name nor a time that is understood; times are such as {TIMES}");
        return Err(Error::new(Code::ArchiveMissing, text, cause));
    }
    let found = catalog.archives().by_name(Some(&profile.id), text);
    found.map(|row| Picked::Row(Box::new(elsewhere.whole(&row).unwrap_or(row)))).or_else(|e| {
        // One that the catalog has forgotten, or never knew, still lies where archives lie.
        let lost = name.filter(|_| e.code() == Code::ArchiveMissing).zip(backup::destination(profile).ok());
        match lost.map(|(name, folder)| folder.archive(&name)).filter(|path| is_there(path)) {
            Some(path) => Ok(Picked::File(path)),
            None => Err(e),
        }
    })
}

/// So far may the clock have been set back since an archive was made before that one counts as made in the future. An
/// archive's own time may also be some seconds ahead, where several were made in one.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);

/// The latest time that an archive of the past or present has. One that is later was made while the clock was wrong, or
/// the clock is wrong now.
pub fn horizon(now: Timestamp) -> Timestamp {
    now.saturating_add(TOLERANCE).unwrap_or(now)
}

/// Archives that lie where a deployment's archives lie and that the catalog does not know.
pub fn unknown(profile: &Profile, rows: &[ArchiveRow]) -> Vec<ArchiveName> {
    let listed = backup::destination(profile).and_then(|folder| folder.list()).unwrap_or_default();
    let known: HashSet<&ArchiveName> = rows.iter().map(|row| &row.name).collect();
    listed.into_iter().map(|listed| listed.name).filter(|name| !known.contains(name)).collect()
}

struct Said<'a> {
    context: &'a Context,
    profile: &'a Profile,
    elsewhere: &'a Elsewhere<'a>,
    now: Timestamp,
}

impl Said<'_> {
    fn newest(&self, rows: &[ArchiveRow], meant: Option<Meant>) -> Result<Picked> {
        let until = meant.map(|meant| meant.until);
        // What was missing may be back.
        let usable = |row: &&ArchiveRow| {
            let readable = row.state != State::Removing && row.could_be_read();
            readable && (is_there(&path_of(row)) || self.elsewhere.whole(row).is_some())
        };
        let horizon = horizon(self.now);
        let (emergency, usable): (Vec<&ArchiveRow>, Vec<_>) =
            rows.iter().filter(usable).partition(|row| row.kind == Kind::Emergency);
        let named = |row: &&&ArchiveRow| meant.is_some_and(|meant| meant.names(row.created));
        // Whoever says the time of an archive that is listed does not mean the one before it.
        if let Some(row) = emergency.iter().find(named).filter(|_| !usable.iter().any(|row| named(&row))) {
            return Ok(self.whole(row));
        }
        // All of them ahead: it is the clock of now that is wrong.
        let clock_is_wrong = usable.iter().all(|row| row.created > horizon);
        let limit = match until {
            Some(until) if clock_is_wrong => until,
            None if clock_is_wrong => Timestamp::MAX,
            until => until.map_or(horizon, |until| until.min(horizon)),
        };
        let mut in_time = usable.iter().filter(|row| row.created <= limit);
        let found = match in_time.next() {
            // Of one moment rather the archive that lies at home than an export of it.
            Some(export) if export.kind == Kind::Export => {
                let mut same = in_time.take_while(|row| row.created == export.created);
                same.find(|row| row.kind != Kind::Export).or(Some(export))
            }
            found => found,
        };
        if let Some(row) = found {
            return Ok(self.whole(row));
        }
        if let (Some(oldest), Some(until)) = (usable.last(), until) {
            let cause = format!(
                "no archive is as old as {}; the oldest is {} of {}",
                self.shown(until),
                oldest.name,
                self.shown(oldest.created)
            );
            return Err(Error::new(Code::NothingToRestore, &self.profile.name, cause));
        }
        Err(self.none(rows))
    }

    fn whole(&self, row: &ArchiveRow) -> Picked {
        Picked::Row(Box::new(self.elsewhere.whole(row).unwrap_or_else(|| row.clone())))
    }

    /// Why there is none at all.
    fn none(&self, rows: &[ArchiveRow]) -> Error {
        let name = &self.profile.name;
        let folder = match backup::destination(self.profile) {
            Ok(folder) => folder,
            Err(e) => return e,
        };
        if let Err(e) = folder.require() {
            return e;
        }
        match unknown(self.profile, rows).len() {
            0 if rows.is_empty() => Error::new(Code::NothingToRestore, name, "there is no archive yet"),
            0 => Error::new(Code::NothingToRestore, name, "none of its archives is at its place"),
            1 => {
                let cause = format!("an archive lies in {} that it does not know", folder.dir().display());
                Error::new(Code::CatalogIncomplete, name, cause)
            }
            count => {
                let cause = format!("{count} archives lie in {} that it does not know", folder.dir().display());
                Error::new(Code::CatalogIncomplete, name, cause)
            }
        }
    }

    /// In the person's zone, as `list` shows it.
    fn shown(&self, at: Timestamp) -> String {
        at.to_zoned(self.context.clock.zone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}
