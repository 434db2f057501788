//! Restores in the real window: compare, one file, all, undo; a wrong passphrase, a damaged archive, another folder.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, Page, wait_for};
use holdfast_tests::{PASSPHRASE, World, assert_same, files, picture};
use std::fs;
use std::path::Path;

/// Backed up, and then something bad happened.
fn mishap() -> World {
    let world = World::small();
    world.backup("full");
    fs::write(world.bot().join("data/notes.md"), "all gone\n").unwrap();
    fs::remove_file(world.bot().join("config.json")).unwrap();
    fs::write(world.bot().join("data/new.md"), "made since\n").unwrap();
    world
}

fn unlock(page: &Page) {
    page.wait_for_text("What opens the archives?");
    page.fill("Passphrase", PASSPHRASE);
    page.press("Open with it");
}

/// In the middle, where the content lies.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle - 40..middle + 40].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::write(path, bytes).unwrap();
}

#[test]
fn compare_restore_one_restore_all_and_undo_by_keyboard_alone() {
    let Some(desktop) = Desktop::or_skip("restores", mishap, Has::ALL) else { return };
    let world = &desktop.world;
    let after_mishap = picture(&world.bot());
    let page = desktop.open();
    page.text_of("nav");
    page.by_keyboard();
    page.go("Archives");
    page.wait_for_texts(&["What can I go back to?", "1 moment, all of today"]);

    page.press("Compare with");
    page.wait_for_text("2 changed");
    page.tick(&["bot", "data", "notes.md"]);
    page.wait_for_texts(&["changed", "gone now", "new since", "1 file selected"]);
    page.is_sound("Archives, comparing");
    page.press("Preview restore");

    // What is typed wrong is said, and asked for again.
    page.wait_for_text("What opens the archives?");
    page.is_sound("the question for a key");
    page.fill("Passphrase", "not this one");
    page.press("Open with it");
    page.wait_for_text("That does not open it.");
    page.is_sound("a wrong passphrase");
    unlock(&page);
    page.wait_for_texts(&["1 file comes back", "Nothing has been touched yet.", "All of it can be undone"]);
    page.is_sound("the preview of a restore");
    assert_same(&after_mishap, &picture(&world.bot()), "a preview touches nothing");
    page.fill("Type bot to go on", "bot");
    page.press("Restore 1 file");
    page.wait_for_text("1 file is back");
    page.is_sound("the result of a restore");
    let notes = || fs::read_to_string(world.bot().join("data/notes.md")).unwrap();
    assert!(notes().starts_with("some notes"));
    assert!(
        !world.bot().join("config.json").exists() && world.bot().join("data/new.md").exists(),
        "only what was picked"
    );
    let before_all = picture(&world.bot());

    page.press("Back to the archives");
    // What was picked for it is not kept for the next.
    page.press("Preview restore of all");
    // What opened them opens them for a while.
    page.wait_for_texts(&["comes back", "1 is deleted", "Item by item"]);
    page.fill("Type bot to go on", "bot");
    page.press("Restore 1 file, delete 1");
    page.wait_for_text("is back, 1 deleted");
    assert!(world.bot().join("config.json").exists() && !world.bot().join("data/new.md").exists());
    wait_for("the title is calm again", || desktop.windows() == ["Protected · Holdfast"]);

    page.press("Undo it…");
    page.wait_for_text("The state before the restore comes back");
    page.is_sound("undo");
    page.fill("Type bot to go on", "bot");
    page.press("Undo the restore");
    page.wait_for_text("The state before is back");
    assert_same(&before_all, &picture(&world.bot()), "what the undo brought back");
    assert_eq!(desktop.notified(), []);
}

#[test]
fn a_damaged_archive_is_found_said_and_not_restored() {
    let Some(desktop) = Desktop::or_skip("a damaged archive", mishap, Has::default()) else { return };
    let world = &desktop.world;
    damage(&world.archive_files()[0]);
    let before = picture(&world.bot());
    let page = desktop.open();
    page.text_of("nav");
    page.go("Archives");
    page.press("Verify");
    unlock(&page);
    page.wait_for_texts(&["It is not what was written.", "This archive is damaged", "No other archive can."]);
    page.is_sound("a damaged archive");
    assert!(!page.offers("Preview restore of all"), "it is offered all the same");
    page.go("Overview");
    page.wait_for_texts(&["At risk", "Nothing can be restored"]);
    page.is_sound("Overview, with nothing to restore");
    assert_same(&before, &picture(&world.bot()), "the chatbot");
    // The next one does not build on it.
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done", "Restorable as of"]);
    assert_eq!(world.archive_files().len(), 2);
}

#[test]
fn a_restore_into_a_folder_and_an_export_go_where_the_dialog_says() {
    let Some(desktop) = Desktop::or_skip("dialogs for files", mishap, Has::TRAY) else { return };
    let world = &desktop.world;
    let before = picture(&world.bot());
    let page = desktop.open();
    page.text_of("nav");
    page.go("Archives");
    page.press("Preview restore of all");
    unlock(&page);
    page.wait_for_text("Nothing has been touched yet.");
    let into = world.path().join("restored");
    fs::create_dir(&into).unwrap();
    // Gone back from, nothing is chosen.
    page.press("Into a new folder");
    wait_for("the dialog was shown", || desktop.dialogs() == ["Choose the folder to restore into"]);
    assert!(page.says("All of it can be undone"), "{}", page.body());
    desktop.will_choose(&into);
    page.press("Into a new folder");
    page.wait_for_text("Nothing is replaced");
    page.is_sound("the preview of a restore into a folder");
    page.press("Restore 3 files");
    page.wait_for_texts(&["3 files are back", "Open the folder and take what you need."]);
    let restored = fs::read_to_string(into.join("bot/data/notes.md")).unwrap();
    assert!(restored.starts_with("some notes"));
    assert_same(&before, &picture(&world.bot()), "the chatbot");
    page.press("Back to the archives");

    let stick = world.path().join("stick");
    fs::create_dir(&stick).unwrap();
    desktop.tray().choose("Export to USB…");
    page.press("Export to USB…");
    page.wait_for_text("Export an archive");
    desktop.will_choose(&stick);
    page.press("Another folder…");
    page.wait_for_text("Takes about");
    page.is_sound("the dialog of an export");
    page.press("Export");
    page.wait_for_text("The export is done and read back");
    // The command line, which opens archives without a desktop; not the window.
    let beside = files(&stick.join("Holdfast"));
    let program = beside.iter().find(|path| path.to_string_lossy().ends_with(std::env::consts::ARCH));
    let said = holdfast_tests::run(std::process::Command::new(program.unwrap()).arg("--version")).expect(0);
    assert!(said.stdout.starts_with("holdfast "), "{said}");
}
