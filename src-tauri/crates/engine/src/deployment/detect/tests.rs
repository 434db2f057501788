use super::*;
use crate::deployment::fixtures::{TREES, build, built};

#[test]
fn every_preset_recognises_its_own_tree_and_no_other() {
    assert_eq!(TREES.len(), presets().len());
    for tree in TREES {
        let dir = built(tree.preset);
        let detections = detect(dir.path());
        let names: Vec<&str> = detections.iter().map(|it| it.preset.as_str()).collect();
        assert_eq!(names, [tree.preset], "{detections:?}");
        let expected: PathBuf = dir.path().join(tree.data).components().collect();
        assert_eq!(detections[0].root, expected);
        assert!(detections[0].confidence >= 80, "{detections:?}");
    }
}

#[test]
fn the_data_folder_alone_is_recognised_too() {
    for tree in TREES {
        let dir = built(tree.preset);
        let data: PathBuf = dir.path().join(tree.data).components().collect();
        let found = detect(&data);
        assert_eq!(found[0].preset, tree.preset, "{found:?}");
        assert_eq!(found[0].root, data);
    }
}

#[test]
fn a_folder_that_nobody_knows_is_no_chatbot() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["main.py", "data/app.db=sqlite", "logs/x.log", ".env=A=b"]);
    assert_eq!(detect(dir.path()), []);
    assert_eq!(detect(&dir.path().join("absent")), []);
}

#[test]
fn two_chatbots_in_one_folder_are_both_found() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["a/logs.db=sqlite", "a/keys.json", "b/webui.db=sqlite", "b/uploads/x"]);
    let names: Vec<String> = detect(dir.path()).into_iter().map(|it| it.preset).collect();
    assert_eq!(names, ["llm", "open-webui"]);
}

#[test]
fn default_places_are_looked_up_in_the_given_home() {
    let home = tempfile::tempdir().unwrap();
    build(home.path(), &[".n8n/config", ".local/lib/python3.12/site-packages/open_webui/data/webui.db"]);
    let places = places(home.path(), Path::new("/"));
    let ours: Vec<_> = places.iter().filter_map(|place| place.strip_prefix(home.path()).ok()?.to_str()).collect();
    assert_eq!(ours, [".local/lib/python3.12/site-packages/open_webui/data", ".n8n"]);
}

#[test]
fn globs_find_files_and_folders() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["a/1/x.json", "a/2/x.json", "b.txt", "c/"]);
    let names = |glob: &str| found(dir.path(), glob).len();
    assert_eq!(names("a/*/x.json"), 2);
    assert_eq!(names("b.txt"), 1);
    assert_eq!(names("b.txt/"), 0);
    assert_eq!(names("c/"), 1);
    assert_eq!(names("{a,c}/"), 2);
    assert_eq!(names("c/../b.txt"), 1);
    assert_eq!(names("z/*"), 0);
}

#[test]
fn a_folder_is_recognised_by_itself_alone() {
    for tree in TREES {
        let dir = built(tree.preset);
        let data: PathBuf = dir.path().join(tree.data).components().collect();
        assert_eq!(recognise(&data).unwrap().preset, tree.preset);
    }
    let dir = built("n8n");
    assert_eq!(recognise(dir.path()), None, "what is in it does not count");
}

#[test]
fn a_place_in_a_container_tells_what_is_kept_there() {
    let preset = |place: &str| kept_at(Path::new(place)).map(|preset| preset.name.as_str());
    assert_eq!(preset("/app/backend/data"), Some("open-webui"));
    assert_eq!(preset("/home/node/.n8n"), Some("n8n"));
    assert_eq!(preset("/app"), None);
}
