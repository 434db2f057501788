use super::*;
use crate::clock::FixedClock;
use crate::deployment::fixtures::{TREES, build, built};
use std::path::Path;
use std::sync::Arc;

fn look(roots: &[&Path], exclude: &[&str]) -> Survey {
    let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
    let roots: Vec<PathBuf> = roots.iter().map(|root| root.to_path_buf()).collect();
    let exclude: Vec<String> = exclude.iter().map(|line| (*line).to_owned()).collect();
    survey(&SurveyRequest { roots, exclude, ..SurveyRequest::default() }, &job).unwrap()
}

fn count(survey: &Survey, class: Class) -> u64 {
    survey.classes.iter().find(|total| total.class == class).map_or(0, |total| total.files)
}

#[test]
fn open_webui_in_a_virtual_environment_is_found_whole() {
    let dir = built("open-webui");
    let seen = look(&[dir.path()], &[]);
    let data = "venv/lib/python3.11/site-packages/open_webui/data";
    assert_eq!(seen.roots[0].data.as_deref(), Some(Path::new(data)));
    assert_eq!(seen.databases.len(), 2);
    assert_eq!(seen.chroma_stores, [dir.path().join(data).join("vector_db")]);
    assert_eq!(count(&seen, Class::Database), 1);
    assert_eq!(count(&seen, Class::Vectors), 2);
    assert_eq!(seen.problems, []);
    let key = seen.secrets.iter().find(|it| it.path.ends_with(".webui_secret_key")).unwrap();
    assert_eq!((key.what.as_deref(), key.outside), (Some("WEBUI_SECRET_KEY"), false));
    let left: Vec<&Path> = seen.left_out.iter().map(|it| it.path.as_path()).collect();
    assert!(left.contains(&dir.path().join(data).join("cache").as_path()), "{left:?}");

    let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
    seen.apply(&mut profile);
    assert_eq!(profile.preset.as_deref(), Some("open-webui"));
}

#[test]
fn a_key_that_is_nowhere_or_outside_is_said() {
    let dir = built("open-webui");
    let data = dir.path().join("venv/lib/python3.11/site-packages/open_webui/data");
    let seen = look(&[&data], &[]);
    assert_eq!(seen.problems.len(), 1);
    assert_eq!(seen.problems[0].code, Code::SecretNotFound);
    assert_eq!(seen.problems[0].subject, "WEBUI_SECRET_KEY");

    let dir = built("sillytavern");
    let seen = look(&[&dir.path().join("data")], &[]);
    assert!(seen.secrets.iter().any(|it| it.outside && it.path.ends_with("config.yaml")));
    assert!(seen.problems[0].cause.contains("outside"), "{:?}", seen.problems);
}

#[test]
fn no_known_tree_lacks_its_secrets() {
    for tree in TREES {
        let dir = built(tree.preset);
        let seen = look(&[dir.path()], &[]);
        assert_eq!(seen.problems, [], "{}", tree.preset);
        assert_eq!(seen.detection.unwrap().preset, tree.preset);
    }
}

#[test]
fn keys_that_are_set_in_part_are_missing() {
    let dir = built("anythingllm");
    std::fs::write(dir.path().join(".env"), "SIG_KEY=a\n# SIG_SALT=b\nJWT_SECRET=\n").unwrap();
    let seen = look(&[dir.path()], &[]);
    assert_eq!(seen.problems.len(), 1, "{:?}", seen.problems);
    assert!(seen.problems[0].subject.contains("SIG_KEY"));
}

#[test]
fn databases_without_an_extension_are_recognised() {
    let dir = built("msty");
    let seen = look(&[dir.path()], &[]);
    assert_eq!(seen.databases, [dir.path().join("MstyStudio/SharedStorage")]);
    assert_eq!(count(&seen, Class::Database), 1);
}

#[test]
fn what_is_left_out_is_measured_largest_first() {
    let dir = tempfile::tempdir().unwrap();
    build(
        dir.path(),
        &[
            "a.txt",
            "node_modules/a/b/c.js=0123456789",
            "target/CACHEDIR.TAG=Signature: 8a477f597d28d172789f06886806bc55",
            "target/debug/x=0123456789012345678901234567890123456789",
            "notes/CACHEDIR.TAG=not a cache",
            "notes/b.txt",
            "weights/a.gguf=01234",
            "weights/b.gguf=01234",
            "tmp/x=0",
        ],
    );
    let seen = look(&[dir.path()], &["tmp/"]);
    let left: Vec<_> = seen
        .left_out
        .iter()
        .map(|it| (it.path.strip_prefix(dir.path()).unwrap().to_str().unwrap(), it.files))
        .collect();
    // Equal sizes stand in the order of their paths.
    assert_eq!(left, [("target", 2), ("node_modules", 1), ("weights", 2), ("tmp", 1)]);
    assert_eq!(seen.left_out_bytes, 43 + 40 + 10 + 10 + 1);
    assert_eq!(seen.files(), 3);
    assert_eq!(seen.bytes(), 1 + 11 + 1);
    assert!(seen.detection.is_none());
    let include_recreatable = vec!["/target".to_owned(), "/weights/a.gguf".to_owned()];
    let roots = vec![dir.path().to_owned()];
    let request = SurveyRequest { roots, include_recreatable, ..SurveyRequest::default() };
    let put_in = survey(&request, &Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)))).unwrap();
    assert_eq!(put_in.files(), seen.files() + 1 + 2 + 1, "tmp/x, what says that it is a cache, one of the weights");
}

