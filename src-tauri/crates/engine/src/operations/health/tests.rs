use super::*;
use crate::operations::test_support::World;
use crate::service::{begin_maintenance, end_maintenance};
use holdfast_domain::Level;
use holdfast_domain::health::{State, turns, worst};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const CHATS: &str = "CREATE TABLE user(id INTEGER PRIMARY KEY); CREATE TABLE chat(id INTEGER PRIMARY KEY, t);
    INSERT INTO user VALUES (1);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO chat SELECT i, 'x' FROM n;";

fn look_at(world: &World, only: &[&str]) -> Vec<Finding> {
    let only = only.iter().map(|&id| id.to_owned()).collect();
    let request = HealthRequest { only, ..HealthRequest::default() };
    look(&world.context, &world.profile, &request, &Runner::default(), &world.job()).unwrap().findings
}

fn of<'a>(findings: &'a [Finding], id: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check.as_str() == id).unwrap_or_else(|| panic!("no {id} in {findings:#?}"))
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_deployment_is_looked_at_in_one_list_and_kept() {
    let world = World::new();
    world.sql("webui.db", CHATS);
    world.write(".env", "OPENAI_API_KEY=sk-tidal-harbour\n");
    let before = look_at(&world, &[]);
    assert_eq!(of(&before, "backup").state, State::Failing, "no archive yet");
    assert_eq!(of(&before, "database:data/webui.db").state, State::Ok);
    assert!(of(&before, "rows:data/webui.db").seen.contains("nothing to compare"), "{before:#?}");
    world.backup(Level::Full);
    let after = look_at(&world, &[]);
    for id in ["database:data/webui.db", "rows:data/webui.db", "config", "backup", "verified", "clock"] {
        assert_eq!(of(&after, id).state, State::Ok, "{:#?}", of(&after, id));
    }
    assert!(after.windows(2).all(|two| two[0].about <= two[1].about), "in the order in which people read them");
    let turned: Vec<_> = turns(&before, &after).into_iter().map(|turn| turn.check.to_string()).collect();
    assert!(turned.contains(&"backup".to_owned()), "{turned:?}");
    let text = serde_json::to_string(&after).unwrap();
    assert!(!text.contains("tidal"), "a value is shown: {text}");
    let id = &of(&after, "rows:data/webui.db").check;
    let points = trend(&world.context, &world.profile, id, 30).unwrap();
    assert_eq!(points.last().unwrap().number, Some(51.0));
    assert!(of(&after, "rows:data/webui.db").seen.contains("51 in the last archive"));
}

#[test]
fn rows_that_are_gone_since_the_last_archive_stay_told() {
    let world = World::new();
    world.sql("webui.db", CHATS);
    world.backup(Level::Full);
    world.sql("webui.db", "DELETE FROM chat WHERE id > 10");
    for _ in 0..2 {
        let found = look_at(&world, &["rows"]);
        let rows = of(&found, "rows:data/webui.db");
        assert_eq!(rows.state, State::Warning);
        assert!(rows.seen.contains("chat has 10 rows, of 50 in the last archive"), "{rows:?}");
    }
    world.sql("webui.db", "DROP TABLE chat");
    assert_eq!(of(&look_at(&world, &["rows"]), "rows:data/webui.db").state, State::Failing);
}

