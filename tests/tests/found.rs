//! Set-up finds the chatbot by itself: one that runs, and one that is answered for on a terminal.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{PASSPHRASE, Server, World, args, run, skipped};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Of all that is found on the machine, which others use too, what lies in this world.
fn found_in(world: &World, answer: &Value) -> Vec<Value> {
    let here = world.path().to_str().unwrap();
    let all = answer["found"].as_array().unwrap();
    all.iter().filter(|it| it["data"].as_str().unwrap().starts_with(here)).cloned().collect()
}

#[test]
fn a_chatbot_that_runs_is_found_and_protected() {
    let world = World::empty();
    world.generate(5_000_000);
    let server = Server::start(&world, &world.bot(), 0, None);
    let answer = world.json(["setup", "--find"]).done();
    let found = found_in(&world, &answer);
    assert_eq!(found.len(), 1, "{answer}");
    let found = &found[0];
    assert_eq!(found["preset"], "open-webui");
    assert_eq!(found["data"], world.bot().join("data").to_str().unwrap());
    assert_eq!(found["roots"][0], world.bot().to_str().unwrap(), "it was started with the folder around the data");
    assert_eq!(found["evidence"][0]["by"], "process", "{found}");
    assert!(found["running"][0].as_str().unwrap().starts_with("holdfast-sample ("), "{found}");
    assert!(found["contents"]["bytes"].as_u64().unwrap() > 1_000_000);
    assert!(found["contents"]["databases"].as_array().unwrap().len() > 1);
    let port = server.get("/health");
    assert_eq!(port.0, 200);
    assert!(!found["health_url"].as_str().unwrap().contains(":8080"), "the port that it listens at: {found}");
    let words = world.run(["setup", "--find"]).expect(0).stdout;
    assert!(words.contains("Found because the process holdfast-sample"), "{words}");
    assert!(!world.home().join("deployments").exists(), "looking makes nothing");

    let id = found["id"].as_str().unwrap();
    let passphrase = world.passphrase_file();
    let setup = args!["setup", "--found", id, "--to", world.drive(), "--passphrase-file", &passphrase, "--yes"];
    let made = world.json(setup).json();
    assert_eq!(made["deployment"], found["name"]);
    let name = found["name"].as_str().unwrap().to_owned();
    let again = world.json(["setup", "--find"]).done();
    assert_eq!(found_in(&world, &again)[0]["protected_by"], name.as_str());
    world.json(["backup"]).done();
    server.stop();
}

#[test]
fn what_is_missing_in_the_command_is_said() {
    let world = World::empty();
    world.refused(["setup"], 2, "bad-request");
    world.refused(["setup", "--root", "drive"], 2, "bad-request");
    let unknown = args!["setup", "--found", "nobody-000000", "--to", world.drive(), "--yes"];
    let refused = world.refused(unknown, 2, "bad-request");
    assert!(refused["error"]["next_step"].as_str().unwrap().contains("--find"), "{refused}");
    world.run(["setup", "--find", "--yes"]).expect(2);
}

/// What the kernel says of a process with mounts of its own, as a container's has.
#[test]
fn a_process_in_a_container_is_found_by_what_it_has_mounted() {
    let world = World::empty();
    let data = world.path().join("volume");
    fs::create_dir_all(data.join("uploads")).unwrap();
    fs::write(data.join("webui.db"), "SQLite format 3\0").unwrap();
    let script = "mount --make-rprivate / && mount --bind \"$0\" /mnt && echo ready && exec sleep 60";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(&data);
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
        Ok(child) => child,
        Err(e) => return skipped("a container's mounts", &format!("unshare: {e}")),
    };
    let mut said = [0; 5];
    if child.stdout.take().unwrap().read_exact(&mut said).is_err() {
        let _ = child.wait();
        return skipped("a container's mounts", "this user may make no mounts of its own");
    }
    let answer = world.json(["setup", "--find"]).done();
    child.kill().unwrap();
    child.wait().unwrap();
    let found = found_in(&world, &answer);
    assert_eq!(found.len(), 1, "{answer}");
    assert_eq!(found[0]["data"], data.to_str().unwrap());
    assert!(found[0]["running"][0].as_str().unwrap().starts_with("sleep ("), "{answer}");
    let because = found[0]["evidence"][0]["because"].as_str().unwrap();
    assert!(because.ends_with("has it mounted at /mnt"), "{because}");
}

