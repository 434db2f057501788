//! What is said where a salvage brings out more than a restore: of what, with the way, and before an archive of the wreck.
use super::captured_tests::{Scene, damage};
use super::damaged_tests::noise;
use super::tests::PASSPHRASE;
use crate::{ActKind, ArchiveInfo, CheckState, Code, DeploymentStatus, Failure, KeysGiven, RecoverArgs, RecoverKeys};
use crate::{RecoverOpened, SafetyState, Service};
use holdfast_domain::Level;
use std::fs;

/// A full archive of a sound chatbot, an hourly one upon it, and a full one of the wreck: the database damaged, the
/// configuration and many files gone.
fn wreck() -> Scene {
    let scene = Scene::new();
    scene.sound_database();
    noise(&scene);
    fs::write(scene.world.data().join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
    fs::create_dir(scene.world.data().join("uploads")).unwrap();
    for number in 0..20 {
        fs::write(scene.world.data().join(format!("uploads/{number}.txt")), format!("upload {number}")).unwrap();
    }
    scene.world.backup(Some(Level::Full));
    scene.later();
    fs::write(scene.world.data().join("c.txt"), "c").unwrap();
    scene.world.backup(Some(Level::Hourly));
    scene.later();
    scene.wreck_database();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    fs::remove_dir_all(scene.world.data().join("uploads")).unwrap();
    scene.world.backup(Some(Level::Full));
    scene.later();
    scene
}

fn status(scene: &Scene) -> DeploymentStatus {
    scene.world.service.status(None).unwrap().deployments.remove(0)
}

fn opened(scene: &Scene) -> (Service, RecoverOpened) {
    // The machine on which the archives were made: what its verifications found counts.
    let service = super::tests::service(
        &scene.world.folder().join("home"),
        std::sync::Arc::new(holdfast_engine::vault::NoKeyring),
    );
    let found = service.recover_find(&scene.world.folder().join("archives")).unwrap();
    let given = KeysGiven { passphrase: Some(PASSPHRASE.to_owned().into()), ..KeysGiven::default() };
    let keys = RecoverKeys { keys: given.into(), ..RecoverKeys::default() };
    let opened = service.recover_open(&found, None, &keys, &scene.world.job).unwrap();
    (service, opened)
}

#[test]
fn where_no_archive_can_be_restored_what_is_lost_stays_told_and_the_salvage_comes_first() {
    let scene = wreck();
    let [of_wreck, hourly, full]: [ArchiveInfo; 3] = scene.archives().try_into().unwrap();
    damage(&full);
    damage(&of_wreck);
    scene.verify_all();
    let at = scene.world.service.moment(hourly.created);
    let command = format!("holdfast salvage {} --into DIR", hourly.name);

    let told = status(&scene);
    assert_eq!((told.state, told.archives, told.unusable), (SafetyState::AtRisk, 3, 3));
    assert!(told.reason.contains("chat.db is damaged; .env and 20 files are missing."), "{}", told.reason);
    assert_eq!(told.losses.len(), 3, "{:?}", told.losses);
    let step = told.next_step.unwrap();
    assert!(step.starts_with(&format!("Bring out first what is undamaged: {command}.")), "{step}");
    assert!(step.find("--level full") > step.find("salvage"), "{step}");

    let overview = scene.overview();
    let ids: Vec<&str> = overview.matters.iter().map(|matter| matter.id.as_str()).collect();
    assert_eq!(ids, ["none-restorable", "data-lost", "files-gone config", "files-gone files"]);
    for matter in &overview.matters {
        let act = matter.act.as_ref().unwrap();
        assert_eq!((act.act, act.archive.as_ref()), (ActKind::Salvage, Some(&hourly.name)), "{matter:?}");
        assert!(matter.state == SafetyState::AtRisk && matter.text.contains(&at), "{matter:?}");
    }
    let also: Vec<_> = overview.matters.iter().map(|matter| matter.also.as_ref().map(|also| also.act)).collect();
    assert_eq!(also, [Some(ActKind::FullBackup), None, Some(ActKind::Settle), Some(ActKind::Settle)]);
    let text = &overview.matters[3].text;
    assert!(text.contains("All of it comes out whole as of"), "{text}");
    let check = scene.check("configuration");
    assert_eq!((check.state, check.act.map(|act| act.act)), (CheckState::Failing, Some(ActKind::Salvage)));
    assert_eq!(scene.check("archives").act.and_then(|act| act.archive), Some(hourly.name.clone()));

    // It holds what it says.
    let into = scene.world.folder().join("out");
    let name = hourly.name.as_str();
    scene.world.service.salvage(None, name, &into, &crate::Keys::default(), &scene.world.job).unwrap();
    assert!(into.join("data/.env").is_file() && into.join("data/uploads/19.txt").is_file());

    let (service, opened) = opened(&scene);
    let args = RecoverArgs { into: Some(scene.world.folder().join("new")), ..RecoverArgs::default() };
    let Failure { next_step, .. } = service.plan_recover(&opened, &args, &scene.world.job).unwrap_err();
    let salvage = |archive: &ArchiveInfo| format!("holdfast salvage {} --into DIR", archive.path.display());
    assert!(next_step.contains("comes out whole as of") && next_step.contains(&salvage(&hourly)), "{next_step}");
    assert!(!next_step.contains(&salvage(&of_wreck)), "{next_step}");

    // The next backup offers the same, and not only to forget it.
    let made = scene.world.backup(Some(Level::Full));
    for code in [Code::ConfigLost, Code::FilesLost, Code::DatabaseDamaged] {
        let note = made.problems.iter().find(|note| note.code == code).unwrap();
        assert_eq!(note.act.as_ref().map(|act| act.act), Some(ActKind::Salvage), "{note:?}");
        assert!(note.next_step.contains(&command), "{note:?}");
    }
    let matters = scene.overview().matters;
    let of_config = matters.iter().find(|matter| matter.id == "files-gone config").unwrap();
    assert!(of_config.text.contains("It comes out whole as of"), "{of_config:?}");
    assert_eq!(status(&scene).unusable, 3);
}

#[test]
fn where_the_chatbot_is_well_an_archive_of_it_comes_first() {
    let scene = Scene::new();
    scene.sound_database();
    noise(&scene);
    scene.world.backup(None);
    scene.later();
    damage(&scene.archives()[0]);
    scene.verify_all();
    assert!(status(&scene).next_step.unwrap().starts_with("Make a new one: holdfast backup"));
    let matter = scene.overview().matters.remove(0);
    let acts = [matter.act, matter.also].map(|act| act.map(|act| act.act));
    assert_eq!(acts, [Some(ActKind::FullBackup), Some(ActKind::Salvage)]);
}

#[test]
fn a_better_salvage_is_named_beside_an_archive_that_was_given_up() {
    let scene = wreck();
    let [of_wreck, hourly, full]: [ArchiveInfo; 3] = scene.archives().try_into().unwrap();
    scene.restore(Vec::new(), hourly.name.as_str());
    scene.later();
    fs::write(scene.world.data().join("d.txt"), "written since").unwrap();
    let planned = scene.world.service.plan_undo(None, true).unwrap();
    scene.world.service.undo(planned, &scene.world.job).unwrap();
    scene.later();
    let given_up = scene.archives().remove(0);
    assert!(given_up.needs.contains(&of_wreck.name), "it is built on one with a damaged database: {given_up:?}");
    damage(&full);
    scene.verify_all();

    let told = status(&scene);
    assert_eq!(told.restorable_as_of, Some(given_up.created));
    assert_eq!((told.restorable_given_up, told.unusable), (Some("given up by an undo"), 2));
    let step = told.next_step.unwrap();
    let at = scene.world.service.moment(hourly.created);
    let said = format!("chat.db comes out whole as of {at}, of an archive that is damaged elsewhere");
    let command = format!("holdfast salvage {} --into DIR", hourly.name);
    assert!(step.contains(&said) && step.contains(&command), "{step}");
    assert!(told.salvage.is_some_and(|salvage| salvage.contains(&command)));
    let overview = scene.overview();
    assert_eq!(overview.restorable_given_up, Some("given up by an undo"));
    let matter = &overview.matters[0];
    assert!(matter.text.contains("given up by an undo") && matter.text.contains(&said), "{}", matter.text);
    assert!(!matter.said.next_step.contains("No archive that can be restored"), "{:?}", matter.said);
    let also = matter.also.as_ref().unwrap();
    assert_eq!((also.act, also.archive.as_ref()), (ActKind::Salvage, Some(&hourly.name)));
    assert!(scene.check("chatbot").next_step.unwrap().contains(&said));

    // What its base captured damaged is not told of it.
    let planned = scene.world.service.plan_restore(&super::tests::World::restore(None), &scene.world.job).unwrap();
    assert_eq!(planned.preview.archive, given_up.name);
    assert!(!planned.preview.headline.contains("damaged"), "{}", planned.preview.headline);
    assert!(planned.preview.problems.iter().all(|note| note.code != Code::DatabaseDamaged), "{:?}", planned.preview);

    let (service, opened) = opened(&scene);
    let args = RecoverArgs { into: Some(scene.world.folder().join("new")), ..RecoverArgs::default() };
    let preview = service.plan_recover(&opened, &args, &scene.world.job).unwrap().preview.restore;
    assert_eq!(preview.archive, given_up.name);
    let salvage = format!("holdfast salvage {} --into DIR", hourly.path.display());
    let note = preview.problems.iter().find(|note| note.next_step.contains(&salvage)).unwrap();
    assert!(note.title.contains("given up by an undo"), "{note:?}");
}

#[test]
fn a_restore_takes_the_archive_to_go_back_to_and_says_why_it_is_not_the_newest() {
    let scene = wreck();
    let [of_wreck, hourly, _]: [ArchiveInfo; 3] = scene.archives().try_into().unwrap();
    let preview = |args: &crate::RestoreArgs| scene.world.service.plan_restore(args, &scene.world.job).unwrap().preview;
    let latest = super::tests::World::restore(None);
    let taken = preview(&latest);
    assert_eq!(taken.archive, hourly.name);
    let note = taken.problems.iter().find(|note| note.subject == of_wreck.name.as_str()).unwrap();
    let [of, at] = [hourly.created, of_wreck.created].map(|at| scene.world.service.moment(at));
    let title =
        format!("The archive of {of} is taken, and not the newest: that of {at} is not whole: damaged database.");
    assert_eq!(note.title, title);
    assert!(note.next_step.contains(&format!("--at {}", of_wreck.name)), "{note:?}");
    // What the newest has whole comes from there.
    let config = crate::RestoreArgs { components: vec![crate::Class::Files], ..latest };
    assert_eq!(preview(&config).archive, of_wreck.name);
    let named = crate::RestoreArgs { at: of_wreck.name.to_string(), ..super::tests::World::restore(None) };
    assert_eq!(preview(&named).archive, of_wreck.name);
}
