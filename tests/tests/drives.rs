//! Copies on real drives: pulled out while they are written, full, mounted elsewhere, another one in their place.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Drive, FileSystem, Pull, Ran, World, args, codes, files, fill, long, random, run, skipped};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

struct Scene {
    world: World,
    point: PathBuf,
}

impl Scene {
    /// A deployment with one full archive of so many bytes.
    fn new(bytes: usize) -> Self {
        let world = World::new();
        fill(&world.bot().join("uploads/photo.bin"), bytes, 1);
        world.backup("full");
        let point = world.path().join("mnt/stick");
        fs::create_dir_all(&point).unwrap();
        Self { world, point }
    }

    #[track_caller]
    fn add(&self, name: &str) -> Value {
        let answer = self.world.json(args!["destination", "add", name, "--to", &self.point]).done();
        assert_eq!(answer["destination"]["kind"], "drive", "{answer}");
        answer
    }

    fn on_drive(&self) -> PathBuf {
        self.point.join("Holdfast/bot")
    }

    /// Everything that has an archive's name on the drive is whole, and has the hash that lies beside it.
    #[track_caller]
    fn nothing_wrong_on_it(&self) -> Vec<String> {
        let mut names = Vec::new();
        for path in files(&self.on_drive()) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".sha256") && path.with_extension("").exists() {
                let checked =
                    Command::new("sha256sum").arg("-c").arg(&path).current_dir(self.on_drive()).output().unwrap();
                assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stdout));
            }
            if name.ends_with(".tar.zst.age") {
                assert!(path.with_file_name(format!("{name}.sha256")).is_file(), "{name} has no checksum");
                let primary = self.world.archives().join(&name);
                assert!(fs::read(&path).unwrap() == fs::read(&primary).unwrap(), "{name} is another file on the drive");
                names.push(name);
            }
        }
        names
    }

    #[track_caller]
    fn nothing_underneath(&self) {
        assert_eq!(files(&self.point), Vec::<PathBuf>::new(), "something was written beneath the mount point");
    }
}

#[test]
fn every_kind_of_drive_gets_copies_and_is_safe_to_unplug() {
    for kind in FileSystem::ALL {
        let scene = Scene::new(3_000_000);
        let Some(mut drive) = Drive::make(scene.world.path(), "stick", kind, 320) else { continue };
        drive.mount(&scene.point);
        scene.add("Stick");
        let copied = scene.world.json(["copy"]).done();
        let to = &copied["destinations"][0];
        assert_eq!(to["copied"].as_array().unwrap().len(), 1, "{kind:?}: {copied}");
        assert_eq!(to["safe_to_unplug"], true);
        assert_eq!(scene.nothing_wrong_on_it().len(), 1);
        for beside in ["Holdfast/drive.json", "Holdfast/HOW-TO-RESTORE.html", "Holdfast/restore.py"] {
            assert!(scene.point.join(beside).is_file(), "{beside}");
        }
        // What follows a backup comes by itself.
        fs::write(scene.world.bot().join("note.txt"), "hello").unwrap();
        let made = scene.world.backup("daily");
        assert_eq!(made["copies"][0]["copied"].as_array().unwrap().len(), 1, "{made}");
        drive.unmount();
        scene.nothing_underneath();

        // Away, it is a note and no failure.
        fs::write(scene.world.bot().join("note.txt"), "hello again").unwrap();
        let made = scene.world.backup("hourly");
        assert_eq!(codes(&made), ["copy-due"], "{made}");
        scene.nothing_underneath();
        scene.world.refused(["copy", "--to", "Stick"], 1, "destination-missing");

        // Mounted elsewhere, it is the same drive.
        let other = scene.world.path().join("mnt/other");
        drive.mount(&other);
        let said = scene.world.run(["copy"]).expect(0);
        assert!(said.stdout.contains("safe to unplug") || said.stderr.contains("safe to unplug"), "{said}");
        let list = scene.world.json(["list"]).done();
        for archive in list["archives"].as_array().unwrap() {
            assert_eq!(archive["copies"][0]["destination"], "Stick", "{archive}");
        }
        let verified = scene.world.keyed(args!["verify", "--full", newest(&other.join("Holdfast/bot"))]).done();
        assert_eq!(verified["outcome"], "done");
        drive.unmount();
    }
}

