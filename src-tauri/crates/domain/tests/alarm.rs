//! What looks wrong, and what does not: a table of days.
#![allow(clippy::unwrap_used)]
use holdfast_domain::ArchiveName;
use holdfast_domain::alarm::{
    Acknowledged, Alarm, Counts, DatabaseChange, Facts, Finding, Past, Scrambled, findings, is_over,
};
use proptest::prelude::*;

const MB: u64 = 1_000_000;
const GB: u64 = 1_000_000_000;

/// A deployment of 400 files and 200 MB on a quiet day.
fn day() -> Facts {
    let past = [201, 199, 198, 195].map(|mb| Past { files: 400, bytes: mb * MB });
    Facts { files: 402, bytes: 203 * MB, past: past.to_vec(), of: 400, changed: 9, gone: 1, new: 3, ..Facts::default() }
}

fn kinds(facts: &Facts) -> Vec<&'static str> {
    findings(facts).iter().map(Finding::kind).collect()
}

fn tables(rows: &[(&str, u64)]) -> Counts {
    let tables = rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    Counts { bytes: 4 * MB, tables: Some(tables) }
}

fn database(before: Counts, now: Counts) -> Facts {
    Facts { databases: vec![DatabaseChange { path: "data/webui.db".to_owned(), before, now }], ..day() }
}

fn noise(files: u64) -> Scrambled {
    Scrambled {
        files,
        judged: files + 5,
        paths: (0..files).map(|n| format!("data/{n}.json")).collect(),
        ..Scrambled::default()
    }
}

#[test]
fn ordinary_days_raise_nothing() {
    let chats: &[(&str, u64)] = &[("chat", 900), ("user", 3), ("session", 4000)];
    let few = |files, of| Facts {
        files,
        of,
        bytes: 40_000,
        past: vec![Past { files: of, bytes: 50_000 }],
        ..Facts::default()
    };
    let days = [
        ("a quiet day", day()),
        ("the first archive", Facts { past: Vec::new(), of: 0, changed: 0, gone: 0, new: 402, ..day() }),
        ("a busy day", Facts { changed: 150, new: 40, gone: 10, ..day() }),
        ("a big upload", Facts { bytes: 9 * GB, rose_with_few: 88 * GB / 10, new: 1, ..day() }),
        (
            "a model that was put in",
            Facts { bytes: 40 * GB, rose_with_few: 398 * GB / 10, new: 4, files: 404, ..day() },
        ),
        ("a model that was taken out", Facts { bytes: 3 * MB, fell_with_few: 198 * MB, gone: 2, ..day() }),
        ("a library of documents", Facts { files: 3000, bytes: 190 * MB * 4, new: 2600, ..day() }),
        ("a restore before it", Facts { changed: 390, restored: true, bytes: 20 * MB, ..day() }),
        ("few files, all changed", Facts { changed: 3, ..few(3, 3) }),
        ("nineteen files, all changed", Facts { changed: 19, ..few(19, 19) }),
        ("one file that was sealed by hand", Facts { scrambled: noise(1), ..day() }),
        ("two that a program seals", Facts { scrambled: noise(2), ..day() }),
        (
            "new files of a form of their own",
            Facts { scrambled: Scrambled { strange: 200, ..Scrambled::default() }, new: 210, gone: 2, ..day() },
        ),
        ("a vacuum", database(Counts { bytes: 90 * MB, ..tables(chats) }, tables(chats))),
        ("a vacuum of one that was never counted", database(Counts { bytes: 90 * MB, tables: None }, tables(chats))),
        ("sessions that ran out", database(tables(chats), tables(&[("chat", 900), ("user", 3), ("session", 0)]))),
        ("some chats deleted", database(tables(chats), tables(&[("chat", 500), ("user", 3), ("session", 4000)]))),
        (
            "chats that moved",
            database(
                tables(&[("chat", 40), ("embedding", 9000)]),
                tables(&[("chat", 0), ("chat_v2", 40), ("embedding", 9000)]),
            ),
        ),
        ("a table of another name", database(tables(&[("chat", 900)]), tables(&[("chats_v2", 900)]))),
        ("a small database", database(tables(&[("chat", 12)]), tables(&[("chat", 0)]))),
        ("a file that cannot be read", Facts { unreadable: 3, ..day() }),
        ("a folder whose loss is told by name", Facts { bytes: 10 * MB, losses_told: true, gone: 350, ..day() }),
    ];
    for (what, facts) in days {
        assert_eq!(kinds(&facts), Vec::<&str>::new(), "{what}");
    }
}

