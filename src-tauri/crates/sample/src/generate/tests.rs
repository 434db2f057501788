use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use rusqlite::Connection;

use super::*;
use crate::check::{Check, check};
use crate::snapshot::{snapshot, without_mtime};

const SIZE: u64 = 5_000_000;

fn sample(seed: u64) -> (tempfile::TempDir, Generated) {
    let dir = tempfile::tempdir().unwrap();
    let options = Generate { origin: Some("/srv/chatbot".into()), ..Generate::new(SIZE, seed) };
    let made = generate(dir.path(), &options).unwrap();
    (dir, made)
}

fn bytes_of(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    walk(dir, &mut |path, meta| {
        if meta.is_file() {
            let inside = path.strip_prefix(dir).unwrap().to_owned();
            all.push((inside, fs::read(path).unwrap()));
        }
        Ok(())
    })
    .unwrap();
    all
}

#[test]
fn the_seed_decides_every_byte_and_time() {
    let ((a, made), (b, again), (other, _)) = (sample(1), sample(1), sample(2));
    assert_eq!(made, again);
    let (in_a, in_b) = (bytes_of(a.path()), bytes_of(b.path()));
    let differing: Vec<_> = in_a.iter().zip(&in_b).filter(|(a, b)| a != b).collect();
    assert!(differing.is_empty(), "{:?}", differing[0].0.0);
    assert_eq!(in_a.len(), in_b.len());

    let snap = |dir: &tempfile::TempDir| snapshot(dir.path(), &[]).unwrap();
    assert_eq!(snap(&a), snap(&b));
    assert_ne!(without_mtime(snap(&a)), without_mtime(snap(&other)));
}

#[test]
fn the_size_and_shares_are_about_what_was_asked() {
    let dir = tempfile::tempdir().unwrap();
    let made = generate(dir.path(), &Generate::new(20_000_000, 3)).unwrap();
    let off = made.stored_bytes.abs_diff(20_000_000);
    assert!(off < 1_000_000, "{} bytes stored", made.stored_bytes);
    assert!(made.files > 500);
    let layout = Layout::new(dir.path());
    let database = fs::metadata(layout.webui_db()).unwrap().len();
    let wal = fs::metadata(beside(&layout.webui_db(), "-wal")).unwrap().len();
    assert!((4_400_000..5_200_000).contains(&(database + wal)));
    let health = check(dir.path(), &Check::default()).unwrap();
    assert_eq!(health.problems, Vec::<String>::new());
    assert_eq!(health.chats, made.chats);
}

#[test]
fn some_committed_rows_are_only_in_the_wal() {
    let (dir, made) = sample(4);
    let copy = tempfile::tempdir().unwrap();
    let alone = copy.path().join("webui.db");
    fs::copy(Layout::new(dir.path()).webui_db(), &alone).unwrap();
    let count = |path: &Path| -> u64 {
        Connection::open(path)
            .unwrap()
            .query_row("SELECT count(*) FROM chat", [], |row| crate::sqlite::unsigned(row, 0))
            .unwrap()
    };
    assert!(made.chats_only_in_wal >= 8);
    assert_eq!(count(&alone), made.chats - made.chats_only_in_wal);
    assert_eq!(count(&Layout::new(dir.path()).webui_db()), made.chats);
}

#[test]
fn uploads_hold_what_a_file_system_can() {
    let (dir, made) = sample(5);
    assert_eq!(made.left_out, Vec::<String>::new());
    let uploads = Layout::new(dir.path()).uploads();
    let meta = |name: &str| fs::symlink_metadata(uploads.join(name)).unwrap();
    assert!(fs::read_dir(uploads.join("empty folder")).unwrap().next().is_none());
    assert!(meta("latest.pdf").is_symlink());
    assert_eq!(meta("linked twice.pdf").ino(), meta("shared/the same.pdf").ino());
    assert!(meta("memory dump.raw").blocks() * 512 < meta("memory dump.raw").len() / 2);
    assert_eq!(meta("run me.sh").mode() & 0o777, 0o755);
    let env = Layout::new(dir.path()).env();
    assert_eq!(fs::metadata(&env).unwrap().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(env).unwrap().contains("OPENROUTER_API_KEY=sk-or-"));
    let odd = fs::read_dir(&uploads)
        .unwrap()
        .any(|entry| std::str::from_utf8(entry.unwrap().file_name().as_bytes()).is_err());
    assert!(odd);
}

#[test]
fn files_and_sparse_are_options() {
    let dir = tempfile::tempdir().unwrap();
    let options = Generate { files: Some(777), sparse: true, ..Generate::new(200_000_000, 6) };
    let made = generate(dir.path(), &options).unwrap();
    let found = |shelf| {
        let folder = Layout::new(dir.path()).conversations(shelf);
        crate::files::files_in(&folder).unwrap().len()
    };
    assert_eq!(found("active") + found("archived"), 777);
    assert!(found("archived") > 50);
    assert!(made.bytes > 190_000_000 && made.stored_bytes < 40_000_000);
}

#[test]
fn a_folder_in_use_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine"), "precious").unwrap();
    assert!(generate(dir.path(), &Generate::new(SIZE, 1)).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
