//! The data folders of database servers, which are no backup when they are copied while the server runs.
use std::path::Path;

/// The server whose data folder a file is the mark of. Cheap for all but the marks themselves.
pub fn server_of(file: &Path) -> Option<&'static str> {
    let beside = |name: &str| file.with_file_name(name).exists();
    match file.file_name()?.to_str()? {
        "PG_VERSION" if beside("global/pg_control") => Some("postgres"),
        "WiredTiger" if beside("mongod.lock") => Some("mongodb"),
        "ibdata1" => Some("mysql"),
        _ => None,
    }
}

/// Why such a folder among the files is told.
pub fn because(file: &Path) -> String {
    let folder = file.parent().unwrap_or(file).display();
    format!("its data folder {folder} is among the files: a copy made while it runs may not start")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_folders_are_known_by_their_marks_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
            path
        };
        make("pg/global/pg_control");
        make("mongo/mongod.lock");
        assert_eq!(server_of(&make("pg/PG_VERSION")), Some("postgres"));
        assert_eq!(server_of(&make("pg/base/5/PG_VERSION")), None);
        assert_eq!(server_of(&make("mongo/WiredTiger")), Some("mongodb"));
        assert_eq!(server_of(&make("other/WiredTiger")), None);
        assert_eq!(server_of(&make("my/ibdata1")), Some("mysql"));
        assert!(because(&dir.path().join("my/ibdata1")).contains("my is among the files"));
    }
}
