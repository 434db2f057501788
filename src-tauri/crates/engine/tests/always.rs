//! Protection by itself, through what happens to a computer: each ends quiet and correct, with one notice at most.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::domain::schedule::Change;
use holdfast_engine::domain::{Code, Kind, Level, Outcome};
use holdfast_engine::operations::backup::{self, BackupRequest};
use holdfast_engine::operations::destinations::{self, AddRequest};
use holdfast_engine::scheduler::{self, Event, NoChanges, Options, Scheduler};
use jiff::SignedDuration;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use support::computer::{Computer, local};

/// On, with its first full archive of 2101-06-01 10:02, at 10:30.
fn running() -> Computer {
    let mut computer = Computer::new("2101-06-01 10:00");
    computer.start();
    computer.run_until("2101-06-01 10:30");
    assert_eq!(
        computer.told(),
        ["06-01 10:02 full begins: there is no full archive yet", "06-01 10:02 full made, Done"]
    );
    computer
}

fn made(computer: &Computer) -> Vec<String> {
    let told = computer.told();
    let made = told.iter().filter(|line| line.contains(" made, ")).map(|line| line.replace(":01", ":00"));
    made.collect()
}

/// By how much the deployment of this test begins later, which its random id decides: times are compared to the minute.
fn settle(computer: &mut Computer) -> SignedDuration {
    holdfast_engine::domain::schedule::jitter(&computer.profile.id, &computer.profile.schedule)
}

#[test]
fn nothing_begins_at_login_and_each_hour_has_its_archive() {
    let mut computer = running();
    assert!(settle(&mut computer) < SignedDuration::from_mins(1));
    computer.run_until("2101-06-01 13:30");
    assert_eq!(
        made(&computer),
        ["06-01 11:00 hourly made, Done", "06-01 12:00 hourly made, Done", "06-01 13:00 hourly made, Done"]
    );
    assert!(computer.noticed().is_empty());
    // The program ends and begins again: nothing is made a second time.
    computer.shut_down();
    computer.start();
    computer.run_for(20);
    assert!(computer.told().is_empty());
}

#[test]
fn a_computer_that_slept_over_windows_catches_up_once_a_little_after_waking() {
    let mut computer = running();
    computer.sleep_until("2101-06-01 15:20");
    computer.run_until("2101-06-01 15:21");
    assert_eq!(computer.told(), ["06-01 15:20 woke"], "it has other things to do first");
    computer.run_until("2101-06-01 15:50");
    assert_eq!(
        computer.told(),
        [
            "06-01 15:22 hourly begins: due since 11:00, the computer was off or asleep; the newest archive is 320 minutes old, \
             the interval is 60",
            "06-01 15:22 hourly made, Done",
        ]
    );
    // Shut down for three nights: one daily archive.
    computer.shut_down();
    computer.sleep_until("2101-06-04 08:30");
    computer.start();
    computer.run_until("2101-06-04 08:50");
    let told = computer.told();
    assert!(
        told[0].starts_with("06-04 08:32 daily begins: due since 2101-06-02 02:00, the computer was off or asleep; "),
        "{told:?}"
    );
    assert_eq!(told[1..], ["06-04 08:32 daily made, Done"]);
    assert!(computer.noticed().is_empty());
}

#[test]
fn a_clock_that_is_set_back_is_seen_and_the_hours_have_their_archives() {
    let mut computer = running();
    computer.run_until("2101-06-01 13:30");
    computer.told();
    computer.set_clock("2101-06-01 10:30");
    computer.run_until("2101-06-01 12:30");
    let told = computer.told();
    assert_eq!(told[0], "06-01 10:30 clock set back");
    let made: Vec<_> = told.iter().filter(|line| line.contains(" made, ")).collect();
    assert_eq!(made, ["06-01 11:00 hourly made, Done", "06-01 12:00 hourly made, Done"]);
    // A program that was started after it knows it as well.
    computer.shut_down();
    computer.start();
    computer.run_until("2101-06-01 13:10");
    assert_eq!(self::made(&computer), ["06-01 13:00 hourly made, Done"]);
    assert!(computer.noticed().is_empty());
}

