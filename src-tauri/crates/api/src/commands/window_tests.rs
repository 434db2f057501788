//! What a window asks, on a small deployment.
use super::tests::World;
use crate::{
    ActKind, BrowseArgs, BrowseEntry, Code, Compare, DayState, DeleteArgs, EntryChange, Keys, LineSide, PinArgs,
    RestoreArgs, SafetyState, SearchArgs, SettingsArgs, StorageArgs, TextArgs, TextKind,
};
use holdfast_domain::{ArchiveName, Class, Level, Outcome};
use std::fs;

fn browse(archive: &str, path: &str, compare: Option<Compare>) -> BrowseArgs {
    BrowseArgs { deployment: None, archive: archive.to_owned(), path: path.to_owned(), offset: 0, limit: 100, compare }
}

fn said(entries: &[BrowseEntry]) -> Vec<(&str, u64, u64, Option<EntryChange>, u64)> {
    entries.iter().map(|e| (e.name.as_str(), e.files, e.bytes, e.change, e.changed)).collect()
}

#[test]
fn an_archive_is_looked_through_level_by_level_and_compared() {
    let world = World::new();
    fs::create_dir(world.data().join("sub")).unwrap();
    fs::write(world.data().join("sub/c.txt"), "three").unwrap();
    let first = world.backup(None).archive;
    let top = world.service.browse(&browse("latest", "", None)).unwrap();
    assert_eq!((top.total, said(&top.entries)), (1, vec![("data", 3, 11, None, 0)]));
    fs::write(world.data().join("a.txt"), "changed").unwrap();
    fs::remove_file(world.data().join("b.txt")).unwrap();
    fs::write(world.data().join("d.txt"), "new").unwrap();
    let now = world.service.browse(&browse("latest", "data", Some(Compare::Now))).unwrap();
    let marked = vec![
        ("sub", 1, 5, None, 0),
        ("a.txt", 1, 3, Some(EntryChange::Changed), 0),
        ("b.txt", 1, 3, Some(EntryChange::Gone), 0),
        ("d.txt", 1, 3, Some(EntryChange::New), 0),
    ];
    assert_eq!(said(&now.entries), marked);
    let second = world.backup(Some(Level::Full)).archive;
    let beside = Some(Compare::Archive { archive: second });
    let other = world.service.browse(&browse(first.as_str(), "data", beside)).unwrap();
    assert_eq!(said(&other.entries), marked);
    assert_eq!((other.path.as_str(), other.entries[1].entry.path.as_str()), ("data", "data/a.txt"));
    let page = BrowseArgs { offset: 1, limit: 1, ..browse(first.as_str(), "data", None) };
    let page = world.service.browse(&page).unwrap();
    assert_eq!((page.total, said(&page.entries)), (3, vec![("a.txt", 1, 3, None, 0)]));
    let absent = world.service.browse(&browse("latest", "data/x", None)).unwrap_err();
    assert_eq!(absent.code, Code::NothingToRestore);
    let json = serde_json::to_value(&other.entries[0]).unwrap();
    assert_eq!((&json["kind"], &json["change"]), (&"folder".into(), &serde_json::Value::Null));

    let search = SearchArgs { deployment: None, archive: "latest".to_owned(), pattern: ".txt".to_owned(), limit: 2 };
    let found = world.service.search_archive(&search).unwrap();
    assert_eq!((found.entries.len(), found.more), (2, true));
}

