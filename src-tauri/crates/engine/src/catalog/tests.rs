use super::*;
use holdfast_domain::{ArchiveName, DeploymentName, Kind, Level, Outcome, Problem};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

const ID: &str = "6f0c5d";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T08:00:00Z")
}

fn open(path: &Path) -> Catalog {
    let opened = Catalog::open(path, now()).unwrap();
    assert_eq!(opened.set_aside, None);
    opened.catalog
}

fn fresh() -> (tempfile::TempDir, Catalog) {
    let dir = tempfile::tempdir().unwrap();
    let catalog = open(&dir.path().join("catalog.db"));
    (dir, catalog)
}

fn row(created: &str, level: Level, kind: Kind) -> ArchiveRow {
    let deployment = DeploymentName::new("chatbot").unwrap();
    ArchiveRow {
        deployment_id: ID.to_owned(),
        name: ArchiveName::new(&deployment, at(created), level, kind),
        level,
        kind,
        created: at(created),
        parent: None,
        needs: Vec::new(),
        folder: PathBuf::from("/media/stick/Holdfast/chatbot"),
        stored_bytes: 4711,
        sha256: "ab".repeat(32),
        files: 20_774,
        bytes: 2_040_000_000,
        tree_sum: "cd".repeat(32),
        outcome: Outcome::Done,
        signed: true,
        pinned: false,
        verified: None,
        state: State::Present,
    }
}

fn full(created: &str) -> ArchiveRow {
    row(created, Level::Full, Kind::Scheduled)
}

fn run(started: &str) -> Run {
    Run {
        deployment_id: ID.to_owned(),
        operation: Operation::Backup,
        started: at(started),
        ended: at(started) + jiff::SignedDuration::from_secs(90),
        outcome: Outcome::Problems,
        archive: None,
        files: 3,
        bytes: 4,
        stored_bytes: 5,
        summary: serde_json::json!({"level": "full"}),
        problems: vec![
            Problem::new(Code::FileVanished, "data/b", "it is gone"),
            Problem::new(Code::FileChanged, "data/a", "it grew"),
        ],
    }
}

const PARTS: ManifestParts<'_> = ManifestParts { manifest: "{\"format\":1}", index: &[1, 0, 2], blocks: &[] };

#[test]
fn what_is_recorded_is_there_after_opening_again() {
    let (dir, catalog) = fresh();
    let mut archive = row("2026-11-21T02:00:00.123456789Z", Level::Daily, Kind::Manual);
    let parent = full("2026-11-20T02:00:00Z");
    archive.parent = Some(parent.name.clone());
    archive.needs = vec![parent.name.clone()];
    archive.folder = PathBuf::from(std::ffi::OsStr::from_bytes(b"/media/\xff"));
    archive.verified = Some(Verification { at: now(), kind: VerifyKind::Full, ok: true });
    let name = DeploymentName::new("chatbot").unwrap();
    let id = catalog
        .transaction(|tables| {
            tables.deployments().note(ID, &name, now())?;
            tables.archives().insert(&parent)?;
            tables.archives().insert(&archive)?;
            tables.manifests().put(ID, &archive.name, PARTS)?;
            tables.runs().insert(&run("2026-11-21T02:00:00Z"))
        })
        .unwrap();
    drop(catalog);

    let catalog = open(&dir.path().join("catalog.db"));
    let read = catalog.archives().get(ID, &archive.name).unwrap();
    assert_eq!(read, Some(archive.clone()));
    let manifests = catalog.manifests();
    let manifest = manifests.get_manifest(ID, &archive.name).unwrap();
    assert_eq!(manifest.as_deref(), Some(PARTS.manifest));
    let index = manifests.get_index(ID, &archive.name).unwrap();
    assert_eq!(index.as_deref(), Some(PARTS.index));
    let blocks = manifests.get_blocks(ID, &archive.name).unwrap();
    assert_eq!(blocks.as_deref(), Some(PARTS.blocks));
    assert_eq!(manifests.get_index(ID, &parent.name).unwrap(), None);
    let runs = catalog.runs().recent(Some(ID), 10).unwrap();
    let run = run("2026-11-21T02:00:00Z");
    assert_eq!(runs, vec![RunRow { id, run }]);
    let deployment = catalog.deployments().get(ID).unwrap().unwrap();
    assert_eq!((deployment.name, deployment.first_seen), (name, now()));
    catalog.check().unwrap();
}

