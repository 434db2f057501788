//! What is said where an archive is damaged, or a place is full: what still comes back, and what helps.
use super::captured_tests::{Scene, damage};
use super::places_tests::add;
use super::standing::{Place, disk_loss};
use super::tests::{PASSPHRASE, World, service};
use crate::words::copied_words;
use crate::{ActKind, CheckState, Code, KeysGiven, PlaceState, RecoverArgs, RecoverKeys, SafetyState};
use holdfast_domain::{Class, Level, Problem};
use holdfast_engine::operations::destinations::{CopyFailed, Spare};
use holdfast_engine::vault::NoKeyring;
use std::fs;
use std::sync::Arc;

/// So much that damage in the middle of an archive hits it, and nothing else.
pub(super) fn noise(scene: &Scene) {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let bytes: Vec<u8> = (0..3 << 20).map(|_| next()).collect();
    fs::write(scene.world.data().join("noise"), bytes).unwrap();
}

/// A full archive of a sound database, an hourly one upon it, and a full one of the wreck.
fn wreck() -> Scene {
    let scene = Scene::new();
    scene.sound_database();
    noise(&scene);
    scene.world.backup(Some(Level::Full));
    scene.later();
    fs::write(scene.world.data().join("c.txt"), "c").unwrap();
    scene.world.backup(Some(Level::Hourly));
    scene.later();
    scene.wreck_database();
    scene.world.backup(Some(Level::Full));
    scene
}

#[test]
fn a_database_that_comes_out_of_a_damaged_archive_is_said_to_with_the_way() {
    let scene = wreck();
    let [_, hourly, full]: [_; 3] = scene.archives().try_into().unwrap();
    damage(&full);
    scene.later();
    scene.verify_all();
    let overview = scene.overview();
    let matter = &overview.matters[0];
    assert_eq!((matter.id.as_str(), matter.state), ("data-lost", SafetyState::AtRisk));
    let act = matter.act.as_ref().unwrap();
    assert_eq!((act.act, act.archive.as_ref()), (ActKind::Salvage, Some(&hourly.name)));
    let at = scene.world.service.moment(hourly.created);
    let said = format!("chat.db comes out whole as of {at}, of an archive that is damaged elsewhere.");
    assert!(matter.text.contains(&said) && overview.reason.contains(&said), "{} {}", matter.text, overview.reason);
    let point = overview.points.iter().find(|point| point.class == Class::Database).unwrap();
    assert_eq!((point.at, point.comes_out), (None, Some(hourly.created)));
    let status = scene.world.service.status(None).unwrap().deployments.remove(0);
    let step = status.next_step.unwrap();
    assert!(step.contains(&format!("holdfast salvage {} --into", hourly.name)), "{step}");
    let check = scene.check("chatbot");
    assert!(check.next_step.unwrap().contains(&said));
    assert_eq!(check.act.map(|act| act.act), Some(ActKind::Salvage));
    // It holds what it says.
    let into = scene.world.folder().join("out");
    let name = hourly.name.as_str();
    scene.world.service.salvage(None, name, &into, &crate::Keys::default(), &scene.world.job).unwrap();
    assert!(into.join("data/chat.db").is_file() && !into.join("data/noise").exists());
}

#[test]
fn where_nobody_looked_it_is_not_said_to_come_out() {
    let scene = wreck();
    let full = scene.archives().remove(2);
    let catalog = scene.world.service.context().catalog().unwrap().0;
    let bad = holdfast_engine::catalog::Verification {
        at: full.created,
        kind: holdfast_engine::catalog::VerifyKind::Quick,
        ok: false,
    };
    catalog.archives().set_verified(&full.deployment_id, &full.name, bad).unwrap();
    let overview = scene.overview();
    assert!(overview.matters[0].text.contains("chat.db may come out as of"), "{}", overview.matters[0].text);
    assert!(overview.points.iter().all(|point| point.comes_out.is_none()));
}

