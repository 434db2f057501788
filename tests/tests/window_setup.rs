//! The first run in the real window: from nothing to Protected with the kit proven, and from a drive to a chatbot that is
//! back.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, LOOKS, Page, looks, wait_for};
use holdfast_tests::{PASSPHRASE, Server, World, assert_same, picture};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// As a person reads it off the paper: the groups of the recovery key, in order.
fn groups_on(paper: &Path) -> Vec<String> {
    let page = fs::read_to_string(paper).unwrap();
    let mut text = String::new();
    let mut in_tag = false;
    for c in page.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let capitals = |word: &str| word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_group = |pair: &[&str]| {
        matches!(pair[0].len(), 4 | 6)
            && capitals(pair[0])
            && pair[1].len() == 2
            && pair[1].chars().all(char::is_alphanumeric)
    };
    words.windows(2).filter(|pair| is_group(pair)).map(|pair| format!("{}{}", pair[0], pair[1])).collect()
}

/// The numbers that are asked for.
fn asked(page: &Page) -> Vec<usize> {
    let body = page.body();
    let line = body.lines().find(|line| line.contains("Prove it: type")).unwrap_or_else(|| panic!("{body}")).to_owned();
    line.split("group ").skip(1).filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
}

#[test]
fn from_nothing_to_protected_with_the_kit_typed_back() {
    let Some(desktop) = Desktop::or_skip("the first run", World::empty, Has::ALL) else { return };
    let world = &desktop.world;
    world.generate(6_000_000);
    let server = Server::start(world, &world.bot(), 0, None);
    let page = desktop.open();
    page.by_keyboard();
    let begun = Instant::now();
    page.wait_for_text("What do you want to do?");
    page.is_sound("first run: welcome");
    page.finds(&world.bot());
    page.wait_for_texts(&["What is in it", "Databases", world.bot().to_str().unwrap()]);
    page.is_sound("first run: what was found");
    page.press("Go on");
    page.wait_for_text("Where should the archives be?");
    desktop.will_choose(&world.drive());
    page.press("Another folder…");
    page.wait_for_texts(&["The archives will lie in", world.drive().to_str().unwrap()]);
    page.is_sound("first run: where to keep archives");
    page.press("Go on");

    page.wait_for_text("Who can open my archives?");
    page.fill("Passphrase", PASSPHRASE);
    page.fill("The same again", PASSPHRASE);
    page.press("Set up");
    page.wait_for_text("Take the recovery kit away from this computer");
    let paper = world.path().join("recovery-kit.html");
    desktop.will_choose(&paper);
    page.press("Save as a page…");
    wait_for("the kit is saved", || paper.is_file());
    page.wait_for_text("Saved");
    let groups = groups_on(&paper);
    assert_eq!(groups.len(), 10, "{groups:?}");
    assert!(!groups.iter().any(|group| page.body().contains(group.as_str())), "the key is on the screen");
    let wanted = asked(&page);
    assert!(!wanted.is_empty());
    for number in &wanted {
        page.fill(&format!("Group {number} of the recovery key"), &groups[number - 1]);
    }
    page.press("Check");
    page.wait_for_text("this is the page of the key that archives are sealed to");
    page.is_sound("first run: the kit is proven");
    page.press("Start the first backup");
    page.wait_for_texts(&["Protected", "Back Up Now makes the next one."]);
    page.is_sound("first run: protected");
    let took = begun.elapsed();
    println!("from the first window to Protected: {took:?}");
    assert!(took < Duration::from_mins(2), "{took:?}");
    page.press("Go to Overview");
    page.wait_for_texts(&["Am I safe?", "Protected", "Restorable as of"]);
    wait_for("the title says so", || desktop.windows() == ["Protected · Holdfast"]);
    // The keyring has the key: nothing asks for the passphrase any more.
    page.go("Archives");
    page.press("Preview restore of all");
    page.wait_for_text("Nothing has been touched yet.");
    assert!(!page.says("What opens the archives?"));
    server.stop();
}

#[test]
fn from_a_drive_to_a_chatbot_that_is_back() {
    let lost = || {
        let world = World::small();
        world.backup("full");
        world
    };
    let Some(desktop) = Desktop::or_skip("recovery from a drive", lost, Has::ALL) else { return };
    let world = &desktop.world;
    let before = picture(&world.bot());
    // The computer is a new one: nothing of Holdfast's, nothing of the chatbot's.
    fs::remove_dir_all(world.home()).unwrap();
    fs::remove_dir_all(world.bot()).unwrap();
    let page = desktop.open();
    page.by_keyboard();
    page.press("Restore from an archive");
    page.wait_for_text("Drives");
    desktop.will_choose(&world.drive());
    page.press("Another folder…");
    page.wait_for_text("bot: 1 archive");
    looks(&desktop, &page, "recover-find", &LOOKS);
    page.press("Go on");
    page.wait_for_text("Open the archives of bot");
    page.fill("Passphrase", "not this one");
    page.press("Open");
    page.wait_for_texts(&["The passphrase does not open", "Nothing is locked and nothing is lost"]);
    looks(&desktop, &page, "recover-wrong", &LOOKS);
    page.fill("Passphrase", PASSPHRASE);
    page.press("Open");
    page.wait_for_texts(&["As of", "Newest good one"]);
    looks(&desktop, &page, "recover-moment", &LOOKS);
    page.press("Go on");
    page.wait_for_text("Where should it come back to?");
    looks(&desktop, &page, "recover-place", &LOOKS);
    page.press("Preview");
    page.wait_for_texts(&["files come back", "Nothing has been touched yet."]);
    looks(&desktop, &page, "recover-preview", &LOOKS);
    page.fill("Type bot to go on", "bot");
    page.press("Restore 3 files");
    page.wait_for_texts(&["bot is back", "Goes on from here."]);
    looks(&desktop, &page, "recover-done", &LOOKS);
    assert_same(&before, &picture(&world.bot()), "what came back");
    page.press("Go to Overview");
    page.wait_for_texts(&["Am I safe?", "Restorable as of"]);
    page.press("Back Up Now");
    page.wait_for_texts(&["Backup done", "Protected"]);
    assert_eq!(world.archive_files().len(), 2);
}
