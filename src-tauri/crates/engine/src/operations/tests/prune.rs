use crate::catalog::{Operation, State, Verification, VerifyKind};
use crate::clock::Clock;
use crate::jobs::{Job, Monitor, Phase, Progress};
use crate::operations::prune::{self, PrunePlan, PruneReport};
use crate::operations::test_support::World;
use holdfast_domain::retention::{Policy, Reason};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome};
use std::sync::{Arc, Mutex, OnceLock, Weak};

/// Keeps one day's archive and no more.
fn world() -> World {
    let mut world = World::new();
    let retention = &mut world.profile.retention;
    (retention.hourly, retention.daily, retention.weekly, retention.monthly) = (0, 1, 0, 0);
    retention.manual_days = 0;
    world
}

/// A full archive with a daily and an hourly one upon it, and a day later a full one that makes them superfluous.
fn outdated(world: &World) -> [ArchiveName; 4] {
    let mut names = Vec::new();
    for (number, level) in [Level::Full, Level::Daily, Level::Hourly, Level::Full].into_iter().enumerate() {
        world.write("chat.json", format!("state {number}"));
        names.push(world.backup_as(level, Kind::Scheduled).archive);
        world.advance_hours(24);
    }
    names.try_into().unwrap()
}

fn plan(world: &World) -> PrunePlan {
    prune::plan(&world.context, &world.profile, &world.job()).unwrap()
}

fn prune(world: &World) -> PruneReport {
    let plan = plan(world);
    prune::run(&world.context, plan, &world.job()).unwrap()
}

fn here(world: &World) -> Vec<ArchiveName> {
    world.archives().list().unwrap().into_iter().map(|listed| listed.name).collect()
}

fn removed(report: &PruneReport) -> Vec<ArchiveName> {
    report.removed.iter().map(|removed| removed.name.clone()).collect()
}

#[test]
fn what_other_rules_would_take_is_what_a_prune_by_them_takes() {
    let mut world = World::new();
    outdated(&world);
    let generous = world.profile.retention.clone();
    assert_eq!(prune::change(&world.context, &world.profile, &generous).unwrap(), prune::Removes::default());
    assert_eq!(plan(&world).freed_bytes(), 0);
    let strict = Policy { hourly: 0, daily: 1, weekly: 0, monthly: 0, manual_days: 0 };
    let removes = prune::change(&world.context, &world.profile, &strict).unwrap();
    world.profile.retention = strict;
    let prune = plan(&world);
    let gone = prune.archives.iter().filter(|archive| !archive.keep).count() as u64;
    assert_eq!((removes.archives, removes.bytes), (gone, prune.freed_bytes()));
    assert_eq!(gone, 3);
    // What the present rules take too is not their doing.
    assert_eq!(prune::change(&world.context, &world.profile, &generous).unwrap(), prune::Removes::default());
}

#[test]
fn what_no_rule_keeps_goes_children_first() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    let dry = plan(&world);
    let (bytes, judged) = (dry.freed_bytes(), dry.archives.clone());
    assert_eq!(here(&world).len(), 4, "showing the plan removes nothing");
    assert_eq!(judged.iter().filter(|archive| archive.keep).count(), 1);
    assert_eq!(judged[0].name, newest);
    assert!(judged[0].reasons.contains(&Reason::Newest));

    let report = prune(&world);
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(removed(&report), [hourly, daily, full.clone()]);
    assert_eq!((report.freed_bytes, report.kept.len()), (bytes, 1));
    assert!(bytes > 0);
    assert_eq!(here(&world), [newest]);
    assert!(!world.archives().checksum(&full).exists());
    assert_eq!(world.catalog().archives().list(None).unwrap().len(), 1);
    assert!(world.catalog().manifests().get_manifest(&world.profile.id, &full).unwrap().is_none());
    let run = world.catalog().runs().recent(None, 1).unwrap().remove(0).run;
    assert_eq!((run.operation, run.files, run.stored_bytes), (Operation::Prune, 3, bytes));
}

#[test]
fn what_a_pinned_archive_needs_stays() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    world.catalog().archives().set_pinned(&world.profile.id, &daily, true).unwrap();
    let report = prune(&world);
    assert_eq!(removed(&report), [hourly]);
    assert_eq!(here(&world), [full, daily, newest]);
}

#[test]
fn a_pin_set_after_the_plan_still_counts() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    let plan = plan(&world);
    world.catalog().archives().set_pinned(&world.profile.id, &hourly, true).unwrap();
    let report = prune::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(removed(&report), []);
    assert_eq!(here(&world), [full, daily, hourly, newest]);
}

#[test]
fn what_was_not_shown_stays_and_so_does_what_it_needs() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    let shown = plan(&world);
    // A plan that somebody looks at holds no backup up.
    world.advance_hours(24);
    world.write("chat.json", "newer");
    let newer = world.backup_as(Level::Full, Kind::Scheduled).archive;
    let now = plan(&world);
    assert!(!now.archives.iter().any(|archive| archive.name == newest && archive.keep), "this test needs it to go");
    let report = prune::run(&world.context, shown, &world.job()).unwrap();
    assert_eq!(removed(&report), [hourly.clone(), daily.clone(), full.clone()]);
    assert_eq!(here(&world), [newest.clone(), newer]);
    assert_eq!(removed(&prune(&world)), [newest]);
}

