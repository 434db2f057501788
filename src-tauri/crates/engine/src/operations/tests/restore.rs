use crate::operations::restore::{self, Action, Preview, RestoreReport, RestoreRequest, Scope, Tally, Target};
use crate::operations::test_support::{World, tree};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Level, Outcome};
use std::os::unix::fs::{PermissionsExt, symlink};

fn request(world: &World, archive: &ArchiveName, target: Target) -> RestoreRequest {
    RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(archive),
        scope: Scope::default(),
        target,
        emergency: true,
    }
}

fn restore(world: &World, request: RestoreRequest) -> Result<(Preview, RestoreReport), crate::Error> {
    let (reading, job) = (world.reading(), world.job());
    let plan = restore::plan(&world.context, &reading, request, &job)?;
    let preview = plan.preview.clone();
    Ok((preview, restore::run(&world.context, plan, &job)?))
}

fn start(world: &World) -> ArchiveName {
    world.write("chats/one.json", "one");
    world.write("chats/two.json", "two");
    world.write(".env", "KEY=1");
    world.write("noise", vec![9; 400_000]);
    world.write("empty", "");
    symlink("one.json", world.root().join("chats/link")).unwrap();
    std::fs::create_dir(world.root().join("bare")).unwrap();
    std::fs::set_permissions(world.root().join("bare"), PermissionsExt::from_mode(0o750)).unwrap();
    std::fs::hard_link(world.root().join("noise"), world.root().join("second-name")).unwrap();
    world.backup(Level::Full).archive
}

#[test]
fn into_another_folder_comes_all_that_there_was() {
    let world = World::new();
    start(&world);
    world.advance_hours(24);
    world.write("chats/one.json", "one, later");
    world.remove("chats/two.json");
    let daily = world.backup(Level::Daily).archive;
    let expected = world.tree();
    world.write("chats/one.json", "damaged");
    let into = world.path().join("new/place");
    let (preview, report) = restore(&world, request(&world, &daily, Target::Into(into.clone()))).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!(tree(&into.join("data")), expected);
    assert_eq!((preview.created.files, report.files), (5, 5), "names of files count, symbolic links do not");
    assert_eq!((preview.created.bytes, report.bytes), (400_015, 400_015), "what has two names counts once");
    assert_eq!(
        std::fs::read(world.root().join("chats/one.json")).unwrap(),
        b"damaged",
        "the live folder is left alone"
    );
    let error = restore(&world, request(&world, &daily, Target::Into(into))).unwrap_err();
    assert_eq!(error.code(), Code::TargetNotEmpty);
}

#[test]
fn in_place_the_moment_comes_back_and_the_present_state_is_kept_twice() {
    let world = World::new();
    let full = start(&world);
    let expected = world.tree();
    world.advance_hours(24);
    world.write("chats/one.json", "damaged");
    world.write("chats/added.json", "added");
    world.remove("chats/two.json");
    let damaged = world.tree();
    let (preview, report) = restore(&world, request(&world, &full, Target::InPlace)).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!(world.tree(), expected);
    assert_eq!(preview.created, Tally { files: 1, bytes: 3 });
    let replaced = |path: &str| preview.changes.iter().any(|c| c.path == path && c.action == Action::Replace);
    assert!(replaced("data/chats/one.json") && !replaced("data/.env") && !replaced("data/noise"));
    assert_eq!(preview.deleted, Tally { files: 1, bytes: 5 });
    assert_eq!(tree(&report.preserved[0]), damaged);
    let emergency = world.row(&report.emergency.unwrap());
    assert_eq!(emergency.kind, Kind::Emergency);
    let into = world.path().join("emergency");
    restore(&world, request(&world, &emergency.name, Target::Into(into.clone()))).unwrap();
    assert_eq!(tree(&into.join("data")), damaged);
}

