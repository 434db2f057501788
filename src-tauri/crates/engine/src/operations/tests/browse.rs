use crate::archive::{Detail, Entry, EntryKind, IndexWriter, Moment, pack};
use crate::catalog::{ManifestParts, State};
use crate::operations::browse;
use crate::operations::browse::{Item, Tree};
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

fn level(tree: &Tree, path: &str) -> Vec<Item> {
    tree.level(path).unwrap().page(0, 1000).collect()
}

fn said(items: &[Item]) -> Vec<String> {
    let name = |item: &Item| String::from_utf8_lossy(item.entry.name()).into_owned();
    let line = |item: &Item| format!("{} {} {} {:?} {}", name(item), item.files, item.bytes, item.mark, item.changed);
    items.iter().map(line).collect()
}

#[test]
fn a_tree_counts_what_is_below_each_folder() {
    let world = World::new();
    let [_, daily] = two(&world);
    let tree = browse::tree(&world.moment(&daily), &world.job()).unwrap();
    assert_eq!(said(&level(&tree, "")), ["data 4 700013 None 0"]);
    let data = ["chats 2 13 None 0", "empty 1 0 None 0", "large.bin 1 700000 None 0"];
    assert_eq!(said(&level(&tree, "data")), data);
    let paths: Vec<String> = level(&tree, "data/chats").iter().map(|item| item.entry.display().into_owned()).collect();
    assert_eq!(paths, ["data/chats/deep", "data/chats/one.json"], "folders first");
    assert!(tree.level("data/chat").is_none());
    let page: Vec<Item> = tree.level("data").unwrap().page(1, 1).collect();
    assert_eq!(said(&page), ["empty 1 0 None 0"]);
    assert_eq!(tree.level("data").unwrap().total(), 3);
    assert_eq!(tree.classes().iter().map(|(_, files, _)| files).sum::<u64>(), 4);
}

#[test]
fn a_tree_marks_what_is_otherwise_in_another_moment_and_now() {
    let world = World::new();
    let [full, daily] = two(&world);
    let moments = [world.moment(&full), world.moment(&daily)];
    let tree = browse::tree_beside(&moments[0], &moments[1], &world.job()).unwrap();
    let data = ["chats 2 6 None 1", "empty 1 0 Some(Same) 0", "large.bin 1 700000 Some(Changed) 0"];
    assert_eq!(said(&level(&tree, "data")), data);
    world.remove("chats/deep/Two.json");
    std::fs::remove_dir(world.root().join("chats/deep")).unwrap();
    world.write("new/one", "12345");
    world.write("chats/one.json", "another one");
    let tree = browse::tree_beside_now(&world.context, &world.profile, &moments[1], &world.job()).unwrap();
    assert_eq!(
        said(&level(&tree, "data")),
        ["chats 2 13 None 2", "new 1 5 Some(New) 1", "empty 1 0 Some(Same) 0", "large.bin 1 700000 Some(Same) 0"]
    );
    assert_eq!(said(&level(&tree, "data/chats")), ["deep 1 3 Some(Gone) 1", "one.json 1 10 Some(Changed) 0"]);
    assert_eq!(said(&level(&tree, "")), ["data 4 700013 None 3"], "what is new is none of its files");
}

#[test]
fn a_database_in_use_is_the_same_until_it_is_written_to() {
    let world = World::new();
    let chats = rusqlite::Connection::open(world.root().join("chats.db")).unwrap();
    chats
        .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE chat (text); INSERT INTO chat VALUES ('one');")
        .unwrap();
    let full = world.backup(Level::Full).archive;
    let mark = || {
        let tree = browse::tree_beside_now(&world.context, &world.profile, &world.moment(&full), &world.job()).unwrap();
        said(&level(&tree, "data")).into_iter().find(|line| line.starts_with("chats.db")).unwrap()
    };
    assert!(mark().contains("Same"), "{}", mark());
    chats.execute_batch("INSERT INTO chat VALUES ('two');").unwrap();
    assert!(mark().contains("Changed"), "{}", mark());
}

