//! The kit, other passphrases and keys, trusted people: as a person and a script use them, and proven with stock age and
//! a QR code reader.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{
    LIMIT, NAME, PASSPHRASE, Ran, World, args, holdfast, long, open_recovery_key, run, skipped, start, typing,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs Holdfast on a terminal.
fn talk(world: &World, talk: &[(&str, &str)], arguments: &[std::ffi::OsString]) -> Ran {
    let mut command = typing(talk);
    world.surround(&mut command);
    command.arg(holdfast()).arg("--no-keyring").args(arguments);
    run(&mut command)
}

/// Whether the programs are there; without them nothing can be shown here.
fn programs_are_there(what: &str, names: &[&str]) -> bool {
    let folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let missing: Vec<_> =
        names.iter().filter(|name| !folders.iter().any(|folder| folder.join(name).is_file())).collect();
    if !missing.is_empty() {
        skipped(what, &format!("not installed: {missing:?}"));
    }
    missing.is_empty()
}

fn small() -> World {
    let world = World::new();
    fs::create_dir_all(world.bot()).unwrap();
    fs::write(world.bot().join("chat.txt"), "one").unwrap();
    world
}

fn identity(world: &World) -> String {
    let text = fs::read_to_string(world.identity_file()).unwrap();
    text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned()
}

fn kit(world: &World, name: &str) -> PathBuf {
    let path = world.path().join(name);
    let made = world.keyed(args!["key", "kit", "--output", &path]).done();
    assert_eq!(made["file"], path.to_str().unwrap());
    path
}

/// Large and small letters of each group, as they stand on the page.
fn groups(page: &str) -> Vec<(String, String)> {
    let part = |text: &str, tag: &str| {
        let start = format!("<{tag} class=\"mono\">");
        text.split_once(&start).unwrap().1.split_once(&format!("</{tag}>")).unwrap().0.to_owned()
    };
    let key = page.split_once("<ol class=\"groups\">").unwrap().1.split_once("</ol>").unwrap().0;
    key.split("<li>").skip(1).map(|item| (part(item, "b"), part(item, "i"))).collect()
}

fn typed(world: &World, text: &str) -> PathBuf {
    let path = world.path().join("typed.txt");
    fs::write(&path, text).unwrap();
    path
}

#[track_caller]
fn shell(folder: &Path, script: &str) -> Ran {
    run(Command::new("bash").args(["-euo", "pipefail", "-c", script]).current_dir(folder)).expect(0)
}

#[test]
fn the_page_gives_the_identity_back_as_text_and_is_proven() {
    let world = small();
    let status = world.json(["status"]).json();
    assert!(status["deployments"][0]["kit_proven"].is_null());
    assert!(world.run(["status"]).stdout.contains("never proven"));
    let made = world.backup("full");
    let path = kit(&world, "kit.html");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let page = fs::read_to_string(&path).unwrap();
    let groups = groups(&page);
    let letters: String = groups.iter().map(|(letters, _)| letters.as_str()).collect();
    assert_eq!(format!("AGE-SECRET-KEY-1{letters}"), identity(&world));

    let lines: Vec<String> =
        groups.iter().map(|(letters, check)| format!("{letters} {check}").to_lowercase()).collect();
    let whole = typed(&world, &lines.join("\n"));
    let answer = world.json(args!["key", "check", "--from", &whole]).done();
    assert_eq!(answer["opened"], made["archive"]);
    let status = world.json(["status"]).json();
    assert_eq!(status["deployments"][0]["kit_proven"], answer["proven"]);
    assert!(world.run(["status"]).stdout.contains("recovery kit      proven"));
    // Two groups prove it too; they are compared with the key itself.
    let two = typed(&world, &format!("{}\n{}\n", lines[2], lines[6]));
    world.json(args!["key", "check", "--groups", "3,7", "--from", &two]).failed(5, "key-needed");
    let answer = world.keyed(args!["key", "check", "--groups", "3,7", "--from", &two]).done();
    assert_eq!(answer["groups"], serde_json::json!([3, 7]));
    let turned = world.keyed(args!["key", "check", "--groups", "7,3", "--from", &two]).failed(5, "mistyped");
    assert_eq!(turned["error"]["cause"], "groups 7 and 3 are mistyped");

    // What was typed serves as it stands for opening archives.
    fs::write(&whole, lines.join("\n")).unwrap();
    let into = world.path().join("into");
    world.json(args!["--identity-file", &whole, "restore", "--into", &into]).done();
    assert_eq!(fs::read_to_string(into.join("bot/chat.txt")).unwrap(), "one");
}

