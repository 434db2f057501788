//! Losses: one archive for all of them, and that each is settled by its name; and which archive is gone back to after
//! an undo.
use super::captured_tests::Scene;
use super::tests::{PASSPHRASE, World, service};
use crate::{
    ActKind, Answer, Code, KeysGiven, RecoverArgs, RecoverKeys, RecoverOpened, RestoreArgs, SafetyState, SettleAnswer,
    SettleArgs,
};
use holdfast_domain::Level;
use holdfast_engine::operations::branches::Branch;
use holdfast_engine::vault::NoKeyring;
use std::fs;
use std::sync::Arc;

fn settle(scene: &Scene, paths: &[&str]) -> Answer<SettleAnswer> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let planned = scene.world.service.plan_settle(&SettleArgs { deployment: None, paths, take_back: false })?;
    scene.world.service.settle_losses(planned)
}

fn status(scene: &Scene) -> crate::DeploymentStatus {
    scene.world.service.status(None).unwrap().deployments.remove(0)
}

/// A database, a key and forty uploads.
fn full_scene() -> Scene {
    let scene = Scene::new();
    scene.sound_database();
    fs::write(scene.world.data().join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
    fs::create_dir(scene.world.data().join("uploads")).unwrap();
    for n in 0..40 {
        fs::write(scene.world.data().join(format!("uploads/{n}.txt")), format!("upload {n}")).unwrap();
    }
    scene
}

fn wreck(scene: &Scene) {
    scene.wreck_database();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    (0..30).for_each(|n| fs::remove_file(scene.world.data().join(format!("uploads/{n}.txt"))).unwrap());
}

fn wreck_but_first(scene: &Scene) {
    scene.wreck_database();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    (1..30).for_each(|n| fs::remove_file(scene.world.data().join(format!("uploads/{n}.txt"))).unwrap());
}

#[test]
fn all_that_is_lost_comes_back_from_one_archive() {
    let scene = full_scene();
    scene.world.backup(None);
    scene.later();
    fs::write(scene.world.data().join("later.txt"), "later").unwrap();
    let whole = scene.world.backup(Some(Level::Hourly));
    scene.later();
    wreck(&scene);
    let wrecked = scene.world.backup(Some(Level::Hourly));
    scene.later();
    scene.world.backup(Some(Level::Full));

    let overview = scene.overview();
    let ids: Vec<_> = overview.matters.iter().map(|matter| matter.id.as_str()).collect();
    assert_eq!(ids, ["data-lost", "files-gone config", "files-gone files"]);
    let first = overview.matters[0].act.as_ref().unwrap();
    assert_eq!((first.act, first.label.as_str()), (ActKind::ShowArchive, "Bring all of it back…"));
    assert_eq!((first.archive.as_ref(), first.paths.len()), (Some(&whole.archive), 32), "not the full archive alone");
    // Each by itself is had from the same one.
    for matter in &overview.matters[1..] {
        assert_eq!(matter.act.as_ref().unwrap().archive.as_ref(), Some(&whole.archive), "{matter:?}");
    }
    let step = status(&scene).next_step.unwrap();
    assert!(step.contains("holdfast restore bot --lost") && step.contains("holdfast settle bot"), "{step}");
    for note in wrecked.problems.iter().filter(|note| note.code != Code::DatabaseWasDamaged) {
        assert!(note.next_step.contains("--lost") || note.severity != crate::Severity::Problem, "{note:?}");
        assert!(!note.next_step.contains("--at"), "no other archive is named: {note:?}");
    }
    let (archive, paths, older) = scene.world.service.lost_in_one(None).unwrap();
    assert_eq!(older, None);
    assert_eq!((&archive, paths.len()), (&whole.archive, 32));
    let paths = paths.into_iter().map(|path| scene.world.data().parent().unwrap().join(path)).collect();
    scene.restore(paths, archive.as_str());
    scene.later();
    scene.world.backup(None);
    assert!(scene.overview().matters.is_empty(), "{:?}", scene.overview().matters);
    assert_eq!(scene.world.service.lost_in_one(None).unwrap_err().code, Code::NothingToRestore);
}

#[test]
fn a_file_that_an_older_archive_holds_takes_no_conversations_back() {
    let scene = full_scene();
    scene.world.backup(None);
    scene.later();
    // One of them alone is no loss.
    fs::remove_file(scene.world.data().join("uploads/0.txt")).unwrap();
    let whole = scene.world.backup(Some(Level::Hourly));
    scene.later();
    wreck_but_first(&scene);
    scene.world.backup(Some(Level::Hourly));
    let first = scene.overview().matters.remove(0).act.unwrap();
    assert_eq!((first.archive.as_ref(), first.label.as_str()), (Some(&whole.archive), "Bring most of it back…"));
    assert!(first.effect.contains("1 file is in an older one alone"), "{}", first.effect);
    let (archive, paths, older) = scene.world.service.lost_in_one(None).unwrap();
    assert!(
        !paths.contains(&"data/uploads/0.txt".to_owned()) && paths.contains(&"data/chat.db".to_owned()),
        "{paths:?}"
    );
    assert!(archive == whole.archive && older.is_some(), "{archive} {older:?}");

    // Where the folder itself is away, its parts are none to bring back.
    fs::rename(scene.world.data(), scene.world.data().with_extension("away")).unwrap();
    assert_eq!(scene.world.service.lost_in_one(None).unwrap_err().code, Code::NothingToRestore);
}

#[test]
fn what_no_single_archive_holds_is_told_apart() {
    let scene = full_scene();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    let sound = scene.world.backup(None);
    scene.later();
    scene.wreck_database();
    fs::write(scene.world.data().join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
    let keyed = scene.world.backup(Some(Level::Full));
    scene.later();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    scene.world.backup(None);
    let archives: Vec<_> =
        scene.overview().matters.into_iter().map(|matter| matter.act.unwrap().archive.unwrap()).collect();
    assert_eq!(archives, [sound.archive, keyed.archive]);
    let failure = scene.world.service.lost_in_one(None).unwrap_err();
    assert!(failure.cause.contains("no single archive"), "{failure:?}");
}

#[test]
fn it_was_meant_settles_what_it_stands_at_and_nothing_else() {
    let scene = full_scene();
    scene.world.backup(None);
    scene.later();
    wreck(&scene);
    fs::remove_file(scene.database()).unwrap();
    scene.world.backup(None);
    let overview = scene.overview();
    let also: Vec<_> = overview.matters.iter().map(|matter| matter.also.clone().unwrap()).collect();
    assert!(also.iter().all(|also| also.act == ActKind::Settle));
    let named: Vec<usize> = also.iter().map(|also| also.paths.len()).collect();
    assert_eq!(
        (named, &also[0].paths[..], &also[1].paths[..]),
        (vec![1, 1, 30], &["data/chat.db".to_owned()][..], &["data/.env".to_owned()][..])
    );

    assert_eq!(settle(&scene, &["no such"]).unwrap_err().code, Code::BadRequest);
    // As it lies in its root, too.
    let answer = settle(&scene, &[".env"]).unwrap();
    assert_eq!((answer.settled, answer.left), (vec!["data/.env".to_owned()], 31));
    let left: Vec<_> = scene.overview().matters.into_iter().map(|matter| matter.id).collect();
    assert_eq!(left, ["data-lost", "files-gone files"]);
    // No backup settles the rest, of whatever level.
    for level in [Level::Full, Level::Hourly] {
        scene.later();
        scene.world.backup(Some(level));
        let left: Vec<_> = scene.overview().matters.into_iter().map(|matter| matter.id).collect();
        assert_eq!(left, ["data-lost", "files-gone files"], "{level:?}");
    }
    settle(&scene, &["data/chat.db"]).unwrap();
    assert_eq!(scene.overview().matters.len(), 1);
    settle(&scene, &[]).unwrap();
    assert!(scene.overview().matters.is_empty() && status(&scene).state == SafetyState::Protected);
    scene.later();
    let last = scene.world.backup(None);
    assert_eq!(status(&scene).restorable_as_of, Some(last.created));
}

/// An archive, a restore of it, the undo of that with something changed in between, and a wreck. With the time of the
/// archive before the restore.
fn undone() -> Scene {
    let scene = full_scene();
    let first = scene.world.backup(None);
    scene.later();
    fs::write(scene.world.data().join("a.txt"), "of the life that goes on").unwrap();
    let args = RestoreArgs { at: first.archive.to_string(), emergency: true, ..World::restore(None) };
    let planned = scene.world.service.plan_restore(&args, &scene.world.job).unwrap();
    scene.world.service.restore(planned, &scene.world.job).unwrap();
    scene.later();
    fs::write(scene.world.data().join("a.txt"), "of the branch that is given up").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    scene.later();
    let planned = scene.world.service.plan_undo(None, true).unwrap();
    assert!(scene.world.service.undo(planned, &scene.world.job).unwrap().emergency.is_some());
    scene.later();
    wreck(&scene);
    scene.world.backup(None);
    scene.later();
    scene.world.backup(Some(Level::Full));
    scene
}

#[test]
fn after_an_undo_the_state_that_goes_on_is_gone_back_to_everywhere() {
    let scene = undone();
    let list = scene.world.service.archives(None).unwrap();
    let branches: Vec<Branch> = list.archives.iter().map(|archive| archive.branch).collect();
    assert_eq!(branches, [Branch::Living, Branch::Living, Branch::GivenUp, Branch::Living, Branch::Living]);
    let words: Vec<String> = list.archives.iter().map(|a| crate::kind_words(a.kind, a.before)).collect();
    assert_eq!((words[2].as_str(), words[3].as_str()), ("before undo", "before restore"));
    let (living, branch) = (&list.archives[3], &list.archives[2]);
    assert_eq!(list.offered.as_ref(), Some(&living.name));

    assert_eq!(status(&scene).restorable_as_of, Some(living.created));
    let overview = scene.overview();
    assert_eq!(overview.restorable_as_of, Some(living.created));
    assert!(overview.points.iter().all(|point| point.at != Some(branch.created)), "{:?}", overview.points);
    for matter in &overview.matters {
        assert_eq!(matter.act.as_ref().unwrap().archive.as_ref(), Some(&living.name), "{matter:?}");
    }
    for check in scene.world.service.doctor().unwrap().checks {
        assert!(check.act.is_none_or(|act| act.archive.is_none_or(|archive| archive == living.name)));
    }
    // Where all is away, the command that is printed takes it by name.
    fs::rename(scene.world.data(), scene.world.folder().join("away")).unwrap();
    let step = status(&scene).next_step.unwrap();
    assert!(step.ends_with(&format!("holdfast restore bot --at {}", living.name)), "{step}");

    let (fresh, opened) = elsewhere(&scene);
    assert_eq!(opened.answer.offered.as_ref(), Some(&living.name));
    let given_up: Vec<_> = opened.answer.moments.iter().map(|moment| moment.given_up).collect();
    assert_eq!(given_up, [None, None, Some("given up by an undo"), None, None]);
    let args = RecoverArgs { into: Some(scene.world.folder().join("new")), ..RecoverArgs::default() };
    let preview = fresh.plan_recover(&opened, &args, &scene.world.job).unwrap().preview;
    assert_eq!(preview.restore.archive, living.name);
    let note = preview.restore.problems.iter().find(|note| note.subject == branch.name.as_str()).unwrap();
    assert!(note.title.contains("an undo gave its state up"), "{note:?}");
}

/// A machine that knows nothing.
fn elsewhere(scene: &Scene) -> (crate::Service, RecoverOpened) {
    let fresh = service(&scene.world.folder().join("elsewhere"), Arc::new(NoKeyring));
    let found = fresh.recover_find(&scene.world.folder().join("archives")).unwrap();
    let given = KeysGiven { passphrase: Some(PASSPHRASE.to_owned().into()), ..KeysGiven::default() };
    let keys = RecoverKeys { keys: given.into(), ..RecoverKeys::default() };
    let opened = fresh.recover_open(&found, None, &keys, &scene.world.job).unwrap();
    (fresh, opened)
}
