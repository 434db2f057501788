//! What goes wrong is said: exit code, thing, cause, what to do; and nothing half-made stays.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, noise, run, skipped, start};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

#[test]
fn keys_that_do_not_fit() {
    let world = World::small();
    world.backup("full");
    let target = world.path().join("target");
    let wrong = world.path().join("wrong");
    fs::write(&wrong, "not the passphrase at all\n").unwrap();
    world.refused(args!["--passphrase-file", &wrong, "restore", "--into", &target], 5, "wrong-passphrase");
    let stranger = age::x25519::Identity::generate();
    fs::write(&wrong, age::secrecy::ExposeSecret::expose_secret(&stranger.to_string())).unwrap();
    let said = world.refused(args!["--identity-file", &wrong, "restore", "--into", &target], 5, "wrong-key");
    assert!(!said["error"]["subject"].as_str().unwrap().is_empty());
    fs::write(&wrong, "no key at all").unwrap();
    world.refused(args!["--identity-file", &wrong, "restore", "--into", &target], 5, "wrong-key");
    fs::write(&wrong, "").unwrap();
    world.refused(args!["--passphrase-file", &wrong, "restore", "--into", &target], 2, "bad-request");
    let absent = world.path().join("absent");
    let said = world.refused(args!["--passphrase-file", &absent, "restore", "--into", &target], 1, "input-output");
    assert!(said["error"]["subject"].as_str().unwrap().contains("absent"), "{said}");
    world.refused(args!["restore", "--into", &target], 5, "key-needed");
    assert!(!target.exists());
    world.assert_no_litter();
}

#[test]
fn files_that_are_no_archives() {
    let world = World::small();
    let made = world.backup("full");
    let archive = PathBuf::from(made["path"].as_str().unwrap());
    let target = world.path().join("target");
    let folder = world.path().join("downloads");
    fs::create_dir(&folder).unwrap();
    let named = folder.join(archive.file_name().unwrap());
    let restore = |path: &Path| world.with_key(&args!["restore", "--at", path, "--into", &target]);

    fs::write(&named, noise(300_000)).unwrap();
    let said = world.refused(restore(&named), 5, "not-an-archive");
    assert!(said["error"]["subject"].as_str().unwrap().contains("downloads"), "{said}");
    fs::write(&named, "").unwrap();
    let said = world.json(restore(&named));
    assert_eq!(said.code(), 5, "{said}");
    let plain = folder.join("picture.jpg");
    fs::write(&plain, noise(5_000)).unwrap();
    world.refused(restore(&plain), 5, "not-an-archive");

    // Cut anywhere: never restored, always said.
    let whole = fs::read(&archive).unwrap();
    for length in [whole.len() - 1, whole.len() - 20, whole.len() / 2, 200] {
        fs::write(&named, &whole[..length]).unwrap();
        let ran = world.json(restore(&named));
        let said = ran.outcome(5, "failed");
        let code = said["error"]["code"].as_str().unwrap();
        assert!(["archive-truncated", "archive-damaged", "not-an-archive"].contains(&code), "{length}: {ran}");
        assert!(!target.exists());
    }
    // A file of the next generation of age.
    let newer = [b"age-encryption.org/v2\n", &whole[whole.iter().position(|b| *b == b'\n').unwrap() + 1..]].concat();
    fs::write(&named, newer).unwrap();
    let said = world.json(restore(&named)).json();
    assert!(["newer-format", "not-an-archive"].contains(&said["error"]["code"].as_str().unwrap()), "{said}");

    // In its own place too, where checks know its length and hash.
    fs::write(&archive, &whole[..whole.len() - 1000]).unwrap();
    let verified = world.json(["verify", "--all"]).outcome(5, "failed");
    assert_eq!(verified["archives"][0]["ok"], false);
    assert!(verified.to_string().contains("archive-truncated"), "{verified}");
    fs::write(&archive, &whole).unwrap();
    world.json(["verify", "--all"]).done();

    fs::remove_file(&archive).unwrap();
    world.refused(restore(&archive), 1, "archive-missing");
    world.refused(world.with_key(&args!["restore", "--at", "bot_2001", "--into", &target]), 1, "archive-missing");
    world.refused(world.with_key(&args!["restore", "--at", "2001-01-01", "--into", &target]), 1, "nothing-to-restore");
    assert!(!target.exists());
}

