//! Archives in OpenPGP: stock gpg opens them, with the keys that lie beside them.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, assert_same, left_out, picture_without, run, skipped};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn programs_are_there() -> bool {
    let missing: Vec<_> = ["gpg", "age", "zstd", "tar", "python3"]
        .into_iter()
        .filter(|name| Command::new(name).arg("--version").output().is_err())
        .collect();
    if !missing.is_empty() {
        skipped("OpenPGP by hand", &format!("not installed: {missing:?}"));
    }
    missing.is_empty()
}

/// gpg with a home of its own, whose agent ends with it.
struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    fn new() -> Self {
        // Sockets have short paths.
        let home = tempfile::Builder::new().prefix("hf").tempdir_in("/tmp").unwrap();
        fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        Self { home }
    }

    fn shell(&self, folder: &Path, script: &str) -> holdfast_tests::Ran {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("GNUPGHOME", self.home.path());
        run(&mut command)
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", self.home.path()).output();
    }
}

fn file(made: &Value) -> PathBuf {
    PathBuf::from(made["path"].as_str().unwrap())
}

#[test]
fn stock_gpg_opens_what_an_unattended_backup_made() {
    if !programs_are_there() {
        return;
    }
    let world = World::with_sample(12_000_000);
    // No key and no passphrase is given.
    let made = world.json(["backup", "--level", "full", "--format", "openpgp"]).done();
    let out = left_out(&made);
    let without: Vec<&str> = out.iter().map(String::as_str).collect();
    let before = picture_without(&world.bot(), &without);
    let archive = file(&made);
    assert!(archive.to_string_lossy().ends_with("openpgp-full.tar.zst.gpg"), "{made}");
    run(Command::new("bash").args(["-euc", "sha256sum -c *.sha256"]).current_dir(world.archives())).expect(0);

    let gpg = Gpg::new();
    let key = world.identity_file();
    // Without the key it stays closed.
    let opened = gpg.shell(world.path(), &format!("gpg --batch -q -d '{}' > closed", archive.display()));
    assert_ne!(opened.code(), 0);
    let import = format!("age -d -i '{}' recovery-key.asc.age | gpg --batch --import", key.display());
    gpg.shell(&world.archives(), &import).expect(0);
    let restored = world.path().join("restored");
    fs::create_dir(&restored).unwrap();
    let unpack = format!(
        "gpg --batch -d '{}' | zstd -dc | tar -xpf - --xattrs --xattrs-include='*' --delay-directory-restore
         sha256sum -c --quiet .holdfast/SHA256SUMS",
        archive.display()
    );
    let ran = gpg.shell(&restored, &unpack).expect(0);
    // AES-256, protected against changes, by an ECDH key.
    assert!(!ran.stderr.contains("WARNING"), "{ran}");
    assert_same(&before, &picture_without(&restored.join("bot"), &without), "what gpg, zstd and tar gave back");
    let packets = gpg.shell(world.path(), &format!("gpg --batch -v --list-packets '{}'", archive.display()));
    let packets = format!("{}{}", packets.stdout, packets.stderr);
    assert!(packets.contains("AES256") && packets.contains("mdc_method: 2"), "{packets}");

    let how_to = fs::read_to_string(restored.join("HOW-TO-RESTORE.txt")).unwrap();
    assert!(how_to.contains("recovery-key.asc.age | gpg --import") && how_to.contains("gpg -d "), "{how_to}");
    assert!(!how_to.contains("{{"), "{how_to}");

    // An incremental archive upon it, with restore.py.
    fs::write(world.bot().join("config/new.txt"), "new").unwrap();
    let daily = world.backup("daily");
    let now = picture_without(&world.bot(), &without);
    let script = format!(
        "python3 ../restore.py --into '{}' -i '{}' '{}' '{}'",
        world.path().join("moment").display(),
        key.display(),
        file(&daily).display(),
        archive.display()
    );
    let ran = gpg.shell(&world.archives(), &script).expect(0);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("Every checksum agreed"), "{ran}");
    assert_same(&now, &picture_without(&world.path().join("moment/bot"), &without), "what restore.py gave back");
}

#[test]
fn holdfast_reads_it_with_the_passphrase_and_with_the_identity() {
    let world = World::with_sample(6_000_000);
    let made = world.json(["backup", "--level", "full", "--format", "openpgp"]).done();
    let out = left_out(&made);
    let without: Vec<&str> = out.iter().map(String::as_str).collect();
    let stick = world.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let exported = world.keyed(args!["export", "--to", &stick, "--format", "openpgp", "--no-program"]).done();
    assert_eq!(exported["format"], "openpgp");
    let verified = world.keyed(args!["verify", file(&exported), "--full"]).done();
    assert_eq!(verified["archives"][0]["signature"], "good");

    // A machine that knows nothing, with what lies on the stick.
    let fresh = World::empty();
    let archive = file(&exported);
    let keys = [args!["--passphrase-file", fresh.passphrase_file()], args!["--identity-file", world.identity_file()]];
    for (number, key) in keys.into_iter().enumerate() {
        let into = fresh.path().join(format!("restored-{number}"));
        let mut command = fresh.command();
        command.arg("--json").args(key).args(args!["restore", "--at", &archive, "--into", &into]);
        run(&mut command).done();
        assert_same(
            &picture_without(&world.bot(), &without),
            &picture_without(&into.join("bot"), &without),
            "what was restored",
        );
    }
    let shown = world.keyed(args!["show", &archive]).done();
    assert_eq!((&shown["kind"], &shown["files"]), (&"export".into(), &exported["files"]));
    fresh.assert_no_litter();
}

#[test]
fn what_openpgp_cannot_be_is_refused_in_words() {
    let world = World::with_sample(5_000_000);
    for level in [&["--level", "daily"][..], &[]] {
        let arguments: Vec<&str> = ["backup", "--format", "openpgp"].iter().chain(level).copied().collect();
        world.refused(arguments, 2, "bad-request");
    }
    assert_eq!(world.archive_files(), Vec::<PathBuf>::new());
}
