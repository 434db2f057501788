//! Backups in the real window: begun by keyboard and from the tray, cancelled, and at places that are full or gone. Each
//! ends in the state and the words that a person needs.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, Page, wait_for};
use holdfast_tests::{Mount, World, fill, noise};
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// Until then the second click of a double click is taken for one.
const A_MOMENT: Duration = Duration::from_millis(900);

/// A chatbot whose backup takes some seconds.
fn slow() -> World {
    let world = World::small();
    for number in 0..9 {
        fill(&world.bot().join(format!("data/uploads/{number}.bin")), 64 << 20, number);
    }
    world
}

fn state(page: &Page) -> String {
    page.text_of(".answer")
}

#[test]
fn the_first_backup_is_begun_by_keyboard_and_the_next_from_the_tray() {
    let Some(desktop) = Desktop::or_skip("backups", || World::with_sample(8_000_000), Has::ALL) else { return };
    let page = desktop.open();
    page.wait_for_texts(&["Am I safe?", "At risk", "Nothing can be restored", "There is no archive yet"]);
    page.is_sound("Overview, at risk");
    page.by_keyboard();
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done", "Protected", "Restorable as of"]);
    wait_for("the title says so", || desktop.windows() == ["Protected · Holdfast"]);
    page.is_sound("Overview, protected");
    let first = desktop.world.archive_files();
    assert_eq!(first.len(), 1);
    page.press("Close");
    page.wait_until_gone("Backup done");

    let changed = holdfast_sample::Mutate { percent: 5.0, seed: 4 };
    holdfast_sample::mutate(&desktop.world.bot(), &changed).unwrap();
    let tray = desktop.tray();
    wait_for("it can be chosen", || tray.line("Back Up Now").is_some_and(|line| line.enabled));
    tray.choose("Back Up Now");
    // What the tray began, the window shows.
    page.wait_for_text("Backup done");
    wait_for("there is another archive", || desktop.world.archive_files().len() == 2);
    wait_for("the tray is calm", || tray.status() == "Active" && tray.line("Protected").is_some());
    page.go("Archives");
    page.wait_for_text("2 moments, all of today");
    assert_eq!(desktop.notified(), [], "a success is no news");
    desktop.world.keyed(["verify", "--all"]).done();
    desktop.world.assert_no_litter();
}

#[test]
fn a_backup_of_another_program_is_seen_by_the_open_window() {
    let world = || {
        let world = World::small();
        world.backup("full");
        world
    };
    let Some(desktop) = Desktop::or_skip("a backup by a timer", world, Has::TRAY) else { return };
    let page = desktop.open();
    page.wait_for_text("Am I safe?");
    page.go("Archives");
    page.wait_for_text("1 moment, all of today");
    std::fs::write(desktop.world.bot().join("new.txt"), "new").unwrap();
    // As by cron: nothing is pressed in the window, and nobody leaves the place.
    desktop.world.backup("hourly");
    page.wait_for_text("2 moments, all of today");
}

#[test]
fn the_window_answers_while_a_backup_runs_and_cancelling_leaves_nothing() {
    let Some(desktop) = Desktop::or_skip("cancelling a backup", World::small, Has::TRAY) else { return };
    for number in 0..1500 {
        let name = format!("data/notes/{:02}/note-{number}.md", number % 20);
        fs::create_dir_all(desktop.world.bot().join(&name).parent().unwrap()).unwrap();
        fs::write(desktop.world.bot().join(name), format!("note {number}\n")).unwrap();
    }
    desktop.world.backup("full");
    for number in 0..12 {
        fill(&desktop.world.bot().join(format!("data/uploads/{number}.bin")), 64 << 20, number);
    }
    let page = desktop.open();
    page.wait_for_text("Protected");
    page.go("Archives");
    page.read(&["bot", "data", "notes", "07"]);
    page.count_long_tasks();
    desktop.tray().choose("Back Up Now");
    wait_for("it runs", || desktop.tray().tooltip().starts_with("Backing up"));
    page.fill("Search in this archive", "note-11");
    for letter in ["0", "3", "8"] {
        page.types(letter);
    }
    page.script("const list = document.querySelector('[role=tree]'); for (let at = 0; at < 40; at += 1) setTimeout(() => (list.scrollTop += 60), at * 20);");
    sleep(Duration::from_secs(1));
    let held_up = page.long_tasks();
    let longest = held_up.iter().max().copied().unwrap_or_default();
    println!("long tasks while a backup ran: {}, the longest {longest:?}", held_up.len());
    assert!(longest < Duration::from_millis(500), "the window did not answer for {longest:?}; {held_up:?}");

    page.go("Overview");
    page.wait_for_texts(&["Backing up", "Leaves nothing half-done."]);
    page.is_sound("Overview, backing up");
    wait_for("the title tells how far", || desktop.windows().iter().any(|title| title.contains('%')));
    page.press("Cancel backup");
    page.wait_for_texts(&["Backup cancelled", "Nothing was left half-done", "Protected"]);
    assert_eq!(desktop.world.archive_files().len(), 1);
    desktop.world.assert_no_litter();
    wait_for("the tray can again", || desktop.tray().line("Back Up Now").is_some_and(|line| line.enabled));
    assert_eq!(desktop.notified(), [], "who cancelled knows");
}