fn newest(folder: &Path) -> PathBuf {
    files(folder)
        .into_iter()
        .rfind(|path| path.to_string_lossy().ends_with(".age") && !path.ends_with("recovery-key.age"))
        .unwrap()
}

/// Runs a copy and pulls the drive out after a while.
fn copy_and_pull(scene: &Scene, drive: &mut Drive, after: Duration, how: Pull) -> Ran {
    let mut command = scene.world.command();
    command.args(["--json", "copy"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    std::thread::sleep(after);
    drive.pull(how);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let status = child.wait().unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_mins(1), "it hung for {took:?}");
    Ran { line: "holdfast copy".to_owned(), status, stdout, stderr, took }
}

fn pulled_while_it_is_written(kind: FileSystem) {
    let rounds = if long() { 50 } else { 5 };
    if !long() {
        skipped("50 pulls of each kind of drive", "5 are done; HOLDFAST_TEST_LONG=1 does all");
    }
    let mut random = random();
    let scene = Scene::new(40_000_000);
    let Some(mut drive) = Drive::make(scene.world.path(), "stick", kind, 320) else { return };
    drive.mount(&scene.point);
    scene.add("Stick");
    let begun = Instant::now();
    scene.world.json(["copy"]).done();
    let usual = begun.elapsed();
    drive.unmount();
    drive.let_go();
    let (mut interrupted, mut resumed, mut pace) = (0, 0, 1.0);
    let mut round = 0;
    while round < rounds || (interrupted == 0 && round < 4 * rounds) {
        drive.mount(&scene.point);
        for path in files(&scene.on_drive()) {
            if path.to_string_lossy().contains(".tar.zst.age") {
                fs::remove_file(path).unwrap();
            }
        }
        let how = if random.below(2) == 0 { Pull::Gone } else { Pull::Lazily };
        let after = usual.mul_f64(pace * random.below(900) as f64 / 1_000.0);
        let ran = copy_and_pull(&scene, &mut drive, after, how);
        println!("{kind:?} {round}: {how:?} after {after:?} of {usual:?}: {}", ran.code());
        scene.nothing_underneath();
        let value = ran.json();
        match ran.code() {
            // It was through, or the drive had gone before it was looked for.
            0 => {
                assert!(codes(&value).iter().all(|code| code == "copy-due"), "{ran}");
                if codes(&value).is_empty() {
                    pace *= 0.7;
                }
            }
            3 => {
                interrupted += 1;
                assert_eq!(codes(&value), ["destination-missing"], "not one clear message: {ran}");
                let problem = &value["problems"][0];
                assert!(problem["title"].as_str().unwrap().contains("“Stick”"), "{problem}");
                assert_eq!(value["destinations"][0]["safe_to_unplug"], false);
            }
            _ => panic!("{ran}"),
        }
        assert!(!ran.stdout.contains("/proc/self"), "{ran}");
        drive.let_go();
        drive.mount(&scene.point);
        scene.nothing_wrong_on_it();
        resumed +=
            usize::from(files(&scene.on_drive()).iter().any(|path| path.to_string_lossy().ends_with(".age.partial")));
        let again = scene.world.json(["copy"]).done();
        assert_eq!(again["destinations"][0]["due"], 0, "{again}");
        assert_eq!(scene.nothing_wrong_on_it().len(), 1);
        let litter: Vec<_> =
            files(&scene.point).into_iter().filter(|p| p.to_string_lossy().contains(".partial")).collect();
        assert_eq!(litter, Vec::<PathBuf>::new());
        drive.unmount();
        drive.let_go();
        round += 1;
    }
    println!("{kind:?}: {interrupted} of {round} were interrupted, {resumed} went on with what was there");
    assert!(
        interrupted > 0 && interrupted * 8 >= rounds,
        "nearly all ended before they were pulled: this shows nothing"
    );
}

#[test]
fn an_ext4_drive_pulled_while_it_is_written_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Ext4);
}

#[test]
fn an_xfs_drive_pulled_while_it_is_written_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Xfs);
}

#[test]
fn an_exfat_drive_pulled_while_it_is_written_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Exfat);
}

