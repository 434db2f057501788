//! Rot is found by reading, and mended from where it is good.
use super::copy::Places;
use crate::jobs::{Job, Monitor, Phase, Progress};
use crate::operations::copy;
use crate::operations::upkeep::{self, Limits, SampleResult, UpkeepDue, UpkeepReport};
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Code, Level, Outcome};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn limits(bytes: u64) -> Limits {
    Limits { bytes, time: Duration::from_mins(15), cloud_bytes: bytes }
}

impl Places {
    fn home(&self) -> Folder {
        self.world.archives()
    }

    fn upkeep_due(&self) -> Option<UpkeepDue> {
        upkeep::due(&self.world.context, &self.profile, self.world.context.clock.now()).unwrap()
    }

    /// What is due, without a key: no sample is restored.
    fn keep_up(&self, bytes: u64) -> UpkeepReport {
        let plan = upkeep::plan(&self.world.context, &self.profile, limits(bytes)).unwrap();
        upkeep::run(&self.world.context, plan, None, &self.world.job()).unwrap()
    }

    /// A day passes after another, on each of which is done what is due, until something is found.
    fn day_on_which_it_is_found(&self) -> (i64, UpkeepReport) {
        for day in 1..=40 {
            self.world.advance_hours(24);
            if self.upkeep_due().is_none() {
                continue;
            }
            let report = self.keep_up(1 << 30);
            if report.outcome != Outcome::Done {
                return (day, report);
            }
        }
        panic!("nothing was found in forty days");
    }

    fn at_shelf(&self, archive: &ArchiveName) -> Vec<u8> {
        std::fs::read(self.shelf().archive(archive)).unwrap()
    }

    fn at_home(&self, archive: &ArchiveName) -> Vec<u8> {
        std::fs::read(self.home().archive(archive)).unwrap()
    }

    /// The shelf goes, or comes back.
    fn take_shelf(&self, away: bool) {
        let (here, there) = (self.world.path().join("shelf"), self.world.path().join("elsewhere"));
        let (from, to) = if away { (here, there) } else { (there, here) };
        std::fs::rename(from, to).unwrap();
    }

    fn overdue(&self) -> Vec<u64> {
        let standings = upkeep::standing(&self.world.context, &self.profile).unwrap();
        standings.iter().map(|one| one.overdue).collect()
    }
}

#[test]
fn a_bit_that_flips_on_a_copy_is_found_within_a_month_and_mended_from_the_archive() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    places.world.advance_hours(72);
    spoil(&places.shelf().archive(&full));
    let (day, report) = places.day_on_which_it_is_found();
    assert!(day <= 30, "found on day {day}");
    assert_eq!((report.outcome, report.problems[0].code), (Outcome::Problems, Code::ChecksumMismatch), "{report:?}");
    let repaired: Vec<_> = report.repaired.iter().map(|one| (&one.archive, one.place.as_str())).collect();
    assert_eq!(repaired, [(&full, "shelf")]);
    assert!(places.at_shelf(&full) == places.at_home(&full));
    assert!(places.upkeep_due().is_none() && places.due().is_empty());
}

#[test]
fn an_archive_that_rots_is_mended_when_the_drive_with_its_copy_is_there() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    let good = places.at_home(&full);
    spoil(&places.home().archive(&full));
    places.take_shelf(true);
    let (day, report) = places.day_on_which_it_is_found();
    assert!(day <= 30, "found on day {day}");
    assert_eq!((report.outcome, report.repaired.len()), (Outcome::Failed, 0), "{report:?}");
    assert!(places.world.row(&full).verified.is_some_and(|verified| !verified.ok));
    places.world.advance_hours(30);
    assert_eq!(places.upkeep_due(), None, "nothing can be done");
    places.take_shelf(false);
    assert_eq!(places.upkeep_due().unwrap().repairs, 1);
    let report = places.keep_up(1 << 30);
    assert_eq!(report.repaired.len(), 1, "{report:?}");
    assert!(places.at_home(&full) == good);
    assert!(places.world.row(&full).verified.is_some_and(|verified| verified.ok));
}

