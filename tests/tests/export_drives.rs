//! Exports onto real drives: taken to a machine that knows nothing and opened in every way there is; pulled out while they
//! are written; full.
#![allow(clippy::unwrap_used)]

use holdfast_sample::Snapshot;
use holdfast_tests::{
    Drive, FileSystem, LIMIT, PASSPHRASE, Page, Pull, Ran, World, args, assert_same, codes, files, fill, left_out,
    long, missing_programs, picture_without, random, run, skipped, typing, with_names,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Scene {
    world: World,
    point: PathBuf,
}

impl Scene {
    fn new(world: World) -> Self {
        let point = world.path().join("mnt/stick");
        fs::create_dir_all(&point).unwrap();
        Self { world, point }
    }

    /// With one full archive of so many bytes, which do not compress.
    fn incompressible(bytes: usize) -> Self {
        let world = World::new();
        fill(&world.bot().join("uploads/photo.bin"), bytes, 1);
        world.backup("full");
        Self::new(world)
    }

    fn export(&self, more: &[&str]) -> Ran {
        self.world.keyed(
            [&args!["export", "--to", &self.point][..], &more.iter().map(OsString::from).collect::<Vec<_>>()].concat(),
        )
    }

    #[track_caller]
    fn nothing_underneath(&self) {
        assert_eq!(files(&self.point), Vec::<PathBuf>::new(), "something was written beneath the mount point");
        assert_eq!(fs::read_dir(&self.point).unwrap().count(), 0, "a folder was made beneath the mount point");
    }
}

/// A chatbot with a full, a daily and an hourly archive, and all that a file can be besides its content.
struct Chatbot {
    scene: Scene,
    before: Snapshot,
    left_out: Vec<String>,
}

impl Chatbot {
    fn new() -> Self {
        let world = World::with_sample(5_000_000);
        let odd = world.bot().join("config/odd: \"names\" & | such? ü.sh");
        fs::write(&odd, "#!/bin/sh").unwrap();
        let script = "chown 1234:2345 \"$1\"; chmod 4751 \"$1\"; touch -d '1999-12-31 23:59:59.123456789' \"$1\"";
        run(Command::new("sh").args(["-euc", script, "sh"]).arg(&odd)).expect(0);
        world.backup("full");
        let mut left = Vec::new();
        for (level, seed) in [("daily", 1), ("hourly", 2)] {
            holdfast_sample::mutate(&world.bot(), &holdfast_sample::Mutate { percent: 3.0, seed }).unwrap();
            left = left_out(&world.backup(level));
        }
        let without: Vec<&str> = left.iter().map(String::as_str).collect();
        let before = picture_without(&world.bot(), &without);
        Self { scene: Scene::new(world), before, left_out: left }
    }

    #[track_caller]
    fn assert_is(&self, folder: &Path, what: &str) {
        let without: Vec<&str> = self.left_out.iter().map(String::as_str).collect();
        assert_same(&self.before, &picture_without(folder, &without), what);
    }
}

/// What a person copies off the recovery kit: of each key, the text of its page without the drawing.
struct Kit {
    identity: String,
    signing: String,
}

impl Kit {
    fn print(world: &World) -> Self {
        let path = world.path().join("kit.html");
        world.keyed(args!["key", "kit", "--output", &path]).done();
        let page = fs::read_to_string(path).unwrap();
        let plain = |html: &str| {
            let mut text = String::new();
            let mut within = false;
            for letter in html.replace("</li>", "\n").replace("</p>", "\n").chars() {
                match letter {
                    '<' => within = true,
                    '>' => within = false,
                    _ if !within => text.push(letter),
                    _ => {}
                }
            }
            text
        };
        let start = page.find("<p class=\"prefix mono\">").unwrap();
        let identity = plain(page[start..].split_once("</ol>").unwrap().0);
        let words = plain(&page);
        let signing = words.split_whitespace().find(|word| word.starts_with("RW") && word.len() == 56).unwrap();
        Self { signing: signing.to_owned(), identity }
    }
}

/// With the program that lies on the drive, on a machine with nothing of its own.
fn recover(on: &World, drive: &Path, rest: &[OsString]) -> Ran {
    let program = files(&drive.join("Holdfast"))
        .into_iter()
        .find(|path| path.ends_with(format!("holdfast-{}-{}", std::env::consts::OS, std::env::consts::ARCH)));
    let mut command = Command::new(program.expect("the program lies beside the archive"));
    on.surround(&mut command);
    run(command.args(["--no-keyring", "--json", "recover", "--from"]).arg(drive).args(rest))
}

fn taken_elsewhere(kind: FileSystem) {
    let chatbot = Chatbot::new();
    let world = &chatbot.scene.world;
    let Some(mut drive) = Drive::make(world.path(), "stick", kind, 400) else { return };
    let kit = Kit::print(world);
    drive.mount(&chatbot.scene.point);
    let exported = chatbot.scene.export(&[]).done();
    drive.unmount();
    chatbot.scene.nothing_underneath();
    // The machine is lost.
    for gone in [world.bot(), world.home(), world.drive()] {
        fs::remove_dir_all(gone).unwrap();
    }

    // The passphrase alone.
    let laptop = World::empty();
    let here = laptop.path().join("run/media/anna/STICK");
    drive.mount(&here);
    let into = laptop.path().join("new");
    let done = recover(&laptop, &here, &args!["--passphrase-file", laptop.passphrase_file(), "--into", &into]).done();
    assert_eq!((&done["archive"], &done["at"]), (&exported["archive"], &exported["created"]), "{done}");
    chatbot.assert_is(&into.join("bot"), "what the passphrase gave back");
    // And protection goes on, without a passphrase.
    let next = laptop.json(["backup"]).done();
    assert!(next["path"].as_str().unwrap().starts_with(here.to_str().unwrap()), "{next}");
    drive.unmount();

    // The printed identity alone, as it stands on the page. It does not tell who made the archive.
    let laptop = World::empty();
    let here = laptop.path().join("mnt/usb 1");
    drive.mount(&here);
    let printed = laptop.path().join("from paper.txt");
    fs::write(&printed, &kit.identity).unwrap();
    let at = args!["--identity-file", &printed, "--at", exported["archive"].as_str().unwrap()].to_vec();
    let with = |rest: &[OsString]| recover(&laptop, &here, &[&at[..], rest].concat());
    let into = |name: &str| laptop.path().join(name);
    with(&args!["--into", into("no")]).failed(5, "unsigned");
    assert!(!into("no").exists());
    let done = with(&args!["--into", into("a"), "--accept-unverified"]).problems();
    assert!(codes(&done).contains(&"unsigned".to_owned()), "{done}");
    chatbot.assert_is(&into("a").join("bot"), "what the printed identity gave back");
    // The signing key stands beside it.
    with(&args!["--into", into("b"), "--no-adopt", "--signed-by", &kit.signing]).done();
    chatbot.assert_is(&into("b").join("bot"), "what both printed keys gave back");
    drive.unmount();

    by_hand(&chatbot, &mut drive, &exported);
}

/// The commands of the page that lies on the drive, word for word.
fn by_hand(chatbot: &Chatbot, drive: &mut Drive, exported: &Value) {
    let missing = missing_programs(&["age", "zstd", "tar", "python3", "sha256sum", "minisign", "bash"]);
    if !missing.is_empty() {
        skipped("an export by hand", &format!("not installed: {missing:?}"));
        return;
    }
    let stranger = World::empty();
    let here = stranger.path().join("stick");
    drive.mount(&here);
    let page = Page::read(&here.join("Holdfast/HOW-TO-RESTORE.html"));
    let folder = here.join("Holdfast/bot");
    let archive = folder.join(Path::new(exported["path"].as_str().unwrap()).file_name().unwrap());
    let names = [archive.clone()];
    let bash = |script: &str| {
        let mut command = Command::new("bash");
        stranger.surround(&mut command);
        run(command.args(["-euo", "pipefail", "-c", script]).current_dir(&folder)).expect(0)
    };
    let open = page.block(&["age -d -o", "recovery-key.age"]).replace("/PLACE/OF/THE/DRIVE", here.to_str().unwrap());
    let mut command = typing(&[("passphrase", PASSPHRASE)]);
    stranger.surround(&mut command);
    run(command.args(["bash", "-euc", &open])).expect(0);
    let checked = bash(page.block(&["sha256sum -c *.sha256"]));
    assert!(checked.stdout.contains(&format!("{}: OK", archive.file_name().unwrap().to_str().unwrap())), "{checked}");
    let restored = stranger.path().join("person/restored");
    let said = bash(&with_names(page.block_without(&["restore.py"], &["hourly"]), &names));
    assert!(format!("{}{}", said.stdout, said.stderr).contains("Every checksum agreed"), "{said}");
    chatbot.assert_is(&restored.join("bot"), "what restore.py gave back");
    fs::remove_dir_all(&restored).unwrap();
    bash(&with_names(page.block(&["age -d -i", "zstd -dc", "tar -x", "~/restored"]), &names));
    chatbot.assert_is(&restored.join("bot"), "what tar gave back");
    let key = fs::read_to_string(stranger.path().join("person/key.txt")).unwrap();
    let public = key.lines().find_map(|line| line.strip_prefix("# holdfast-signing-public:")).unwrap().trim();
    bash(&format!("cd ~/restored; {}", page.block(&["minisign -V -P KEY"]).replace("KEY", public)));
    drive.unmount();
}

#[test]
fn an_export_on_ext4_comes_back_in_every_way_there_is() {
    taken_elsewhere(FileSystem::Ext4);
}

#[test]
fn an_export_on_xfs_comes_back_in_every_way_there_is() {
    taken_elsewhere(FileSystem::Xfs);
}

#[test]
fn an_export_on_exfat_comes_back_in_every_way_there_is() {
    taken_elsewhere(FileSystem::Exfat);
}

#[test]
fn an_export_on_ntfs_comes_back_in_every_way_there_is() {
    taken_elsewhere(FileSystem::Ntfs);
}

/// The archives of a drive, which are all whole, with their checksums.
#[track_caller]
fn whole_archives(point: &Path) -> BTreeMap<String, String> {
    let folder = point.join("Holdfast/bot");
    let mut found = BTreeMap::new();
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".tar.zst.age") {
            continue;
        }
        let sums = format!("{name}.sha256");
        run(Command::new("sha256sum").args(["-c", &sums]).current_dir(&folder)).expect(0);
        found.insert(name, fs::read_to_string(folder.join(sums)).unwrap());
    }
    found
}

