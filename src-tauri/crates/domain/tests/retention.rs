//! Retention against one golden file a case (`tests/retention/*.txt`), and against chance.
#![allow(clippy::unwrap_used)]
use holdfast_domain::retention::{Decision, Kept, Policy, Reason, plan};
use holdfast_domain::{ArchiveName, DeploymentName, Kind, Level};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::fmt::Write;

fn name(short: &str) -> ArchiveName {
    ArchiveName::parse(&format!("bot_{short}")).unwrap_or_else(|| panic!("bad name {short:?}"))
}

/// `2026-11-21T020000Z_weekly-full [verified] [pinned] [parent=...]`
fn archive(line: &str) -> Kept {
    let mut words = line.split_whitespace();
    let short = words.next().unwrap();
    let (time, label) = short.split_once('_').unwrap();
    let (kind, level) = match label.split_once('-') {
        Some(("weekly", "full")) => (Kind::Scheduled, "full"),
        Some(("manual", level)) => (Kind::Manual, level),
        Some(("emergency", level)) => (Kind::Emergency, level),
        Some(("export", level)) => (Kind::Export, level),
        None => (Kind::Scheduled, label),
        Some(_) => panic!("bad label in {line:?}"),
    };
    let level = match level {
        "full" => Level::Full,
        "daily" => Level::Daily,
        "hourly" => Level::Hourly,
        _ => panic!("bad level in {line:?}"),
    };
    let mut kept = Kept {
        name: name(short),
        level,
        kind,
        at: Timestamp::strptime("%Y-%m-%dT%H%M%S%z", time.replace('Z', "+0000")).unwrap(),
        parent: None,
        verified: false,
        pinned: false,
        stored_bytes: 1,
    };
    for word in words {
        match word {
            "verified" => kept.verified = true,
            "pinned" => kept.pinned = true,
            _ => kept.parent = Some(name(word.strip_prefix("parent=").unwrap())),
        }
    }
    kept
}

fn run(input: &str) -> String {
    let mut policy = Policy::default();
    let mut now = None;
    let mut zone = TimeZone::UTC;
    let mut alarm = false;
    let mut archives = Vec::new();
    for line in input.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("", _) => {}
            ("policy", rest) => policy = toml::from_str(&rest.replace(", ", "\n")).unwrap(),
            ("now", rest) => now = Some(rest.parse().unwrap()),
            ("zone", rest) => zone = TimeZone::posix(rest).unwrap(),
            ("alarm", "open") => alarm = true,
            _ => archives.push(archive(line)),
        }
    }
    let mut out = String::new();
    for Decision { name, keep, reasons } in plan(&policy, &archives, alarm, now.unwrap(), &zone) {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let verdict = if keep { "keep  " } else { "remove" };
        let short = name.as_str().strip_prefix("bot_").unwrap();
        writeln!(out, "{verdict} {short}: {}", reasons.join("; ")).unwrap();
    }
    out.replace("bot_", "")
}

#[test]
fn every_golden_case_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/retention");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 40, "cases are missing: {cases:?}");
    let mut wrong = String::new();
    for case in cases {
        let text = std::fs::read_to_string(&case).unwrap();
        let (input, expected) = text.split_once("\n---\n").unwrap_or((&text, ""));
        let actual = run(input);
        if actual != expected {
            write!(wrong, "== {}, got:\n{actual}", case.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_reason_is_tagged_for_scripts() {
    let deployment = DeploymentName::new("bot").unwrap();
    let at = "2026-11-21T02:00:00Z".parse().unwrap();
    let archive = ArchiveName::new(&deployment, at, Level::Daily, Kind::Scheduled);
    let text = toml::to_string(&Reason::NeededBy { archive }).unwrap();
    assert!(text.contains("reason = \"needed-by\""), "{text}");
}

/// Archives over some weeks, each building on one that was made before it.
fn archives() -> impl Strategy<Value = Vec<Kept>> {
    let one = (0..6_000_000_i64, 0..3_u8, 0..6_u8, any::<bool>(), 0..20_u8, any::<prop::sample::Index>());
    prop::collection::vec(one, 1..60).prop_map(|mut list| {
        list.sort_by_key(|entry| entry.0);
        list.dedup_by_key(|entry| entry.0);
        let deployment = DeploymentName::new("bot").unwrap();
        let mut made: Vec<Kept> = Vec::new();
        for (second, level, kind, verified, pinned, parent) in list {
            let at = Timestamp::from_second(1_790_000_000 + second).unwrap();
            let below: Vec<&Kept> = made.iter().filter(|kept| kept.level.number() < level).collect();
            let parent = (!below.is_empty()).then(|| parent.get(&below).name.clone());
            let level = parent.as_ref().map_or(Level::Full, |_| Level::from_number(level).unwrap_or(Level::Full));
            let kind = match kind {
                0 => Kind::Manual,
                1 => Kind::Emergency,
                _ => Kind::Scheduled,
            };
            made.push(Kept {
                name: ArchiveName::new(&deployment, at, level, kind),
                level,
                kind,
                at,
                parent,
                verified,
                pinned: pinned == 0,
                stored_bytes: 1,
            });
        }
        made
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    (0..5_u32, 0..5_u32, 0..3_u32, 0..3_u32, 0..40_u32).prop_map(|(hourly, daily, weekly, monthly, manual_days)| {
        Policy { hourly, daily, weekly, monthly, manual_days }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_must_stay_stays(
        policy in policies(),
        archives in archives().prop_shuffle(),
        later in -2_000_000..9_000_000_i64,
        alarm: bool,
    ) {
        let newest = archives.iter().map(|kept| kept.at).max().unwrap();
        let now = Timestamp::from_second(newest.as_second() + later).unwrap();
        let decisions = plan(&policy, &archives, alarm, now, &TimeZone::UTC);
        prop_assert_eq!(decisions.len(), archives.len());
        let keep = |wanted: &ArchiveName| {
            decisions.iter().any(|decision| decision.name == *wanted && decision.keep)
        };
        prop_assert!(decisions.iter().any(|decision| decision.keep), "emptied");
        for (decision, kept) in decisions.iter().zip(&archives) {
            prop_assert_eq!(&decision.name, &kept.name);
            prop_assert_eq!(decision.reasons == vec![Reason::NoRule], !decision.keep);
            if decision.keep && let Some(parent) = &kept.parent {
                prop_assert!(keep(parent), "{} lost {}", kept.name, parent);
            }
            if kept.pinned || alarm {
                prop_assert!(decision.keep);
            }
        }
        let trusted = archives.iter().filter(|kept| kept.verified && kept.kind != Kind::Emergency);
        if let Some(last) = trusted.max_by_key(|kept| kept.at) {
            prop_assert!(keep(&last.name), "the last verified one went");
        }
        let usable = archives.iter().filter(|kept| kept.kind != Kind::Emergency && kept.at <= now);
        if let Some(newest) = usable.max_by_key(|kept| kept.at) {
            prop_assert!(keep(&newest.name), "the newest went");
        }
    }

    /// Pruning again right away finds nothing more to remove.
    #[test]
    fn a_second_prune_removes_nothing(policy in policies(), archives in archives()) {
        let now = archives.last().unwrap().at;
        let first = plan(&policy, &archives, false, now, &TimeZone::UTC);
        let left: Vec<Kept> = archives
            .into_iter()
            .zip(&first)
            .filter(|(_, decision)| decision.keep)
            .map(|(kept, _)| kept)
            .collect();
        let second = plan(&policy, &left, false, now, &TimeZone::UTC);
        prop_assert!(second.iter().all(|decision| decision.keep));
    }
}
