//! The thread itself: that it tells, settles, and ends.
use super::super::Watch;
use super::*;

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn folder(by: &By) -> bool {
    matches!(by, By::Events { .. })
}

#[test]
fn a_change_is_told_and_settles_and_the_thread_ends() {
    let yard = Yard::new();
    yard.write("data/settings.yaml", "a: 1");
    let watch = Watch::start(&yard.profile, Path::new("/none"), yard.options()).unwrap();
    until("it begins", || folder(&watch.standing()[0].by));
    watch.take(Timestamp::now());
    yard.write("data/settings.yaml", "a: 2");
    let mut seen = Seen::default();
    until("it is told", || {
        seen = watch.take(Timestamp::now());
        seen.config.is_some()
    });
    assert!(!seen.settled);
    until("it settles", || watch.take(Timestamp::now()).settled);
    assert!(watch.take(Timestamp::now()).config.is_none(), "it is told once");
    let left = yard.budget.left();
    drop(watch);
    assert!(yard.budget.left() > left, "its watches are given back");
    assert_eq!(yard.budget.left(), 50_000);
}

#[test]
fn one_that_scans_tells_too() {
    let mut yard = Yard::new();
    yard.budget = Budget::new(0);
    let options = Options { scan_every: Duration::from_millis(20), ..yard.options() };
    let watch = Watch::start(&yard.profile, Path::new("/none"), options).unwrap();
    until("it begins", || matches!(watch.standing()[0].by, By::Scanning { .. }));
    watch.take(Timestamp::now());
    yard.write("data/settings.yaml", "a: 2");
    until("it is told", || watch.take(Timestamp::now()).config.is_some());
}
