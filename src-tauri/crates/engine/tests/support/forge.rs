//! Archives that somebody else made.
use super::World;
use holdfast_engine::archive::{
    ArchiveWriter, BlocksWriter, Detail, Entry, EntryKind, Extent, FORMAT, IndexWriter, Manifest, Members, Place,
    RootNote, Seal, Time, Tree,
};
use holdfast_engine::deployment::Destination;
use holdfast_engine::domain::{ArchiveName, Kind, Level};
use holdfast_engine::operations::Context;
use holdfast_engine::operations::backup::{self, BackupRequest};
use holdfast_engine::store::Folder;
use holdfast_engine::vault::{MemoryKeyring, SigningKey, sign};
use holdfast_engine::{FixedClock, Home};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An archive of the roots' present state under a name of our own, sealed to the right key by somebody who has only the
/// public one: signed with another key, or not at all.
pub fn forged(world: &World, created: Timestamp, level: Level, signing: Option<&SigningKey>) -> PathBuf {
    let folder = world.path().join(format!("forger-{}", signing.is_some()));
    let home = folder.join("home");
    copy_tree(world.context.home.path(), &home);
    // Whoever forges has no catalog, and so knows no name that is taken.
    fs::remove_file(home.join("catalog.db")).unwrap();
    let context = Context {
        home: Home::new(&home),
        clock: Arc::new(FixedClock(created)),
        keyring: Arc::new(MemoryKeyring::default()),
        ..world.context.clone()
    };
    if let Some(signing) = signing {
        let path = context.home.keys(&world.profile.id).join("signing.key");
        fs::write(path, signing.to_file_text().as_bytes()).unwrap();
    }
    let mut profile = world.profile.clone();
    profile.destinations = vec![Destination::folder(folder.join("drive"))];
    Folder::new(&folder.join("drive"), &profile.name).create().unwrap();
    let request = BackupRequest { level: Some(level), kind: Kind::Manual, ..BackupRequest::default() };
    let plan = backup::plan(&context, &profile, request, &world.job()).unwrap();
    let report = backup::run(&context, plan, &world.job()).unwrap();
    assert_eq!(report.signed, signing.is_some());
    report.path
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap().map(|item| item.unwrap()) {
        let to = to.join(item.file_name());
        if item.path().is_dir() { copy_tree(&item.path(), &to) } else { drop(fs::copy(item.path(), to)) }
    }
}

/// An entry as a hostile hand might write it.
pub fn entry(path: &[u8], kind: EntryKind, link: &[u8]) -> Entry {
    let mut entry = Entry::gone(path.to_vec());
    entry.kind = kind;
    entry.mode = if kind == EntryKind::Dir { 0o755 } else { 0o644 };
    entry.link = link.to_vec();
    entry
}

/// A file whose content is `evil`; its place is set when the archive is written.
pub fn file(path: &[u8]) -> Entry {
    let mut entry = entry(path, EntryKind::File, b"");
    entry.size = 4;
    entry.sha256 = Sha256::digest(b"evil").into();
    entry.extents = vec![Extent { place: Place::At { archive: 0, offset: 0 }, length: 4 }];
    entry
}

/// A full archive with these roots and entries, in every other respect as it should be, and well signed. `spoil` may
/// change the bytes of its index.
pub fn hostile(
    world: &World,
    root: &str,
    mut entries: Vec<Entry>,
    spoil: impl FnOnce(&mut Vec<u8>),
) -> (ArchiveName, PathBuf) {
    let vault = world.context.vault(&world.profile.id).unwrap();
    let name = ArchiveName::parse("bot_2031-01-01T000000Z_manual-full").unwrap();
    let path = world.archives().archive(&name);
    let _ = fs::remove_file(&path);
    let seal = Seal::Age(vault.public().unwrap().parse().unwrap());
    let mut writer = ArchiveWriter::create(&path, &seal, 2, 1, Time::default()).unwrap();
    let offset = writer.own("HOW-TO-RESTORE.txt", b"evil").unwrap().offset;
    let mut index = IndexWriter::new(Vec::new(), Detail::Captured);
    let mut tree = Tree::default();
    for entry in &mut entries {
        if let [Extent { place: Place::At { offset: place, .. }, length: 4 }] = &mut entry.extents[..] {
            *place = offset;
        }
        index.push(entry).unwrap();
        tree.add(entry);
    }
    let mut index = index.finish().unwrap();
    spoil(&mut index);
    let blocks = BlocksWriter::new(Vec::new()).unwrap().finish().unwrap();
    writer.separate().unwrap();
    let members = Members {
        files: writer.own(".holdfast/files.jsonl", b"").unwrap(),
        index: writer.own(".holdfast/index.bin", &index).unwrap(),
        blocks: writer.own(".holdfast/blocks.bin", &blocks).unwrap(),
        sums: writer.own(".holdfast/SHA256SUMS", b"").unwrap(),
    };
    let manifest = Manifest {
        format: FORMAT,
        archive: name.clone(),
        deployment: world.profile.name.clone(),
        deployment_id: world.profile.id.clone(),
        level: 0,
        kind: Kind::Manual,
        created: "2031-01-01T00:00:00Z".parse().unwrap(),
        exported: None,
        host: String::new(),
        program: String::new(),
        archives: vec![name.clone()],
        needs: Vec::new(),
        recipients: Vec::new(),
        roots: vec![RootNote { name: root.to_owned(), path: world.data(), file: false }],
        tree: tree.into(),
        members,
        databases: Vec::new(),
        problems: Vec::new(),
        settings: None,
        before: None,
        restores: Vec::new(),
        alarms: Vec::new(),
    };
    let signature = sign(&manifest.to_json(), &vault.signing_key().unwrap(), "x").unwrap();
    writer.finish(&manifest, Some(&signature)).unwrap();
    (name, path)
}
