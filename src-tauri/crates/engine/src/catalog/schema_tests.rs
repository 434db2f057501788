use super::*;
use rusqlite::Connection;
use std::time::Instant;

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

fn version(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[test]
fn an_empty_file_is_version_0_and_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    std::fs::write(&path, "").unwrap();
    assert_eq!(version(&path), 0);
    let opened = Catalog::open(&path, now()).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.catalog.archives().list(None).unwrap(), []);
    assert_eq!(version(&path), schema::NEWEST);
}

#[test]
fn two_that_open_a_new_catalog_at_once_both_get_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Catalog::open(&path, now()).unwrap().set_aside)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), None);
        }
    });
}

#[test]
fn a_newer_catalog_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    drop(Catalog::open(&path, now()).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", schema::NEWEST + 1).unwrap();
    drop(connection);
    let error = Catalog::open(&path, now()).unwrap_err();
    assert_eq!(error.code(), Code::CatalogDamaged);
    assert!(error.cause().contains("newer Holdfast"), "{error}");
    assert_eq!(version(&path), schema::NEWEST + 1);
}

#[test]
fn a_damaged_catalog_is_set_aside_and_a_new_one_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    drop(Catalog::open(&path, now()).unwrap());
    let whole = std::fs::read(&path).unwrap();
    let mut first_page = whole.clone();
    first_page[100..4000].fill(0xa5);
    for damage in [b"not a database, but long enough to be looked at".to_vec(), first_page] {
        std::fs::write(&path, &damage).unwrap();
        std::fs::write(dir.path().join("catalog.db-wal"), "stale").unwrap();
        let opened = Catalog::open(&path, now()).unwrap();
        let aside = opened.set_aside.unwrap();
        assert_eq!(std::fs::read(&aside).unwrap(), damage);
        let name = aside.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("catalog.db.damaged-2026-11-21T080000Z"), "{name}");
        assert_eq!(opened.catalog.archives().list(None).unwrap(), []);
        opened.catalog.check().unwrap();
    }
    let kept = std::fs::read_dir(dir.path()).unwrap();
    let kept = kept.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        let name = name.to_string_lossy().into_owned();
        name.contains(".damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    assert_eq!(kept.count(), 2);
}

#[test]
fn those_that_find_it_damaged_at_once_set_it_aside_once() {
    for round in 0..12 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.db");
        drop(Catalog::open(&path, now()).unwrap());
        let mut damaged = std::fs::read(&path).unwrap();
        // The first bytes tell SQLite at once; a damaged schema lets it open the file first.
        let from = if round % 2 == 0 { 0 } else { 100 };
        damaged[from..4000].fill(0xa5);
        std::fs::write(&path, damaged).unwrap();
        let together = std::sync::Barrier::new(6);
        let open = |number: usize| {
            together.wait();
            let opened = Catalog::open(&path, now()).unwrap();
            let name = holdfast_domain::DeploymentName::new(format!("bot{number}")).unwrap();
            opened.catalog.deployments().note(name.as_str(), &name, now()).unwrap();
            usize::from(opened.set_aside.is_some())
        };
        let open = &open;
        let set_aside: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6).map(|number| scope.spawn(move || open(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let known = Catalog::open(&path, now()).unwrap().catalog.deployments().list().unwrap().len();
        assert_eq!((set_aside, known), (1, 6), "round {round}: what was noted in the new one is lost");
    }
}

#[test]
fn another_programs_database_is_not_taken_for_a_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE chat (id INTEGER); PRAGMA user_version = 1").unwrap();
    drop(connection);
    let opened = Catalog::open(&path, now()).unwrap();
    let aside = Connection::open(opened.set_aside.unwrap()).unwrap();
    aside.execute("INSERT INTO chat VALUES (1)", []).unwrap();
}

#[test]
fn damage_deeper_in_the_file_is_called_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    drop(Catalog::open(&path, now()).unwrap());
    let connection = Connection::open(&path).unwrap();
    // The schema may be longer than the first page.
    let page: u32 = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'archives'", [], |row| row.get(0))
        .unwrap();
    drop(connection);
    let mut bytes = std::fs::read(&path).unwrap();
    let end = page as usize * 4096;
    bytes[end - 4096..end].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let opened = Catalog::open(&path, now()).unwrap();
    assert_eq!(opened.set_aside, None);
    let error = opened.catalog.archives().list(None).unwrap_err();
    assert_eq!(error.code(), Code::CatalogDamaged, "{error}");
    let error = opened.catalog.check().unwrap_err();
    assert_eq!(error.code(), Code::CatalogDamaged, "{error}");
}

#[test]
fn a_folder_that_is_not_there_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("absent/catalog.db");
    let error = Catalog::open(&path, now()).unwrap_err();
    assert_eq!(error.code(), Code::InputOutput);
}

/// `holdfast status` opens it each time. The best of many, since the machine may be busy.
#[test]
fn it_opens_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    drop(Catalog::open(&path, now()).unwrap());
    let best = (0..20).map(|_| {
        let start = Instant::now();
        let opened = Catalog::open(&path, now()).unwrap();
        let duration = start.elapsed();
        drop(opened);
        duration
    });
    let best = best.min().unwrap();
    println!("opened in {best:?}");
    assert!(best < Duration::from_millis(3), "{best:?}");
}

#[test]
fn a_catalog_of_the_first_version_keeps_what_it_knows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    let connection = Connection::open(&path).unwrap();
    for statement in [deployments::CREATE, archives::CREATE, manifests::CREATE, runs::CREATE] {
        connection.execute_batch(statement).unwrap();
    }
    connection.execute_batch("PRAGMA user_version = 1; PRAGMA application_id = 0x686f6c64").unwrap();
    connection.execute("INSERT INTO deployments VALUES ('id', 'bot', 7)", []).unwrap();
    drop(connection);
    let opened = Catalog::open(&path, now()).unwrap();
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.catalog.deployments().list().unwrap().len(), 1);
    assert_eq!(opened.catalog.copies().list("id", None).unwrap(), []);
    assert_eq!(version(&path), schema::NEWEST);
}
