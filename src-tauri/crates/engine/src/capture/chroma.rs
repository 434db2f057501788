//! A Chroma store is one unit: `chroma.sqlite3` and a folder of index files for each collection. One without the
//! other counts right and answers wrong.
use crate::archive::entry::is_within;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// The file that makes a folder a Chroma store.
pub const DATABASE: &[u8] = b"chroma.sqlite3";

/// The files of an index, each of which is always there: hnswlib's, and what Chroma writes beside them.
pub const INDEX_FILES: [&[u8]; 5] =
    [b"data_level0.bin", b"header.bin", b"length.bin", b"link_lists.bin", b"index_metadata.pickle"];

/// Which of the stores a path belongs to, as part of its unit: the database, or anything in a folder beside it.
pub fn unit_of(path: &[u8], stores: &[Vec<u8>]) -> Option<usize> {
    stores.iter().position(|store| {
        is_within(path, store)
            && path.get(store.len() + 1..).is_some_and(|rest| rest == DATABASE || rest.contains(&b'/'))
    })
}

/// Vector segments that the database names but whose folder is not there, by their identifiers.
///
/// A young collection has no folder yet: all of its records still wait in the queue, and nothing is missing.
pub fn missing_segments(database: &Path, has_folder: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<String>> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let has = |table: &str| {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        connection.query_row(sql, [table], |row| row.get::<_, i64>(0)).map(|count| count > 0)
    };
    if !has("segments")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT id, collection FROM segments WHERE type LIKE '%hnsw-local-persisted' AND collection IS NOT NULL",
    )?;
    let segments = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let counts = has("embeddings")? && has("embeddings_queue")?;
    let mut missing = Vec::new();
    for (id, collection) in segments {
        if has_folder(&id) {
            continue;
        }
        let waiting = counts && {
            let records: i64 = connection.query_row(
                "SELECT count(*) FROM embeddings WHERE segment_id IN (SELECT id FROM segments WHERE collection = ?1)",
                [&collection],
                |row| row.get(0),
            )?;
            let queued: i64 = connection.query_row(
                "SELECT count(*) FROM embeddings_queue WHERE topic LIKE '%' || ?1",
                [&collection],
                |row| row.get(0),
            )?;
            queued >= records
        };
        if !waiting {
            missing.push(id);
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_and_the_folders_beside_it_are_the_unit() {
        let stores = vec![b"data/vector_db".to_vec()];
        assert_eq!(unit_of(b"data/vector_db/chroma.sqlite3", &stores), Some(0));
        assert_eq!(unit_of(b"data/vector_db/1234/data_level0.bin", &stores), Some(0));
        assert_eq!(unit_of(b"data/vector_db/notes.txt", &stores), None);
        assert_eq!(unit_of(b"data/vector_db2/chroma.sqlite3", &stores), None);
    }

    #[test]
    fn a_segment_without_its_folder_is_missing_unless_all_of_it_is_still_queued() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chroma.sqlite3");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "CREATE TABLE segments(id TEXT, type TEXT, scope TEXT, collection TEXT);
             CREATE TABLE embeddings(id INTEGER, segment_id TEXT);
             CREATE TABLE embeddings_queue(seq_id INTEGER, topic TEXT);
             INSERT INTO segments VALUES ('v1', 'urn:chroma:segment/vector/hnsw-local-persisted', 'VECTOR', 'c1'),
               ('m1', 'urn:chroma:segment/metadata/sqlite', 'METADATA', 'c1'),
               ('v2', 'urn:chroma:segment/vector/hnsw-local-persisted', 'VECTOR', 'c2'),
               ('m2', 'urn:chroma:segment/metadata/sqlite', 'METADATA', 'c2');
             INSERT INTO embeddings VALUES (1, 'm1'), (2, 'm1'), (3, 'm2');
             INSERT INTO embeddings_queue VALUES (3, 'persistent://default/default/c2');",
        )
        .unwrap();
        assert_eq!(missing_segments(&path, |_| false).unwrap(), ["v1"]);
        assert!(missing_segments(&path, |id| id == "v1").unwrap().is_empty());
    }
}
