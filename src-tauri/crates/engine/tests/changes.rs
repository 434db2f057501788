//! Real changes of real files under the scheduler: each is archived, a burst once, and a restore not at all.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::domain::Level;
use holdfast_engine::operations::reading::Reading;
use holdfast_engine::operations::restore::{self, RestoreRequest, Scope, Target};
use holdfast_engine::scheduler::Watches;
use holdfast_engine::store::Folder;
use holdfast_engine::vault::Given;
use jiff::SignedDuration;
use std::time::{Duration, Instant};
use support::computer::Computer;

/// A few seconds of the computer's time for each moment of ours, for so long at most or until an archive is made.
fn run_for(computer: &mut Computer, seconds: i64) -> Vec<String> {
    let (ends, began) = (computer.now() + SignedDuration::from_secs(seconds), Instant::now());
    let mut told = Vec::new();
    while computer.now() < ends && !told.iter().any(|line: &String| line.contains(" made, ")) {
        computer.run_to(computer.now() + SignedDuration::from_secs(2));
        told.extend(computer.told());
        std::thread::sleep(Duration::from_millis(10));
        assert!(began.elapsed() < Duration::from_mins(1));
    }
    told
}

fn write(computer: &Computer, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(computer.data().join(name), content).unwrap();
}

/// On, watching, with its first archive, at 10:08.
fn watching() -> Computer {
    let mut computer = Computer::new("2101-06-01 10:00");
    computer.start_with(Box::new(Watches::new(computer.context.clone())));
    computer.run_until("2101-06-01 10:08");
    assert_eq!((computer.archives().len(), computer.told().len()), (1, 2), "how it watches is no news");
    std::thread::sleep(Duration::from_millis(300));
    computer
}

#[test]
fn a_change_of_settings_is_archived_and_a_burst_is_one_archive() {
    let mut computer = watching();
    write(&computer, "notes.md", "other notes");
    let told = run_for(&mut computer, 120);
    assert!(told.is_empty(), "data has its hour: {told:?}");
    write(&computer, ".env", "KEY=2\n");
    let told = run_for(&mut computer, 600);
    assert!(told[0].ends_with("hourly begins: the configuration changed"), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");
    for number in 0..300 {
        write(&computer, ".env", format!("KEY={number}\n"));
        write(&computer, "config.json", format!("{{\"a\": {number}}}"));
        if number % 100 == 0 {
            run_for(&mut computer, 2);
        }
    }
    let told = run_for(&mut computer, 900);
    assert_eq!(told.len(), 2, "{told:?}");
    let told = run_for(&mut computer, 600);
    assert!(told.is_empty(), "{told:?}");
    let levels: Vec<Level> = computer.archives().into_iter().map(|(_, level)| level).collect();
    assert_eq!(levels, [Level::Full, Level::Hourly, Level::Hourly]);
}

#[test]
fn a_restore_makes_its_own_archive_and_no_other() {
    let mut computer = watching();
    let rows = computer.context.catalog().unwrap().0.archives().list(Some(&computer.profile.id)).unwrap();
    let folder = Folder::of(&computer.profile.destinations[0], &computer.profile.name);
    let request = RestoreRequest {
        profile: Some(computer.profile.clone()),
        archive: folder.archive(&rows[0].name),
        scope: Scope::default(),
        target: Target::InPlace,
        emergency: true,
    };
    let job = computer.job();
    let reading = Reading::of_deployment(&computer.context, &computer.profile.id, &Given::default(), false).unwrap();
    let plan = restore::plan(&computer.context, &reading, request, &job).unwrap();
    restore::run(&computer.context, plan, &job).unwrap();
    let told = run_for(&mut computer, 1200);
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(computer.archives().len(), 2, "the first one, and that of the state before the restore");
    write(&computer, ".env", "KEY=3\n");
    let told = run_for(&mut computer, 600);
    assert!(told[0].ends_with("hourly begins: the configuration changed"), "{told:?}");
}
