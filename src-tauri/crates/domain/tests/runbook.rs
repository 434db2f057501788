//! Runbook files: a sound one is read, and each malformed one is told with line and field. What is told is in the file beside
//! it; `HOLDFAST_GENERATE=1` writes those files anew.
#![allow(clippy::unwrap_used)]
use holdfast_domain::runbook::{
    ActionSpec, Does, FILE_BYTES, Known, Parameter, Phase, Runbook, STEPS, Takes, Value, read,
};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const RESTORE: [Parameter; 3] = [
    Parameter { name: "at", takes: Takes::Text, required: false },
    Parameter { name: "of", takes: Takes::Step(&["find-last-good"]), required: false },
    Parameter { name: "components", takes: Takes::Components, required: false },
];
const ACTIONS: [ActionSpec; 3] = [
    ActionSpec { name: "backup", does: "", parameters: &[], changes: true },
    ActionSpec { name: "find-last-good", does: "", parameters: &[], changes: false },
    ActionSpec { name: "restore", does: "", parameters: &RESTORE, changes: true },
];
const KNOWN: Known<'_> = Known { checks: &["disk", "http", "tcp"], actions: &ACTIONS };

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runbooks")
}

fn told(content: &[u8]) -> String {
    let faults = read(content, &KNOWN).expect_err("it is sound");
    faults.iter().fold(String::new(), |mut told, fault| {
        writeln!(told, "{fault}").unwrap();
        told
    })
}

fn sound() -> (String, Runbook) {
    let text = fs::read_to_string(folder().join("sound.toml")).unwrap();
    let runbook = read(text.as_bytes(), &KNOWN).unwrap_or_else(|faults| panic!("{faults:?}"));
    (text, runbook)
}

#[test]
fn a_sound_one_is_read_as_it_is_written() {
    let (_, runbook) = sound();
    assert_eq!((runbook.id.as_str(), runbook.target_seconds, runbook.steps.len()), ("bad-day", 1800, 7));
    assert_eq!(runbook.step("well").unwrap().phase, Phase::Verify);
    let Does::Action { action, with, may_fail } = &runbook.step("bring-back").unwrap().does else { panic!() };
    assert_eq!((action.as_str(), *may_fail), ("restore", false));
    assert_eq!(with["components"], Value::Texts(vec!["database".to_owned()]));
    assert!(matches!(&runbook.step("branch").unwrap().does, Does::Branch { of, .. } if of == "look"));
}

#[test]
fn each_malformed_one_is_told_with_line_and_field() {
    let mut malformed: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|item| item.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml") && !path.ends_with("sound.toml"))
        .collect();
    malformed.sort();
    assert!(malformed.len() >= 30, "{} malformed files", malformed.len());
    for path in malformed {
        let told = told(&fs::read(&path).unwrap());
        let golden = path.with_extension("txt");
        if std::env::var_os("HOLDFAST_GENERATE").is_some() {
            fs::write(&golden, &told).unwrap();
        }
        assert_eq!(told, fs::read_to_string(&golden).unwrap_or_default(), "{}", path.display());
    }
}

#[test]
fn what_is_too_large_is_not_read() {
    let (text, _) = sound();
    let padded = format!("{text}\n# {}", "x".repeat(FILE_BYTES));
    assert!(told(padded.as_bytes()).starts_with("line 1: the file has "), "{}", told(padded.as_bytes()));
    let step = |number: usize| {
        format!(
            "[[step]]\nid = \"more-{number}\"\nphase = \"learn\"\nkind = \"note\"\ntitle = \"More\"\ntext = \"More\"\n"
        )
    };
    let many: String = (0..STEPS).map(step).collect();
    assert!(told(format!("{text}{many}").as_bytes()).contains("steps; at most 200 are allowed"));
    assert_eq!(told(b""), told(b"# nothing"), "an empty file lacks everything");
}