#[track_caller]
fn no_litter(point: &Path) {
    let litter = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.contains(".partial") || name.strip_suffix(".sha256").is_some_and(|archive| !Path::new(archive).exists())
    };
    assert_eq!(files(point).into_iter().filter(litter).collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

/// An export under way.
struct Running {
    child: Child,
    begun: Instant,
}

impl Running {
    fn start(scene: &Scene, more: &[&str]) -> Self {
        let mut command = scene.world.keyed_command();
        command.args(args!["export", "--to", &scene.point]).args(more);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { child, begun: Instant::now() }
    }

    /// Until it has hold of the drive. Before that, the place is an empty folder like any other.
    fn wait_until_it_holds(&mut self, point: &Path) {
        let fds = PathBuf::from(format!("/proc/{}/fd", self.child.id()));
        let holds = || {
            let links = fs::read_dir(&fds).into_iter().flatten().flatten();
            links.filter_map(|item| fs::read_link(item.path()).ok()).any(|path| path.starts_with(point))
        };
        while !holds() && self.child.try_wait().unwrap().is_none() {
            assert!(self.begun.elapsed() < LIMIT, "it never looked at the drive");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn end(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let status = self.child.wait().unwrap();
        let took = self.begun.elapsed();
        assert!(took < Duration::from_mins(1), "it hung for {took:?}");
        Ran { line: "holdfast export".to_owned(), status, stdout, stderr, took }
    }
}

fn pulled_while_it_is_written(kind: FileSystem) {
    let rounds = if long() { 50 } else { 4 };
    if !long() {
        skipped("50 exports on each kind of drive pulled out", "4 are done; HOLDFAST_TEST_LONG=1 does all");
    }
    let mut random = random();
    let scene = Scene::incompressible(24_000_000);
    let Some(mut drive) = Drive::make(scene.world.path(), "stick", kind, 400) else { return };
    drive.mount(&scene.point);
    // This one is there already, and stays what it is.
    let begun = Instant::now();
    let older = scene.export(&[]).done();
    let usual = begun.elapsed();
    let older = Path::new(older["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
    let sums = whole_archives(&scene.point);
    drive.unmount();
    drive.let_go();
    let (mut failed, mut went_through, mut left_something) = (0, 0, 0);
    // Pulled earlier after each that went through: how long an export takes differs more than any fixed time.
    let (mut pace, mut round) = (0.6, 0);
    while round < rounds || (failed == 0 && round < 4 * rounds) {
        drive.mount(&scene.point);
        // Another program beside it, so that it is written anew; or none.
        let more: &[&str] = if random.below(2) == 0 { &["--no-program"] } else { &[] };
        for path in files(&scene.point) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with("holdfast-") || (name.contains(".tar.zst.age") && !name.starts_with(&older)) {
                fs::remove_file(path).unwrap();
            }
        }
        let how = if random.below(2) == 0 { Pull::Gone } else { Pull::Lazily };
        let mut running = Running::start(&scene, more);
        running.wait_until_it_holds(&scene.point);
        let after = usual.mul_f64(pace * random.below(1_000) as f64 / 1_000.0);
        std::thread::sleep(after);
        drive.pull(how);
        let ran = running.end();
        println!("{kind:?} {round}: {how:?} after {after:?} of {usual:?} {more:?}: {}", ran.code());
        scene.nothing_underneath();
        assert_eq!(ran.stderr, "", "{ran}");
        assert!(!ran.stdout.contains("/proc/self"), "{ran}");
        if ran.code() == 0 {
            went_through += 1;
            pace *= 0.6;
            ran.done();
        } else {
            failed += 1;
            pace = f64::min(pace * 1.2, 0.8);
            let error = ran.failed(1, "destination-missing")["error"].clone();
            assert_eq!(error["subject"], scene.point.to_str().unwrap(), "{ran}");
        }
        drive.let_go();
        drive.mount(&scene.point);
        let there = whole_archives(&scene.point);
        assert_eq!(there.get(&older), sums.get(&older), "the older archive is another: {there:?}");
        let litter = files(&scene.point).iter().any(|path| path.to_string_lossy().ends_with(".partial"));
        left_something += usize::from(litter);
        // It is as if nothing had been.
        let again = scene.export(more).done();
        no_litter(&scene.point);
        let archive = PathBuf::from(again["path"].as_str().unwrap());
        let verified = scene.world.keyed(args!["verify", &archive, "--full"]).done();
        assert_eq!(
            (&verified["archives"][0]["ok"], &verified["archives"][0]["signature"]),
            (&true.into(), &"good".into())
        );
        assert!(whole_archives(&scene.point).len() >= 2 + usize::from(ran.code() == 0));
        drive.unmount();
        scene.nothing_underneath();
        drive.let_go();
        round += 1;
    }
    println!(
        "{kind:?}: {failed} of {round} exports failed, {went_through} went through, {left_something} left something unfinished"
    );
    assert!(failed > 0 && failed * 8 >= rounds, "nearly all ended before they were pulled: this shows nothing");
    scene.world.assert_no_litter();
}

#[test]
fn an_ext4_drive_pulled_during_an_export_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Ext4);
}

#[test]
fn an_xfs_drive_pulled_during_an_export_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Xfs);
}

