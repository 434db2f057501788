//! Whether the chatbot is well, and stopping and starting it: the real programs, a real server, real damage.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Server, World, args, run_for, sample};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Adds to the settings, and gives them another health address.
fn settings(world: &World, url: &str, more: &str) {
    let text = fs::read_to_string(world.settings()).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("health_url")).collect();
    let text = lines.join("\n").replacen("preset = ", &format!("health_url = \"{url}\"\npreset = "), 1);
    fs::write(world.settings(), format!("{text}\n{more}\n")).unwrap();
}

#[track_caller]
fn check<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id} in {answer:#}"))
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

const CHECKS: [&str; 9] =
    ["health", "--check", "http", "--check", "running", "--check", "database", "--check", "config"];

#[test]
fn a_chatbot_is_well_until_it_is_gone_and_its_database_broken_while_it_answers() {
    let world = World::with_sample(6_000_000);
    let server = Server::start(&world, &world.bot(), 0, None);
    settings(&world, &format!("http://127.0.0.1:{}/health", server.port()), "");
    let well = world.json(CHECKS).done();
    assert_eq!((&well["state"], &check(&well, "http")["state"]), (&"ok".into(), &"ok".into()), "{well:#}");
    assert!(check(&well, "running")["seen"].as_str().unwrap().contains("holdfast-sample"), "{well:#}");
    assert!(check(&well, "http")["value"]["unit"] == "milliseconds");

    // Its address goes on answering: only who reads the database sees it.
    let database = world.bot().join("data/webui.db");
    let before = fs::read(&database).unwrap();
    let mut bytes = before.clone();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 3 * 4096].fill(0xa5);
    let mut file = fs::OpenOptions::new().write(true).open(&database).unwrap();
    file.write_all(&bytes).unwrap();
    let broken = world.json(CHECKS).problems();
    assert_eq!(check(&broken, "http")["state"], "ok");
    let told = check(&broken, "database:bot/data/webui.db");
    assert_eq!(told["state"], "failing", "{told:#}");
    assert!(told["next_step"].as_str().unwrap().contains("restore"), "{told:#}");
    assert!(
        broken["turns"].as_array().unwrap().iter().any(|turn| turn["before"] == "ok" && turn["after"] == "failing")
    );
    let words = world.run(CHECKS).expect(3);
    assert!(words.stdout.contains("FAILING  webui.db"), "{words}");
    fs::write(&database, before).unwrap();

    server.stop();
    let gone = world.json(CHECKS).problems();
    assert!(check(&gone, "http")["seen"].as_str().unwrap().starts_with("nothing listens at"), "{gone:#}");
    let trend = world.json(["health", "--check", "http", "--trend", "1"]).done();
    let states: Vec<&str> = trend["points"].as_array().unwrap().iter().map(|p| p["state"].as_str().unwrap()).collect();
    assert_eq!(states.last(), Some(&"failing"));
    assert!(states.contains(&"ok"), "{trend:#}");
}

#[test]
fn what_cannot_be_asked_is_refused_with_the_field() {
    let world = World::small();
    world.refused(["health", "--check", "soup"], 2, "bad-request");
    settings(&world, "http://127.0.0.1:1/", "[[checks]]\nid = \"site\"\nkind = \"http\"\nurl = \"ftp://x\"");
    let refused = world.refused(["health"], 1, "bad-settings");
    assert!(refused["error"]["cause"].as_str().unwrap().contains("checks.site.url"), "{refused:#}");
}