#[test]
fn a_text_is_shown_with_its_secrets_covered_and_compared_line_by_line() {
    let world = World::new();
    fs::write(world.data().join(".env"), "PORT=1\nAPI_KEY=hush-old\n").unwrap();
    fs::write(world.data().join("x.bin"), [0, 1, 2]).unwrap();
    let first = world.backup(None).archive;
    let text = |archive: &str, path: &str, compare| {
        let args = TextArgs {
            deployment: None,
            archive: archive.to_owned(),
            path: path.to_owned(),
            compare,
            limit_bytes: 1000,
            keys: Keys::default(),
        };
        world.service.preview_text(&args)
    };
    let plain = text("latest", "data/.env", None).unwrap();
    let lines: Vec<&str> = plain.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!((plain.masked, lines), (true, vec!["PORT=1", "API_KEY=••••••••"]));
    fs::write(world.data().join(".env"), "PORT=2\nAPI_KEY=hush-new\n").unwrap();
    let now = text("latest", "data/.env", Some(Compare::Now)).unwrap();
    assert!(!format!("{now:?}").contains("hush"), "{now:?}");
    let sides: Vec<LineSide> = now.lines.iter().map(|line| line.side).collect();
    assert_eq!(sides, [LineSide::Other, LineSide::Other, LineSide::Here, LineSide::Here]);
    assert!(now.other_modified.is_some());
    world.backup(Some(Level::Full));
    let beside = text("latest", "data/.env", Some(Compare::Archive { archive: first })).unwrap();
    assert_eq!(beside.lines.len(), 4);
    assert_eq!(text("latest", "data/x.bin", None).unwrap().kind, TextKind::Binary);
    fs::remove_file(world.data().join("a.txt")).unwrap();
    let gone = text("latest", "data/a.txt", Some(Compare::Now)).unwrap();
    assert_eq!((gone.other_modified, gone.lines[0].side), (None, LineSide::Here));
    let cut = TextArgs {
        deployment: None,
        archive: "latest".to_owned(),
        path: "data/.env".to_owned(),
        compare: None,
        limit_bytes: 4,
        keys: Keys::default(),
    };
    let cut = world.service.preview_text(&cut).unwrap();
    assert_eq!((cut.truncated, cut.lines[0].text.as_str()), (true, "PORT"));
    assert_eq!(text("latest", "data", None).unwrap_err().code, Code::BadRequest);
}

#[test]
fn an_overview_says_what_is_there_and_what_needs_the_person() {
    let world = World::new();
    let empty = world.service.overview(None).unwrap();
    assert_eq!((empty.state, empty.archives, empty.last), (SafetyState::AtRisk, 0, None));
    assert_eq!(empty.matters[0].act.as_ref().map(|act| act.act), Some(ActKind::FullBackup));
    assert_eq!(empty.matters[0].state, SafetyState::AtRisk);
    world.backup(None);
    let calm = world.service.overview(None).unwrap();
    assert_eq!((calm.state, calm.matters.len()), (SafetyState::Protected, 0));
    assert_eq!(calm.points.iter().map(|point| point.class).collect::<Vec<_>>(), [Class::Files]);
    assert_eq!((calm.points[0].at, calm.points[0].target_seconds), (calm.restorable_as_of, 3600));
    assert!(calm.next.is_some() && calm.places[0].this_computer && calm.places[0].disk_bytes.is_some());
    assert_eq!(calm.last.map(|last| (last.level, last.outcome)), Some((Level::Full, Outcome::Done)));
    assert!(calm.proven.is_none());
    fs::remove_file(world.data().join("a.txt")).unwrap();
    let planned = world.service.plan_restore(&World::restore(None), &world.job).unwrap();
    world.service.restore(planned, &world.job).unwrap();
    let proven = world.service.overview(None).unwrap().proven.unwrap();
    assert!(proven.checks > 0 && proven.checks_ok == proven.checks, "{proven:?}");
    fs::rename(world.data(), world.folder().join("moved")).unwrap();
    let missing = world.service.overview(None).unwrap();
    assert_eq!((missing.state, missing.matters[0].id.as_str()), (SafetyState::AtRisk, "root-missing"));

    let history = world.service.history(None).unwrap().days;
    assert_eq!((history.len(), history[364].state, history[364].made), (365, DayState::Full, 1));
    assert_eq!(history[0].state, DayState::None);
    let storage = world.service.storage(&StorageArgs { deployment: None, destination: None }).unwrap();
    assert!(storage.disk_bytes > storage.used_bytes && !storage.used.is_empty(), "{storage:?}");
    assert_eq!(storage.full_at, None);
}