#[test]
fn what_looks_wrong_is_told() {
    let chats = tables(&[("chat", 900), ("user", 3), ("session", 4000)]);
    let days = [
        ("everything encrypted", Facts { changed: 400, scrambled: noise(390), ..day() }, vec!["scrambled"]),
        ("a tenth of it encrypted", Facts { changed: 49, scrambled: noise(40), ..day() }, vec!["scrambled"]),
        ("three files encrypted", Facts { scrambled: noise(3), ..day() }, vec!["scrambled"]),
        ("both of two files", Facts { of: 2, scrambled: noise(2), ..day() }, vec!["scrambled"]),
        (
            "a database and a file",
            Facts { scrambled: Scrambled { databases: 1, ..noise(1) }, ..day() },
            vec!["scrambled"],
        ),
        (
            "under names by chance",
            Facts { scrambled: Scrambled { strange: 380, ..Scrambled::default() }, new: 390, gone: 385, ..day() },
            vec!["scrambled"],
        ),
        ("after a restore too", Facts { restored: true, scrambled: noise(40), ..day() }, vec!["scrambled"]),
        ("most files changed", Facts { changed: 300, ..day() }, vec!["most-changed"]),
        ("most changed or gone", Facts { changed: 210, gone: 100, ..day() }, vec!["most-changed"]),
        (
            "a database without its chats",
            database(chats.clone(), tables(&[("chat", 0), ("user", 3), ("session", 0)])),
            vec!["database-emptied"],
        ),
        (
            "the few chats among much else",
            database(tables(&[("chat", 40), ("embedding", 9000)]), tables(&[("chat", 0), ("embedding", 9010)])),
            vec!["database-emptied"],
        ),
        (
            "chats alone are gone",
            database(tables(&[("chat", 900), ("user", 900)]), tables(&[("chat", 4), ("user", 900)])),
            vec!["database-emptied"],
        ),
        (
            "a database that was made anew",
            database(Counts { bytes: 90 * MB, tables: None }, Counts { bytes: 4096, tables: Some([].into()) }),
            vec!["database-emptied"],
        ),
        ("far smaller", Facts { bytes: 30 * MB, gone: 90, ..day() }, vec!["size"]),
        ("far larger, in many files", Facts { bytes: 30 * GB, files: 90_000, new: 89_600, ..day() }, vec!["size"]),
        ("many that cannot be read", Facts { unreadable: 120, ..day() }, vec!["unreadable"]),
    ];
    for (what, facts, told) in days {
        assert_eq!(kinds(&facts), told, "{what}");
    }
}

#[test]
fn a_finding_says_what_was_seen_and_what_was_expected() {
    let facts = Facts { scrambled: Scrambled { renamed: 4, databases: 1, ..noise(69) }, ..day() };
    let finding = &findings(&facts)[0];
    let problem = finding.problem("bot");
    assert_eq!(problem.subject, "data/0.json, data/1.json, data/2.json and 66 more");
    assert_eq!(
        problem.cause,
        "69 files hold noise, 1 database among them, 4 with a new ending; they held text, documents, pictures or databases"
    );
    let emptied = Finding::DatabaseEmptied {
        path: "data/a.db".to_owned(),
        rows: 1,
        before: 900,
        tables: vec!["chat".to_owned()],
    };
    assert_eq!(emptied.problem("bot").cause, "1 row is left (chat); it held 900 rows before");
    let size = Finding::Size { bytes: 3 * MB, low: 195 * MB, high: 201 * MB };
    assert_eq!(size.problem("bot").cause, "3.0 MB in all; it was between 195 MB and 201 MB before");
    assert_eq!(size.problem("bot").subject, "bot");
}

fn alarm(finding: Finding) -> Alarm {
    let archive = ArchiveName::parse("bot_2026-11-21T020000Z_hourly").unwrap();
    let since = "2026-11-21T02:00:00Z".parse().unwrap();
    Alarm { id: 1, archive, since, finding, good: None, over: None, acknowledged: None }
}

#[test]
fn an_alarm_is_over_when_what_it_saw_is_so_no_longer() {
    let encrypted = alarm(findings(&Facts { scrambled: noise(40), ..day() }).remove(0));
    assert!(!is_over(&encrypted, &day(), 40) && !is_over(&encrypted, &day(), 1));
    assert!(is_over(&encrypted, &day(), 0));
    let lost = database(tables(&[("chat", 900)]), tables(&[("chat", 0)]));
    let emptied = alarm(findings(&lost).remove(0));
    assert!(!is_over(&emptied, &lost, 0), "it still is");
    assert!(!is_over(&emptied, &day(), 0), "nothing was seen of it");
    assert!(is_over(&emptied, &database(tables(&[("chat", 0)]), tables(&[("chat", 880)])), 0));
    let changed = alarm(Finding::MostChanged { changed: 300, gone: 0, of: 400 });
    assert!(!is_over(&changed, &day(), 0), "that happened");
}

#[test]
fn an_open_alarm_freezes_and_an_acknowledged_one_does_not() {
    let mut alarm = alarm(Finding::MostChanged { changed: 300, gone: 0, of: 400 });
    assert!(alarm.freezes() && alarm.is_standing());
    alarm.over = Some(alarm.archive.clone());
    assert!(alarm.freezes() && !alarm.is_standing(), "old archives are held until a person says so");
    alarm.acknowledged = Some(Acknowledged { at: alarm.since, note: Some("an update".to_owned()) });
    assert!(!alarm.freezes());
    let text = serde_json::to_string(&alarm).unwrap();
    assert_eq!(serde_json::from_str::<Alarm>(&text).unwrap(), alarm);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the numbers: no panic, no alarm on the first archive but for noise, and never two of one trouble.
    #[test]
    fn any_facts_are_judged(
        counts in prop::array::uniform6(0..u64::MAX / 100),
        few in prop::array::uniform4(0..u64::MAX / 100),
        past in prop::collection::vec((0..u64::MAX / 100, 0..u64::MAX / 100), 0..5),
    ) {
        let [files, bytes, of, changed, gone, new] = counts;
        let [rose_with_few, fell_with_few, scrambled, unreadable] = few;
        let past: Vec<Past> = past.into_iter().map(|(files, bytes)| Past { files, bytes }).collect();
        let first = past.is_empty();
        let scrambled = Scrambled { files: scrambled, ..Scrambled::default() };
        let facts = Facts {
            files, bytes, past, of, changed, gone, new, rose_with_few, fell_with_few, scrambled, unreadable, ..Facts::default()
        };
        let found = kinds(&facts);
        if first {
            prop_assert!(found.iter().all(|kind| ["scrambled", "unreadable"].contains(kind)), "{found:?}");
        }
        let mut distinct = found.clone();
        distinct.dedup();
        prop_assert_eq!(distinct, found);
    }
}