#[test]
fn links_are_not_followed_and_odd_names_are_counted() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    build(outside.path(), &["x", "y"]);
    std::os::unix::fs::symlink(outside.path(), dir.path().join("link")).unwrap();
    std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), "x").unwrap();
    let seen = look(&[dir.path()], &[]);
    assert_eq!(seen.files(), 1);
}

#[test]
fn a_root_that_is_not_there_is_missing_and_a_survey_can_be_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["file"]);
    let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
    let request = |root: PathBuf| SurveyRequest { roots: vec![root], ..SurveyRequest::default() };
    let error = survey(&request(dir.path().join("absent")), &job).unwrap_err();
    assert_eq!(error.code(), Code::RootMissing);
    job.cancel();
    assert!(survey(&request(dir.path().to_owned()), &job).unwrap_err().is_cancelled());
}

#[test]
fn a_file_is_a_root_too_and_the_secret_in_it_is_not_missing() {
    let dir = built("open-webui");
    let data = dir.path().join("venv/lib/python3.11/site-packages/open_webui/data");
    let key = dir.path().join(".webui_secret_key");
    let seen = look(&[&data, &key], &["*key"]);
    assert_eq!(seen.problems, [], "what is named as a root is taken, whatever the patterns say");
    let root = &seen.roots[1];
    assert_eq!((root.name.as_str(), root.file), (".webui_secret_key", true));
    assert!(seen.secrets.iter().any(|it| it.path == key && !it.outside && it.what.is_some()), "{:?}", seen.secrets);

    let env = dir.path().join("chatbot.env");
    std::fs::write(&env, "WEBUI_SECRET_KEY=s\n").unwrap();
    std::fs::remove_file(&key).unwrap();
    assert_eq!(look(&[&data, &env], &[]).problems, []);
}

#[test]
fn a_secret_in_the_settings_folder_is_found_wherever_that_is() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["data/webui.db=sqlite", "data/uploads/x", "config/x", "settings/deep/x"]);
    for place in ["config/.env", "settings/deep/.env"] {
        let env = dir.path().join(place);
        std::fs::write(&env, "# keys\nWEBUI_SECRET_KEY=s\n").unwrap();
        let seen = look(&[dir.path()], &[]);
        assert_eq!(seen.problems, [], "{place}");
        let key = seen.secrets.iter().find(|it| it.path == env).unwrap();
        assert_eq!((key.what.as_deref(), key.outside), (Some("WEBUI_SECRET_KEY"), false));
        std::fs::remove_file(&env).unwrap();
    }
    // Beside the data folder it is seen, and not protected by it.
    let env = dir.path().join("config/.env");
    std::fs::write(&env, "WEBUI_SECRET_KEY=s\n").unwrap();
    let seen = look(&[&dir.path().join("data")], &[]);
    assert!(seen.secrets.iter().any(|it| it.path == env && it.outside), "{:?}", seen.secrets);
    std::fs::write(&env, "WEBUI_SECRET_KEY=\n").unwrap();
    assert_eq!(look(&[dir.path()], &[]).problems[0].code, Code::SecretNotFound, "a name without a value is none");
}

#[test]
fn a_preset_that_is_asked_for_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["notes.txt"]);
    let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
    let request = |preset: &str| SurveyRequest {
        roots: vec![dir.path().to_owned()],
        preset: Some(preset.to_owned()),
        ..SurveyRequest::default()
    };
    let seen = survey(&request("n8n"), &job).unwrap();
    assert_eq!(seen.detection.unwrap().root, dir.path());
    assert_eq!(seen.problems[0].code, Code::SecretNotFound);
    assert_eq!(survey(&request("eliza"), &job).unwrap_err().code(), Code::BadSettings);
}

#[test]
fn secrets_are_found_where_the_chatbot_was_started_from() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &["data/webui.db=sqlite", "data/uploads/x", "start/.webui_secret_key"]);
    let near = [dir.path().join("start")];
    let preset = preset("open-webui").unwrap();
    assert!(secret_files(preset, &dir.path().join("data"), &[]).is_empty());
    assert_eq!(secret_files(preset, &dir.path().join("data"), &near), [near[0].join(".webui_secret_key")]);
}

#[test]
fn a_look_ends_when_its_time_is_over_with_what_was_counted_until_then() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a"), "one").unwrap();
    let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
    profile.roots = Root::name_all(&[dir.path().to_owned()]);
    let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
    let within = |ends_at| crate::deployment::look(&profile, Path::new(""), ends_at, &job).unwrap();
    let over = within(Duration::ZERO);
    assert_eq!((over.complete, over.roots), (false, vec![(0, 0)]), "there is at least nothing");
    let whole = within(Duration::MAX);
    assert_eq!((whole.complete, whole.roots), (true, vec![(1, 3)]));
    job.cancel();
    assert!(crate::deployment::look(&profile, Path::new(""), Duration::MAX, &job).unwrap_err().is_cancelled());
}

#[test]
fn what_goes_into_the_copy_of_a_database_is_not_counted_apart() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(dir.path().join(name), content).unwrap();
    let mut database = b"SQLite format 3\0".to_vec();
    database.resize(4096, 0);
    write("chat.db", &database);
    write("chat.db-wal", &[1; 9000]);
    write("chat.db-shm", &[2; 500]);
    write("notes-wal", &[3; 30]);
    let seen = look(&[dir.path()], &[]);
    let total: u64 = seen.classes.iter().map(|total| total.files).sum();
    assert_eq!((total, seen.bytes()), (2, 4126));
}
