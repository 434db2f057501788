//! What a preview holds up, and what happens to the state that a restore sets aside.
use crate::operations::restore::{self, RestorePlan, RestoreReport, RestoreRequest, Scope, Target};
use crate::operations::test_support::{World, tree};
use crate::operations::undo::{self, ForgetRequest};
use holdfast_domain::{ArchiveName, Code, Level, Outcome};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

const LARGE: usize = 200_000;

fn request(world: &World, archive: &ArchiveName, paths: &[&str]) -> RestoreRequest {
    let paths = paths.iter().map(|path| path.as_bytes().to_vec()).collect();
    RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(archive),
        scope: Scope { paths, ..Scope::default() },
        target: Target::InPlace,
        emergency: false,
    }
}

fn plan(world: &World, request: RestoreRequest) -> RestorePlan {
    restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap()
}

/// A restore of one file, with what that leaves as it is.
fn restore_one(world: &World, archive: &ArchiveName) -> RestoreReport {
    world.write("note.md", "spoilt");
    let plan = plan(world, request(world, archive, &["data/note.md"]));
    restore::run(&world.context, plan, &world.job()).unwrap()
}

/// A note, a database, an index, a log and a large upload, backed up.
fn start(world: &World) -> ArchiveName {
    world.write("note.md", "a note");
    world.sql("chat.db", "CREATE TABLE t (text); INSERT INTO t VALUES (zeroblob(200000)), ('first')");
    world.write("store/index.faiss", vec![1; LARGE]);
    world.write("server.log", vec![b'.'; LARGE]);
    world.write("uploads/film.mp4", vec![3; LARGE]);
    world.write("uploads/sheet.csv", vec![b','; LARGE]);
    world.backup(Level::Full).archive
}