#[test]
fn an_ntfs_drive_pulled_while_it_is_written_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Ntfs);
}

#[test]
fn another_drive_at_the_same_place_is_never_written_to() {
    let scene = Scene::new(1_000_000);
    let Some(mut stick) = Drive::make(scene.world.path(), "stick", FileSystem::Ext4, 16) else { return };
    let mut other = Drive::make(scene.world.path(), "other", FileSystem::Ext4, 16).unwrap();
    stick.mount(&scene.point);
    scene.add("Stick");
    stick.unmount();
    other.mount(&scene.point);
    fs::create_dir_all(scene.on_drive()).unwrap();
    fs::write(scene.on_drive().join("mine"), "mine").unwrap();
    let before = files(&scene.point);
    let copied = scene.world.json(["copy"]).done();
    assert_eq!(codes(&copied), ["copy-due"]);
    scene.world.refused(["copy", "--to", "Stick"], 1, "destination-missing");
    assert_eq!(files(&scene.point), before);
    // Nor one that is another machine's, with a deployment of the same name.
    let stranger = Scene::new(300_000);
    let taken = ["destination", "add", "Theirs", "--to", scene.point.to_str().unwrap()];
    fs::write(scene.on_drive().join("recovery-key.age"), "another").unwrap();
    stranger.world.refused(taken, 1, "deployment-exists");
    other.unmount();
}

#[test]
fn a_full_drive_keeps_what_it_has_and_gets_the_rest_when_there_is_room() {
    let scene = Scene::new(6_000_000);
    let Some(mut drive) = Drive::make(scene.world.path(), "stick", FileSystem::Ext4, 16) else { return };
    drive.mount(&scene.point);
    scene.add("Stick");
    scene.world.json(["copy"]).done();
    let ballast = scene.point.join("ballast");
    fill(&ballast, 6_000_000, 7);
    fill(&scene.world.bot().join("uploads/second.bin"), 4_000_000, 9);
    let made = scene.world.json(["backup", "--level", "daily"]).problems();
    assert_eq!(codes(&made), ["destination-full"], "{made}");
    assert_eq!(made["copies"][0]["due"], 1);
    assert_eq!(scene.nothing_wrong_on_it().len(), 1);
    fs::remove_file(ballast).unwrap();
    scene.world.json(["copy"]).done();
    assert_eq!(scene.nothing_wrong_on_it().len(), 2);
    drive.unmount();
}

#[test]
fn volumes_are_checked_joined_and_restored() {
    let scene = Scene::new(2_000_000);
    let to = scene.world.path().join("fat");
    fs::create_dir(&to).unwrap();
    let add = args!["destination", "add", "Fat", "--to", &to, "--folder", "--volume-size", "300kB"];
    scene.world.json(add).done();
    scene.world.json(["copy"]).done();
    let folder = to.join("Holdfast/bot");
    let primary = scene.world.archive_files().remove(0);
    let name = primary.file_name().unwrap().to_str().unwrap();
    let script = format!("sha256sum -c {name}.sha256 && cat {name}.0?? | cmp - {}", primary.display());
    let checked = run(Command::new("sh").args(["-c", &script]).current_dir(&folder));
    assert!(checked.status.success() && checked.stdout.lines().count() >= 7, "{checked}");
    assert!(!folder.join(name).exists());
    // All that reads archives reads volumes, by the name of the whole and by that of the first.
    for named in [name.to_owned(), format!("{name}.001")] {
        scene.world.keyed(args!["verify", "--full", folder.join(&named)]).done();
        let shown = scene.world.keyed(args!["show", folder.join(&named)]).done();
        assert_eq!(shown["files"], 1);
    }
    let into = scene.world.path().join("into");
    // Where the first place has lost them, the copies step in by themselves.
    for path in files(&scene.world.archives()) {
        fs::remove_file(path).unwrap();
    }
    scene.world.keyed(args!["restore", "--into", &into, "--yes"]).done();
    assert!(
        fs::read(into.join("bot/uploads/photo.bin")).unwrap()
            == fs::read(scene.world.bot().join("uploads/photo.bin")).unwrap()
    );
}

