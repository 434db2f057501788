//! What is said where a chatbot is a wreck and its archives help little, and of a restore that turns conversations back.
use super::captured_tests::{Scene, damage};
use super::tests::{PASSPHRASE, World, service};
use crate::{
    About, ActKind, Answer, CheckState, Code, KeysGiven, RecoverArgs, RecoverKeys, RestoreArgs, RestorePreview,
    SafetyState,
};
use holdfast_engine::vault::NoKeyring;
use std::fs;
use std::sync::Arc;

fn preview(scene: &Scene, args: &RestoreArgs) -> Answer<RestorePreview> {
    Ok(scene.world.service.plan_restore(args, &scene.world.job)?.preview)
}

fn in_place(at: &str) -> RestoreArgs {
    RestoreArgs { at: at.to_owned(), emergency: true, ..World::restore(None) }
}

#[test]
fn a_restore_says_what_it_means_for_the_conversations() {
    let scene = Scene::new();
    scene.sound_database();
    let made = scene.world.backup(None);
    let at = scene.world.service.moment(made.created);
    let args = in_place(made.archive.as_str());
    let nothing = preview(&scene, &args).unwrap();
    assert!(nothing.nothing && nothing.leaves.is_none(), "{nothing:?}");
    assert_eq!(nothing.headline, "Nothing would change");

    scene.wreck_database();
    let one = preview(&scene, &args).unwrap();
    assert_eq!(one.headline, format!("Conversations go back to {at}: chat.db is replaced"));
    assert_eq!(one.effect, format!("Restore chat.db of {at}"));
    assert!(
        one.leaves.as_ref().is_some_and(|said| said.contains("leaves the chatbot; it is in the archive")),
        "{one:?}"
    );
    let without = preview(&scene, &RestoreArgs { emergency: false, ..in_place(made.archive.as_str()) }).unwrap();
    assert!(without.leaves.is_some_and(|said| !said.contains("archive")));

    fs::write(scene.world.data().join("new.txt"), "new").unwrap();
    fs::remove_file(scene.world.data().join("a.txt")).unwrap();
    let more = preview(&scene, &args).unwrap();
    assert_eq!(more.headline, format!("Conversations go back to {at}: 2 files come back, 1 is deleted"));
    assert_eq!(more.effect, "Restore 2 files, delete 1");

    let folder =
        preview(&scene, &RestoreArgs { into: Some(scene.world.folder().join("look")), ..args.clone() }).unwrap();
    assert!(folder.headline.ends_with("files come back") && folder.leaves.is_none(), "{folder:?}");

    let planned = scene.world.service.plan_restore(&args, &scene.world.job).unwrap();
    let answer = scene.world.service.restore(planned, &scene.world.job).unwrap();
    assert_eq!(answer.said, format!("Conversations are those of {at} again: 2 files are back, 1 deleted"));

    // Of an archive that has none, they go; of one that has a damaged one, that is said.
    fs::remove_file(scene.database()).unwrap();
    scene.later();
    let bare = scene.world.backup(None);
    scene.wreck_database();
    scene.later();
    let bad = scene.world.backup(None);
    scene.sound_database();
    let said = preview(&scene, &in_place(bare.archive.as_str())).unwrap();
    assert!(
        said.headline.starts_with("Conversations are deleted: chat.db is not in the archive of"),
        "{}",
        said.headline
    );
    assert!(said.leaves.is_some());
    let said = preview(&scene, &in_place(bad.archive.as_str())).unwrap();
    assert!(said.headline.starts_with("Conversations are replaced by damaged ones, of"), "{}", said.headline);
}