#[test]
fn mistakes_are_named_by_group_and_nothing_that_was_typed_is_shown() {
    let world = small();
    let page = fs::read_to_string(kit(&world, "kit.html")).unwrap();
    let mut lines: Vec<String> = groups(&page).iter().map(|(letters, check)| format!("{letters}{check}")).collect();
    let first = if lines[4].starts_with('Q') { "P" } else { "Q" };
    lines[4].replace_range(..1, first);
    let path = typed(&world, &lines.join(" "));
    let said = world.refused(args!["key", "check", "--from", &path], 5, "mistyped");
    assert_eq!(said["error"]["cause"], "group 5 is mistyped");
    let other = "AGE-SECRET-KEY-1ZSY2TG6GJJ8ERLXQUWNMMY22PG0MAS0GPJXLZHD0JF5SM2X3J3LS476R9V";
    let path = typed(&world, other);
    let ran = world.json(args!["key", "check", "--from", &path]);
    ran.failed(5, "wrong-key");
    assert!(!ran.stdout.contains(&other[20..40]));
    world.refused(["key", "check"], 2, "bad-request");
    assert!(world.json(["status"]).json()["deployments"][0]["kit_proven"].is_null());
}

#[test]
fn the_page_is_left_nowhere_that_it_was_not_asked_for() {
    let world = small();
    world.backup("full");
    for path in [world.bot().join("kit.html"), world.drive().join("kit.html"), world.home().join("kit.html")] {
        world.keyed(args!["key", "kit", "--output", &path]).failed(2, "bad-request");
        assert!(!path.exists());
    }
    // As most people name it: in the folder at hand.
    let path = world.path().join("kit.html");
    assert_eq!(world.keyed(args!["key", "kit", "--output", "kit.html"]).done()["file"], path.to_str().unwrap());
    world.keyed(args!["key", "kit", "--output", &path]).failed(2, "bad-request");
    world.keyed(args!["key", "kit", "--output", "-"]).failed(2, "bad-request");
    let identity_file = world.identity_file();
    let page = world.run(args!["--identity-file", &identity_file, "key", "kit", "--output", "-"]).expect(0).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    fs::remove_file(&path).unwrap();
    let first = groups(&page)[0].0.clone();
    let found = run(Command::new("grep").args(["-rl", "--exclude=identity", &first]).arg(world.path()));
    assert_eq!(found.stdout, "", "{found}");
}

#[test]
fn a_set_up_writes_the_kit_where_it_is_told_to() {
    let world = World::empty();
    let root = world.root("chatbot");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    let setup = |kit: &Path| {
        let secret = world.passphrase_file();
        let base = args!["setup", NAME, "--root", &root, "--to", world.drive(), "--passphrase-file", &secret, "--yes"];
        world.json([&base[..], &args!["--kit", kit]].concat())
    };
    // Refused before anything is set up.
    setup(&root.join("kit.html")).failed(2, "bad-request");
    assert!(!world.settings().exists());
    let path = world.path().join("kit.html");
    setup(&path).done();
    let page = fs::read_to_string(&path).unwrap();
    let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
    let opened = String::from_utf8(open_recovery_key(&sealed, PASSPHRASE)).unwrap();
    let letters: String = groups(&page).iter().map(|(letters, _)| letters.as_str()).collect();
    assert!(opened.contains(&letters));
}

#[test]
fn a_reader_of_qr_codes_gets_the_identity_from_the_page() {
    let needed = ["rsvg-convert", "zbarimg"];
    if !programs_are_there("the QR codes of the kit", &needed) {
        return;
    }
    let world = small();
    let page = fs::read_to_string(kit(&world, "kit.html")).unwrap();
    let shown = world.json(["key", "show"]).done();
    let expected = [identity(&world), shown["signing_public"].as_str().unwrap().to_owned()];
    let drawings: Vec<&str> = page.split("<svg").skip(1).map(|part| part.split_once("</svg>").unwrap().0).collect();
    assert_eq!(drawings.len(), 2);
    for (drawing, text) in drawings.iter().zip(&expected) {
        fs::write(world.path().join("code.svg"), format!("<svg{drawing}</svg>")).unwrap();
        shell(world.path(), "rsvg-convert -w 600 -h 600 code.svg -o code.png");
        let read = shell(world.path(), "zbarimg --quiet --raw code.png").stdout;
        assert_eq!(read.trim_end(), text);
    }
}

