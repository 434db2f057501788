use crate::catalog::{State, Verification, VerifyKind};
use crate::operations::delete::{self, DeletePlan, Refusal};
use crate::operations::test_support::World;
use crate::operations::{browse, pins, prune, rebuild};
use holdfast_domain::{ArchiveName, Code, Level, Outcome};

/// A full archive with a daily and an hourly one on it.
fn chain(world: &World) -> [ArchiveName; 3] {
    [Level::Full, Level::Daily, Level::Hourly].map(|level| {
        world.write("a", format!("{level}"));
        world.advance_hours(1);
        world.backup(level).archive
    })
}

fn plan(world: &World, archive: &ArchiveName) -> DeletePlan {
    delete::plan(&world.context, &world.profile, archive, false).unwrap()
}

fn names(world: &World) -> Vec<ArchiveName> {
    browse::archives(&world.context, Some(&world.profile.id)).unwrap().into_iter().map(|row| row.name).collect()
}

#[test]
fn what_needs_an_archive_goes_with_it() {
    let world = World::new();
    let [_, daily, hourly] = chain(&world);
    let [full2, daily2, hourly2] = chain(&world);
    let planned = plan(&world, &daily);
    assert_eq!((&planned.needed_by, &planned.refused), (&vec![hourly.clone()], &None));
    let freed = planned.freed_bytes;
    let report = delete::run(&world.context, planned, &world.job()).unwrap();
    assert_eq!((report.outcome, &report.removed), (Outcome::Done, &vec![hourly, daily.clone()]));
    assert_eq!(report.freed_bytes, freed);
    assert_eq!(names(&world).len(), 4);
    assert!(!world.archives().archive(&daily).exists());
    let planned = plan(&world, &full2);
    assert_eq!(planned.needed_by, [daily2, hourly2]);
}

#[test]
fn what_came_to_need_it_since_it_was_shown_is_shown_first() {
    let world = World::new();
    let [_, daily, _] = chain(&world);
    let shown = plan(&world, &daily);
    world.write("a", "hourly again");
    world.advance_hours(1);
    // A plan that somebody looks at holds no backup up.
    let hourly = world.backup(Level::Hourly).archive;
    assert!(world.row(&hourly).needs.contains(&daily), "the world is not as this test needs it");
    let refused = delete::run(&world.context, shown, &world.job()).unwrap_err();
    assert_eq!((refused.code(), names(&world).len()), (Code::ChangedSincePreview, 4));
    assert!(refused.to_string().contains(hourly.as_str()), "{refused}");
    let shown = plan(&world, &daily);
    pins::set(&world.context, &world.profile, &hourly, true).unwrap();
    let refused = delete::run(&world.context, shown, &world.job()).unwrap_err();
    assert_eq!((refused.code(), names(&world).len()), (Code::BadRequest, 4));
}

#[test]
fn the_last_good_one_goes_only_where_the_person_insists() {
    let world = World::new();
    let [full, daily, _] = chain(&world);
    assert_eq!(plan(&world, &daily).refused, None);
    assert_eq!(plan(&world, &full).refused, Some(Refusal::LastGood));
    let refused = delete::run(&world.context, plan(&world, &full), &world.job()).unwrap_err();
    assert_eq!((refused.code(), names(&world).len()), (Code::BadRequest, 3));
    // Another is there, but only the first was ever verified.
    world.backup(Level::Full);
    assert_eq!(plan(&world, &full).refused, None);
    let verified = Verification { at: world.row(&full).created, kind: VerifyKind::Full, ok: true };
    world.catalog().archives().set_verified(&world.profile.id, &full, verified).unwrap();
    assert_eq!(plan(&world, &full).refused, Some(Refusal::LastGood));
    let forced = delete::plan(&world.context, &world.profile, &full, true).unwrap();
    assert_eq!(forced.refused, None);
}

#[test]
fn while_an_alarm_is_open_only_what_is_broken_goes() {
    let world = World::new();
    let [full, daily, _] = chain(&world);
    let [second, ..] = chain(&world);
    let bad = Verification { at: world.row(&full).created, kind: VerifyKind::Full, ok: false };
    world.catalog().archives().set_verified(&world.profile.id, &full, bad).unwrap();
    assert!(matches!(plan(&world, &second).refused, Some(Refusal::Alarm(_))));
    assert_eq!(plan(&world, &daily).refused, None, "it needs the damaged one");
    assert_eq!(plan(&world, &full).refused, None);
}

#[test]
fn a_pinned_archive_stays_through_everything() {
    let mut world = World::new();
    let [full, daily, hourly] = chain(&world);
    chain(&world);
    pins::set(&world.context, &world.profile, &hourly, true).unwrap();
    for archive in [&full, &daily, &hourly] {
        assert_eq!(plan(&world, archive).refused, Some(Refusal::Pinned(hourly.clone())));
    }
    world.profile = crate::deployment::find(&world.context.home, None).unwrap();
    assert_eq!(world.profile.pinned, std::slice::from_ref(&hourly));
    // A catalog that is built again knows it too.
    std::fs::remove_file(world.context.home.catalog()).unwrap();
    rebuild::run(&world.context, &world.profile, &world.reading(), &world.job()).unwrap();
    assert!(world.row(&hourly).pinned && !world.row(&full).pinned);
    world.profile.retention =
        holdfast_domain::retention::Policy { hourly: 0, daily: 0, weekly: 0, monthly: 0, manual_days: 0 };
    world.advance_hours(24 * 400);
    let plan_of_all = prune::plan(&world.context, &world.profile, &world.job()).unwrap();
    let kept: Vec<ArchiveName> = plan_of_all.archives.iter().filter(|a| a.keep).map(|a| a.name.clone()).collect();
    assert!([&full, &daily, &hourly].iter().all(|name| kept.contains(name)), "{kept:?}");
    pins::set(&world.context, &world.profile, &hourly, false).unwrap();
    assert!(!world.row(&hourly).pinned);
    assert_eq!(plan(&world, &hourly).refused, None);
    let absent = ArchiveName::parse("bot_2099-01-01T000000Z_manual-full").unwrap();
    assert_eq!(pins::set(&world.context, &world.profile, &absent, true).unwrap_err().code(), Code::ArchiveMissing);
}

#[test]
fn one_that_is_gone_already_is_forgotten() {
    let world = World::new();
    let [_, _, hourly] = chain(&world);
    std::fs::remove_file(world.archives().archive(&hourly)).unwrap();
    let planned = plan(&world, &hourly);
    assert_eq!(world.row(&hourly).state, State::Missing);
    let report = delete::run(&world.context, planned, &world.job()).unwrap();
    assert_eq!((report.outcome, report.removed), (Outcome::Done, vec![hourly]));
    assert_eq!(names(&world).len(), 2);
}
