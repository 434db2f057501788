//! Archives of every version of the format restore for ever.
#![allow(clippy::unwrap_used)]

use holdfast_engine::archive::FORMAT;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::Context;
use holdfast_engine::operations::recover::{self, Place, RecoverRequest, Trust};
use holdfast_engine::operations::restore::{Owners, Scope};
use holdfast_engine::vault::{Given, MemoryKeyring, Passphrase};
use holdfast_engine::{FixedClock, Home};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/archives")
}

/// As `make` describes a folder: kind, mode, content, path.
fn picture(folder: &Path) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut folders: Vec<PathBuf> = ["config", "data"].map(|root| folder.join(root)).to_vec();
    while let Some(path) = folders.pop() {
        let meta = path.symlink_metadata().unwrap();
        let mode = meta.permissions().mode() & 0o7777;
        let start = if meta.is_symlink() {
            format!("l 777 {}", path.read_link().unwrap().display())
        } else if meta.is_dir() {
            folders.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
            format!("d {mode:o} -")
        } else {
            format!("f {mode:o} {}", hex::encode(Sha256::digest(fs::read(&path).unwrap())))
        };
        let name = path.strip_prefix(folder).unwrap().as_os_str().as_bytes();
        lines.push([start.as_bytes(), b" ", name].concat());
    }
    lines.sort();
    lines
}

fn restores(version: u32) {
    let folder = kept().join(format!("v{version}"));
    let passphrase = Passphrase::from_file_content(&fs::read(folder.join("passphrase")).unwrap()).unwrap();
    let machine = tempfile::tempdir().unwrap();
    let context = Context {
        home: Home::new(machine.path().join("home")),
        clock: Arc::new(FixedClock("2027-01-01T00:00:00Z".parse().unwrap())),
        keyring: Arc::new(MemoryKeyring::default()),
        host: "elsewhere".to_owned(),
        workers: 2,
        etc: machine.path().join("etc"),
    };
    let job = Job::silent(context.clock.clone());
    let deposit = recover::find(&folder).unwrap().deposit(None).unwrap().clone();
    let given = Given { passphrase: Some(passphrase), ..Given::default() };
    let opened = recover::open(&context, deposit, &given, &Trust::default(), &job).unwrap();
    assert_eq!(opened.candidates.len(), 3);
    for candidate in &opened.candidates {
        let manifest = candidate.manifest.as_ref().unwrap();
        assert_eq!((manifest.format, &candidate.problem), (version, &None));
        let into = machine.path().join(manifest.level().as_str());
        let request = RecoverRequest {
            archive: candidate.archive.clone(),
            scope: Scope::default(),
            place: Place::Into(into.clone()),
            owners: Owners::default(),
            emergency: false,
            adopt: false,
        };
        let plan = recover::plan(&context, &opened, request, &job).unwrap();
        let report = recover::run(&context, &opened, plan, &job).unwrap();
        assert!(report.restored.files > 10, "{report:?}");
        let expected = fs::read(folder.join(format!("{}.txt", manifest.level()))).unwrap();
        let mut expected: Vec<Vec<u8>> =
            expected.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect();
        expected.sort();
        let show =
            |lines: &[Vec<u8>]| lines.iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect::<Vec<_>>();
        assert_eq!(show(&picture(&into)), show(&expected), "v{version}, {}", manifest.level());
    }
}

#[test]
fn archives_of_every_version_restore() {
    for version in 1..=FORMAT {
        restores(version);
    }
}

#[test]
fn the_list_of_kept_archives_is_complete_and_small() {
    let items = fs::read_dir(kept()).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap());
    let mut versions: Vec<u32> = items.filter_map(|name| name.strip_prefix('v')?.parse().ok()).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=FORMAT).collect::<Vec<_>>(), "run tests/archives/make");
    for version in versions {
        let folder = kept().join(format!("v{version}/Holdfast/bot"));
        let bytes: u64 = fs::read_dir(folder).unwrap().map(|item| item.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes < 300_000, "{bytes} bytes");
    }
}
