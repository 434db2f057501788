use crate::deployment::{self, Profile};
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::setup::{self, SetupRequest};
use crate::operations::test_support::{World, setup_request};
use crate::operations::{Context, servers};
use holdfast_domain::{Code, Kind, Level, Outcome, Problem};
use std::fs::{self, File};

fn settings(world: &World) -> Profile {
    deployment::load(&deployment::path_of(&world.context.home, &world.profile.name)).unwrap()
}

fn backup(world: &World) -> BackupReport {
    let request = BackupRequest { level: Some(Level::Full), kind: Kind::Manual, ..BackupRequest::default() };
    let plan = backup::plan(&world.context, &settings(world), request, &world.job()).unwrap();
    world.advance_seconds(2);
    backup::run(&world.context, plan, &world.job()).unwrap()
}

fn mongodb() -> Problem {
    Problem::new(Code::ServerNotCaptured, "mongodb", "MONGO_URI in .env names it")
}

fn open(context: &Context, profile: &Profile) -> Vec<String> {
    servers::problems(context, profile).unwrap().into_iter().map(|problem| problem.cause).collect()
}

#[test]
fn a_server_is_told_with_each_backup_until_the_person_settles_it() {
    let world = World::new();
    world.write("a", "a");
    assert_eq!(servers::note(&world.context, &world.profile, vec![mongodb()]).unwrap(), [mongodb()]);
    assert!(servers::note(&world.context, &settings(&world), vec![mongodb()]).unwrap().is_empty(), "once");
    for _ in 0..2 {
        let report = backup(&world);
        assert_eq!((report.outcome, report.problems), (Outcome::Problems, vec![mongodb()]));
    }
    let unknown = servers::settle(&world.context, &settings(&world), "postgres").unwrap_err();
    assert!(unknown.code() == Code::BadRequest && unknown.cause().contains("mongodb"), "{unknown}");
    servers::settle(&world.context, &settings(&world), "mongo").unwrap();
    assert_eq!(backup(&world).outcome, Outcome::Done);
    // Found again, it stays settled.
    servers::note(&world.context, &settings(&world), vec![mongodb()]).unwrap();
    assert_eq!(backup(&world).outcome, Outcome::Done);
}

#[test]
fn a_dump_settles_it_while_it_is_fresh_protected_and_not_empty() {
    let world = World::new();
    servers::note(&world.context, &world.profile, vec![mongodb()]).unwrap();
    let dumps = world.root().join("dumps");
    world.write("dumps/chat.archive", "");
    let outside = world.path().join("outside");
    fs::create_dir(&outside).unwrap();
    for place in [&outside, &world.root()] {
        let refused = servers::dumped_in(&world.context, &settings(&world), "mongodb", place, 2).unwrap_err();
        assert_eq!(refused.code(), Code::BadRequest);
    }
    servers::dumped_in(&world.context, &settings(&world), "mongodb", &dumps, 2).unwrap();
    assert!(open(&world.context, &settings(&world))[0].contains("no dump"), "an empty file is none");
    world.write("dumps/chat.archive", "a dump");
    // Written long before the clock of this world.
    assert!(open(&world.context, &settings(&world))[0].contains("days old"));
    let now = std::time::SystemTime::from(world.context.clock.now());
    let touch = |at| File::options().write(true).open(dumps.join("chat.archive")).unwrap().set_modified(at).unwrap();
    touch(now - std::time::Duration::from_hours(1));
    assert!(open(&world.context, &settings(&world)).is_empty());
    assert_eq!(backup(&world).outcome, Outcome::Done);
    world.advance_hours(72);
    let report = backup(&world);
    assert_eq!(report.outcome, Outcome::Problems);
    assert!(report.problems[0].cause.contains("its newest dump in"), "{:?}", report.problems);
    // What is left out of archives is no dump.
    touch(std::time::SystemTime::from(world.context.clock.now()));
    let mut without = settings(&world);
    assert!(open(&world.context, &without).is_empty());
    without.exclude.push("dumps/".to_owned());
    assert!(open(&world.context, &without)[0].contains("no dump"));
}

#[test]
fn live_data_among_the_files_is_found_at_set_up_and_by_a_later_backup() {
    let world = World::new();
    world.write("a", "a");
    assert_eq!(backup(&world).outcome, Outcome::Done);
    world.write("pg/PG_VERSION", "16\n");
    world.write("pg/global/pg_control", "x");
    let report = backup(&world);
    assert_eq!(report.outcome, Outcome::Problems);
    assert_eq!((report.problems.len(), report.problems[0].subject.as_str()), (1, "postgres"), "{:?}", report.problems);
    assert!(report.problems[0].cause.contains("may not start"));
    assert_eq!(report.files, 3, "it is captured all the same");
    assert_eq!(settings(&world).servers[0].kind, "postgres");
    let again = backup(&world);
    assert_eq!((again.outcome, again.problems.len()), (Outcome::Problems, 1));

    let request = || SetupRequest {
        name: Some(holdfast_domain::DeploymentName::new("other").unwrap()),
        notices: vec![mongodb()],
        ..setup_request(world.path())
    };
    let plan = setup::plan(&world.context, request(), &world.job()).unwrap();
    let kinds: Vec<&str> = plan.profile.servers.iter().map(|server| server.kind.as_str()).collect();
    assert_eq!(kinds, ["mongodb", "postgres"]);
    let told = plan.notices.iter().filter(|problem| problem.code == Code::ServerNotCaptured).count();
    assert_eq!(told, 2);
    let without = SetupRequest { without_servers: vec!["mongodb".to_owned()], ..request() };
    let plan = setup::plan(&world.context, without, &world.job()).unwrap();
    assert!(plan.profile.servers[0].settled && plan.notices.iter().all(|problem| problem.subject != "mongodb"));
    let wrong = SetupRequest { without_servers: vec!["mysql".to_owned()], ..request() };
    assert_eq!(setup::plan(&world.context, wrong, &world.job()).unwrap_err().code(), Code::BadRequest);
}