#[test]
fn where_all_are_rotten_that_is_said_and_none_replaces_another() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    spoil(&places.home().archive(&full));
    let bad_copy = {
        let path = places.shelf().archive(&full);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        bytes
    };
    let bad = places.at_home(&full);
    let (_, report) = places.day_on_which_it_is_found();
    assert_eq!((report.outcome, report.repaired.len()), (Outcome::Failed, 0), "{report:?}");
    assert_eq!(report.places.iter().map(|place| place.damaged.len()).collect::<Vec<_>>(), [1, 1]);
    assert!(places.at_home(&full) == bad && places.at_shelf(&full) == bad_copy);
    for _ in 0..40 {
        places.world.advance_hours(24);
        assert_eq!(places.upkeep_due(), None, "what is known is not found again and again");
    }
}

#[test]
fn a_copy_that_rotted_unseen_repairs_nothing_and_is_known_from_then_on() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    // The copy was read later than the archive, so it is not due yet.
    places.world.advance_hours(24 * 10);
    copy::check(&places.world.context, &places.profile, &copy::CopyRequest::default(), &places.world.job()).unwrap();
    spoil(&places.home().archive(&full));
    spoil(&places.shelf().archive(&full));
    places.world.advance_hours(24 * 5);
    let report = places.keep_up(1 << 30);
    assert_eq!((report.outcome, report.repaired.len()), (Outcome::Failed, 0), "{report:?}");
    let copies = places.world.catalog().copies().list(&places.profile.id, None).unwrap();
    assert!(copies[0].verified.is_some_and(|(_, _, ok)| !ok));
    assert_eq!(places.upkeep_due(), None);
}

/// Cancels its job when it copies.
#[derive(Default)]
struct Pull(OnceLock<Arc<Job>>);

impl Monitor for Pull {
    fn progress(&self, progress: &Progress) {
        if progress.phase == Phase::Copying
            && let Some(job) = self.0.get()
        {
            job.cancel();
        }
    }
}

#[test]
fn a_repair_that_is_cut_off_leaves_what_was_there_and_is_done_the_next_time() {
    let places = Places::new();
    places.world.write("noise", holdfast_noise(3 << 20));
    let full = places.made(Level::Full);
    places.copy();
    let good = places.at_home(&full);
    spoil(&places.home().archive(&full));
    let bad = places.at_home(&full);
    places.world.advance_hours(24 * 15);
    let pull = Arc::new(Pull::default());
    let job = Job::new(places.world.clock.clone(), pull.clone());
    let _ = pull.0.set(job.clone());
    let plan = upkeep::plan(&places.world.context, &places.profile, limits(1 << 30)).unwrap();
    let stopped = upkeep::run(&places.world.context, plan, None, &job).unwrap_err();
    assert!(stopped.is_cancelled());
    assert!(places.at_home(&full) == bad, "the damaged one stays until a good one was read back");
    // As a kill leaves it: some of the good one, and of that some is not what it should be.
    let partial = places.home().archive(&full).with_file_name(format!("{}.partial", full.file_name()));
    let mut begun = good[..good.len() * 2 / 3].to_vec();
    begun[good.len() / 2] ^= 4;
    std::fs::write(&partial, begun).unwrap();
    assert_eq!(places.upkeep_due().unwrap().repairs, 1);
    let report = places.keep_up(1 << 30);
    assert_eq!(report.repaired.len(), 1, "{report:?}");
    assert!(places.at_home(&full) == good && !partial.exists());
}

/// Bytes that do not compress.
fn holdfast_noise(count: u32) -> Vec<u8> {
    let mut state = 7_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(next).collect()
}

#[test]
fn a_share_is_kept_and_the_next_one_goes_on_behind_it() {
    let places = Places::new();
    places.world.write("noise", holdfast_noise(2 << 20));
    let first = places.made(Level::Full);
    places.world.advance_hours(1);
    places.made(Level::Hourly);
    places.copy();
    places.world.advance_hours(24 * 15);
    // Longer than a share: it is read in parts, and still compared as a whole.
    let share = 600_000;
    let mut read = [0, 0];
    let mut turns = 0;
    spoil(&places.shelf().archive(&first));
    while let Some(due) = places.upkeep_due().filter(|due| !due.places.is_empty()) {
        turns += 1;
        assert!(turns < 20, "{due:?}");
        let report = places.keep_up(share);
        for (place, sum) in report.places.iter().zip(&mut read) {
            assert!(place.bytes <= share, "{place:?}");
            *sum += place.bytes;
        }
        let told: Vec<_> = report.places.iter().flat_map(|place| &place.damaged).collect();
        assert!(told.is_empty() || (told == [&first] && report.repaired.len() == 1), "{report:?}");
        assert!(places.upkeep_due().is_none(), "the next share has its time");
        places.world.advance_hours(1);
    }
    assert!(turns >= 4, "{turns}");
    let rows = places.world.catalog().archives().list(Some(&places.profile.id)).unwrap();
    let all: u64 = rows.iter().map(|row| row.stored_bytes).sum();
    assert_eq!(read, [all, all], "each byte once");
    assert_eq!(places.overdue(), [0, 0]);
    assert!(places.at_shelf(&first) == places.at_home(&first), "what was found in parts was mended");
}

