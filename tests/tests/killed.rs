//! Killed at random moments, over and over: no kept archive is lost, every root is the old state or the new one and
//! nothing between, the next run works, and nothing lies about afterwards.
#![allow(clippy::unwrap_used)]

use holdfast_sample::{Mutate, Snapshot, mutate};
use holdfast_tests::{Ran, Random, World, args, differences, long, picture_without, random, run, same, skipped, start};
use rusqlite::Connection;
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::time::Duration;

const ROOTS: [&str; 2] = ["bot", "notes"];

struct Scene {
    world: World,
    random: Random,
    /// Paths in the first root that backups leave out.
    left_out: Vec<String>,
    /// The first full archive, and the state in it.
    first: String,
    state: Vec<Snapshot>,
    mutations: u64,
    killed: u32,
    kills: u32,
    /// How much of the usual time a command takes, as it turns out.
    pace: f64,
}

fn kills_of_each() -> u32 {
    if long() {
        return 60;
    }
    skipped("60 kills of each kind", "6 are done; HOLDFAST_TEST_LONG=1 does all");
    6
}

impl Scene {
    /// A full archive, a daily and an hourly one.
    fn new() -> Self {
        let world = World::with_roots(&ROOTS);
        world.generate(5_000_000);
        let notes = world.root("notes");
        fs::create_dir_all(notes.join("deep/er")).unwrap();
        for number in 0..40 {
            fs::write(notes.join(format!("deep/{number}.md")), format!("note {number}\n").repeat(number)).unwrap();
        }
        let mut scene = Self {
            world,
            random: random(),
            left_out: Vec::new(),
            first: String::new(),
            state: Vec::new(),
            mutations: 0,
            killed: 0,
            kills: 0,
            pace: 1.0,
        };
        let made = scene.world.backup("full");
        scene.first = made["archive"].as_str().unwrap().into();
        let paths = made["left_out"].as_array().unwrap().iter();
        scene.left_out = paths.filter_map(|path| path.as_str()?.strip_prefix("bot/").map(str::to_owned)).collect();
        scene.state = scene.live();
        for level in ["daily", "hourly"] {
            scene.change();
            scene.world.backup(level);
        }
        scene
    }

    fn live(&self) -> Vec<Snapshot> {
        let without: Vec<&str> = self.left_out.iter().map(String::as_str).collect();
        vec![picture_without(&self.world.root(ROOTS[0]), &without), picture_without(&self.world.root(ROOTS[1]), &[])]
    }

    /// Some use of the chatbot; both roots differ from every state before.
    fn change(&mut self) -> Vec<Snapshot> {
        self.mutations += 1;
        mutate(&self.world.bot(), &Mutate { percent: 1.0, seed: self.mutations }).unwrap();
        let note = self.world.root("notes").join(format!("deep/er/{}.md", self.mutations));
        fs::write(note, self.mutations.to_string()).unwrap();
        fs::remove_file(self.world.root("notes").join(format!("deep/{}.md", self.mutations % 40))).ok();
        self.live()
    }

    /// Kills a command somewhere on its way, which takes about `usual`.
    fn kill(&mut self, command: &mut Command, usual: Duration) {
        let mut child = start(command);
        let after = usual.mul_f64(self.pace * self.random.below(1_050) as f64 / 1_000.0);
        std::thread::sleep(after);
        child.kill().unwrap();
        let killed = child.wait().unwrap().code().is_none();
        println!("killed after {after:?} of {usual:?}: {killed}");
        self.kills += 1;
        self.killed += u32::from(killed);
        self.pace *= if killed { 1.04 } else { 0.85 };
    }

    /// Which of the two states each root is in.
    #[track_caller]
    fn sides(&self, old: &[Snapshot], new: &[Snapshot]) -> Vec<bool> {
        let live = self.live();
        let mut sides = Vec::new();
        for (number, name) in ROOTS.iter().enumerate() {
            let is_new = same(&new[number], &live[number]);
            if !is_new && !same(&old[number], &live[number]) {
                let from_old = differences(&old[number], &live[number]);
                let from_new = differences(&new[number], &live[number]);
                panic!(
                    "{name} is neither the old state ({} lines differ: {:#?}) nor the new one ({}: {:#?})",
                    from_old.len(),
                    &from_old[..from_old.len().min(8)],
                    from_new.len(),
                    &from_new[..from_new.len().min(8)]
                );
            }
            sides.push(is_new);
        }
        sides
    }