#[test]
fn a_new_passphrase_opens_and_the_old_one_no_longer_does() {
    let world = small();
    let new = world.path().join("new");
    fs::write(&new, "another four slow herons\n").unwrap();
    let away = world.path().join("away");
    fs::rename(world.drive(), &away).unwrap();
    let change = || {
        let file = world.passphrase_file();
        world.json(args!["--passphrase-file", file, "key", "passphrase", "--new-passphrase-file", &new])
    };
    let answer = change().problems();
    assert_eq!(answer["problems"][0]["code"], "key-from-before");
    assert!(answer["problems"][0]["cause"].as_str().unwrap().contains("the next backup"), "{answer}");
    fs::rename(&away, world.drive()).unwrap();
    world.backup("full");
    let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
    assert_eq!(open_recovery_key(&sealed, "another four slow herons"), fs::read(world.identity_file()).unwrap());
    change().failed(5, "wrong-passphrase");
    let words = world.run(args![
        "--passphrase-file",
        &new,
        "key",
        "passphrase",
        "--new-passphrase-file",
        world.passphrase_file()
    ]);
    assert!(words.expect(0).stderr.contains("Strength of the passphrase"));
}

#[test]
fn after_a_rotation_one_identity_file_opens_all_archives_with_stock_age() {
    if !programs_are_there("opening archives by hand", &["age", "zstd", "tar"]) {
        return;
    }
    let world = small();
    let before = world.backup("full");
    let secret = args!["--passphrase-file", world.passphrase_file()];
    let rotate = |more: &[&str]| {
        let more: Vec<_> = more.iter().map(std::ffi::OsString::from).collect();
        world.json([&secret[..], &args!["key", "rotate"], &more].concat())
    };
    rotate(&[]).failed(2, "bad-request");
    let answer = rotate(&["--signing", "--yes"]).done();
    assert_ne!(answer["recipient"], answer["replaced_recipient"]);
    fs::write(world.bot().join("chat.txt"), "two").unwrap();
    let after = world.json(["backup", "--level", "hourly"]).done();
    assert_eq!(after["level"], "full");
    let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
    let key = world.path().join("key.txt");
    fs::write(&key, open_recovery_key(&sealed, PASSPHRASE)).unwrap();
    for (made, content) in [(&before, "one"), (&after, "two")] {
        let archive = made["path"].as_str().unwrap();
        let read = shell(world.path(), &format!("age -d -i key.txt '{archive}' | zstd -dc | tar -xOf - bot/chat.txt"));
        assert_eq!(read.stdout, content);
    }
    // With Holdfast: signatures of both times hold, and the old key alone opens the old archive alone.
    world.json([&secret[..], &args!["verify", "--all", "--full"]].concat()).done();
    let old = world.json(args!["--identity-file", world.identity_file(), "show", before["archive"].as_str().unwrap()]);
    old.done();
    let into = world.path().join("into");
    world.keyed(args!["restore", "--into", &into]).failed(5, "wrong-key");
    world.json(args!["--identity-file", &key, "restore", "--into", &into]).done();
    // The page has both keys.
    let path = world.path().join("kit.html");
    world.json([&secret[..], &args!["key", "kit", "--output", &path]].concat()).done();
    assert_eq!(fs::read_to_string(&path).unwrap().matches("<ol class=\"groups\">").count(), 2);
}