#[test]
fn databases_that_change_are_named_and_what_is_deleted_is_told_by_its_time() {
    let world = World::new();
    world.sql("chat.db", "CREATE TABLE n (n);");
    world.write("v/notes.md", "beside");
    world.sql("v/chroma.sqlite3", "CREATE TABLE n (n);");
    let full = start(&world);
    world.sql("chat.db", "INSERT INTO n VALUES (1);");
    world.sql("v/chroma.sqlite3", "INSERT INTO n VALUES (1);");
    world.sql("other.db", "CREATE TABLE n (n);");
    let at = world.row(&full).created;
    for (name, seconds) in [("before.txt", -60), ("after.txt", 60)] {
        world.write(name, name);
        let file = std::fs::File::options().write(true).open(world.root().join(name)).unwrap();
        file.set_modified((at + jiff::SignedDuration::from_secs(seconds)).into()).unwrap();
    }
    let file = std::fs::File::options().write(true).open(world.root().join("other.db")).unwrap();
    file.set_modified((at - jiff::SignedDuration::from_secs(60)).into()).unwrap();
    let (reading, job) = (world.reading(), world.job());
    let preview =
        restore::plan(&world.context, &reading, request(&world, &full, Target::InPlace), &job).unwrap().preview;
    let mut databases: Vec<_> = preview.databases.iter().map(|it| (it.path.as_str(), it.action)).collect();
    databases.sort_unstable_by_key(|(path, _)| *path);
    assert_eq!(databases, [("data/chat.db", Action::Replace), ("data/other.db", Action::Delete)]);
    assert_eq!((preview.deleted.files, preview.deleted_newer.files), (3, 1));
}

#[test]
fn a_path_alone_leaves_the_rest_as_it_is() {
    let world = World::new();
    let full = start(&world);
    world.advance_hours(24);
    world.write("chats/one.json", "damaged");
    world.write("chats/added.json", "added");
    world.write(".env", "KEY=2");
    let scope = Scope { paths: vec![b"data/chats/one.json".to_vec()], ..Scope::default() };
    let request = RestoreRequest { scope, ..request(&world, &full, Target::InPlace) };
    restore(&world, request).unwrap();
    let tree = world.tree();
    assert!(tree["chats/one.json"].ends_with(" one"));
    assert!(tree[".env"].ends_with("KEY=2") && tree.contains_key("chats/added.json"));
}

#[test]
fn a_component_alone_leaves_the_rest_as_it_is() {
    let world = World::new();
    let full = start(&world);
    world.advance_hours(24);
    world.write("chats/one.json", "later");
    world.write(".env", "KEY=lost");
    let scope = Scope { components: vec![Class::Config], ..Scope::default() };
    let request = RestoreRequest { scope, ..request(&world, &full, Target::InPlace) };
    restore(&world, request).unwrap();
    let tree = world.tree();
    assert!(tree[".env"].ends_with("KEY=1") && tree["chats/one.json"].ends_with("later"));
}

