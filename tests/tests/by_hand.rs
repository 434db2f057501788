//! The promise: an archive outlives Holdfast. Only age, zstd, tar, sha256sum, minisign and Python are used to get the
//! data back, with the commands that the archives' own instructions name.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{
    PASSPHRASE, Ran, World, args, assert_same, left_out, missing_programs, picture_without, run, skipped, typing,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs that the instructions name. Without them nothing can be shown here.
fn programs_are_there(names: &[&str]) -> bool {
    let missing = missing_programs(names);
    if !missing.is_empty() {
        skipped("restoring by hand", &format!("not installed: {missing:?}"));
    }
    missing.is_empty()
}

#[track_caller]
fn shell(folder: &Path, script: &str) -> Ran {
    run(Command::new("bash").args(["-euo", "pipefail", "-c", script]).current_dir(folder)).expect(0)
}

/// A path for a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap())
}

fn file(made: &serde_json::Value) -> PathBuf {
    PathBuf::from(made["path"].as_str().unwrap())
}

#[test]
fn the_recovery_key_opens_with_stock_age() {
    if !programs_are_there(&["age", "python3"]) {
        return;
    }
    let world = World::new();
    let key = world.path().join("key.txt");
    let mut command = typing(&[("passphrase", PASSPHRASE)]);
    command.args(["age", "-d", "-o"]).arg(&key).arg("recovery-key.age");
    run(command.current_dir(world.archives())).expect(0);
    assert_eq!(fs::read(&key).unwrap(), fs::read(world.identity_file()).unwrap());
    fs::remove_file(&key).unwrap();
    let mut command = typing(&[("passphrase", "another passphrase")]);
    command.args(["age", "-d", "-o"]).arg(&key).arg("recovery-key.age");
    assert_ne!(run(command.current_dir(world.archives())).code(), 0);
    assert!(fs::metadata(&key).map_or(true, |meta| meta.len() == 0));
}

#[test]
fn a_full_archive_comes_back_with_age_zstd_and_tar() {
    if !programs_are_there(&["age", "zstd", "tar", "sha256sum"]) {
        return;
    }
    let world = World::with_sample(20_000_000);
    // A database comes late in the archive, and its other names after it.
    let small = world.bot().join("data/small.db");
    let database = rusqlite::Connection::open(&small).unwrap();
    database.execute_batch("CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello')").unwrap();
    drop(database);
    fs::hard_link(small, world.bot().join("data/small, second name.db")).unwrap();
    let made = world.backup("full");
    let out = left_out(&made);
    let without: Vec<&str> = out.iter().map(String::as_str).collect();
    let before = picture_without(&world.bot(), &without);
    shell(&world.archives(), "sha256sum -c *.sha256");
    let restored = world.path().join("restored");
    fs::create_dir(&restored).unwrap();
    // The very command of the instructions: owners, modes, attributes, and the times of files and folders come back.
    // Databases and vector stores come last in the archive, and must not date their folders anew.
    fs::copy(world.identity_file(), world.path().join("key.txt")).unwrap();
    let page = fs::read_to_string(world.drive().join("Holdfast/HOW-TO-RESTORE.html")).unwrap();
    let command = page.lines().find(|line| line.contains("--delay-directory-restore")).unwrap();
    let example = command.split(' ').find(|word| word.ends_with("_weekly-full.tar.zst.age")).unwrap();
    let name = file(&made).file_name().unwrap().to_str().unwrap().to_owned();
    let script = format!("export HOME={}; {}", quoted(world.path()), command.replace(example, &name));
    shell(&world.archives(), &script);
    shell(&restored, "sha256sum -c --quiet .holdfast/SHA256SUMS");
    assert_same(&before, &picture_without(&restored.join("bot"), &without), "what tar unpacked");
    let how_to = fs::read_to_string(restored.join("HOW-TO-RESTORE.txt")).unwrap();
    assert!(how_to.contains(made["archive"].as_str().unwrap()), "{how_to}");
    let inside = how_to.lines().find(|line| line.contains("--delay-directory-restore")).unwrap();
    assert_eq!(inside.trim(), command.replace(example, &name), "the text in the archive says the same");
    // Names may be of any bytes.
    let sums = fs::read(restored.join(".holdfast/SHA256SUMS")).unwrap();
    let sums = String::from_utf8_lossy(&sums);
    assert!(sums.contains("bot/data/webui.db") && sums.contains(".holdfast/index.bin"));

    // A changed file does not pass.
    fs::write(restored.join("bot/config/.env"), "changed").unwrap();
    let script = "sha256sum -c --quiet .holdfast/SHA256SUMS";
    assert_ne!(run(Command::new("sh").args(["-c", script]).current_dir(&restored)).code(), 0);

    if !programs_are_there(&["minisign"]) {
        return;
    }
    let identity = fs::read_to_string(world.identity_file()).unwrap();
    let public = identity.lines().find_map(|line| line.strip_prefix("# holdfast-signing-public:")).unwrap().trim();
    let shown = world.json(["key", "show"]).done();
    assert_eq!(shown["signing_public"], public);
    shell(&restored, &format!("minisign -V -P {public} -m .holdfast/manifest.json"));
    let manifest = restored.join(".holdfast/manifest.json");
    let forged = fs::read_to_string(&manifest).unwrap().replace("\"level\"", "\"Level\"");
    fs::write(&manifest, forged).unwrap();
    let mut command = Command::new("minisign");
    command.args(["-V", "-P", public, "-m", ".holdfast/manifest.json"]);
    assert_ne!(run(command.current_dir(&restored)).code(), 0, "a changed manifest passes");
}

