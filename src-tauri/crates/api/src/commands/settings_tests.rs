//! What the window's settings ask beside reading and writing them.
use super::tests::{Hand, World, service};
use crate::words::window::InWindow;
use crate::{AddCloudArgs, CheckState, CloudKey, Code, SettingsArgs};
use holdfast_domain::Level;
use holdfast_engine::store::cloud::CloudSettings;
use holdfast_engine::vault::NoKeyring;
use holdfast_test_cloud::{ACCESS_KEY, BUCKET, Proxy, SECRET_KEY, Service};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn args(settings: crate::Settings) -> SettingsArgs {
    SettingsArgs { deployment: None, settings }
}

#[test]
fn each_pattern_says_what_it_leaves_out_and_each_root_what_it_holds() {
    let world = World::new();
    fs::create_dir(world.data().join("tmp")).unwrap();
    fs::write(world.data().join("tmp/chat.db"), "12345").unwrap();
    fs::write(world.data().join("tmp/x.txt"), "1").unwrap();
    let read = world.service.settings(None, &world.job).unwrap();
    assert_eq!((read.roots[0].path.clone(), read.roots[0].there), (world.data(), true));
    assert_eq!((read.roots[0].files, read.roots[0].bytes), (4, 12));

    let mut typed = read.settings.clone();
    typed.exclude = vec!["tmp/".to_owned(), String::new(), "a[b".to_owned(), "a.txt".to_owned(), "none".to_owned()];
    // Another field that is wrong takes nothing away from what patterns say.
    typed.schedule.daily_at = "25:00".to_owned();
    let check = world.service.check_settings(&args(typed.clone())).unwrap();
    let fields: Vec<&str> = check.problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["schedule.daily_at", "exclude.2"], "a line that says nothing yet is no problem");
    let effects: Vec<(&str, u64, u64)> =
        check.excludes.iter().map(|effect| (effect.pattern.as_str(), effect.files, effect.bytes)).collect();
    assert_eq!(effects, [("tmp/", 2, 6), ("", 0, 0), ("a[b", 0, 0), ("a.txt", 1, 3), ("none", 0, 0)]);
    assert_eq!(check.excludes[0].examples, [world.data().join("tmp/chat.db"), world.data().join("tmp")]);
    assert!(check.excludes.iter().all(|effect| !effect.at_least));

    // Asked again within the half minute, nothing is walked again; other patterns are.
    fs::remove_file(world.data().join("tmp/x.txt")).unwrap();
    typed.exclude[2] = "a[bc".to_owned();
    let again = world.service.check_settings(&args(typed.clone())).unwrap();
    assert_eq!((again.excludes[0].files, again.excludes[2].pattern.as_str()), (2, "a[bc"));
    typed.exclude.pop();
    assert_eq!(world.service.check_settings(&args(typed.clone())).unwrap().excludes[0].files, 1);

    typed.exclude = vec![" ".to_owned(), "tmp/ ".to_owned()];
    typed.schedule.daily_at = "02:00".to_owned();
    // As the page ticks it, and as it stands there already.
    typed.include_recreatable = vec![world.data().join("cache").display().to_string(), "*.gguf".to_owned()];
    let written = world.service.write_settings(&args(typed), &world.job).unwrap();
    assert_eq!(written.settings.exclude, ["tmp/"]);
    assert_eq!(written.settings.include_recreatable, ["/cache", "*.gguf"]);
    assert_eq!((written.roots[0].files, written.roots[0].bytes), (2, 6));
    fs::rename(world.data(), world.folder().join("moved")).unwrap();
    let gone = world.service.settings(None, &world.job).unwrap();
    assert_eq!((gone.roots[0].there, gone.roots[0].files), (false, 0));
}