/// A file as a root, all the way: set up, archived, seen in the lists, restored in place.
#[test]
fn a_single_file_is_protected_beside_a_folder() {
    let world = World::empty();
    fs::create_dir(world.root("bot")).unwrap();
    fs::write(world.root("bot/notes"), "notes").unwrap();
    let env = world.root("elsewhere.env");
    fs::write(&env, "KEY=1\n").unwrap();
    let passphrase = world.passphrase_file();
    let setup = args![
        "setup",
        "bot",
        "--root",
        world.root("bot"),
        "--root",
        &env,
        "--to",
        world.drive(),
        "--passphrase-file",
        &passphrase,
        "--yes"
    ];
    world.json(setup).done();
    assert!(fs::read_to_string(world.settings()).unwrap().contains("file = true"));
    world.json(["backup"]).done();
    fs::write(&env, "KEY=wrong\n").unwrap();
    let diff = world.json(args!["diff", "latest", "--passphrase-file", &passphrase]).done();
    assert_eq!(diff["changes"][0]["path"], "elsewhere.env", "{diff}");
    let restore = args!["restore", "--path", &env, "--yes", "--passphrase-file", &passphrase];
    world.json(restore).done();
    assert_eq!(fs::read_to_string(&env).unwrap(), "KEY=1\n");
    world.json(["undo", "--yes"]).done();
    assert_eq!(fs::read_to_string(&env).unwrap(), "KEY=wrong\n");
    fs::remove_file(&env).unwrap();
    let status = world.json(["status"]).json();
    let reason = status["deployments"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("elsewhere.env"), "{status}");
    assert_eq!(world.json(["backup"]).problems()["problems"][0]["code"], "root-missing");
}

/// On a terminal of its own (`script` makes one), with what a person types.
fn typed(world: &World, command: &str, keys: &str) -> String {
    let mut script = Command::new("script");
    world.surround(&mut script);
    script.args(["-qec", command, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = script.spawn().unwrap();
    child.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_person_is_led_through_it() {
    if !Path::new("/usr/bin/script").exists() {
        skipped("the set-up on a terminal", "script (bsdutils) is not installed");
        return;
    }
    let world = World::empty();
    let bot = world.path().join("person/my bot");
    fs::create_dir_all(bot.join("start")).unwrap();
    for (path, content) in [("data/logs.db", "SQLite format 3\0"), ("data/keys.json", "{}"), ("more/notes", "x")] {
        let path = bot.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let list = world.json(["setup", "--find"]).done();
    // Its number may change while others come and go on this machine.
    let id = found_in(&world, &list)[0]["id"].as_str().unwrap().to_owned();
    let holdfast = holdfast_tests::holdfast();
    let command =
        format!("{} --no-keyring --passphrase-file {} setup", holdfast.display(), world.passphrase_file().display());
    let drive = world.drive();
    let keys = format!("{id}\nmine\n{}\n\n*.tmp\n\n{}\nyes\n", bot.join("more").display(), drive.display());
    let said = typed(&world, &command, &keys);
    assert!(said.contains("mine is set up."), "{said}");
    assert!(!said.contains(PASSPHRASE));
    let settings = fs::read_to_string(world.home().join("deployments/mine.toml")).unwrap();
    for part in ["preset = \"llm\"", "my bot/data\"", "my bot/more\"", "*.tmp"] {
        assert!(settings.contains(part), "{part}: {settings}");
    }
    let gone = run(world.command().args(["status", "--json"])).json();
    assert_eq!(gone["deployments"][0]["deployment"], "mine");
}
