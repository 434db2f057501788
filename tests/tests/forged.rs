//! Whoever has the public key can seal an archive, and who can write to the drive can put it there. Without the signing
//! key it is refused, in words, by every command that reads archives: `restore` (in place, aside, dry), `show`, `diff`,
//! `export`, `recover`, `verify`, `salvage`, `catalog rebuild`, `backup` (which must not build on it), `copy` (which must
//! not carry it on), and those that read from the cloud by address. `undo` and `prune` open no archive.
#![allow(clippy::unwrap_used)]

use holdfast_test_cloud::{ACCESS_KEY, BUCKET, SECRET_KEY, Service};
use holdfast_tests::{World, args, codes, copy_tree, files, missing_programs, run, skipped};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    Unsigned,
    /// Signed by a key of the forger's own; the public keys are the right ones.
    AnotherKey,
    /// By that key, which calls itself by the number of the right one.
    PretendedKey,
}

impl Forgery {
    const ALL: [Self; 3] = [Self::Unsigned, Self::AnotherKey, Self::PretendedKey];

    fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::AnotherKey => "signed-by-other",
            Self::PretendedKey => "archive-damaged",
        }
    }
}

/// Gives a minisign secret key the number of another one, with the checksum that belongs to that.
const RENUMBER: &str = r#"
import base64, hashlib, sys
comment, line = open(sys.argv[1]).read().splitlines()[:2]
key, other = (bytearray(base64.b64decode(text)) for text in (line, open(sys.argv[2]).read().splitlines()[1]))
assert len(key) == len(other) == 158
key[54:62] = other[54:62]
key[126:158] = hashlib.blake2b(key[:2] + key[54:126], digest_size=32).digest()
open(sys.argv[1], "w").write(comment + "\n" + base64.b64encode(key).decode() + "\n")
"#;