#[test]
fn settings_that_leave_nothing_are_not_written_and_what_would_be_missed_is_decided() {
    let world = World::new();
    fs::write(world.data().join("chat.db"), "12345").unwrap();
    let mut typed = world.service.settings(None, &world.job).unwrap().settings;
    typed.exclude = vec!["*".to_owned()];
    let check = world.service.check_settings(&args(typed.clone())).unwrap();
    assert_eq!((check.problems[0].field.as_str(), check.decide), ("exclude.0", false));
    assert_eq!(check.problems[0].note.title, "Nothing would be protected.");
    assert_eq!(world.service.write_settings(&args(typed.clone()), &world.job).unwrap_err().code, Code::BadSettings);

    typed.exclude = vec!["*.db".to_owned()];
    let check = world.service.check_settings(&args(typed.clone())).unwrap();
    assert!(check.problems.is_empty() && check.decide, "{check:?}");
    assert!(check.warnings[0].note.title.starts_with("chat.db, "), "{check:?}");
    world.service.write_settings(&args(typed.clone()), &world.job).unwrap();
    typed.notes = "x".to_owned();
    let again = world.service.check_settings(&args(typed)).unwrap();
    assert!(again.warnings.len() == 1 && !again.decide, "what was decided is not asked again");
}

#[test]
fn stricter_rules_say_what_the_next_clean_up_would_take() {
    const DAY: u64 = 24 * 3600;
    let clock = Arc::new(Hand::default());
    let world = World::at(clock.clone());
    let first = world.backup(Some(Level::Full));
    clock.pass(2 * DAY);
    fs::write(world.data().join("a.txt"), "changed").unwrap();
    world.backup(Some(Level::Full));
    clock.pass(DAY);
    let removes = |settings: &crate::Settings| {
        let check = world.service.check_settings(&args(settings.clone())).unwrap();
        assert!(check.problems.is_empty(), "{check:?}");
        (check.consequences.removes.archives, check.consequences.removes.bytes)
    };
    let mut typed = world.service.settings(None, &world.job).unwrap().settings;
    assert_eq!(removes(&typed), (0, 0));
    typed.notes = "x".to_owned();
    typed.retention = crate::RetentionPolicy { hourly: 0, daily: 0, weekly: 0, monthly: 0, manual_days: 0 };
    assert_eq!(removes(&typed), (1, first.stored_bytes));
    // As it is saved, it is no change any more; a clean-up takes what was said.
    world.service.write_settings(&args(typed.clone()), &world.job).unwrap();
    assert_eq!(removes(&typed), (0, 0));
    let planned = world.service.plan_prune(None, &world.job).unwrap();
    assert_eq!(world.service.prune(planned, &world.job).unwrap().removed.len(), 1);
}

#[test]
fn a_report_holds_no_secret_name_path_or_address() {
    let world = World::new();
    fs::write(world.data().join("private-diary.txt"), "x").unwrap();
    fs::write(world.data().join(".env"), "API_KEY=tide-harbour-secret").unwrap();
    let mut typed = world.service.settings(None, &world.job).unwrap().settings;
    typed.notes = "Call Mara at +49 151 000".to_owned();
    typed.exclude = vec!["secret-plans/".to_owned()];
    typed.health_url = Some("http://user:tide@192.168.7.9:8080/health".to_owned());
    world.service.write_settings(&args(typed), &world.job).unwrap();
    world.backup(None);
    // Some that fail, whose words are full of names.
    let key = world.folder().join("home").join("keys");
    let key = fs::read_dir(key).unwrap().next().unwrap().unwrap().path().join("recovery-key.age");
    fs::remove_file(key).unwrap();
    fs::rename(world.data(), world.folder().join("moved")).unwrap();
    fs::write(world.folder().join("home/deployments/private-name.toml"), "token = \"tide-harbour\"\nx").unwrap();
    let doctor = world.service.doctor().unwrap();
    assert!(doctor.checks.iter().any(|check| check.state == CheckState::Failing && check.seen.contains("data")));

    let text = world.service.diagnostics(Some(false)).unwrap().text;
    let folder = world.folder().to_string_lossy().into_owned();
    for planted in [
        &folder,
        "private",
        "tide",
        "API_KEY",
        "Mara",
        "+49",
        "secret-plans",
        "192.168",
        "8080",
        "a.txt",
        "harbour",
        "age1",
        "/",
        "://",
        "@",
        "bot",
    ] {
        // The chatbot of a preset is the one word that may have it.
        let text = text.replace("chatbot", "");
        assert!(!text.contains(planted), "{planted} in:\n{text}");
    }
    for said in [
        "Holdfast ",
        "keyring: can be used",
        "tray: not there",
        "archives: 1 (1 full",
        "root-missing",
        "place 1: folder",
    ] {
        assert!(text.contains(said), "no {said} in:\n{text}");
    }
}