#[test]
fn an_archive_is_looked_through_when_its_folder_is_gone() {
    let world = World::new();
    let [_, daily] = two(&world);
    std::fs::remove_dir_all(world.root()).unwrap();
    let tree = browse::tree_beside_now(&world.context, &world.profile, &world.moment(&daily), &world.job()).unwrap();
    assert_eq!(said(&level(&tree, "")), ["data 4 700013 Some(Gone) 4"]);
    assert_eq!(said(&level(&tree, "data/chats")), ["deep 1 3 Some(Gone) 1", "one.json 1 10 Some(Gone) 0"]);
}

#[test]
fn another_name_of_a_file_is_the_same_as_long_as_its_content_is() {
    let world = World::new();
    world.write("a", "one");
    std::fs::hard_link(world.root().join("a"), world.root().join("b")).unwrap();
    let first = world.backup(Level::Full).archive;
    world.advance_hours(1);
    world.remove("a");
    let second = world.backup(Level::Full).archive;
    let tree = browse::tree_beside(&world.moment(&first), &world.moment(&second), &world.job()).unwrap();
    assert_eq!(said(&level(&tree, "data")), ["a 1 3 Some(Gone) 0", "b 1 0 Some(Same) 0"]);
}

/// Makes the catalog believe that an archive holds so many files in one folder.
fn crowd(world: &World, archive: &ArchiveName, count: usize) {
    let mut index = IndexWriter::new(Vec::new(), Detail::Captured);
    let mut entry = Entry::gone(b"data".to_vec());
    entry.kind = EntryKind::Dir;
    index.push(&entry).unwrap();
    entry.path = b"data/uploads".to_vec();
    index.push(&entry).unwrap();
    let mut entry = Entry::gone(Vec::new());
    entry.kind = EntryKind::File;
    for number in 0..count {
        let hash = blake3::hash(&number.to_le_bytes());
        entry.path = format!("data/uploads/charts-north-sea-{number:07}.pdf").into_bytes();
        entry.mtime.secs = 1_700_000_000 + number as i64 * 7;
        entry.ctime = entry.mtime;
        entry.inode = 4711 + number as u64;
        entry.size = 1 + number as u64 % 1000;
        entry.sha256 = *hash.as_bytes();
        let place = crate::archive::Place::At { archive: 0, offset: number as u64 * 2048 };
        entry.extents = vec![crate::archive::Extent { place, length: entry.size }];
        index.push(&entry).unwrap();
    }
    let packed = pack(&mut &index.finish().unwrap()[..]).unwrap();
    let catalog = world.catalog();
    let manifest = catalog.manifests().get_manifest(&world.profile.id, archive).unwrap().unwrap();
    let parts = ManifestParts { manifest: &manifest, index: &packed, blocks: &[] };
    catalog.manifests().put(&world.profile.id, archive, parts).unwrap();
}

#[test]
fn a_level_of_three_hundred_thousand_files_comes_at_once() {
    let world = World::new();
    let full = world.backup(Level::Full).archive;
    crowd(&world, &full, 300_000);
    let began = busy();
    let moment = world.moment(&full);
    let tree = browse::tree(&moment, &world.job()).unwrap();
    let grown = busy().saturating_sub(began);
    let began = busy();
    let page: Vec<Item> = tree.level("data/uploads").unwrap().page(150_000, 1000).collect();
    let paged = busy().saturating_sub(began);
    println!("300,000 files: {grown:?} of work until the first level, {paged:?} for each page after it");
    assert_eq!(page.len(), 1000);
    assert_eq!(said(&page[..1]), ["charts-north-sea-0150000.pdf 1 1 None 0"]);
    assert_eq!(said(&level(&tree, "data"))[0].split(' ').nth(1), Some("300000"));
    // Twenty times what it takes as it is shipped: debug builds are slower.
    assert!(grown.as_millis() < 6000 && paged.as_millis() < 100);
}

/// How long this thread was at work, so that others at work on the machine say nothing.
fn busy() -> std::time::Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    std::time::Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
