use super::*;

fn classifier_of(profile: &Profile) -> Result<Classifier> {
    Classifier::new(profile, Path::new("/srv/bot/.holdfast-home"))
}

use crate::deployment::fixtures::tree;
use crate::deployment::profile::{Destination, Rule};
use holdfast_domain::{Code, DeploymentName};
use std::time::Instant;

fn profile(preset: Option<&str>, data: Option<&str>) -> Profile {
    let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
    profile.preset = preset.map(str::to_owned);
    profile.roots = Root::name_all(&["/srv/bot".into(), "/srv/other".into()]);
    profile.roots[0].data = data.map(Into::into);
    profile
}

/// The class of a path as a walk from the root meets it; `None` where it is left out on the way.
fn walked(classifier: &Classifier, path: &str) -> Option<Class> {
    for (at, _) in path.match_indices('/') {
        if let Verdict::LeaveOut { .. } = classifier.classify("bot", &path.as_bytes()[..at], true) {
            return None;
        }
    }
    match classifier.classify("bot", path.as_bytes(), false) {
        Verdict::Capture(class) => Some(class),
        Verdict::LeaveOut { .. } => None,
    }
}

fn of_preset(preset: &str) -> impl Fn(&str) -> Option<Class> {
    let data = Some(tree(preset).data).filter(|data| *data != ".");
    let classifier = classifier_of(&profile(Some(preset), data)).unwrap();
    move |path| walked(&classifier, path)
}

#[test]
fn chat_history_under_logs_is_kept_and_weights_are_not() {
    let class = of_preset("text-generation-webui");
    let at = |path: &str| class(&format!("user_data/{path}"));
    assert_eq!(at("logs/chat/Ann/2026.json"), Some(Class::Files));
    assert_eq!(at("logs/server.log"), Some(Class::Logs));
    assert_eq!(at("models/org/llama/weights.bin"), None);
    assert_eq!(at("models/org/llama/settings.yaml"), Some(Class::Config));
    assert_eq!(at("models/config.yaml"), Some(Class::Config));
    assert_eq!(at("cache/x"), None);
    assert_eq!(at("CMD_FLAGS.txt"), Some(Class::Config));
    assert_eq!(class("server.py"), Some(Class::Application));
}

#[test]
fn data_inside_a_virtual_environment_is_reached() {
    let class = of_preset("open-webui");
    let data = tree("open-webui").data;
    assert_eq!(class(&format!("{data}/webui.db")), Some(Class::Files));
    assert_eq!(class(&format!("{data}/vector_db/chroma.sqlite3")), Some(Class::Vectors));
    assert_eq!(class(&format!("{data}/uploads/a.py")), Some(Class::Files));
    assert_eq!(class(&format!("{data}/cache/embedding/model.onnx")), None);
    assert_eq!(class("venv/bin/python"), None);
    assert_eq!(class("venv/lib/python3.11/site-packages/x/y.py"), None);
    assert_eq!(class(".webui_secret_key"), Some(Class::Config));
}

#[test]
fn presets_leave_out_what_their_chatbots_make_again() {
    let class = of_preset("sillytavern");
    for path in ["_cache/x", "_uploads/x", "default-user/thumbnails/bg/x.jpg"] {
        assert_eq!(class(&format!("data/{path}")), None, "{path}");
    }
    assert_eq!(class("data/default-user/extensions/x/node_modules/y/index.js"), None);
    assert_eq!(class("node_modules/express/index.js"), None);
    assert_eq!(class("data/default-user/secrets.json"), Some(Class::Config));
    assert_eq!(class("data/cookie-secret.txt"), Some(Class::Config));
    assert_eq!(class("data/default-user/chats/Ann \u{1f600}/1.jsonl"), Some(Class::Files));
    assert_eq!(class("data/default-user/vectors/a/index.json"), Some(Class::Vectors));
    assert_eq!(class("config.yaml"), Some(Class::Config));

    let class = of_preset("ollama");
    assert_eq!(class(".ollama/models/blobs/sha256-1"), None);
    assert_eq!(class(".ollama/models/mine/Modelfile"), Some(Class::Config));
    assert_eq!(class(".ollama/models/manifests/r/llama/latest"), Some(Class::Config));

    let class = of_preset("jan");
    assert_eq!(class("data/models/m/model.yaml"), Some(Class::Config));
    assert_eq!(class("data/models/m/blob"), None);
    assert_eq!(class("data/threads/t1/messages.jsonl"), Some(Class::Files));

    let class = of_preset("anythingllm");
    assert_eq!(class("storage/lancedb/docs.lance/data/1.lance"), Some(Class::Vectors));
    assert_eq!(class("storage/models/m/model.bin"), None);
    assert_eq!(class("storage/vector-cache/1.json"), None);

    let class = of_preset("personal-ai-chatbot");
    assert_eq!(class("data/conversations/active/1.json"), Some(Class::Files));
    assert_eq!(class("data/config/encryption.key"), Some(Class::Config));
    assert_eq!(class("data/backups/old.zip"), None);

    let class = of_preset("n8n");
    assert_eq!(class(".n8n/config"), Some(Class::Config));
    assert_eq!(class(".n8n/n8nEventLog-1.log"), None);
}

