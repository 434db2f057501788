//! Archives in the OpenPGP envelope, which are read like all others.
use crate::archive::ReadCount;
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::export::{self, ExportRequest};
use crate::operations::reading::Reading;
use crate::operations::restore::{self, RestoreRequest, Scope, Target};
use crate::operations::salvage;
use crate::operations::test_support::{World, tree};
use crate::operations::verify::{self, VerifyRequest};
use crate::vault::{KeySet, OPENPGP_KEY};
use holdfast_domain::{Code, Envelope, Kind, Level, Outcome};
use std::collections::BTreeMap;
use std::path::Path;

fn full(world: &World) -> BackupReport {
    let request = BackupRequest {
        level: Some(Level::Full),
        kind: Kind::Manual,
        envelope: Envelope::Openpgp,
        ..BackupRequest::default()
    };
    let plan = backup::plan(&world.context, &world.profile, request, &world.job()).unwrap();
    backup::run(&world.context, plan, &world.job()).unwrap()
}

fn noise() -> Vec<u8> {
    let mut noise = vec![0; 3_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    noise
}

fn world() -> World {
    let world = World::new();
    world.write("chats/one.json", "one");
    world.write("large.bin", noise());
    world.write("middle.json", "middle");
    world.write("other.bin", noise());
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    world
}

fn restored(world: &World, archive: &Path, reading: &Reading) -> BTreeMap<String, String> {
    let into = world.path().join("restored");
    let request = RestoreRequest {
        profile: None,
        archive: archive.to_owned(),
        scope: Scope::default(),
        target: Target::Into(into.clone()),
        emergency: false,
    };
    let plan = restore::plan(&world.context, reading, request, &world.job()).unwrap();
    let report = restore::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    let mut found = tree(&into.join("data"));
    std::fs::remove_dir_all(into).unwrap();
    // A copy of a database differs in its header.
    found.remove("chat.db").unwrap();
    found
}

fn verified(world: &World, archive: &Path, full: bool) -> verify::VerifyReport {
    let request = VerifyRequest { archives: vec![archive.to_owned()], full };
    verify::run(&world.context, Some(&world.profile), Some(&world.reading()), request, &world.job()).unwrap()
}

fn live(world: &World) -> BTreeMap<String, String> {
    let mut live = world.tree();
    live.remove("chat.db").unwrap();
    live
}

#[test]
fn a_full_archive_is_made_without_a_secret_and_reads_like_any_other() {
    let world = world();
    let report = full(&world);
    assert!(report.path.to_string_lossy().ends_with("_manual-openpgp-full.tar.zst.gpg"), "{}", report.path.display());
    assert_eq!(report.outcome, Outcome::Done);
    assert!(world.archives().openpgp_key().is_file());
    for thorough in [false, true] {
        let verdict = verified(&world, &report.path, thorough);
        assert_eq!(verdict.outcome, Outcome::Done, "{verdict:?}");
        assert_eq!(verdict.archives[0].signature, "good");
    }
    assert!(restored(&world, &report.path, &world.reading()) == live(&world));

    // What builds on it is in age again, and needs it.
    world.advance_hours(24);
    world.write("chats/two.json", "two");
    let daily = world.backup(Level::Daily);
    assert_eq!((daily.level, daily.archive.envelope()), (Level::Daily, Envelope::Age));
    assert_eq!(world.row(&daily.archive).parent.as_ref(), Some(&report.archive));
    assert!(restored(&world, &daily.path, &world.reading()) == live(&world));
    assert_eq!(verified(&world, &daily.path, true).outcome, Outcome::Done);
    assert!(tree(&world.context.home.scratch()).keys().all(|path| path == "bot"), "nothing is left of it");
}

#[test]
fn an_archive_is_decrypted_once_however_often_it_is_opened() {
    let world = world();
    let report = full(&world);
    let reading = world.reading();
    for _ in 0..3 {
        reading.inspect(&report.path).unwrap();
    }
    let read = reading.count.bytes();
    assert!(read < report.stored_bytes * 11 / 10, "{read} of {}", report.stored_bytes);
}

#[test]
fn exports_in_openpgp_out_of_openpgp_and_back() {
    let world = world();
    full(&world);
    world.advance_hours(24);
    world.write("chats/two.json", "two");
    let daily = world.backup(Level::Daily);
    let stick = world.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    let mut from = daily.path.clone();
    for envelope in [Envelope::Openpgp, Envelope::Age] {
        let request = ExportRequest { envelope, ..ExportRequest::new(from, stick.clone()) };
        let plan = export::plan(&world.context, &world.profile, &world.reading(), request, &world.job()).unwrap();
        let report = export::run(&world.context, plan, &world.job()).unwrap();
        assert_eq!(report.archive.envelope(), envelope);
        assert!(restored(&world, &report.path, &world.reading()) == live(&world));
        from = report.path;
    }
    assert!(stick.join("Holdfast/bot").join(OPENPGP_KEY).is_file());
}

#[test]
fn only_full_archives_and_only_the_right_key() {
    let world = world();
    for level in [None, Some(Level::Daily)] {
        let request = BackupRequest { level, envelope: Envelope::Openpgp, ..BackupRequest::default() };
        let error = backup::plan(&world.context, &world.profile, request, &world.job()).unwrap_err();
        assert_eq!(error.code(), Code::BadRequest);
    }
    let report = full(&world);
    let stranger = Reading::with_keys(KeySet::generate().unwrap(), true).in_home(&world.context);
    assert_eq!(stranger.inspect(&report.path).unwrap_err().code(), Code::WrongKey);
    assert_eq!(stranger.fits(&report.path).unwrap_err().code(), Code::WrongKey);
    world.reading().fits(&report.path).unwrap();
    // A key that is not there yet is asked for, and made anew out of the identity.
    let vault = world.context.vault(&world.profile.id).unwrap();
    std::fs::remove_file(world.context.home.keys(&world.profile.id).join(OPENPGP_KEY)).unwrap();
    assert_eq!(vault.openpgp().unwrap_err().code(), Code::KeyNeeded);
    vault.store_openpgp(world.reading().keys()).unwrap();
    world.advance_hours(1);
    full(&world);
}

#[test]
fn damage_is_found_and_salvage_gets_the_rest() {
    let world = world();
    let report = full(&world);
    let bytes = std::fs::read(&report.path).unwrap();
    for (what, damage) in [("a bit", bytes.len() / 2), ("its end", bytes.len() - 5), ("its first bytes", 3)] {
        let mut damaged = bytes.clone();
        damaged[damage] ^= 1;
        std::fs::write(&report.path, &damaged).unwrap();
        for thorough in [false, true] {
            assert_eq!(verified(&world, &report.path, thorough).outcome, Outcome::Failed, "{what}");
        }
        let error = world.reading().inspect(&report.path).unwrap_err();
        let codes = [Code::ArchiveDamaged, Code::ArchiveTruncated, Code::NotAnArchive, Code::WrongKey];
        assert!(codes.contains(&error.code()), "{what}: {error}");
    }

    // What comes out has the checksums of its frames: the file that is hit is not among it, its neighbours are.
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 4] ^= 1;
    for (name, bytes) in [("changed", &damaged[..]), ("cut", &bytes[..bytes.len() * 3 / 4])] {
        std::fs::write(&report.path, bytes).unwrap();
        let into = world.path().join(name);
        let found = salvage::run(&world.context, &world.reading(), &report.path, &into, &world.job()).unwrap();
        assert_eq!((found.outcome, found.listed), (Outcome::Problems, false), "{name}");
        let files = tree(&into);
        assert_eq!(files["data/chats/one.json"], "644 one");
        assert_eq!(files["data/middle.json"], "644 middle");
        assert_eq!(files.contains_key("data/large.bin"), name == "cut");
    }
}

/// As of an archive longer than any disk: only its length is asked.
#[derive(Debug)]
struct Endless(std::path::PathBuf);
impl crate::media::Medium for Endless {
    fn open(&self) -> std::io::Result<Box<dyn crate::media::ReadSeek>> {
        Ok(Box::new(std::fs::File::open(&self.0)?))
    }
    fn length(&self) -> u64 {
        1 << 60
    }
    fn describe(&self) -> String {
        "endless".to_owned()
    }
}

#[test]
fn a_place_without_room_is_told_before_anything_is_decrypted() {
    let world = world();
    let report = full(&world);
    let reading = world.reading();
    let identities = reading.identity();
    let medium = Endless(report.path);
    let mut so_far = None;
    let count = ReadCount::default();
    let error = crate::archive::unseal(&medium, identities, &count, world.path(), None, &mut so_far).unwrap_err();
    assert_eq!(error.code(), Code::NotEnoughSpace);
    assert_eq!(count.bytes(), 0);
}
