//! What is said about files beside their content, and files that cannot be captured.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::domain::{Code, Level, Outcome};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, XattrFlags};
use std::ffi::OsStr;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use support::picture::{self, What, assert_same};
use support::{Time, World, comes_back, reported};

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn time(path: &Path, secs: i64, nanos: i64) {
    let time = Timespec { tv_sec: secs, tv_nsec: nanos };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

fn root_user() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn modes_times_and_owners_come_back() {
    let world = World::new(Time::Ahead);
    for bits in [0o000, 0o400, 0o644, 0o755, 0o4755, 0o2755, 0o1644, 0o7777, 0o200].map(|bits| bits | least()) {
        mode(&world.write(&format!("modes/{bits:o}"), "x"), bits);
        let folder = world.data().join(format!("folders/{bits:o}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("inside"), "y").unwrap();
        mode(&folder, bits | least());
    }
    fs::create_dir(world.data().join("empty")).unwrap();
    let times = [(0, 1), (-1, 999_999_999), (-2_000_000_000, 250_000_000), (1 << 31, 5), (13_000_000_000, 0)];
    for (number, (secs, nanos)) in times.into_iter().enumerate() {
        time(&world.write(&format!("times/{number}"), "z"), secs, nanos);
        let link = world.data().join(format!("times/link {number}"));
        symlink("0", &link).unwrap();
        time(&link, secs, nanos);
        let folder = world.data().join(format!("times/folder {number}"));
        fs::create_dir(&folder).unwrap();
        time(&folder, secs, nanos);
    }
    if root_user() {
        for (uid, gid) in [(0, 7), (1000, 1000), (4_000_000_000, 3_000_000)] {
            let path = world.write(&format!("owners/{uid}"), "o");
            lchown(&path, Some(uid), Some(gid)).unwrap();
            mode(&path, 0o6755);
            let link = world.data().join(format!("owners/link {uid}"));
            symlink("nowhere", &link).unwrap();
            lchown(&link, Some(uid), Some(gid)).unwrap();
        }
    }
    mode(&world.data(), 0o2750);
    time(&world.data(), -5, 7);
    comes_back(&world, Level::Full);
    // The same in an incremental archive, which tells these from changes of content.
    mode(&world.data().join("modes/644"), 0o4711 | least());
    time(&world.data().join("times/0"), -9, 3);
    time(&world.data().join("times/link 1"), -9, 4);
    mode(&world.data().join("empty"), 0o1777);
    let before = world.picture();
    let report = world.good_backup(Level::Hourly);
    assert_same(&before, &world.moment(&report.archive), "changed");
    assert!(report.bytes_read < 10, "{} bytes were read", report.bytes_read);
}

/// Without root, what is to be backed up must be readable.
fn least() -> u32 {
    if root_user() { 0 } else { 0o700 }
}

#[test]
fn names_of_any_bytes_and_length_come_back() {
    let world = World::new(Time::Ahead);
    let names: [&[u8]; 14] = [
        b"two\nlines",
        b"back\\slash",
        b"\xff\xfe\x80",
        b" ",
        b"-",
        b"--help",
        b"*",
        b"a\tb",
        b"\x01\x7f",
        "e\u{301}".as_bytes(),
        "\u{e9}".as_bytes(),
        b"...",
        b"quote\"",
        &[b'n'; 255],
    ];
    for name in names {
        let folder = world.data().join(OsStr::from_bytes(name));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(OsStr::from_bytes(name)), name).unwrap();
        symlink(OsStr::from_bytes(name), folder.join("link")).unwrap();
        fs::hard_link(folder.join(OsStr::from_bytes(name)), folder.join("second")).unwrap();
    }
    // A target longer than tar's field, and a path of thousands of bytes.
    symlink("../".repeat(1000), world.data().join("far")).unwrap();
    let deep = vec!["d".repeat(200); 10].join("/");
    world.write(&format!("{deep}/deep.json"), "deep");
    comes_back(&world, Level::Full);
    world.write(&format!("{deep}/deep.json"), "deeper");
    fs::remove_dir_all(world.data().join("*")).unwrap();
    fs::write(world.data().join(OsStr::from_bytes(names[0])).join(OsStr::from_bytes(names[0])), "new").unwrap();
    comes_back(&world, Level::Hourly);
}

#[test]
fn attributes_and_access_lists_come_back() {
    let world = World::new(Time::Ahead);
    let path = world.write("a", "x");
    if rustix::fs::lsetxattr(&path, "user.test", b"1", XattrFlags::empty()).is_err() {
        println!("skipped: the file system keeps no extended attributes");
        return;
    }
    let set = |path: &Path, name: &str, value: &[u8]| {
        rustix::fs::lsetxattr(path, name, value, XattrFlags::empty()).unwrap();
    };
    set(&path, "user.empty", b"");
    set(&path, "user.bytes", b"\0\xff\n=");
    set(&world.write("long", "x"), "user.long", &[7; 3000]);
    let many = world.write("many", "x");
    for number in 0..40 {
        set(&many, &format!("user.with a long name, so that the list is long too {number}"), b"v");
    }
    set(&world.data(), "user.of the root", b"r");
    fs::create_dir(world.data().join("folder")).unwrap();
    set(&world.data().join("folder"), "user.of a folder", b"f");
    mode(&path, 0o444 | least());
    if root_user() {
        set(&path, "trusted.test", b"t");
        // A link has attributes of its own.
        let link = world.data().join("link");
        symlink("a", &link).unwrap();
        set(&link, "trusted.link", b"l");
    }
    let acl = |args: &[&str]| {
        let done = Command::new("setfacl").args(args).current_dir(world.data()).status();
        done.is_ok_and(|status| status.success())
    };
    world.write("listed", "x");
    if !acl(&["-m", "u:1234:rw-,g:77:r--", "listed"]) || !acl(&["-d", "-m", "u:1234:rwx", "folder"]) {
        println!("without access lists: setfacl is not installed, or the file system keeps none");
    }
    comes_back(&world, Level::Full);
    set(&path, "user.test", b"2");
    rustix::fs::lremovexattr(&many, "user.with a long name, so that the list is long too 7").unwrap();
    comes_back(&world, Level::Hourly);
}

#[test]
fn holes_stay_holes() {
    let world = World::new(Time::Ahead);
    let blocks = |path: &Path| fs::metadata(path).unwrap().blocks() * 512;
    let path = world.write("sparse.img", "start");
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"middle", 20 << 20).unwrap();
    file.set_len(60 << 20).unwrap();
    if blocks(&path) > 1 << 20 {
        println!("skipped: the file system keeps no holes");
        return;
    }
    // Nothing but a hole; and the end written, but not the start.
    fs::File::create(world.data().join("empty.img")).unwrap().set_len(5 << 20).unwrap();
    fs::File::create(world.data().join("end.img")).unwrap().write_all_at(b"end", 5 << 20).unwrap();
    for level in [Level::Full, Level::Daily, Level::Hourly] {
        let picture = world.picture();
        let report = world.good_backup(level);
        assert!(report.stored_bytes < 1 << 20, "{} bytes are stored", report.stored_bytes);
        let into = world.path().join(format!("into-{level}"));
        world.restore_into(&report.archive, &into).unwrap();
        assert_same(&picture, &picture::take(&into), "holes");
        for name in ["sparse.img", "empty.img", "end.img"] {
            let used = blocks(&into.join("data").join(name));
            assert!(used < 1 << 20, "{name} takes {used} bytes");
        }
        file.seek(SeekFrom::Start(40 << 20)).unwrap();
        file.write_all(level.as_str().as_bytes()).unwrap();
    }
}

#[test]
fn what_is_no_file_is_named_and_left_out() {
    let world = World::new(Time::Ahead);
    world.write("a", "x");
    let before = world.picture();
    rustix::fs::mknodat(CWD, world.data().join("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.data().join("socket")).unwrap();
    let report = world.good_backup(Level::Full);
    reported(&report, Code::SpecialFileLeftOut, "data/fifo");
    reported(&report, Code::SpecialFileLeftOut, "data/socket");
    let after = world.moment(&report.archive);
    assert!(after.keys().eq(before.keys()), "{:?}", after.keys());
    // What was a file is a FIFO now, and a FIFO a file: nothing waits for somebody to write into it.
    fs::remove_file(world.data().join("a")).unwrap();
    fs::remove_file(world.data().join("fifo")).unwrap();
    rustix::fs::mknodat(CWD, world.data().join("a"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    world.write("fifo", "y");
    comes_back(&world, Level::Hourly);
}

#[test]
fn links_that_lead_in_circles_or_out_are_kept_as_links() {
    let world = World::new(Time::Ahead);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("private"), "x").unwrap();
    fs::create_dir_all(world.data().join("folder")).unwrap();
    for (name, target) in [
        ("a", "b"),
        ("b", "a"),
        ("self", "self"),
        ("here", "."),
        ("folder/up", ".."),
        ("root", "/"),
        ("gone", "nowhere"),
    ] {
        symlink(target, world.data().join(name)).unwrap();
    }
    symlink(outside.path(), world.data().join("out")).unwrap();
    let picture = world.picture();
    assert_eq!(picture.values().filter(|item| matches!(item.what, What::Link(_))).count(), 8);
    comes_back(&world, Level::Full);
}

/// Set in the run as another user: the folder to work in.
const INNER: &str = "HOLDFAST_TEST_METADATA_FOLDER";

#[test]
fn what_may_not_be_read_is_named_and_its_last_state_kept() {
    if root_user() && std::env::var_os(INNER).is_none() {
        // Root may read everything: this test again, as nobody.
        let folder = tempfile::tempdir().unwrap();
        mode(folder.path(), 0o777);
        let program = folder.path().join("test");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let ended = Command::new(&program)
            .args(["--exact", "what_may_not_be_read_is_named_and_its_last_state_kept", "--nocapture"])
            .env(INNER, "")
            .env("TMPDIR", folder.path())
            .current_dir(folder.path())
            .uid(65534)
            .gid(65534)
            .output();
        match ended {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(e) => println!("skipped: no other user can be taken on: {e}"),
        }
        return;
    }
    let world = World::new(Time::Ahead);
    let path = world.write("closed.json", "its first state");
    world.write("open.json", "first");
    world.write("folder/kept.json", "in a folder");
    let first = world.picture();
    world.good_backup(Level::Full);
    world.write("closed.json", "its second state");
    mode(&path, 0o000);
    let new = world.write("new.json", "never seen");
    mode(&new, 0o000);
    let folder = world.data().join("folder");
    mode(&folder, 0o000);
    world.write("open.json", "second");
    for level in [Level::Hourly, Level::Daily, Level::Hourly] {
        let report = world.backup(level);
        assert_eq!(report.outcome, Outcome::Problems);
        for subject in ["data/closed.json", "data/new.json", "data/folder"] {
            reported(&report, Code::FileUnreadable, subject);
        }
        let into = world.path().join(format!("into {}", report.archive));
        world.restore_into(&report.archive, &into).unwrap();
        mode(&into.join("data/folder"), 0o700);
        let moment = picture::take(&into);
        assert_eq!(moment[&b"data/closed.json"[..]], first[&b"data/closed.json"[..]]);
        assert_eq!(moment[&b"data/folder/kept.json"[..]], first[&b"data/folder/kept.json"[..]]);
        assert!(!moment.contains_key(&b"data/new.json"[..]));
        assert_ne!(moment[&b"data/open.json"[..]].what, first[&b"data/open.json"[..]].what);
    }
    // Readable again, all of it is there.
    mode(&path, 0o600);
    mode(&new, 0o600);
    mode(&folder, 0o700);
    comes_back(&world, Level::Hourly);
}