    #[track_caller]
    fn assert_is(&self, state: &[Snapshot], what: &str) {
        for (number, live) in self.live().iter().enumerate() {
            let lines = differences(&state[number], live);
            assert!(lines.is_empty(), "{what}, {}: {:#?}", ROOTS[number], &lines[..lines.len().min(20)]);
        }
    }

    /// All that the catalog lists is there, whole, and can be restored.
    #[track_caller]
    fn archives_are_whole(&self) -> Vec<String> {
        let list = self.world.json(["list"]).done();
        let mut names = Vec::new();
        for archive in list["archives"].as_array().unwrap() {
            assert_eq!(archive["state"], "present", "{archive}");
            assert_eq!(archive["restorable"], true, "{archive}");
            names.push(archive["name"].as_str().unwrap().to_owned());
        }
        // What was published in the moment of a kill may not be recorded yet; what is recorded is there.
        let verified = self.world.json(["verify", "--all"]).done();
        assert_eq!(verified["archives"].as_array().unwrap().len(), names.len());
        names
    }

    #[track_caller]
    fn end(self) {
        println!("{} of {} were killed on their way", self.killed, self.kills);
        assert!(self.killed * 3 >= self.kills, "most ended before they were killed: this shows nothing");
        self.world.assert_no_litter();
        let names = self.archives_are_whole();
        let verified = self.world.keyed(["verify", "--all", "--full"]).done();
        assert_eq!(verified["archives"].as_array().unwrap().len(), names.len());
    }

    fn usual(&self, arguments: &[OsString]) -> (Ran, Duration) {
        let ran = run(self.world.keyed_command().args(arguments));
        let took = ran.took;
        (ran, took)
    }
}

#[test]
fn backups() {
    let mut scene = Scene::new();
    let mut usual = [Duration::ZERO; 3];
    let levels = ["full", "daily", "hourly"];
    for (level, usual) in levels.iter().zip(&mut usual) {
        scene.change();
        let ran = scene.world.json(["backup", "--level", level]);
        ran.done();
        *usual = ran.took;
    }
    let mut known = scene.archives_are_whole();
    for number in 0..kills_of_each() as usize {
        let level = levels[number % 3];
        let live = scene.change();
        let mut command = scene.world.command();
        command.args(["backup", "--level", level]);
        scene.kill(&mut command, usual[number % 3]);
        scene.assert_is(&live, "a killed backup changed the source");
        scene.world.json(["backup", "--level", level]).done();
        scene.world.assert_no_litter();
        scene.assert_is(&live, "a backup changed the source");
        let names = scene.archives_are_whole();
        assert!(known.iter().all(|name| names.contains(name)), "lost: {known:?} {names:?}");
        known = names;
    }
    // What the last one captured is what is there.
    let live = scene.live();
    scene.world.keyed(["restore", "--yes", "--no-emergency"]).done();
    scene.assert_is(&live, "the last archive");
    scene.world.json(["undo", "--forget", "--yes"]).done();
    scene.end();
}

#[test]
fn restores_in_place() {
    let mut scene = Scene::new();
    let restore = args!["restore", "--at", &scene.first, "--yes"];
    let (ran, usual) = scene.usual(&restore);
    ran.done();
    let new = scene.state.clone();
    scene.assert_is(&new, "an undisturbed restore");
    scene.world.json(["undo", "--forget", "--yes"]).done();
    for number in 0..kills_of_each() {
        let old = scene.change();
        let mut command = scene.world.keyed_command();
        command.args(&restore);
        scene.kill(&mut command, usual);
        let at_once = scene.sides(&old, &new);
        if number % 2 == 0 {
            // Another command comes first: it brings the restore to an end, one way or the other.
            scene.world.json(["backup", "--level", "hourly"]).json();
            let sides = scene.sides(&old, &new);
            assert_eq!(sides[0], sides[1], "the roots are of different states (at once: {at_once:?})");
        }
        scene.world.keyed(&restore).done();
        scene.assert_is(&new, "the restore after the killed one");
        scene.world.assert_no_litter();
        scene.archives_are_whole();
        scene.world.json(["undo", "--forget", "--yes"]).done();
        scene.assert_is(&new, "letting the state before go");
        scene.world.assert_no_litter();
    }
    scene.end();
}

