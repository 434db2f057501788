//! Every place of the real window in light, dark, narrow and with large text: pictures to be looked at, and axe in each.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, LARGE, LOOKS, Look, Page, looks, wait_for};
use holdfast_tests::{PASSPHRASE, Server, World};
use std::fs;

fn backed_up() -> World {
    let world = World::with_sample(12_000_000);
    world.backup("full");
    for (level, seed) in [("daily", 1), ("hourly", 2)] {
        holdfast_sample::mutate(&world.bot(), &holdfast_sample::Mutate { percent: 4.0, seed }).unwrap();
        world.backup(level);
    }
    fs::write(world.bot().join("config.json"), "{\"changed\": true}").unwrap();
    world
}

/// Through all of them, each seen in each of these ways.
fn tour(desktop: &Desktop, page: &Page, ways: &[Look]) {
    let look = |name: &str| looks(desktop, page, name, ways);
    // The question itself gives way to the answer where there is little room.
    page.wait_for_text("Restorable as of");
    look("overview");
    page.go("Archives");
    page.wait_for_text("3 moments, all of today");
    page.press("Compare with");
    page.read(&["bot", "data"]);
    page.wait_for_text("changed");
    look("archives");
    page.press("Preview restore of all");
    page.wait_for_text("What opens the archives?");
    look("ask-key");
    page.fill("Passphrase", PASSPHRASE);
    page.press("Open with it");
    page.wait_for_text("Nothing has been touched yet.");
    look("restore-preview");
    page.press("Cancel");
    page.press("Export to USB…");
    page.wait_for_text("Export an archive");
    look("export");
    page.escape();
    page.wait_until_gone("Export an archive");
    page.go("Recover");
    page.wait_for_text("What do I do now?");
    look("recover");
    page.press("The computer is gone");
    page.wait_for_text("Plug in the drive with the archives");
    look("recover-drive");
    page.go("Health");
    page.wait_for_texts(&["Is my chatbot well?", "Check again"]);
    look("health");
    page.go("Settings");
    page.wait_for_texts(&["What is Holdfast told to do?", "Keys and recovery kit"]);
    look("settings");
    for section in ["deployment", "schedule", "retention", "places", "keys", "machine", "help"] {
        page.script(&format!("location.hash = '#/settings/{section}';"));
        wait_for("the section is open", || {
            page.script(&format!("return document.getElementById('section-{section}')?.getAttribute('aria-expanded');"))
                == "true"
        });
        look(&format!("settings-{section}"));
    }
}

#[test]
fn every_place_in_light_dark_and_narrow() {
    let Some(desktop) = Desktop::or_skip("the places", backed_up, Has::ALL) else { return };
    tour(&desktop, &desktop.open(), &LOOKS);
}

#[test]
fn every_place_with_text_of_twice_the_size() {
    let Some(desktop) = Desktop::or_skip("the places with large text", backed_up, Has::ALL) else { return };
    let page = desktop.open_with_text(200);
    // The driver points beside what it means to where text is scaled.
    page.by_keyboard();
    tour(&desktop, &page, &LARGE);
}

#[test]
fn the_first_place_when_nothing_is_set_up() {
    let Some(desktop) = Desktop::or_skip("the first run", World::empty, Has::NOTHING) else { return };
    let page = desktop.open();
    page.wait_for_texts(&["What do you want to do?", "Protect this computer’s chatbot", "Restore from an archive"]);
    looks(&desktop, &page, "first-run", &LOOKS);
    wait_for("the title is plain", || desktop.windows() == ["Holdfast"]);
}

#[test]
fn where_there_is_no_keyring_and_no_tray_it_is_said() {
    let Some(desktop) = Desktop::or_skip("a bare desktop", World::small, Has::NOTHING) else { return };
    let page = desktop.open();
    page.wait_for_text("At risk");
    page.go("Settings");
    page.wait_for_text("keyring");
    page.picture("settings-bare");
    page.is_sound("Settings, on a bare desktop");
    page.press("Overview");
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done", "Protected"]);
}

