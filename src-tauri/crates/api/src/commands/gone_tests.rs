//! What is lost of the chatbot, in a state that was set aside, or in newer archives: said, with the way back.
use super::tests::{Hand, PASSPHRASE, World, service};
use crate::{ActKind, CheckState, Code, KeysGiven, OverviewAnswer, RecoverArgs, RecoverKeys, RestoreArgs, SafetyState};
use holdfast_domain::{Level, Outcome, Severity};
use holdfast_engine::vault::NoKeyring;
use std::fs;
use std::sync::Arc;

struct Scene {
    world: World,
    clock: Arc<Hand>,
}

impl Scene {
    fn new() -> Self {
        let clock = Arc::new(Hand::default());
        let world = World::at(clock.clone());
        fs::write(world.data().join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
        Self { world, clock }
    }

    fn later(&self) {
        self.clock.pass(600);
    }

    fn overview(&self) -> OverviewAnswer {
        self.world.service.overview(None).unwrap()
    }

    fn status(&self) -> crate::DeploymentStatus {
        self.world.service.status(None).unwrap().deployments.remove(0)
    }
}

#[test]
fn an_emptied_folder_is_told_before_what_was_lost_of_it_earlier() {
    let scene = Scene::new();
    scene.world.backup(None);
    scene.later();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    scene.world.backup(None);
    assert_eq!(scene.status().state, SafetyState::Attention);
    scene.later();
    fs::remove_dir_all(scene.world.data()).unwrap();
    fs::create_dir(scene.world.data()).unwrap();
    let refused = scene.world.service.backup(&World::backup_args(None), &scene.world.job).unwrap_err();
    assert_eq!(refused.code, Code::RootEmpty);
    let status = scene.status();
    assert_eq!((status.state, status.reason), (SafetyState::AtRisk, refused.title));
    let matters = scene.overview().matters;
    assert_eq!(matters[0].id, "backup-failed", "{matters:?}");
    assert_eq!(matters.iter().filter(|matter| matter.id == "backup-failed").count(), 1);
}

#[test]
fn a_key_that_went_is_named_with_the_archive_that_has_it_until_it_is_back() {
    let scene = Scene::new();
    scene.world.backup(None);
    scene.later();
    fs::remove_file(scene.world.data().join("b.txt")).unwrap();
    let whole = scene.world.backup(None);
    assert_eq!(whole.outcome, Outcome::Done, "one file that somebody deleted is no alarm: {:?}", whole.problems);
    scene.later();
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    let lacking = scene.world.backup(None);
    let codes: Vec<_> = lacking.problems.iter().map(|note| (note.code, note.subject.as_str())).collect();
    assert_eq!(codes, [(Code::ConfigLost, "data/.env")]);
    assert_eq!(lacking.problems[0].act.as_ref().unwrap().archive, Some(whole.archive.clone()));

    let overview = scene.overview();
    assert_eq!(overview.state, SafetyState::Attention);
    let [matter] = &overview.matters[..] else { panic!("{:?}", overview.matters) };
    assert_eq!(matter.said.title, "Configuration or keys missing: data/.env.");
    let act = matter.act.as_ref().unwrap();
    assert_eq!((act.act, act.archive.as_ref()), (ActKind::ShowArchive, Some(&whole.archive)));
    assert_eq!(act.paths, ["data/.env"]);
    assert_eq!(matter.also.as_ref().map(|also| also.act), Some(ActKind::Settle));
    // All else is in the newest, and is not older for it.
    assert_eq!(overview.restorable_as_of, Some(lacking.created));
    let status = scene.status();
    assert!(status.reason.contains("data/.env"), "{}", status.reason);
    let step = status.next_step.unwrap();
    assert!(step.contains(&format!("--at {} --path data/.env", whole.archive)), "{step}");
    let checks = scene.world.service.doctor().unwrap().checks;
    let check = checks.iter().find(|check| check.name == "configuration").unwrap();
    assert!(check.state == CheckState::Warning && check.seen.contains("data/.env"), "{check:?}");

    fs::write(scene.world.data().join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
    assert!(scene.overview().matters.is_empty() && scene.status().state == SafetyState::Protected);
    fs::remove_file(scene.world.data().join(".env")).unwrap();
    scene.later();
    scene.world.backup(Some(Level::Full));
    assert_eq!(scene.overview().matters.len(), 1, "no archive settles it");
}

#[test]
fn several_losses_are_one_line_with_the_details_said_once() {
    let scene = Scene::new();
    let data = scene.world.data();
    let store = data.join("vector_db/0f8fad5b-d9cb-469f-a165-70867728950e");
    fs::create_dir_all(&store).unwrap();
    for part in ["data_level0.bin", "header.bin", "length.bin", "link_lists.bin"] {
        fs::write(store.join(part), [7; 400]).unwrap();
    }
    let store_db = data.join("vector_db/chroma.sqlite3");
    let mut sqlite = b"SQLite format 3\0".to_vec();
    sqlite.resize(4096, 0);
    fs::write(&store_db, sqlite).unwrap();
    fs::create_dir(data.join("uploads")).unwrap();
    (0..30).for_each(|n| fs::write(data.join(format!("uploads/{n}.txt")), "kept").unwrap());
    scene.world.backup(None);
    scene.later();
    fs::remove_file(data.join(".env")).unwrap();
    fs::write(store.join("data_level0.bin"), [7; 10]).unwrap();
    (0..25).for_each(|n| fs::remove_file(data.join(format!("uploads/{n}.txt"))).unwrap());
    let backup = scene.world.backup(None);
    let said: Vec<&str> = backup.problems.iter().map(|note| note.title.as_str()).collect();
    let cut = said.iter().find(|title| title.contains("data_level0.bin")).unwrap();
    assert!(cut.starts_with("A part of a vector store is cut short: "), "{said:?}");

    let status = scene.status();
    assert!(status.reason.contains(".env and 25 files are missing"), "{}", status.reason);
    assert!(status.reason.contains("1 part of a vector store is cut short"), "{}", status.reason);
    assert!(!status.reason.contains("uploads/") && !status.reason.contains("data_level0.bin"), "{}", status.reason);
    assert!(status.losses.iter().any(|loss| loss.contains("uploads/0.txt")), "{:?}", status.losses);
    let checks = scene.world.service.doctor().unwrap().checks;
    let named = |name: &str| checks.iter().filter(|check| check.name == name).count();
    assert_eq!((named("configuration"), named("vector store"), named("missing files")), (1, 1, 1));
}

#[test]
fn what_is_in_a_state_before_alone_is_told_until_that_is_brought_back_or_let_go_of() {
    let scene = Scene::new();
    scene.world.backup(None);
    fs::write(scene.world.data().join("a.txt"), "changed").unwrap();
    scene.later();
    let args = RestoreArgs { emergency: true, ..World::restore(None) };
    let planned = scene.world.service.plan_restore(&args, &scene.world.job).unwrap();
    let restored = scene.world.service.restore(planned, &scene.world.job).unwrap();
    assert!(scene.overview().matters.is_empty(), "nobody wrote there");

    let aside = restored.preserved[0].join("a.txt");
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&aside, "written to the old one").unwrap();
    scene.clock.pass(200);
    let overview = scene.overview();
    let matter = overview.matters.iter().find(|matter| matter.id == "written-aside").unwrap();
    assert!(matter.said.title.starts_with("1 file was written to the state before the restore"), "{:?}", matter.said);
    assert!(matter.text.contains("data/a.txt last"), "{}", matter.text);
    assert_eq!(matter.act.as_ref().map(|act| act.act), Some(ActKind::ShowUndo));
    let folder = restored.preserved[0].display().to_string();
    assert_eq!(matter.also.as_ref().unwrap().paths, [folder]);
    // A -wal alone is conversations all the same, and of a vector store's database none.
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(restored.preserved[0].join("chroma.sqlite3-wal"), "x").unwrap();
    fs::write(restored.preserved[0].join("webui.db-wal"), "newest").unwrap();
    scene.clock.pass(200);
    let told = scene.overview().matters.into_iter().find(|matter| matter.id == "written-aside").unwrap();
    assert!(told.said.title.starts_with("Conversations were written to the state before"), "{:?}", told.said);
    assert!(told.text.contains("The conversations are in webui.db."), "{}", told.text);
    assert!(told.also.unwrap().effect.contains("come back by undoing the restore"));

    let status = scene.status();
    assert_eq!(status.state, SafetyState::Attention);
    assert!(
        status.next_step.is_some_and(|step| step.contains("holdfast undo bot") && step.contains("--discard-changes"))
    );

    let args = crate::ForgetArgs { deployment: None, id: None, discard_changes: true };
    scene.world.service.forget(&args, &scene.world.job).unwrap();
    assert!(scene.overview().matters.is_empty());
}

#[test]
fn a_recovery_takes_the_newest_whole_one_and_says_what_newer_ones_lack() {
    let scene = Scene::new();
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.resize(4096, 0x5a);
    let whole = scene.world.backup(None);
    fs::write(scene.world.data().join("chat.db"), bytes).unwrap();
    scene.later();
    let damaged = scene.world.backup(None);
    assert!(damaged.problems.iter().any(|note| note.code == Code::DatabaseDamaged), "{:?}", damaged.problems);

    let fresh = service(&scene.world.folder().join("elsewhere"), Arc::new(NoKeyring));
    let found = fresh.recover_find(&scene.world.folder().join("archives")).unwrap();
    let given = KeysGiven { passphrase: Some(PASSPHRASE.to_owned().into()), ..KeysGiven::default() };
    let keys = RecoverKeys { keys: given.into(), ..RecoverKeys::default() };
    let opened = fresh.recover_open(&found, None, &keys, &scene.world.job).unwrap();
    assert_eq!(opened.answer.offered, Some(whole.archive.clone()));
    assert_eq!(scene.status().restorable_as_of, Some(whole.created), "the same verdict");
    let plan = |at: Option<String>| {
        let into = Some(scene.world.folder().join("new"));
        fresh
            .plan_recover(&opened, &RecoverArgs { at, into, ..RecoverArgs::default() }, &scene.world.job)
            .unwrap()
            .preview
    };
    let preview = plan(None);
    assert_eq!(preview.restore.archive, whole.archive);
    let told = preview.restore.problems.iter().find(|note| note.code == Code::DatabaseDamaged).unwrap();
    assert_eq!(told.severity, Severity::Notice);
    assert!(
        told.title.contains("is newer, and not whole. The database data/chat.db is damaged in it."),
        "{}",
        told.title
    );
    assert!(told.next_step.contains(&format!("--at {}", damaged.archive)), "{}", told.next_step);

    let preview = plan(Some(damaged.archive.to_string()));
    let steps: Vec<&str> = preview.restore.problems.iter().map(|note| note.next_step.as_str()).collect();
    assert!(steps.iter().any(|step| step.contains(whole.archive.as_str())), "{steps:?}");
}