#[test]
fn a_folder_that_is_away_does_not_hide_what_was_found_in_it() {
    let scene = Scene::new();
    scene.sound_database();
    let whole = scene.world.backup(None);
    scene.later();
    scene.wreck_database();
    scene.world.backup(None);
    fs::rename(scene.world.data(), scene.world.folder().join("away")).unwrap();
    let status = scene.world.service.status(None).unwrap().deployments.remove(0);
    assert_eq!(status.state, SafetyState::AtRisk);
    assert!(status.reason.contains("is not there. The backup of"), "{}", status.reason);
    assert!(status.reason.ends_with("the database data/chat.db is damaged."), "{}", status.reason);
    let matters = scene.overview().matters;
    let ids: Vec<&str> = matters.iter().map(|matter| matter.id.as_str()).collect();
    assert_eq!(ids[..2], ["root-missing", "data-lost"]);
    let at = scene.world.service.moment(whole.created);
    assert!(matters[1].text.contains("who puts that back gets it so"), "{}", matters[1].text);
    assert!(matters[1].text.contains(&at) && matters[1].act.is_none(), "the folder is restored, not the file alone");
    assert_eq!(matters[1].said.next_step, "Restore the folder: it is taken from there.");
}

#[test]
fn little_room_names_its_place_and_what_to_do_and_is_never_worse_than_a_warning() {
    let world = World::new();
    world.backup(None);
    add(&world, "Shelf", &world.folder().join("shelf"));
    let catalog = world.service.context().catalog().unwrap().0;
    let mut row = catalog.archives().list(None).unwrap().remove(0);
    row.stored_bytes = 1 << 60;
    catalog.archives().insert(&row).unwrap();
    let checks = world.service.doctor().unwrap().checks;
    let room: Vec<_> = checks.iter().filter(|check| check.name == "free space").collect();
    assert_eq!(room.len(), 2);
    for check in &room {
        assert_eq!(check.state, CheckState::Warning, "{check:?}");
        assert!(check.next_step.as_ref().is_some_and(|step| step.starts_with("Make room there")), "{check:?}");
    }
    assert!(room[1].seen.starts_with("Shelf: ") && room[1].seen.contains("the largest archive has"), "{:?}", room[1]);
    let acts: Vec<_> = room.iter().map(|check| check.act.as_ref().map(|act| act.act)).collect();
    assert_eq!(acts, [None, Some(ActKind::ShowPlaces)]);
    // Without commands, it still says what to do.
    let shown = serde_json::to_value(crate::words::InWindow(&world.service.doctor().unwrap())).unwrap();
    let shown = shown["checks"].as_array().unwrap().iter().find(|check| check["name"] == "free space").unwrap().clone();
    assert!(shown["next_step"].as_str().is_some_and(|step| step.contains("see which archives may go")), "{shown}");
}

