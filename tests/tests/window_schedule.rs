//! What is made by itself, in the real window: nothing is pressed, and there is a backup; a pause from the tray holds it up;
//! what looks wrong is shown and said to be meant.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, LOOKS, looks, wait_for};
use holdfast_tests::{World, noise, start};
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// Nothing is waited for after the start.
const AT_ONCE: (&str, &str) = ("HOLDFAST_SETTLE_SECONDS", "0");
/// Whoever would begin begins in this time.
const A_WHILE: Duration = Duration::from_secs(5);

fn owner(world: &World) -> String {
    world.run(["status", "--json"]).json()["deployments"][0]["schedule"]["by"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_is_due_is_made_by_itself_and_a_pause_holds_it_up() {
    let world = || {
        let world = World::small();
        world.run(["pause", "bot", "--for", "1h"]).expect(0);
        world
    };
    let Some(desktop) = Desktop::or_skip("the schedule in the tray", world, Has::ALL) else { return };
    let page = desktop.open_with(&[AT_ONCE]);
    let tray = desktop.tray();
    page.wait_for_texts(&["At risk", "Paused until", "Resume"]);
    wait_for("the tray says so", || tray.tooltip().contains("Paused until"));
    sleep(A_WHILE);
    assert!(desktop.world.archive_files().is_empty(), "a pause holds nothing up");

    tray.choose("Resume");
    wait_for("there is an archive", || desktop.world.archive_files().len() == 1);
    page.wait_for_texts(&["Protected", "Restorable as of", "Next backup"]);
    assert!(!page.says("Backup done"), "nobody asked for it");
    wait_for("the tray is calm", || tray.line("Protected").is_some() && tray.status() == "Active");
    assert!(owner(&desktop.world).starts_with("Holdfast in the tray"), "{}", owner(&desktop.world));

    tray.choose("1 hour");
    page.wait_for_texts(&["Paused", "goes on by itself"]);
    wait_for("the tray is paused", || tray.line("Paused until").is_some() && tray.status() == "Active");
    wait_for("the title too", || desktop.windows() == ["Paused · Holdfast"]);
    looks(&desktop, &page, "overview-paused", &LOOKS);
    page.press("Resume");
    page.wait_for_text("Protected");
    wait_for("the tray offers it again", || tray.line("Pause for").is_some());
    assert_eq!(desktop.notified(), [], "nobody is needed");
    desktop.world.assert_no_litter();
}

#[test]
fn the_tray_takes_over_when_the_watch_ends() {
    let Some(desktop) = Desktop::or_skip("taking the schedule over", World::small, Has::TRAY) else { return };
    let mut watch = start(desktop.world.command().args(["watch"]));
    wait_for("it watches", || owner(&desktop.world).contains("watch"));
    let program = desktop.start_command(desktop.command(&["--hidden"]).env(AT_ONCE.0, AT_ONCE.1));
    wait_for("it is in the tray", || desktop.tray().line("At risk").is_some());
    sleep(A_WHILE);
    assert!(owner(&desktop.world).contains("watch"));
    holdfast_tests::window::signal(watch.id(), "TERM");
    watch.wait().unwrap();
    wait_for("the tray has it", || owner(&desktop.world).starts_with("Holdfast in the tray"));
    wait_for("what was due is made", || desktop.world.archive_files().len() == 1);
    drop(program);
}

#[test]
fn an_alarm_is_shown_said_to_be_meant_and_taken_back() {
    let world = || {
        let world = World::with_sample(6_000_000);
        world.backup("full");
        encrypt(&world.bot());
        world.run(["backup", "bot"]).expect(3);
        world
    };
    let Some(desktop) = Desktop::or_skip("an alarm", world, Has::ALL) else { return };
    let page = desktop.open();
    page.wait_for_texts(&["At risk", "Noise in place of what was there", "Open the archive of", "It was meant…"]);
    looks(&desktop, &page, "overview-alarm", &LOOKS);
    page.press("It was meant…");
    page.wait_for_text("Was that meant?");
    page.is_sound("the question");
    page.press("It was meant");
    page.wait_for_text("The alarm is closed");
    page.press("Undo");
    page.wait_for_text("Noise in place of what was there");
}

/// As somebody does who wants money for it.
fn encrypt(folder: &std::path::Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            encrypt(&path);
        } else if entry.file_type().unwrap().is_file() {
            fs::write(&path, noise(entry.metadata().unwrap().len() as usize)).unwrap();
            fs::rename(&path, format!("{}.locked", path.display())).unwrap();
        }
    }
}