#[test]
fn settings_are_checked_field_by_field_and_written_whole() {
    let world = World::new();
    world.backup(None);
    let read = world.service.settings(None, &world.job).unwrap();
    assert_eq!(read.components[0].files, 2);
    let mut wrong = read.settings.clone();
    wrong.schedule.daily_at = "25:00".to_owned();
    wrong.exclude = vec!["tmp/".to_owned(), "a[b".to_owned()];
    wrong.health_url = Some("ftp://x".to_owned());
    wrong.roots[0].path = world.folder().join("absent");
    let args = |settings| SettingsArgs { deployment: None, settings };
    let check = world.service.check_settings(&args(wrong.clone())).unwrap();
    let fields: Vec<&str> = check.problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["schedule.daily_at", "exclude.1", "health_url", "roots.0"]);
    assert_eq!(world.service.write_settings(&args(wrong), &world.job).unwrap_err().code, Code::BadSettings);
    assert_eq!(world.service.settings(None, &world.job).unwrap().settings, read.settings);

    let mut right = read.settings.clone();
    right.schedule.hourly_minutes = 15;
    right.exclude = vec!["b.txt".to_owned()];
    right.notes = "Call Mara.".to_owned();
    let check = world.service.check_settings(&args(right.clone())).unwrap();
    assert!(check.problems.is_empty() && check.consequences.archives > 20, "{check:?}");
    assert!(check.consequences.sentence.contains("15 min can be lost"), "{check:?}");
    assert_eq!(check.consequences.may_lose.iter().map(|it| it.seconds).collect::<Vec<_>>(), [900]);
    let written = world.service.write_settings(&args(right.clone()), &world.job).unwrap();
    assert_eq!((written.settings, written.components[0].files), (right.clone(), 1));
    assert_eq!(written.left_out.len(), 1);
    right.deployment = "other".to_owned();
    let args = SettingsArgs { deployment: Some("bot".to_owned()), settings: right };
    assert_eq!(world.service.check_settings(&args).unwrap().problems[0].field, "deployment");
}

#[test]
fn an_archive_is_pinned_and_deleted_as_the_person_says() {
    let world = World::new();
    let first = world.backup(None).archive;
    let pin = |archive: &ArchiveName, pinned| PinArgs { deployment: None, archive: archive.to_string(), pinned };
    let delete = |archive: &ArchiveName| DeleteArgs { deployment: None, archive: archive.to_string(), force: false };
    let last = world.service.plan_delete(&delete(&first)).unwrap();
    assert!(last.preview.refused.is_some());
    let refused = world.service.delete_archive(last, &world.job).unwrap_err();
    assert_eq!(refused.title, "It is the last good archive.");
    fs::write(world.data().join("a.txt"), "changed").unwrap();
    let second = world.backup(Some(Level::Full)).archive;
    world.service.pin(&pin(&first, true)).unwrap();
    assert!(world.service.archives(None).unwrap().archives.iter().any(|archive| archive.pinned));
    assert!(world.service.plan_delete(&delete(&first)).unwrap().preview.refused.is_some());
    world.service.pin(&pin(&first, false)).unwrap();
    let planned = world.service.plan_delete(&delete(&first)).unwrap();
    assert!(world.service.plan_prune(None, &world.job).is_ok(), "what is only shown holds no lock");
    let answer = world.service.delete_archive(planned, &world.job).unwrap();
    assert_eq!((answer.outcome, answer.removed), (Outcome::Done, vec![first]));
    let left = world.service.archives(None).unwrap().archives;
    assert_eq!(left.iter().map(|archive| &archive.name).collect::<Vec<_>>(), [&second]);
}

#[test]
fn other_groups_of_a_kit_are_asked_for_each_time() {
    let world = World::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let asked = world.service.kit_groups(None).unwrap();
        assert!(asked.groups.len() == 2 && asked.groups[0] < asked.groups[1]);
        assert!(asked.groups.iter().all(|group| (1..=asked.count).contains(group)));
        seen.extend(asked.groups);
    }
    assert!(seen.len() > 5, "{seen:?}");
    assert!(world.service.drives().is_ok());
}

#[test]
fn what_was_unticked_stays_as_it_is() {
    let world = World::new();
    world.backup(None);
    fs::write(world.data().join("a.txt"), "now").unwrap();
    fs::write(world.data().join("b.txt"), "now").unwrap();
    // As the window sends it, and as a person types it: a path on this machine.
    let args: RestoreArgs = serde_json::from_value(serde_json::json!({
        "deployment": null, "at": "latest", "components": [], "paths": [], "except": [world.data().join("b.txt")], "into": null,
        "emergency": false, "keys": { "passphrase": null, "identity": null, "accept_unverified": false }
    }))
    .unwrap();
    let planned = world.service.plan_restore(&args, &world.job).unwrap();
    assert_eq!((planned.preview.replaced.files, planned.preview.kept.files), (1, 1));
    world.service.restore(planned, &world.job).unwrap();
    let now = ["a.txt", "b.txt"].map(|name| fs::read_to_string(world.data().join(name)).unwrap());
    assert_eq!(now, ["one", "now"]);
}
