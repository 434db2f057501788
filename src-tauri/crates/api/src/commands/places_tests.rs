//! What is said of places: a copy is one when it holds the newest archive whole, and what failed stays told.
use super::tests::{PASSPHRASE, World};
use crate::words::place_words;
use crate::{AddDestinationArgs, Code, CopyArgs, PlaceState, SafetyState};
use holdfast_domain::{Outcome, Problem};
use holdfast_engine::catalog::{Operation, Run};
use holdfast_engine::vault::Passphrase;
use std::fs;
use std::path::Path;

pub(super) fn add(world: &World, name: &str, path: &Path) -> crate::DestinationAnswer {
    fs::create_dir_all(path).unwrap();
    let args = AddDestinationArgs {
        deployment: None,
        name: Some(name.to_owned()),
        path: path.to_owned(),
        drive: Some(false),
        volume_bytes: None,
    };
    let planned = world.service.plan_destination(args).unwrap();
    world.service.add_destination(planned).unwrap()
}

/// As if the last copy had ended so.
fn copy_ended(world: &World, place: &str, failed: Option<Problem>) {
    let list = world.service.destinations(None).unwrap();
    let place = list.destinations.iter().find(|at| at.name == place).unwrap();
    let deployment_id = world.service.key(None).unwrap().deployment_id;
    let mut told = serde_json::json!({ "name": place.name, "id": place.id, "there": true });
    if let Some(problem) = &failed {
        told["failed"] = serde_json::to_value(problem).unwrap();
    }
    let now = world.service.clock().now();
    let run = Run {
        deployment_id,
        operation: Operation::Copy,
        started: now,
        ended: now,
        outcome: if failed.is_some() { Outcome::Problems } else { Outcome::Done },
        archive: None,
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({ "destinations": [told] }),
        problems: failed.into_iter().collect(),
    };
    world.service.context().catalog().unwrap().0.runs().insert(&run).unwrap();
}

#[test]
fn archives_on_the_disk_of_the_chatbot_are_said_to_go_with_it() {
    let world = World::new();
    assert_eq!(world.service.overview(None).unwrap().disk_loss, None, "there is nothing to lose yet");
    world.backup(None);
    let overview = world.service.overview(None).unwrap();
    let loss = overview.disk_loss.unwrap();
    assert_eq!((overview.state, loss.kept_as_of), (SafetyState::Protected, None));
    assert!(loss.sentence.starts_with("All of it is lost if this disk dies"), "{loss:?}");
    // A second folder on the same disk changes nothing of that, also when it has everything.
    add(&world, "Shelf", &world.folder().join("shelf"));
    world.service.copy(&CopyArgs::default(), &world.job).unwrap();
    let list = world.service.destinations(None).unwrap();
    assert_eq!(list.destinations[1].state, PlaceState::Complete);
    assert_eq!(list.disk_loss.as_ref(), Some(&loss));
    assert_eq!(world.service.status(None).unwrap().deployments[0].disk_loss.as_ref(), Some(&loss));
    let settings = world.service.settings(None, &world.job).unwrap().settings;
    let check = world.service.check_settings(&crate::SettingsArgs { deployment: None, settings }).unwrap().consequences;
    assert!(check.disk_loss.as_ref() == Some(&loss) && check.sentence.contains("while the disk lives"), "{check:?}");
    // The target of a component is one, wherever it is told.
    let target = world.service.overview(None).unwrap().points[0].target_seconds;
    assert_eq!(check.may_lose[0].seconds, target);
}

