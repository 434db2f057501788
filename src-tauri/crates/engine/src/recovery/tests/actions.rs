//! The actions with real archives, real databases, and a real restore.
use super::*;
use holdfast_domain::runbook::StepResult;
use holdfast_domain::{Code, Kind, Level};
use std::fs;

const CORRUPTION: &str = r#"
[[step]]
id = "check"
phase = "detect"
kind = "action"
title = "Check"
action = "check-data"
[[step]]
id = "save"
phase = "contain"
kind = "action"
title = "Save"
action = "backup"
with = { pin = true }
[[step]]
id = "find"
phase = "recover"
kind = "action"
title = "Find"
action = "find-last-good"
[[step]]
id = "compare"
phase = "recover"
kind = "action"
title = "Compare"
action = "compare-records"
with = { of = "find" }
[[step]]
id = "preview"
phase = "recover"
kind = "action"
title = "Preview"
action = "preview-restore"
with = { of = "find" }
[[step]]
id = "restore"
phase = "recover"
kind = "action"
title = "Restore"
action = "restore"
with = { of = "find" }
[[step]]
id = "again"
phase = "verify"
kind = "action"
title = "Check"
action = "check-data"
[[step]]
id = "undo"
phase = "verify"
kind = "action"
title = "Undo"
action = "undo-restore"
"#;

fn chatbot() -> World {
    let world = World::new();
    world.sql("chat.db", "CREATE TABLE chat (id INTEGER PRIMARY KEY, text TEXT, created_at TEXT)");
    for number in 0..50 {
        world.sql("chat.db", &format!("INSERT INTO chat VALUES (NULL, '{}', '2100-03-01')", "x".repeat(500 + number)));
    }
    world.write("other.txt", "not concerned");
    world.backup_as(Level::Full, Kind::Scheduled);
    world.advance_hours(1);
    world.sql("chat.db", "INSERT INTO chat VALUES (NULL, 'newest', '2100-03-02')");
    world.backup_as(Level::Hourly, Kind::Scheduled);
    world.advance_hours(1);
    world
}

fn spoil(world: &World) {
    let path = world.root().join("chat.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
}

#[test]
fn damage_is_found_preserved_and_undone_by_a_restore_of_that_part_alone() {
    let world = chatbot();
    spoil(&world);
    world.write("other.txt", "written after the archive");
    let spoilt = fs::read(world.root().join("chat.db")).unwrap();
    let mut incident = begin(&world, &book_of(CORRUPTION));
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "check").result, StepResult::Failing);
    go_on(&world, &mut incident).unwrap();
    let saved = told(&incident, "save").told.value.unwrap();
    assert!(world.catalog().archives().by_name(None, &saved).unwrap().pinned);
    go_on(&world, &mut incident).unwrap();
    let found = told(&incident, "find");
    assert_eq!(found.result, StepResult::Done, "{found:#?}");
    assert_eq!(found.told.picks.len(), 1);
    assert_eq!(found.told.picks[0].paths, ["data/chat.db"]);
    go_on(&world, &mut incident).unwrap();
    let compared = told(&incident, "compare").told.lines.join("\n");
    assert!(compared.contains("there 51 records, latest 2100-03-02"), "{compared}");
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "preview").result, StepResult::Done);
    go_on(&world, &mut incident).unwrap();
    let restored = told(&incident, "restore");
    assert_eq!(restored.result, StepResult::Done, "{restored:#?}");
    assert!(restored.told.restored_to.is_some() && restored.told.restore.is_some());
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "again").result, StepResult::Ok);
    assert_eq!(fs::read_to_string(world.root().join("other.txt")).unwrap(), "written after the archive");
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "undo").result, StepResult::Done);
    assert_eq!(fs::read(world.root().join("chat.db")).unwrap(), spoilt);
}

