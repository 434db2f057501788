use std::collections::HashMap;
use std::fs;

use super::*;
use crate::check::{Check, check};
use crate::generate::{Generate, generate};
use crate::snapshot::snapshot;

fn sample(size: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let options = Generate { origin: Some("/srv/chatbot".into()), ..Generate::new(size, 1) };
    generate(dir.path(), &options).unwrap();
    dir
}

/// Files by path, the database with its `-wal` folded in.
fn contents(dir: &Path) -> HashMap<PathBuf, Vec<u8>> {
    let mut all = HashMap::new();
    walk(dir, &mut |path, meta| {
        if meta.is_file() {
            all.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(path).unwrap());
        }
        Ok(())
    })
    .unwrap();
    let copy = tempfile::tempdir().unwrap();
    let database = copy.path().join("webui.db");
    for suffix in ["", "-wal"] {
        let bytes = &all[&PathBuf::from(format!("data/webui.db{suffix}"))];
        fs::write(beside(&database, suffix), bytes).unwrap();
    }
    let db = Connection::open(&database).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    all.insert("data/webui.db".into(), fs::read(&database).unwrap());
    all.retain(|path, _| !path.to_string_lossy().contains(".db-"));
    all
}

fn changed(before: &HashMap<PathBuf, Vec<u8>>, after: &HashMap<PathBuf, Vec<u8>>) -> u64 {
    let nothing = Vec::new();
    let mut bytes = 0;
    for (path, new) in after {
        let old = before.get(path).unwrap_or(&nothing);
        for (index, block) in new.chunks(4096).enumerate() {
            let same = old.get(index * 4096..index * 4096 + block.len());
            bytes += if same == Some(block) { 0 } else { block.len() as u64 };
        }
    }
    bytes
}

#[test]
fn about_the_percentage_changes() {
    for percent in [1.0, 10.0] {
        let dir = sample(40_000_000);
        let before = contents(dir.path());
        let done = mutate(dir.path(), &Mutate { percent, seed: 5 }).unwrap();
        let really = changed(&before, &contents(dir.path())) as f64;
        let share = really / done.of_bytes as f64 * 100.0;
        assert!(share > percent * 0.7 && share < percent * 1.4, "{share} for {percent}");
        let said = done.changed_bytes as f64;
        assert!(said > really * 0.7 && said < really * 1.4, "said {said}, is {really}");
        let health = check(dir.path(), &Check::default()).unwrap();
        assert_eq!(health.problems, Vec::<String>::new());
    }
}

#[test]
fn every_kind_of_change_is_made_where_it_says() {
    let dir = sample(5_000_000);
    let at = |path: &Path| dir.path().join(path);
    let count = |dir: &Path| check(dir, &Check::default()).unwrap().chats;
    let before = contents(dir.path());
    let chats = count(dir.path());
    let done = mutate(dir.path(), &Mutate { percent: 2.0, seed: 5 }).unwrap();
    let after = contents(dir.path());
    assert!(done.chats_added > 0 && done.chats_rewritten > 0);
    assert_eq!(count(dir.path()), chats + done.chats_added);
    assert!(!done.conversations_rewritten.is_empty());
    for path in &done.conversations_rewritten {
        assert_ne!(before[path], after[path]);
    }
    assert!(done.conversations_deleted.iter().all(|path| !at(path).exists()));
    assert!(done.conversations_added.iter().all(|path| at(path).exists()));
    assert!(!before.contains_key(&done.upload_added.unwrap()));
    let (from, to) = done.upload_renamed.unwrap();
    assert_eq!(before[&from], after[&to]);
    let region = done.vectors_overwritten.unwrap();
    assert_eq!(before[&region.path].len(), after[&region.path].len());
    assert_ne!(before[&region.path], after[&region.path]);
    let log = done.log_appended.unwrap();
    assert_eq!(before[&log.path], after[&log.path][..log.offset as usize]);
}

#[test]
fn the_seed_decides_the_change() {
    let [a, b, other] = [7, 7, 8].map(|seed| {
        let dir = sample(5_000_000);
        let done = mutate(dir.path(), &Mutate { percent: 1.0, seed }).unwrap();
        (done, snapshot(dir.path(), &[]).unwrap())
    });
    assert_eq!(a.0, b.0);
    assert_eq!(crate::snapshot::diff(&a.1, &b.1), Vec::<String>::new());
    assert_ne!(a.1, other.1);
}

#[test]
fn a_wrecked_deployment_can_still_change() {
    let dir = sample(5_000_000);
    for gone in ["conversations", "vector_db", "uploads"] {
        fs::remove_dir_all(dir.path().join("data").join(gone)).unwrap();
    }
    fs::remove_file(dir.path().join("data/webui.db")).unwrap();
    let done = mutate(dir.path(), &Mutate { percent: 1.0, seed: 1 }).unwrap();
    assert!(done.log_appended.is_some() && done.upload_added.is_none());
    assert!(mutate(dir.path(), &Mutate { percent: 0.0, seed: 1 }).is_err());
}
