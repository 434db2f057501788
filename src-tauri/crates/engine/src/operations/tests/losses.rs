//! What goes between two backups is said, until it is settled.
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::test_support::{World, setup_request};
use crate::operations::{restore, setup};
use holdfast_domain::{Code, Level, Outcome};

fn chats(world: &World) {
    for n in 0..20 {
        world.write(&format!("chats/{n}.json"), format!("chat {n}"));
    }
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
}

fn codes(report: &BackupReport) -> Vec<Code> {
    report.problems.iter().map(|problem| problem.code).collect()
}

fn try_backup(world: &World, level: Level, allow_empty: bool) -> crate::Result<BackupReport> {
    let request = BackupRequest { level: Some(level), allow_empty, ..BackupRequest::default() };
    let job = world.job();
    backup::run(&world.context, backup::plan(&world.context, &world.profile, request, &job)?, &job)
}

#[test]
fn a_root_that_lost_everything_is_no_backup_unless_that_is_allowed() {
    let world = World::new();
    chats(&world);
    world.backup(Level::Full);
    let full = world.path().join("full");
    std::fs::rename(world.root(), &full).unwrap();
    std::fs::create_dir(world.root()).unwrap();
    world.advance_hours(1);
    for level in [Level::Hourly, Level::Full] {
        let error = try_backup(&world, level, false).unwrap_err();
        assert_eq!(error.code(), Code::RootEmpty, "{level:?}");
        assert!(error.cause().contains("21 files"), "{}", error.cause());
    }
    assert_eq!(world.archives().list().unwrap().len(), 1);
    let allowed = try_backup(&world, Level::Full, true).unwrap();
    assert_eq!((allowed.outcome, codes(&allowed)), (Outcome::Problems, vec![Code::RootEmpty, Code::DatabaseLost]));
}

#[test]
fn an_emptied_root_comes_back_with_an_emergency_archive_of_the_emptiness() {
    let world = World::new();
    chats(&world);
    let full = world.backup(Level::Full).archive;
    let names = |world: &World| world.tree().into_keys().collect::<Vec<_>>();
    let expected = names(&world);
    std::fs::remove_dir_all(world.root()).unwrap();
    std::fs::create_dir(world.root()).unwrap();
    world.advance_hours(1);
    let request = restore::RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(&full),
        scope: restore::Scope::default(),
        target: restore::Target::InPlace,
        emergency: true,
    };
    let plan = restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap();
    let report = restore::run(&world.context, plan, &world.job()).unwrap();
    assert!(report.emergency.is_some());
    assert_eq!(names(&world), expected);
}

#[test]
fn a_root_that_was_always_empty_is_a_problem_and_no_error() {
    let world = World::new();
    let report = world.backup(Level::Full);
    assert_eq!((report.outcome, codes(&report)), (Outcome::Problems, vec![Code::RootEmpty]));
}

#[test]
fn a_root_that_lost_most_of_its_files_is_a_problem() {
    let world = World::new();
    chats(&world);
    world.backup(Level::Full);
    for n in 0..19 {
        world.remove(&format!("chats/{n}.json"));
    }
    world.advance_hours(1);
    let report = world.backup(Level::Hourly);
    assert_eq!(codes(&report), [Code::RootShrunk]);
    assert!(report.problems[0].cause.contains("held 21 files"), "{}", report.problems[0].cause);
    world.advance_hours(1);
    assert_eq!(codes(&world.backup(Level::Hourly)), [Code::RootShrunk], "as long as it builds on the larger one");
    world.advance_hours(1);
    let full = world.backup(Level::Full);
    assert_eq!((codes(&full), full.lost.len()), (vec![Code::FilesLost], 19), "then they are told by name");
}

#[test]
fn a_database_that_is_none_any_more_is_said_until_it_is_one_again() {
    type Wreck = fn(&World);
    let wrecks: [(&str, Wreck); 3] = [
        ("emptied", |world| world.write("chat.db", "")),
        ("overwritten", |world| world.write("chat.db", [0; 8192])),
        ("deleted", |world| world.remove("chat.db")),
    ];
    for (how, wreck) in wrecks {
        let world = World::new();
        chats(&world);
        world.backup(Level::Full);
        wreck(&world);
        for level in [Level::Daily, Level::Hourly, Level::Hourly] {
            world.advance_hours(1);
            let report = world.backup(level);
            assert_eq!(codes(&report), [Code::DatabaseLost], "{how}, {level:?}");
            assert_eq!(report.problems[0].subject, "data/chat.db");
        }
        let _ = std::fs::remove_file(world.root().join("chat.db"));
        world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('again');");
        world.advance_hours(1);
        assert_eq!(codes(&world.backup(Level::Hourly)), [], "{how}");
    }
}