#[test]
fn undos() {
    let mut scene = Scene::new();
    let restore = args!["restore", "--at", &scene.first, "--yes", "--no-emergency"];
    let undo = args!["undo", "--yes"];
    scene.world.keyed(&restore).done();
    let (ran, usual) = scene.usual(&undo);
    ran.done();
    let restored = scene.state.clone();
    for number in 0..kills_of_each() {
        let before = scene.change();
        scene.world.keyed(&restore).done();
        scene.assert_is(&restored, "the restore");
        let mut command = scene.world.command();
        command.args(&undo);
        scene.kill(&mut command, usual);
        let at_once = scene.sides(&restored, &before);
        if number % 2 == 0 {
            scene.world.json(["backup", "--level", "hourly"]).json();
            let sides = scene.sides(&restored, &before);
            assert_eq!(sides[0], sides[1], "the roots are of different states (at once: {at_once:?})");
        }
        let again = scene.world.json(&undo);
        if again.code() == 0 {
            again.done();
        } else {
            // The killed one had got so far that it was brought to its end.
            again.failed(1, "nothing-to-undo");
        }
        scene.assert_is(&before, "the undo after the killed one");
        scene.world.assert_no_litter();
        assert!(scene.world.preserved().is_empty());
        scene.archives_are_whole();
    }
    scene.end();
}

#[test]
fn prunes() {
    let mut scene = Scene::new();
    let settings = fs::read_to_string(scene.world.settings()).unwrap();
    let mut few = settings.clone();
    for (usual, few_of_them) in
        [("\nhourly = 24", "\nhourly = 1"), ("\ndaily = 7", "\ndaily = 1"), ("\nweekly = 4", "\nweekly = 1")]
    {
        assert!(few.contains(usual), "{few}");
        few = few.replace(usual, few_of_them);
    }
    fs::write(scene.world.settings(), few.replace("\nmonthly = 12", "\nmonthly = 1")).unwrap();
    let prune = args!["prune", "--yes"];
    make_old_archives(&mut scene, 1);
    let (ran, usual) = scene.usual(&prune);
    assert!(!ran.done()["removed"].as_array().unwrap().is_empty(), "{ran}");
    for number in 0..kills_of_each() {
        make_old_archives(&mut scene, u64::from(number) + 2);
        let live = scene.live();
        let plan = scene.world.json(["prune", "--dry-run"]).done();
        assert!(plan["removed_count"].as_u64().unwrap() >= 3, "{plan}");
        let kept = names(&plan["archives"], true);
        let mut command = scene.world.command();
        command.args(&prune);
        scene.kill(&mut command, usual);
        let list = scene.world.json(["list"]).json();
        for name in &kept {
            let archive = list["archives"].as_array().unwrap().iter().find(|a| a["name"] == *name.as_str());
            assert!(archive.is_some_and(|a| a["restorable"] == true), "{name} is lost: {list}");
            // Not by verify: the last verified archive is kept, so looking would change what goes.
            let mut sum = Command::new("sha256sum");
            sum.args(["-c", "--quiet"]).arg(format!("{name}.tar.zst.age.sha256"));
            run(sum.current_dir(scene.world.archives())).expect(0);
        }
        let answer = scene.world.json(&prune).done();
        let mut left = names(&answer["kept"], true);
        let mut kept = kept;
        left.sort();
        kept.sort();
        assert_eq!(left, kept, "{answer}");
        assert_eq!(scene.world.archive_files().len(), kept.len());
        scene.world.assert_no_litter();
        scene.archives_are_whole();
        scene.assert_is(&live, "a prune changed the source");
    }
    scene.end();
}

/// Some backups, and the clock moved on: the catalog dates what is there earlier.
fn make_old_archives(scene: &mut Scene, number: u64) {
    for level in ["hourly", "daily", "hourly", "hourly", "full"] {
        scene.change();
        scene.world.backup(level);
    }
    let catalog = Connection::open(scene.world.catalog()).unwrap();
    let days = i64::try_from(number).unwrap() * 3 + 40;
    catalog.execute("UPDATE archives SET created = created - ?1", [days * 24 * 3600 * 1_000_000_000]).unwrap();
}

fn names(archives: &Value, keep: bool) -> Vec<String> {
    let chosen = archives.as_array().unwrap().iter().filter(|archive| archive["keep"] == keep);
    chosen.map(|archive| archive["name"].as_str().unwrap().to_owned()).collect()
}
