//! Exports in volumes, where a file system holds no long files: they verify, restore and recover, and `cat` joins them
//! into one archive that stock programs open. The long mode exports 6 GB to a file system with the limit of FAT.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{
    Limited, Page, Ran, World, args, files, holdfast, long, missing_programs, open_recovery_key, run, run_for, skipped,
};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const FAT: u64 = (4 << 30) - 1;

/// For 6 GB.
const PATIENCE: Duration = Duration::from_mins(20);

fn patiently(world: &World, arguments: &[OsString]) -> Ran {
    let ran = run_for(world.keyed_command().args(arguments), PATIENCE);
    println!("{:?} {}", ran.took, ran.line);
    ran
}

#[track_caller]
fn bash(world: &World, folder: &Path, script: &str) -> Ran {
    let mut command = Command::new("bash");
    world.surround(&mut command);
    let ran = run_for(command.args(["-euo", "pipefail", "-c", script]).current_dir(folder), PATIENCE).expect(0);
    println!("{:?} {script}", ran.took);
    ran
}

/// Bytes by chance: what compresses, or has holes, shrinks.
fn chance(folder: &Path, count: u64, each: u64) {
    fs::create_dir_all(folder).unwrap();
    let script = "for n in $(seq \"$1\"); do head -c \"$2\" /dev/urandom > part$n.bin; done";
    let mut command = Command::new("sh");
    command.args(["-euc", script, "sh", &count.to_string(), &each.to_string()]).current_dir(folder);
    run_for(&mut command, PATIENCE).expect(0);
}

fn sums(folder: &Path) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"]).current_dir(folder);
    run_for(&mut command, PATIENCE).expect(0).stdout
}

/// The volumes, in order; none is longer than the limit, and there is no file of the whole.
#[track_caller]
fn volumes(exported: &Value, limit: u64) -> Vec<PathBuf> {
    let whole = PathBuf::from(exported["path"].as_str().unwrap());
    assert!(!whole.exists());
    let found: Vec<PathBuf> = files(whole.parent().unwrap())
        .into_iter()
        .filter(|path| path.file_stem() == whole.file_name() && path.extension().is_some_and(|e| e != "sha256"))
        .collect();
    let lengths: Vec<u64> = found.iter().map(|path| fs::metadata(path).unwrap().len()).collect();
    assert!(found.len() > 1, "{found:?}");
    assert!(lengths[..lengths.len() - 1].iter().all(|length| *length == limit) && lengths.iter().all(|l| *l <= limit));
    assert_eq!(lengths.iter().sum::<u64>(), exported["stored_bytes"].as_u64().unwrap());
    found
}

#[test]
fn an_export_to_short_files_verifies_recovers_and_joins() {
    let (count, each, longest) = if long() { (6, 1_000_000_000, FAT) } else { (3, 900_000, 1_000_000) };
    if !long() {
        skipped("6 GB to a file system with the limit of FAT", "volumes of 1 MB are; HOLDFAST_TEST_LONG=1 does it");
    }
    let missing = missing_programs(&["age", "zstd", "tar", "bash", "python3", "sha256sum"]);
    if !missing.is_empty() {
        skipped("exports in volumes", &format!("not installed: {missing:?}"));
        return;
    }
    let world = World::new();
    let (point, behind) = (world.path().join("mnt/fat"), world.path().join("behind"));
    let Some(_mounted) = Limited::mount(&point, &behind, longest) else { return };
    chance(&world.bot().join("uploads"), count, each);
    let before = sums(&world.bot());
    patiently(&world, &args!["backup", "--level", "full"]).done();
    fs::remove_dir_all(world.bot()).unwrap();
    // Of FAT it is known without being told.
    let cut = if long() { args![].to_vec() } else { args!["--volume-size", "1MB"].to_vec() };
    let to = args!["export", "--to", &point, "--no-program"].to_vec();
    let exported = patiently(&world, &[to, cut].concat()).done();
    let found = volumes(&exported, longest);
    println!("{} bytes in {} volumes", exported["stored_bytes"], found.len());
    // Only the stick is left.
    for gone in [world.home(), world.drive().join("Holdfast")] {
        fs::remove_dir_all(gone).unwrap();
    }
    let whole = PathBuf::from(exported["path"].as_str().unwrap());
    let folder = whole.parent().unwrap();
    bash(&world, folder, "sha256sum -c *.sha256");

    let laptop = World::empty();
    for named in [&whole, &found[0]] {
        let verify =
            args!["--identity-file", world.identity_file(), "--json", "--no-keyring", "verify", named, "--full"];
        let mut command = Command::new(holdfast());
        laptop.surround(&mut command);
        let verified = run_for(command.args(verify), PATIENCE).done();
        assert_eq!(verified["archives"][0]["ok"], true, "{verified}");
        if long() {
            break;
        }
    }
    let into = laptop.path().join("into");
    let recover = args!["recover", "--from", &point, "--into", &into, "--no-adopt"].to_vec();
    let key = args!["--no-keyring", "--json", "--passphrase-file", laptop.passphrase_file()].to_vec();
    let mut command = Command::new(holdfast());
    laptop.surround(&mut command);
    let recovered = run_for(command.args(key).args(recover), PATIENCE);
    println!("{:?} recover", recovered.took);
    assert_eq!(recovered.done()["archive"], exported["archive"]);
    assert_eq!(before, sums(&into.join("bot")), "what was recovered");
    fs::remove_dir_all(&into).unwrap();

    by_hand(&laptop, &point, &whole, &before);
}

