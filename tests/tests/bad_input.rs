//! What goes wrong is said: exit code, thing, cause, what to do; and nothing half-made stays.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, assert_same, holdfast, open_recovery_key, picture, run, skipped, start};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A small chatbot's folder: these tests are about refusals.
fn small() -> World {
    let world = World::new();
    let data = world.bot().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("notes.md"), "some notes\n".repeat(400)).unwrap();
    fs::write(world.bot().join("config.json"), "{}").unwrap();
    let db = rusqlite::Connection::open(data.join("webui.db")).unwrap();
    db.execute_batch("CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO chat (title) VALUES ('a')")
        .unwrap();
    world
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// A file system of its own, of a few MB; unmounted when it goes. None where this user may not mount.
struct Mount(PathBuf);

impl Mount {
    fn new(folder: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mount = Self(folder.to_owned());
        if is_root() && mount.mount(&["-t", "tmpfs", "-o", options, "tmpfs"]) {
            return Some(mount);
        }
        std::mem::forget(mount);
        skipped("full and read-only file systems", "mounting a tmpfs needs root");
        None
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new("mount");
        command.args(arguments).arg(&self.0).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    fn free(&self) -> u64 {
        let ran = run(Command::new("stat").args(["-f", "-c", "%a %S"]).arg(&self.0)).expect(0);
        let mut numbers = ran.stdout.split_whitespace().map(|number| number.parse::<u64>().unwrap());
        numbers.next().unwrap() * numbers.next().unwrap()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Replaces a path in the settings.
fn move_in_settings(world: &World, from: &Path, to: &Path) {
    let text = fs::read_to_string(world.settings()).unwrap();
    let quoted = |path: &Path| format!("\"{}\"", path.to_str().unwrap());
    assert!(text.contains(&quoted(from)), "{text}");
    fs::write(world.settings(), text.replace(&quoted(from), &quoted(to))).unwrap();
}

/// The drive becomes a file system of its own.
fn drive_on(world: &World, options: &str) -> Option<Mount> {
    let aside = world.path().join("aside");
    fs::rename(world.drive(), &aside).unwrap();
    let mount = Mount::new(&world.drive(), options);
    if mount.is_some() {
        let status = Command::new("cp").arg("-a").arg(aside.join("Holdfast")).arg(world.drive()).status().unwrap();
        assert!(status.success());
    }
    mount
}

fn keyed(world: &World, rest: &[OsString]) -> Vec<OsString> {
    [&args!["--identity-file", world.identity_file()], rest].concat()
}

#[test]
fn keys_that_do_not_fit() {
    let world = small();
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
    let world = small();
    let made = world.backup("full");
    let archive = PathBuf::from(made["path"].as_str().unwrap());
    let target = world.path().join("target");
    let folder = world.path().join("downloads");
    fs::create_dir(&folder).unwrap();
    let named = folder.join(archive.file_name().unwrap());
    let restore = |path: &Path| keyed(&world, &args!["restore", "--at", path, "--into", &target]);

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
    world.refused(keyed(&world, &args!["restore", "--at", "bot_2001", "--into", &target]), 1, "archive-missing");
    world.refused(keyed(&world, &args!["restore", "--at", "2001-01-01", "--into", &target]), 1, "nothing-to-restore");
    assert!(!target.exists());
}

/// Opened, changed and closed again with stock tools.
#[test]
fn an_archive_of_a_newer_format_is_refused() {
    if run(Command::new("sh").args(["-c", "command -v zstd"])).code() != 0 {
        return skipped("an archive of a newer format", "zstd is not installed");
    }
    let world = small();
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
    let restore = keyed(&world, &args!["restore", "--at", &newer, "--into", &target, "--accept-unverified"]);
    world.refused(restore, 1, "newer-format");
    assert!(!target.exists());
}

#[test]
fn a_needed_archive_is_missing() {
    let world = small();
    let full = world.backup("full");
    fs::write(world.bot().join("data/more.md"), "more").unwrap();
    let daily = world.backup("daily");
    let aside = world.path().join("aside");
    fs::rename(full["path"].as_str().unwrap(), &aside).unwrap();
    let target = world.path().join("target");
    let at = daily["path"].as_str().unwrap();
    let said = world.refused(keyed(&world, &args!["restore", "--at", at, "--into", &target]), 1, "parent-missing");
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
    let world = small();
    world.backup("full");
    let occupied = world.path().join("occupied");
    fs::create_dir(&occupied).unwrap();
    fs::write(occupied.join("mine"), "mine").unwrap();
    world.refused(keyed(&world, &args!["restore", "--into", &occupied]), 1, "target-not-empty");
    assert_eq!(fs::read_dir(&occupied).unwrap().count(), 1);
    world.refused(keyed(&world, &args!["restore", "--into", occupied.join("mine")]), 1, "target-not-empty");
    world.refused(keyed(&world, &args!["salvage", "latest", "--into", &occupied]), 1, "target-not-empty");
    let into = world.path().join("x");
    let nothing = args!["restore", "--path", "bot/no such file", "--into", &into];
    world.refused(keyed(&world, &nothing), 1, "nothing-to-restore");
    assert!(!into.exists());
    world.assert_no_litter();
}

#[test]
fn no_space_for_an_archive() {
    // Before it begins: not a byte is free.
    let world = small();
    let Some(mount) = drive_on(&world, "size=1m") else { return };
    let filler = world.drive().join("filler");
    let _ = fs::write(&filler, noise(2 << 20));
    assert_eq!(mount.free(), 0);
    world.refused(args!["backup"], 1, "not-enough-space");
    world.assert_no_litter();
    assert!(world.archive_files().is_empty());
    fs::remove_file(&filler).unwrap();
    world.json(["backup"]).done();
    drop(mount);

    // On the way: more than fits.
    let world = small();
    let Some(_mount) = drive_on(&world, "size=4m") else { return };
    world.backup("full");
    fs::write(world.bot().join("data/large.bin"), noise(12 << 20)).unwrap();
    let before = picture(&world.bot());
    for level in ["full", "daily", "hourly"] {
        world.refused(args!["backup", "--level", level], 1, "destination-full");
        world.assert_no_litter();
        assert_eq!(world.archive_files().len(), 1);
    }
    assert_same(&before, &picture(&world.bot()), "the source");
    world.json(["verify", "--all"]).done();
    let status = world.json(["status"]).problems();
    assert_eq!(status["deployments"][0]["state"], "attention", "{status}");
    fs::remove_file(world.bot().join("data/large.bin")).unwrap();
    world.backup("hourly");
}

#[test]
fn no_space_for_a_restore() {
    let world = small();
    fs::write(world.bot().join("data/large.bin"), noise(6 << 20)).unwrap();
    for number in 0..200 {
        fs::write(world.bot().join(format!("data/{number}.json")), "{}").unwrap();
    }
    world.backup("full");

    // Before it begins.
    let place = world.path().join("place");
    let Some(mount) = Mount::new(&place, "size=2m") else { return };
    let target = place.join("target");
    world.refused(keyed(&world, &args!["restore", "--into", &target]), 1, "not-enough-space");
    assert!(!target.exists());
    drop(mount);

    // On the way: bytes enough, but no more files can be made. It is told of the place that was named, not of the
    // archives; into a folder, and into a mount point itself.
    let told = |said: &serde_json::Value, place: &Path| {
        assert_eq!(said["error"]["subject"], place.to_str().unwrap(), "{said}");
        let text = said.to_string();
        assert!(text.contains("No space left") && !text.contains(".holdfast-") && !text.contains("prune"), "{said}");
    };
    for target in [&target, &place] {
        let Some(mount) = Mount::new(&place, "size=40m,nr_inodes=60") else { return };
        let said = world.refused(keyed(&world, &args!["restore", "--into", target]), 1, "not-enough-space");
        told(&said, target);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0, "something half-made stayed");
        drop(mount);
    }

    // In place: the folder is as it was, and the next run finds nothing to bring to an end.
    let Some(_mount) = Mount::new(&place, "size=40m,nr_inodes=60") else { return };
    let root = place.join("bot");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("present"), "the present state").unwrap();
    move_in_settings(&world, &world.bot(), &root);
    let before = picture(&root);
    let restore = keyed(&world, &args!["restore", "--yes", "--no-emergency"]);
    told(&world.refused(restore, 1, "not-enough-space"), &root);
    assert_same(&before, &picture(&root), "the folder in place");
    assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "something half-made stayed");
    let next = world.json(["undo", "--yes"]).failed(1, "nothing-to-undo");
    assert!(next["error"]["cause"].is_string());
}