/// Later than what the file system takes for one moment.
fn later() {
    std::thread::sleep(Duration::from_millis(30));
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

/// Writes over the start of a file, as a program does that has it open.
fn write_in_place(path: &Path) {
    OpenOptions::new().write(true).open(path).unwrap().write_all(b"now").unwrap();
}

struct Program(Child);

impl Program {
    fn writing(path: &Path) -> Self {
        let file = OpenOptions::new().append(true).open(path).unwrap();
        Self(Command::new("sleep").arg("60").stdout(file).spawn().unwrap())
    }

    fn named(&self) -> String {
        format!("sleep ({})", self.0.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn aside(report: &RestoreReport) -> PathBuf {
    report.preserved[0].clone()
}

fn forget(world: &World, request: &ForgetRequest) -> Result<undo::ForgetReport, crate::Error> {
    undo::forget(&world.context, &world.profile, request, &world.job())
}

#[test]
fn a_preview_holds_no_backup_up_and_is_run_where_it_still_holds() {
    let world = World::new();
    let full = start(&world);
    world.write("note.md", "spoilt");
    let held = plan(&world, request(&world, &full, &[]));
    world.advance_hours(1);
    world.backup(Level::Hourly);
    let running = world.context.lock(world.profile.name.as_str(), "a backup").unwrap();
    plan(&world, request(&world, &full, &[]));
    drop(running);
    let report = restore::run(&world.context, held, &world.job()).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!(world.tree()["note.md"], "644 a note");
    let undo = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    world.advance_hours(1);
    world.backup(Level::Hourly);
    undo::run(&world.context, undo, &world.job()).unwrap();
    assert_eq!(world.tree()["note.md"], "644 spoilt");
}

#[test]
fn an_undo_takes_no_folder_from_under_a_program_unless_that_is_wanted() {
    let world = World::new();
    let full = start(&world);
    world.write("note.md", "spoilt");
    let restored = plan(&world, request(&world, &full, &[]));
    restore::run(&world.context, restored, &world.job()).unwrap();
    let planned = || undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    // Begun after the preview, too.
    let before = planned();
    let program = Program::writing(&world.root().join("note.md"));
    for plan in [before, planned()] {
        let refused = undo::run(&world.context, plan, &world.job()).unwrap_err();
        assert_eq!((refused.code(), refused.subject()), (Code::StillInUse, &program.named()[..]));
        assert_eq!(world.tree()["note.md"], "644 a note");
    }
    let mut wanted = planned();
    wanted.despite_use = true;
    let report = undo::run(&world.context, wanted, &world.job()).unwrap();
    assert_eq!((report.outcome, report.problems[0].code), (Outcome::Problems, Code::StillInUse));
    assert_eq!(world.tree()["note.md"], "644 spoilt");
}

#[test]
fn a_preview_of_what_was_changed_since_is_refused() {
    let world = World::new();
    let full = start(&world);
    world.write("note.md", "spoilt");
    let changes: [&dyn Fn(); 5] = [
        &|| world.write("made.md", "since"),
        &|| world.write("uploads/sheet.csv", "since"),
        &|| world.write("note.md", "spoilt again"),
        &|| world.remove("uploads/film.mp4"),
        &|| fs::remove_file(world.archives().archive(&full)).unwrap(),
    ];
    for change in changes {
        let held = plan(&world, request(&world, &full, &[]));
        world.advance_hours(1);
        world.backup(Level::Hourly);
        change();
        let before = world.tree();
        let error = restore::run(&world.context, held, &world.job()).unwrap_err();
        assert_eq!(error.code(), Code::ChangedSincePreview, "{error}");
        assert_eq!(world.tree(), before);
        assert!(undo::preserved(&world.context, &world.profile).unwrap().is_empty());
    }
}

#[test]
fn what_a_program_had_open_may_change_between_preview_and_restore() {
    let world = World::new();
    let full = start(&world);
    world.write("note.md", "spoilt");
    let program = Program::writing(&world.root().join("chat.db"));
    let held = plan(&world, request(&world, &full, &[]));
    world.sql("chat.db", "INSERT INTO t VALUES ('written until it was stopped')");
    drop(program);
    restore::run(&world.context, held, &world.job()).unwrap();
}

#[test]
fn what_is_written_in_place_is_no_longer_one_file_with_the_state_before() {
    let world = World::new();
    let full = start(&world);
    let root = world.root();
    let open = Program::writing(&root.join("uploads/film.mp4"));
    let held = plan(&world, request(&world, &full, &["data/note.md"]));
    assert!(held.preview.bytes_to_copy == 0 || held.preview.bytes_to_copy >= 5 * LARGE as u64);
    drop((held, open));
    let connection = rusqlite::Connection::open(root.join("chat.db")).unwrap();
    connection.execute_batch("PRAGMA journal_mode = wal; INSERT INTO t VALUES ('in the wal')").unwrap();
    let report = restore_one(&world, &full);
    let before = aside(&report);
    for path in ["chat.db", "store/index.faiss", "server.log", "uploads/sheet.csv"] {
        assert_ne!(inode(&root.join(path)), inode(&before.join(path)), "{path}");
    }
    assert_eq!(inode(&root.join("uploads/film.mp4")), inode(&before.join("uploads/film.mp4")), "written once");
    let rows = |path: PathBuf| -> u32 {
        let database = rusqlite::Connection::open(path).unwrap();
        database.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(root.join("chat.db")), 3, "with what was in its -wal alone");
    drop(connection);
    // Undo brings back what there was, whatever is written to what is live.
    let kept = tree(&before);
    for path in ["chat.db", "store/index.faiss", "server.log", "uploads/sheet.csv"] {
        write_in_place(&root.join(path));
    }
    assert_eq!(tree(&before), kept);
}

#[test]
fn an_undo_says_what_was_changed_in_both_states() {
    let world = World::new();
    let full = start(&world);
    restore_one(&world, &full);
    let told = || undo::plan(&world.context, &world.profile, true, &world.job()).unwrap().written;
    assert_eq!(told(), undo::Written::default());
    later();
    write_in_place(&world.root().join("uploads/film.mp4"));
    assert_eq!((told().shared, told().files), (1, 0));
    // It is in the live state too.
    assert_eq!(forget(&world, &ForgetRequest::default()).unwrap().removed, 1);
}

#[test]
fn a_state_that_was_written_to_goes_only_where_that_is_asked_for() {
    let world = World::new();
    let full = start(&world);
    let report = restore_one(&world, &full);
    let before = aside(&report);
    later();
    world.write("chat.db-of-the-live-state", "concerns nobody");
    let late = before.join("uploads/late.md");
    fs::write(&late, "from a program that was not stopped").unwrap();
    let error = forget(&world, &ForgetRequest::default()).unwrap_err();
    assert_eq!(error.code(), Code::WrittenAside);
    assert!(error.cause().contains("1 file was written") && error.cause().contains("data/uploads/late.md"), "{error}");
    assert!(late.exists());
    let discard = ForgetRequest { discard_changes: true, ..ForgetRequest::default() };
    assert_eq!(forget(&world, &discard).unwrap().removed, 1);
    assert!(!before.exists());
}

#[test]
fn a_program_that_goes_on_with_the_old_files_is_told_of_and_keeps_them() {
    let world = World::new();
    let full = start(&world);
    let program = Program::writing(&world.root().join("server.log"));
    let report = restore_one(&world, &full);
    assert_eq!(report.outcome, Outcome::Problems);
    let told = report.problems.iter().find(|problem| problem.code == Code::StillInUse).unwrap();
    assert_eq!(told.subject, program.named());
    assert!(report.in_use[0].writes && report.in_use[0].opens);
    let error = forget(&world, &ForgetRequest::default()).unwrap_err();
    assert_eq!(error.code(), Code::WrittenAside);
    assert!(error.cause().contains(&program.named()), "{error}");
    assert_eq!(restore::in_use_aside(&world.context, &world.profile.id).unwrap().len(), 1);
    drop(program);
    assert!(restore::in_use_aside(&world.context, &world.profile.id).unwrap().is_empty());
    assert_eq!(forget(&world, &ForgetRequest::default()).unwrap().removed, 1);
}

#[test]
fn one_state_goes_and_the_others_can_still_be_undone() {
    let world = World::new();
    let full = start(&world);
    world.write("note.md", "spoilt");
    let first = world.tree();
    for _ in 0..3 {
        world.advance_hours(1);
        let plan = plan(&world, request(&world, &full, &["data/note.md"]));
        restore::run(&world.context, plan, &world.job()).unwrap();
        world.write("note.md", "spoilt once more");
    }
    let states = undo::preserved(&world.context, &world.profile).unwrap();
    assert_eq!(states.len(), 3);
    for newest in &states[..2] {
        let one = ForgetRequest { id: Some(newest.id.clone()), ..ForgetRequest::default() };
        assert_eq!(forget(&world, &one).unwrap().removed, 1);
        assert_eq!(forget(&world, &one).unwrap_err().code(), Code::NothingToUndo);
    }
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    assert_eq!(plan.id, states[2].id);
    undo::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(world.tree(), first);
}

#[test]
fn the_archive_made_before_is_foreseen() {
    let world = World::new();
    let full = start(&world);
    world.write("note.md", "spoilt");
    world.write("uploads/new.bin", vec![7; LARGE]);
    let asked = RestoreRequest { emergency: true, ..request(&world, &full, &["data/note.md"]) };
    assert_eq!(plan(&world, asked).preview.emergency_bytes, Some(LARGE as u64 + 6));
    assert_eq!(plan(&world, request(&world, &full, &[])).preview.emergency_bytes, None);
}

#[test]
fn times_of_files_that_are_ahead_are_no_changes() {
    let world = World::new();
    let full = start(&world);
    let ahead = File::open(world.root().join("server.log")).unwrap();
    ahead.set_modified(std::time::SystemTime::now() + Duration::from_hours(48)).unwrap();
    (&ahead).rewind().unwrap();
    restore_one(&world, &full);
    assert_eq!(forget(&world, &ForgetRequest::default()).unwrap().removed, 1);
}