#[test]
fn a_locked_keyring_is_waited_for() {
    let mut computer = running();
    computer.keyring.locked.store(true, Ordering::Relaxed);
    computer.run_until("2101-06-01 11:10");
    let told = computer.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("hourly waits for the keyring to be unlocked, until 06-01 11:3"), "{told:?}");
    computer.keyring.locked.store(false, Ordering::Relaxed);
    computer.run_until("2101-06-01 11:12");
    let told = computer.told();
    assert!(told[0].contains("waited for the keyring; "), "{told:?}");
    assert!(told[1].ends_with("hourly made, Done"), "{told:?}");
    assert!(computer.noticed().is_empty());
}

#[test]
fn a_keyring_that_stays_locked_holds_no_archive_up_for_longer_than_half_an_hour_and_is_told_once() {
    let mut computer = running();
    computer.keyring.locked.store(true, Ordering::Relaxed);
    computer.run_until("2101-06-01 14:10");
    let made = made(&computer);
    assert_eq!(made.len(), 4, "{made:?}");
    assert!(made.iter().all(|line| line.ends_with("hourly made, Problems")), "{made:?}");
    assert_eq!(computer.noticed(), ["Problems signing-key-unavailable"]);
    // It was solved in between: another time is told again.
    computer.keyring.locked.store(false, Ordering::Relaxed);
    computer.run_until("2101-06-01 15:10");
    computer.keyring.locked.store(true, Ordering::Relaxed);
    computer.run_until("2101-06-01 17:10");
    assert_eq!(computer.noticed(), ["Problems signing-key-unavailable"]);
}

#[test]
fn what_fails_is_told_once_tried_less_and_less_often_and_told_again_only_after_it_was_solved() {
    let mut computer = running();
    let away = computer.path().join("away");
    std::fs::rename(computer.data(), &away).unwrap();
    std::fs::create_dir(computer.data()).unwrap();
    computer.run_until("2101-06-01 13:59");
    let failed = computer.told().iter().filter(|line| line.contains("Backup failed: root-empty")).count();
    assert!((4..=7).contains(&failed), "{failed} tries in three hours");
    assert_eq!(computer.noticed(), ["Backup root-empty"]);
    // Also over a new start.
    computer.shut_down();
    computer.start();
    computer.run_until("2101-06-01 15:30");
    assert!(computer.noticed().is_empty());
    std::fs::remove_dir(computer.data()).unwrap();
    std::fs::rename(&away, computer.data()).unwrap();
    computer.run_until("2101-06-01 16:50");
    let told = computer.told();
    assert!(told.iter().any(|line| line.contains("an earlier try failed; ")), "{told:?}");
    assert!(told.iter().any(|line| line.ends_with("hourly made, Done")), "{told:?}");
    std::fs::rename(computer.data(), &away).unwrap();
    std::fs::create_dir(computer.data()).unwrap();
    computer.run_until("2101-06-01 18:30");
    assert_eq!(computer.noticed(), ["Backup root-empty"]);
}

#[test]
fn a_place_that_is_away_is_waited_for() {
    let mut computer = running();
    let away = computer.path().join("away");
    std::fs::rename(computer.shelf(), &away).unwrap();
    computer.run_until("2101-06-02 10:50");
    let told = computer.told();
    assert!(told[0].ends_with("hourly waits for the drive or folder that archives are made on"), "{told:?}");
    // Once for the hour, once for the day.
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(computer.noticed().is_empty());
    computer.run_until("2101-06-03 12:00");
    // That the chatbot is not backed up is told by its recovery points.
    assert!(computer.noticed().is_empty());
    std::fs::rename(&away, computer.shelf()).unwrap();
    computer.run_for(6);
    let told = computer.told();
    assert!(told[0].contains("daily begins: due since 2101-06-02 02:00, waited for the drive; "), "{told:?}");
    assert!(told[1].ends_with("daily made, Done"), "{told:?}");
}