#[test]
fn on_another_disk_only_what_is_whole_there_counts() {
    // Elsewhere than in the temporary folder, which is where the chatbot of these tests is.
    let shared = Path::new("/dev/shm");
    let world = World::new();
    let number = |path: &Path| std::os::unix::fs::MetadataExt::dev(&fs::metadata(path).unwrap());
    if !shared.is_dir() || number(shared) == number(world.folder()) {
        eprintln!("skipped: there is no second file system to write on");
        return;
    }
    let other = tempfile::tempdir_in(shared).unwrap();
    world.backup(None);
    let added = add(&world, "Other", &other.path().join("x"));
    let waits = added.destination.waits.unwrap();
    assert!(waits.archives == 1 && waits.bytes > 0 && waits.sentence.contains("wait for it"), "{waits:?}");
    let list = world.service.destinations(None).unwrap();
    let place = &list.destinations[1];
    assert_eq!((place.state, place.same_disk, place.whole_as_of), (PlaceState::Waiting, false, None));
    assert!(place.said.starts_with("waits for its first copy: 1 archive, "), "{}", place.said);
    let loss = list.disk_loss.unwrap();
    assert_eq!((loss.kept_as_of, loss.next_step.as_str()), (None, "Copy to Other now."), "an empty place is no copy");
    let copied = world.service.copy(&CopyArgs::default(), &world.job).unwrap();
    assert!(copied.destinations[0].complete, "{copied:?}");
    assert_eq!(world.service.destinations(None).unwrap().disk_loss, None);
    fs::remove_dir_all(other.path().join("x")).unwrap();
    let away = world.service.destinations(None).unwrap();
    assert!(away.destinations[1].said.starts_with("away"), "{}", away.destinations[1].said);
}

#[test]
fn a_failed_copy_is_told_until_the_place_has_everything_also_while_it_is_away() {
    let world = World::new();
    world.backup(None);
    let shelf = world.folder().join("shelf");
    add(&world, "Shelf", &shelf);
    copy_ended(&world, "Shelf", Some(Problem::new(Code::DestinationFull, "Shelf", "3 MB are free")));
    let told = || {
        let overview = world.service.overview(None).unwrap();
        let matter = overview.matters.iter().find(|matter| matter.id == "uncopied Shelf").cloned();
        (overview.state, overview.places[1].standing.clone(), matter)
    };
    let (state, place, matter) = told();
    assert_eq!((state, place.state), (SafetyState::Attention, PlaceState::Failed));
    assert!(place.said.contains("its last copy failed just now: There is no space left for Shelf"), "{}", place.said);
    assert!(place.said.contains("lacks") || place.said.contains("waits for its first copy: 1 archive"));
    assert_eq!(matter.unwrap().said.code, Code::DestinationFull);
    // Gone from sight, nothing of that is over, and nobody says that it is there.
    fs::rename(&shelf, world.folder().join("gone")).unwrap();
    let (state, place, matter) = told();
    assert_eq!((state, place.state, place.there), (SafetyState::Attention, PlaceState::Failed, false));
    assert!(place.said.starts_with("away; its last copy failed"), "{}", place.said);
    assert!(matter.is_some() && !world.service.overview(None).unwrap().reason.contains("is there"));
    fs::rename(world.folder().join("gone"), &shelf).unwrap();
    copy_ended(&world, "Shelf", None);
    assert!(told().2.is_none(), "a later copy reached it");
    let copied = world.service.copy(&CopyArgs::default(), &world.job).unwrap();
    assert!(copied.destinations[0].said.starts_with("1 archive copied and read back"), "{copied:?}");
    assert_eq!(told().1.state, PlaceState::Complete);
}

#[test]
fn a_place_that_was_away_when_the_passphrase_changed_is_known_until_it_got_the_new_key() {
    let world = World::new();
    world.backup(None);
    let shelf = world.folder().join("shelf");
    add(&world, "Shelf", &shelf);
    world.service.copy(&CopyArgs::default(), &world.job).unwrap();
    fs::rename(&shelf, world.folder().join("gone")).unwrap();
    let (old, new) = (PASSPHRASE.to_owned(), "another four slow herons".to_owned());
    let (old, new) = (Passphrase::new(old).unwrap(), Passphrase::new(new).unwrap());
    let changed = world.service.change_passphrase(None, &old, &new).unwrap();
    let codes: Vec<Code> = changed.problems.iter().map(|note| note.code).collect();
    assert_eq!(codes, [Code::KeyFromBefore], "not the words of a place where archives are made");
    let place = || world.service.destinations(None).unwrap().destinations[1].clone();
    assert!(place().older_key && place().said.contains("still opens with the passphrase from before"));
    fs::rename(world.folder().join("gone"), &shelf).unwrap();
    assert!(place().older_key, "that it is there changes nothing yet");
    world.service.copy(&CopyArgs::default(), &world.job).unwrap();
    assert!(!place().older_key);
}