#[test]
fn a_destination_that_cannot_be_written_to() {
    let world = small();
    if let Some(mount) = drive_on(&world, "size=8m") {
        world.backup("full");
        assert!(mount.mount(&["-o", "remount,ro"]));
        let said = world.refused(args!["backup"], 1, "read-only");
        assert!(said["error"]["subject"].as_str().unwrap().contains("drive"), "{said}");
        // Reading works on.
        world.keyed(args!["restore", "--into", world.path().join("into")]).done();
        world.json(["verify", "--all"]).done();
        assert!(mount.mount(&["-o", "remount,rw"]));
        world.assert_no_litter();
        world.json(["backup"]).done();
    }

    // As a user who may not write there.
    let world = small();
    world.backup("full");
    let user = 65_534;
    let mut command = Command::new("setpriv");
    if is_root() && run(Command::new("setpriv").arg("--version")).code() == 0 {
        command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"]);
        command.arg("--").arg(holdfast());
        let all = Command::new("chown").arg("-R").arg(format!("{user}:{user}")).arg(world.path()).status().unwrap();
        assert!(all.success());
    } else if is_root() {
        return skipped("a folder without permission", "setpriv is not installed");
    } else {
        command = Command::new(holdfast());
    }
    if is_root() && run(Command::new("setpriv").args(["--reuid=65534", "test", "-x"]).arg(holdfast())).code() != 0 {
        return skipped("a folder without permission", "the program lies where other users may not go");
    }
    fs::set_permissions(world.archives(), fs::Permissions::from_mode(0o555)).unwrap();
    world.surround(&mut command);
    let ran = run(command.args(["--no-keyring", "--json", "backup"]));
    let said = ran.failed(1, "permission-denied");
    assert!(said["error"]["subject"].as_str().unwrap().contains("drive"), "{said}");
    fs::set_permissions(world.archives(), fs::Permissions::from_mode(0o755)).unwrap();
    world.assert_no_litter();
    assert_eq!(world.archive_files().len(), 1);
}

