//! `holdfast watch`: a real process makes what is due, alone, and ends clean.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Ran, Watching, World, noise};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

fn objects(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}\n{ran}"))).collect()
}

fn schedule(world: &World) -> Value {
    world.json(["status"]).json()["deployments"][0]["schedule"].clone()
}

#[test]
fn once_makes_what_is_due_and_nothing_more() {
    let world = World::small();
    let first = world.json(["watch", "--once"]).expect(0);
    let said = objects(&first);
    let kinds: Vec<&str> = said.iter().filter_map(|object| object["event"].as_str()).collect();
    // Without the key at hand, nothing is restored for a sample.
    assert_eq!(kinds, ["begins", "made", "upkept"], "{first}");
    assert_eq!(said[1]["level"], "full");
    assert_eq!(said.last().unwrap()["outcome"], "done");
    assert_eq!(world.archive_files().len(), 1);
    let again = world.run(["watch", "--once"]).expect(0);
    assert_eq!(again.stdout, "", "{again}");
    assert_eq!(world.archive_files().len(), 1);
}

#[test]
fn what_cannot_be_made_is_a_failure_with_its_next_step() {
    // The chatbot's folder is not there.
    let world = World::new();
    let failed = world.json(["watch", "--once"]).expect(1);
    let said = objects(&failed);
    let kinds: Vec<&str> = said.iter().filter_map(|object| object["event"].as_str()).collect();
    assert_eq!(kinds, ["begins", "failed"], "{failed}");
    assert_eq!(said[1]["problems"][0]["code"], "root-missing");
    assert_eq!(said.last().unwrap()["outcome"], "failed");
    // The next try is later.
    let waits = world.run(["watch", "--once"]).expect(0);
    assert!(waits.stdout.contains("the last try failed, the next is at "), "{waits}");
}

#[test]
fn it_works_until_it_is_told_to_stop_and_others_are_told_who_it_is() {
    let world = World::small();
    assert_eq!(schedule(&world)["by"], Value::Null);
    let mut watching = Watching::start(&world, &["--settle", "0s"]);
    watching.waits_for("full archive made: ");
    let by = format!("holdfast watch (process {})", watching.child.id());
    assert_eq!(schedule(&world)["by"], by.as_str());
    let status = world.run(["status"]).expect(0).stdout;
    assert!(status.contains(&format!("made by {by}")), "{status}");
    let refused = world.refused(["watch"], 4, "locked");
    assert!(refused["error"]["cause"].as_str().unwrap().starts_with(&by), "{refused}");
    watching.signal("TERM");
    assert_eq!(watching.ends(), Some(0));
    world.assert_no_litter();
    assert!(world.run(["status"]).expect(0).stdout.contains("made by nobody: holdfast watch makes it"));
}

#[test]
fn who_waits_takes_over_also_from_one_that_was_killed() {
    let world = World::small();
    let mut first = Watching::start(&world, &["--settle", "0s"]);
    first.waits_for("full archive made: ");
    let mut second = Watching::start(&world, &["--settle", "0s", "--wait"]);
    second.waits_for("waits to take the schedule over: holdfast watch (process ");
    first.signal("KILL");
    assert_eq!(first.ends(), None);
    second.waits_for("Makes what is due.");
    let by = format!("holdfast watch (process {})", second.child.id());
    assert_eq!(schedule(&world)["by"], by.as_str());
    // One that waits ends as well.
    let mut third = Watching::start(&world, &["--wait"]);
    third.waits_for("waits to take");
    third.signal("TERM");
    assert_eq!(third.ends(), Some(0));
    second.signal("INT");
    assert_eq!(second.ends(), Some(0));
}

#[test]
fn a_pause_holds_it_up_and_backups_by_hand_are_made_all_the_same() {
    let world = World::small();
    let paused = world.json(["pause", "--for", "90m"]).done();
    assert_eq!(paused["deployments"], serde_json::json!(["bot"]));
    assert_eq!(schedule(&world)["paused_until"], paused["until"]);
    let status = world.run(["status"]).stdout;
    assert!(status.contains("paused until"), "{status}");
    let held = world.run(["watch", "--once"]).expect(0);
    assert!(held.stdout.contains("full archive: paused until "), "{held}");
    assert!(!world.archives().exists() || world.archive_files().is_empty());
    world.backup("full");
    assert_eq!(world.json(["resume"]).done()["deployments"], serde_json::json!(["bot"]));
    assert_eq!(schedule(&world)["paused_until"], Value::Null);
    assert!(world.run(["resume", "bot"]).expect(0).stdout.contains("Nothing was paused."));
    for wrong in [["pause", "--for", "soon"], ["pause", "--until", "2020-01-01"], ["pause", "--for", "60d"]] {
        world.refused(wrong, 2, "bad-request");
    }
    world.refused(["pause", "other"], 1, "unknown-deployment");
}

#[test]
fn a_unit_is_offered_and_nothing_is_enabled() {
    let world = World::small();
    let unit = world.run(["watch", "--print-unit"]).expect(0).stdout;
    let program = holdfast_tests::holdfast();
    assert!(unit.contains(&format!("ExecStart=\"{}\" watch --wait\n", program.display())), "{unit}");
    assert!(unit.contains(&format!("Environment=\"HOLDFAST_HOME={}\"\n", world.home().display())), "{unit}");
    let installed = world.json(["watch", "--install-unit"]).done();
    let path = PathBuf::from(installed["path"].as_str().unwrap());
    assert_eq!(path, world.path().join("person/.config/systemd/user/holdfast-watch.service"));
    assert_eq!(fs::read_to_string(&path).unwrap(), unit);
    // Only the unit: no link that would start it.
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    let verified = Command::new("systemd-analyze").args(["--user", "verify"]).arg(&path).output();
    match verified {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains(path.file_name().unwrap().to_str().unwrap()), "{said}");
        }
        Err(_) => eprintln!("skipped: systemd-analyze is not here to check the unit"),
    }
}

#[test]
fn a_backup_that_fails_amid_its_work_does_not_end_it() {
    let world = World::small();
    fs::write(world.bot().join("data").join("upload.bin"), noise(5 << 20)).unwrap();
    // No file may become longer than a megabyte: the archive fails when half of it is written.
    let mut command = Command::new("sh");
    world.surround(&mut command);
    let script = "trap '' XFSZ; exec prlimit --fsize=1000000 \"$0\" --no-keyring watch --settle 0s";
    command.args(["-c", script]).arg(holdfast_tests::holdfast());
    let mut watching = Watching::spawn(&world, command);
    watching.waits_for("the backup failed: ");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(watching.child.try_wait().unwrap().is_none(), "{}", watching.printed());
    watching.signal("TERM");
    assert_eq!(watching.ends(), Some(0));
    world.assert_no_litter();
}
