//! The worst day: the machine is gone. On one that knows nothing, the drive and the passphrase (or the recovery key) are
//! enough, and protection goes on from there.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, assert_same, picture, picture_without, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A chatbot with a full, a daily and an hourly archive, and what it was at each.
struct Lost {
    world: World,
    archives: Vec<(String, PathBuf)>,
    pictures: Vec<holdfast_sample::Snapshot>,
    left_out: Vec<String>,
}

impl Lost {
    fn new(levels: &[&str]) -> Self {
        let world = World::with_sample(5_000_000);
        let (mut archives, mut pictures, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (number, level) in levels.iter().enumerate() {
            if number > 0 {
                let options = holdfast_sample::Mutate { percent: 2.0, seed: number as u64 };
                holdfast_sample::mutate(&world.bot(), &options).unwrap();
                fs::write(world.bot().join(format!("config/new of {number}.txt")), level).unwrap();
            }
            let made = world.backup(level);
            let paths = made["left_out"].as_array().unwrap().iter();
            left_out = paths.filter_map(|path| path.as_str()?.strip_prefix("bot/").map(str::to_owned)).collect();
            archives.push((text(&made["archive"]), PathBuf::from(text(&made["path"]))));
            let without: Vec<&str> = left_out.iter().map(String::as_str).collect();
            pictures.push(picture_without(&world.bot(), &without));
        }
        Self { world, archives, pictures, left_out }
    }

    /// The machine is gone: only the drive is left.
    fn burn(&self) {
        fs::remove_dir_all(self.world.bot()).unwrap();
        fs::remove_dir_all(self.world.home()).unwrap();
    }

    fn newest(&self) -> (&str, &Path) {
        let (name, path) = self.archives.last().unwrap();
        (name, path)
    }

    #[track_caller]
    fn assert_is(&self, number: usize, folder: &Path, what: &str) {
        let without: Vec<&str> = self.left_out.iter().map(String::as_str).collect();
        assert_same(&self.pictures[number], &picture_without(folder, &without), what);
    }
}

/// A machine that was just installed.
fn laptop() -> World {
    World::empty()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn passphrase(world: &World) -> Vec<std::ffi::OsString> {
    args!["--passphrase-file", world.passphrase_file()].to_vec()
}

fn recover(on: &World, from: &Path, rest: &[std::ffi::OsString]) -> holdfast_tests::Ran {
    let mut arguments = args!["recover", "--from", from].to_vec();
    arguments.extend(rest.iter().cloned());
    on.json(arguments)
}

fn with(keys: Vec<std::ffi::OsString>, rest: &[std::ffi::OsString]) -> Vec<std::ffi::OsString> {
    [keys, rest.to_vec()].concat()
}

fn codes(value: &Value) -> Vec<String> {
    value["problems"].as_array().unwrap().iter().map(|problem| text(&problem["code"])).collect()
}

/// What a machine knows of deployments.
fn knows(world: &World) -> Vec<PathBuf> {
    let of = |name: &str| world.home().join(name);
    let mut found: Vec<PathBuf> = ["deployments", "keys", "catalog.db"].iter().map(|name| of(name)).collect();
    found.retain(|path| path.exists());
    found
}

fn flip(path: &Path, at: u64) {
    use std::os::unix::fs::FileExt;
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

#[test]
fn the_drive_and_the_passphrase_bring_it_back_and_protection_goes_on() {
    let lost = Lost::new(&["full", "daily", "hourly"]);
    lost.burn();
    let laptop = laptop();
    let bot = lost.world.bot();

    let dry = recover(&laptop, &lost.world.drive(), &with(passphrase(&laptop), &args!["--dry-run"])).done();
    assert_eq!((&dry["dry_run"], text(&dry["archive"]).as_str()), (&Value::Bool(true), lost.newest().0));
    assert_eq!(dry["roots"][0]["path"], bot.to_str().unwrap());
    assert_eq!((&dry["protection"]["state"], &dry["protection"]["settings_carried"]), (&"will".into(), &true.into()));
    assert!(dry["created"]["files"].as_u64().unwrap() > 10 && dry["replaces"] == false, "{dry}");
    assert_eq!(dry["needs"].as_array().unwrap().len(), 3);
    assert!(!bot.exists(), "the dry run wrote");
    assert_eq!(knows(&laptop), Vec::<PathBuf>::new(), "the dry run left something on this machine");

    let done = recover(&laptop, &lost.world.drive(), &passphrase(&laptop)).done();
    lost.assert_is(2, &bot, "what was recovered");
    assert_eq!(done["protected"]["archives"], 3);
    assert_eq!(done["preset"], "open-webui");
    assert!(text(&done["health_url"]).starts_with("http"), "{done}");
    let settings = fs::read_to_string(laptop.home().join("deployments/bot.toml")).unwrap();
    assert!(settings.contains(lost.world.drive().to_str().unwrap()) && settings.contains("open-webui"), "{settings}");

    // The next backup goes on where the old machine ended.
    holdfast_sample::mutate(&bot, &holdfast_sample::Mutate { percent: 1.0, seed: 9 }).unwrap();
    let without: Vec<&str> = lost.left_out.iter().map(String::as_str).collect();
    let before = picture_without(&bot, &without);
    let next = laptop.json(["backup", "--level", "hourly"]).done();
    assert_eq!(next["level"], "hourly", "{next}");
    assert!(next["stored_bytes"].as_u64().unwrap() < fs::metadata(&lost.archives[0].1).unwrap().len() / 2, "{next}");
    assert_eq!(laptop.json(["list", "bot"]).done()["archives"].as_array().unwrap().len(), 4);
    laptop.json(with(passphrase(&laptop), &args!["verify", "--all", "--full"])).done();
    let into = laptop.path().join("look");
    laptop.json(with(passphrase(&laptop), &args!["restore", "--into", &into])).done();
    assert_same(&before, &picture_without(&into.join("bot"), &without), "the backup made here");
    laptop.assert_no_litter();
    lost.world.assert_no_litter();
}

#[test]
fn archives_are_found_wherever_one_points_and_moments_are_listed() {
    let lost = Lost::new(&["full", "hourly"]);
    lost.burn();
    let laptop = laptop();
    let key = || args!["--identity-file", lost.world.identity_file()].to_vec();
    let holdfast = lost.world.drive().join("Holdfast");
    for from in [lost.world.drive(), holdfast.clone(), holdfast.join("bot")] {
        let listed = recover(&laptop, &from, &with(key(), &args!["--list"])).done();
        let moments = listed["moments"].as_array().unwrap();
        assert_eq!((moments.len(), &listed["deployment"], &listed["signer_known"]), (2, &"bot".into(), &true.into()));
        assert_eq!(moments[0]["archive"], lost.newest().0);
        assert_eq!((&moments[0]["level"], &moments[0]["signature"]), (&"hourly".into(), &"good".into()));
        assert!(moments.iter().all(|moment| moment["restorable"] == true), "{listed}");
        assert!(moments[0]["stored_bytes"].as_u64() < moments[1]["stored_bytes"].as_u64(), "{listed}");
    }
    // An archive's file is that moment.
    let into = laptop.path().join("into");
    let rest = with(key(), &args!["--into", &into, "--no-adopt"]);
    let done = recover(&laptop, &lost.archives[0].1, &rest).done();
    assert_eq!(done["archive"], lost.archives[0].0.as_str());
    lost.assert_is(0, &into.join("bot"), "the full one");
    assert!(!laptop.home().join("deployments").exists() && !laptop.home().join("keys").exists());
    // Nothing there, nothing found.
    let failed = laptop.json(args!["recover", "--from", laptop.drive()]).failed(1, "nothing-to-restore");
    assert!(text(&failed["error"]["next_step"]).contains("/media"), "{failed}");
    laptop.json(args!["recover", "--from", laptop.path().join("absent")]).failed(1, "destination-missing");
    laptop.json(["recover"]).failed(2, "bad-request");
}

#[test]
fn the_recovery_key_alone_is_enough_and_says_what_it_cannot_tell() {
    let lost = Lost::new(&["full"]);
    let public = text(&lost.world.json(["key", "show"]).done()["signing_public"]);
    lost.burn();
    let laptop = laptop();
    let whole = fs::read_to_string(lost.world.identity_file()).unwrap();
    let bare = laptop.path().join("typed from paper");
    let line = whole.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_lowercase();
    let groups: Vec<String> = line.as_bytes().chunks(6).map(|g| String::from_utf8(g.to_vec()).unwrap()).collect();
    fs::write(&bare, groups.join(" ")).unwrap();
    let key = || args!["--identity-file", &bare].to_vec();
    let drive = lost.world.drive();

    // Nothing tells who wrote it: a yes is not enough, it has to be said what is given up.
    let refused = recover(&laptop, &drive, &with(key(), &args!["--yes"])).failed(5, "unsigned");
    assert!(text(&refused["error"]["next_step"]).contains("--signed-by"), "{refused}");
    assert!(text(&refused["error"]["next_step"]).contains("--accept-unverified"), "{refused}");
    let into = |name: &str| args!["--into", laptop.path().join(name)].to_vec();
    let went_on = recover(&laptop, &drive, &with(key(), &with(into("a"), &args!["--accept-unverified"]))).problems();
    assert!(codes(&went_on).contains(&"unsigned".to_owned()), "{went_on}");
    lost.assert_is(0, &laptop.path().join("a/bot"), "without a signature");

    // With the signing key from the kit, as text or as a file.
    let rest = with(key(), &with(into("b"), &args!["--signed-by", &public, "--no-adopt"]));
    assert!(!codes(&recover(&laptop, &drive, &rest).done()).contains(&"unsigned".to_owned()));
    let file = laptop.path().join("signing.pub");
    fs::write(&file, format!("untrusted comment: minisign public key\n{public}\n")).unwrap();
    let done = recover(&laptop, &drive, &with(key(), &with(into("c"), &args!["--signed-by", &file]))).problems();
    // The key that signs new archives is not known: it is restored, and that it is not protected is said.
    assert!(codes(&done).contains(&"not-protected".to_owned()), "{done}");
    assert_eq!(done["protected"], Value::Null);
    assert!(!laptop.home().join("deployments/bot.toml").exists());
    // With the passphrase too, it is.
    let rest = with(key(), &with(passphrase(&laptop), &into("d")));
    assert_eq!(recover(&laptop, &drive, &rest).done()["protected"]["archives"], 1);
    laptop.json(["backup"]).done();
}

#[test]
fn with_the_passphrase_forgotten_the_kit_gives_protection_back_too() {
    let lost = Lost::new(&["full"]);
    let public = text(&lost.world.json(["key", "show"]).done()["signing_public"]);
    let whole = fs::read_to_string(lost.world.identity_file()).unwrap();
    lost.burn();
    let laptop = laptop();
    let bare = laptop.path().join("paper");
    fs::write(&bare, whole.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap()).unwrap();
    let new = laptop.path().join("new passphrase");
    fs::write(&new, "a new one, kept better").unwrap();
    let drive = lost.world.drive();
    let into = laptop.path().join("a");
    let rest = args!["--identity-file", &bare, "--signed-by", &public, "--new-passphrase-file", &new, "--into", &into];
    let done = recover(&laptop, &drive, &rest).done();
    assert_eq!(done["protected"]["archives"], 1, "{done}");
    let next = laptop.json(["backup", "--level", "hourly"]).done();
    assert_eq!((&next["level"], &next["signed"]), (&"hourly".into(), &true.into()), "{next}");
    laptop.json(args!["verify", "--all", "--full", "--passphrase-file", &new]).done();
    // The drive is the new one's; the old passphrase is of no use any more.
    let third = World::empty();
    let into = third.path().join("b");
    recover(&third, &drive, &with(passphrase(&third), &args!["--into", &into])).failed(5, "wrong-passphrase");
    recover(&third, &drive, &args!["--into", &into, "--passphrase-file", &new]).done();
}

#[test]
fn wrong_keys_are_told_apart() {
    let lost = Lost::new(&["full"]);
    lost.burn();
    let laptop = laptop();
    let drive = lost.world.drive();
    recover(&laptop, &drive, &[]).failed(5, "key-needed");
    let wrong = laptop.path().join("wrong");
    fs::write(&wrong, "not the passphrase").unwrap();
    recover(&laptop, &drive, &args!["--passphrase-file", &wrong]).failed(5, "wrong-passphrase");
    // Set up by itself: worlds of the same roots have the same keys.
    let other = World::with_roots(&["another"]);
    recover(&laptop, &drive, &args!["--identity-file", other.identity_file()]).failed(5, "wrong-key");
    fs::write(&wrong, "AGE-SECRET-KEY-1QQQQ").unwrap();
    let error = recover(&laptop, &drive, &args!["--identity-file", &wrong]).failed(5, "wrong-key");
    assert!(!error.to_string().contains("QQQQ"), "{error}");
    let public = text(&other.json(["key", "show"]).done()["signing_public"]);
    let rest = args!["--identity-file", lost.world.identity_file(), "--signed-by", public];
    recover(&laptop, &drive, &rest).failed(5, "signed-by-other");
    let rest = args!["--identity-file", lost.world.identity_file(), "--signed-by", "nonsense"];
    recover(&laptop, &drive, &rest).failed(5, "wrong-key");
    // The recovery key is gone from the drive.
    fs::remove_file(lost.world.archives().join("recovery-key.age")).unwrap();
    let error = recover(&laptop, &drive, &passphrase(&laptop)).failed(5, "key-needed");
    assert!(text(&error["error"]["cause"]).contains("recovery-key.age"), "{error}");
    assert_eq!(knows(&laptop), Vec::<PathBuf>::new());
}

#[test]
fn what_is_missing_or_damaged_is_passed_over_and_said() {
    let lost = Lost::new(&["full", "daily", "hourly", "full", "hourly"]);
    lost.burn();
    let laptop = laptop();
    let drive = lost.world.drive();
    let key = || args!["--identity-file", lost.world.identity_file(), "--no-adopt"].to_vec();
    let into = |name: &str| args!["--into", laptop.path().join(name)].to_vec();
    let path = |number: usize| &lost.archives[number].1;
    let name = |number: usize| lost.archives[number].0.as_str();

    // The newest ends too early: the one before it is taken, and that is said.
    let whole = fs::read(path(4)).unwrap();
    fs::write(path(4), &whole[..whole.len() - 700]).unwrap();
    let done = recover(&laptop, &drive, &with(key(), &into("a"))).done();
    assert_eq!(done["archive"], name(3));
    assert!(codes(&done).contains(&"archive-truncated".to_owned()), "{done}");
    lost.assert_is(3, &laptop.path().join("a/bot"), "the one before");

    // Damage amid the content, where no checksum tells of it, shows when it is read: nothing is left behind, and the ways on
    // are named.
    flip(path(3), fs::metadata(path(3)).unwrap().len() / 3);
    let checksum = PathBuf::from(format!("{}.sha256", path(3).display()));
    let kept = fs::read(&checksum).unwrap();
    fs::remove_file(&checksum).unwrap();
    let failed = recover(&laptop, &drive, &with(key(), &into("b"))).failed(5, "archive-damaged");
    let step = text(&failed["error"]["next_step"]);
    assert!(step.contains(&format!("--at {}", name(2))), "{failed}");
    assert!(step.contains(&format!("holdfast salvage {} --into DIR", path(3).display())), "{failed}");
    assert!(!laptop.path().join("b").exists());
    recover(&laptop, &drive, &with(key(), &with(into("b"), &args!["--at", name(2)]))).done();
    lost.assert_is(2, &laptop.path().join("b/bot"), "the older one");
    let into_salvaged = args!["salvage", path(3), "--into", laptop.path().join("salvaged"), "--identity-file"].to_vec();
    laptop.json(with(into_salvaged, &args![lost.world.identity_file()])).problems();

    // Where one does, it is known before anything is planned.
    fs::write(&checksum, kept).unwrap();
    let done = recover(&laptop, &drive, &with(key(), &into("d"))).done();
    assert_eq!(done["archive"], name(2));
    assert!(codes(&done).contains(&"archive-damaged".to_owned()), "{done}");
    let listed = recover(&laptop, &drive, &with(key(), &args!["--list"])).done();
    let moments = listed["moments"].as_array().unwrap();
    let told: Vec<_> = moments.iter().map(|one| (&one["restorable"], &one["compared"])).collect();
    let (yes, no) = (Value::from(true), Value::from(false));
    assert_eq!(told[1..], [(&no, &no), (&yes, &yes), (&yes, &yes), (&yes, &yes)], "{listed}");

    // One that others need is gone.
    fs::remove_file(path(3)).unwrap();
    fs::write(path(4), &whole).unwrap();
    fs::remove_file(path(1)).unwrap();
    let listed = recover(&laptop, &drive, &with(key(), &args!["--list"])).done();
    let state = |number: usize| {
        let moments = listed["moments"].as_array().unwrap();
        moments.iter().find(|moment| moment["archive"] == name(number)).unwrap().clone()
    };
    assert_eq!((&state(4)["restorable"], &state(4)["missing"][0]), (&false.into(), &name(3).into()));
    assert_eq!((&state(2)["restorable"], &state(2)["missing"][0]), (&false.into(), &name(1).into()));
    assert_eq!(state(0)["restorable"], true);
    let error = recover(&laptop, &drive, &with(key(), &args!["--at", name(2)])).failed(1, "parent-missing");
    assert!(error.to_string().contains(name(1)), "{error}");
    let done = recover(&laptop, &drive, &with(key(), &into("c"))).done();
    assert_eq!(done["archive"], name(0));
    lost.assert_is(0, &laptop.path().join("c/bot"), "the full one");
}

#[test]
fn several_chatbots_on_one_drive_are_told_apart() {
    let lost = Lost::new(&["full"]);
    let other = lost.world.root("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.md"), "mine").unwrap();
    let setup = args!["setup", "second", "--root", &other, "--to", lost.world.drive(), "--yes"];
    lost.world.json(with(passphrase(&lost.world), &setup)).done();
    lost.world.json(["backup", "second"]).done();
    fs::remove_dir_all(&other).unwrap();
    lost.burn();
    let laptop = laptop();
    let error = recover(&laptop, &lost.world.drive(), &passphrase(&laptop)).failed(2, "ambiguous-deployment");
    assert!(text(&error["error"]["cause"]).contains("bot, second"), "{error}");
    let absent = with(passphrase(&laptop), &args!["--deployment", "third"]);
    recover(&laptop, &lost.world.drive(), &absent).failed(1, "unknown-deployment");
    for (name, file) in [("second", other.join("notes.md")), ("bot", lost.world.bot().join("config/.env"))] {
        recover(&laptop, &lost.world.drive(), &with(passphrase(&laptop), &args!["--deployment", name])).done();
        assert!(file.is_file(), "{name}");
    }
    assert_eq!(laptop.json(["status"]).json()["deployments"].as_array().unwrap().len(), 2);
    laptop.json(["backup", "second"]).done();
}

#[test]
fn what_lies_in_the_original_place_is_archived_preserved_and_comes_back_with_undo() {
    let lost = Lost::new(&["full", "hourly"]);
    lost.burn();
    let laptop = laptop();
    let bot = lost.world.bot();
    fs::create_dir_all(bot.join("data")).unwrap();
    fs::write(bot.join("data/webui.db"), "a fresh installation made this").unwrap();
    let present = picture(&bot);
    let drive = lost.world.drive();
    let dry = recover(&laptop, &drive, &with(passphrase(&laptop), &args!["--dry-run"])).done();
    assert_eq!((&dry["replaces"], &dry["replaced"]["files"]), (&true.into(), &1.into()));
    // It needs a yes; nothing was done without.
    recover(&laptop, &drive, &passphrase(&laptop)).failed(2, "bad-request");
    assert_same(&present, &picture(&bot), "without a yes");
    assert_eq!(knows(&laptop), Vec::<PathBuf>::new());

    let done = recover(&laptop, &drive, &with(passphrase(&laptop), &args!["--yes"])).done();
    lost.assert_is(1, &bot, "what was recovered");
    let emergency = text(&done["emergency"]);
    assert!(emergency.contains("emergency-full"), "{done}");
    assert_eq!(done["preserved"].as_array().unwrap().len(), 1);
    assert_eq!(done["protected"]["archives"], 3);
    let into = laptop.path().join("before");
    laptop.json(with(passphrase(&laptop), &args!["restore", "--at", emergency, "--into", &into])).done();
    assert_eq!(fs::read(into.join("bot/data/webui.db")).unwrap(), b"a fresh installation made this");
    // A second recovery finds that this machine protects it already.
    let again = recover(&laptop, &drive, &with(passphrase(&laptop), &args!["--dry-run"])).done();
    assert_eq!((&again["protection"]["state"], &again["archive"]), (&"already".into(), &lost.newest().0.into()));
    laptop.json(["undo", "--yes"]).done();
    assert_same(&present, &picture(&bot), "after undo");
}

#[test]
fn folders_go_where_they_are_told_and_stale_paths_are_warned_of() {
    let world = World::with_roots(&["bot", "conf"]);
    world.generate(5_000_000);
    fs::create_dir_all(world.root("conf")).unwrap();
    fs::write(world.root("conf").join("settings.json"), "{}").unwrap();
    world.backup("full");
    for gone in [world.bot(), world.root("conf"), world.home()] {
        fs::remove_dir_all(gone).unwrap();
    }
    let laptop = laptop();
    let (new_bot, key) = (laptop.path().join("srv/bot"), args!["--identity-file", world.identity_file()].to_vec());
    let map = format!("bot={}", new_bot.display());
    recover(&laptop, &world.drive(), &with(key.clone(), &args!["--map", "soup=/x"])).failed(2, "bad-request");
    let done = recover(&laptop, &world.drive(), &with(key.clone(), &args!["--map", &map])).done();
    assert!(new_bot.join("data/webui.db").is_file() && !world.bot().exists());
    assert!(world.root("conf").join("settings.json").is_file());
    assert!(codes(&done).contains(&"origin-differs".to_owned()), "{done}");
    let settings = fs::read_to_string(laptop.home().join("deployments/bot.toml")).unwrap();
    assert!(settings.contains(new_bot.to_str().unwrap()), "{settings}");
    assert!(settings.contains(world.root("conf").to_str().unwrap()), "{settings}");
    laptop.json(["backup", "--level", "hourly"]).done();

    // A part alone is no deployment to protect.
    let second = World::empty();
    let into = second.path().join("part");
    let part = with(key, &args!["--into", &into, "--path", "conf"]);
    let done = recover(&second, &world.drive(), &part).problems();
    assert!(codes(&done).contains(&"not-protected".to_owned()), "{done}");
    assert!(into.join("conf/settings.json").is_file() && !into.join("bot").exists());
}

fn typed(on: &World, answers: &[(&str, &str)], arguments: &[std::ffi::OsString]) -> holdfast_tests::Ran {
    let mut command = holdfast_tests::typing(answers);
    on.surround(&mut command);
    command.arg(holdfast_tests::holdfast()).arg("--no-keyring").args(arguments);
    run(&mut command)
}

#[test]
fn a_tired_person_is_led_through_it() {
    let lost = Lost::new(&["full", "hourly"]);
    lost.burn();
    let laptop = laptop();
    let drive = lost.world.drive();
    let answers = [
        ("Where are the archives?", drive.to_str().unwrap()),
        ("Passphrase of bot", "not it"),
        ("Passphrase of bot", holdfast_tests::PASSPHRASE),
        ("Which moment?", ""),
        ("  bot [", ""),
        ("Go on?", ""),
    ];
    let ran = typed(&laptop, &answers, &args!["recover"]).expect(0);
    lost.assert_is(1, &lost.world.bot(), "what was recovered");
    for words in ["complete", "Recovered bot", "It is protected on this machine", "Next:", "holdfast backup bot"] {
        assert!(ran.stdout.contains(words), "{words}: {ran}");
    }
    assert!(!ran.stdout.contains(holdfast_tests::PASSPHRASE), "the passphrase was shown");

    // With the key from paper, and into another place; the signing key is asked for, and missing.
    let second = World::empty();
    let whole = fs::read_to_string(lost.world.identity_file()).unwrap();
    let line = whole.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_lowercase();
    let place = second.path().join("bot");
    let answers = [
        ("Passphrase of bot", line.as_str()),
        ("Signing key from the kit", ""),
        ("Type yes to go on", "yes"),
        ("Which moment?", "2"),
        ("  bot [", place.to_str().unwrap()),
        ("Go on?", "yes"),
    ];
    let ran = typed(&second, &answers, &args!["recover", "--from", &drive]).expect(3);
    lost.assert_is(0, &place, "the second in the list");
    assert!(ran.stdout.contains("not yet protected"), "{ran}");
    assert!(!ran.stdout.to_lowercase().contains(&line[20..]), "the key was shown");

    // With the signing key too, a new passphrase makes it protected.
    let public = text(&laptop.json(["key", "show"]).done()["signing_public"]);
    let fourth = World::empty();
    let place = fourth.path().join("bot");
    let answers = [
        ("Passphrase of bot", line.as_str()),
        ("Signing key from the kit", public.as_str()),
        ("Which moment?", ""),
        ("  bot [", place.to_str().unwrap()),
        ("Choose a new passphrase now?", "yes"),
        ("New passphrase", "harbour-lamp-otter"),
        ("The same again", "harbour-lamp-otter"),
        ("Go on?", "yes"),
    ];
    let ran = typed(&fourth, &answers, &args!["recover", "--from", &drive]).expect(0);
    assert!(ran.stdout.contains("It is protected on this machine"), "{ran}");
    assert!(!ran.stdout.contains("harbour-lamp"), "the passphrase was shown");

    // A no is a no.
    let third = World::empty();
    let answers = [
        ("Passphrase of bot", "harbour-lamp-otter"),
        ("Which moment?", ""),
        ("  bot [", "/nowhere/bot"),
        ("Go on?", "no"),
    ];
    let ran = typed(&third, &answers, &args!["recover", "--from", &drive]).expect(1);
    assert!(ran.stdout.contains("cancelled") && !Path::new("/nowhere").exists(), "{ran}");
    assert_eq!(knows(&third), Vec::<PathBuf>::new());
}

#[test]
fn archives_in_volumes_come_back_too() {
    let world = World::with_sample(5_000_000);
    let settings = fs::read_to_string(world.settings()).unwrap();
    let cut = settings.replace("kind = \"folder\"", "kind = \"folder\"\nvolume_bytes = 700000");
    assert_ne!(settings, cut);
    fs::write(world.settings(), cut).unwrap();
    let made = world.backup("full");
    let out: Vec<&str> =
        made["left_out"].as_array().unwrap().iter().filter_map(|p| p.as_str()?.strip_prefix("bot/")).collect();
    let before = picture_without(&world.bot(), &out);
    let first = PathBuf::from(format!("{}.001", text(&made["path"])));
    assert!(first.is_file() && first.with_extension("002").is_file());
    fs::remove_dir_all(world.bot()).unwrap();
    fs::remove_dir_all(world.home()).unwrap();
    let key = args!["--identity-file", world.identity_file()].to_vec();
    for (number, from) in [world.drive(), first.clone(), PathBuf::from(text(&made["path"]))].iter().enumerate() {
        let laptop = laptop();
        let into = laptop.path().join(format!("into {number}"));
        recover(&laptop, from, &with(key.clone(), &args!["--into", &into])).done();
        assert_same(&before, &picture_without(&into.join("bot"), &out), "from volumes");
    }
    // A volume is missing.
    fs::remove_file(first.with_extension("002")).unwrap();
    recover(&laptop(), &world.drive(), &key).failed(5, "archive-truncated");
}
