use crate::catalog::{ArchiveRow, State, Verification, VerifyKind};
use crate::clock::Clock;
use crate::operations::soundness::{Archives, Soundness};
use crate::operations::test_support::World;
use crate::operations::{pick, prune, rebuild};
use holdfast_domain::{Code, Kind, Level, Outcome};

fn rebuild(world: &World) -> rebuild::RebuildReport {
    rebuild::run(&world.context, &world.profile, &world.reading(), &world.job()).unwrap()
}

/// A full archive and a daily one upon it.
fn two(world: &World) -> [holdfast_domain::ArchiveName; 2] {
    world.write("chats/one.json", "one");
    // Nothing compresses it, so that the archive is longer than one piece of its encryption.
    let mut noise = vec![0; 400_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("large.bin", noise);
    let full = world.backup(Level::Full).archive;
    world.advance_hours(24);
    world.write("chats/two.json", "two");
    [full, world.backup(Level::Daily).archive]
}

fn forget_catalog(world: &World) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(world.path().join(format!("home/catalog.db{ending}")));
    }
}

#[test]
fn a_lost_catalog_comes_back_as_it_was() {
    let world = World::new();
    let names = two(&world);
    // When each was compared last is in no archive.
    let before: Vec<_> = names.iter().map(|name| ArchiveRow { verified: None, ..world.row(name) }).collect();
    forget_catalog(&world);
    let report = rebuild(&world);
    assert_eq!((report.outcome, &report.recorded[..]), (Outcome::Done, &names[..]), "{:?}", report.problems);
    let after: Vec<_> = names.iter().map(|name| world.row(name)).collect();
    assert_eq!(after, before);
    world.moment(&names[1]).check().unwrap();
    assert_eq!(world.catalog().deployments().get(&world.profile.id).unwrap().unwrap().name, world.profile.name);
    // The next backup builds upon what was rebuilt, block lists included.
    world.advance_hours(24);
    let next = world.backup(Level::Daily);
    assert_eq!((next.level, next.files_read), (Level::Daily, 1), "only two.json is new since the full one");
}

#[test]
fn pins_and_verifications_stay() {
    let world = World::new();
    let [full, _] = two(&world);
    let catalog = world.catalog();
    let verified = Verification { at: world.clock.now(), kind: VerifyKind::Full, ok: true };
    catalog.archives().set_pinned(&world.profile.id, &full, true).unwrap();
    catalog.archives().set_verified(&world.profile.id, &full, verified).unwrap();
    rebuild(&world);
    let row = world.row(&full);
    assert_eq!((row.pinned, row.verified), (true, Some(verified)));
}

#[test]
fn one_unreadable_archive_does_not_stop_the_rest() {
    let world = World::new();
    let [full, daily] = two(&world);
    forget_catalog(&world);
    let path = world.archives().archive(&full);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let report = rebuild(&world);
    assert_eq!(report.outcome, Outcome::Problems);
    assert_eq!(report.recorded, [daily]);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert_eq!(report.problems[0].subject, path.display().to_string());
}

#[test]
fn an_archive_that_cannot_be_opened_is_known_as_damaged_and_holds_up_only_what_needs_it() {
    let mut world = World::new();
    let retention = &mut world.profile.retention;
    (retention.hourly, retention.daily, retention.weekly, retention.monthly) = (0, 1, 0, 0);
    retention.manual_days = 0;
    let [full, daily] = two(&world);
    world.advance_hours(24);
    let sound = world.backup_as(Level::Full, Kind::Scheduled).archive;
    let path = world.archives().archive(&full);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    forget_catalog(&world);
    for _ in 0..2 {
        let report = rebuild(&world);
        assert_eq!(report.outcome, Outcome::Problems);
        assert!(report.problems[0].cause.contains("move it elsewhere or delete it"), "{:?}", report.problems);
        let rows = world.catalog().archives().list(Some(&world.profile.id)).unwrap();
        assert_eq!(pick::unknown(&world.profile, &rows), [], "nothing is left to rebuild");
        assert!(world.row(&full).verified.is_some_and(|v| !v.ok));
        assert_eq!(Archives::of(&rows).soundness(&world.row(&daily)), Soundness::NeedsDamaged);
    }
    // Long after, nothing keeps archives of that age but what is special: the damaged one is left alone.
    world.advance_hours(24 * 400);
    let last = world.backup_as(Level::Full, Kind::Scheduled).archive;
    world.advance_hours(2);
    let plan = prune::plan(&world.context, &world.profile, &world.job()).unwrap();
    assert_eq!(plan.alarm, None);
    let kept: Vec<_> = plan.archives.iter().filter(|judged| judged.keep).map(|judged| judged.name.clone()).collect();
    assert_eq!(kept, [last, daily, full.clone()], "{:?}", plan.archives);
    assert!(plan.archives.iter().any(|judged| judged.name == sound && !judged.keep));
    drop(plan);
    // A sound file in its place is sound again.
    std::fs::write(&path, whole).unwrap();
    rebuild(&world);
    assert!(world.row(&full).verified.is_some_and(|v| v.ok));
}

#[test]
fn a_damaged_archive_keeps_the_hash_that_was_written() {
    let world = World::new();
    let [full, _] = two(&world);
    let written = world.row(&full).sha256;
    let path = world.archives().archive(&full);
    let mut bytes = std::fs::read(&path).unwrap();
    // In the payload, far from the lists at the end.
    bytes[600] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    for forget in [false, true] {
        if forget {
            forget_catalog(&world);
        }
        let report = rebuild(&world);
        assert_eq!(report.problems[0].code, Code::ChecksumMismatch, "{:?}", report.problems);
        let row = world.row(&full);
        assert_eq!(row.sha256, written);
        assert!(row.verified.is_some_and(|v| !v.ok));
    }
}

#[test]
fn archives_of_other_keys_are_not_taken() {
    let (world, other) = (World::new(), World::new());
    let [full, _] = two(&world);
    other.write("x", "forged");
    let forged = other.backup(Level::Full).archive;
    std::fs::copy(other.archives().archive(&forged), world.archives().archive(&full)).unwrap();
    let report = rebuild(&world);
    assert_eq!(report.problems[0].code, Code::WrongKey, "{:?}", report.problems);
}

#[test]
fn what_is_gone_is_marked_and_what_needs_it_is_told() {
    let world = World::new();
    let [full, daily] = two(&world);
    world.archives().remove(&full).unwrap();
    let report = rebuild(&world);
    assert_eq!(report.missing, std::slice::from_ref(&full));
    assert_eq!(world.row(&full).state, State::Missing);
    assert_eq!(report.problems.len(), 1);
    assert_eq!((report.problems[0].code, report.problems[0].subject.as_str()), (Code::ParentMissing, daily.as_str()));
}

#[test]
fn a_drive_that_is_away_changes_nothing() {
    let world = World::new();
    let [full, _] = two(&world);
    let drive = world.path().join("drive");
    std::fs::rename(&drive, world.path().join("away")).unwrap();
    let error = rebuild::run(&world.context, &world.profile, &world.reading(), &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::DestinationMissing);
    assert_eq!(world.row(&full).state, State::Present);
}

#[test]
fn a_cancelled_rebuild_says_so() {
    let world = World::new();
    two(&world);
    let job = world.job();
    job.cancel();
    let error = rebuild::run(&world.context, &world.profile, &world.reading(), &job).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
}