#[test]
fn a_removal_that_was_killed_is_finished() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    // As after a kill: one archive's file is gone already, another's is not, both are marked.
    for name in [&hourly, &daily] {
        world.catalog().archives().set_state(&world.profile.id, name, State::Removing).unwrap();
    }
    std::fs::remove_file(world.archives().archive(&hourly)).unwrap();
    let plan = plan(&world);
    assert_eq!(plan.finished, [hourly.clone(), daily]);
    assert_eq!(here(&world), [full, newest]);
    assert!(!world.archives().checksum(&hourly).exists());
    assert_eq!(world.catalog().archives().list(None).unwrap().len(), 2);
}

#[test]
fn nothing_goes_while_an_archive_is_known_to_be_damaged() {
    let world = world();
    let [_, _, _, newest] = outdated(&world);
    let bad = Verification { at: world.clock.now(), kind: VerifyKind::Quick, ok: false };
    world.catalog().archives().set_verified(&world.profile.id, &newest, bad).unwrap();
    let report = prune(&world);
    assert_eq!(here(&world).len(), 4);
    assert!(report.alarm.unwrap().contains(newest.as_str()));
    assert!(report.kept.iter().any(|archive| archive.reasons == [Reason::Alarm]));
}

#[test]
fn nothing_goes_while_an_archive_is_cut_short() {
    let world = world();
    let [.., newest] = outdated(&world);
    let file = std::fs::OpenOptions::new().write(true).open(world.archives().archive(&newest)).unwrap();
    file.set_len(100).unwrap();
    let report = prune(&world);
    assert_eq!(report.outcome, Outcome::Problems);
    assert_eq!((here(&world).len(), report.problems[0].code), (4, Code::ArchiveDamaged));
}

#[test]
fn archives_that_the_catalog_does_not_know_are_left_alone_and_what_they_may_need_too() {
    let world = world();
    let [_, daily, ..] = outdated(&world);
    world.catalog().archives().remove(&world.profile.id, &daily).unwrap();
    let report = prune(&world);
    assert_eq!(report.problems[0].code, Code::CatalogIncomplete);
    assert_eq!(removed(&report), []);
    assert_eq!(here(&world).len(), 4);
}

#[test]
fn an_archive_that_is_not_there_does_not_stand_for_one() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    std::fs::remove_file(world.archives().archive(&newest)).unwrap();
    let report = prune(&world);
    assert_eq!(removed(&report), []);
    assert_eq!(here(&world), [full, daily, hourly]);
    assert_eq!(world.row(&newest).state, State::Missing);
}

#[test]
fn a_folder_that_does_not_look_like_holdfasts_is_not_touched() {
    let world = world();
    let [full, ..] = outdated(&world);
    let elsewhere = world.path().join("mine");
    std::fs::create_dir(&elsewhere).unwrap();
    let mut row = world.row(&full);
    std::fs::copy(world.archives().archive(&full), elsewhere.join(full.file_name())).unwrap();
    row.folder.clone_from(&elsewhere);
    world.catalog().archives().insert(&row).unwrap();
    let report = prune(&world);
    assert_eq!(report.problems[0].code, Code::UnsafePath, "{:?}", report.problems);
    assert!(elsewhere.join(full.file_name()).exists());
    assert_eq!(world.row(&full).state, State::Present);
}

#[test]
fn a_drive_that_is_away_is_not_judged() {
    let world = world();
    outdated(&world);
    std::fs::rename(world.path().join("drive"), world.path().join("away")).unwrap();
    let error = prune::plan(&world.context, &world.profile, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::DestinationMissing);
    assert_eq!(world.catalog().archives().list(None).unwrap().len(), 4);
}

#[test]
fn beside_another_run_none_is_planned_or_done() {
    let world = world();
    outdated(&world);
    let shown = plan(&world);
    let other = world.context.lock("bot", "a test").unwrap();
    let error = prune::plan(&world.context, &world.profile, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::Locked);
    let error = prune::run(&world.context, shown, &world.job()).unwrap_err();
    assert_eq!((error.code(), here(&world).len()), (Code::Locked, 4));
    drop(other);
    prune(&world);
    assert_eq!(here(&world).len(), 1);
}

/// Cancels its job once the first archive is gone.
#[derive(Default)]
struct CancelAfterOne(OnceLock<Mutex<Weak<Job>>>);

impl Monitor for CancelAfterOne {
    fn progress(&self, progress: &Progress) {
        if progress.phase == Phase::Removing && progress.files_done == 1 {
            self.0.get().unwrap().lock().unwrap().upgrade().unwrap().cancel();
        }
    }
}

#[test]
fn cancelled_between_two_archives_it_leaves_whole_ones() {
    let world = world();
    let [full, daily, hourly, newest] = outdated(&world);
    let plan = plan(&world);
    let monitor = Arc::new(CancelAfterOne::default());
    let job = Job::new(Arc::new(Running::default()), monitor.clone());
    monitor.0.set(Mutex::new(Arc::downgrade(&job))).unwrap();
    let report = prune::run(&world.context, plan, &job).unwrap();
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert_eq!(removed(&report), [hourly]);
    assert_eq!(here(&world), [full, daily.clone(), newest]);
    world.moment(&daily).check().unwrap();
    assert_eq!(world.catalog().runs().recent(None, 1).unwrap()[0].run.outcome, Outcome::Cancelled);
}

/// Each look at it is a second later, so that every step is reported.
#[derive(Default)]
struct Running(std::sync::atomic::AtomicU64);

impl Clock for Running {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}
