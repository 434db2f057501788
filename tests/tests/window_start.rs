//! The real window, on a desktop of its own: it starts, backs up from the tray, hides, comes back and ends.
#![allow(clippy::unwrap_used)]
use holdfast_tests::World;
use holdfast_tests::window::{Desktop, Has, Program, SOON, signal, until, wait_for};
use serde_json::json;
use std::time::{Duration, Instant};

fn one_window(desktop: &Desktop) -> bool {
    desktop.windows().len() == 1
}

#[test]
fn the_window_starts_backs_up_from_the_tray_hides_comes_back_and_ends() {
    let Some(desktop) = Desktop::or_skip("the window", World::small, Has::ALL) else { return };
    let begun = Instant::now();
    let page = desktop.open();
    let rail = page.text_of("nav");
    assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
    assert!(rail.contains("Overview"), "{rail}");
    wait_for("the title says how safe it is", || desktop.windows() == ["At risk · Holdfast"]);
    let status = page.invoke("status", json!({ "args": { "deployment": null } })).unwrap();
    assert_eq!(
        (&status["deployments"][0]["deployment"], &status["deployments"][0]["state"]),
        (&"bot".into(), &"at-risk".into())
    );

    let tray = desktop.tray();
    wait_for("the tray shows it", || tray.status() == "NeedsAttention");
    assert_eq!(tray.icon_sizes(), [(22, 22), (44, 44)]);
    assert!(tray.tooltip().contains("There is no archive yet"), "{}", tray.tooltip());
    let labels: Vec<String> = tray.menu().into_iter().map(|line| line.label).collect();
    let expected = [
        "At risk",
        "Back Up Now",
        "Pause for…",
        "1 hour",
        "Until tomorrow",
        "No backup yet",
        "Open Holdfast",
        "Export to USB…",
        "Quit",
    ];
    assert!(labels.len() == expected.len() && labels.iter().zip(expected).all(|(l, e)| l.starts_with(e)), "{labels:?}");

    tray.choose("Back Up Now");
    wait_for("there is an archive", || desktop.world.archives().is_dir() && desktop.world.archive_files().len() == 1);
    wait_for("the tray is calm", || tray.line("Protected").is_some() && tray.status() == "Active");
    wait_for("the title too", || desktop.windows() == ["Protected · Holdfast"]);
    assert!(tray.line("Last backup").is_some());
    desktop.world.keyed(["verify", "--full"]).done();
    desktop.picture("window_start");
    assert_eq!(desktop.notified(), [], "a success is no news");

    // The second one hands over before it opens a display: it needs none.
    holdfast_tests::run(desktop.command(&[]).env("DISPLAY", ":4711")).expect(0);
    desktop.close_window("Holdfast");
    wait_for("the window is hidden", || desktop.windows().is_empty());
    assert!(tray.line("Back Up Now").is_some_and(|line| line.enabled), "it goes on in the tray");
    holdfast_tests::run(&mut desktop.command(&[])).expect(0);
    wait_for("it is back", || one_window(&desktop));
    wait_for("it is in front", || desktop.in_front().is_some_and(|title| title.contains("Holdfast")));

    tray.quit();
    wait_for("the window is gone", || desktop.windows().is_empty());
    wait_for("nothing of it is on the bus", || !tray.is_alive());
    assert_eq!(tray.items(), 1, "there was one program");
    page.is_gone();
    desktop.world.assert_no_litter();
}

const RAIL: [u8; 3] = [0xee, 0xf2, 0xf1];
const WITHOUT_PAGE: [u8; 3] = [0xf7, 0xf9, 0xf8];
/// Of the desktop: else what is not drawn could not be told from what is black.
const GROUND: [u8; 3] = [0x7f, 0x3f, 0x7f];

/// With its page stopped as soon as there is one.
fn begun(desktop: &Desktop) -> (Program, u32) {
    desktop.ground("#7f3f7f");
    wait_for("the desktop has its ground", || desktop.rail() == GROUND);
    let program = desktop.start(&[]);
    let page = program.page();
    signal(page, "STOP");
    (program, page)
}

#[test]
fn from_its_first_moment_the_window_is_not_black() {
    const A_WHILE: Duration = Duration::from_secs(3);
    let Some(desktop) = Desktop::or_skip("the first second", World::small, Has::NOTHING) else { return };
    let (_program, page) = begun(&desktop);
    assert_eq!(until(A_WHILE, || one_window(&desktop).then_some(())), None, "it is there before its page");
    signal(page, "CONT");
    let mut seen = Vec::new();
    wait_for("its page stands in it", || {
        let colour = desktop.rail();
        seen.push(colour);
        colour == RAIL
    });
    assert!(!seen.iter().any(|colour| colour.iter().all(|part| *part < 0x08)), "{seen:?}");
    assert!(one_window(&desktop));
}

