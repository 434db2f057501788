use super::*;

/// What the system keeps until it is told; then its queue runs over.
fn queue() -> usize {
    fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").map_or(16_384, |text| text.trim().parse().unwrap())
}

fn resident_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_burst_is_a_few_words_and_little_memory() {
    let files = 100_000;
    let yard = Yard::new();
    for folder in 0..20 {
        fs::create_dir_all(yard.path(&format!("data/uploads/{folder}"))).unwrap();
    }
    yard.write("data/settings.yaml", "a: 1");
    let mut hand = yard.hand();
    let before = resident_kilobytes();
    for file in 0..files {
        fs::write(yard.path(&format!("data/uploads/{}/{file}", file % 20)), b"x").unwrap();
        if file % 1000 == 0 {
            hand.0.hear();
        }
    }
    let seen = hand.take();
    assert_eq!(kinds(&seen), [Kind::Data]);
    let data = seen.data.unwrap();
    assert!(data.changes >= files && data.examples.len() == 3, "{data:?}");
    let grown = resident_kilobytes().saturating_sub(before);
    assert!(grown < 50 * 1024, "{grown} KB for {files} files");
    assert_eq!(hand.0.folders.len(), 22, "folders are held, files are not");
}

#[test]
fn when_the_queue_runs_over_all_is_compared() {
    let yard = Yard::new();
    yard.write("data/settings.yaml", "a: 1");
    yard.write("data/main.py", "a");
    let mut hand = yard.hand();
    let churn = || {
        // Two files by turns, so the system cannot put one notice to the one before.
        for turn in 0..queue() {
            fs::write(yard.path(&format!("data/{}.pdf", turn % 2)), [turn as u8]).unwrap();
        }
    };
    churn();
    assert_eq!(hand.kinds(), [Kind::Data], "that much was lost is no change of settings");
    churn();
    yard.write("data/settings.yaml", "a: 2");
    fs::create_dir_all(yard.path("data/new/deep")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Config, Kind::Data], "nobody told of it");
    yard.write("data/new/deep/settings.yaml", "a: 1");
    assert_eq!(hand.kinds(), [Kind::Config], "a folder of which nobody told is watched");
    churn();
    fs::remove_dir_all(yard.path("data/new")).unwrap();
    fs::remove_file(yard.path("data/main.py")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Config, Kind::Data, Kind::Application]);
    assert_eq!(hand.by(0), By::Events { folders: 1 });
}