/// The journal as it was before the last record: killed between the work and its note.
fn forget_end(incident: &Incident) {
    let path = incident.folder.join("journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let end = text.trim_end().rfind('\n').unwrap() + 1;
    assert!(text[end..].contains("\"ended\""), "{}", &text[end..]);
    fs::write(&path, &text[..end]).unwrap();
}

#[test]
fn a_kill_after_the_work_does_nothing_twice() {
    let world = chatbot();
    spoil(&world);
    let count = |kind: Kind| {
        let rows = world.catalog().archives().list(Some(&world.profile.id)).unwrap();
        rows.iter().filter(|row| row.kind == kind).count()
    };
    let restores = || fs::read_dir(world.context.home.restores()).map_or(0, Iterator::count);
    let mut incident = begin(&world, &book_of(CORRUPTION));
    let mut seen = Vec::new();
    while let Ok(standing) = incident.standing(world.context.clock.now())
        && let Some(current) = standing.current
        && matches!(incident.runbook.steps[current.index].does, holdfast_domain::runbook::Does::Action { .. })
    {
        world.advance_seconds(2);
        go_on(&world, &mut incident).unwrap();
        let before = (count(Kind::Emergency), restores(), world.tree());
        forget_end(&incident);
        incident = again(&world, &incident);
        go_on(&world, &mut incident).unwrap();
        let id = incident.runbook.steps[current.index].id.clone();
        assert_eq!((count(Kind::Emergency), restores(), world.tree()), before, "{id} was done twice");
        seen.push(id);
    }
    assert_eq!(seen, ["check", "save", "find", "compare", "preview", "restore", "again", "undo"]);
}

#[test]
fn settings_and_secrets_are_compared_and_none_is_shown() {
    let world = World::new();
    world.write(".env", "OPENAI_API_KEY=sk-secretsecretsecret1234\nPORT=8080\nSESSION_SECRET=hunter2hunter2\nDATABASE_URL=postgres://bot:hunter2db@db/x\n");
    let breached = world.backup(Level::Full).archive;
    world.write(".env", "OPENAI_API_KEY=sk-anothersecret123456789\nPORT=9090\nSESSION_SECRET=hunter2hunter2\nDATABASE_URL=postgres://bot:hunter2db@db/x\n");
    world.write("run.sh", "#!/bin/sh\n");
    let steps = format!(
        r#"
[[step]]
id = "settings"
phase = "assess"
kind = "action"
title = "S"
action = "compare-settings"
with = {{ at = "{breached}" }}
[[step]]
id = "credentials"
phase = "verify"
kind = "action"
title = "C"
action = "list-credentials"
with = {{ since = "{breached}" }}
[[step]]
id = "changed"
phase = "verify"
kind = "action"
title = "W"
action = "what-changed"
with = {{ at = "{breached}" }}
"#
    );
    let mut incident = begin(&world, &book_of(&steps));
    for step in ["settings", "credentials", "changed"] {
        go_on(&world, &mut incident).unwrap();
        let lines = told(&incident, step).told.lines.join("\n");
        assert!(!lines.contains("secretsecret") && !lines.contains("hunter2") && !lines.contains("another"), "{lines}");
    }
    let settings = told(&incident, "settings").told.lines.join("\n");
    assert!(settings.contains("~ PORT: 8080 -> 9090") && settings.contains("~ OPENAI_API_KEY"), "{settings}");
    let credentials = told(&incident, "credentials");
    assert_eq!(credentials.result, StepResult::Warning);
    assert!(credentials.told.said.starts_with("2 of 3 secrets"), "{}", credentials.told.said);
    let changed = told(&incident, "changed").told.lines.join("\n");
    assert!(changed.contains("Programs that are new or changed: 1") && changed.contains("data/run.sh"), "{changed}");
    assert!(changed.contains("data/.env (changed)"), "{changed}");
}

#[test]
fn what_has_no_archive_says_so() {
    let world = World::new();
    world.write("a", "a");
    let steps = "[[step]]\nid = \"r\"\nphase = \"recover\"\nkind = \"action\"\ntitle = \"R\"\naction = \"restore\"\n";
    let mut incident = begin(&world, &book_of(steps));
    let failed = go_on(&world, &mut incident).unwrap_err();
    assert_ne!(failed.code(), Code::Internal);
    assert_eq!(told(&incident, "r").result, StepResult::Failed);
    assert_eq!(fs::read_to_string(world.root().join("a")).unwrap(), "a");
}

#[test]
fn evidence_is_kept_signed_and_not_taken_twice() {
    let world = World::new();
    world.write("a", "as the intruder left it");
    world.backup(Level::Full);
    let steps =
        "[[step]]\nid = \"e\"\nphase = \"contain\"\nkind = \"action\"\ntitle = \"E\"\naction = \"preserve-evidence\"\n";
    let mut incident = begin(&world, &book_of(steps));
    go_on(&world, &mut incident).unwrap();
    let archive = told(&incident, "e").told.value.unwrap();
    assert!(world.catalog().archives().by_name(None, &archive).unwrap().pinned);
    let folder = incident.folder.join("evidence");
    let public = world.context.vault(&world.profile.id).unwrap().public().unwrap().signing;
    assert!(super::super::actions::is_untouched(&folder, &public).unwrap());
    let processes = fs::read_to_string(folder.join("processes.txt")).unwrap();
    assert!(processes.contains(&format!("\n{}\t", std::process::id())), "{processes}");
    forget_end(&incident);
    incident = again(&world, &incident);
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "e").told.value.unwrap(), archive);
    assert_eq!(fs::read_to_string(folder.join("processes.txt")).unwrap(), processes);
    // What is changed afterwards is seen.
    fs::remove_file(folder.join("processes.txt")).unwrap();
    fs::write(folder.join("processes.txt"), "nothing ran").unwrap();
    assert!(!super::super::actions::is_untouched(&folder, &public).unwrap());
}

#[test]
fn the_schedule_pauses_and_goes_on_and_what_is_not_known_is_said() {
    let world = World::new();
    world.write("a", "a");
    let step = |id: &str, action: &str| {
        format!(
            "[[step]]\nid = \"{id}\"\nphase = \"contain\"\nkind = \"action\"\ntitle = \"A\"\naction = \"{action}\"\n"
        )
    };
    let steps = step("p", "pause-schedule") + &step("r", "resume-schedule") + &step("again", "resume-schedule");
    let steps = steps
        + &step("stop", "stop-service")
        + "[[step]]\nid = \"c\"\nphase = \"verify\"\nkind = \"check\"\ntitle = \"C\"\nchecks = [\"disk\", \"folders\"]\n";
    let mut incident = begin(&world, &book_of(&steps));
    let paused = || crate::scheduler::paused_until(&world.context.home, &world.profile.id, world.context.clock.now());
    go_on(&world, &mut incident).unwrap();
    assert!(paused().is_some());
    go_on(&world, &mut incident).unwrap();
    assert!(paused().is_none());
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "again").result, StepResult::Nothing);
    go_on(&world, &mut incident).unwrap();
    assert_eq!(told(&incident, "stop").result, StepResult::Nothing, "{:?}", told(&incident, "stop"));
    go_on(&world, &mut incident).unwrap();
    let checked = told(&incident, "c");
    assert!(!checked.told.lines.is_empty() && checked.result != StepResult::Failed, "{checked:?}");
}