#[test]
fn a_pause_outlives_the_program_and_ends_by_itself() {
    let mut computer = running();
    scheduler::pause(&computer.context, &computer.profile.id, local("2101-06-01 12:30")).unwrap();
    computer.run_until("2101-06-01 11:30");
    let told = computer.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("hourly paused until 06-01 12:30"), "{told:?}");
    computer.shut_down();
    computer.start();
    computer.run_until("2101-06-01 12:29");
    computer.told();
    computer.run_until("2101-06-01 12:40");
    let told = computer.told();
    assert!(told[0].starts_with("06-01 12:30 hourly begins: due since 11:00, was paused; "), "{told:?}");
    assert!(computer.noticed().is_empty());
    // One that is ended by hand.
    scheduler::pause(&computer.context, &computer.profile.id, local("2101-06-10 00:00")).unwrap();
    assert!(scheduler::resume(&computer.context, &computer.profile.id).unwrap());
    assert!(!scheduler::resume(&computer.context, &computer.profile.id).unwrap());
    computer.run_until("2101-06-01 13:10");
    assert_eq!(made(&computer), ["06-01 13:00 hourly made, Done"]);
    let over = scheduler::pause(&computer.context, &computer.profile.id, local("2101-06-01 11:00")).unwrap_err();
    assert_eq!(over.code(), Code::BadRequest);
    let long = scheduler::pause(&computer.context, &computer.profile.id, local("2101-08-01 11:00")).unwrap_err();
    assert_eq!(long.code(), Code::BadRequest);
}

#[test]
fn the_battery_is_spared_where_that_is_wanted() {
    let mut computer = running();
    computer.change(|profile| profile.schedule.min_battery_percent = 30);
    *computer.hands.battery.lock().unwrap() = Some(20);
    computer.run_until("2101-06-01 11:30");
    assert!(computer.told()[0].ends_with("waits for power: 20 % of battery, 30 % wanted"));
    *computer.hands.battery.lock().unwrap() = None;
    computer.run_for(6);
    assert!(computer.told()[0].contains("due since 11:00, waited for power; "));
}

#[test]
fn one_program_makes_what_is_due_and_another_run_is_waited_for_in_silence() {
    let mut computer = running();
    let second = Scheduler::begin(
        computer.context.clone(),
        computer.hands.clone(),
        Box::new(NoChanges),
        Options::default(),
        "another",
    );
    let refused = second.err().unwrap();
    assert_eq!(refused.code(), Code::Locked);
    assert!(refused.cause().starts_with("the test (process "), "{refused}");
    assert!(scheduler::owner(&computer.context.home).unwrap().starts_with("the test"));

    let lock = computer.context.lock("bot", "a restore").unwrap();
    computer.run_until("2101-06-01 11:30");
    let told = computer.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("hourly waits for another run to end"), "{told:?}");
    drop(lock);
    computer.run_until("2101-06-01 11:35");
    assert!(computer.told()[0].contains("due since 11:00, waited for another run; "));
    // What somebody else made meanwhile is not made again.
    let lock = computer.context.lock("bot", "a backup").unwrap();
    computer.run_until("2101-06-01 12:20");
    drop(lock);
    let request = BackupRequest { level: Some(Level::Hourly), kind: Kind::Manual, ..BackupRequest::default() };
    let job = computer.job();
    let plan = backup::plan(&computer.context, &computer.profile, request, &job).unwrap();
    backup::run(&computer.context, plan, &job).unwrap();
    computer.told();
    computer.run_until("2101-06-01 12:58");
    assert!(computer.told().is_empty());
    assert!(computer.noticed().is_empty());
    // No run of these is kept as a failure.
    let runs = computer.context.catalog().unwrap().0.runs().recent(Some(&computer.profile.id), 50).unwrap();
    assert!(runs.iter().all(|row| row.run.problems.is_empty()));
}

