//! Finds the archive that a person means: by name, by time, or simply the latest.
use super::context::Context;
use crate::catalog::{ArchiveRow, Catalog, State};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use holdfast_domain::{ArchiveName, Code, Kind};
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
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
/// path of an archive's file. Times give the newest archive that is not later; archives made before a restore of a state
/// that may be damaged are only found by name.
pub fn pick(context: &Context, catalog: &Catalog, profile: &Profile, text: &str) -> Result<Picked> {
    let path = Path::new(text);
    if text.contains('/') || path.is_file() {
        return if path.is_file() {
            Ok(Picked::File(path.to_owned()))
        } else {
            Err(Error::new(Code::ArchiveMissing, text, "there is no such file"))
        };
    }
    let rows = catalog.archives().list(Some(&profile.id))?;
    if text == "latest" {
        return newest(&rows, None, profile);
    }
    if let Some(until) = moment(text, context.clock.now(), &context.clock.zone()) {
        return newest(&rows, Some(until), profile);
    }
    if ArchiveName::parse(text).is_none() && !text.starts_with(profile.name.as_str()) {
        let cause = "it is neither an archive's name, nor a time, nor 'latest'";
        return Err(Error::new(Code::ArchiveMissing, text, cause));
    }
    catalog.archives().by_name(Some(&profile.id), text).map(|row| Picked::Row(Box::new(row)))
}

fn newest(rows: &[ArchiveRow], until: Option<Timestamp>, profile: &Profile) -> Result<Picked> {
    let usable =
        |row: &&ArchiveRow| row.kind != Kind::Emergency && row.state == State::Present && path_of(row).exists();
    let found = rows.iter().filter(usable).find(|row| until.is_none_or(|until| row.created <= until));
    if let Some(row) = found {
        return Ok(Picked::Row(Box::new(row.clone())));
    }
    let cause = match rows.iter().rfind(usable) {
        Some(oldest) => format!("there is no archive so old; the oldest is {}", oldest.name),
        None if rows.is_empty() => "there is no archive yet".to_owned(),
        None => "none of its archives is at its place".to_owned(),
    };
    Err(Error::new(Code::NothingToRestore, &profile.name, cause))
}

/// The latest instant that a text means: `2026-11-20T14:30:00Z`, `2026-11-20 14:30`, `2026-11-20` (its end), `14:30`
/// (today, or yesterday where that is yet to come), `yesterday 14:30`, `yesterday`, `2 hours ago`, `2h ago`.
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let local = now.to_zoned(zone.clone());
    if let Some(span) = text.strip_suffix("ago") {
        let span: jiff::Span = span.trim().parse().ok()?;
        return local.checked_sub(span).ok().map(|z| z.timestamp());
    }
    let end_of = |day: &Zoned| day.end_of_day().ok().map(|z| z.timestamp());
    let (day, rest) = match text.split_once(' ') {
        Some((word @ ("yesterday" | "today"), rest)) => (word, rest.trim()),
        _ => (text, ""),
    };
    if matches!(day, "yesterday" | "today") {
        let day = if day == "yesterday" { local.checked_sub(1.day()).ok()? } else { local };
        if rest.is_empty() {
            return end_of(&day);
        }
        let time: Time = rest.parse().ok()?;
        return day.with().time(time).build().ok().map(|z| z.timestamp());
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && text.len() == 10
    {
        return end_of(&date.to_zoned(zone.clone()).ok()?);
    }
    // Before date and time: jiff takes a lone time for neither.
    if text.len() <= 8 && text.contains(':') {
        let time: Time = text.parse().ok()?;
        let today = local.with().time(time).build().ok()?;
        let meant = if today.timestamp() > now { today.checked_sub(1.day()).ok()? } else { today };
        return Some(meant.timestamp());
    }
    let civil: DateTime = text.parse().ok()?;
    civil.to_zoned(zone.clone()).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_as_people_say_them() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-21T13:48:00+01:00".parse().unwrap();
        for (text, expected) in [
            ("2026-11-20T14:30:00Z", "2026-11-20T14:30:00Z"),
            ("2026-11-20 14:30", "2026-11-20T13:30:00Z"),
            ("2026-11-20", "2026-11-20T22:59:59.999999999Z"),
            ("yesterday 14:30", "2026-11-20T13:30:00Z"),
            ("13:00", "2026-11-21T12:00:00Z"),
            ("14:30", "2026-11-20T13:30:00Z"),
            ("2h ago", "2026-11-21T10:48:00Z"),
            ("2 hours ago", "2026-11-21T10:48:00Z"),
            ("today 9:15", "x"),
        ] {
            let found = moment(text, now, &zone).map(|t| t.to_string());
            assert_eq!(found.as_deref().unwrap_or("x"), expected, "{text}");
        }
        assert_eq!(moment("latest", now, &zone), None);
        assert_eq!(moment("chatbot_2026", now, &zone), None);
    }
}
