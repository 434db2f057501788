//! The house rules that Cargo cannot enforce: imports go one way, and some things have one owner.
#![allow(clippy::unwrap_used)]
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file below a folder, with its text without line comments and tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned();
                let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                if !name.contains("test") {
                    found.push((name, lines.join("\n")));
                }
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn nobody_says(folder: &str, words: &[&str], except: &[&str]) {
    let offenders: Vec<String> = sources(folder)
        .into_iter()
        .filter(|(name, _)| !except.iter().any(|allowed| name.contains(allowed)))
        .flat_map(|(name, text)| {
            let said: Vec<&&str> = words.iter().filter(|word| text.contains(**word)).collect();
            said.into_iter().map(|word| format!("{name} says {word}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}

const ENGINE: &str = "src-tauri/crates/engine/src";

#[test]
fn the_lower_modules_of_the_engine_do_not_know_operations() {
    for module in
        ["archive", "capture", "catalog", "deployment", "health", "jobs", "service", "store", "vault", "watch"]
    {
        nobody_says(&format!("{ENGINE}/{module}"), &["operations::"], &[]);
    }
}

#[test]
fn only_the_catalog_and_the_capture_of_databases_know_sqlite() {
    nobody_says(
        ENGINE,
        &["rusqlite::"],
        &[
            "/catalog/",
            "/capture/sqlite.rs",
            "/capture/chroma.rs",
            "/capture/examine.rs",
            "/capture/mentions.rs",
            "/capture/records.rs",
        ],
    );
}

#[test]
fn only_the_envelope_and_the_vault_seal_and_open() {
    nobody_says(ENGINE, &["age::Encryptor", "age::Decryptor"], &["/archive/", "/vault/"]);
}

#[test]
fn only_one_module_knows_openpgp() {
    nobody_says(ENGINE, &["use pgp::", " pgp::", "(pgp::", "<pgp::"], &["/openpgp/"]);
}

#[test]
fn only_clouds_and_two_checks_speak_to_a_network() {
    let words = ["reqwest::", "object_store::", "tokio::", "rustls::", "std::net::Tcp", "std::net::Udp"];
    nobody_says(ENGINE, &words, &["/store/cloud/", "/health/http.rs", "/health/tcp.rs", "/health/certificate.rs"]);
}

#[test]
fn programs_are_run_in_two_places_and_never_by_a_shell() {
    nobody_says(ENGINE, &["process::Command"], &["/command.rs", "/service/group.rs"]);
    // What scripts are called, and what a program is that was started by one.
    let names = ["/in_use/process.rs", "/classify/generic.rs"];
    nobody_says(ENGINE, &["\"/bin/sh\"", "\"sh\"", "\"bash\""], &names);
}

#[test]
fn the_engine_neither_prints_nor_asks_the_world() {
    let words = [
        "println!",
        "eprintln!",
        "print!(",
        "Timestamp::now()",
        "SystemTime::now()",
        "Instant::now()",
        "env::var",
        "std::env::",
    ];
    nobody_says(ENGINE, &words, &[]);
    nobody_says("src-tauri/crates/domain/src", &words, &[]);
}

#[test]
fn the_domain_does_nothing() {
    nobody_says(
        "src-tauri/crates/domain/src",
        &["std::fs", "std::io", "std::net", "std::process", "rusqlite", "std::thread"],
        &[],
    );
}

#[test]
fn the_command_line_knows_only_the_api() {
    let manifest = fs::read_to_string(root().join("src-tauri/crates/cli/Cargo.toml")).unwrap();
    assert!(!manifest.contains("holdfast-engine"), "cli depends on the engine");
    let manifest = fs::read_to_string(root().join("src-tauri/crates/domain/Cargo.toml")).unwrap();
    assert!(
        !manifest.contains("holdfast-engine") && !manifest.contains("holdfast-api"),
        "the domain depends on another crate of ours"
    );
    let manifest = fs::read_to_string(root().join("src-tauri/crates/engine/Cargo.toml")).unwrap();
    assert!(!manifest.contains("holdfast-api") && !manifest.contains("clap") && !manifest.contains("tauri"));
}

#[test]
fn the_shell_knows_only_the_api_and_alone_knows_tauri() {
    let manifest = fs::read_to_string(root().join("src-tauri/Cargo.toml")).unwrap();
    assert!(
        !manifest.contains("holdfast-engine") && !manifest.contains("holdfast-domain"),
        "the shell goes past the api"
    );
    for package in ["api", "cli"] {
        let manifest = fs::read_to_string(root().join(format!("src-tauri/crates/{package}/Cargo.toml"))).unwrap();
        assert!(!manifest.contains("tauri"), "{package} knows Tauri");
    }
    let config = fs::read_to_string(root().join("src-tauri/tauri.conf.json")).unwrap();
    assert!(config.contains("default-src 'none'") && !config.contains("unsafe-") && !config.contains("https:"));
    let capability = fs::read_to_string(root().join("src-tauri/capabilities/window.json")).unwrap();
    let given: Vec<&str> = capability.lines().filter(|line| line.contains("\"permissions\"")).collect();
    assert_eq!(given, ["  \"permissions\": [\"core:event:default\"]"], "the page may do more than it has to");
}

#[test]
fn the_visible_top_level_is_the_promised_one() {
    let mut visible: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && name != "target" && name != "node_modules")
        .collect();
    visible.sort();
    let promised = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "icons",
        "scripts",
        "src-tauri",
        "tests",
        "ui",
    ];
    for name in &visible {
        assert!(promised.contains(&name.as_str()), "{name} is at the top level");
    }
}
