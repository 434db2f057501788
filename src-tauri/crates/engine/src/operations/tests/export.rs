use crate::error::Error;
use crate::operations::export::{self, ExportReport, ExportRequest, Program};
use crate::operations::reading::Reading;
use crate::operations::restore::{self, RestoreRequest, Scope, Target};
use crate::operations::test_support::{World, tree};
use crate::operations::verify::{self, VerifyRequest};
use crate::vault::{Given, KeySet, SigningKey};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

fn stick(world: &World) -> PathBuf {
    let stick = world.path().join("stick");
    std::fs::create_dir_all(&stick).unwrap();
    stick
}

fn try_export(world: &World, archive: &ArchiveName, program: Option<Program>) -> Result<ExportReport, Error> {
    let request = ExportRequest { program, ..ExportRequest::new(world.archives().archive(archive), stick(world)) };
    let job = world.job();
    let plan = export::plan(&world.context, &world.profile, &world.reading(), request, &job)?;
    export::run(&world.context, plan, &job)
}

fn export(world: &World, archive: &ArchiveName) -> ExportReport {
    try_export(world, archive, None).unwrap()
}

fn restored(world: &World, archive: &Path, reading: &Reading) -> std::collections::BTreeMap<String, String> {
    let into = world.path().join("restored");
    let request = RestoreRequest {
        profile: None,
        archive: archive.to_owned(),
        scope: Scope::default(),
        target: Target::Into(into.clone()),
        emergency: false,
    };
    let job = world.job();
    let plan = restore::plan(&world.context, reading, request, &job).unwrap();
    let report = restore::run(&world.context, plan, &job).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    let found = tree(&into.join("data"));
    std::fs::remove_dir_all(into).unwrap();
    found
}