/// With the page that lies there: joined, and opened like any other archive; and taken as it lies by restore.py.
fn by_hand(person: &World, point: &Path, whole: &Path, before: &str) {
    let (folder, name) = (whole.parent().unwrap(), whole.file_name().unwrap().to_str().unwrap());
    let home = person.path().join("person");
    let sealed = fs::read(folder.join("recovery-key.age")).unwrap();
    fs::write(home.join("key.txt"), open_recovery_key(&sealed, holdfast_tests::PASSPHRASE)).unwrap();
    let page = Page::read(&point.join("Holdfast/HOW-TO-RESTORE.html"));
    let example = "bot_2026-11-21T020000Z_weekly-full.tar.zst.age";
    let named = |block: &str, name: &str| block.replace(example, name);
    let restored = home.join("restored");

    let join = page.block(&["cat ", ".0*"]);
    assert!(join.contains(example), "{join}");
    bash(person, folder, &named(join, name));
    let joined = home.join(name);
    let unpack = page.block(&["age -d -i", "zstd -dc", "tar -x", "~/restored"]);
    bash(person, folder, &named(unpack, joined.to_str().unwrap()));
    assert_eq!(before, sums(&restored.join("bot")), "what tar gave back");
    fs::remove_dir_all(&restored).unwrap();
    fs::remove_file(&joined).unwrap();

    if long() {
        // It needs as much room again, and reads nothing else.
        return;
    }
    let restore = page.block_without(&["restore.py"], &["hourly"]);
    for given in [name.to_owned(), format!("{name}.001")] {
        bash(person, folder, &named(restore, &given));
        assert_eq!(before, sums(&restored.join("bot")), "what restore.py gave back from {given}");
        fs::remove_dir_all(&restored).unwrap();
    }
    // One that is missing is named, and no part is taken for the whole.
    fs::remove_file(folder.join(format!("{name}.002"))).unwrap();
    let mut command = Command::new("bash");
    person.surround(&mut command);
    let refused = run(command.args(["-euo", "pipefail", "-c", &named(restore, name)]).current_dir(folder));
    assert_ne!(refused.code(), 0);
    assert!(refused.stderr.contains(".002 is missing"), "{refused}");
}

#[test]
fn an_export_in_openpgp_is_cut_too() {
    let world = World::new();
    chance(&world.bot().join("uploads"), 2, 900_000);
    world.backup("full");
    let stick = world.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let arguments = args!["export", "--to", &stick, "--no-program", "--volume-size", "500kB", "--format", "openpgp"];
    let exported = world.keyed(arguments).done();
    let found = volumes(&exported, 500_000);
    for named in [&found[0], &PathBuf::from(exported["path"].as_str().unwrap())] {
        let verified = world.keyed(args!["verify", named, "--full"]).done();
        assert_eq!(verified["archives"][0]["signature"], "good", "{verified}");
    }
    let laptop = World::empty();
    let into = laptop.path().join("into");
    let recover = args!["recover", "--from", &stick, "--into", &into, "--passphrase-file", laptop.passphrase_file()];
    laptop.json(recover).done();
    assert_eq!(sums(&world.bot()), sums(&into.join("bot")));
    // The next export takes nothing of it for its own, and the volumes of a killed one are swept.
    let litter = stick.join("Holdfast/bot/bot_2020-01-01T000000Z_export-full.tar.zst.age.002");
    fs::write(&litter, "half").unwrap();
    fs::write(litter.with_extension("001.partial"), "half").unwrap();
    world.keyed(args!["export", "--to", &stick, "--no-program"]).done();
    assert!(!litter.exists() && !litter.with_extension("001.partial").exists());
    assert!(found.iter().all(|path| path.exists()));
}