#[test]
fn nobody_is_sent_to_copy_to_a_place_without_room() {
    let world = World::new();
    let made = world.backup(None);
    add(&world, "Shelf", &world.folder().join("shelf"));
    let now = world.service.clock().now();
    let mut places = world.service.destinations(None).unwrap().destinations;
    let mut standing = places.remove(1).standing;
    (standing.same_disk, standing.free_bytes) = (false, Some(94_200_000));
    (standing.due, standing.due_bytes, standing.waits, standing.waits_bytes) = (4, 135_000_000, 4, 135_000_000);
    let full = Problem::new(Code::DestinationFull, "Shelf", "4 archives wait for room");
    standing.failed = Some(CopyFailed { at: made.created, problem: full });
    let place = Place::of(standing.clone(), now);
    assert_eq!(place.state, PlaceState::TooSmall);
    assert_eq!(place.said, "waits for room: 4 archives, 135 MB; only 94.2 MB are free");
    let step = |place: Place| disk_loss(&[places[0].clone(), place], now).unwrap().next_step;
    let said = step(place);
    assert!(!said.contains("Copy to") && said.starts_with("Shelf has no room for what waits: take other"), "{said}");
    standing.archives = 3;
    let said = step(Place::of(standing.clone(), now));
    assert!(said.contains("all that it holds is to be kept: take other") && !said.contains("prune"), "{said}");
    standing.prunes_bytes = 20_000_000;
    let said = step(Place::of(standing.clone(), now));
    assert!(said.contains("20.0 MB (holdfast prune --dry-run"), "{said}");
    standing.prunes_bytes = 0;
    standing.spare = Some(Spare { archive: made.archive.clone(), created: made.created, stored_bytes: 7_000_000 });
    let said = step(Place::of(standing.clone(), now));
    let file = standing.path.join(made.archive.as_str());
    assert!(said.contains(&format!("7.0 MB (rm {}.*)", file.display())) && !said.contains("prune"), "{said}");
    // Where some of it fits, a copy helps.
    (standing.archives, standing.waits, standing.waits_bytes, standing.failed) = (0, 1, 100_000_000, None);
    let some = Place::of(standing.clone(), now);
    assert_eq!(
        some.said,
        "waits for its first copy: 4 archives, 135 MB; 1 of them waits for room: 100 MB; only 94.2 MB are free"
    );
    assert_eq!(step(some), "Copy to Shelf now.");
    (standing.due, standing.waits, standing.unfit) = (0, 0, 2);
    let said = Place::of(standing, now).said;
    assert!(said.starts_with("has all that can be copied; 2 archives cannot be copied: damaged"), "{said}");
    let copied = holdfast_engine::operations::copy::Copied {
        name: "Shelf".to_owned(),
        id: "x".to_owned(),
        kind: "folder",
        there: true,
        copied: Vec::new(),
        bytes: 0,
        due: 3,
        waits: 2,
        absent: 0,
        failed: None,
        safe_to_unplug: false,
    };
    assert_eq!(copied_words(&copied), "nothing was copied; it lacks 3 archives, 2 of them wait for room.");
}

#[test]
fn a_recovery_from_what_is_damaged_names_what_does_and_the_salvage() {
    let scene = wreck();
    let [newest, hourly, full]: [_; 3] = scene.archives().try_into().unwrap();
    damage(&full);
    let fresh = service(&scene.world.folder().join("elsewhere"), Arc::new(NoKeyring));
    let found = fresh.recover_find(&scene.world.folder().join("archives")).unwrap();
    let given = KeysGiven { passphrase: Some(PASSPHRASE.to_owned().into()), ..KeysGiven::default() };
    let keys = RecoverKeys { keys: given.into(), ..RecoverKeys::default() };
    let opened = fresh.recover_open(&found, None, &keys, &scene.world.job).unwrap();
    let moments: Vec<_> = opened.answer.moments.iter().map(|one| (one.restorable, one.compared)).collect();
    assert_eq!(moments, [(true, true), (false, false), (false, false)]);
    assert_eq!(opened.answer.offered, Some(newest.name.clone()));
    let into = scene.world.folder().join("new");
    let args = RecoverArgs { into: Some(into.clone()), ..RecoverArgs::default() };
    let salvage = format!("holdfast salvage {} --into DIR", hourly.path.display());
    // It was whole once, and what is left of it comes out.
    let preview = fresh.plan_recover(&opened, &args, &scene.world.job).unwrap().preview;
    let note = preview.restore.problems.iter().find(|note| note.code == Code::DatabaseDamaged).unwrap();
    assert!(note.next_step.contains("The database was whole at") && note.next_step.contains(&salvage), "{note:?}");
    let asked = RecoverArgs { at: Some(hourly.name.to_string()), ..args };
    let failure = fresh.plan_recover(&opened, &asked, &scene.world.job).unwrap_err();
    let step = &failure.next_step;
    assert!(step.contains(&format!("in part: {} (repeat with --at {0})", newest.name)), "{step}");
    assert!(step.contains("chat.db is damaged") && step.contains(&salvage), "{step}");
    assert!(!into.exists());
}