#[test]
fn what_is_left_out_stays_as_it_is_with_all_that_belongs_to_it() {
    let world = World::new();
    world.sql("bot.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('then');");
    world.write("v/index/data", "index");
    world.sql("v/chroma.sqlite3", "CREATE TABLE n (n);");
    let full = start(&world);
    world.advance_hours(24);
    for path in ["chats/one.json", "chats/two.json", ".env"] {
        world.write(path, "now");
    }
    world.write("chats/added.json", "now");
    world.write("chats/deep/added.json", "now");
    world.write("added.json", "now");
    // A database that is written to: what it says is beside it.
    let live = rusqlite::Connection::open(world.root().join("bot.db")).unwrap();
    live.pragma_update(None, "journal_mode", "WAL").unwrap();
    live.execute_batch("INSERT INTO chat VALUES ('now');").unwrap();
    assert!(world.root().join("bot.db-wal").metadata().unwrap().len() > 0);

    let scope = |paths: &[&str], except: &[&str]| {
        let list = |paths: &[&str]| paths.iter().map(|path| path.as_bytes().to_vec()).collect();
        Scope { components: Vec::new(), paths: list(paths), except: list(except) }
    };
    // In place, all but some; what is only there now may be left out too.
    let chosen = scope(&["data/chats/two.json"], &["data/chats", "data/bot.db", "data/added.json"]);
    let chosen = Scope { paths: [chosen.paths, vec![b"data".to_vec()]].concat(), ..chosen };
    let (preview, _) =
        restore(&world, RestoreRequest { scope: chosen, ..request(&world, &full, Target::InPlace) }).unwrap();
    let changed: Vec<&str> = preview.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(changed, ["data/.env", "data/chats/two.json"]);
    let tree = world.tree();
    assert!(tree[".env"].ends_with("KEY=1") && tree["chats/two.json"].ends_with(" two"), "{tree:?}");
    for kept in ["chats/one.json", "chats/added.json", "chats/deep/added.json", "added.json"] {
        assert!(tree[kept].ends_with(" now"), "{kept}: {tree:?}");
    }
    let rows = rusqlite::Connection::open(world.root().join("bot.db")).unwrap();
    let count: u32 = rows.query_row("SELECT count(*) FROM chat", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2, "the database that was left out has all of its rows");

    // Into a folder: without a list of paths, all but those.
    let into = world.path().join("into");
    let scoped = scope(&[], &["data/chats", "data/noise"]);
    let (preview, report) =
        restore(&world, RestoreRequest { scope: scoped, ..request(&world, &full, Target::Into(into.clone())) })
            .unwrap();
    assert_eq!(preview.created.files, report.files);
    assert!(!into.join("data/chats").exists() && !into.join("data/noise").exists());
    assert_eq!(
        into.join("data/second-name").metadata().unwrap().len(),
        400_000,
        "its content was under the other name"
    );

    // A store that would be torn is said to be; a path that is nowhere is refused, for it is mistyped.
    let plan = |scope: Scope| {
        let request = RestoreRequest { scope, ..request(&world, &full, Target::Into(world.path().join("none"))) };
        restore::plan(&world.context, &world.reading(), request, &world.job())
    };
    let torn = |plan: &restore::RestorePlan| plan.preview.notices.iter().any(|it| it.cause.contains("is one unit"));
    assert!(torn(&plan(scope(&[], &["data/v/index"])).unwrap()));
    assert!(!torn(&plan(scope(&[], &["data/v"])).unwrap()));
    let error = plan(scope(&[], &["data/chat"])).unwrap_err();
    assert_eq!((error.code(), error.subject()), (Code::NothingToRestore, "data/chat"));
    assert_eq!(plan(scope(&[], &["data"])).unwrap_err().code(), Code::NothingToRestore);
}