/// An archive of what an intruder wants back on the machine, sealed to the right key. It lies on the world's drive, newer
/// than all others, with a checksum of its own.
fn smuggle(world: &World, forgery: Forgery) -> PathBuf {
    let signed = forgery != Forgery::Unsigned;
    let forger = world.path().join(format!("forger-{forgery:?}"));
    let (home, drive, evil) = (forger.join("home"), forger.join("drive"), forger.join("evil"));
    fs::create_dir(&forger).unwrap();
    copy_tree(&world.home(), &home);
    // What only the machine has: whoever forges knows no names that are taken, and no signing key.
    fs::remove_file(home.join("catalog.db")).unwrap();
    let keys = fs::read_dir(home.join("keys")).unwrap().next().unwrap().unwrap().path();
    fs::rename(keys.join("signing.key"), forger.join("right.key")).unwrap();
    if signed {
        let other = World::with_roots(&["another"]);
        let theirs = fs::read_dir(other.home().join("keys")).unwrap().next().unwrap().unwrap().path();
        fs::copy(theirs.join("signing.key"), keys.join("signing.key")).unwrap();
    }
    if forgery == Forgery::PretendedKey {
        // The number is public; the rest of that key is not used.
        let key = [keys.join("signing.key"), forger.join("right.key")];
        run(Command::new("python3").args(["-c", RENUMBER]).args(key)).expect(0);
    }
    fs::create_dir_all(drive.join("Holdfast/bot")).unwrap();
    fs::create_dir_all(&evil).unwrap();
    fs::write(evil.join("evil.sh"), "#!/bin/sh").unwrap();
    let settings = home.join("deployments/bot.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = text.replace(world.drive().to_str().unwrap(), drive.to_str().unwrap());
    fs::write(&settings, text.replace(world.bot().to_str().unwrap(), evil.to_str().unwrap())).unwrap();
    let mut command = world.command();
    command.env("HOLDFAST_HOME", &home).args(["backup", "bot", "--level", "full", "--json"]);
    let made = run(&mut command).expect(if signed { 0 } else { 3 }).json();
    let made = PathBuf::from(made["path"].as_str().unwrap());
    // Its name makes it the newest.
    let smuggled = world.archives().join(made.file_name().unwrap());
    for ending in ["", ".sha256"] {
        let of = |path: &Path| PathBuf::from(format!("{}{ending}", path.display()));
        fs::copy(of(&made), of(&smuggled)).unwrap();
    }
    smuggled
}

fn forged_is_refused(forgery: Forgery) {
    let code = forgery.code();
    let world = World::with_sample(5_000_000);
    let good = world.backup("full");
    // Names have seconds: the forged one must be newer.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let forged = smuggle(&world, forgery);
    let name = forged.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.zst.age").to_owned();
    assert!(name.as_str() > good["archive"].as_str().unwrap());
    let into = |name: &str| world.path().join(name);
    let key: Vec<OsString> = args!["--identity-file", world.identity_file()].to_vec();
    let stick = into("stick");
    fs::create_dir(&stick).unwrap();
    let with_key = |arguments: &[OsString]| [arguments, &key].concat();

    for arguments in [
        args!["restore", "--at", &forged, "--yes"].to_vec(),
        args!["restore", "--at", &forged, "--dry-run"].to_vec(),
        args!["restore", "--at", &forged, "--into", into("restored")].to_vec(),
        args!["show", &forged].to_vec(),
        args!["show", &forged, "evil/evil.sh"].to_vec(),
        args!["export", "--at", &forged, "--to", &stick].to_vec(),
        args!["export", "--at", &forged, "--to", &stick, "--dry-run"].to_vec(),
        args!["export", "--at", &forged, "--to", &stick, "--format", "openpgp"].to_vec(),
        args!["diff", &forged].to_vec(),
        args!["diff", good["archive"].as_str().unwrap(), &forged].to_vec(),
        args!["recover", "--from", &forged, "--into", into("recovered"), "--yes"].to_vec(),
        args!["recover", "--from", world.drive(), "--at", &name, "--into", into("recovered")].to_vec(),
        args!["recover", "--from", world.drive(), "--at", &name, "--dry-run"].to_vec(),
    ] {
        let refused = world.refused(with_key(&arguments), 5, code);
        let said = format!("{} {}", refused["error"]["title"], refused["error"]["cause"]);
        assert!(["signed", "proves", "signature"].iter().any(|word| said.contains(word)), "{said}");
    }
    assert_eq!(files(&stick), Vec::<PathBuf>::new());
    assert!(!into("restored").exists() && !into("recovered").exists() && !world.bot().join("evil.sh").exists());

    for full in [&args![][..] as &[OsString], &args!["--full"]] {
        let arguments = with_key(&[&args!["verify", &forged][..], full].concat());
        let verdict = world.json(&arguments).outcome(5, "failed");
        let problems = verdict["archives"][0]["problems"].as_array().unwrap();
        assert!(problems.iter().any(|problem| problem["code"] == code), "{verdict}");
    }

    // A fresh machine takes the newest that is ours, and says which it passed over.
    let laptop = World::empty();
    let rest = args!["recover", "--from", world.drive(), "--into", laptop.path().join("x"), "--no-adopt"];
    let done = laptop.json(with_key(&rest)).done();
    assert_eq!(done["archive"], good["archive"], "{done}");
    assert!(codes(&done).iter().any(|said| said == code), "{done}");

    // It is not carried on.
    let second = into("second");
    fs::create_dir(&second).unwrap();
    world.json(args!["destination", "add", "Second", "--to", &second, "--folder"]).done();
    world.json(["copy"]).done();
    let held = files(&second).into_iter().filter(|path| path.to_string_lossy().contains(".tar.zst.age"));
    assert!(held.into_iter().all(|path| !path.to_string_lossy().contains(&name)), "the forged archive was copied");

    // It does not come into the catalog, and nothing is built on it.
    let rebuilt = world.json(with_key(&args!["catalog", "rebuild"])).problems();
    assert_eq!(codes(&rebuilt), [code], "{rebuilt}");
    assert_eq!(rebuilt["recorded"].as_array().unwrap().len(), 1);
    for arguments in [
        args!["restore", "--at", &name, "--into", into("restored")].to_vec(),
        args!["export", "--at", &name, "--to", &stick].to_vec(),
    ] {
        world.json(with_key(&arguments)).failed(5, code);
    }
    let latest = world.json(with_key(&args!["restore", "--into", into("latest")])).done();
    assert_eq!(latest["archive"], good["archive"]);
    let next = world.backup("hourly");
    // That a file lies there which the catalog does not know is said.
    let listed = world.json(["list"]).json();
    let forged_row = listed["archives"].as_array().unwrap().iter().find(|row| row["name"] == name);
    match forged_row {
        // Or that it is damaged, where that is all that can be told.
        Some(row) => {
            assert_eq!((&row["soundness"], &row["restorable"]), (&"damaged".into(), &false.into()), "{listed}");
        }
        None => assert_eq!(listed["outcome"], "problems", "{listed}"),
    }
    let row = listed["archives"].as_array().unwrap().iter().find(|row| row["name"] == next["archive"]).unwrap();
    assert_eq!(row["needs"][0], good["archive"]);

    // What salvage gets out of it, it does not vouch for.
    let salvaged = world.json(with_key(&args!["salvage", &forged, "--into", into("salvaged")])).problems();
    assert!(salvaged.to_string().contains("\"unsigned\""), "{salvaged}");
}

#[test]
fn an_archive_signed_by_another_key_is_refused_everywhere() {
    forged_is_refused(Forgery::AnotherKey);
}

#[test]
fn an_archive_without_a_signature_is_refused_everywhere() {
    forged_is_refused(Forgery::Unsigned);
}

#[test]
fn an_archive_whose_signature_pretends_to_be_ours_is_refused_everywhere() {
    if !missing_programs(&["python3"]).is_empty() {
        skipped("a signature with the number of another key", "python3 is not installed");
        return;
    }
    forged_is_refused(Forgery::PretendedKey);
}

#[test]
fn a_forged_archive_in_the_place_of_a_good_one_is_neither_read_nor_built_on() {
    for forgery in Forgery::ALL {
        let world = World::with_sample(5_000_000);
        let good = world.backup("full");
        let path = PathBuf::from(good["path"].as_str().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let forged = smuggle(&world, forgery);
        let sum = fs::read_to_string(format!("{}.sha256", forged.display())).unwrap();
        let [theirs, ours] = [&forged, &path].map(|path| path.file_name().unwrap().to_str().unwrap());
        // With a checksum that fits.
        fs::write(format!("{}.sha256", path.display()), sum.replace(theirs, ours)).unwrap();
        fs::remove_file(format!("{}.sha256", forged.display())).unwrap();
        fs::rename(&forged, &path).unwrap();

        let name = good["archive"].as_str().unwrap();
        let into = world.path().join("into");
        let stick = world.path().join("stick");
        fs::create_dir(&stick).unwrap();
        let verdict = world.keyed(args!["verify", name, "--full"]);
        assert_eq!((verdict.code(), verdict.json()["archives"][0]["ok"].clone()), (5, false.into()), "{verdict}");
        for arguments in [
            args!["restore", "--at", name, "--into", &into].to_vec(),
            args!["restore", "--at", name, "--yes"].to_vec(),
            args!["restore", "--at", name, "--dry-run"].to_vec(),
            args!["export", "--at", name, "--to", &stick].to_vec(),
            args!["recover", "--from", world.drive(), "--into", &into].to_vec(),
        ] {
            let ran = world.keyed(&arguments);
            assert_eq!((ran.code(), ran.json()["outcome"].clone()), (5, "failed".into()), "{forgery:?}: {ran}");
        }
        assert!(!into.exists() && files(&stick).is_empty() && !world.bot().join("evil.sh").exists());
        // Whatever the next backup is, it needs nothing of that.
        fs::write(world.bot().join("config/new.txt"), "new").unwrap();
        let next = world.json(["backup", "--level", "hourly"]);
        let made = next.json();
        assert_eq!(made["level"], "full", "{forgery:?}: {next}");
        world.keyed(args!["restore", "--at", made["archive"].as_str().unwrap(), "--into", &into]).done();
        assert_eq!(fs::read(into.join("bot/config/new.txt")).unwrap(), b"new");
    }
}

#[test]
fn forged_archives_in_the_cloud_are_refused_by_their_address() {
    let world = World::with_sample(5_000_000);
    world.backup("full");
    let service = Service::start();
    for forgery in Forgery::ALL {
        let forged = smuggle(&world, forgery);
        let key = format!("mine/Holdfast/bot/{}", forged.file_name().unwrap().to_str().unwrap());
        for ending in ["", ".sha256"] {
            let object = service.object(&format!("{key}{ending}"));
            fs::create_dir_all(object.parent().unwrap()).unwrap();
            let from = format!("{}{ending}", forged.display());
            fs::copy(&from, object).unwrap();
            fs::remove_file(from).unwrap();
        }
        let address = format!("s3://{BUCKET}/{key}");
        let (into, stick) = (world.path().join("into"), world.path().join("stick"));
        fs::create_dir_all(&stick).unwrap();
        for arguments in [
            args!["show", &address].to_vec(),
            args!["verify", "--full", &address].to_vec(),
            args!["restore", "--at", &address, "--into", &into].to_vec(),
            args!["restore", "--at", &address, "--dry-run"].to_vec(),
            args!["export", "--at", &address, "--to", &stick].to_vec(),
        ] {
            let mut command = world.keyed_command();
            command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
            command.env("AWS_ENDPOINT_URL", service.endpoint());
            let ran = run(command.args(&arguments));
            assert_eq!((ran.code(), ran.json()["outcome"].clone()), (5, "failed".into()), "{forgery:?}: {ran}");
            assert!(ran.stdout.contains(forgery.code()), "{forgery:?}: {ran}");
        }
        assert!(!into.exists() && files(&stick).is_empty());
    }
}

#[test]
fn only_forged_archives_are_no_recovery() {
    let world = World::with_sample(5_000_000);
    let forged = smuggle(&world, Forgery::AnotherKey);
    let laptop = World::empty();
    let key = || args!["--identity-file", world.identity_file(), "--from", world.drive()].to_vec();
    let refused = laptop.json([&args!["recover"][..], &key()].concat()).failed(5, "signed-by-other");
    assert!(refused["error"]["subject"].as_str().unwrap().ends_with(forged.file_name().unwrap().to_str().unwrap()));
    // A deliberate word goes on all the same, and it is said what that is.
    let rest = args!["--accept-unverified", "--into", laptop.path().join("x"), "--no-adopt"];
    let done = laptop.json([&args!["recover"][..], &key(), &rest].concat()).done();
    assert!(codes(&done).contains(&"unsigned".to_owned()), "{done}");
}