/// A full, a daily and an hourly archive, each with changes of every kind, and the state at each.
fn three(world: &World) -> Vec<(ArchiveName, std::collections::BTreeMap<String, String>)> {
    let mut noise = vec![0; 900_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("large.bin", &noise);
    world.write("chats/one.json", "one");
    world.write("empty", "");
    let sparse = std::fs::File::create(world.root().join("sparse")).unwrap();
    sparse.write_at(b"far", 3_000_000).unwrap();
    sparse.set_len(5_000_000).unwrap();
    std::fs::hard_link(world.root().join("chats/one.json"), world.root().join("second name")).unwrap();
    std::os::unix::fs::symlink("chats/one.json", world.root().join("link")).unwrap();
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    let mut states = vec![(world.backup(Level::Full).archive, world.tree())];
    world.advance_hours(24);
    noise[500_000..500_010].fill(7);
    // A whole block of zeros, which the incremental archive stores as a hole.
    noise[131_072..196_608].fill(0);
    world.write("large.bin", &noise);
    world.write("chats/two.json", "two");
    world.sql("chat.db", "INSERT INTO chat VALUES ('again');");
    states.push((world.backup(Level::Daily).archive, world.tree()));
    world.advance_hours(1);
    world.remove("empty");
    world.write("chats/three.json", "three");
    noise[10] ^= 1;
    world.write("large.bin", &noise);
    states.push((world.backup(Level::Hourly).archive, world.tree()));
    states
}

#[test]
fn every_moment_comes_out_as_one_archive_that_needs_no_other() {
    let world = World::new();
    let states = three(&world);
    let mut exports = Vec::new();
    let mut expected = Vec::new();
    for (archive, _) in &states {
        expected.push(restored(&world, &world.archives().archive(archive), &world.reading()));
        let report = export(&world, archive);
        assert_eq!((report.outcome, &report.from, report.signed), (Outcome::Done, archive, true));
        exports.push(report);
    }
    // Away with all that they were made of, the live data and the catalog included.
    std::fs::remove_dir_all(world.root()).unwrap();
    std::fs::remove_dir_all(world.archives().dir()).unwrap();
    std::fs::remove_file(world.context.home.catalog()).unwrap();
    let reading = world.reading();
    for ((report, (archive, live)), state) in exports.iter().zip(&states).zip(&expected) {
        let (reader, _) = reading.inspect(&report.path).unwrap();
        let manifest = reader.manifest();
        assert_eq!((manifest.level, manifest.kind, manifest.archives.len()), (0, Kind::Export, 1));
        assert_eq!(manifest.created, report.created);
        assert_eq!(manifest.exported.as_ref().unwrap().from, *archive);
        assert_eq!(manifest.databases.len(), 1, "of the one database, the newest note");
        let request = VerifyRequest { archives: vec![report.path.clone()], full: true };
        let verdict = verify::run(&world.context, None, Some(&reading), request, &world.job()).unwrap();
        assert_eq!(verdict.outcome, Outcome::Done, "{verdict:?}");
        assert!(restored(&world, &report.path, &reading) == *state, "{archive}");
        assert!(state.keys().eq(live.keys()), "{archive}");
    }
}

#[test]
fn the_drive_holds_all_that_opening_it_takes() {
    let world = World::new();
    world.write("chats/one.json", "one");
    let full = world.backup(Level::Full).archive;
    let program = world.path().join("a program");
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    let name = "holdfast-any".to_owned();
    let report = try_export(&world, &full, Some(Program { path: program.clone(), name })).unwrap();
    let base = stick(&world).join("Holdfast");
    let names = ["bot/recovery-key.age", "HOW-TO-RESTORE.html", "restore.py", "holdfast-any", "holdfast-any.sha256"];
    assert_eq!(report.beside, names.map(|name| base.join(name)));
    assert!(report.beside.iter().all(|path| path.is_file()));
    let key = std::fs::read(base.join("bot/recovery-key.age")).unwrap();
    assert_eq!(key, std::fs::read(world.archives().recovery_key()).unwrap());
    let sums = std::fs::read_to_string(base.join("holdfast-any.sha256")).unwrap();
    assert_eq!(sums, format!("{}  holdfast-any\n", crate::operations::reading::file_hash(&program).unwrap()));
    assert_eq!(tree(&base)["holdfast-any"], "755 #!/bin/sh\n");
    // With what lies there and the passphrase alone.
    let sealed = std::fs::read(base.join("bot/recovery-key.age")).unwrap();
    let passphrase = crate::vault::Passphrase::new(crate::operations::test_support::PASSPHRASE).unwrap();
    let reading = Reading::with_keys(crate::vault::unseal(&sealed, &passphrase).unwrap(), false);
    assert_eq!(restored(&world, &report.path, &reading), world.tree());
}

#[test]
fn what_lies_on_the_drive_stays_and_nothing_builds_on_an_export() {
    let world = World::new();
    let states = three(&world);
    let first = export(&world, &states[2].0);
    let bytes = std::fs::read(&first.path).unwrap();
    let second = export(&world, &states[2].0);
    assert!(second.archive.as_str().ends_with("_export-2-full"), "{}", second.archive);
    assert_eq!(std::fs::read(&first.path).unwrap(), bytes);
    let row = world.row(&first.archive);
    assert_eq!((row.kind, row.level, row.needs.len()), (Kind::Export, Level::Full, 0));
    world.moment(&first.archive).check().unwrap();

    world.advance_hours(24);
    let daily = world.backup(Level::Daily);
    assert_eq!(daily.level, Level::Daily);
    assert_eq!(world.row(&daily.archive).parent.as_ref(), Some(&states[0].0));
    // An export can be exported again.
    let request = ExportRequest::new(second.path, stick(&world));
    let plan = export::plan(&world.context, &world.profile, &world.reading(), request, &world.job()).unwrap();
    let third = export::run(&world.context, plan, &world.job()).unwrap();
    assert!(third.archive.as_str().ends_with("_export-3-full"));
    assert_eq!(world.row(&third.archive).tree_sum, world.row(&first.archive).tree_sum);
}

#[test]
fn a_name_that_was_taken_since_it_was_shown_is_not_taken_again() {
    let world = World::new();
    let states = three(&world);
    let plan = |world: &World| {
        let request = ExportRequest::new(world.archives().archive(&states[2].0), stick(world));
        export::plan(&world.context, &world.profile, &world.reading(), request, &world.job()).unwrap()
    };
    let (first, second) = (plan(&world), plan(&world));
    assert_eq!(first.archive, second.archive);
    let first = export::run(&world.context, first, &world.job()).unwrap();
    let second = export::run(&world.context, second, &world.job()).unwrap();
    assert_ne!(first.archive, second.archive);
    assert!(first.path.is_file() && second.path.is_file());
}

#[test]
fn a_cancelled_or_failed_export_leaves_nothing() {
    let world = World::new();
    let states = three(&world);
    let request = ExportRequest::new(world.archives().archive(&states[2].0), stick(&world));
    let job = world.job();
    let plan = export::plan(&world.context, &world.profile, &world.reading(), request, &job).unwrap();
    job.cancel();
    assert!(export::run(&world.context, plan, &job).unwrap_err().is_cancelled());
    assert!(tree(&stick(&world)).is_empty(), "{:?}", tree(&stick(&world)));

    // A bit in the midst of the full archive, which all moments are made of.
    let path = world.archives().archive(&states[0].0);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(try_export(&world, &states[2].0, None).unwrap_err().code(), Code::ArchiveDamaged);
    assert!(tree(&stick(&world)).is_empty(), "{:?}", tree(&stick(&world)));
    let runs = world.catalog().runs().recent(Some(&world.profile.id), 1).unwrap();
    assert_eq!(runs[0].run.outcome, Outcome::Failed);
}

#[test]
fn half_an_export_of_a_killed_run_is_swept_and_what_others_left_is_not() {
    let world = World::new();
    world.write("chats/one.json", "one");
    let full = world.backup(Level::Full).archive;
    let folder = stick(&world).join("Holdfast/bot");
    std::fs::create_dir_all(&folder).unwrap();
    let half = folder.join(format!("{}.partial", "bot_2031-01-01T000000Z_export-full.tar.zst.age"));
    let copy = folder.join(format!("{}.partial", "bot_2031-01-01T000000Z_weekly-full.tar.zst.age"));
    std::fs::write(&half, "x").unwrap();
    std::fs::write(&copy, "x").unwrap();
    export(&world, &full);
    assert!(!half.exists() && copy.exists());
}

#[test]
fn without_the_signing_key_it_is_made_unsigned_and_says_so() {
    let mut world = World::new();
    world.write("chats/one.json", "one");
    let full = world.backup(Level::Full).archive;
    let reading = world.reading();
    world.context.keyring = std::sync::Arc::new(crate::vault::NoKeyring);
    let request = ExportRequest::new(world.archives().archive(&full), stick(&world));
    let plan = export::plan(&world.context, &world.profile, &reading, request, &world.job()).unwrap();
    let report = export::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!((report.outcome, report.signed), (Outcome::Problems, false));
    assert_eq!(report.problems[0].code, Code::SigningKeyUnavailable);
}

#[test]
fn what_was_not_in_order_when_it_was_captured_is_said_again() {
    let world = World::new();
    world.write("chats/one.json", "one");
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello'); CREATE TABLE other (text);");
    // A page of the second table is turned to noise: the database opens and its check fails.
    let file = std::fs::OpenOptions::new().write(true).open(world.root().join("chat.db")).unwrap();
    file.write_at(&[0xff; 100], 8192).unwrap();
    drop(file);
    let made = world.backup(Level::Full);
    assert!(made.problems.iter().any(|problem| problem.code == Code::DatabaseDamaged), "{:?}", made.problems);
    world.advance_hours(24);
    world.write("chats/two.json", "two");
    let daily = world.backup(Level::Daily);
    let report = export(&world, &daily.archive);
    assert_eq!(report.outcome, Outcome::Problems);
    let said: Vec<_> = report.problems.iter().filter(|problem| problem.subject == "data/chat.db").collect();
    assert_eq!(said.len(), 1, "once, whichever archives say it: {said:?}");
}

#[test]
fn a_forged_archive_and_the_folder_of_another_deployment_are_refused() {
    let world = World::new();
    world.write("chats/one.json", "one");
    let full = world.backup(Level::Full).archive;
    let reading = world.reading();
    // Signed with another key than this deployment's.
    let keys = KeySet::new(reading.identity()[0].clone(), Some(SigningKey::generate().unwrap()));
    let other = Reading::with_keys(keys, false);
    let request = ExportRequest::new(world.archives().archive(&full), stick(&world));
    let error = export::plan(&world.context, &world.profile, &other, request.clone(), &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::SignedByOther);

    let stranger = World::new();
    stranger.write("chats/one.json", "theirs");
    let theirs = stranger.backup(Level::Full);
    std::fs::rename(stranger.path().join("drive/Holdfast"), stick(&world).join("Holdfast")).unwrap();
    let key = stick(&world).join("Holdfast/bot/recovery-key.age");
    let before = std::fs::read(&key).unwrap();
    let error = export::plan(&world.context, &world.profile, &reading, request, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::DeploymentExists, "{error}");
    assert_eq!(std::fs::read(&key).unwrap(), before);
    // And the moment of another deployment is not exported as ours.
    let there = stick(&world).join("Holdfast/bot").join(theirs.archive.file_name());
    let reading = Reading::of_deployment(&stranger.context, &stranger.profile.id, &Given::default(), false).unwrap();
    let request = ExportRequest::new(there, world.path().to_owned());
    let error = export::plan(&world.context, &world.profile, &reading, request, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::OriginDiffers, "{error}");
}

#[test]
fn a_drive_that_is_not_there_is_not_made() {
    let world = World::new();
    world.write("chats/one.json", "one");
    let full = world.backup(Level::Full).archive;
    let request = ExportRequest::new(world.archives().archive(&full), world.path().join("gone"));
    let error = export::plan(&world.context, &world.profile, &world.reading(), request, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::DestinationMissing);
    assert!(!world.path().join("gone").exists());
}