#[test]
fn a_backup_cancelled_by_keyboard_can_be_begun_again() {
    let Some(desktop) = Desktop::or_skip("cancelling by keyboard", slow, Has::default()) else { return };
    let page = desktop.open();
    page.wait_for_text("At risk");
    page.by_keyboard();
    page.with_control("b");
    page.wait_for_text("Cancel backup");
    sleep(A_MOMENT);
    page.press("Cancel backup");
    page.wait_for_texts(&["Backup cancelled", "Nothing was left half-done", "At risk"]);
    assert!(desktop.world.archive_files().is_empty());
    desktop.world.assert_no_litter();
    for number in 1..9 {
        fs::remove_file(desktop.world.bot().join(format!("data/uploads/{number}.bin"))).unwrap();
    }
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done", "Protected"]);
}

#[test]
fn a_place_that_is_full_is_told_with_what_still_works() {
    let Some(desktop) = Desktop::or_skip("a full place", World::small, Has::default()) else { return };
    let world = &desktop.world;
    let aside = world.path().join("aside");
    fs::rename(world.drive(), &aside).unwrap();
    let Some(_mount) = Mount::new(&world.drive(), "size=4m") else { return };
    assert!(Command::new("cp").arg("-a").arg(aside.join("Holdfast")).arg(world.drive()).status().unwrap().success());
    world.backup("full");
    fs::write(world.bot().join("data/large.bin"), noise(12 << 20)).unwrap();
    let page = desktop.open();
    page.wait_for_text("Protected");
    page.press("Back Up Now");
    page.wait_for_texts(&["The backup failed", "There is no space left for", "Make room, or choose another place."]);
    page.wait_for_texts(&["Attention", "Restorable as of", "Try again"]);
    page.is_sound("Overview, after a failure");
    assert!(!page.says("holdfast prune"), "a command to type in a window");
    assert_eq!(world.archive_files().len(), 1);
    world.assert_no_litter();
    fs::remove_file(world.bot().join("data/large.bin")).unwrap();
    page.press("Try again");
    page.wait_for_texts(&["Backup done", "Protected"]);
}

#[test]
fn a_drive_that_is_away_is_named_and_comes_back() {
    let Some(desktop) = Desktop::or_skip("a missing drive", World::small, Has::ALL) else { return };
    let world = &desktop.world;
    world.backup("full");
    let away = world.path().join("away");
    fs::rename(world.drive(), &away).unwrap();
    let page = desktop.open();
    page.text_of("nav");
    page.press("Back Up Now");
    page.wait_for_texts(&["The backup failed", "The place for the archives is not there", "Plug the drive in"]);
    assert!(!["Protected", "Looking"].contains(&state(&page).trim()), "{}", page.body());
    assert!(!world.drive().exists(), "it was made anew");
    page.is_sound("Overview, without its drive");
    page.go("Archives");
    page.wait_for_text("What can I go back to?");
    page.is_sound("Archives, without its drive");
    fs::rename(&away, world.drive()).unwrap();
    page.go("Overview");
    // It failed for want of the drive alone: that is over, and Overview looks again as it is come to.
    page.wait_for_texts(&["Protected", "Restorable as of"]);
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done", "Protected"]);
}

#[test]
fn what_could_not_be_backed_up_whole_is_named() {
    let Some(desktop) = Desktop::or_skip("a backup with problems", World::small, Has::TRAY) else { return };
    let broken = desktop.world.bot().join("data/broken.db");
    let mut bytes = fs::read(desktop.world.bot().join("data/webui.db")).unwrap();
    bytes[150..].fill(0xaa);
    fs::write(&broken, bytes).unwrap();
    let page = desktop.open();
    page.wait_for_text("At risk");
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done, with problems", "broken.db"]);
    page.is_sound("Overview, with problems");
    wait_for("the tray says so", || desktop.tray().status() == "NeedsAttention");
    assert_eq!(desktop.notified(), [], "the person looks at the window");
}