/// Opened, changed and closed again with stock tools.
#[test]
fn an_archive_of_a_newer_format_is_refused() {
    if run(Command::new("sh").args(["-c", "command -v zstd"])).code() != 0 {
        return skipped("an archive of a newer format", "zstd is not installed");
    }
    let world = World::small();
    let made = world.backup("full");
    let archive = PathBuf::from(made["path"].as_str().unwrap());
    let identity = fs::read_to_string(world.identity_file()).unwrap();
    let line = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let key: age::x25519::Identity = line.parse().unwrap();
    let compressed = age::decrypt(&key, &fs::read(&archive).unwrap()).unwrap();
    let (packed, tar) = (world.path().join("a.tar.zst"), world.path().join("a.tar"));
    fs::write(&packed, compressed).unwrap();
    run(Command::new("zstd").args(["-q", "-d", "-o"]).arg(&tar).arg(&packed)).expect(0);
    let mut bytes = fs::read(&tar).unwrap();
    let find = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
    let at =
        find(&bytes, b"\"format\": 1").map(|at| at + 10).or_else(|| find(&bytes, b"\"format\":1").map(|at| at + 9));
    bytes[at.unwrap()] = b'2';
    assert!(bytes.len() < 2 << 20, "one frame must do");
    fs::write(&tar, &bytes).unwrap();
    fs::remove_file(&packed).unwrap();
    run(Command::new("zstd").args(["-q", "--no-check", "-o"]).arg(&packed).arg(&tar)).expect(0);
    let mut frames = fs::read(&packed).unwrap();
    let frame = u32::try_from(frames.len()).unwrap();
    // The seek table: a skippable frame with one entry, and its footer.
    for number in [0x184D_2A5E, 8 + 9, frame, u32::try_from(bytes.len()).unwrap(), 1] {
        frames.extend(u32::to_le_bytes(number));
    }
    frames.push(0);
    frames.extend(u32::to_le_bytes(0x8F92_EAB1));
    let sealed = age::encrypt(&key.to_public(), &frames).unwrap();
    let newer = world.path().join(archive.file_name().unwrap());
    fs::write(&newer, sealed).unwrap();
    let target = world.path().join("target");
    let restore = world.with_key(&args!["restore", "--at", &newer, "--into", &target, "--accept-unverified"]);
    world.refused(restore, 1, "newer-format");
    assert!(!target.exists());
}

#[test]
fn a_needed_archive_is_missing() {
    let world = World::small();
    let full = world.backup("full");
    fs::write(world.bot().join("data/more.md"), "more").unwrap();
    let daily = world.backup("daily");
    let aside = world.path().join("aside");
    fs::rename(full["path"].as_str().unwrap(), &aside).unwrap();
    let target = world.path().join("target");
    let at = daily["path"].as_str().unwrap();
    let said = world.refused(world.with_key(&args!["restore", "--at", at, "--into", &target]), 1, "parent-missing");
    assert!(said["error"].to_string().contains(full["archive"].as_str().unwrap()), "{said}");
    assert!(!target.exists());
    let list = world.json(["list"]).json();
    let of = |made: &serde_json::Value| {
        let found = list["archives"].as_array().unwrap().iter().find(|archive| archive["name"] == made["archive"]);
        found.unwrap().clone()
    };
    assert_eq!((of(&full)["state"].as_str(), of(&daily)["restorable"].as_bool()), (Some("missing"), Some(false)));
    // The next backup does not build on it.
    let next = world.json(["backup"]).json();
    assert_eq!(next["level"], "full", "{next}");
    world.keyed(args!["restore", "--into", &target]).done();
    // It stays known, with its checksum, and is there again when it comes back.
    let missing = world.json(["list"]).json().to_string();
    assert!(missing.contains(full["archive"].as_str().unwrap()), "{missing}");
    fs::rename(&aside, full["path"].as_str().unwrap()).unwrap();
    let verified = world.json(["verify", "--all"]).done();
    assert_eq!(verified["archives"].as_array().unwrap().len(), 3, "{verified}");
    world.assert_no_litter();
}

