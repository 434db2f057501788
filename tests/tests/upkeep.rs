//! What keeps archives readable, by the program itself: rot is found and mended, also where that is killed midway.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, codes, noise, start};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A full archive of so many bytes that do not compress, and its copy on a shelf.
fn world(bytes: usize) -> (World, PathBuf, PathBuf) {
    let world = World::small();
    fs::write(world.bot().join("data/large.bin"), noise(bytes)).unwrap();
    let archive: PathBuf = world.backup("full")["path"].as_str().unwrap().into();
    let shelf = world.path().join("shelf");
    fs::create_dir(&shelf).unwrap();
    world.json(args!["destination", "add", "Shelf", "--to", &shelf]).done();
    world.json(["copy"]).done();
    let copy = shelf.join("Holdfast/bot").join(archive.file_name().unwrap());
    assert!(copy.is_file());
    (world, archive, copy)
}

/// As if all was read so many days earlier than it was.
fn days_pass(world: &World, days: i64) {
    let catalog = Connection::open(world.catalog()).unwrap();
    let by = days * 86_400 * 1_000_000_000;
    for statement in [
        "UPDATE archives SET verified_at = verified_at - ?1",
        "UPDATE copies SET verified_at = verified_at - ?1",
        "UPDATE turns SET at = at - ?1",
    ] {
        catalog.execute(statement, [by]).unwrap();
    }
}

fn rot(path: &Path) {
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let at = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

#[test]
fn what_is_due_is_read_and_what_rotted_is_mended() {
    let (world, archive, copy) = world(300_000);
    let first = world.json(["verify", "--due"]).done();
    assert_eq!((&first["places"], &first["sample"]["result"]), (&serde_json::json!([]), &"no-key".into()), "{first}");
    assert!(world.run(["verify", "--due"]).expect(0).stdout.contains("Nothing is due now"));
    let keyed = {
        days_pass(&world, 8);
        world.keyed(["verify", "--due", "--json"]).done()
    };
    assert_eq!(keyed["sample"]["result"], "restored", "{keyed}");

    days_pass(&world, 8);
    let good = fs::read(&archive).unwrap();
    rot(&copy);
    let found = world.json(["verify", "--due"]).outcome(3, "problems");
    assert_eq!(codes(&found), ["checksum-mismatch"], "{found}");
    assert_eq!(found["repaired"][0]["place"], "Shelf", "{found}");
    assert!(fs::read(&copy).unwrap() == good);

    // Without the shelf it can only be said; with it, it is mended.
    days_pass(&world, 15);
    rot(&archive);
    fs::rename(world.path().join("shelf"), world.path().join("away")).unwrap();
    let found = world.json(["verify", "--due"]).outcome(5, "failed");
    assert_eq!(found["repaired"], serde_json::json!([]), "{found}");
    assert_eq!(world.json(["status"]).json()["deployments"][0]["state"], "at-risk");
    fs::rename(world.path().join("away"), world.path().join("shelf")).unwrap();
    days_pass(&world, 1);
    world.json(["verify", "--due"]).done();
    assert!(fs::read(&archive).unwrap() == good);
    assert_eq!(world.json(["status"]).json()["deployments"][0]["state"], "protected");
}

#[test]
fn what_is_not_read_for_a_month_is_told() {
    let (world, ..) = world(300_000);
    let read = |world: &World| world.json(["status"]).json()["deployments"][0]["read"].clone();
    assert_eq!((&read(&world)["overdue"], &read(&world)["within_days"]), (&false.into(), &30.into()));
    days_pass(&world, 31);
    let told = read(&world);
    assert_eq!((&told["overdue"], &told["places"][1]["overdue"]), (&true.into(), &1.into()), "{told}");
    assert!(world.run(["status"]).stdout.contains("not read for more than 30 days"));
    assert!(world.run(["doctor"]).stdout.contains("read again"));
    world.json(["verify", "--due"]).done();
    assert_eq!(read(&world)["overdue"], false);
}

#[test]
fn a_repair_that_is_killed_leaves_the_damaged_archive_or_the_good_one() {
    let (world, archive, _copy) = world(24 << 20);
    let good = fs::read(&archive).unwrap();
    let partial = archive.with_file_name(format!("{}.partial", archive.file_name().unwrap().to_str().unwrap()));
    let mut cut = 0;
    for delay in [0, 5, 20, 60, 120] {
        days_pass(&world, 15);
        rot(&archive);
        let bad = fs::read(&archive).unwrap();
        let mut run = start(world.command().args(["verify", "--due"]));
        let begun = Instant::now();
        while !partial.exists() && begun.elapsed() < Duration::from_mins(1) && run.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(delay));
        let _ = run.kill();
        run.wait().unwrap();
        let now = fs::read(&archive).unwrap();
        assert!(now == bad || now == good, "neither the one nor the other");
        cut += u32::from(now == bad);
        days_pass(&world, 1);
        world.json(["verify", "--due"]).json();
        assert!(fs::read(&archive).unwrap() == good, "the next run mends it");
        assert!(!partial.exists());
    }
    assert!(cut > 0, "no kill came in time");
    world.json(["verify", "--all"]).done();
}

#[test]
fn metrics_are_text_for_a_collector() {
    let (world, ..) = world(300_000);
    let text = world.run(["status", "--prometheus"]).expect(0).stdout;
    for line in text.lines() {
        let is_comment = line.starts_with("# HELP holdfast_") || line.starts_with("# TYPE holdfast_");
        let is_sample = || {
            let (name, value) = line.rsplit_once(' ').unwrap();
            name.starts_with("holdfast_") && value.parse::<f64>().is_ok()
        };
        assert!(is_comment || is_sample(), "{line}");
    }
    assert!(
        text.contains("holdfast_destination_archives{deployment=\"bot\",destination=\"Shelf\",kind=\"folder\"} 1\n")
    );
    assert!(
        text.contains("holdfast_recovery_point_target_seconds{deployment=\"bot\",component=\"database\"} 3600\n"),
        "{text}"
    );
    assert!(!text.contains(world.path().to_str().unwrap()), "a path is in it");
    // Attention is in the metrics, not in how it ends.
    fs::rename(world.path().join("drive"), world.path().join("gone")).unwrap();
    world.run(["status"]).expect(3);
    let text = world.run(["status", "--prometheus"]).expect(0).stdout;
    assert!(text.contains("destination=\"drive\",kind=\"folder\"} 0\n"), "{text}");
}
