//! Every place of the real window in light, dark, narrow and with large text: pictures to be looked at, and axe in each.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, Page, wait_for};
use holdfast_tests::{PASSPHRASE, World};
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// Name, size of the window, theme.
type Look = (&'static str, (u32, u32), &'static str);
const LOOKS: [Look; 3] =
    [("light", (1280, 800), "light"), ("dark", (1280, 800), "dark"), ("900x600", (900, 600), "light")];
const LARGE: [Look; 1] = [("text-200", (1280, 800), "light")];
/// Until what moved has come to rest.
const SETTLED: Duration = Duration::from_millis(400);

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

fn looks(desktop: &Desktop, page: &Page, name: &str, looks: &[Look]) {
    for (look, (width, height), theme) in looks {
        desktop.resize(*width, *height);
        page.script(&format!("document.documentElement.dataset.theme = '{theme}';"));
        sleep(SETTLED);
        page.is_drawn();
        page.picture(&format!("{name}-{look}"));
        // Whoever has to scroll sideways to read, does not read.
        let wide = page.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth;");
        assert!(wide.as_i64().unwrap_or(0) <= 1, "{name}, {look}: {wide} px too wide");
        page.is_sound(&format!("{name}, {look}"));
    }
    desktop.resize(1280, 800);
    page.script("document.documentElement.dataset.theme = 'light';");
}

/// Through all of them, each seen in each of these ways.
fn tour(desktop: &Desktop, page: &Page, ways: &[Look]) {
    let look = |name: &str| looks(desktop, page, name, ways);
    page.wait_for_texts(&["Am I safe?", "Restorable as of"]);
    look("overview");
    page.go("Archives");
    page.wait_for_text("3 moments since");
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