#[test]
fn work_that_is_cancelled_is_no_trouble() {
    let mut computer = running();
    computer.hands.cancels.store(true, Ordering::Relaxed);
    computer.run_until("2101-06-01 11:20");
    let told = computer.told();
    assert!(told.iter().any(|line| line.ends_with("Backup cancelled")), "{told:?}");
    assert!(computer.noticed().is_empty());
    computer.hands.cancels.store(false, Ordering::Relaxed);
    computer.run_until("2101-06-01 12:10");
    let made = made(&computer);
    assert!(!made.is_empty() && made.len() <= 2, "{made:?}");
    // Cancelled because the program ends: the next start makes it, as if nothing had been.
    computer.hands.cancels.store(true, Ordering::Relaxed);
    computer.run_until("2101-06-01 12:59");
    computer.hands.stops.store(true, Ordering::Relaxed);
    computer.run_until("2101-06-01 13:05");
    computer.shut_down();
    computer.told();
    computer.hands.cancels.store(false, Ordering::Relaxed);
    computer.hands.stops.store(false, Ordering::Relaxed);
    computer.start();
    computer.run_until("2101-06-01 13:10");
    assert_eq!(self::made(&computer).len(), 1);
}

#[test]
fn a_burst_of_changes_is_one_archive_that_comes_soon() {
    let mut computer = running();
    std::fs::write(computer.data().join(".env"), "KEY=2\n").unwrap();
    let change = |settled| Some(Change { since: local("2101-06-01 10:30"), settled });
    *computer.seen.0.lock().unwrap() = change(false);
    computer.run_until("2101-06-01 10:31");
    *computer.seen.0.lock().unwrap() = change(true);
    computer.run_until("2101-06-01 10:50");
    let told = computer.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with("hourly begins: the configuration changed"), "{told:?}");
    // Seen, and not archived when the program ended: it is not forgotten.
    *computer.seen.0.lock().unwrap() = Some(Change { since: local("2101-06-01 10:50"), settled: false });
    computer.run_until("2101-06-01 10:51");
    computer.shut_down();
    computer.start();
    computer.run_until("2101-06-01 10:58");
    let told = computer.told();
    assert!(told.iter().any(|line| line.ends_with("hourly begins: the configuration changed")), "{told:?}");
}

fn add_copies_to(computer: &mut Computer, place: &Path) {
    std::fs::create_dir(place).unwrap();
    let request =
        AddRequest { name: Some("Stick".to_owned()), path: place.to_owned(), drive: None, volume_bytes: None };
    let plan = destinations::plan(&computer.profile, &computer.context, request).unwrap();
    destinations::add(&computer.context, &computer.profile, plan).unwrap();
    computer.change(|_| ());
}

#[test]
fn copies_go_to_a_drive_when_it_appears_and_one_that_is_pulled_amid_a_copy_gets_them_when_it_is_back() {
    let mut computer = running();
    let (stick, pulled) = (computer.path().join("stick"), computer.path().join("pulled"));
    add_copies_to(&mut computer, &stick);
    std::fs::rename(&stick, &pulled).unwrap();
    computer.run_until("2101-06-01 11:30");
    assert_eq!(made(&computer).len(), 1);
    // Plugged in: at once.
    std::fs::rename(&pulled, &stick).unwrap();
    computer.scheduler.as_mut().unwrap().drives_changed();
    computer.run_for(1);
    assert_eq!(computer.told(), ["06-01 11:30 2 copied to Stick, 0 due"]);

    // The next one is pulled while it is copied.
    let (from, to) = (stick.clone(), pulled.clone());
    *computer.hands.on_progress.lock().unwrap() = Some(Arc::new(Box::new(move |progress| {
        if progress.phase == holdfast_engine::jobs::Phase::Copying && progress.current.is_some() {
            let _ = std::fs::rename(&from, &to);
        }
    })));
    computer.run_until("2101-06-01 12:30");
    *computer.hands.on_progress.lock().unwrap() = None;
    let told = computer.told();
    assert!(told.iter().any(|line| line.ends_with("hourly made, Done")), "{told:?}");
    assert!(computer.noticed().len() <= 1);
    if pulled.exists() {
        std::fs::rename(&pulled, &stick).unwrap();
    }
    computer.scheduler.as_mut().unwrap().drives_changed();
    computer.run_until("2101-06-01 12:40");
    let names = |folder: &Path| {
        let items = std::fs::read_dir(folder.join("Holdfast").join("bot")).unwrap();
        let mut names: Vec<_> = items.map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| {
            name.starts_with("bot_") && Path::new(name).extension().is_some_and(|ending| ending == "age")
        });
        names.sort();
        names
    };
    assert_eq!(names(&stick), names(&computer.shelf()));
    assert!(computer.noticed().is_empty());
}