#[test]
fn a_watch_tells_what_changed_and_ends_when_it_is_told_to() {
    let world = World::small();
    settings(&world, &format!("http://127.0.0.1:{}/", free_port()), "");
    let mut command = world.command();
    command.args(["health", "--watch", "1", "--check", "config"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    fs::write(world.bot().join("config.json"), "{").unwrap();
    let begun = Instant::now();
    let catalog = || rusqlite::Connection::open(world.catalog()).unwrap();
    let failing = || -> i64 {
        let query = "SELECT count(*) FROM health WHERE check_id = 'config' AND state = 'failing'";
        catalog().query_row(query, [], |row| row.get(0)).unwrap_or(0)
    };
    while failing() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the watch saw nothing");
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(Duration::from_millis(300));
    std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let status = child.wait().unwrap();
    let mut out = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut out).unwrap();
    assert_eq!(status.code(), Some(3), "{out}");
    assert_eq!(out.matches("Configuration files").count(), 2, "the first look, and the change:\n{out}");
    assert!(out.contains("ok -> FAILING: config.json is not JSON any more"), "{out}");
}

#[test]
fn it_is_stopped_and_started_with_proof_and_is_under_maintenance_meanwhile() {
    let world = World::with_sample(6_000_000);
    let port = free_port();
    let service = format!(
        "[[service]]\nname = \"app\"\nkind = \"command\"\nstart = [\"{}\", \"serve\", \"{}\", \"--port\", \"{port}\", \"--seconds\", \"120\"]\nstop_seconds = 20\n",
        sample().display(),
        world.bot().display()
    );
    settings(&world, &format!("http://127.0.0.1:{port}/health"), &service);
    let planned = world.json(["service", "start", "--dry-run"]).done();
    assert!(planned["steps"][0]["command"].as_str().unwrap().contains(" serve "), "{planned:#}");
    assert_eq!(planned["steps"][0]["state"], "down");
    world.refused(["service", "start"], 2, "bad-request");
    let started =
        run_for(world.command().args(["--json", "service", "start", "--yes"]), Duration::from_secs(90)).done();
    assert!(started["proof"].as_array().unwrap().iter().all(|proof| proof["holds"] == true), "{started:#}");
    assert_eq!(world.json(["health", "--check", "http"]).done()["state"], "ok");
    let stopped = world.json(["service", "stop", "--yes"]).done();
    assert_eq!(stopped["done"][0]["how"], "it ended", "{stopped:#}");
    let health = world.json(["health", "--check", "http"]).done();
    assert_eq!(check(&health, "http")["state"], "unknown", "it is down on purpose: {health:#}");
    assert!(health["maintenance"]["reason"].is_string());
    let status = world.run(["service", "status"]).expect(0);
    assert!(status.stdout.contains("Under maintenance") && status.stdout.contains("down"), "{status}");

    // A program that nobody named goes on writing: the stop is not proven, and says who it is.
    let other = Server::start(&world, &world.bot(), 5, None);
    let refused = world.json(["service", "stop", "--yes"]).failed(1, "still-running");
    assert!(refused["error"]["subject"].as_str().unwrap().contains("holdfast-sample"), "{refused:#}");
    other.stop();
}

#[test]
fn a_restore_in_place_tells_what_it_did_to_health() {
    let world = World::small();
    settings(&world, &format!("http://127.0.0.1:{}/", free_port()), "");
    world.backup("full");
    let config = world.bot().join("config.json");
    fs::write(&config, "{\"a\": ").unwrap();
    let restored = world.keyed(args!["restore", "--path", &config, "--yes"]).done();
    let turns = restored["health"]["turns"].as_array().unwrap();
    assert!(turns.iter().any(|turn| turn["check"] == "config" && turn["after"] == "ok"), "{restored:#}");
    assert!(restored["health"]["said"].is_string(), "{restored:#}");
    world.assert_no_litter();
}

#[test]
fn rights_on_secrets_are_put_right_and_given_back() {
    let world = World::small();
    let secret = world.bot().join(".env");
    fs::write(&secret, "OPENAI_API_KEY=sk-tidal-harbour\n").unwrap();
    let chmod = |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    chmod(world.path(), 0o755);
    chmod(&world.bot(), 0o755);
    chmod(&secret, 0o644);
    let seen = world.json(["health", "--check", "secrets"]).problems();
    assert_eq!(check(&seen, "secrets")["fixable"], true, "{seen:#}");
    world.refused(["health", "--fix"], 2, "bad-request");
    let fixed = world.json(["health", "--fix", "--yes"]).done();
    assert_eq!(fixed["changed"][0]["after"], "600", "{fixed:#}");
    world.json(["health", "--check", "secrets"]).done();
    assert_eq!(world.json(["health", "--undo-fix"]).done()["changed"][0]["after"], "644");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o644);
}
