use crate::catalog::{Operation, VerifyKind};
use crate::operations::soundness::{Archives, Soundness};
use crate::operations::test_support::World;
use crate::operations::verify::{self, Finding, VerifyReport, VerifyRequest};
use holdfast_domain::{ArchiveName, Code, Level, Outcome};
use std::path::PathBuf;

fn verify(world: &World, archive: &ArchiveName, full: bool) -> VerifyReport {
    let request = VerifyRequest { archives: vec![world.archives().archive(archive)], full };
    let reading = world.reading();
    verify::run(&world.context, Some(&world.profile), Some(&reading), request, &world.job()).unwrap()
}

/// A full archive and a daily one upon it, longer than one piece of their encryption.
fn two(world: &World) -> [ArchiveName; 2] {
    let mut noise = vec![0; 400_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("noise", &noise);
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    let full = world.backup(Level::Full).archive;
    world.advance_hours(24);
    noise[200_000] ^= 1;
    world.write("noise", &noise);
    [full, world.backup(Level::Daily).archive]
}

/// A database whose index lacks a row: SQLite opens it, and its integrity check finds it.
fn unsound_database(world: &World, name: &str) {
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)";
    let rows = format!("{rows} INSERT INTO chat SELECT printf('%04d xxxxx', i) FROM n");
    world.sql(name, &format!("CREATE TABLE chat (text); CREATE INDEX by_text ON chat (text); {rows}"));
    let path = world.root().join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    let leaf = bytes.chunks_mut(4096).find(|page| page[0] == 10).unwrap();
    // The last one: what lies before may be left over from keys that have moved on.
    let at = (0..leaf.len() - 5).rev().find(|at| &leaf[*at..at + 5] == b"xxxxx").unwrap();
    leaf[at + 4] = b'z';
    std::fs::write(&path, bytes).unwrap();
}

fn flip(path: &PathBuf, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_whole_passes_and_is_marked() {
    let world = World::new();
    let [full, daily] = two(&world);
    for thorough in [false, true] {
        let report = verify(&world, &daily, thorough);
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.archives);
        let names: Vec<_> = report.archives.iter().map(|verdict| verdict.archive.as_str()).collect();
        assert_eq!(names, [full.as_str(), daily.as_str()], "with what it needs");
        assert!(report.archives.iter().all(|verdict| verdict.signature == "good"));
        assert!(world.row(&full).verified.is_some_and(|verified| verified.ok));
    }
}

#[test]
fn one_flipped_bit_fails_both_checks_wherever_it_is() {
    let world = World::new();
    let [full, _] = two(&world);
    let path = world.archives().archive(&full);
    let length = std::fs::metadata(&path).unwrap().len() as usize;
    for at in [600, length / 2, length - 1000] {
        for thorough in [false, true] {
            flip(&path, at);
            let report = verify(&world, &full, thorough);
            assert_eq!(report.outcome, Outcome::Failed, "bit {at}, full: {thorough}");
            assert!(world.row(&full).verified.is_some_and(|verified| !verified.ok));
            flip(&path, at);
        }
    }
    assert_eq!(verify(&world, &full, true).outcome, Outcome::Done);
}

#[test]
fn the_full_check_names_the_files_that_are_hit_and_no_others() {
    let world = World::new();
    for number in 0..12u8 {
        let mut noise = vec![0; 300_000];
        blake3::Hasher::new_keyed(&[number; 32]).finalize_xof().fill(&mut noise);
        world.write(&format!("file-{number:02}"), noise);
    }
    let full = world.backup(Level::Full).archive;
    let path = world.archives().archive(&full);
    flip(&path, 1_500_000);
    let report = verify(&world, &full, true);
    let named = |name: &str| report.archives[0].problems.iter().any(|problem| problem.subject == name);
    assert!(named("data/file-04"), "{report:?}");
    assert!(!named("data/file-00") && !named("data/file-08") && !named("data/file-11"), "{report:?}");
}

#[test]
fn a_damaged_file_that_another_archive_needs_fails_too() {
    let world = World::new();
    let [full, daily] = two(&world);
    flip(&world.archives().archive(&full), 100_000);
    let report = verify(&world, &daily, false);
    let ok: Vec<_> = report.archives.iter().map(|verdict| verdict.ok).collect();
    assert_eq!((ok, report.outcome), (vec![false, false], Outcome::Failed));
    let findings: Vec<_> = report.archives.iter().map(|verdict| verdict.finding).collect();
    assert_eq!(findings, [Finding::Damaged, Finding::Incomplete]);
    let codes: Vec<_> = report.archives[1].problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::ParentDamaged]);
    assert!(world.row(&daily).verified.is_some_and(|verified| verified.ok), "its own file is what was written");
    let rows = world.catalog().archives().list(None).unwrap();
    let sound: Vec<_> = rows.iter().map(|row| Archives::of(&rows).soundness(row)).collect();
    assert_eq!(sound, [Soundness::NeedsDamaged, Soundness::Damaged]);
}