#[test]
fn a_full_disk_in_the_night_is_told_once_and_got_over() {
    let mut computer = running();
    let shelf = computer.shelf();
    let aside = computer.path().join("aside");
    std::fs::rename(&shelf, &aside).unwrap();
    std::fs::create_dir(&shelf).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&shelf).output();
    if !mounted.is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: a small disk cannot be mounted here");
        return;
    }
    let _unmount = Unmount(shelf.clone());
    let copied = Command::new("cp").arg("-a").arg(format!("{}/.", aside.display())).arg(&shelf).status();
    assert!(copied.unwrap().success());
    // What somebody else wrote there leaves nothing.
    let filler = shelf.join("filler");
    let _ = std::fs::write(&filler, vec![7; 8 << 20]);
    std::fs::write(computer.data().join("upload.bin"), noise(600_000)).unwrap();
    computer.run_until("2101-06-02 04:30");
    let told = computer.told();
    assert!(told.iter().any(|line| line.contains("Backup failed: not-enough-space")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains(" made, ")), "{told:?}");
    assert_eq!(computer.noticed(), ["Backup not-enough-space"]);
    std::fs::remove_file(&filler).unwrap();
    computer.run_until("2101-06-02 05:40");
    let told = computer.told();
    assert!(told.iter().any(|line| line.ends_with("daily made, Done")), "{told:?}");
    assert!(computer.noticed().is_empty());
    let left: Vec<_> =
        std::fs::read_dir(shelf.join("Holdfast/bot")).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".partial")), "{left:?}");
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Nothing makes it smaller.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn settings_that_cannot_be_used_are_told_once_and_hold_no_other_up() {
    let mut computer = running();
    let broken = computer.context.home.deployments().join("broken.toml");
    std::fs::write(&broken, "version = 1\nthis is none\n").unwrap();
    computer.run_until("2101-06-01 12:30");
    let told = computer.told();
    assert_eq!(told.iter().filter(|line| line.contains("Look failed: bad-settings")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains(" made, ")).count(), 2, "{told:?}");
    assert_eq!(computer.noticed(), ["Settings bad-settings"]);
}

#[test]
fn what_is_there_is_read_again_and_a_sample_is_restored_each_week() {
    let mut computer = running();
    computer.change(|profile| profile.schedule.hourly_minutes = 0);
    computer.hands.events.lock().unwrap().clear();
    computer.run_until("2101-06-17 12:00");
    let events = computer.hands.events.lock().unwrap();
    let kept_up: Vec<_> = events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Upkept { outcome: Outcome::Done, archives, sample, .. } => Some((*archives, sample.is_some())),
            _ => None,
        })
        .collect();
    assert!(kept_up.iter().filter(|(_, sample)| *sample).count() >= 2, "{kept_up:?}");
    assert!(kept_up.iter().any(|(archives, _)| *archives > 0), "{kept_up:?}");
    drop(events);
    // Damage is found within a month, and told once.
    let path = computer.shelf().join("Holdfast/bot");
    for item in
        std::fs::read_dir(&path).unwrap().flatten().filter(|item| item.path().extension().is_some_and(|e| e == "age"))
    {
        let mut bytes = std::fs::read(item.path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(item.path(), bytes).unwrap();
    }
    computer.run_until("2101-07-17 12:00");
    let noticed = computer.noticed();
    assert_eq!(noticed.iter().filter(|line| line.starts_with("Upkeep ")).count(), 1, "{noticed:?}");
}
