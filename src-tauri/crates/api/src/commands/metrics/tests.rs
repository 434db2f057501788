// They are whole numbers.
#![allow(clippy::float_cmp)]

use crate::commands::places_tests::add;
use crate::commands::tests::{Hand, World};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Value by name and labels. Takes the text apart as the format has it, and refuses what is not of it.
fn parsed(text: &str) -> HashMap<String, f64> {
    let (mut samples, mut typed, mut helped): (HashMap<String, f64>, Vec<&str>, HashSet<&str>) = Default::default();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && helped.insert(name), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(kind, "gauge");
            assert!(!typed.contains(&name) && helped.contains(name), "{line}");
            typed.push(name);
        } else {
            let end = line.find(['{', ' ']).unwrap();
            let name = &line[..end];
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
            assert_eq!(typed.last(), Some(&name), "a family stands together: {line}");
            let (key, value) = split_at_value(line);
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite() && samples.insert(key.to_owned(), value).is_none(), "{line}");
        }
    }
    samples
}

/// Labels end with the first brace that is not within quotes.
fn split_at_value(line: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in line.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted => return (&line[..at], &line[at + 1..]),
            _ => {}
        }
    }
    panic!("no value: {line}");
}

#[test]
fn what_status_says_can_be_scraped() {
    let clock = Arc::new(Hand::default());
    let world = World::at(clock.clone());
    let before = parsed(&world.service.metrics(None).unwrap());
    assert_eq!(before["holdfast_state{deployment=\"bot\",state=\"at-risk\"}"], 1.0);
    assert!(!before.keys().any(|key| key.starts_with("holdfast_last_success")), "{before:?}");
    world.backup(None);
    add(&world, "Blue \"one\" \\ two", &world.folder().join("shelf"));
    clock.sleep(3 * 3600);
    let text = world.service.metrics(Some("bot")).unwrap();
    let now = parsed(&text);
    let value = |key: &str| *now.get(key).unwrap_or_else(|| panic!("{key} is not in\n{text}"));
    assert_eq!(value(concat!("holdfast_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}")), 1.0);
    let point = value("holdfast_recovery_point_seconds{deployment=\"bot\",component=\"files\"}");
    assert!((10_800.0..10_900.0).contains(&point), "{point}");
    assert_eq!(value("holdfast_recovery_point_target_seconds{deployment=\"bot\",component=\"files\"}"), 3600.0);
    assert_eq!(value("holdfast_recovery_point_overdue{deployment=\"bot\",component=\"files\"}"), 1.0);
    let shelf = "{deployment=\"bot\",destination=\"Blue \\\"one\\\" \\\\ two\",kind=\"folder\"}";
    assert_eq!(value(&format!("holdfast_destination_reachable{shelf}")), 1.0);
    assert_eq!(value(&format!("holdfast_destination_due_archives{shelf}")), 1.0);
    let home = "{deployment=\"bot\",destination=\"archives\",kind=\"folder\"}";
    assert_eq!(value(&format!("holdfast_destination_archives{home}")), 1.0);
    assert!(value(&format!("holdfast_destination_stored_bytes{home}")) > 100.0);
    assert!((10_800.0..10_900.0).contains(&value(&format!("holdfast_destination_unread_seconds{home}"))));
    assert_eq!(value("holdfast_last_backup_failed{deployment=\"bot\"}"), 0.0);
    assert!(value("holdfast_last_backup_bytes{deployment=\"bot\"}") > 100.0);
    assert_eq!(value("holdfast_schedule_paused{deployment=\"bot\"}"), 0.0);
    assert_eq!(value("holdfast_open_alarms{deployment=\"bot\"}"), 0.0);
    assert_eq!(value("holdfast_schedule_watched{deployment=\"bot\"}"), 0.0);
    let folder = world.folder().to_str().unwrap();
    assert!(!text.contains(folder), "a path is in it");
}

#[test]
fn a_backup_that_fails_is_seen_beside_the_last_that_did_not() {
    let clock = Arc::new(Hand::default());
    let world = World::at(clock.clone());
    world.backup(None);
    clock.sleep(600);
    std::fs::rename(world.data(), world.folder().join("gone")).unwrap();
    world.service.backup(&World::backup_args(None), &world.job).unwrap_err();
    let now = parsed(&world.service.metrics(None).unwrap());
    assert_eq!(now["holdfast_last_backup_failed{deployment=\"bot\"}"], 1.0);
    let at = |name: &str| now[&format!("holdfast_last_{name}_timestamp_seconds{{deployment=\"bot\"}}")];
    assert!(at("success") + 590.0 < at("backup"), "{now:?}");
}
