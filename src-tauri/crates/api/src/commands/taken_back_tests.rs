//! What was settled and taken back, what was cut short, and which archive is named for each loss.
use super::captured_tests::Scene;
use crate::{ActKind, Answer, Code, SafetyState, SettleAnswer, SettleArgs};
use holdfast_domain::Level;
use std::fs;

fn say(scene: &Scene, take_back: bool, paths: &[&str]) -> Answer<SettleAnswer> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let planned = scene.world.service.plan_settle(&SettleArgs { deployment: None, paths, take_back })?;
    scene.world.service.settle_losses(planned)
}

fn ids(scene: &Scene) -> Vec<String> {
    scene.overview().matters.into_iter().map(|matter| matter.id).collect()
}

fn settled(scene: &Scene) -> Vec<String> {
    scene.world.service.settled(None).unwrap().settled.into_iter().map(|one| one.path).collect()
}

fn scene() -> Scene {
    let scene = Scene::new();
    scene.sound_database();
    fs::write(scene.world.data().join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
    fs::create_dir(scene.world.data().join("uploads")).unwrap();
    for n in 0..40 {
        fs::write(scene.world.data().join(format!("uploads/{n}.txt")), format!("upload {n}")).unwrap();
    }
    scene
}

fn remove(scene: &Scene, path: &str) {
    fs::remove_file(scene.world.data().join(path)).unwrap();
}

#[test]
fn what_was_settled_is_listed_and_taken_back_it_is_told_again_without_a_backup() {
    let scene = scene();
    let full = scene.world.backup(None);
    scene.later();
    remove(&scene, ".env");
    remove(&scene, "chat.db");
    (0..30).for_each(|n| remove(&scene, &format!("uploads/{n}.txt")));
    scene.world.backup(None);
    assert_eq!(say(&scene, false, &[]).unwrap().settled.len(), 32);
    scene.later();
    scene.world.backup(Some(Level::Full));
    assert!(ids(&scene).is_empty(), "{:?}", ids(&scene));
    assert_eq!(settled(&scene).len(), 32);

    assert_eq!(say(&scene, true, &["no such"]).unwrap_err().code, Code::BadRequest);
    let answer = say(&scene, true, &[".env", "data/chat.db", "uploads/3.txt"]).unwrap();
    assert_eq!((answer.taken_back.len(), answer.settled.len(), answer.left), (3, 0, 29));
    assert_eq!((settled(&scene).len(), ids(&scene)), (29, ids(&scene)));
    let overview = scene.overview();
    let told: Vec<_> = overview.matters.iter().map(|matter| matter.id.as_str()).collect();
    assert_eq!(told, ["data-lost", "files-gone config", "files-gone files"]);
    assert!(overview.matters[1].said.title.contains("data/.env"), "{:?}", overview.matters[1]);
    for matter in &overview.matters {
        assert_eq!(matter.act.as_ref().unwrap().archive.as_ref(), Some(&full.archive), "{matter:?}");
        assert_eq!(matter.also.as_ref().map(|also| also.act), Some(ActKind::Settle));
    }
    let state = scene.world.service.status(None).unwrap().deployments.remove(0).state;
    assert_ne!(state, SafetyState::Protected);
    let (archive, paths, _) = scene.world.service.lost_in_one(None).unwrap();
    assert_eq!((&archive, paths.len()), (&full.archive, 3));
    for level in [Level::Hourly, Level::Full] {
        scene.later();
        scene.world.backup(Some(level));
        assert_eq!(ids(&scene), ["data-lost", "files-gone config", "files-gone files"], "{level:?}");
    }
}

#[test]
fn a_file_that_was_cut_short_is_a_loss_of_its_own_and_comes_back_with_the_rest() {
    let scene = scene();
    fs::write(scene.world.data().join("uploads/scan.pdf"), vec![b'a'; 5000]).unwrap();
    scene.world.backup(None);
    scene.later();
    fs::write(scene.world.data().join("uploads/later.pdf"), vec![b'a'; 5000]).unwrap();
    let whole = scene.world.backup(Some(Level::Hourly));
    scene.later();
    for name in ["scan.pdf", "later.pdf"] {
        fs::write(scene.world.data().join("uploads").join(name), "a").unwrap();
    }
    let last = scene.world.backup(Some(Level::Hourly));
    assert_eq!(last.problems.iter().map(|note| note.code).collect::<Vec<_>>(), [Code::FilesCutShort]);
    let matter = scene.overview().matters.remove(0);
    let subject = "Cut short: data/uploads/later.pdf and data/uploads/scan.pdf.";
    assert_eq!((matter.id.as_str(), matter.said.title.as_str()), ("files-cut-short", subject));
    assert_eq!(matter.act.as_ref().unwrap().archive.as_ref(), Some(&whole.archive));
    assert_eq!(matter.also.unwrap().paths.len(), 2);
    let status = scene.world.service.status(None).unwrap().deployments.remove(0);
    assert!(status.next_step.as_ref().unwrap().contains("holdfast settle"), "{:?}", status.next_step);
    let paths: Vec<_> =
        matter.act.unwrap().paths.iter().map(|path| scene.world.data().parent().unwrap().join(path)).collect();
    scene.restore(paths, whole.archive.as_str());
    assert!(ids(&scene).is_empty(), "{:?}", ids(&scene));
}

/// What went at different times is in different archives, and two of one minute are told apart.
#[test]
fn each_loss_names_the_newest_archive_that_holds_it() {
    let scene = scene();
    let full = scene.world.backup(None);
    (0..30).for_each(|n| remove(&scene, &format!("uploads/{n}.txt")));
    let hourly = scene.world.backup(Some(Level::Hourly));
    assert_eq!(hourly.created.as_second() - full.created.as_second(), 1);
    scene.later();
    remove(&scene, ".env");
    scene.world.backup(Some(Level::Hourly));
    let overview = scene.overview();
    let acts: Vec<_> = overview.matters.iter().map(|matter| (matter.id.as_str(), matter.also.is_some())).collect();
    assert_eq!(acts, [("files-gone config", true), ("files-gone files", true)]);
    // The first has the button for all of it.
    let texts: Vec<&str> = overview.matters.iter().map(|matter| matter.text.as_str()).collect();
    let seconds = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%M:%S").to_string();
    for (text, archive) in [(texts[0], &hourly), (texts[1], &full)] {
        assert!(text.contains(&format!("{}.", seconds(archive.created))), "{text} {archive:?}");
    }
    let files = overview.matters[1].act.as_ref().unwrap();
    assert_eq!(files.archive.as_ref(), Some(&full.archive));
    let list = scene.world.service.archives(None).unwrap().archives;
    assert_eq!(list.iter().map(|archive| archive.shares_minute).collect::<Vec<_>>(), [false, true, true]);
    let (archive, paths, older) = scene.world.service.lost_in_one(None).unwrap();
    assert_eq!((archive, paths.len(), older), (full.archive, 31, None));
}