#[test]
fn a_trusted_person_opens_new_archives_with_stock_age() {
    if !programs_are_there("opening archives by hand", &["age", "age-keygen", "zstd", "tar"]) {
        return;
    }
    let world = small();
    let before = world.backup("full");
    shell(world.path(), "age-keygen -o ana.txt 2>/dev/null");
    let ana = fs::read_to_string(world.path().join("ana.txt")).unwrap();
    let public = ana.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let secret = ana.lines().last().unwrap();
    for more in [&["--yes"][..], &[]] {
        let refused = world.json([&["key", "recipients", "add", secret, "--name", "Ana"], more].concat());
        refused.failed(2, "bad-request");
        assert!(!refused.stdout.contains(&secret[20..40]), "{refused}");
    }
    world.json(["key", "recipients", "add", public, "--name", "Ana"]).failed(2, "bad-request");
    world.json(["key", "recipients", "add", public, "--name", "Ana", "--yes"]).done();
    assert_eq!(world.json(["key", "recipients"]).done()["people"][0]["name"], "Ana");
    assert_eq!(world.json(["status"]).json()["deployments"][0]["people"][0], "Ana");
    let after = world.json(["backup", "--level", "daily"]).done();
    assert_eq!(after["level"], "full");
    let open = |made: &serde_json::Value| {
        let archive = made["path"].as_str().unwrap();
        let script = format!("age -d -i ana.txt '{archive}' | zstd -dc | tar -xOf - bot/chat.txt");
        run(Command::new("bash").args(["-euo", "pipefail", "-c", &script]).current_dir(world.path()))
    };
    assert_eq!(open(&after).expect(0).stdout, "one");
    assert_ne!(open(&before).code(), 0);
    let into = world.path().join("into");
    world.json(args!["--identity-file", world.path().join("ana.txt"), "restore", "--into", &into]).done();
    world.json(["key", "recipients", "remove", "Ana"]).done();
    assert_ne!(open(&world.backup("daily")).code(), 0);
}

#[test]
fn on_a_terminal_the_kit_is_offered_made_and_proven() {
    if !programs_are_there("the kit on a terminal", &["python3"]) {
        return;
    }
    let world = World::empty();
    let root = world.root("chatbot");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    let page = world.path().join("kit.html");
    let path = page.to_str().unwrap();
    let (third, seventh) = (format!("@3 {path}"), format!("@7 {path}"));
    let questions = [
        ("Type yes", "yes"),
        ("New passphrase", PASSPHRASE),
        ("The same again", PASSPHRASE),
        ("File to write it to", path),
        // A letter is missing: asked again.
        ("Group 3:", "abcde"),
        ("Group 3:", &third),
        ("Group 7:", &seventh),
    ];
    let ran = talk(&world, &questions, &args!["setup", NAME, "--root", &root, "--to", world.drive()]).expect(0);
    assert!(ran.stdout.contains("The recovery kit is proven"), "{ran}");
    let letters = groups(&fs::read_to_string(&page).unwrap())[2].0.clone();
    assert!(!ran.stdout.contains(&letters) && !ran.stdout.contains(&letters.to_lowercase()), "{ran}");

    world.json(["backup"]).done();
    let all: Vec<String> = (1..=10).map(|number| format!("@{number} {path}")).collect();
    let asked: Vec<String> = (1..=10).map(|number| format!("Group {number}:")).collect();
    let questions: Vec<(&str, &str)> = asked.iter().map(String::as_str).zip(all.iter().map(String::as_str)).collect();
    let ran = talk(&world, &questions, &args!["key", "check"]).expect(0);
    assert!(ran.stdout.contains("It opens the newest archive"), "{ran}");
}

/// Kills a rotation as soon as it begins to put new keys in the place of the old ones, a little later each time.
#[test]
fn a_killed_rotation_loses_no_key() {
    let world = small();
    world.backup("full");
    let keys = fs::read_dir(world.home().join("keys")).unwrap().next().unwrap().unwrap().path();
    let rounds = if long() { 40 } else { 5 };
    if !long() {
        skipped("40 killed rotations", "5 are done; HOLDFAST_TEST_LONG=1 does all");
    }
    let secret = args!["--passphrase-file", world.passphrase_file()];
    for round in 0..rounds {
        let mut command = world.command();
        command.args(&secret).args(["key", "rotate", "--signing", "--yes"]);
        let mut child = start(&mut command);
        let begun = Instant::now();
        while !keys.join("next").exists() && child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < LIMIT, "the rotation did not begin");
            std::hint::spin_loop();
        }
        std::thread::sleep(Duration::from_millis(2) * round);
        child.kill().unwrap();
        child.wait().unwrap();
        // The next run goes on with the new keys or back to the old ones; both open everything.
        fs::write(world.bot().join("chat.txt"), round.to_string()).unwrap();
        let made = world.json(["backup"]).done();
        assert_eq!(made["signed"], true, "{made}");
        assert!(!keys.join("next").exists());
        let into = world.path().join(format!("into-{round}"));
        world.json([&secret[..], &args!["restore", "--into", &into]].concat()).done();
        assert_eq!(fs::read_to_string(into.join("bot/chat.txt")).unwrap(), round.to_string());
    }
    world.json([&secret[..], &args!["verify", "--all", "--full"]].concat()).done();
    world.assert_no_litter();
}
