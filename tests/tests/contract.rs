//! What scripts rely on: one JSON object, exit codes, progress lines; what people look for: help, completions, manual;
//! and that secrets stay where they belong.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{PASSPHRASE, Ran, World, args, run};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The commands that `--help` lists.
fn commands(world: &World) -> Vec<String> {
    let help = world.run(["--help"]).expect(0).stdout;
    let list = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// One run of every command, in an order in which each has something to do.
fn tour(world: &World) -> Vec<Vec<OsString>> {
    let secret = || args!["--passphrase-file", world.passphrase_file()].to_vec();
    let key = || args!["--identity-file", world.identity_file()].to_vec();
    let with = |keys: Vec<OsString>, rest: &[OsString]| [keys, rest.to_vec()].concat();
    let other = world.root("other");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("a"), "a").unwrap();
    fs::create_dir_all(world.path().join("other-drive")).unwrap();
    vec![
        with(
            secret(),
            &args![
                "setup",
                "other",
                "--root",
                &other,
                "--to",
                world.path().join("other-drive"),
                "--exclude",
                "*.tmp",
                "--yes"
            ],
        ),
        args!["backup", "bot", "--level", "full"].to_vec(),
        args!["backup", "bot", "--level", "daily"].to_vec(),
        args!["backup", "bot", "--level", "hourly", "--manual"].to_vec(),
        args!["backup", "other"].to_vec(),
        args!["list", "bot"].to_vec(),
        args!["list"].to_vec(),
        args!["show", "bot_", "bot/config"].to_vec(),
        args!["diff", "--deployment", "bot"].to_vec(),
        args!["status"].to_vec(),
        args!["verify", "--all", "--deployment", "bot"].to_vec(),
        with(key(), &args!["verify", "--all", "--full", "--deployment", "bot"]),
        with(key(), &args!["restore", "bot", "--dry-run"]),
        with(key(), &args!["restore", "bot", "--into", world.path().join("into")]),
        with(key(), &args!["restore", "bot", "--component", "config", "--yes"]),
        with(key(), &args!["recover", "--from", world.drive(), "--into", world.path().join("recovered")]),
        args!["undo", "bot", "--yes"].to_vec(),
        args!["destination", "add", "shelf", "--to", world.path().join("shelf"), "--folder", "--deployment", "bot"]
            .to_vec(),
        args!["destination", "list", "bot"].to_vec(),
        args!["copy", "bot", "--dry-run"].to_vec(),
        args!["copy", "bot"].to_vec(),
        args!["copy", "bot", "--check"].to_vec(),
        args!["copy", "bot", "--repair"].to_vec(),
        args!["destination", "rename", "shelf", "board", "--deployment", "bot"].to_vec(),
        args!["destination", "remove", "board", "--deployment", "bot"].to_vec(),
        with(key(), &args!["export", "bot", "--to", &other, "--no-program"]),
        args!["pin", "latest", "--deployment", "bot"].to_vec(),
        args!["unpin", "latest", "--deployment", "bot"].to_vec(),
        args!["settle", "bot", "--dry-run"].to_vec(),
        args!["alarm", "bot", "--all"].to_vec(),
        args!["prune", "bot", "--dry-run"].to_vec(),
        args!["prune", "bot", "--yes"].to_vec(),
        with(key(), &args!["salvage", "latest", "--deployment", "bot", "--into", world.path().join("salvaged")]),
        with(key(), &args!["catalog", "rebuild", "bot"]),
        args!["key", "show", "bot"].to_vec(),
        args!["key", "recipients", "list", "--deployment", "bot"].to_vec(),
        with(key(), &args!["key", "kit", "bot", "--output", world.path().join("kit.html")]),
        args!["key", "check", "bot", "--from", world.identity_file()].to_vec(),
        args!["server", "list", "bot"].to_vec(),
        // What it does is an object a line: tests of its own.
        args!["watch", "--print-unit"].to_vec(),
        args!["pause", "bot", "--for", "1h"].to_vec(),
        args!["resume", "bot"].to_vec(),
        args!["health", "bot"].to_vec(),
        args!["service", "status", "bot"].to_vec(),
        args!["runbook", "list"].to_vec(),
        args!["incident", "start", "bot", "--scenario", "application-failure"].to_vec(),
        args!["incident", "list"].to_vec(),
        args!["incident", "close", "--abandoned"].to_vec(),
        args!["doctor"].to_vec(),
        args!["forget", "other", "--dry-run"].to_vec(),
        args!["completions", "bash"].to_vec(),
        args!["man"].to_vec(),
    ]
}