#[test]
fn a_broken_database_and_a_broken_setting_are_failures() {
    let world = World::new();
    world.sql("webui.db", CHATS);
    world.sql("webui.db", "INSERT INTO chat SELECT id + 1000, hex(randomblob(4000)) FROM chat");
    world.write("config.json", "{\"a\": 1}");
    world.backup(Level::Full);
    assert_eq!(of(&look_at(&world, &["config"]), "config").state, State::Ok);
    world.write("config.json", "{\"a\": 1");
    let path = world.root().join("webui.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end - 8192..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let found = look_at(&world, &["database", "config", "rows"]);
    assert_eq!(of(&found, "config").seen, "config.json is not JSON any more from line 1 on");
    let database = of(&found, "database:data/webui.db");
    assert!(database.state == State::Failing && database.what_to_do.is_some(), "{database:?}");
    assert_eq!(of(&found, "rows:data/webui.db").state, State::Unknown);
    assert_eq!(worst(&found), State::Failing);
    std::fs::remove_file(&path).unwrap();
    let gone = look_at(&world, &["database"]);
    assert!(of(&gone, "database:data/webui.db").seen.ends_with("is not there"), "the archive knows of it: {gone:?}");
    world.backup(Level::Hourly);
    let gone = look_at(&world, &["database"]);
    assert!(of(&gone, "database:data/webui.db").seen.ends_with("is not there"), "no backup settles it: {gone:?}");
}

#[test]
fn what_the_person_writes_goes_before_and_can_switch_off() {
    let mut world = World::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!(
        "[[checks]]\nid = \"memory\"\noff = true\n[[checks]]\nid = \"db\"\nkind = \"tcp\"\nport = {port}\nname = \"Postgres\"\n"
    );
    let table: toml::Table = text.parse().unwrap();
    world.profile.checks = table["checks"].clone().try_into().unwrap();
    world.profile.validate().unwrap();
    let found = look_at(&world, &[]);
    assert!(found.iter().all(|finding| finding.check.as_str() != "memory"));
    assert_eq!((of(&found, "db").name.as_str(), of(&found, "db").state), ("Postgres", State::Ok));
    drop(listener);
    let found = look_at(&world, &["db"]);
    assert_eq!((found.len(), found[0].state), (1, State::Failing));
    let request = HealthRequest { only: vec!["soup".to_owned()], ..HealthRequest::default() };
    let error = look(&world.context, &world.profile, &request, &Runner::default(), &world.job()).unwrap_err();
    assert_eq!((error.code(), error.subject()), (Code::BadRequest, "soup"));
    assert!(error.cause().contains("clock"), "{error}");
}

#[test]
fn a_chatbot_that_is_down_on_purpose_does_not_fail() {
    let mut world = World::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.profile.health_url = Some(format!("http://{free}/"));
    assert_eq!(of(&look_at(&world, &["http"]), "http").state, State::Failing);
    let since = world.context.clock.now();
    let flag = Maintenance { since, until: None, reason: "a disk".to_owned() };
    begin_maintenance(&world.context.home, &world.profile.id, &flag).unwrap();
    let found = look_at(&world, &["http"]);
    assert_eq!(of(&found, "http").state, State::Unknown);
    assert!(of(&found, "http").what_to_do.as_ref().unwrap().contains("on purpose"));
    end_maintenance(&world.context.home, &world.profile.id).unwrap();
    assert_eq!(of(&look_at(&world, &["http"]), "http").state, State::Failing);
}

#[test]
fn rights_are_taken_off_secrets_and_given_back() {
    let world = World::new();
    world.write(".env", "A=1\n");
    for folder in world.root().ancestors().take_while(|folder| folder.starts_with(std::env::temp_dir())) {
        if folder != std::env::temp_dir() {
            chmod(folder, 0o755);
        }
    }
    let path = world.root().join(".env");
    chmod(&path, 0o644);
    assert!(of(&look_at(&world, &["secrets"]), "secrets").fixable);
    let planned = fixes::plan(&world.context, &world.profile).unwrap();
    let told: Vec<_> =
        planned.fixes.iter().map(|fix| (fix.path.clone(), fix.before.as_str(), fix.after.as_str())).collect();
    assert_eq!(told, [(path.clone(), "644", "600")]);
    assert_eq!(fixes::run(&world.context, &planned).unwrap().len(), 1);
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(), 0o600);
    assert_eq!(of(&look_at(&world, &["secrets"]), "secrets").state, State::Ok);
    assert!(fixes::run(&world.context, &planned).unwrap().is_empty(), "it is as it should be");
    assert_eq!(fixes::undo(&world.context, &world.profile).unwrap().len(), 1);
    assert_eq!(mode(), 0o644);
    assert!(fixes::undo(&world.context, &world.profile).unwrap().is_empty());
    // Changed by somebody since, it is theirs.
    fixes::run(&world.context, &fixes::plan(&world.context, &world.profile).unwrap()).unwrap();
    chmod(&path, 0o640);
    assert!(fixes::undo(&world.context, &world.profile).unwrap().is_empty());
    assert_eq!(mode(), 0o640);
}

#[test]
fn a_certificate_is_no_secret_and_its_key_is() {
    let world = World::new();
    let certificate = include_str!("../../health/certificate.pem");
    world.write("tls/fullchain.pem", certificate);
    world.write("tls/both.pem", format!("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n{certificate}"));
    world.write("tls/privkey.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n");
    let found = find(&world.context, &world.profile).unwrap().unwrap();
    let names = |of: &std::collections::BTreeSet<std::path::PathBuf>| -> Vec<String> {
        of.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&found.certificates), ["both.pem", "fullchain.pem"]);
    assert_eq!(names(&found.secrets), ["both.pem", "privkey.pem"]);
    let seen = look_at(&world, &["certificate"]);
    assert_eq!(seen[0].state, State::Failing, "it is 2100: {seen:?}");
}

#[test]
fn a_disk_that_fills_up_is_foretold() {
    use holdfast_domain::health::{CheckId, Unit, Value};
    let world = World::new();
    let id = CheckId::of("disk", "/made/up");
    let template = look_at(&world, &["clock"]).remove(0);
    let catalog = world.catalog();
    for day in 0..5 {
        let at = world.context.clock.now() - jiff::SignedDuration::from_hours(24 * (5 - day));
        let value = Some(Value { number: 60.0 + 6.0 * day as f64, unit: Unit::Percent });
        let finding = Finding { check: id.clone(), value, ..template.clone() };
        catalog.health().insert(&world.profile.id, at, "", &[finding]).unwrap();
    }
    let full = history::full_on(&world.context, &catalog, &world.profile, &id).unwrap();
    assert_eq!(full.as_deref(), Some("2100-03-03"));
}
