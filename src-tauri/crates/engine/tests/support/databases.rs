//! Databases as chatbots keep them: in WAL mode, through connections that stay open, and a Chroma store.
use super::rng::Rng;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub struct Databases {
    folder: PathBuf,
    store: PathBuf,
    open: BTreeMap<PathBuf, Connection>,
}

impl Databases {
    /// In the folders `db` and `vector_db` of a root.
    pub fn new(root: &Path) -> Self {
        Self { folder: root.join("db"), store: root.join("vector_db"), open: BTreeMap::new() }
    }

    /// Folds every `-wal` in and deletes it.
    pub fn close(&mut self) {
        self.open.clear();
    }

    pub fn change(&mut self, rng: &mut Rng) {
        fs::create_dir_all(&self.folder).unwrap();
        let path = self.folder.join(["app.db", "chat.sqlite", "old.db"][rng.below(3) as usize]);
        let crashed = self.folder.join("crashed.db");
        match rng.below(12) {
            0 => drop(self.open.remove(&path)),
            1 => self.delete(&path),
            2 => self.sql(&path, "PRAGMA wal_checkpoint(TRUNCATE)"),
            3 => self.sql(&path, "DELETE FROM rows WHERE id % 3 = 0; VACUUM"),
            4 => self.sql(&path, "UPDATE rows SET text = text || 'x' WHERE id % 5 = 0"),
            // A machine that lost its power: a -wal that nobody has open, and no -shm.
            5 if path.exists() => {
                self.delete(&crashed);
                for ending in ["", "-wal"] {
                    let from = beside(&path, ending);
                    if from.exists() {
                        fs::copy(from, beside(&crashed, ending)).unwrap();
                    }
                }
            }
            6 => self.delete(&crashed),
            7 => self.rollback_mode(rng),
            _ => self.insert(&path, rng),
        }
    }

    fn connection(&mut self, path: &Path) -> &Connection {
        self.open.entry(path.to_owned()).or_insert_with(|| {
            let database = Connection::open(path).unwrap();
            let modes = "PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 100;
                CREATE TABLE IF NOT EXISTS rows(id INTEGER PRIMARY KEY, text TEXT, content BLOB)";
            database.execute_batch(modes).unwrap();
            database
        })
    }

    fn sql(&mut self, path: &Path, statements: &str) {
        self.connection(path).execute_batch(statements).unwrap();
    }

    fn insert(&mut self, path: &Path, rng: &mut Rng) {
        let database = self.connection(path);
        database.execute_batch("BEGIN").unwrap();
        let blob = if rng.one_in(8) { 60_000 } else { 2_000 };
        for _ in 0..=rng.below(20) {
            let values = (format!("row {}", rng.below(1000)), rng.bytes(blob));
            database.execute("INSERT INTO rows(text, content) VALUES (?1, ?2)", values).unwrap();
        }
        database.execute_batch("COMMIT").unwrap();
    }

    fn rollback_mode(&mut self, rng: &mut Rng) {
        let database = Connection::open(self.folder.join("journal.db")).unwrap();
        database.execute_batch("PRAGMA synchronous = OFF; CREATE TABLE IF NOT EXISTS t(a, b)").unwrap();
        database.execute("INSERT INTO t VALUES (?1, ?2)", (rng.below(9) as i64, rng.bytes(5000))).unwrap();
    }

    fn delete(&mut self, path: &Path) {
        self.open.remove(path);
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(path, ending));
        }
    }

    /// A collection comes, goes or changes.
    pub fn change_store(&mut self, rng: &mut Rng) {
        let path = self.store.join("chroma.sqlite3");
        if rng.one_in(10) {
            self.open.remove(&path);
            let _ = fs::remove_dir_all(&self.store);
            return;
        }
        fs::create_dir_all(&self.store).unwrap();
        let id = format!("0000000{0}-0000-4000-8000-00000000000{0}", rng.below(3));
        let segment = self.store.join(&id);
        self.sql(&path, "CREATE TABLE IF NOT EXISTS segments(id TEXT PRIMARY KEY, type TEXT, collection TEXT)");
        let database = self.connection(&path);
        if segment.exists() && rng.one_in(5) {
            database.execute("DELETE FROM segments WHERE id = ?1", [&id]).unwrap();
            fs::remove_dir_all(&segment).unwrap();
            return;
        }
        let kind = "urn:chroma:segment/vector/hnsw-local-persisted";
        database.execute("INSERT OR IGNORE INTO segments VALUES (?1, ?2, 'c')", [&id, kind]).unwrap();
        database.execute("INSERT INTO rows(text, content) VALUES ('vector', ?1)", [rng.bytes(800)]).unwrap();
        fs::create_dir_all(&segment).unwrap();
        let count = 300_000 + rng.below(200_000) as usize;
        let mut level = fs::read(segment.join("data_level0.bin")).unwrap_or_default();
        level.resize(level.len().max(count), 7);
        let at = rng.below(level.len() as u64 - 100) as usize;
        level[at..at + 100].copy_from_slice(&rng.bytes(100));
        fs::write(segment.join("data_level0.bin"), level).unwrap();
        fs::write(segment.join("header.bin"), rng.bytes(100)).unwrap();
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
