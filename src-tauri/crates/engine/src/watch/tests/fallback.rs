use super::super::Why;
use super::*;
use std::process::{Command, Stdio};

#[test]
fn with_too_few_watches_it_scans_and_says_so() {
    let mut yard = Yard::new();
    for folder in 0..30 {
        yard.write(&format!("data/{folder}/x.pdf"), "x");
    }
    yard.budget = Budget::new(20);
    let mut hand = yard.hand();
    let By::Scanning { why, .. } = hand.by(0) else { panic!("{:?}", hand.by(0)) };
    assert_eq!(why, Why::WatchLimit { limit: 20 });
    assert_eq!((hand.0.folders.len(), hand.kinds()), (0, vec![]), "it keeps no watch that it has no use for");
    yard.write("data/7/settings.yaml", "a: 1");
    assert_eq!(hand.kinds(), [Kind::Config]);
    yard.write("data/8/y.pdf", "y");
    assert_eq!(hand.kinds(), [Kind::Data]);
    fs::remove_file(yard.path("data/7/settings.yaml")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Config]);
    yard.write(".env", "KEY=a");
    assert_eq!(hand.kinds(), [Kind::Config], "a single file needs one watch, or none");
}

#[test]
fn when_the_watches_run_out_on_the_way_nothing_is_lost() {
    let mut yard = Yard::new();
    yard.budget = Budget::new(20);
    yard.write("data/a/x.pdf", "x");
    let mut hand = yard.hand();
    assert_eq!(hand.by(0), By::Events { folders: 2 });
    for folder in 0..30 {
        yard.write(&format!("data/{folder}/deep/x.pdf"), "x");
    }
    yard.write("data/29/deep/settings.yaml", "a: 1");
    yard.write("data/a/b/main.py", "a");
    assert_eq!(hand.kinds(), [Kind::Config, Kind::Data, Kind::Application]);
    assert!(matches!(hand.by(0), By::Scanning { why: Why::WatchLimit { .. }, .. }));
    yard.write("data/3/deep/settings.yaml", "a: 1");
    assert_eq!(hand.kinds(), [Kind::Config]);
    (0..30).for_each(|folder| fs::remove_dir_all(yard.path(&format!("data/{folder}"))).unwrap());
    assert!(hand.kinds().contains(&Kind::Config));
    hand.take();
    assert_eq!(hand.by(0), By::Events { folders: 3 }, "it is told of changes again once that is possible");
    yard.write("data/a/b/main.py", "b");
    assert_eq!(hand.kinds(), [Kind::Application]);
}

#[test]
fn two_deployments_share_one_budget() {
    let (one, mut other) = (Yard::new(), Yard::new());
    other.budget = Budget::new(24);
    let one = Yard { budget: other.budget.clone(), ..one };
    (0..6).for_each(|folder| one.write(&format!("data/{folder}/x"), "x"));
    (0..6).for_each(|folder| other.write(&format!("data/{folder}/x"), "x"));
    let (first, second) = (one.hand(), other.hand());
    assert_eq!(first.by(0), By::Events { folders: 7 });
    assert!(matches!(second.by(0), By::Scanning { .. }));
}

#[test]
fn behind_fuse_it_scans_because_others_change_it_unseen() {
    let yard = Yard::new();
    yard.write("behind/settings.yaml", "a: 1");
    let mut command = Command::new("bindfs");
    command.arg("--no-allow-other").arg(yard.path("behind")).arg(yard.path("data"));
    let mounted = command.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !mounted {
        eprintln!("skipped: watching what lies behind FUSE: bindfs is missing or may not mount (scripts/setup --test)");
        return;
    }
    let unmount = |yard: &Yard| Command::new("umount").arg("-l").arg(yard.path("data")).status().unwrap();
    let tried = std::panic::catch_unwind(|| {
        let mut hand = yard.hand();
        let By::Scanning { why: Why::Fuse { at, .. }, .. } = hand.by(0) else { panic!("{:?}", hand.by(0)) };
        assert_eq!(at, yard.path("data"));
        assert_eq!(hand.kinds(), []);
        // Not through the mount: no notice comes.
        yard.write("behind/settings.yaml", "a: 22");
        yard.write("behind/uploads/x.pdf", "x");
        let began = Instant::now();
        let mut seen = Vec::new();
        // FUSE remembers for a second what files were like.
        while !(seen.contains(&Kind::Config) && seen.contains(&Kind::Data)) {
            assert!(began.elapsed() < Duration::from_secs(20), "only {seen:?}");
            std::thread::sleep(Duration::from_millis(50));
            seen.extend(hand.kinds());
        }
    });
    assert!(unmount(&yard).success());
    tried.unwrap();
}

#[test]
fn what_is_mounted_over_a_root_is_noticed() {
    let yard = Yard::new();
    yard.write("data/x.pdf", "x");
    let mut hand = yard.hand();
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "tmpfs"]).arg(yard.path("data")).stderr(Stdio::null());
    if !command.status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: a mount over a root: mounting a tmpfs needs root");
        return;
    }
    let over = hand.kinds();
    fs::write(yard.path("data/settings.yaml"), "a: 1").unwrap();
    let within = hand.kinds();
    assert!(Command::new("umount").arg(yard.path("data")).status().unwrap().success());
    assert_eq!((over, within), (vec![Kind::Data], vec![Kind::Config]));
    assert!(hand.kinds().contains(&Kind::Config), "and that it is gone again");
}