#[test]
fn where_no_archive_can_be_had_health_and_overview_count_the_same_and_the_disk_stays_told() {
    let scene = Scene::new();
    scene.wreck_database();
    scene.world.backup(None);
    damage(&scene.archives()[0]);
    scene.verify_all();
    let overview = scene.overview();
    assert_eq!(overview.state, SafetyState::AtRisk);
    assert!(overview.disk_loss.is_some_and(|loss| loss.sentence.starts_with("All of it is lost if this disk dies")));
    assert!(overview.matters.iter().all(|matter| matter.state == SafetyState::AtRisk));
    let about: Vec<About> = overview.matters.iter().map(|matter| matter.about).collect();
    assert_eq!(about, [About::Archives, About::Chatbot]);
    assert!(!overview.matters[0].text.contains("Health"), "{}", overview.matters[0].text);
    assert_eq!(overview.places[0].damaged, 1);
    let checks = scene.world.service.doctor().unwrap().checks;
    let failing = checks.iter().filter(|check| check.state == CheckState::Failing);
    assert_eq!(failing.count(), overview.matters.len());
    let check = scene.check("chatbot");
    let step = check.next_step.unwrap();
    assert!(check.seen.contains("data/chat.db is damaged") && step.starts_with("No archive"), "{} {step}", check.seen);
}

#[test]
fn what_needs_a_damaged_archive_is_counted_with_it() {
    let scene = Scene::new();
    scene.world.backup(None);
    scene.later();
    fs::write(scene.world.data().join("c.txt"), "c").unwrap();
    scene.world.backup(Some(holdfast_domain::Level::Hourly));
    damage(&scene.archives()[1]);
    scene.verify_all();
    assert_eq!(scene.overview().places[0].damaged, 2);
}

#[test]
fn a_kept_state_comes_before_an_archive_of_the_wreck() {
    let scene = Scene::new();
    scene.sound_database();
    let made = scene.world.backup(None);
    fs::write(scene.world.data().join("a.txt"), "changed").unwrap();
    scene.restore(vec![scene.world.data().join("a.txt")], made.archive.as_str());
    for archive in scene.archives() {
        damage(&archive);
    }
    scene.verify_all();
    let matter = scene.overview().matters.remove(0);
    assert_eq!((matter.id.as_str(), matter.act.map(|act| act.act)), ("none-restorable", Some(ActKind::ShowUndo)));
}

#[test]
fn a_recovery_looks_for_no_archive_that_is_not_there() {
    let scene = Scene::new();
    scene.wreck_database();
    scene.world.backup(None);
    let fresh = service(&scene.world.folder().join("elsewhere"), Arc::new(NoKeyring));
    let found = fresh.recover_find(&scene.world.folder().join("archives")).unwrap();
    let given = KeysGiven { passphrase: Some(PASSPHRASE.to_owned().into()), ..KeysGiven::default() };
    let keys = RecoverKeys { keys: given.into(), ..RecoverKeys::default() };
    let opened = fresh.recover_open(&found, None, &keys, &scene.world.job).unwrap();
    let into = Some(scene.world.folder().join("new"));
    let args = RecoverArgs { into, ..RecoverArgs::default() };
    let preview = fresh.plan_recover(&opened, &args, &scene.world.job).unwrap().preview;
    let note = preview.restore.problems.iter().find(|note| note.code == Code::DatabaseDamaged).unwrap();
    assert!(note.next_step.starts_with("No archive that can be restored holds it whole"), "{note:?}");
}

#[test]
fn what_a_restore_put_aside_is_named_only_where_no_other_archive_is_whole() {
    let scene = Scene::new();
    scene.sound_database();
    let whole = scene.world.backup(None);
    scene.later();
    fs::write(scene.world.data().join("a.txt"), "changed since").unwrap();
    scene.restore(Vec::new(), whole.archive.as_str());
    let aside = scene.archives().remove(0);
    assert!(aside.is_whole() && !aside.kind.is_regular() && aside.created > whole.created, "{aside:?}");
    scene.later();
    scene.wreck_database();
    scene.world.backup(None);
    let overview = scene.overview();
    assert_eq!(overview.restorable_as_of, Some(whole.created));
    let act = overview.matters.iter().find_map(|matter| matter.act.as_ref()).unwrap();
    assert_eq!(act.archive.as_ref(), Some(&whole.archive));

    // What is printed as the way out takes the one that is whole, and not the newest.
    fs::remove_dir_all(scene.world.data()).unwrap();
    let status = scene.world.service.status(None).unwrap().deployments.remove(0);
    let step = status.next_step.unwrap();
    assert!(step.ends_with(&format!("--at {}", whole.archive)), "{step}");
}
