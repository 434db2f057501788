//! How long the window takes until it can be used, what the program holds in memory, and how it answers while a backup runs.
//! `scripts/bench --window` runs this with the programs of a release build; it prints one line of JSON.
#![allow(clippy::unwrap_used)]
use holdfast_tests::window::{Desktop, Has, until, wait_for};
use holdfast_tests::{World, desktop as program};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const STARTS: usize = 5;
const REST: Duration = Duration::from_secs(15);
const DRAWN: &str = "const mark = performance.getEntriesByName('usable')[0];
    return mark ? performance.timeOrigin + mark.startTime : null;";
/// The kernel counts in these, for programs.
const TICKS_A_SECOND: f64 = 100.0;

fn main() {
    // Each on a desktop of its own: who is still ending on the bus would be brought forward instead.
    let starts: Option<Vec<f64>> = (0..STARTS).map(|_| backed_up().map(|desktop| start(&desktop))).collect();
    let (Some(starts), Some(desktop)) = (starts, backed_up()) else { return };
    let in_tray = in_tray(&desktop);
    drop(desktop);
    let Some(desktop) = backed_up() else { return };
    let (opened, long_tasks) = while_it_backs_up(&desktop);
    let tree = tree_of_many();
    let found = json!({ "start_s": starts, "in_tray": in_tray, "with_window": opened, "long_tasks_ms": long_tasks, "tree": tree });
    println!("{found}");
}

fn backed_up() -> Option<Desktop> {
    let desktop = Desktop::or_skip("the window's figures", World::small, Has::ALL)?;
    desktop.world.backup("full");
    Some(desktop)
}

/// Seconds from the start of the process until how things stand is drawn.
fn start(desktop: &Desktop) -> f64 {
    let page = desktop.open();
    let drawn = until(Duration::from_mins(1), || page.script(DRAWN).as_f64());
    let drawn = drawn.unwrap() / 1000.0;
    let process = processes().into_iter().find(|process| is_ours(*process)).unwrap();
    let begun = begun(process);
    drop(page);
    end();
    drawn - begun
}

/// The driver closes the window, which goes on in the tray. The name on the bus goes a moment after the process: a start in
/// between would only bring the old window forward.
fn end() {
    for process in processes().into_iter().filter(|process| is_ours(*process)) {
        let _ = Command::new("kill").arg("-9").arg(process.to_string()).status();
    }
    wait_for("it has ended", || !processes().into_iter().any(is_ours));
    thread::sleep(Duration::from_secs(1));
}

/// Memory at rest, started as at login: nobody has seen the window yet.
fn in_tray(desktop: &Desktop) -> Value {
    let program = desktop.start(&["--hidden"]);
    let tray = desktop.tray();
    wait_for("it is in the tray", || tray.line("Back Up Now").is_some_and(|line| line.enabled));
    thread::sleep(REST);
    let held = held();
    drop(program);
    end();
    held
}

/// What a window holds, and what its one thread was held up by while somebody scrolled and a backup ran.
fn while_it_backs_up(desktop: &Desktop) -> (Value, Vec<u128>) {
    let page = desktop.open();
    page.text_of("nav");
    thread::sleep(REST);
    let held = held();
    // Enough for a backup of some seconds.
    holdfast_sample::generate(&desktop.world.bot().join("data/more"), &holdfast_sample::Generate::new(200_000_000, 1))
        .unwrap();
    page.count_long_tasks();
    desktop.tray().choose("Back Up Now");
    let archives = desktop.world.archive_files().len();
    wait_for("there is another archive", || {
        page.script("document.querySelector('main')?.scrollBy(0, 40);");
        desktop.world.archive_files().len() > archives
    });
    (held, page.long_tasks().iter().map(Duration::as_millis).collect())
}