#[test]
fn what_is_not_there_is_missing_and_not_damaged() {
    let world = World::new();
    let [full, daily] = two(&world);
    let path = world.archives().archive(&full);
    std::fs::rename(&path, world.path().join("away")).unwrap();
    for thorough in [false, true] {
        let report = verify(&world, &daily, thorough);
        let findings: Vec<_> = report.archives.iter().map(|verdict| verdict.finding).collect();
        assert_eq!(findings, [Finding::Missing, Finding::Incomplete], "{:?}", report.archives);
        assert_eq!(report.archives[1].problems.len(), 1, "{:?}", report.archives);
        assert!(only_read_back(&world, &full));
    }
}

#[test]
fn without_a_hash_to_compare_with_every_byte_is_looked_at() {
    let world = World::new();
    let [full, _] = two(&world);
    let copy = world.path().join("x.age");
    std::fs::copy(world.archives().archive(&full), &copy).unwrap();
    let request = || VerifyRequest { archives: vec![copy.clone()], full: false };
    let reading = world.reading();
    let keyed = || verify::run(&world.context, None, Some(&reading), request(), &world.job()).unwrap();
    let bare = verify::run(&world.context, None, None, request(), &world.job()).unwrap();
    assert_eq!((bare.outcome, bare.archives[0].finding), (Outcome::Problems, Finding::NotChecked));
    let report = keyed();
    assert_eq!((report.outcome, report.archives[0].full), (Outcome::Done, true), "{report:?}");
    flip(&copy, 100_000);
    assert_eq!(keyed().archives[0].finding, Finding::Damaged);
}

#[test]
fn a_cut_archive_is_told_for_what_it_is() {
    let world = World::new();
    let [full, _] = two(&world);
    let path = world.archives().archive(&full);
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 70_000).unwrap();
    let report = verify(&world, &full, false);
    assert!(report.archives[0].problems.iter().any(|p| p.code == Code::ArchiveTruncated), "{report:?}");
}

#[test]
fn without_a_key_the_quick_check_compares_hashes() {
    let world = World::new();
    let [full, _] = two(&world);
    let path = world.archives().archive(&full);
    let quick = || {
        let request = VerifyRequest { archives: vec![path.clone()], full: false };
        verify::run(&world.context, Some(&world.profile), None, request, &world.job()).unwrap()
    };
    let report = quick();
    assert_eq!((report.outcome, report.archives[0].signature.as_str()), (Outcome::Done, "unchecked"));
    flip(&path, 5000);
    assert_eq!(quick().archives[0].problems[0].code, Code::ChecksumMismatch);
    let request = VerifyRequest { archives: vec![path.clone()], full: true };
    let error = verify::run(&world.context, None, None, request, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::KeyNeeded);
}

#[test]
fn several_databases_are_checked_each_by_itself() {
    let world = World::new();
    for name in ["a.db", "b.db", "c.db"] {
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)";
        let sql = format!(
            "CREATE TABLE chat (text); CREATE INDEX i ON chat(text); {rows} INSERT INTO chat SELECT hex(randomblob(60)) FROM n;"
        );
        world.sql(name, &sql);
    }
    let full = world.backup(Level::Full).archive;
    world.advance_hours(1);
    world.sql("b.db", "DELETE FROM chat WHERE rowid % 3; VACUUM;");
    let daily = world.backup(Level::Daily).archive;
    let report = verify(&world, &daily, true);
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.archives);
    let files: Vec<_> = report.archives.iter().map(|verdict| verdict.files).collect();
    assert_eq!(files, [3, 1], "{full} and {daily}");
}

#[test]
fn a_database_that_was_damaged_already_is_told_and_leaves_the_archive_good() {
    let world = World::new();
    unsound_database(&world, "chat.db");
    let full = world.backup(Level::Full);
    assert_eq!(full.problems[0].code, Code::DatabaseDamaged, "{:?}", full.problems);
    let report = verify(&world, &full.archive, true);
    let verdict = &report.archives[0];
    assert_eq!((report.outcome, verdict.ok), (Outcome::Done, true), "{verdict:?}");
    let told: Vec<_> = verdict.problems.iter().map(|p| (p.code, p.subject.as_str())).collect();
    assert_eq!(told, [(Code::DatabaseWasDamaged, "data/chat.db")]);
    assert!(verdict.problems[0].cause.contains("by_text") && !verdict.problems[0].cause.contains('\n'));
    assert!(world.row(&full.archive).verified.is_some_and(|verified| verified.ok));
}