#[test]
fn a_page_that_does_not_come_leaves_a_window_all_the_same() {
    let Some(desktop) = Desktop::or_skip("a page that does not come", World::small, Has::NOTHING) else { return };
    let (_program, page) = begun(&desktop);
    wait_for("the window is there, on its ground", || one_window(&desktop) && desktop.rail() == WITHOUT_PAGE);
    signal(page, "CONT");
    wait_for("its page stands in it", || desktop.rail() == RAIL);
}

#[test]
fn at_login_it_goes_to_the_tray_and_opens_from_there() {
    let Some(desktop) = Desktop::or_skip("starting hidden", World::small, Has::TRAY) else { return };
    let mut program = desktop.start(&["--hidden"]);
    let tray = desktop.tray();
    wait_for("it is in the tray", || tray.line("At risk").is_some());
    assert!(desktop.windows().is_empty(), "{:?}", desktop.windows());
    tray.choose("Open Holdfast");
    wait_for("the window is there", || one_window(&desktop));
    desktop.close_window("Holdfast");
    wait_for("the window is hidden", || desktop.windows().is_empty());
    assert!(program.goes_on());
    tray.quit();
    assert_eq!(program.ending(), Some(0));
}

#[test]
fn many_started_at_once_are_one_program() {
    let Some(desktop) = Desktop::or_skip("starting twice", World::small, Has::TRAY) else { return };
    let mut programs: Vec<_> = (0..8).map(|_| desktop.start(&[])).collect();
    wait_for("there is a window", || one_window(&desktop));
    wait_for("all but one have ended", || {
        programs.iter_mut().map(|program| usize::from(program.goes_on())).sum::<usize>() == 1
    });
    assert!(one_window(&desktop));
    desktop.tray().quit();
    let endings: Vec<_> = programs.iter_mut().map(holdfast_tests::window::Program::ending).collect();
    assert_eq!(endings, [Some(0); 8]);
}

#[test]
fn one_that_runs_and_does_not_answer_is_named() {
    let Some(desktop) = Desktop::or_skip("a program that hangs", World::small, Has::default()) else { return };
    let _other = desktop.take_name("app.holdfast.desktop");
    let told = holdfast_tests::run(&mut desktop.command(&[])).expect(1).stderr;
    let number = format!("process {}", std::process::id());
    assert!(
        ["could not be started", "runs already", &number, "End it"].iter().all(|said| told.contains(said)),
        "{told}"
    );
}

#[test]
fn at_login_with_nothing_set_up_there_is_nothing_to_stay_for() {
    let Some(desktop) = Desktop::or_skip("starting hidden", World::empty, Has::TRAY) else { return };
    holdfast_tests::run(&mut desktop.command(&["--hidden"])).expect(0);
    assert_eq!(desktop.tray().items(), 0);
}

#[test]
fn without_bus_tray_and_keyring_it_is_a_window_that_ends_when_it_is_closed() {
    let Some(desktop) = Desktop::or_skip("a bare desktop", World::small, Has::NOTHING) else { return };
    let mut program = desktop.start(&[]);
    wait_for("the window is there", || desktop.windows() == ["At risk · Holdfast"]);
    desktop.close_window("Holdfast");
    assert_eq!(program.ending(), Some(0));
}

#[test]
fn a_backup_that_fails_while_nobody_looks_is_told_once() {
    let Some(desktop) = Desktop::or_skip("a notification", World::small, Has::TRAY) else { return };
    let mut program = desktop.start(&["--hidden"]);
    let tray = desktop.tray();
    wait_for("it is in the tray", || tray.line("Back Up Now").is_some_and(|line| line.enabled));
    std::fs::remove_dir_all(desktop.world.drive()).unwrap();
    tray.choose("Back Up Now");
    let told = until(SOON, || Some(desktop.notified()).filter(|told| !told.is_empty())).expect("nobody was told");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].title.contains("drive") && !told[0].text.is_empty(), "{told:?}");
    assert!(told[0].actions.contains(&"Open Holdfast".to_owned()), "{told:?}");
    tray.quit();
    assert_eq!(program.ending(), Some(0));
}

#[test]
fn requests_that_are_not_right_are_refused_in_words_and_repeat_no_secret() {
    let Some(desktop) = Desktop::or_skip("the seam", World::small, Has::default()) else { return };
    let page = desktop.open();
    page.text_of("nav");
    let refused = page.invoke("archives", json!({ "args": { "deploiment": null } })).unwrap_err();
    assert_eq!(refused["code"], "bad-request", "{refused}");
    assert!(refused["title"].is_string() && refused["next_step"].is_string(), "{refused}");
    let typed = json!({ "args": { "plan": "plan-77", "passphrase": "tide harbour lantern" } });
    let refused = page.invoke("setup", typed).unwrap_err();
    assert_eq!(refused["code"], "bad-request", "{refused}");
    let logs: String = std::fs::read_dir(desktop.world.home().join("logs"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(!refused.to_string().contains("harbour") && !logs.contains("harbour"));
    // Nothing from elsewhere, and no script that is not a file of the program.
    let policy = "const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);
        const script = document.createElement('script'); script.textContent = 'window.ran = 1'; document.body.append(script);
        return window.ran === undefined;";
    assert_eq!(page.script(policy), json!(true));
}