#[test]
fn a_damaged_database_stays_a_problem_while_it_is_unchanged() {
    let world = World::new();
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)";
    let sql = format!("CREATE TABLE chat (text); {rows} INSERT INTO chat SELECT hex(randomblob(60)) FROM n;");
    world.sql("chat.db", &sql);
    let mut bytes = std::fs::read(world.root().join("chat.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    world.write("chat.db", bytes);
    assert_eq!(codes(&world.backup(Level::Full)), [Code::DatabaseDamaged]);
    for level in [Level::Hourly, Level::Daily, Level::Hourly] {
        world.advance_hours(1);
        let report = world.backup(level);
        assert_eq!((report.files_read, codes(&report)), (0, vec![Code::DatabaseDamaged]), "{level:?}");
    }
    world.remove("chat.db");
    world.sql("chat.db", &sql);
    world.advance_hours(1);
    assert_eq!(world.backup(Level::Hourly).outcome, Outcome::Done);
}

#[test]
fn an_index_folder_that_went_is_noticed_though_the_store_database_is_unchanged() {
    let world = World::new();
    let id = "5a55945b-f601-4b7d-8c20-886d5592c2c5";
    world.write(&format!("store/{id}/data_level0.bin"), vec![3; 5000]);
    world.sql(
        "store/chroma.sqlite3",
        &format!(
            "CREATE TABLE segments (id TEXT, type TEXT, collection TEXT);
             INSERT INTO segments VALUES ('{id}', 'urn:chroma:segment/vector/hnsw-local-persisted', 'c');"
        ),
    );
    assert_eq!(codes(&world.backup(Level::Full)), []);
    std::fs::remove_dir_all(world.root().join("store").join(id)).unwrap();
    for level in [Level::Hourly, Level::Daily, Level::Hourly] {
        world.advance_hours(1);
        assert_eq!(codes(&world.backup(level)), [Code::VectorStoreIncomplete], "{level:?}");
    }
}

#[test]
fn archives_are_not_kept_inside_of_what_they_protect() {
    let world = World::new();
    let mut request = setup_request(world.path());
    request.name = Some(holdfast_domain::DeploymentName::new("other").unwrap());
    request.destination = Some(world.root().join("backups"));
    let error = setup::plan(&world.context, request, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::BadDestination);
}

/// A root that is somebody's home folder, with Holdfast's own things in it.
#[test]
fn what_holdfast_keeps_is_no_part_of_a_deployment_and_is_never_exchanged() {
    let world = World::new();
    let mut request = setup_request(world.path());
    let name = holdfast_domain::DeploymentName::new("home").unwrap();
    request.name = Some(name.clone());
    let home = world.path().join("person");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("note"), "a note").unwrap();
    request.roots = vec![home.clone()];
    let mut context = world.context.clone();
    context.home = crate::Home::new(home.join(".local/holdfast"));
    let plan = setup::plan(&context, request, &world.job()).unwrap();
    assert!(plan.notices.iter().any(|n| n.code == Code::OriginDiffers), "{:?}", plan.notices);
    let profile = plan.profile.clone();
    let passphrase = crate::vault::Passphrase::new(crate::operations::test_support::PASSPHRASE).unwrap();
    setup::run(&context, plan, &passphrase).unwrap();
    let plan = backup::plan(&context, &profile, BackupRequest::default(), &world.job()).unwrap();
    let report = backup::run(&context, plan, &world.job()).unwrap();
    assert_eq!(report.files, 1, "{:?}", report.left_out);
    let reading = crate::operations::reading::Reading::of_deployment(
        &context,
        &profile.id,
        &crate::vault::Given::default(),
        false,
    );
    let request = restore::RestoreRequest {
        profile: Some(profile),
        archive: report.path,
        scope: restore::Scope::default(),
        target: restore::Target::InPlace,
        emergency: true,
    };
    let error = restore::plan(&context, &reading.unwrap(), request, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::NotExchangeable);
}

#[test]
fn what_a_pattern_leaves_out_is_told_as_that_until_it_is_taken_in_again() {
    let mut world = World::new();
    chats(&world);
    world.backup(Level::Full);
    world.profile.exclude = vec!["*.db".to_owned(), "chats/".to_owned()];
    world.write("a.txt", "stays");
    for level in [Level::Hourly, Level::Hourly] {
        world.advance_hours(1);
        let report = world.backup(level);
        assert_eq!(codes(&report), [Code::LeftOutByPattern], "no folder that shrank, no database that is gone");
        assert_eq!((report.problems[0].subject.as_str(), report.problems[0].cause.as_str()), ("data/chat.db", "*.db"));
    }
    world.profile.exclude.clear();
    world.advance_hours(1);
    assert_eq!(codes(&world.backup(Level::Hourly)), []);
}