#[test]
fn an_archive_of_another_deployment_is_not_judged_by_its_name() {
    let (world, other) = (World::new(), World::new());
    let [full, _] = two(&world);
    other.write("another", "chatbot");
    assert_eq!(other.backup(Level::Full).archive, full, "the same name");
    let run = |path: PathBuf, from: &World, full: bool| {
        let request = VerifyRequest { archives: vec![path], full };
        verify::run(&world.context, Some(&world.profile), Some(&from.reading()), request, &world.job())
    };
    let theirs = other.archives().archive(&full);
    for thorough in [false, true] {
        let report = run(theirs.clone(), &other, thorough).unwrap();
        assert_eq!(report.outcome, Outcome::Done, "{report:?}");
        assert_eq!(run(theirs.clone(), &world, thorough).unwrap_err().code(), Code::WrongKey);
    }
    // A copy of our own elsewhere is compared, but says nothing of the one at its place.
    let copy = world.path().join(full.file_name());
    std::fs::copy(world.archives().archive(&full), &copy).unwrap();
    flip(&copy, 100_000);
    let report = run(copy, &world, false).unwrap();
    assert_eq!(report.archives[0].problems[0].code, Code::ChecksumMismatch, "{report:?}");
    assert!(only_read_back(&world, &full));
    let runs = world.catalog().runs().recent(None, 100).unwrap();
    assert!(runs.iter().all(|row| row.run.operation != Operation::Verify), "{runs:?}");
}

#[test]
fn an_archive_is_known_to_be_read_back_until_somebody_verifies_it() {
    let world = World::new();
    world.write("a.txt", "one");
    let made = world.backup(Level::Full).archive;
    assert!(only_read_back(&world, &made));
    verify(&world, &made, false);
    let verified = world.row(&made).verified.unwrap();
    assert!(verified.passed_since() && verified.kind == VerifyKind::Quick, "{verified:?}");
}

#[test]
fn that_a_file_is_not_what_was_written_is_told_once() {
    let world = World::new();
    let [full, _] = two(&world);
    flip(&world.archives().archive(&full), 100_000);
    let verdict = &verify(&world, &full, false).archives[0];
    let told = verdict.problems.iter().filter(|problem| problem.code == Code::ChecksumMismatch).count();
    assert_eq!(told, 1, "{:?}", verdict.problems);
}

fn only_read_back(world: &World, archive: &ArchiveName) -> bool {
    let verified = world.row(archive).verified.expect("it was read back");
    verified.ok && verified.kind == VerifyKind::ReadBack && !verified.passed_since()
}

/// Wherever the damage is, what is noted of the database is what a salvage brings out.
#[test]
fn of_a_damaged_archive_it_is_noted_whether_its_database_comes_out() {
    let world = World::new();
    let mut noise = vec![0; 2_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("noise", &noise);
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES (randomblob(1000000));");
    let full = world.backup(Level::Full).archive;
    world.advance_hours(1);
    world.write("more", "more");
    let hourly = world.backup(Level::Hourly).archive;
    let (path, rows) = (world.archives().archive(&full), || world.catalog().archives().list(None).unwrap());
    let known = |name: &ArchiveName| {
        verify::whole_in_rest(&world.catalog(), &rows(), &world.row(name), "data/chat.db").unwrap()
    };
    verify(&world, &hourly, false);
    assert_eq!(known(&hourly), None, "nothing is damaged, and nothing noted");
    let length = std::fs::metadata(&path).unwrap().len() as usize;
    let mut seen = std::collections::BTreeSet::new();
    for eighth in 1..8 {
        flip(&path, length / 8 * eighth);
        world.advance_seconds(10);
        verify(&world, &hourly, false);
        let into = world.path().join(format!("salvaged-{eighth}"));
        let archive = world.archives().archive(&hourly);
        crate::operations::salvage::run(&world.context, &world.reading(), &archive, &into, &world.job()).unwrap();
        let out = into.join("data/chat.db").exists();
        assert_eq!((known(&full), known(&hourly)), (Some(out), Some(out)), "damage at {eighth}/8");
        seen.insert(out);
        flip(&path, length / 8 * eighth);
    }
    assert_eq!(seen.len(), 2, "some damage hits the database, some does not");
    world.advance_seconds(10);
    let request = VerifyRequest { archives: vec![world.archives().archive(&hourly)], full: false };
    verify::run(&world.context, Some(&world.profile), None, request, &world.job()).unwrap();
    assert_eq!(known(&hourly), None, "it was verified again since, without the key");
}
