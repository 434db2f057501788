use super::*;

#[test]
fn a_folder_that_is_deleted_and_made_again_is_watched_again() {
    let yard = Yard::new();
    yard.write("data/config/settings.yaml", "a: 1");
    let mut hand = yard.hand();
    for round in 0..3 {
        fs::remove_dir_all(yard.path("data/config")).unwrap();
        yard.write("data/config/settings.yaml", format!("a: {round}"));
        assert!(hand.kinds().contains(&Kind::Config));
        yard.write("data/config/settings.yaml", format!("b: {round}"));
        let seen = hand.take();
        assert_eq!(seen.config.unwrap().examples, [PathBuf::from("data/config/settings.yaml")]);
    }
    assert_eq!(hand.by(0), By::Events { folders: 2 });
}

#[test]
fn a_root_that_is_deleted_and_made_again_is_watched_again() {
    let yard = Yard::new();
    yard.write("data/config/settings.yaml", "a: 1");
    let mut hand = yard.hand();
    fs::remove_dir_all(yard.path("data")).unwrap();
    assert!(hand.kinds().contains(&Kind::Config));
    assert_eq!(hand.by(0), By::Missing);
    yard.write("data/config/settings.yaml", "a: 2");
    assert!(hand.kinds().contains(&Kind::Config));
    yard.write("data/config/settings.yaml", "a: 3");
    assert!(hand.kinds().contains(&Kind::Config));
    assert_eq!(hand.by(0), By::Events { folders: 2 });
}

#[test]
fn a_root_that_comes_later_is_a_change() {
    let yard = Yard::new();
    fs::remove_dir(yard.path("data")).unwrap();
    let mut hand = yard.hand();
    assert_eq!((hand.kinds(), hand.by(0)), (vec![], By::Missing));
    yard.write("data/config/settings.yaml", "a: 1");
    assert_eq!(hand.kinds(), [Kind::Config, Kind::Data]);
    yard.write("data/config/settings.yaml", "a: 2");
    assert_eq!(hand.kinds(), [Kind::Config]);
}

#[test]
fn even_where_the_folder_around_it_was_missing_too() {
    let mut yard = Yard::new();
    yard.profile.roots[0].path = yard.path("away/data");
    let mut hand = yard.hand();
    yard.write("away/data/config/settings.yaml", "a: 1");
    assert!(hand.kinds().contains(&Kind::Config));
    yard.write("away/data/config/settings.yaml", "a: 2");
    assert_eq!(hand.kinds(), [Kind::Config]);
}

#[test]
fn a_folder_that_is_moved_away_takes_its_settings_along() {
    let yard = Yard::new();
    yard.write("data/a/b/settings.yaml", "a: 1");
    yard.write("data/uploads/x.pdf", "x");
    let mut hand = yard.hand();
    fs::rename(yard.path("data/a"), yard.path("elsewhere")).unwrap();
    assert!(hand.kinds().contains(&Kind::Config));
    assert_eq!(hand.by(0), By::Events { folders: 2 });
    yard.write("elsewhere/b/settings.yaml", "a: 2");
    assert_eq!(hand.kinds(), [], "it is none of ours now");
    fs::rename(yard.path("data/uploads"), yard.path("other")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Data]);
    fs::rename(yard.path("elsewhere"), yard.path("data/a")).unwrap();
    assert!(hand.kinds().contains(&Kind::Config), "and back");
    yard.write("data/a/b/settings.yaml", "a: 3");
    assert_eq!(hand.kinds(), [Kind::Config]);
}

