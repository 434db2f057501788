//! Looking into a large archive, or taking one file out of it, reads next to nothing of it.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, long, run, run_for, skipped};
use serde_json::Value;
use std::time::Duration;

/// What was read, as one of this many parts of the archive at most.
const PART: u64 = 100;

#[track_caller]
fn read(answer: &Value) -> u64 {
    answer["stats"]["read_bytes"].as_u64().unwrap_or_else(|| panic!("no stats: {answer}"))
}

#[test]
fn listing_and_one_small_file_read_less_than_a_hundredth() {
    let size = if long() { 2_000_000_000 } else { 200_000_000 };
    if !long() {
        skipped("small reads of a 2 GB deployment", "200 MB are used; HOLDFAST_TEST_LONG=1 takes 2 GB");
    }
    let world = World::with_sample(size);
    run_for(world.command().args(["backup", "--json", "--level", "full"]), Duration::from_mins(15)).done();
    let archive = world.archive_files().remove(0);
    let length = std::fs::metadata(&archive).unwrap().len();
    assert!(length > size / 10, "{length}");

    // On another machine: nothing but the file and the key, so that no catalog helps.
    let stranger = World::empty();
    let keyed = |arguments: &[std::ffi::OsString]| {
        let mut command = stranger.command();
        command.args(["--json", "--stats", "--identity-file"]).arg(world.identity_file());
        run(command.args(arguments)).done()
    };
    let shown = keyed(&args!["show", &archive]);
    assert!(!shown["entries"].as_array().unwrap().is_empty(), "{shown}");
    let (files, bytes) = (shown["files"].as_u64().unwrap(), shown["bytes"].as_u64().unwrap());
    let of_show = read(&shown);
    assert!(of_show > 0, "nothing is counted");
    assert!(of_show * PART < length, "show read {of_show} of {length} bytes ({files} files, {bytes} bytes)");

    let folder = keyed(&args!["show", &archive, "bot/config"]);
    let names: Vec<_> = folder["entries"].as_array().unwrap().iter().map(|entry| entry["path"].clone()).collect();
    assert!(names.contains(&Value::from("bot/config/.env")), "{names:?}");
    assert!(read(&folder) * PART < length, "listing a folder read {} of {length}", read(&folder));

    let into = stranger.path().join("into");
    let restored = keyed(&args!["restore", "--at", &archive, "--path", "bot/config/.env", "--into", &into]);
    assert_eq!(restored["files"], 1);
    assert_eq!(
        std::fs::read(into.join("bot/config/.env")).unwrap(),
        std::fs::read(world.bot().join("config/.env")).unwrap()
    );
    let of_restore = read(&restored);
    assert!(of_restore > 0);
    assert!(of_restore * PART < length, "restoring one file read {of_restore} of {length} bytes");

    // By the catalog, lists cost no read at all.
    let listed = run(world.command().args(["--json", "--stats", "list"])).done();
    assert_eq!(read(&listed), 0);
    let known = run(world.command().args(["--json", "--stats", "show", "latest", "bot/config"])).done();
    assert_eq!(read(&known), 0);
}
