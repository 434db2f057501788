//! Incidents on the command line: what broke is found, brought back and proven, and a kill does nothing twice.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

fn database(world: &World) -> rusqlite::Connection {
    rusqlite::Connection::open(world.bot().join("data/webui.db")).unwrap()
}

fn chats(world: &World) -> i64 {
    database(world).query_row("SELECT count(*) FROM chat", [], |row| row.get(0)).unwrap()
}

fn chatbot() -> World {
    let world = World::small();
    let more = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                INSERT INTO chat (title) SELECT printf('%0500d', i) FROM n";
    database(&world).execute_batch(more).unwrap();
    world.backup("full");
    database(&world).execute_batch("INSERT INTO chat (title) VALUES ('newest')").unwrap();
    world.backup("hourly");
    world
}

fn spoil(world: &World) {
    let path = world.bot().join("data/webui.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 8192 * 4096;
    bytes[middle..middle + 8192].fill(0x5a);
    fs::write(path, bytes).unwrap();
}

fn current(answer: &Value) -> String {
    answer["current"]["id"].as_str().unwrap_or("-").to_owned()
}

/// Goes on as a person does who answers as the pairs say, and does everything else as it comes.
fn follow(world: &World, answers: &[(&str, &str)]) -> Vec<String> {
    let mut gone = Vec::new();
    for _ in 0..80 {
        let at = world.json(["incident", "next"]).done();
        let step = current(&at);
        if step == "-" {
            return gone;
        }
        gone.push(step.clone());
        match at["current"]["kind"].as_str().unwrap() {
            "decision" => {
                let (_, answer) = answers.iter().find(|(id, _)| *id == step).unwrap_or_else(|| panic!("{step}: {at}"));
                world.json(["incident", "answer", answer]).done();
            }
            "manual" | "note" if at["current"]["asks"].is_null() => {
                world.json(["incident", "done"]).done();
            }
            "manual" | "note" => {
                let found = answers.iter().find(|(id, _)| *id == step).map_or("the disk", |(_, found)| *found);
                world.json(["incident", "done", "--found", found]).done();
            }
            _ => {
                world.keyed(["incident", "do", "--yes"]).done();
            }
        }
    }
    panic!("it does not end: {gone:?}");
}

#[test]
fn a_damaged_database_is_brought_back_and_the_rest_stays() {
    let world = chatbot();
    let before = chats(&world);
    spoil(&world);
    fs::write(world.bot().join("data/notes.md"), "written after the archive").unwrap();
    let began = world.json(["incident", "start", "--symptom", "the database disk image is malformed"]).done();
    assert_eq!(began["runbook"], "data-corruption");
    let answers = [("go-on", "Yes"), ("yes", "1"), ("verified", "yes")];
    let gone = follow(&world, &answers);
    for step in ["check", "preserve", "find", "compare", "preview", "restore", "check-again"] {
        assert!(gone.contains(&step.to_owned()), "{step}: {gone:?}");
    }
    assert_eq!(chats(&world), before);
    assert_eq!(fs::read_to_string(world.bot().join("data/notes.md")).unwrap(), "written after the archive");
    world.json(["incident", "todo", "Buy another disk"]).done();
    let closed = world.json(["incident", "close", "--note", "a bad sector"]).done();
    assert_eq!(closed["closed"], "resolved");
    let status = |step: &str| {
        let steps = closed["steps"].as_array().unwrap().clone();
        steps.into_iter().find(|one| one["id"] == step).unwrap()["result"].clone()
    };
    assert_eq!((status("check"), status("check-again")), ("failing".into(), "ok".into()));

    let report = world.run(["incident", "report"]).expect(0).stdout;
    for said in
        ["# Incident report", "## Timeline", "malformed", "Restored to", "live again as of", "- [ ] Buy another disk"]
    {
        assert!(report.contains(said), "{said}: {report}");
    }
    let page = world.path().join("review.html");
    world.json(args!["incident", "report", "--review", "--output", &page]).done();
    let page_text = fs::read_to_string(&page).unwrap();
    assert!(page_text.contains("Post-incident review") && page_text.contains("☐ Buy another disk"), "{page_text}");
    assert!(!page_text.contains("<script") && !page_text.contains("href="), "{page_text}");
    world.refused(args!["incident", "report", "--output", &page], 1, "input-output");
    let listed = |text: &str| {
        let list = world.json(["incident", "list", "--text", text]).done();
        list["incidents"].as_array().unwrap().len()
    };
    assert_eq!((listed("bad sector"), listed("another DISK"), listed("flood")), (1, 1, 0));
    world.run(["undo", "--yes"]).expect(0);
}

#[test]
fn an_application_that_fails_is_rolled_back_and_conversations_stay() {
    let world = chatbot();
    let settings = world.bot().join("config.json");
    fs::write(&settings, r#"{"port": 8080, "api_key": "sk-thisisasecretvalue12345"}"#).unwrap();
    world.backup("hourly");
    fs::write(&settings, "{broken").unwrap();
    let logs = world.bot().join("logs");
    fs::create_dir_all(&logs).unwrap();
    fs::write(logs.join("app.log"), "started\nERROR config.json: OPENAI_API_KEY=sk-thisisasecretvalue12345 expected\n")
        .unwrap();
    database(&world).execute_batch("INSERT INTO chat (title) VALUES ('of today')").unwrap();
    let chats_now = chats(&world);
    world.json(["incident", "start", "bot", "--scenario", "application-failure"]).done();
    let answers = [
        ("is-it-down", "No"),
        ("make-room", "It stopped"),
        ("roll-back-yes", "yes"),
        ("after-restart", "Yes"),
        ("verified", "Yes"),
        ("cause", "A setting was broken by hand"),
    ];
    let gone = follow(&world, &answers);
    assert!(gone.contains(&"roll-back".to_owned()), "{gone:?}");
    assert!(fs::read_to_string(&settings).unwrap().contains("8080"));
    assert_eq!(chats(&world), chats_now, "conversations of today are there");
    let journal = world.run(["incident", "status", "--json"]).stdout;
    assert!(journal.contains("ERROR config.json") && !journal.contains("sk-thisisasecret"), "{journal}");
}

#[test]
fn a_kill_while_a_step_is_done_does_nothing_twice() {
    let world = chatbot();
    spoil(&world);
    world.json(["incident", "start", "--scenario", "data-corruption"]).done();
    let answers = [("go-on", "Yes"), ("yes", "1"), ("verified", "yes")];
    let kinds = |kind: &str| {
        let list = world.json(["list"]).done();
        list["archives"].as_array().unwrap().iter().filter(|one| one["kind"] == kind).count()
    };
    let mut killed = 0;
    for _ in 0..60 {
        let at = world.json(["incident", "next"]).done();
        let step = current(&at);
        if step == "-" {
            break;
        }
        match at["current"]["kind"].as_str().unwrap() {
            "check" | "action" => {
                // Killed after so long, and then done to its end.
                let wait = Duration::from_millis(30 + 60 * (killed % 4));
                let mut command = world.command();
                command.args(["incident", "do", "--yes", "--passphrase-file"]).arg(world.passphrase_file());
                let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                let begun = Instant::now();
                while begun.elapsed() < wait && child.try_wait().unwrap().is_none() {
                    std::thread::sleep(Duration::from_millis(2));
                }
                let _ = child.kill();
                child.wait().unwrap();
                killed += 1;
                if current(&world.json(["incident", "next"]).done()) == step {
                    world.keyed(["incident", "do", "--yes"]).done();
                }
            }
            "decision" => {
                let (_, answer) = answers.iter().find(|(id, _)| *id == step).unwrap();
                world.json(["incident", "answer", answer]).done();
            }
            _ => {
                world.json(["incident", "done", "--found", "x"]).done();
            }
        }
    }
    assert!(killed >= 10, "{killed}");
    assert_eq!(chats(&world), 302);
    // The one of the step `preserve`, and the one that the restore made first.
    assert_eq!(kinds("emergency"), 2, "{}", world.json(["list"]).done());
    let restores = fs::read_dir(world.home().join("restores")).unwrap().count();
    assert_eq!(restores, 1);
}

#[test]
fn an_incident_can_be_followed_on_a_machine_that_knows_nothing() {
    let world = World::empty();
    let began = world.json(["incident", "start", "--scenario", "hardware-failure"]).done();
    assert_eq!(began["deployment"], "chatbot");
    world.json(["incident", "answer", "On another"]).done();
    let at = world.json(["incident", "next"]).done();
    assert!(at["current"]["commands"][0]["text"].as_str().unwrap().starts_with("holdfast recover --from"), "{at}");
    world.refused(["incident", "answer", "1"], 2, "bad-request");
    world.refused(["incident", "skip", "--reason", " "], 2, "bad-request");
    world.json(["incident", "skip", "--reason", "no drive here"]).done();
    world.json(["incident", "close", "--abandoned"]).done();
    world.refused(["incident", "note", "x", "--id", "bot-2020-01-01-1"], 1, "unknown-incident");
    world.refused(["incident", "start", "--symptom", "xyzzy"], 2, "bad-request");
}

#[test]
fn a_broken_runbook_is_told_with_its_line_and_hides_no_other() {
    let world = World::empty();
    let folder = world.home().join("runbooks");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("mine.toml");
    fs::write(&file, "id = \"mine\"\ntitel = \"x\"\n").unwrap();
    let list = world.json(["runbook", "list"]).problems();
    assert_eq!(list["runbooks"].as_array().unwrap().len(), 8);
    assert_eq!(list["broken"][0]["faults"][0]["line"], 1, "{list}");
    let checked = world.run(args!["runbook", "check", &file]);
    assert!(!checked.status.success());
    assert!(checked.stdout.contains("line 2, titel: unknown field"), "{}", checked.stdout);
    let shown = world.run(["runbook", "show", "security-breach"]).expect(0).stdout;
    assert!(shown.contains("Contain") && shown.contains("$ holdfast key rotate {deployment}"), "{shown}");
}