#[test]
fn a_storm_of_new_names_loses_no_folder() {
    let yard = Yard::new();
    for folder in 0..20 {
        yard.write(&format!("data/in/{folder}/x.pdf"), "x");
    }
    yard.write("data/in/7/settings.yaml", "a: 1");
    let mut hand = yard.hand();
    let before = hand.by(0);
    for round in 0..500 {
        let name = |round: usize| yard.path(&format!("data/in-{}", round % 3));
        let from = if round == 0 { yard.path("data/in") } else { name(round - 1) };
        fs::rename(from, name(round)).unwrap();
        for folder in [3, 9] {
            let one = name(round).join(folder.to_string());
            fs::rename(&one, name(round).join("between")).unwrap();
            fs::rename(name(round).join("between"), one).unwrap();
        }
        if round % 100 == 50 {
            hand.take();
        }
    }
    hand.take();
    let last = format!("data/in-{}", 499 % 3);
    assert_eq!(hand.by(0), before, "the same folders are watched");
    yard.write(&format!("{last}/7/settings.yaml"), "a: 2");
    let seen = hand.take();
    assert_eq!(kinds(&seen), [Kind::Config]);
    assert_eq!(seen.config.unwrap().examples, [PathBuf::from(format!("{last}/7/settings.yaml"))]);
    for folder in 0..20 {
        yard.write(&format!("{last}/{folder}/x.pdf"), "y");
        assert_eq!(hand.kinds(), [Kind::Data], "{folder}");
    }
}

#[test]
fn a_folder_that_gets_another_name_is_another_to_the_rules() {
    let yard = Yard::new();
    yard.write("data/node_modules/a/x.pdf", "x");
    let mut hand = yard.hand();
    fs::rename(yard.path("data/node_modules"), yard.path("data/kept")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Data]);
    yard.write("data/kept/a/x.pdf", "y");
    assert_eq!(hand.kinds(), [Kind::Data]);
    fs::rename(yard.path("data/kept"), yard.path("data/node_modules")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Data]);
    yard.write("data/node_modules/a/x.pdf", "z");
    assert_eq!((hand.kinds(), hand.by(0)), (vec![], By::Events { folders: 1 }));
}

#[test]
fn what_a_restore_exchanges_is_no_change_but_what_comes_after_is() {
    let yard = Yard::new();
    yard.write("data/settings.yaml", "a: 1");
    yard.write(".aside/data/settings.yaml", "a: 0");
    yard.write(".aside/data/uploads/x.pdf", "x");
    let told = Told::default();
    let mut hand = yard.hand_with(Options { ours: Box::new(told.clone()), ..yard.options() });
    let exchange = || {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, yard.path("data"), CWD, yard.path(".aside/data"), RenameFlags::EXCHANGE).unwrap();
    };
    let identity = |path: &str| {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(yard.path(path)).map(|meta| (meta.dev(), meta.ino())).unwrap()
    };
    std::thread::sleep(Duration::from_millis(20));
    let now = Timestamp::now();
    std::thread::sleep(Duration::from_millis(20));
    *told.0.lock().unwrap() = vec![Exchanged {
        live: yard.path("data"),
        restored: Some(identity(".aside/data")),
        before: Some(identity("data")),
        at: (now.as_second(), i64::from(now.subsec_nanosecond())),
        going_on: false,
    }];
    exchange();
    assert_eq!(hand.kinds(), [], "the restore");
    yard.write("data/settings.yaml", "a: 2");
    assert_eq!(hand.kinds(), [Kind::Config], "what is live is watched");
    yard.write(".aside/data/settings.yaml", "a: 3");
    assert_eq!(hand.kinds(), [], "what is aside is not");
    fs::write(yard.path(".aside/data/settings.yaml"), "a: 1").unwrap();
    told.0.lock().unwrap().clear();
    exchange();
    assert_eq!(hand.kinds(), [Kind::Config], "undone, with what was written aside");
    exchange();
    let seen = hand.kinds();
    assert_eq!(seen, [Kind::Config], "somebody wrote to it between");
    told.0.lock().unwrap().clear();
    fs::rename(yard.path("data"), yard.path("gone")).unwrap();
    fs::create_dir(yard.path("data")).unwrap();
    assert!(hand.kinds().contains(&Kind::Config), "somebody else did that");
}