#[test]
fn moments_of_every_level_come_back_with_restore_py() {
    if !programs_are_there(&["age", "zstd", "python3"]) {
        return;
    }
    let world = World::with_sample(12_000_000);
    let mut moments = Vec::new();
    for (level, seed) in [("full", 0), ("daily", 1), ("hourly", 2)] {
        if seed > 0 {
            let options = holdfast_sample::Mutate { percent: 3.0, seed };
            holdfast_sample::mutate(&world.bot(), &options).unwrap();
            fs::remove_dir_all(world.bot().join("data/uploads/shared")).ok();
            fs::write(world.bot().join(format!("config/new of {level}.txt")), level).unwrap();
        }
        let made = world.backup(level);
        let out = left_out(&made);
        let without: Vec<&str> = out.iter().map(String::as_str).collect();
        moments.push((level, file(&made), picture_without(&world.bot(), &without), out.clone()));
    }
    let script = quoted(&world.drive().join("Holdfast/restore.py"));
    let key = quoted(&world.identity_file());
    for count in 1..=moments.len() {
        let (level, _, picture, out) = &moments[count - 1];
        let without: Vec<&str> = out.iter().map(String::as_str).collect();
        let archives: Vec<_> = moments[..count].iter().rev().map(|(_, path, _, _)| quoted(path)).collect();

        let sealed = world.path().join(format!("sealed-{level}"));
        let ran = shell(
            world.path(),
            &format!("python3 {script} --into {} -i {key} {}", quoted(&sealed), archives.join(" ")),
        );
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("Every checksum agreed"), "{ran}");
        assert_same(picture, &picture_without(&sealed.join("bot"), &without), &format!("{level}, sealed"));

        let tars: Vec<_> = (0..count).map(|n| quoted(&world.path().join(format!("{n}.tar")))).collect();
        for (tar, (_, path, _, _)) in tars.iter().zip(&moments) {
            shell(world.path(), &format!("age -d -i {key} {} | zstd -dc > {tar}", quoted(path)));
        }
        let opened = world.path().join(format!("opened-{level}"));
        shell(world.path(), &format!("python3 {script} --into {} {}", quoted(&opened), tars.join(" ")));
        assert_same(picture, &picture_without(&opened.join("bot"), &without), &format!("{level}, opened"));
    }
    // One that is needed is missing: it says which, and restores nothing.
    let into = world.path().join("torn");
    let arguments = args![
        world.drive().join("Holdfast/restore.py"),
        "--into",
        &into,
        "-i",
        world.identity_file(),
        &moments[2].1,
        &moments[0].1,
    ];
    let ran = run(Command::new("python3").args(arguments));
    assert_ne!(ran.code(), 0, "{ran}");
    let name = moments[1].1.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.zst.age").to_owned();
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains(&name), "{ran}");
    assert!(!into.join("bot").exists());
}

#[test]
fn a_single_file_that_is_a_root_comes_back_under_its_name() {
    if !programs_are_there(&["age", "zstd", "tar", "sha256sum", "python3"]) {
        return;
    }
    let world = World::empty();
    fs::create_dir(world.root("bot")).unwrap();
    fs::write(world.root("bot/notes"), "notes").unwrap();
    let env = world.path().join("start.env");
    fs::write(&env, "KEY=1\n").unwrap();
    let passphrase = world.passphrase_file();
    let (bot, drive) = (world.root("bot"), world.drive());
    let setup = args!["setup", "bot", "--root", &bot, "--root", &env, "--to", drive, "--passphrase-file", &passphrase];
    world.json(setup.iter().chain(&args!["--yes"])).done();
    let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
    fs::write(world.identity_file(), holdfast_tests::open_recovery_key(&sealed, PASSPHRASE)).unwrap();
    let full = quoted(&file(&world.backup("full")));
    fs::write(&env, "KEY=2\n").unwrap();
    let hourly = quoted(&file(&world.backup("hourly")));

    let key = quoted(&world.identity_file());
    for (archive, tar) in [(&full, "full.tar"), (&hourly, "hourly.tar")] {
        shell(world.path(), &format!("age -d -i {key} {archive} | zstd -dc > {tar}"));
    }
    let plain = world.path().join("plain");
    fs::create_dir(&plain).unwrap();
    shell(&plain, "tar -xf ../full.tar && sha256sum -c --quiet .holdfast/SHA256SUMS");
    assert_eq!(fs::read_to_string(plain.join("start.env")).unwrap(), "KEY=1\n");
    let script = quoted(&world.drive().join("Holdfast/restore.py"));
    shell(world.path(), &format!("python3 {script} --into into full.tar hourly.tar"));
    assert_eq!(fs::read_to_string(world.path().join("into/start.env")).unwrap(), "KEY=2\n");
    assert_eq!(fs::read_to_string(world.path().join("into/bot/notes")).unwrap(), "notes");
}
