//! Finds where a database names a path. Chatbots keep absolute paths in rows: of uploads, for instance.
use super::sqlite::{database_error, open};
use crate::error::Result;
use crate::jobs::Job;
use std::path::Path;

/// Rows of a column that hold a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub table: String,
    pub column: String,
    pub rows: u64,
}

/// Goes through every row once. For a database that nobody has open.
pub fn mentions(path: &Path, text: &str, job: &Job) -> Result<Vec<Mention>> {
    let failed = |e| database_error(path, e);
    let connection = open(path, true).map_err(failed)?;
    let list = |question: &str, about: &[&str]| -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(question)?;
        statement.query_map(rusqlite::params_from_iter(about), |row| row.get(0))?.collect()
    };
    // The contents of virtual tables lie in plain ones.
    let plain = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' \
                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let mut found = Vec::new();
    for table in list(plain, &[]).map_err(failed)? {
        job.checkpoint()?;
        let columns = list("SELECT name FROM pragma_table_info(?1) ORDER BY cid", &[&table]).map_err(failed)?;
        let counts: Vec<String> = columns
            .iter()
            .map(|column| format!("total(typeof({0}) = 'text' AND instr({0}, ?1) > 0)", quoted(column)))
            .collect();
        let question = format!("SELECT {} FROM {}", counts.join(", "), quoted(&table));
        let rows = connection.query_row(&question, [text], |row| {
            (0..columns.len()).map(|column| row.get::<_, f64>(column)).collect::<rusqlite::Result<Vec<_>>>()
        });
        // A table that this SQLite cannot read (another program's extension) tells nothing.
        for (column, rows) in columns.into_iter().zip(rows.into_iter().flatten()).filter(|(_, rows)| *rows > 0.0) {
            found.push(Mention { table: table.clone(), column, rows: rows as u64 });
        }
    }
    Ok(found)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FixedClock;
    use rusqlite::Connection;
    use std::sync::Arc;

    #[test]
    fn rows_that_name_a_path_are_counted_by_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webui.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT, \"me\"\"ta\" TEXT, raw BLOB);
             INSERT INTO file (path, \"me\"\"ta\") VALUES ('/srv/bot/data/uploads/a', '{\"path\": \"/srv/bot/data/a\"}');
             INSERT INTO file (path) VALUES ('/srv/bot/data/uploads/b'), ('/srv/bot/data2/c'), (NULL);
             INSERT INTO file (raw) VALUES (CAST('/srv/bot/data/' AS BLOB));
             CREATE TABLE empty (path TEXT); CREATE TABLE other (text TEXT); INSERT INTO other VALUES ('x');",
        )
        .unwrap();
        drop(db);
        let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
        let found = mentions(&path, "/srv/bot/data/", &job).unwrap();
        let told: Vec<_> = found.iter().map(|m| (m.table.as_str(), m.column.as_str(), m.rows)).collect();
        assert_eq!(told, [("file", "path", 2), ("file", "me\"ta", 1)]);
        assert!(mentions(&path, "/elsewhere/", &job).unwrap().is_empty());
        std::fs::write(&path, "no database").unwrap();
        assert!(mentions(&path, "/srv/", &job).is_err());
    }
}
