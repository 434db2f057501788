use crate::archive::{Entry, EntryKind, Moment};
use crate::catalog::State;
use crate::operations::browse;
use crate::operations::test_support::World;
use holdfast_domain::{ArchiveName, Code, Level};

fn paths(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.display().into_owned()).collect()
}

fn under(world: &World, moment: &Moment, folder: &str, recursive: bool) -> Vec<String> {
    let mut found = Vec::new();
    let take = |entry| {
        found.push(entry);
        Ok(())
    };
    browse::entries(moment, folder.as_bytes(), recursive, &world.job(), take).unwrap();
    paths(&found)
}

/// A full archive, and a daily one in which one block of a large file, and a small file, are other.
fn two(world: &World) -> [ArchiveName; 2] {
    let mut large = vec![0; 700_000];
    blake3::Hasher::new().finalize_xof().fill(&mut large);
    world.write("large.bin", &large);
    world.write("chats/one.json", "one");
    world.write("chats/deep/Two.json", "two");
    world.write("empty", "");
    let full = world.backup(Level::Full).archive;
    world.advance_hours(24);
    large[300_000] ^= 1;
    world.write("large.bin", &large);
    world.write("chats/one.json", "one, later");
    [full, world.backup(Level::Daily).archive]
}

#[test]
fn a_folder_lists_what_is_in_it_and_no_more() {
    let world = World::new();
    let [_, daily] = two(&world);
    let moment = world.moment(&daily);
    assert_eq!(under(&world, &moment, "", false), ["data"]);
    assert_eq!(under(&world, &moment, "data", false), ["data/chats", "data/empty", "data/large.bin"]);
    assert_eq!(under(&world, &moment, "data/chats", false), ["data/chats/deep", "data/chats/one.json"]);
    assert_eq!(
        under(&world, &moment, "data/chats", true),
        ["data/chats/deep", "data/chats/deep/Two.json", "data/chats/one.json"]
    );
    assert_eq!(under(&world, &moment, "data/chat", true), [""; 0]);
}

#[test]
fn files_are_found_by_text_and_by_pattern() {
    let world = World::new();
    let [_, daily] = two(&world);
    let find = |pattern, limit| browse::find(&world.moment(&daily), pattern, limit, &world.job()).unwrap();
    assert_eq!(paths(&find("two", 10).0), ["data/chats/deep/Two.json"]);
    assert_eq!(paths(&find("**/*.json", 10).0), ["data/chats/deep/Two.json", "data/chats/one.json"]);
    let (some, more) = find("json", 1);
    assert_eq!((some.len(), more), (1, true));
    assert!(!find("json", 2).1, "exactly as many as asked for is all");
    let error = browse::find(&world.moment(&daily), "[", 1, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::BadRequest);
}

#[test]
fn a_file_is_read_back_out_of_all_the_archives_that_hold_parts_of_it() {
    let world = World::new();
    let [_, daily] = two(&world);
    let path = world.archives().archive(&daily);
    let (moment, readers) = world.reading().moment(&path, |_| false).unwrap();
    for name in ["large.bin", "chats/one.json", "chats/deep/Two.json", "empty"] {
        let entry = browse::details(&moment, format!("data/{name}").as_bytes()).unwrap();
        let mut out = Vec::new();
        let length = browse::read_file(&readers, &entry, &mut out, &world.job()).unwrap();
        assert_eq!(length, out.len() as u64);
        assert!(out == std::fs::read(world.root().join(name)).unwrap(), "{name}");
    }
    let large = browse::details(&moment, b"data/large.bin").unwrap();
    assert!(large.extents.len() > 1, "it lies in both archives");
}

#[test]
fn content_that_is_not_what_was_captured_is_refused() {
    let world = World::new();
    let [full, _] = two(&world);
    let (moment, readers) = world.reading().moment(&world.archives().archive(&full), |_| false).unwrap();
    let read = |entry: &Entry| browse::read_file(&readers, entry, &mut Vec::new(), &world.job()).unwrap_err().code();
    let mut entry = browse::details(&moment, b"data/chats/one.json").unwrap();
    entry.sha256[0] ^= 1;
    assert_eq!(read(&entry), Code::ArchiveDamaged);
    let folder = browse::details(&moment, b"data/chats").unwrap();
    assert_eq!(folder.kind, EntryKind::Dir);
    assert_eq!(read(&folder), Code::BadRequest);
    assert_eq!(browse::details(&moment, b"data/absent").unwrap_err().code(), Code::NothingToRestore);
}

#[test]
fn archives_that_are_away_are_marked_and_come_back() {
    let world = World::new();
    let [full, daily] = two(&world);
    let states = || -> Vec<_> {
        let rows = browse::archives(&world.context, None).unwrap();
        rows.into_iter().map(|row| (row.name, row.state)).collect()
    };
    let (path, away) = (world.archives().archive(&full), world.path().join("away"));
    std::fs::rename(&path, &away).unwrap();
    assert_eq!(states(), [(daily.clone(), State::Present), (full.clone(), State::Missing)]);
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(states(), [(daily, State::Present), (full, State::Present)]);
}