#[test]
fn the_steps_of_the_first_run_in_light_dark_and_narrow() {
    let Some(desktop) = Desktop::or_skip("the steps of the first run", World::empty, Has::ALL) else { return };
    let world = &desktop.world;
    world.generate(6_000_000);
    let server = Server::start(world, &world.bot(), 0, None);
    let page = desktop.open();
    let look = |name: &str| looks(&desktop, &page, name, &LOOKS);
    page.finds(&world.bot());
    page.wait_for_texts(&["What is in it", "Databases"]);
    look("first-run-found");
    page.press("Go on");
    page.wait_for_text("Where should the archives be?");
    desktop.will_choose(&world.drive());
    page.press("Another folder…");
    page.wait_for_text("The archives will lie in");
    look("first-run-place");
    page.press("Go on");
    page.wait_for_text("Who can open my archives?");
    look("first-run-key");
    page.fill("Passphrase", PASSPHRASE);
    page.fill("The same again", PASSPHRASE);
    page.press("Set up");
    page.wait_for_text("Save as a page…");
    look("first-run-kit");
    server.stop();
}

#[test]
fn a_restore_while_it_runs() {
    let large = || {
        let world = World::with_sample(120_000_000);
        world.backup("full");
        world
    };
    let Some(desktop) = Desktop::or_skip("a restore while it runs", large, Has::ALL) else { return };
    fs::remove_dir_all(desktop.world.bot().join("data")).unwrap();
    let page = desktop.open();
    page.go("Archives");
    page.press("Preview restore of all");
    page.wait_for_text("What opens the archives?");
    page.fill("Passphrase", PASSPHRASE);
    page.press("Open with it");
    page.wait_for_text("Nothing has been touched yet.");
    page.fill("Type bot to go on", "bot");
    page.script(
        "[...document.querySelectorAll('button')].find((one) => /^Restore \\d/.test(one.innerText.trim())).click();",
    );
    page.wait_for_text("Restoring");
    page.picture("restore-running");
    page.is_sound("a restore that runs");
    page.wait_for_text("are back");
    looks(&desktop, &page, "restore-done", &LOOKS);
}

#[test]
fn text_is_as_large_as_was_chosen_and_the_smallest_window_still_serves() {
    let Some(desktop) = Desktop::or_skip("the size of text", backed_up, Has::ALL) else { return };
    let page = desktop.open();
    page.wait_for_text("Restorable as of");
    desktop.resize(900, 600);
    page.script("location.hash = '#/settings/machine/text-size';");
    wait_for("the setting is there", || {
        page.script("return !!document.querySelector('#set-text-size select');") == true
    });
    page.script(
        "const size = document.querySelector('#set-text-size select');
         size.value = '200'; size.dispatchEvent(new Event('change', { bubbles: true }));",
    );
    wait_for("half of the width remains", || page.script("return innerWidth > 440 && innerWidth < 460;") == true);
    let seen = "const seen = (one) => { const at = one.getBoundingClientRect();
        return at.height > 0 && at.top >= 0 && at.bottom <= innerHeight; };";
    wait_for("what was chosen stays in sight", || {
        page.script(&format!("{seen} return seen(document.querySelector('#set-text-size select'));")) == true
    });
    let places = [
        ("overview", "return [...document.querySelectorAll('main button')].some(seen);", "Overview shows a button"),
        (
            "archives",
            "const foot = document.querySelector('footer').getBoundingClientRect().top;
             return [...document.querySelectorAll('[data-row]')].filter((row) =>
                 seen(row) && row.getBoundingClientRect().bottom <= foot).length >= 2;",
            "Archives shows a few moments",
        ),
    ];
    for (place, shows, what) in places {
        // All scrolls as one page: the row of places stays, and another place begins at its top.
        page.script("scrollTo(0, 99999);");
        wait_for("it scrolls", || page.script("return scrollY > 0;") == true);
        assert_eq!(
            page.script("return Math.round(document.querySelector('.rail').getBoundingClientRect().top);"),
            0,
            "the row of places is gone"
        );
        page.script(&format!("location.hash = '#/{place}';"));
        wait_for("the place is there", || {
            page.script(&format!("return !!document.querySelector('nav a[aria-current][href=\"#/{place}\"]');")) == true
        });
        wait_for("it begins at its top", || page.script("return scrollY === 0;") == true);
        for theme in ["light", "dark"] {
            page.script(&format!("document.documentElement.dataset.theme = '{theme}';"));
            page.is_drawn();
            page.picture(&format!("{place}-smallest-200-{theme}"));
        }
        wait_for(what, || page.script(&format!("{seen} {shows}")) == true);
        assert_eq!(
            page.script("return document.documentElement.scrollWidth <= innerWidth + 1;"),
            true,
            "{place} is too wide"
        );
    }
    let foot = page.text_of("footer");
    assert!(foot.contains(':'), "the moment is named: {foot}");
}