#[test]
fn an_exfat_drive_pulled_during_an_export_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Exfat);
}

#[test]
fn an_ntfs_drive_pulled_during_an_export_is_neither_wrong_nor_noisy() {
    pulled_while_it_is_written(FileSystem::Ntfs);
}

/// Writes until only so many bytes are free, or nothing more goes.
fn ballast(path: &Path, keep_free: u64) {
    let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
    let piece = vec![0x5a; 256 << 10];
    loop {
        let stat = run(Command::new("stat").args(["-f", "-c", "%a %S"]).arg(path)).stdout;
        let mut numbers = stat.split_whitespace().map(|number| number.parse::<u64>().unwrap());
        let free = numbers.next().unwrap() * numbers.next().unwrap();
        // As much as may go at once without looking again.
        let pieces = free.saturating_sub(keep_free) / piece.len() as u64;
        for _ in 0..pieces.max(1) {
            if file.write_all(&piece).is_err() {
                return;
            }
        }
        if pieces <= 1 && keep_free > 0 {
            return;
        }
    }
}

#[test]
fn a_drive_that_becomes_full_keeps_what_it_has_and_gets_the_export_when_there_is_room() {
    for kind in FileSystem::ALL {
        let scene = Scene::incompressible(30_000_000);
        let megabytes = if kind == FileSystem::Xfs { 320 } else { 110 };
        let Some(mut drive) = Drive::make(scene.world.path(), "stick", kind, megabytes) else { continue };
        drive.mount(&scene.point);
        scene.export(&["--no-program"]).done();
        let before = whole_archives(&scene.point);
        let heavy = scene.point.join("ballast");
        ballast(&heavy, 45_000_000);
        // It seems to fit; then somebody else takes the room.
        let mut running = Running::start(&scene, &["--no-program"]);
        let partial = || files(&scene.point).iter().any(|path| path.to_string_lossy().ends_with(".age.partial"));
        while !partial() && running.child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // It waits meanwhile: who is faster must not decide.
        let signal = |name: &str| {
            let pid = running.child.id().to_string();
            assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
        };
        signal("-STOP");
        ballast(&heavy, 0);
        signal("-CONT");
        let error = running.end().failed(1, "destination-full")["error"].clone();
        assert!(error["subject"].as_str().unwrap().starts_with(scene.point.to_str().unwrap()), "{kind:?}: {error}");
        assert_eq!(whole_archives(&scene.point), before, "{kind:?}");
        no_litter(&scene.point);
        // That it is full is now known before anything is written.
        let there = files(&scene.point);
        ballast(&heavy, 0);
        scene.export(&["--no-program"]).failed(1, "not-enough-space");
        assert_eq!(files(&scene.point), there, "{kind:?}");
        fs::remove_file(&heavy).unwrap();
        let exported = scene.export(&["--no-program"]).done();
        scene.world.keyed(args!["verify", "--full", exported["path"].as_str().unwrap()]).done();
        assert_eq!(whole_archives(&scene.point).len(), before.len() + 1);
        drive.unmount();
        scene.nothing_underneath();
        drive.let_go();
    }
}
