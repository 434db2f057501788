use crate::operations::diff::{self, Change, Diff, What};
use crate::operations::restore::Tally;
use crate::operations::test_support::World;
use holdfast_domain::{ArchiveName, Class, Code, Level};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

fn between(world: &World, a: &ArchiveName, b: &ArchiveName) -> Diff {
    diff::between(&world.moment(a), &world.moment(b), &world.job()).unwrap()
}

fn now(world: &World, a: &ArchiveName) -> Diff {
    diff::with_now(&world.context, &world.profile, &world.moment(a), &world.job()).unwrap()
}

fn short(diff: &Diff) -> Vec<String> {
    let tell = |change: &Change| {
        let what = match &change.what {
            What::Added => "+".to_owned(),
            What::Removed => "-".to_owned(),
            What::Changed { content, metadata } => {
                format!("{}{}", if *content { "content " } else { "" }, metadata.join(" "))
            }
        };
        format!("{} {}", change.path, what.trim_end())
    };
    diff.changes.iter().map(tell).collect()
}

/// Touches a file without changing what is in it.
fn touch(world: &World, path: &str) {
    let file = std::fs::OpenOptions::new().write(true).open(world.root().join(path)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(1000)).unwrap();
}

fn start(world: &World) -> ArchiveName {
    for name in ["same", "touched", "rewritten", "grown", "gone", "private"] {
        world.write(&format!("files/{name}"), name);
    }
    symlink("same", world.root().join("files/link")).unwrap();
    world.backup(Level::Full).archive
}

fn alter(world: &World) {
    touch(world, "files/touched");
    // As long as before: only its content tells.
    world.write("files/rewritten", "REWRITTEN");
    world.write("files/grown", "grown more");
    world.remove("files/gone");
    world.write("new/file", "new");
    let private = world.root().join("files/private");
    std::fs::set_permissions(private, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::remove_file(world.root().join("files/link")).unwrap();
    symlink("grown", world.root().join("files/link")).unwrap();
}

#[test]
fn every_kind_of_change_is_told_for_what_it_is() {
    let world = World::new();
    let mode = world.root().join("files/private");
    let first = start(&world);
    std::fs::metadata(mode).unwrap();
    alter(&world);
    let live = now(&world, &first);
    world.advance_hours(24);
    let second = world.backup(Level::Daily).archive;
    let archived = between(&world, &first, &second);
    for found in [&live, &archived] {
        assert_eq!(
            short(found),
            [
                "data/files/gone -",
                "data/files/grown content time",
                "data/files/link content time",
                "data/files/private mode",
                "data/files/rewritten content time",
                "data/files/touched time",
                "data/new +",
                "data/new/file +",
            ]
        );
        assert_eq!(found.added, Tally { files: 1, bytes: 3 });
        assert_eq!(found.removed, Tally { files: 1, bytes: 4 });
        assert_eq!(found.changed.files, 4, "a symbolic link is no file");
        assert!(!found.truncated && found.problems.is_empty(), "{:?}", found.problems);
        let grown = &found.changes[1];
        assert_eq!((grown.size_before, grown.size_after, grown.kind), (Some(5), Some(10), "file"));
    }
    assert!(now(&world, &second).is_empty());
    assert!(between(&world, &second, &second).is_empty());
    // The other way round.
    assert_eq!(between(&world, &second, &first).removed, Tally { files: 1, bytes: 3 });
}

#[test]
fn a_database_is_compared_by_what_is_in_it() {
    let world = World::new();
    world.sql("chat.db", "PRAGMA journal_mode=WAL; CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    let first = world.backup(Level::Full).archive;
    assert!(now(&world, &first).is_empty());
    touch(&world, "chat.db");
    assert!(now(&world, &first).is_empty(), "{:?}", now(&world, &first).changes);
    // A row that is in the -wal alone, as while the chatbot runs.
    let open = rusqlite::Connection::open(world.root().join("chat.db")).unwrap();
    open.execute_batch("PRAGMA wal_autocheckpoint=0; INSERT INTO chat VALUES ('again');").unwrap();
    let found = now(&world, &first);
    assert_eq!(short(&found), ["data/chat.db content"]);
    assert_eq!(found.changes[0].class, Class::Files, "the class of what lies there now");
    drop(open);
    let left = std::fs::read_dir(world.path().join("home/scratch")).unwrap().count();
    assert!(left <= 1, "at most the folder of the backups' own scratch stays");
}

#[test]
fn a_file_that_lost_its_second_name_is_the_same_file() {
    let world = World::new();
    world.write("a", "shared");
    std::fs::hard_link(world.root().join("a"), world.root().join("b")).unwrap();
    let first = world.backup(Level::Full).archive;
    world.remove("a");
    let live = now(&world, &first);
    assert_eq!(short(&live), ["data/a -"]);
    world.advance_hours(24);
    let second = world.backup(Level::Daily).archive;
    assert_eq!(short(&between(&world, &first, &second)), ["data/a -"]);
    world.write("b", "other!");
    assert_eq!(short(&now(&world, &first)), ["data/a -", "data/b content time"]);
}

#[test]
fn what_the_rules_leave_out_since_is_not_removed() {
    let mut world = World::new();
    world.write("tmp/a", "a");
    world.write("keep", "k");
    let first = world.backup(Level::Full).archive;
    world.profile.exclude = vec!["tmp/".to_owned()];
    assert_eq!(short(&now(&world, &first)), [""; 0]);
    world.remove("keep");
    assert_eq!(short(&now(&world, &first)), ["data/keep -"]);
}

#[test]
fn a_file_in_place_of_a_folder_is_another_kind() {
    let world = World::new();
    world.write("thing/inside", "x");
    let first = world.backup(Level::Full).archive;
    std::fs::remove_dir_all(world.root().join("thing")).unwrap();
    world.write("thing", "now a file");
    assert_eq!(short(&now(&world, &first)), ["data/thing content kind", "data/thing/inside -"]);
}

#[test]
fn a_root_that_is_gone_is_an_error_and_not_a_removal() {
    let world = World::new();
    world.write("a", "a");
    let first = world.backup(Level::Full).archive;
    std::fs::rename(world.root(), world.path().join("elsewhere")).unwrap();
    let error = diff::with_now(&world.context, &world.profile, &world.moment(&first), &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::RootMissing);
}

#[test]
fn it_goes_as_json() {
    let world = World::new();
    let first = start(&world);
    alter(&world);
    let json = serde_json::to_value(now(&world, &first)).unwrap();
    assert_eq!(json["changes"][0]["what"], "removed");
    assert_eq!(json["changes"][1]["what"]["changed"]["content"], true);
    assert_eq!(json["changes"][3]["what"]["changed"]["metadata"][0], "mode");
}