#[test]
fn every_command_ends_with_one_object() {
    let world = World::with_sample(5_000_000);
    let tour = tour(&world);
    let mut toured = Vec::new();
    for mut arguments in tour {
        if let Some(beginning) = arguments.iter_mut().find(|argument| *argument == "bot_") {
            *beginning = world.archive_files()[0].file_name().unwrap().to_owned();
        }
        let ran = world.json(&arguments);
        let object = ran.json();
        let outcome = object["outcome"].as_str().unwrap();
        let word = match ran.code() {
            0 => "done",
            3 => "problems",
            _ => panic!("{ran}"),
        };
        assert_eq!(outcome, word, "{ran}");
        assert!(ran.stderr.is_empty(), "with --json, standard error is for progress alone: {ran}");
        assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
        toured.push(arguments);
    }
    // None was forgotten, whichever are added.
    for name in commands(&world) {
        assert!(toured.iter().flatten().any(|argument| *argument == *name), "{name} is not tested with --json");
    }
}

#[test]
fn backup_and_restore_say_what_they_did() {
    let world = World::with_sample(5_000_000);
    let made = world.backup("full");
    for field in ["archive", "path", "sha256", "level", "reason", "created", "deployment"] {
        assert!(made[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {made}");
    }
    for field in ["files", "bytes", "files_read", "bytes_read", "stored_bytes"] {
        assert!(made[field].as_u64().is_some_and(|count| count > 0), "{field}: {made}");
    }
    let path = Path::new(made["path"].as_str().unwrap());
    assert_eq!(made["stored_bytes"], fs::metadata(path).unwrap().len());
    let sum = run(std::process::Command::new("sha256sum").arg(path)).expect(0).stdout;
    assert!(sum.starts_with(made["sha256"].as_str().unwrap()));
    assert_eq!(world.backup("hourly")["level"], "hourly");
    // Without a level: what is due, or an hourly one where nothing is.
    world.json(["backup"]).done();
    // What counts as a file is the same everywhere: every name of one, hard links included; no symbolic links.
    let preview = world.keyed(args!["restore", "--into", world.path().join("x"), "--dry-run"]).done();
    let restored = world.keyed(args!["restore", "--into", world.path().join("x")]).done();
    for field in ["files", "bytes"] {
        assert_eq!(restored[field], made[field], "{field}: {restored}");
        assert_eq!(preview["created"][field], made[field], "{field}: {}", preview["created"]);
    }
    let verified = world.keyed(args!["verify", path, "--full"]).done();
    assert_eq!(verified["archives"][0]["files"], made["files"], "{verified}");
    assert_eq!(restored["roots"][0]["path"], world.path().join("x/bot").to_str().unwrap());
    let listed = world.json(["list", "bot"]).done();
    assert_eq!(listed["archives"].as_array().unwrap().len(), 3);
}

#[test]
fn progress_is_lines_of_json() {
    let world = World::with_sample(30_000_000);
    let progress = |ran: &Ran| -> Vec<Value> {
        ran.done();
        let lines: Vec<Value> =
            ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
        assert!(!lines.is_empty(), "{ran}");
        lines
    };
    let lines = progress(&world.json(["backup", "--progress", "json"]));
    for line in &lines {
        assert_eq!(line["event"], "progress", "{line}");
        assert!(line["phase"].is_string(), "{line}");
        let (done, total) = (line["bytes_done"].as_u64().unwrap(), line["bytes_total"].as_u64().unwrap());
        assert!(total == 0 || done <= total + total / 10, "{line}");
    }
    let phases: Vec<_> = lines.iter().map(|line| line["phase"].as_str().unwrap()).collect();
    assert!(phases.contains(&"backing-up"), "{phases:?}");
    let into = world.path().join("into");
    let lines = progress(&world.keyed(args!["restore", "--into", &into, "--progress", "json"]));
    assert!(lines.iter().any(|line| line["phase"] == "restoring"), "{lines:?}");
    // Without it, and without a terminal: silence.
    let quiet = world.run(["backup", "--quiet"]).expect(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn exit_codes_are_those_that_are_documented() {
    let world = World::with_sample(5_000_000);
    let help = world.run(["--help"]).expect(0).stdout;
    for code in ["  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  "] {
        assert!(help.contains(code), "{code}: {help}");
    }
    world.run(["backup"]).expect(0);
    world.run(["backup", "nobody"]).expect(1);
    for wrong in [&["backup", "--level", "monthly"][..], &["no-such-command"], &["restore", "--no-such-option"], &[]] {
        let ran = world.run(wrong).expect(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{ran}");
    }
    world.json(["backup", "--level", "monthly"]).failed(2, "bad-request");
    // Nothing that changes something goes on without a yes.
    for needs in [&["restore"][..], &["undo"]] {
        if needs == ["undo"] {
            world.keyed(["restore", "--yes", "--no-emergency"]).done();
        }
        let ran = world.keyed(needs);
        let said = ran.failed(2, "bad-request");
        assert!(said["error"]["next_step"].as_str().unwrap().contains("--yes"), "{said}");
    }
    // No passphrase, and no terminal to ask on.
    world.json(args!["restore", "--into", world.path().join("x")]).failed(5, "key-needed");
    assert!(!world.path().join("x").exists());
    fs::write(world.bot().join("data/chat.db"), [&b"SQLite format 3\0"[..], &[0x5a; 8_176]].concat()).unwrap();
    world.json(["backup"]).problems();
    let wrong = world.path().join("wrong");
    fs::write(&wrong, "wrong").unwrap();
    world.json(args!["--passphrase-file", &wrong, "restore", "--yes"]).failed(5, "wrong-passphrase");
}

#[test]
fn help_shows_examples() {
    let world = World::empty();
    let all = commands(&world);
    for name in ["setup", "backup", "list", "show", "diff", "verify", "restore", "undo", "prune", "salvage", "catalog"]
    {
        assert!(all.iter().any(|command| command == name), "{name} is missing: {all:?}");
    }
    for name in &all {
        for flag in ["--help", "-h"] {
            let help = world.run([name, flag]).expect(0).stdout;
            assert!(help.contains("Examples:") && help.contains(&format!("holdfast {name}")), "{name}: {help}");
        }
    }
    let version = world.run(["--version"]).expect(0).stdout;
    assert!(version.starts_with("holdfast "), "{version}");
    assert!(!world.home().exists(), "help leaves no trace");
}

#[test]
fn completions_and_the_manual_are_produced() {
    let world = World::empty();
    for (shell, sign) in [("bash", "complete -F"), ("zsh", "#compdef holdfast"), ("fish", "complete -c holdfast")] {
        let script = world.run(["completions", shell]).expect(0).stdout;
        assert!(script.contains(sign) && script.contains("restore"), "{shell}: {script}");
    }
    let bash = world.path().join("completions");
    fs::write(&bash, world.run(["completions", "bash"]).stdout).unwrap();
    run(std::process::Command::new("bash").arg("-n").arg(&bash)).expect(0);
    let page = world.run(["man"]).expect(0).stdout;
    assert!(page.contains(".TH holdfast"), "{page}");
    let folder = world.path().join("man1");
    world.json(args!["man", "--dir", &folder]).done();
    for name in commands(&world) {
        let page = fs::read_to_string(folder.join(format!("holdfast-{name}.1"))).unwrap();
        assert!(page.contains("Examples:"), "{name}");
    }
    assert!(!world.home().exists(), "neither leaves a trace");
}

/// What must never be seen, and nothing else of these files.
fn secrets(world: &World) -> Vec<String> {
    let identity = fs::read_to_string(world.identity_file()).unwrap();
    let key = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let signing = identity.lines().find_map(|line| line.strip_prefix("# holdfast-signing-secret:")).unwrap();
    let env = fs::read_to_string(world.bot().join("config/.env")).unwrap();
    let values = env.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| name.contains("KEY"));
    let mut secrets: Vec<String> = values.map(|(_, value)| value.to_owned()).collect();
    assert!(secrets.len() >= 2 && secrets.iter().all(|value| value.len() > 20), "{env}");
    secrets.extend([key.to_owned(), signing.trim().to_owned(), PASSPHRASE.to_owned()]);
    secrets
}

#[test]
fn secrets_stay_where_they_belong() {
    let world = World::with_sample(5_000_000);
    let secrets = secrets(&world);
    let found_in = |text: &[u8]| secrets.iter().find(|secret| contains(text, secret.as_bytes()));
    let mut runs: Vec<Ran> = Vec::new();
    let tour = tour(&world);
    for mut arguments in tour {
        if let Some(beginning) = arguments.iter_mut().find(|argument| *argument == "bot_") {
            *beginning = world.archive_files()[0].file_name().unwrap().to_owned();
        }
        if arguments.iter().any(|argument| argument == "--into") {
            // What is restored holds the secrets, rightly.
            runs.push(world.json([arguments, args!["-vv"].to_vec()].concat()));
            continue;
        }
        runs.push(world.json([&arguments[..], &args!["-vv"]].concat()));
        runs.push(world.run([&arguments[..], &args!["-vv", "--progress", "json"]].concat()));
    }
    // Failures too: a key with a typing mistake, a passphrase for nothing, a key where a passphrase belongs.
    let key = secrets.iter().find(|secret| secret.starts_with("AGE-SECRET")).unwrap();
    let mistyped = world.path().join("mistyped");
    fs::write(&mistyped, format!("{}x\n", &key[..key.len() - 1])).unwrap();
    let swapped = world.path().join("swapped");
    fs::write(&swapped, key).unwrap();
    for arguments in [
        args!["--identity-file", &mistyped, "restore", "bot", "--dry-run"],
        args!["--passphrase-file", &swapped, "restore", "bot", "--dry-run"],
        args!["--identity-file", world.passphrase_file(), "restore", "bot", "--dry-run"],
    ] {
        for ran in [world.json(&arguments), world.run([&arguments[..], &args!["-vv"]].concat())] {
            assert_eq!(ran.code(), 5, "{ran}");
            let half = &key[..key.len() / 2];
            assert!(!ran.stdout.contains(half) && !ran.stderr.contains(half), "{ran}");
            runs.push(ran);
        }
    }
    for ran in &runs {
        for text in [&ran.stdout, &ran.stderr] {
            assert_eq!(found_in(text.as_bytes()), None, "{ran}");
        }
    }
    // On the disk: the signing key in its one file, and nothing else. What was restored, and what the test
    // itself wrote, is not looked at.
    let mut looked_at = 0;
    for folder in [
        world.home(),
        world.drive(),
        world.path().join("other-drive"),
        world.path().join("tmp"),
        world.path().join("person"),
    ] {
        each_file(&folder, &mut |path| {
            looked_at += 1;
            let content = fs::read(path).unwrap();
            match found_in(&content) {
                None => {}
                Some(_) if path.ends_with("signing.key") && path.starts_with(world.home().join("keys")) => {
                    assert!(!contains(&content, key.as_bytes()) && !contains(&content, PASSPHRASE.as_bytes()));
                }
                Some(secret) => panic!("{} holds a secret ({}…)", path.display(), &secret[..4]),
            }
        });
    }
    assert!(looked_at > 10);
    let logs = world.home().join("logs");
    assert!(fs::read_dir(&logs).unwrap().count() > 0, "nothing was logged");
    // Nobody else may read what Holdfast keeps.
    each_file(&world.home(), &mut |path| {
        let open = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0;
        let guarded = path.ancestors().take_while(|above| above.starts_with(world.home())).any(|above| !open(above));
        assert!(guarded, "{} can be read by others", path.display());
    });
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    // `windows` would take minutes on archives.
    let mut at = 0;
    while let Some(next) = text[at..].iter().position(|byte| *byte == part[0]) {
        if text[at + next..].starts_with(part) {
            return true;
        }
        at += next + 1;
    }
    false
}

fn each_file(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for item in fs::read_dir(folder).into_iter().flatten() {
        let path = item.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            each_file(&path, visit);
        } else {
            visit(&path);
        }
    }
}