#[test]
fn places_that_are_gone() {
    let world = small();
    world.backup("full");
    let aside = world.path().join("aside");
    fs::rename(world.bot(), &aside).unwrap();
    let said = world.refused(args!["backup"], 1, "root-missing");
    assert_eq!(said["error"]["subject"], world.bot().to_str().unwrap());
    assert_eq!(world.archive_files().len(), 1, "an archive without the folder was made");
    // It can be brought back, and the undo takes it away again.
    world.keyed(["restore", "--yes"]).done();
    assert_same(&picture(&aside), &picture(&world.bot()), "the folder that was gone");
    world.json(["undo", "--yes"]).done();
    assert!(!world.bot().exists());
    fs::rename(&aside, world.bot()).unwrap();

    fs::rename(world.drive(), &aside).unwrap();
    let said = world.refused(args!["backup"], 1, "destination-missing");
    assert!(said["error"]["subject"].as_str().unwrap().contains("drive"), "{said}");
    assert!(!world.drive().exists(), "it was made anew");
    world.refused(args!["prune", "--yes"], 1, "destination-missing");
    world.json(["status"]).problems();
    fs::rename(&aside, world.drive()).unwrap();
    world.json(["backup"]).done();
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
    for second in [args!["backup"].to_vec(), keyed(&world, &args!["restore", "--yes"]), args!["prune"].to_vec()] {
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
    let world = small();
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
    world.refused(setup("other", &world.path().join("absent")), 1, "root-missing");
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

#[test]
fn a_damaged_catalog_is_set_aside_and_built_again() {
    let world = small();
    for level in ["full", "daily", "hourly"] {
        fs::write(world.bot().join("data").join(level), level).unwrap();
        world.backup(level);
    }
    let names = |answer: &serde_json::Value| -> Vec<String> {
        let archives = answer["archives"].as_array().unwrap();
        archives.iter().map(|archive| archive["name"].as_str().unwrap().to_owned()).collect()
    };
    let before = names(&world.json(["list"]).done());
    assert_eq!(before.len(), 3);
    for what in ["noise", "cut", "gone"] {
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(world.home().join(format!("catalog.db{ending}")));
        }
        match what {
            "noise" => fs::write(world.catalog(), noise(40_000)).unwrap(),
            "cut" => fs::File::options().write(true).open(world.catalog()).unwrap().set_len(5_000).unwrap(),
            _ => fs::remove_file(world.catalog()).unwrap(),
        }
        let list = world.json(["list"]);
        if what != "gone" {
            let said = list.problems();
            assert_eq!(said["problems"][0]["code"], "catalog-damaged", "{what}: {said}");
            assert!(said["problems"][0]["next_step"].as_str().unwrap().contains("catalog rebuild"), "{said}");
            let aside = fs::read_dir(world.home()).unwrap().map(|item| item.unwrap().file_name());
            let aside = aside.filter(|name| name.to_string_lossy().starts_with("catalog")).count();
            assert!(aside >= 2, "{what}: the damaged one was not kept");
        }
        let rebuilt = world.keyed(["catalog", "rebuild"]).json();
        assert_eq!(rebuilt["recorded"].as_array().unwrap().len(), 3, "{what}: {rebuilt}");
        assert_eq!(names(&world.json(["list"]).done()), before, "{what}");
        world.keyed(["verify", "--all", "--full"]).done();
    }
    // It is good for building on, and for restoring by name.
    let next = world.backup("hourly");
    assert_eq!((&next["level"], next["files"].as_u64()), (&serde_json::Value::from("hourly"), Some(6)), "{next}");
    world.keyed(args!["restore", "--at", &before[0], "--into", world.path().join("into")]).done();
    world.assert_no_litter();
}

/// Restoring needs no catalog, no settings, no keys of this machine: archives and a passphrase do.
#[test]
fn everything_on_this_machine_is_gone() {
    let world = small();
    let made = world.backup("full");
    let before = picture(&world.bot());
    fs::remove_dir_all(world.home()).unwrap();
    let into = world.path().join("into");
    let archive = made["path"].as_str().unwrap();
    let restore = args!["--passphrase-file", world.passphrase_file(), "restore", "--at", archive, "--into", &into];
    world.json(restore).done();
    assert_same(&before, &picture(&into.join("bot")), "restored with nothing but the drive and the passphrase");
    let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
    assert_eq!(open_recovery_key(&sealed, holdfast_tests::PASSPHRASE), fs::read(world.identity_file()).unwrap());
    let in_place = args!["--passphrase-file", world.passphrase_file(), "restore", "--at", archive, "--yes"];
    world.refused(in_place, 1, "unknown-deployment");
}

#[test]
fn damaged_settings_are_named_and_touch_nothing() {
    let world = small();
    world.backup("full");
    let good = fs::read_to_string(world.settings()).unwrap();
    let bad = [
        "this is no toml [".to_owned(),
        String::new(),
        good.replacen("version = 1", "version = 99", 1),
        good.replace("[retention]", "[retention]\nsurprise = 1"),
        good.replace(world.bot().to_str().unwrap(), "relative/path"),
    ];
    for text in bad {
        assert_ne!(text, good);
        fs::write(world.settings(), &text).unwrap();
        let said = world.refused(["backup"], 1, "bad-settings");
        assert!(said["error"]["subject"].as_str().unwrap().contains("bot.toml"), "{said}");
        // Others are still looked after: one bad file is a problem of the status, not its failure.
        let status = world.json(["status"]).problems();
        assert!(status.to_string().contains("bot.toml"), "{status}");
        let doctor = world.json(["doctor"]).json();
        assert_eq!(doctor["outcome"], "failed", "{doctor}");
    }
    // The archives are reached all the same.
    let archive = &world.archive_files()[0];
    let into = world.path().join("into");
    world.keyed(args!["restore", "--at", archive, "--into", &into]).done();
    fs::write(world.settings(), good).unwrap();
    world.json(["backup"]).done();
    world.assert_no_litter();
}