#[test]
fn a_drive_that_comes_at_weekends_is_read_in_time_and_one_that_stays_away_is_overdue() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    let mut away = false;
    for day in 1..=84 {
        places.world.advance_hours(24);
        let weekend = day % 7 >= 5;
        if away == weekend {
            places.take_shelf(!away);
            away = !away;
        }
        if places.upkeep_due().is_some() {
            assert_eq!(places.keep_up(1 << 30).outcome, Outcome::Done);
        }
        assert_eq!(places.overdue(), [0, 0], "day {day}");
    }
    if !away {
        places.take_shelf(true);
    }
    places.world.advance_hours(24 * 31);
    places.keep_up(1 << 30);
    assert_eq!(places.overdue(), [0, 1]);
    let standings = upkeep::standing(&places.world.context, &places.profile).unwrap();
    assert!(standings[1].unread_since.unwrap() > places.world.row(&full).created);
    places.take_shelf(false);
    places.keep_up(1 << 30);
    assert_eq!(places.overdue(), [0, 0]);
}

#[test]
fn a_sample_comes_out_as_it_was_captured_once_a_week() {
    let places = Places::new();
    places.world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    let full = places.made(Level::Full);
    let sampled = |key: bool| {
        let plan = upkeep::plan(&places.world.context, &places.profile, limits(1 << 30)).unwrap();
        let reading = key.then(|| places.world.reading());
        upkeep::run(&places.world.context, plan, reading.as_ref(), &places.world.job()).unwrap().sample
    };
    assert!(places.upkeep_due().unwrap().sample);
    let sample = sampled(true).unwrap();
    assert_eq!((sample.result, sample.archive, sample.files, sample.databases), (SampleResult::Restored, full, 2, 1));
    assert!(places.upkeep_due().is_none() && sampled(true).is_none());
    places.world.advance_hours(24 * 7);
    assert_eq!(sampled(false).unwrap().result, SampleResult::NoKey);
    let scratch = std::fs::read_dir(places.world.context.home.scratch()).unwrap();
    let left = scratch.filter(|item| item.as_ref().unwrap().file_name().to_string_lossy().starts_with("verify-"));
    assert_eq!(left.count(), 0, "what was restored is gone again");
}

#[test]
fn a_sample_that_does_not_come_out_names_the_file_and_is_mended_like_rot() {
    let places = Places::new();
    places.world.write("letters", holdfast_noise(1 << 20));
    let full = places.made(Level::Full);
    places.copy();
    spoil(&places.home().archive(&full));
    let reading = places.world.reading();
    let plan = upkeep::plan(&places.world.context, &places.profile, limits(1 << 30)).unwrap();
    let report = upkeep::run(&places.world.context, plan, Some(&reading), &places.world.job()).unwrap();
    let sample = report.sample.unwrap();
    assert_eq!((report.outcome, sample.result), (Outcome::Failed, SampleResult::Damaged));
    assert!(sample.problems[0].subject.starts_with("data/letters in "), "{:?}", sample.problems);
    assert_eq!(report.repaired.len(), 1);
    assert!(places.at_home(&full) == places.at_shelf(&full));
}

#[test]
fn an_archive_that_was_written_wrong_is_not_called_good_because_a_copy_is_alike() {
    use crate::catalog::{Verification, VerifyKind};
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    let bad = Verification { at: places.world.row(&full).created, kind: VerifyKind::Full, ok: false };
    places.world.catalog().archives().set_verified(&places.profile.id, &full, bad).unwrap();
    assert!(places.upkeep_due().is_none_or(|due| due.repairs == 0));
    let report = copy::repair(&places.world.context, &places.profile, &places.world.job()).unwrap();
    assert_eq!((report.outcome, report.problems[0].code), (Outcome::Problems, Code::ArchiveDamaged), "{report:?}");
    assert_eq!(places.world.row(&full).verified, Some(bad));
}
