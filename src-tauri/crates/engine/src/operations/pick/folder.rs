//! The newest archive of a folder, by names alone: for a machine that knows nothing of it.
use super::horizon;
use crate::error::{Error, Result};
use crate::media::volume_of;
use holdfast_domain::{ArchiveName, Code};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// The newest archive that lies in a folder, or, where none does, in the one folder of archives below it: `folder` may be
/// the deployment's own folder, `Holdfast`, or the drive. Emergency archives do not count, and those dated after now only
/// where there are no others.
///
/// `Code::ArchiveMissing` where there is none, `Code::BadRequest` where there are archives of several deployments.
pub fn newest_in(folder: &Path, now: Timestamp) -> Result<PathBuf> {
    let mut places = vec![folder.to_owned()];
    for depth in 0..=2 {
        let holding: Vec<(&PathBuf, Vec<ArchiveName>)> =
            places.iter().map(|place| (place, archives(place))).filter(|(_, names)| !names.is_empty()).collect();
        match holding.as_slice() {
            [] => {}
            [(place, names)] => return Ok(place.join(newest(names, now).file_name())),
            several => {
                let shown: Vec<String> = several.iter().map(|(place, _)| place.display().to_string()).collect();
                let cause = format!("several folders in it hold archives; name one of them: {}", shown.join(", "));
                return Err(Error::new(Code::BadRequest, folder.display(), cause));
            }
        }
        let below = places.iter().flat_map(|place| folders(place, depth == 0));
        places = below.collect();
    }
    Err(Error::new(Code::ArchiveMissing, folder.display(), "the folder holds no archive"))
}

/// Sorted, so in the order of their times within a deployment.
fn archives(place: &Path) -> Vec<ArchiveName> {
    let names = std::fs::read_dir(place).into_iter().flatten().flatten().map(|item| item.file_name());
    let is_archive = |text: &str| {
        let whole = volume_of(text).filter(|(_, number)| *number == 1).map_or(text, |(whole, _)| whole);
        ArchiveName::parse(whole).filter(|name| name.file_name() == whole)
    };
    let mut found: Vec<ArchiveName> = names.filter_map(|name| name.to_str().and_then(is_archive)).collect();
    found.sort();
    found
}

/// The folders below; of a drive, its folder `Holdfast` alone.
fn folders(place: &Path, of_drive: bool) -> Vec<PathBuf> {
    let own = place.join("Holdfast");
    if of_drive && own.is_dir() {
        return vec![own];
    }
    let items = std::fs::read_dir(place).into_iter().flatten().flatten();
    items.map(|item| item.path()).filter(|path| path.is_dir()).collect()
}

fn newest(names: &[ArchiveName], now: Timestamp) -> &ArchiveName {
    let meant: Vec<&ArchiveName> = names.iter().filter(|name| !name.as_str().contains("_emergency-")).collect();
    let past = meant.iter().rfind(|name| made(name).is_some_and(|at| at <= horizon(now)));
    past.or(meant.last()).copied().unwrap_or(&names[names.len() - 1])
}

/// When an archive was made, as its name says.
fn made(name: &ArchiveName) -> Option<Timestamp> {
    let time = name.as_str().split('_').nth(1)?;
    DateTime::strptime("%Y-%m-%dT%H%M%SZ", time).ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_found_from_the_drive_and_from_each_folder_on_the_way() {
        let drive = tempfile::tempdir().unwrap();
        let folder = drive.path().join("Holdfast/bot");
        std::fs::create_dir_all(&folder).unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(newest_in(drive.path(), now).unwrap_err().code(), Code::ArchiveMissing);
        for name in [
            "bot_2026-11-20T020000Z_weekly-full",
            "bot_2026-11-21T020000Z_daily",
            "bot_2026-11-21T030000Z_emergency-hourly",
            "bot_2030-11-21T030000Z_daily",
        ] {
            std::fs::write(folder.join(format!("{name}.tar.zst.age")), "x").unwrap();
        }
        std::fs::write(folder.join("bot_2026-11-21T040000Z_daily.tar.zst.age.sha256"), "x").unwrap();
        let expected = folder.join("bot_2026-11-21T020000Z_daily.tar.zst.age");
        for place in [drive.path(), &drive.path().join("Holdfast"), &folder] {
            assert_eq!(newest_in(place, now).unwrap(), expected, "{}", place.display());
        }
        let other = drive.path().join("Holdfast/other");
        std::fs::create_dir(&other).unwrap();
        std::fs::copy(&expected, other.join("other_2026-11-21T020000Z_daily.tar.zst.age")).unwrap();
        assert_eq!(newest_in(drive.path(), now).unwrap_err().code(), Code::BadRequest);
        assert_eq!(newest_in(&folder, now).unwrap(), expected);
    }
}