/// An archive of 300,000 files, a third of them in one folder: until its first rows are there, until the folder is open, and
/// what the page was held up by while somebody scrolled through it.
fn tree_of_many() -> Value {
    let desktop = Desktop::new(World::small(), Has::ALL);
    let data = desktop.world.bot().join("data");
    for folder in 0..201 {
        let (folder, files) =
            if folder == 0 { (data.join("a-lot"), 100_000) } else { (data.join(format!("f{folder:03}")), 1_000) };
        fs::create_dir(&folder).unwrap();
        for file in 0..files {
            fs::write(folder.join(format!("{file:06}.txt")), "x").unwrap();
        }
    }
    desktop.world.backup("full");
    let page = desktop.open();
    page.text_of("nav");
    page.count_long_tasks();
    let ms = |until: &str, act: &str| page.later(&format!("{TIMED}({act}, {until});"), vec![]).as_f64().unwrap();
    let first = ms("() => rowOf('bot')", "() => press(document.querySelector('nav'), 'Archives')");
    let opened = ms("() => rowOf('data')", "() => open('bot')");
    let folders = ms("() => rowOf('a-lot') || rowOf('f001')", "() => open('data')");
    page.later(SCROLLED, vec![]);
    let many = ms("() => rowOf('000000.txt')", "() => open('a-lot')");
    page.later(SCROLLED, vec![]);
    let held_up: Vec<u128> = page.long_tasks().iter().map(Duration::as_millis).collect();
    json!({ "first_rows_ms": first, "levels_ms": [opened, folders, many], "long_tasks_ms": held_up })
}

const TIMED: &str = "const done = arguments[arguments.length - 1];
    const rowOf = (name) => [...document.querySelectorAll('[role=treeitem]')].find((row) => row.querySelector('.name')?.innerText.trim() === name);
    const open = (name) => { const row = rowOf(name); if (row.getAttribute('aria-expanded') === 'false') row.click(); };
    const press = (within, name) => [...within.querySelectorAll('a, button')].find((one) => one.innerText.includes(name)).click();
    ((act, there) => { const begun = performance.now();
        const look = () => (there() ? requestAnimationFrame(() => done(performance.now() - begun)) : setTimeout(look, 4));
        act(); look(); })";
/// Down to the end of the tree and back, a screen at a time.
const SCROLLED: &str = "const done = arguments[arguments.length - 1];
    let box = document.querySelector('[role=tree]');
    while (box && box.scrollHeight <= box.clientHeight) box = box.parentElement;
    if (!box) { done(0); return; }
    let steps = 0;
    const step = () => { steps += 1; box.scrollTop = steps <= 200 ? (box.scrollHeight - box.clientHeight) * steps / 200 : 0;
        if (steps <= 201) requestAnimationFrame(step); else setTimeout(() => done(steps), 300); };
    step();";

/// Of the program and all that it started: MB that are its alone, and MB with its part of what is shared.
fn held() -> Value {
    let all = processes();
    let roots: Vec<u32> = all.iter().copied().filter(|process| is_ours(*process)).collect();
    let family: Vec<u32> = all.into_iter().filter(|process| descends(*process, &roots)).collect();
    let sum = |name: &str| family.iter().map(|process| rollup(*process, name)).sum::<u64>() / 1000;
    json!({ "processes": family.len(), "anonymous_mb": sum("Anonymous"), "pss_mb": sum("Pss") })
}

fn processes() -> Vec<u32> {
    let listed = fs::read_dir("/proc").unwrap().flatten();
    listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn is_ours(process: u32) -> bool {
    fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|exe| exe == program())
}

/// Fields after the name, which may hold blanks.
fn stat(process: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    text.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn descends(mut process: u32, roots: &[u32]) -> bool {
    loop {
        if roots.contains(&process) {
            return true;
        }
        match stat(process).get(1).and_then(|parent| parent.parse().ok()) {
            Some(parent) if parent > 1 => process = parent,
            _ => return false,
        }
    }
}

fn rollup(process: u32, name: &str) -> u64 {
    let text =
        fs::read_to_string(Path::new("/proc").join(process.to_string()).join("smaps_rollup")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse().ok()).unwrap_or(0)
}

/// When it was started, in seconds since 1970.
fn begun(process: u32) -> f64 {
    let ticks: f64 = stat(process)[19].parse().unwrap();
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let up: f64 = uptime.split_whitespace().next().unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    now - up + ticks / TICKS_A_SECOND
}