#[test]
fn a_drive_that_lacks_archives_is_not_said_to_have_been_copied_to() {
    let failed = Some(Problem::new(Code::DestinationFull, "the drive “TINY”", "full"));
    let copied = holdfast_engine::operations::copy::Copied {
        name: "TINY".to_owned(),
        id: "x".to_owned(),
        kind: "drive",
        there: true,
        copied: vec![holdfast_domain::ArchiveName::parse("bot_2026-11-21T020000Z_manual-full").unwrap()],
        bytes: 91_000_000,
        due: 3,
        waits: 0,
        absent: 0,
        failed,
        safe_to_unplug: true,
    };
    let told = crate::CopiedTo::from(copied.clone());
    assert!(!told.complete && told.said.contains("it lacks 3 archives"), "{}", told.said);
    assert!(!told.said.contains("safe to unplug"), "{}", told.said);
    let whole = crate::CopiedTo::from(holdfast_engine::operations::copy::Copied { due: 0, failed: None, ..copied });
    assert!(whole.complete && whole.said.ends_with("It is safe to unplug."), "{}", whole.said);
}

#[test]
fn a_place_that_is_too_small_is_said_to_be() {
    let world = World::new();
    world.backup(None);
    add(&world, "Shelf", &world.folder().join("shelf"));
    let mut standing = world.service.destinations(None).unwrap().destinations[1].standing.clone();
    (standing.due, standing.due_bytes, standing.free_bytes) = (4, 135_000_000, Some(94_200_000));
    (standing.waits, standing.waits_bytes) = (standing.due, standing.due_bytes);
    let said = place_words(&standing, PlaceState::TooSmall, world.service.clock().now());
    assert_eq!(said, "waits for room: 4 archives, 135 MB; only 94.2 MB are free");
}

#[test]
fn a_backup_that_failed_for_what_is_over_is_not_told_any_more() {
    let world = World::new();
    world.backup(None);
    let aside = world.folder().join("aside");
    fs::rename(world.data(), &aside).unwrap();
    world.service.backup(&World::backup_args(None), &world.job).unwrap_err();
    let of = |id: &str| world.service.overview(None).unwrap().matters.iter().any(|matter| matter.id == id);
    assert!(of("root-missing") && !of("backup-failed"), "what made it fail is told once");
    fs::rename(&aside, world.data()).unwrap();
    assert!(!of("root-missing") && !of("backup-failed"), "the folder is back");
}

#[test]
fn where_a_copy_found_no_room_nothing_is_said_to_happen_by_itself() {
    let world = World::new();
    let shelf = world.folder().join("shelf");
    add(&world, "Shelf", &shelf);
    world.backup(None);
    fs::write(world.data().join("c.txt"), "c").unwrap();
    fs::rename(&shelf, world.folder().join("away")).unwrap();
    let due = |note: &crate::Note| note.code == Code::CopyDue;
    assert!(world.backup(None).problems.iter().any(due));

    copy_ended(&world, "Shelf", Some(Problem::new(Code::DestinationFull, "Shelf", "no space left")));
    fs::write(world.data().join("d.txt"), "d").unwrap();
    let made = world.backup(None);
    assert!(!made.problems.iter().any(due), "{:?}", made.problems);
    let said = made.problems.iter().find(|note| note.code == Code::PlaceTooSmall).unwrap();
    assert!(!said.next_step.contains("by itself") && said.next_step.contains("room"), "{said:?}");
    let matters = world.service.overview(None).unwrap().matters;
    let matter = matters.iter().find(|matter| matter.id == "uncopied Shelf").unwrap();
    assert_eq!(matter.said.title, "Shelf has no room for the copies.");
    assert_eq!(matter.act.as_ref().map(|act| act.act), Some(crate::ActKind::ShowPlaces));
    assert!(!matters.iter().any(|matter| matter.id == "drive-overdue"), "{matters:?}");
}
