use super::super::bisect::bisect;
use super::*;
use crate::catalog::ArchiveRow;
use holdfast_domain::{Kind, Level};
use std::collections::BTreeSet;
use std::sync::Mutex;

fn rows(world: &World) -> Vec<ArchiveRow> {
    let mut rows = world.catalog().archives().list(Some(&world.profile.id)).unwrap();
    rows.sort_by_key(|row| row.created);
    rows
}

fn thirty(world: &World, spoil_at: usize, spoil: impl Fn(&World)) {
    for number in 0..30 {
        if number == spoil_at {
            spoil(world);
        }
        world.sql("chat.db", &format!("INSERT INTO chat VALUES (NULL, 'more {number}')"));
        let level = if number == 0 { Level::Full } else { Level::Hourly };
        world.backup_as(level, Kind::Scheduled);
        world.advance_hours(1);
    }
}

fn seeded() -> World {
    let world = World::new();
    world.sql("chat.db", "CREATE TABLE chat (id INTEGER PRIMARY KEY, text TEXT)");
    world.sql("chat.db", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO chat SELECT NULL, 'x' || i FROM n");
    world.write("keys/.env", "KEY=1");
    world
}

/// Returns the newest good moment's place, and which archives were opened.
fn last_good(world: &World, path: &str) -> (Option<usize>, usize) {
    let rows = rows(world);
    let opened = Mutex::new(BTreeSet::new());
    let open = |path: &Path| {
        opened.lock().unwrap().insert(path.to_owned());
        Ok(world.reading())
    };
    let scratch = tempfile::tempdir().unwrap();
    let bisected = bisect(&rows, &[path.to_owned()], &open, scratch.path(), &world.job()).unwrap();
    assert_eq!(bisected.opened, opened.lock().unwrap().len());
    assert!(bisected.opened <= 6, "{} of {} were opened", bisected.opened, rows.len());
    let good = bisected.found[0].good.as_ref().map(|(name, _)| rows.iter().position(|row| row.name == *name).unwrap());
    (good, bisected.opened)
}

#[test]
fn the_last_good_of_thirty_is_found_by_opening_at_most_six() {
    // Records that were deleted, which no integrity check sees; and a file that is gone.
    let world = seeded();
    thirty(&world, 17, |world| {
        world.sql("chat.db", "DELETE FROM chat WHERE id > 20");
        std::fs::remove_file(world.root().join("keys/.env")).unwrap();
    });
    assert_eq!(rows(&world).len(), 30);
    assert_eq!(last_good(&world, "data/chat.db").0, Some(16));
    assert_eq!(last_good(&world, "data/keys/.env").0, Some(16));
    assert_eq!(last_good(&world, "data/never.db").0, None);
    // Wherever the turn is, it is found.
    let all = rows(&world);
    let scratch = tempfile::tempdir().unwrap();
    let open = |_: &Path| Ok(world.reading());
    let paths = ["data/chat.db".to_owned()];
    for (from, to) in [(0, 17), (0, 18), (16, 30), (15, 20), (17, 30), (16, 17)] {
        let bisected = bisect(&all[from..to], &paths, &open, scratch.path(), &world.job()).unwrap();
        let good = bisected.found[0].good.as_ref().map(|(name, _)| name.clone());
        let wanted = if from > 16 { to - 1 } else { 16.min(to - 1) };
        // Where all are spoilt, nothing is left that says so: the newest is as good as the oldest.
        assert_eq!(good.as_ref(), Some(&all[wanted].name), "{from} to {to}");
        assert!(bisected.opened <= 6);
    }
    assert!(bisect(&[], &paths, &open, scratch.path(), &world.job()).unwrap().found[0].good.is_none());
}
