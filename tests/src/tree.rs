//! Pictures of folders, and what differs between two.
use holdfast_sample::Snapshot;
use holdfast_sample::snapshot::{diff, snapshot};
use std::path::Path;
use std::process::Command;

/// Everything in a folder: content, modes, owners, times, links, attributes. Databases by their rows.
#[track_caller]
pub fn picture(folder: &Path) -> Snapshot {
    picture_without(folder, &[])
}

/// Without these names, or paths inside the folder.
#[track_caller]
pub fn picture_without(folder: &Path, without: &[&str]) -> Snapshot {
    let without: Vec<String> = without.iter().map(ToString::to_string).collect();
    snapshot(folder, &without).unwrap()
}

pub fn differences(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    diff(before, after)
}

pub fn same(before: &Snapshot, after: &Snapshot) -> bool {
    diff(before, after).is_empty()
}

#[track_caller]
pub fn assert_same(before: &Snapshot, after: &Snapshot, what: &str) {
    let lines = diff(before, after);
    assert!(before.len() > 1, "{what}: nothing was compared");
    let shown: Vec<_> = lines.iter().take(30).collect();
    assert!(lines.is_empty(), "{what}: {} lines differ\n{shown:#?}", lines.len());
}

/// A copy with everything that `cp -a` keeps.
#[track_caller]
pub fn copy_tree(from: &Path, to: &Path) {
    let status = Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