#[test]
fn the_persons_word_comes_first() {
    let mut mine = profile(Some("text-generation-webui"), Some("user_data"));
    mine.exclude = vec![
        "user_data/logs/chat/Test/".to_owned(),
        "secret-diary.txt".to_owned(),
        "tmp/".to_owned(),
        "!tmp/keep/".to_owned(),
    ];
    mine.rules = vec![
        Rule { pattern: "*.dat".to_owned(), root: None, class: Class::Database },
        Rule { pattern: "/big/".to_owned(), root: Some("bot".to_owned()), class: Class::Recreatable },
        Rule { pattern: "user_data/models/mine/".to_owned(), root: None, class: Class::Files },
    ];
    mine.include_recreatable = vec!["user_data/loras/".to_owned(), "*.gguf".to_owned()];
    let classifier = classifier_of(&mine).unwrap();
    let class = |path: &str| walked(&classifier, path);
    assert_eq!(class("user_data/logs/chat/Test/1.json"), None);
    assert_eq!(class("user_data/logs/chat/Ann/1.json"), Some(Class::Files));
    assert_eq!(class("a/secret-diary.txt"), None);
    assert_eq!(class("tmp/keep/x"), Some(Class::Files));
    assert_eq!(class("tmp/other/x"), None);
    assert_eq!(class("tmp/x"), None);
    assert_eq!(class("x.dat"), Some(Class::Database));
    assert_eq!(class("big/x"), None);
    let elsewhere = classifier.classify("other", b"big/x", false);
    assert_eq!(elsewhere, Verdict::Capture(Class::Files));
    // A rule of one's own that keeps something opens the preset's folder on the way to it.
    assert_eq!(class("user_data/models/mine/w.bin"), Some(Class::Files));
    assert_eq!(class("user_data/models/other/w.bin"), None);
    assert_eq!(class("user_data/loras/a/w.bin"), Some(Class::Recreatable));
    assert_eq!(class("weights.gguf"), Some(Class::Recreatable));
}

#[test]
fn reasons_are_told() {
    let mut mine = profile(None, None);
    mine.exclude = vec!["x".to_owned()];
    mine.destinations = vec![Destination::folder("/srv/bot/backups")];
    let classifier = classifier_of(&mine).unwrap();
    let reason = |path: &str, is_dir| match classifier.classify("bot", path.as_bytes(), is_dir) {
        Verdict::LeaveOut { reason } => reason.to_string(),
        Verdict::Capture(class) => class.to_string(),
    };
    assert_eq!(reason("x", false), "excluded in the settings");
    assert_eq!(reason("node_modules", true), "packages of npm");
    assert_eq!(reason("backups", true), "archives are kept there");
    assert_eq!(reason("backups/bot/a.age", false), "archives are kept there");
    assert_eq!(reason("backups2", true), "files");
    let other = classifier.classify("other", b"backups", true);
    assert_eq!(other, Verdict::Capture(Class::Files));
}

#[test]
fn bytes_that_are_not_text_and_unknown_roots_are_answered() {
    let mut mine = profile(Some("ollama"), None);
    mine.exclude = vec!["*.tmp".to_owned()];
    let classifier = classifier_of(&mine).unwrap();
    let excluded = Verdict::LeaveOut { reason: LeftOut::Excluded };
    assert_eq!(classifier.classify("bot", b"\xff/\xfe.tmp", false), excluded);
    assert_eq!(classifier.classify("nobody", b"\xff.tmp", false), excluded);
    let kept = Verdict::Capture(Class::Files);
    assert_eq!(classifier.classify("bot", b"\xff\xfe", false), kept);
    assert_eq!(classifier.classify("bot", b"", true), kept);
}

#[test]
fn what_is_not_known_is_bad_settings() {
    let error = classifier_of(&profile(Some("eliza"), None)).unwrap_err();
    assert_eq!(error.code(), Code::BadSettings);
}

/// A walk asks for every file: a pattern set that is compiled anew each time, or a search that
/// grows with the rules, would be a hundred times slower than this allows.
#[test]
fn asking_is_cheap() {
    let mut mine = profile(Some("sillytavern"), Some("data"));
    mine.exclude = (0..50).map(|number| format!("tmp-{number}/*.bak")).collect();
    let classifier = classifier_of(&mine).unwrap();
    let begun = Instant::now();
    let count = 20_000_u32;
    for number in 0..count {
        let path = format!("data/default-user/chats/Ann/{number}.jsonl");
        let verdict = classifier.classify("bot", path.as_bytes(), false);
        assert_eq!(verdict, Verdict::Capture(Class::Files));
    }
    let each = begun.elapsed() / count;
    assert!(each.as_micros() < 100, "{each:?} for a file");
}
