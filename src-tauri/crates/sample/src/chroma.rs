//! The vector store: `chroma.sqlite3`, and the folders of its vector segments. One unit.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::error::{At, Result};
use crate::hnsw;
use crate::seed::Rng;
use crate::sqlite::create_fast;
use crate::words::prose;

pub(crate) const VECTOR: &str = "urn:chroma:segment/vector/hnsw-local-persisted";
const METADATA: &str = "urn:chroma:segment/metadata/sqlite";
const STAMP: &str = "2025-01-01 00:00:00";

const SCHEMA: &str = "
CREATE TABLE collections (id TEXT PRIMARY KEY, name TEXT NOT NULL, dimension INTEGER,
    database_id TEXT NOT NULL);
CREATE TABLE segments (id TEXT PRIMARY KEY, type TEXT NOT NULL, scope TEXT NOT NULL,
    collection TEXT NOT NULL REFERENCES collections(id));
CREATE TABLE embeddings (id INTEGER PRIMARY KEY, segment_id TEXT NOT NULL, embedding_id TEXT NOT NULL,
    seq_id INTEGER NOT NULL, created_at TIMESTAMP NOT NULL);
CREATE TABLE embedding_metadata (id INTEGER REFERENCES embeddings(id), key TEXT NOT NULL,
    string_value TEXT, int_value INTEGER, float_value REAL, bool_value INTEGER,
    PRIMARY KEY (id, key));
CREATE TABLE embeddings_queue (seq_id INTEGER PRIMARY KEY, created_at TIMESTAMP NOT NULL,
    operation INTEGER NOT NULL, topic TEXT NOT NULL, id TEXT NOT NULL, vector BLOB, encoding TEXT,
    metadata TEXT);
CREATE TABLE max_seq_id (segment_id TEXT PRIMARY KEY, seq_id INTEGER NOT NULL);
";

/// A collection with its two segments.
pub(crate) struct Collection {
    id: String,
    pub(crate) vector: String,
    metadata: String,
    pub(crate) elements: u64,
    index: u64,
}

/// Collections whose `data_level0.bin` have about `budget` bytes together.
pub(crate) fn plan(seed: u64, budget: u64) -> Vec<Collection> {
    let mut rng = Rng::new(seed, "collections", 0);
    let count = (2 + budget / 100_000_000).min(6);
    let elements = budget / hnsw::ELEMENT / count;
    (0..count)
        .map(|index| Collection { id: rng.uuid(), vector: rng.uuid(), metadata: rng.uuid(), elements, index })
        .collect()
}

/// The folder of the collection's vector segment, inside the vector store's.
pub(crate) fn make_segment(store: &Path, seed: u64, collection: &Collection) -> Result<()> {
    let mut rng = Rng::new(seed, "segment", collection.index);
    hnsw::make(&store.join(&collection.vector), &mut rng, collection.elements)
}

pub(crate) fn make_database(path: &Path, seed: u64, collections: &[Collection]) -> Result<()> {
    let db = create_fast(path)?;
    db.execute_batch(SCHEMA).at(path)?;
    let mut rng = Rng::new(seed, "chroma", 0);
    let mut seq = 0;
    for collection in collections {
        fill(&db, &mut rng, collection, &mut seq).at(path)?;
    }
    db.execute_batch("CREATE UNIQUE INDEX embedding_of ON embeddings (segment_id, embedding_id)").at(path)?;
    db.close().map_err(|(_, error)| error).at(path)
}

fn fill(db: &Connection, rng: &mut Rng, collection: &Collection, seq: &mut i64) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN")?;
    db.execute(
        "INSERT INTO collections VALUES (?1, ?2, 384, 'default')",
        params![collection.id, format!("file-{}", rng.uuid())],
    )?;
    let segments = [(&collection.vector, VECTOR, "VECTOR"), (&collection.metadata, METADATA, "METADATA")];
    for (id, kind, scope) in segments {
        db.execute("INSERT INTO segments VALUES (?1, ?2, ?3, ?4)", params![id, kind, scope, collection.id])?;
    }
    let mut embedding = db.prepare_cached("INSERT INTO embeddings VALUES (?1, ?2, ?3, ?1, ?4)")?;
    let mut document =
        db.prepare_cached("INSERT INTO embedding_metadata VALUES (?1, 'chroma:document', ?2, NULL, NULL, NULL)")?;
    let mut text = String::new();
    for index in 0..collection.elements {
        *seq += 1;
        // Rising, so that the index is filled from its end; ids of a real one are random.
        let id = format!("{index:08x}{:08x}", rng.next() as u32);
        embedding.execute(params![*seq, collection.metadata, id, STAMP])?;
        text.clear();
        let len = rng.between(30, 130);
        prose(rng, &mut text, len as usize, "\n");
        document.execute(params![*seq, text])?;
    }
    for (id, _, _) in segments {
        db.execute("INSERT INTO max_seq_id VALUES (?1, ?2)", params![id, *seq])?;
    }
    for _ in 0..5 {
        let mut vector = vec![0; 1536];
        rng.fill(&mut vector);
        let topic = format!("persistent://default/default/{}", collection.id);
        db.execute(
            "INSERT INTO embeddings_queue (created_at, operation, topic, id, vector, encoding)
             VALUES (?1, 0, ?2, ?3, ?4, 'FLOAT32')",
            params![STAMP, topic, rng.uuid(), vector],
        )?;
    }
    db.execute_batch("COMMIT")
}