#[test]
fn a_second_name_alone_comes_with_its_content() {
    use std::os::unix::fs::MetadataExt;
    let world = World::new();
    world.sql("a.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    world.write("a.txt", "shared");
    std::fs::create_dir(world.root().join("sub")).unwrap();
    for (name, other) in [("a.txt", "b.txt"), ("a.txt", "sub/c.txt"), ("a.txt", "sub/d.txt"), ("a.db", "sub/b.db")] {
        std::fs::hard_link(world.root().join(name), world.root().join(other)).unwrap();
    }
    world.backup(Level::Full);
    world.advance_hours(24);
    // Its content lies in the full archive, its list here.
    world.write("other", "other");
    let daily = world.backup(Level::Daily).archive;
    let only = |name: &str, paths: &[&str]| {
        let paths = paths.iter().map(|path| path.as_bytes().to_vec()).collect();
        let scope = Scope { paths, ..Scope::default() };
        let into = world.path().join(name);
        let request = RestoreRequest { scope, ..request(&world, &daily, Target::Into(into.clone())) };
        let (preview, report) = restore(&world, request).unwrap();
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
        assert_eq!((preview.created.files, preview.created.bytes), (report.files, report.bytes));
        (into.join("data"), report)
    };
    let (alone, report) = only("alone", &["data/b.txt"]);
    assert_eq!(std::fs::read(alone.join("b.txt")).unwrap(), b"shared");
    assert_eq!((report.files, report.bytes, tree(&alone).len()), (1, 6, 1));
    let (folder, report) = only("folder", &["data/sub"]);
    assert_eq!(report.files, 3);
    let inode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().ino();
    assert_eq!(std::fs::read(folder.join("sub/d.txt")).unwrap(), b"shared");
    assert_eq!(inode("sub/c.txt"), inode("sub/d.txt"), "further names are linked");
    let rows = rusqlite::Connection::open(folder.join("sub/b.db")).unwrap();
    assert_eq!(rows.query_row("SELECT text FROM chat", [], |row| row.get::<_, String>(0)).unwrap(), "hello");
    let (both, _) = only("both", &["data/a.txt", "data/sub/d.txt"]);
    let inode = |name: &str| std::fs::metadata(both.join(name)).unwrap().ino();
    assert_eq!(inode("a.txt"), inode("sub/d.txt"), "the first name has the content where it is taken");
    // In place: the first name stays as it is.
    world.write("a.txt", "damaged");
    let scope = Scope { paths: vec![b"data/b.txt".to_vec()], ..Scope::default() };
    let request = RestoreRequest { scope, ..request(&world, &daily, Target::InPlace) };
    restore(&world, request).unwrap();
    let tree = world.tree();
    assert!(tree["b.txt"].ends_with(" shared") && tree["a.txt"].ends_with(" damaged"), "{tree:?}");
}

#[test]
fn planning_changes_nothing() {
    let world = World::new();
    let full = start(&world);
    world.write("chats/one.json", "damaged");
    let (before, archives) = (world.tree(), world.archives().list().unwrap());
    let reading = world.reading();
    restore::plan(&world.context, &reading, request(&world, &full, Target::InPlace), &world.job()).unwrap();
    assert_eq!(world.tree(), before);
    assert_eq!(world.archives().list().unwrap(), archives);
}

#[test]
fn a_chain_with_a_gap_is_refused_before_anything_is_written() {
    let world = World::new();
    let full = start(&world);
    world.advance_hours(24);
    let daily = world.backup(Level::Daily).archive;
    std::fs::remove_file(world.archives().archive(&full)).unwrap();
    let into = world.path().join("into");
    let error = restore(&world, request(&world, &daily, Target::Into(into.clone()))).unwrap_err();
    assert_eq!(error.code(), Code::ParentMissing);
    assert!(error.cause().contains(full.as_str()) && !into.exists());
}

#[test]
fn damage_leaves_the_live_folder_as_it_was() {
    let world = World::new();
    let mut noise = vec![0; 400_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("noise", &noise);
    let full = world.backup(Level::Full).archive;
    let path = world.archives().archive(&full);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100_000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    world.advance_hours(24);
    world.write("noise", "now");
    let before = world.tree();
    let error = restore(&world, request(&world, &full, Target::InPlace)).unwrap_err();
    assert_eq!(error.code(), Code::ArchiveDamaged);
    assert_eq!(world.tree(), before);
    let aside = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".holdfast-");
    assert!(!std::fs::read_dir(world.path()).unwrap().any(|item| aside(&item.unwrap().file_name())));
}

#[test]
fn cancelled_it_leaves_the_live_folder_as_it_was() {
    let world = World::new();
    let full = start(&world);
    world.write("chats/one.json", "damaged");
    let before = world.tree();
    let (reading, job) = (world.reading(), world.job());
    let plan = restore::plan(&world.context, &reading, request(&world, &full, Target::InPlace), &job).unwrap();
    job.cancel();
    let error = restore::run(&world.context, plan, &job).unwrap_err();
    assert_eq!((error.code(), world.tree()), (Code::Cancelled, before));
}

#[test]
fn an_archive_that_someone_else_wrote_is_refused() {
    let world = World::new();
    let full = start(&world);
    // Anyone with the public key can encrypt for it; only the signature tells. Here another key should have signed.
    let stranger = crate::vault::KeySet::generate().unwrap().signing_public().unwrap();
    let keys = world.context.vault(&world.profile.id).unwrap().identity(&crate::vault::Given::default()).unwrap();
    let keys = crate::vault::KeySet::new(keys.identity().clone(), None).with_signing_public(stranger);
    let into = |name: &str| request(&world, &full, Target::Into(world.path().join(name)));
    let doubtful = crate::operations::reading::Reading::with_keys(keys.clone(), false);
    let error = restore::plan(&world.context, &doubtful, into("a"), &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::SignedByOther);
    let accepting = crate::operations::reading::Reading::with_keys(keys, true);
    restore::plan(&world.context, &accepting, into("b"), &world.job()).unwrap();
}

/// Large files are unpacked on a thread of their own: in order, with their holes, and damage ends it.
#[test]
fn large_files_come_out_whole_and_damage_in_them_is_said() {
    use std::io::{Seek, SeekFrom, Write};
    let world = World::new();
    let mut noise = vec![0; 21 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("noise", &noise);
    let mut sparse = std::fs::File::create(world.root().join("sparse")).unwrap();
    for at in [3_000_000, 17_000_000] {
        sparse.seek(SeekFrom::Start(at)).unwrap();
        sparse.write_all(b"an island").unwrap();
    }
    sparse.set_len(20_000_000).unwrap();
    drop(sparse);
    world.backup(Level::Full);
    world.advance_hours(24);
    // Some of its blocks come from one archive, some from the other.
    for at in [5 << 20, 13 << 20] {
        noise[at] ^= 1;
    }
    world.write("noise", &noise);
    let daily = world.backup(Level::Daily).archive;
    let into = world.path().join("place");
    restore(&world, request(&world, &daily, Target::Into(into.clone()))).unwrap();
    assert!(std::fs::read(into.join("data/noise")).unwrap() == noise);
    let expected = std::fs::read(world.root().join("sparse")).unwrap();
    assert!(std::fs::read(into.join("data/sparse")).unwrap() == expected);

    let full = world.archives().list().unwrap().remove(0).path;
    let mut bytes = std::fs::read(&full).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&full, bytes).unwrap();
    let again = world.path().join("again");
    let error = restore(&world, request(&world, &daily, Target::Into(again.clone()))).unwrap_err();
    assert_eq!(error.code(), Code::ArchiveDamaged);
    assert!(!again.exists());
}

#[test]
fn who_has_files_open_is_told_also_after_an_earlier_restore() {
    let world = World::new();
    let full = start(&world);
    let file = std::fs::File::open(world.root().join("noise")).unwrap();
    let mut chatbot = std::process::Command::new("sleep").arg("60").stdin(file).spawn().unwrap();
    let holder = format!("sleep ({})", chatbot.id());
    let told = |preview: &Preview| preview.notices.iter().any(|n| n.code == Code::FilesInUse && n.subject == holder);
    world.write("chats/one.json", "another");
    let paths = Scope { paths: vec![b"data/chats/one.json".to_vec()], ..Scope::default() };
    let (first, _) =
        restore(&world, RestoreRequest { scope: paths, ..request(&world, &full, Target::InPlace) }).unwrap();
    world.advance_hours(1);
    let (second, _) = restore(&world, request(&world, &full, Target::InPlace)).unwrap();
    chatbot.kill().unwrap();
    chatbot.wait().unwrap();
    assert!(told(&first) && told(&second), "{:?} {:?}", first.notices, second.notices);
}