#[test]
fn targets_that_cannot_be_restored_to() {
    let world = World::small();
    world.backup("full");
    let occupied = world.path().join("occupied");
    fs::create_dir(&occupied).unwrap();
    fs::write(occupied.join("mine"), "mine").unwrap();
    world.refused(world.with_key(&args!["restore", "--into", &occupied]), 1, "target-not-empty");
    assert_eq!(fs::read_dir(&occupied).unwrap().count(), 1);
    world.refused(world.with_key(&args!["restore", "--into", occupied.join("mine")]), 1, "target-not-empty");
    world.refused(world.with_key(&args!["salvage", "latest", "--into", &occupied]), 1, "target-not-empty");
    let into = world.path().join("x");
    let nothing = args!["restore", "--path", "bot/no such file", "--into", &into];
    world.refused(world.with_key(&nothing), 1, "nothing-to-restore");
    assert!(!into.exists());
    world.assert_no_litter();
}

/// Ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_run_is_told_of_the_first() {
    let world = World::with_sample(60_000_000);
    world.backup("full");
    let mut first = Running(start(world.command().args(["backup", "--level", "full"])));
    let id = first.0.id().to_string();
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    };
    // Held in the middle of its work, however fast this machine is.
    let lock = world.home().join("locks/bot.lock");
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(&lock).unwrap_or_default();
        let partial = || {
            let mut items = fs::read_dir(world.archives()).unwrap();
            items.any(|item| item.unwrap().path().to_string_lossy().ends_with(".partial"))
        };
        if text.starts_with("a backup") && partial() {
            break;
        }
        assert!(first.0.try_wait().unwrap().is_none(), "it ended too soon");
        assert!(begun.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(1));
    }
    signal("-STOP");
    for second in [args!["backup"].to_vec(), world.with_key(&args!["restore", "--yes"]), args!["prune"].to_vec()] {
        let said = world.refused(second, 4, "locked");
        let cause = said["error"]["cause"].as_str().unwrap();
        assert!(cause.contains("a backup") && cause.contains(&id), "{said}");
        assert_eq!(said["error"]["subject"], "bot");
    }
    // Looking works meanwhile.
    world.json(["list"]).done();
    signal("-CONT");
    let begun = Instant::now();
    while first.0.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_mins(2), "the first run did not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(first.0.wait().unwrap().success(), "the first run was disturbed");
    world.json(["backup"]).done();
    world.assert_no_litter();
}

#[test]
fn names_that_mean_nothing() {
    let world = World::small();
    for command in ["backup", "status", "list", "undo", "prune"] {
        let said = world.refused([command, "nobody"], 1, "unknown-deployment");
        assert_eq!(said["error"]["subject"], "nobody");
        assert!(said["error"]["cause"].as_str().unwrap().contains("bot"), "{said}");
    }
    let root = world.root("other");
    fs::create_dir(&root).unwrap();
    let setup = |name: &str, root: &Path| {
        args![
            "--passphrase-file",
            world.passphrase_file(),
            "setup",
            name,
            "--root",
            root,
            "--to",
            world.drive(),
            "--yes"
        ]
    };
    for name in ["Big Name", "../escape", "a_b", ""] {
        world.refused(setup(name, &root), 2, "bad-request");
    }
    world.refused(setup("bot", &root), 1, "deployment-exists");
    world.refused(setup("other", &world.path().join("absent")), 2, "bad-request");
    let nowhere = args!["setup", "other", "--root", &root, "--to", world.drive(), "--yes"];
    world.refused(nowhere, 2, "bad-request");
    assert_eq!(fs::read_dir(world.home().join("deployments")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(world.home().join("keys")).unwrap().count(), 1);
    assert_eq!(
        fs::read_dir(world.drive().join("Holdfast")).unwrap().filter(|i| i.as_ref().unwrap().path().is_dir()).count(),
        1
    );

    let empty = World::empty();
    empty.refused(["backup"], 1, "unknown-deployment");
    // With two, one must be named.
    let copy = fs::read_to_string(world.settings()).unwrap();
    let second = copy.replace("name = \"bot\"\nversion", "").replacen("name = \"bot\"", "name = \"second\"", 1);
    fs::write(world.home().join("deployments/second.toml"), second).unwrap();
    let said = world.refused(["backup"], 2, "ambiguous-deployment");
    assert!(said["error"]["cause"].as_str().unwrap().contains("second"), "{said}");
}