fn cloud(secret: &str) -> AddCloudArgs {
    AddCloudArgs {
        deployment: None,
        name: None,
        // Nobody answers at this port.
        service: CloudSettings { endpoint: Some("http://127.0.0.1:9".to_owned()), ..CloudSettings::new("s3://bucket") },
        typed: Some(CloudKey { id: "AKIA".to_owned(), secret: secret.to_owned().into() }),
    }
}

#[test]
fn a_key_that_was_typed_goes_into_the_keyring_or_nowhere() {
    let world = World::new();
    let home = world.folder().join("home");
    let bare = service(&home, Arc::new(NoKeyring));
    let failure = bare.add_cloud_as_typed(cloud("tide-harbour")).unwrap_err();
    assert_eq!(failure.code, Code::KeyringUnavailable);
    assert!(failure.title.contains("kept nowhere else") && failure.next_step.contains("a file"), "{failure:?}");
    let said = serde_json::to_value(InWindow(&failure)).unwrap();
    assert_eq!(said["next_step"], failure.next_step.as_str(), "there is nothing to type in it");
    assert!(bare.destinations(None).unwrap().destinations.len() == 1);

    let empty = world.service.add_cloud_as_typed(cloud(" ")).unwrap_err();
    assert_eq!(empty.code, Code::AccessRefused);
    let args: AddCloudArgs = serde_json::from_str(
        r#"{"deployment":null,"name":null,"typed":{"id":"AKIA","secret":"tide-harbour"},
            "service":{"url":"s3://bucket/x","endpoint":"https://s3.example.org","region":"eu-1","read_back":true,"credentials":"keyring"}}"#,
    )
    .unwrap();
    assert!(!format!("{args:?}").contains("tide"), "{args:?}");
}

/// All that lies below a folder, joined.
fn all_bytes(folder: &Path) -> Vec<u8> {
    let items = fs::read_dir(folder).unwrap().map(|item| item.unwrap().path());
    items.flat_map(|path| if path.is_dir() { all_bytes(&path) } else { fs::read(path).unwrap_or_default() }).collect()
}

#[test]
fn a_typed_key_opens_the_cloud_and_is_in_no_file() {
    let world = World::new();
    world.backup(None);
    let cloud = Service::start();
    let proxy = Proxy::before(cloud.address());
    let args = |secret: &str| AddCloudArgs {
        deployment: None,
        name: Some("away".to_owned()),
        service: CloudSettings {
            endpoint: Some(proxy.endpoint()),
            ..CloudSettings::new(format!("s3://{BUCKET}/mine"))
        },
        typed: Some(CloudKey { id: ACCESS_KEY.to_owned(), secret: secret.to_owned().into() }),
    };
    let refused = world.service.add_cloud_as_typed(args("tide-harbour")).unwrap_err();
    assert_eq!(refused.code, Code::AccessRefused);
    assert_eq!(world.service.destinations(None).unwrap().destinations.len(), 1);
    let added = world.service.add_cloud_as_typed(args(SECRET_KEY)).unwrap();
    assert_eq!((added.destination.kind, added.destination.name.as_str()), ("cloud", "away"));
    // It is asked for no more: the keyring gives it.
    let standing = &world.service.destinations(None).unwrap().destinations[1];
    assert!(standing.there, "{standing:?}");
    let written = all_bytes(&world.folder().join("home"));
    let holds = |text: &str| written.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(BUCKET) && !holds(SECRET_KEY) && !holds("tide-harbour"));
}
