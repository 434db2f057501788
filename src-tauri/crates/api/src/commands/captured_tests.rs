//! What is said of archives whose contents were not sound when they were captured, and of those that are damaged.
use super::tests::{Hand, World};
use crate::{
    About, ActKind, ArchiveInfo, BackupArgs, CheckState, Checkup, Code, Keys, OverviewAnswer, RestoreArgs, SafetyState,
    VerifyArgs,
};
use holdfast_domain::{Class, Kind, Level, Outcome};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) struct Scene {
    pub world: World,
    clock: Arc<Hand>,
}

impl Scene {
    pub fn new() -> Self {
        let clock = Arc::new(Hand::default());
        Self { world: World::at(clock.clone()), clock }
    }

    pub fn later(&self) {
        self.clock.pass(600);
    }

    pub fn database(&self) -> PathBuf {
        self.world.data().join("chat.db")
    }

    /// An empty database of one page, with room behind it so that no two are the same.
    pub fn sound_database(&self) {
        let mut page = b"SQLite format 3\0".to_vec();
        page.extend([2, 0, 1, 1, 0, 64, 32, 32, 0, 0, 0, 1, 0, 0, 0, 1]);
        page.resize(44, 0);
        page.extend([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        page.resize(92, 0);
        page.extend([0, 0, 0, 1, 0, 0x2e, 0x7d, 0]);
        page.extend([0x0d, 0, 0, 0, 0, 2, 0, 0]);
        page.resize(512, 0);
        fs::write(self.database(), page).unwrap();
    }

    pub fn wreck_database(&self) {
        let mut bytes = b"SQLite format 3\0".to_vec();
        bytes.resize(4096, 0x5a);
        fs::write(self.database(), bytes).unwrap();
    }

    pub fn overview(&self) -> OverviewAnswer {
        self.world.service.overview(None).unwrap()
    }

    pub fn archives(&self) -> Vec<ArchiveInfo> {
        self.world.service.archives(None).unwrap().archives
    }

    pub fn check(&self, name: &str) -> Checkup {
        let checks = self.world.service.doctor().unwrap().checks;
        checks.into_iter().find(|check| check.name == name).unwrap()
    }

    pub fn restore(&self, paths: Vec<PathBuf>, at: &str) {
        let args = RestoreArgs { at: at.to_owned(), paths, emergency: true, ..World::restore(None) };
        let planned = self.world.service.plan_restore(&args, &self.world.job).unwrap();
        self.world.service.restore(planned, &self.world.job).unwrap();
    }

    pub fn verify_all(&self) -> crate::VerifyAnswer {
        let args = VerifyArgs { deployment: None, archive: None, all: true, full: false, keys: Keys::default() };
        self.world.service.verify(&args, &self.world.job).unwrap()
    }
}

#[test]
fn a_damaged_database_is_said_wherever_its_archive_is_spoken_of() {
    let scene = Scene::new();
    scene.sound_database();
    let sound = scene.world.backup(None);
    assert_eq!(sound.outcome, Outcome::Done, "{:?}", sound.problems);
    assert_eq!(scene.check("chatbot").state, CheckState::Ok);
    scene.later();
    scene.wreck_database();
    let bad = scene.world.backup(None);
    let note = bad.problems.iter().find(|note| note.code == Code::DatabaseDamaged).unwrap();
    let act = note.act.as_ref().unwrap();
    assert_eq!(
        (act.act, act.archive.as_ref(), act.paths.as_slice()),
        (ActKind::ShowArchive, Some(&sound.archive), &["data/chat.db".to_owned()][..])
    );

    let archives = scene.archives();
    let captured = archives[0].captured.as_ref().unwrap();
    assert!(captured.matters && captured.word == "damaged database" && captured.said.contains("data/chat.db"));
    assert!(archives[0].restorable && archives[1].captured.is_none());

    let status = scene.world.service.status(None).unwrap().deployments.remove(0);
    assert_eq!(status.state, SafetyState::Attention);
    assert_eq!((status.restorable_as_of, status.partly_as_of), (Some(sound.created), Some(bad.created)));
    assert!(status.reason.starts_with("Conversations: as of "), "{}", status.reason);
    assert!(status.reason.contains("the database data/chat.db is damaged in the newest archive"), "{}", status.reason);
    assert!(status.next_step.is_some_and(|step| step.contains(sound.archive.as_str())));

    let overview = scene.overview();
    assert_eq!(overview.restorable_as_of, Some(sound.created));
    let at = |class| overview.points.iter().find(|point| point.class == class).unwrap().at;
    assert_eq!((at(Class::Database), at(Class::Files)), (Some(sound.created), Some(bad.created)));
    let matters: Vec<_> = overview.matters.iter().map(|matter| (matter.id.as_str(), matter.about)).collect();
    assert_eq!(matters, [("data-lost", About::Chatbot)]);

    let check = scene.check("chatbot");
    // What can be brought back is as yellow here as in the overview.
    assert_eq!(check.state, CheckState::Warning, "{check:?}");
    assert!(check.seen.contains("damaged") && check.seen.contains("seen at the backup of"), "{check:?}");
    assert_eq!(check.act.and_then(|act| act.archive), Some(sound.archive.clone()));

    // That it is what was written is true, and not all.
    let verdicts = scene.verify_all().archives;
    let of = verdicts.iter().find(|verdict| verdict.archive == bad.archive.as_str()).unwrap();
    assert!(of.ok && of.captured.as_ref().is_some_and(|captured| captured.matters), "{of:?}");
}

#[test]
fn what_a_pattern_leaves_out_is_not_called_gone() {
    let scene = Scene::new();
    scene.sound_database();
    let sound = scene.world.backup(None);
    scene.later();
    let exclude = |patterns: &[&str]| {
        let mut settings = scene.world.service.settings(None, &scene.world.job).unwrap().settings;
        settings.exclude = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let args = crate::SettingsArgs { deployment: None, settings };
        scene.world.service.write_settings(&args, &scene.world.job).unwrap();
    };
    exclude(&["*.db"]);
    let made = scene.world.backup(None);
    let note = made.problems.iter().find(|note| note.code == Code::LeftOutByPattern).unwrap();
    assert_eq!(note.act.as_ref().map(|act| act.act), Some(ActKind::ShowPatterns));
    let overview = scene.overview();
    assert_eq!(overview.state, SafetyState::Attention);
    assert!(overview.reason.starts_with("data/chat.db is left out by the pattern *.db; it is in no archive since"));
    assert_eq!(overview.restorable_as_of, Some(sound.created));
    let matter = &overview.matters[0];
    assert_eq!(
        (matter.id.as_str(), matter.act.as_ref().map(|act| act.act)),
        ("data-left-out", Some(ActKind::ShowPatterns))
    );
    let check = scene.check("chatbot");
    assert!(check.state == CheckState::Warning && !check.seen.contains("gone"), "{check:?}");
    assert!(!check.next_step.unwrap_or_default().contains("stop the chatbot"));

    scene.later();
    exclude(&[]);
    let lifted = scene.overview();
    assert!(lifted.reason.contains("the next backup takes it in"), "{}", lifted.reason);
    assert_eq!(lifted.matters[0].act.as_ref().map(|act| act.act), Some(ActKind::BackUpNow));
    scene.world.backup(None);
    assert_eq!((scene.overview().state, scene.check("chatbot").state), (SafetyState::Protected, CheckState::Ok));
}

#[test]
fn after_a_restore_it_is_the_next_backup_that_says_well() {
    let scene = Scene::new();
    scene.sound_database();
    let sound = scene.world.backup(None);
    scene.later();
    scene.wreck_database();
    scene.world.backup(None);
    scene.later();
    scene.restore(vec![scene.world.data().join("a.txt")], sound.archive.as_str());
    assert_eq!(scene.check("chatbot").state, CheckState::Warning, "the database is what it was");
    scene.later();
    scene.restore(Vec::new(), sound.archive.as_str());
    let overview = scene.overview();
    assert!(overview.reason.contains("the next backup looks"), "{}", overview.reason);
    assert_eq!(scene.check("chatbot").state, CheckState::Unknown);
    assert_eq!(overview.restorable_as_of, Some(sound.created), "the state before was damaged");
    assert_eq!(overview.matters[0].act.as_ref().map(|act| act.act), Some(ActKind::BackUpNow));
    scene.later();
    scene.world.backup(None);
    assert_eq!((scene.overview().state, scene.check("chatbot").state), (SafetyState::Protected, CheckState::Ok));
}

#[test]
fn a_database_that_is_whole_nowhere_is_the_gravest_and_no_archive_is_promised() {
    let scene = Scene::new();
    scene.wreck_database();
    let made = scene.world.backup(None);
    let overview = scene.overview();
    assert_eq!((overview.state, overview.restorable_as_of), (SafetyState::AtRisk, None));
    assert_eq!(overview.partly_as_of, Some(made.created));
    assert!(overview.matters[0].act.is_none());
    let note = made.problems.iter().find(|note| note.code == Code::DatabaseDamaged).unwrap();
    assert!(note.act.is_none() && note.next_step.starts_with("No archive"), "{note:?}");
    assert!(!overview.matters[0].text.contains("state before"), "{}", overview.matters[0].text);
    assert_eq!(scene.world.service.destinations(None).unwrap().destinations[0].whole_as_of, None);
}

#[test]
fn where_no_archive_holds_it_whole_the_state_before_a_restore_is_named() {
    let scene = Scene::new();
    scene.wreck_database();
    let made = scene.world.backup(None);
    scene.restore(vec![scene.world.data().join("a.txt")], made.archive.as_str());
    scene.later();
    scene.world.backup(None);
    let overview = scene.overview();
    assert!(overview.matters[0].text.contains("The state before the restore of"), "{}", overview.matters[0].text);
    assert_eq!(overview.matters[0].act.as_ref().map(|act| act.act), Some(ActKind::ShowUndo));
    assert_eq!(overview.matters[0].state, SafetyState::AtRisk);
    let check = scene.check("chatbot");
    assert_eq!((check.state, check.act.map(|act| act.act)), (CheckState::Failing, Some(ActKind::ShowUndo)));
    assert!(check.next_step.is_some_and(|step| step.contains("The state before the restore of")));
    let status = scene.world.service.status(None).unwrap();
    let step = status.deployments[0].next_step.as_deref().unwrap();
    assert!(step.contains("holdfast undo bot"), "{step}");
}

#[test]
fn what_a_place_brings_back_whole_is_no_archive_of_a_damaged_database() {
    let scene = Scene::new();
    scene.sound_database();
    let sound = scene.world.backup(None);
    scene.later();
    scene.wreck_database();
    scene.world.backup(None);
    super::places_tests::add(&scene.world, "Shelf", &scene.world.folder().join("shelf"));
    scene.world.service.copy(&crate::CopyArgs::default(), &scene.world.job).unwrap();
    let places = scene.world.service.destinations(None).unwrap().destinations;
    assert_eq!([places[0].whole_as_of, places[1].whole_as_of], [Some(sound.created); 2]);
    assert!(places[1].newest > Some(sound.created), "the other is there too");
}

#[test]
fn a_folder_that_is_gone_is_the_gravest_state_and_told_once() {
    let scene = Scene::new();
    scene.world.backup(None);
    fs::rename(scene.world.data(), scene.world.folder().join("moved")).unwrap();
    let args: BackupArgs = World::backup_args(None);
    assert_eq!(scene.world.service.backup(&args, &scene.world.job).unwrap_err().code, Code::RootMissing);
    let overview = scene.overview();
    assert_eq!(overview.state, SafetyState::AtRisk);
    let matters: Vec<_> = overview.matters.iter().map(|matter| (matter.id.as_str(), matter.state)).collect();
    assert_eq!(matters, [("root-missing", SafetyState::AtRisk)]);
    assert_eq!(scene.world.service.status(None).unwrap().deployments[0].state, SafetyState::AtRisk);
}

#[test]
fn of_a_damaged_archive_what_is_undamaged_comes_first_and_who_needs_it_is_said() {
    let scene = Scene::new();
    scene.world.backup(None);
    for name in ["c.txt", "d.txt"] {
        scene.later();
        fs::write(scene.world.data().join(name), name).unwrap();
        scene.world.backup(Some(Level::Hourly));
    }
    let full = scene.archives().pop().unwrap();
    damage(&full);
    assert_eq!(scene.verify_all().outcome, Outcome::Failed);
    let none = scene.overview();
    assert_eq!((none.state, none.matters[0].id.as_str()), (SafetyState::AtRisk, "none-restorable"));
    assert!(!none.matters[0].text.contains("not touched"), "{:?}", none.matters);
    // All of them were whole when they were made: of the newest most comes out.
    let newest = scene.archives().remove(0).name;
    assert_eq!(none.matters[0].also.as_ref().and_then(|act| act.archive.clone()), Some(newest));
    let check = scene.check("archives");
    assert_eq!((check.state, check.act.map(|act| act.act)), (CheckState::Failing, Some(ActKind::Salvage)));
    assert!(check.seen.contains("1 is damaged, 2 need a damaged one"), "{}", check.seen);

    scene.later();
    scene.world.backup(Some(Level::Full));
    let matter = scene.overview().matters.remove(0);
    assert_eq!(matter.id, "outlived-damage");
    assert!(matter.text.starts_with("2 older archives need it"), "{}", matter.text);
    assert!(!matter.said.next_step.contains("Delete"), "{:?}", matter.said);
    let act = matter.act.unwrap();
    assert_eq!((act.act, act.archive), (ActKind::Salvage, Some(full.name)));
    let status = scene.world.service.status(None).unwrap().deployments.remove(0);
    assert!(status.next_step.is_some_and(|step| step.contains("holdfast salvage") && !step.contains("rm ")));
}

#[test]
fn the_newest_is_what_is_there_and_one_file_proves_nothing_of_the_databases() {
    let scene = Scene::new();
    scene.sound_database();
    scene.world.backup(None);
    scene.later();
    fs::write(scene.world.data().join("a.txt"), "changed").unwrap();
    scene.restore(vec![scene.world.data().join("a.txt")], "latest");
    let archives = scene.archives();
    assert_eq!(archives[0].kind, Kind::Emergency);
    assert!(archives.iter().all(|archive| archive.verified.is_some_and(|verified| verified.ok && verified.read_back)));
    let overview = scene.overview();
    assert_eq!(overview.restorable_as_of, Some(archives[0].created));
    let newest = scene.world.service.status(None).unwrap().deployments.remove(0).newest;
    assert_eq!(newest.map(|newest| newest.name), Some(archives[0].name.clone()));
    assert!(overview.points.iter().all(|point| point.at == Some(archives[0].created)));
    assert_eq!((overview.proven, overview.brought_back.map(|back| back.files)), (None, Some(1)));
    let check = scene.check("archives");
    assert_eq!(check.state, CheckState::Ok, "{check:?}");

    scene.later();
    scene.restore(Vec::new(), "latest");
    let overview = scene.overview();
    assert_eq!((overview.proven.map(|proven| proven.databases), overview.brought_back), (Some(1), None));

    // A part that comes back takes nothing of that, and what was undone proves all the same.
    let told = |scene: &Scene| {
        let overview = scene.overview();
        (overview.proven.map(|it| (it.checks, it.undone)), overview.brought_back.map(|back| back.files))
    };
    let (whole, _) = told(&scene);
    scene.later();
    fs::write(scene.world.data().join("a.txt"), "changed again").unwrap();
    scene.restore(vec![scene.world.data().join("a.txt")], "latest");
    assert_eq!(told(&scene), (whole, Some(1)));
    let undo = || {
        let service = &scene.world.service;
        service.undo(service.plan_undo(None, true).unwrap(), &scene.world.job).unwrap();
    };
    undo();
    assert_eq!(told(&scene), (whole, None));
    undo();
    assert_eq!(told(&scene).0, whole.map(|(checks, _)| (checks, true)));
}

pub(super) fn damage(archive: &ArchiveInfo) {
    let mut bytes = fs::read(&archive.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&archive.path, bytes).unwrap();
}