#[test]
fn archives_can_be_made_on_a_drive_that_comes_back_elsewhere() {
    let world = World::empty();
    let Some(mut drive) = Drive::make(world.path(), "stick", FileSystem::Exfat, 64) else { return };
    let point = world.path().join("mnt/stick");
    drive.mount(&point);
    fill(&world.bot().join("uploads/photo.bin"), 900_000, 1);
    let setup = args![
        "setup",
        "bot",
        "--root",
        world.bot(),
        "--to",
        &point,
        "--passphrase-file",
        world.passphrase_file(),
        "--yes"
    ];
    world.json(setup).done();
    assert!(point.join("Holdfast/drive.json").is_file());
    let made = world.json(["backup", "--level", "full"]).done();
    assert!(made["path"].as_str().unwrap().starts_with(point.to_str().unwrap()), "{made}");
    drive.unmount();
    world.refused(["backup"], 1, "destination-missing");
    assert_eq!(files(&point), Vec::<PathBuf>::new());
    let elsewhere = world.path().join("mnt/elsewhere");
    drive.mount(&elsewhere);
    fs::write(world.bot().join("note"), "x").unwrap();
    let made = world.json(["backup", "--level", "daily"]).done();
    assert_eq!(made["level"], "daily", "{made}");
    assert!(made["path"].as_str().unwrap().starts_with(elsewhere.to_str().unwrap()), "{made}");
    let list = world.json(["list"]).done();
    assert!(list["archives"].as_array().unwrap().iter().all(|archive| archive["restorable"] == true), "{list}");
    world.json(["verify", "--all"]).done();
    world.json(["prune", "--yes"]).done();
    drive.unmount();
}

#[test]
fn a_drive_that_is_waited_for_is_seen_when_it_comes() {
    let scene = Scene::new(1_000_000);
    let Some(mut drive) = Drive::make(scene.world.path(), "stick", FileSystem::Ext4, 16) else { return };
    drive.mount(&scene.point);
    scene.add("Stick");
    drive.unmount();
    let mut command = scene.world.command();
    command.args(["--json", "copy", "--wait"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut waiting = command.stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(waiting.try_wait().unwrap().is_none(), "it did not wait");
    drive.mount(&scene.world.path().join("mnt/new"));
    let begun = Instant::now();
    let out = waiting.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    let value: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(value["destinations"][0]["safe_to_unplug"], true, "{value}");
    drive.unmount();
}

#[test]
fn destinations_are_listed_renamed_and_removed() {
    let scene = Scene::new(300_000);
    let to = scene.world.path().join("second");
    fs::create_dir(&to).unwrap();
    scene.world.json(args!["dest", "add", "--to", &to]).done();
    scene.world.refused(args!["dest", "add", "Again", "--to", &to], 1, "deployment-exists");
    scene.world.json(["dest", "rename", "second", "The shelf"]).done();
    let list = scene.world.json(["dest", "list"]).done();
    assert_eq!(list["destinations"][0]["first"], true);
    assert_eq!((&list["destinations"][1]["name"], &list["destinations"][1]["due"]), (&"The shelf".into(), &1.into()));
    let dry = scene.world.json(["copy", "--dry-run"]).done();
    assert_eq!(dry["destinations"][0]["due"].as_array().unwrap().len(), 1);
    assert_eq!(files(&to).iter().filter(|path| path.to_string_lossy().contains(".tar.")).count(), 0);
    scene.world.json(["copy", "--to", "The shelf"]).done();
    scene.world.refused(["copy", "--to", "Nobody"], 2, "bad-request");
    scene.world.refused(["dest", "remove", "drive"], 2, "bad-request");
    scene.world.json(["dest", "remove", "The shelf"]).done();
    assert_eq!(files(&to).iter().filter(|path| path.to_string_lossy().ends_with(".age")).count(), 2);
    let made = scene.world.backup("hourly");
    assert_eq!(made["copies"], Value::Array(Vec::new()));
    // Added again, what lies there is known.
    scene.world.json(args!["dest", "add", "--to", &to]).done();
    let copied = scene.world.json(["copy"]).done();
    assert_eq!(copied["destinations"][0]["copied"].as_array().unwrap().len(), 1, "{copied}");
}