#[test]
fn the_file_is_the_owners_alone() {
    let (dir, catalog) = fresh();
    catalog.archives().insert(&full("2026-11-21T02:00:00Z")).unwrap();
    for name in ["catalog.db", "catalog.db-wal"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let (_dir, catalog) = fresh();
    let archive = full("2026-11-21T02:00:00Z");
    let error = catalog
        .transaction(|tables| -> Result<()> {
            tables.archives().insert(&archive)?;
            tables.manifests().put(ID, &archive.name, PARTS)?;
            tables.runs().insert(&run("2026-11-21T02:00:00Z"))?;
            Err(Error::cancelled())
        })
        .unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(catalog.archives().list(None).unwrap(), []);
    assert_eq!(catalog.runs().recent(None, 10).unwrap(), []);
    catalog.archives().insert(&archive).unwrap();
}

#[test]
fn a_run_that_cannot_be_recorded_whole_leaves_the_rest_of_its_transaction_alone() {
    let (_dir, catalog) = fresh();
    let archive = full("2026-11-21T02:00:00Z");
    catalog
        .transaction(|tables| {
            tables.archives().insert(&archive)?;
            let absent = full("2026-11-22T02:00:00Z");
            tables.manifests().put(ID, &absent.name, PARTS).unwrap_err();
            let mut odd = run("2026-11-21T02:00:00Z");
            odd.bytes = u64::MAX;
            tables.runs().insert(&odd).unwrap_err();
            Ok(())
        })
        .unwrap();
    assert_eq!(catalog.archives().list(None).unwrap(), [archive]);
    assert_eq!(catalog.runs().recent(None, 10).unwrap(), []);
}

#[test]
fn lists_are_newest_first() {
    let (_dir, catalog) = fresh();
    let days = ["2026-11-20", "2026-11-22", "2026-11-21"];
    for day in days {
        let time = format!("{day}T02:00:00Z");
        catalog.archives().insert(&full(&time)).unwrap();
        catalog.runs().insert(&run(&time)).unwrap();
    }
    let mut other = full("2026-11-23T02:00:00Z");
    other.deployment_id = "other".to_owned();
    catalog.archives().insert(&other).unwrap();

    let days = |rows: Vec<ArchiveRow>| -> Vec<i8> {
        let day = |row: &ArchiveRow| row.created.to_zoned(jiff::tz::TimeZone::UTC).day();
        rows.iter().map(day).collect()
    };
    let archives = catalog.archives();
    assert_eq!(days(archives.list(Some(ID)).unwrap()), [22, 21, 20]);
    assert_eq!(days(archives.list(None).unwrap()), [23, 22, 21, 20]);
    let runs = catalog.runs().recent(Some(ID), 2).unwrap();
    let started: Vec<_> = runs.iter().map(|row| row.run.started).collect();
    assert_eq!(started, [at("2026-11-22T02:00:00Z"), at("2026-11-21T02:00:00Z")]);
    assert_eq!(catalog.runs().recent(Some("other"), 2).unwrap(), []);
}

#[test]
fn the_newest_is_one_that_can_be_built_on() {
    let (_dir, catalog) = fresh();
    let archives = catalog.archives();
    let good = full("2026-11-01T02:00:00Z");
    let daily = row("2026-11-02T02:00:00Z", Level::Daily, Kind::Scheduled);
    let damaged = full("2026-11-08T02:00:00Z");
    let missing = full("2026-11-15T02:00:00Z");
    let removing = full("2026-11-16T02:00:00Z");
    let emergency = row("2026-11-20T02:00:00Z", Level::Full, Kind::Emergency);
    for row in [&good, &daily, &damaged, &missing, &removing, &emergency] {
        archives.insert(row).unwrap();
    }
    let verified = |ok| Verification { at: now(), kind: VerifyKind::Quick, ok };
    archives.set_verified(ID, &good.name, verified(true)).unwrap();
    archives.set_verified(ID, &damaged.name, verified(false)).unwrap();
    archives.set_state(ID, &missing.name, State::Missing).unwrap();
    archives.set_state(ID, &removing.name, State::Removing).unwrap();

    let newest =
        |level| archives.newest(ID, level, "2200-01-01T00:00:00Z".parse().unwrap()).unwrap().map(|row| row.name);
    let before = archives.newest(ID, None, "2026-11-02T01:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(before.map(|row| row.name), Some(good.name.clone()), "the daily one is later");
    assert_eq!(newest(Some(Level::Full)), Some(good.name));
    assert_eq!(newest(None), Some(daily.name));
    assert_eq!(newest(Some(Level::Hourly)), None);
}

#[test]
fn an_archive_is_found_by_name_file_or_beginning() {
    let (_dir, catalog) = fresh();
    let archives = catalog.archives();
    let first = full("2026-11-20T02:00:00Z");
    let second = full("2026-11-21T02:00:00Z");
    let longer = {
        let name = format!("{}-again", second.name);
        let name = ArchiveName::parse(&name).unwrap();
        ArchiveRow { name, ..second.clone() }
    };
    for row in [&first, &second, &longer] {
        archives.insert(row).unwrap();
    }
    let find = |text: &str| archives.by_name(Some(ID), text);
    assert_eq!(find(first.name.as_str()).unwrap(), first);
    assert_eq!(find(&first.name.file_name()).unwrap(), first);
    assert_eq!(find("chatbot_2026-11-20").unwrap(), first);
    // A whole name is itself, though another begins with it.
    assert_eq!(find(second.name.as_str()).unwrap(), second);
    for ambiguous in ["chatbot_2026-11-21", "c"] {
        assert_eq!(find(ambiguous).unwrap_err().code(), Code::BadRequest);
    }
    for absent in ["", "%", "chatbot_2026-11-22", "Chatbot_2026-11-20"] {
        let error = find(absent).unwrap_err();
        assert_eq!(error.code(), Code::ArchiveMissing, "{absent}");
    }
    let error = archives.by_name(Some("other"), first.name.as_str());
    assert_eq!(error.unwrap_err().code(), Code::ArchiveMissing);
    assert_eq!(archives.by_name(None, first.name.as_str()).unwrap(), first);
}

#[test]
fn an_archive_goes_with_its_manifest_and_its_runs_stay() {
    let (_dir, catalog) = fresh();
    let archive = full("2026-11-21T02:00:00Z");
    let mut run = run("2026-11-21T02:00:00Z");
    run.archive = Some(archive.name.clone());
    catalog.archives().insert(&archive).unwrap();
    catalog.manifests().put(ID, &archive.name, PARTS).unwrap();
    catalog.runs().insert(&run).unwrap();

    catalog.archives().remove(ID, &archive.name).unwrap();
    assert_eq!(catalog.archives().get(ID, &archive.name).unwrap(), None);
    let index = catalog.manifests().get_index(ID, &archive.name).unwrap();
    assert_eq!(index, None);
    assert_eq!(catalog.runs().recent(None, 1).unwrap()[0].run, run);
    for error in [
        catalog.archives().remove(ID, &archive.name),
        catalog.archives().set_pinned(ID, &archive.name, true),
        catalog.archives().set_state(ID, &archive.name, State::Missing),
    ] {
        assert_eq!(error.unwrap_err().code(), Code::ArchiveMissing);
    }
}

#[test]
fn recorded_again_an_archive_keeps_its_pin_and_its_verification_only_if_it_is_the_same() {
    let (_dir, catalog) = fresh();
    let archives = catalog.archives();
    let mut archive = full("2026-11-21T02:00:00Z");
    archives.insert(&archive).unwrap();
    catalog.manifests().put(ID, &archive.name, PARTS).unwrap();
    archives.set_pinned(ID, &archive.name, true).unwrap();
    let verification = Verification { at: now(), kind: VerifyKind::Full, ok: true };
    archives.set_verified(ID, &archive.name, verification).unwrap();

    archive.folder = PathBuf::from("/mnt/elsewhere");
    archives.insert(&archive).unwrap();
    let read = archives.get(ID, &archive.name).unwrap().unwrap();
    assert_eq!(read.folder, archive.folder);
    assert!(read.pinned);
    assert_eq!(read.verified, Some(verification));
    let index = catalog.manifests().get_index(ID, &archive.name).unwrap();
    assert!(index.is_some());

    archive.sha256 = "00".repeat(32);
    archives.insert(&archive).unwrap();
    let read = archives.get(ID, &archive.name).unwrap().unwrap();
    assert!(read.pinned);
    assert_eq!(read.verified, None);
}

#[test]
fn a_deployment_that_is_renamed_keeps_its_first_note() {
    let (_dir, catalog) = fresh();
    let deployments = catalog.deployments();
    let (old, new) = (DeploymentName::new("bot"), DeploymentName::new("chatbot"));
    deployments.note(ID, &old.unwrap(), now()).unwrap();
    let later = at("2026-12-01T00:00:00Z");
    deployments.note(ID, &new.unwrap(), later).unwrap();
    let listed = deployments.list().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name.as_str(), "chatbot");
    assert_eq!(listed[0].first_seen, now());
}

#[test]
fn copies_are_kept_by_destination_and_outlive_the_archives_row() {
    let (_dir, catalog) = fresh();
    let archive = full("2026-11-21T02:00:00Z");
    catalog.archives().insert(&archive).unwrap();
    let copy = |destination: &str| CopyRow {
        deployment_id: ID.to_owned(),
        archive: archive.name.clone(),
        destination_id: destination.to_owned(),
        level: archive.level,
        kind: archive.kind,
        created: archive.created,
        needs: vec![full("2026-11-20T02:00:00Z").name],
        pinned: false,
        stored_bytes: 4711,
        sha256: archive.sha256.clone(),
        state: CopyState::Present,
        verified: Some((now(), CopyCheck::ReadBack, true)),
    };
    let copies = catalog.copies();
    for destination in ["stick", "shelf"] {
        copies.put(&copy(destination)).unwrap();
    }
    catalog.archives().remove(ID, &archive.name).unwrap();
    assert_eq!(copies.list(ID, Some("stick")).unwrap(), [copy("stick")]);
    copies.set_state(&copy("stick"), CopyState::Removing).unwrap();
    copies.set_pinned(ID, &archive.name, true).unwrap();
    let listed = copies.list(ID, None).unwrap();
    assert_eq!(
        listed.iter().map(|c| (c.destination_id.as_str(), c.state)).collect::<Vec<_>>(),
        [("shelf", CopyState::Present), ("stick", CopyState::Removing)]
    );
    assert!(listed.iter().all(|copy| copy.pinned));
    let unverified = CopyRow { verified: None, ..copy("stick") };
    copies.put(&unverified).unwrap();
    assert_eq!(copies.list(ID, Some("stick")).unwrap(), [unverified]);
    copies.remove(&copy("stick")).unwrap();
    copies.forget(ID, "shelf").unwrap();
    assert_eq!(copies.list(ID, None).unwrap(), []);
}
