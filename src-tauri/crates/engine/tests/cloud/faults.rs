use crate::bench::*;
use holdfast_domain::Code;
use holdfast_engine::store::Destination;
use holdfast_engine::store::cloud::Tuning;
use holdfast_test_cloud::{ACCESS_KEY, Asked, Fault, SECRET_KEY, Service};
use std::collections::HashSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn trouble(status: u16, code: &str) -> Fault {
    Fault::Answer { status, body: format!("<Error><Code>{code}</Code><Message>For the test.</Message></Error>") }
}

/// Fails the first request of each kind; the kind is what it asks for, without its number.
fn once(fault: impl Fn(&Asked) -> Option<Fault> + Send + 'static) -> impl FnMut(&Asked) -> Option<Fault> + Send {
    let mut seen = HashSet::new();
    move |asked| if seen.insert((asked.method.clone(), asked.target.clone())) { fault(asked) } else { None }
}

#[test]
fn whatever_fails_once_is_tried_again() {
    let faults: [fn(&Asked) -> Option<Fault>; 7] = [
        |_| Some(trouble(500, "InternalError")),
        |_| Some(trouble(503, "SlowDown")),
        |_| Some(trouble(429, "TooManyRequests")),
        |asked| Some(Fault::CutRequest { after: asked.length / 2 }),
        |_| Some(Fault::CutAnswer { after: 0 }),
        |_| Some(Fault::CutAnswer { after: 60 }),
        |asked| (asked.method != "GET" || asked.range.is_some()).then_some(Fault::CutAnswer { after: 500 }),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let bench = Bench::new();
        let cloud = bench.cloud();
        let bytes = content(2 * PART + 99);
        bench.proxy.fail(once(fault));
        copy_in(&cloud, &bytes).unwrap_or_else(|e| panic!("fault {number}: {e}"));
        assert_eq!(listed(&cloud), [(archive(), bytes.len() as u64)], "fault {number}");
        assert_eq!(fs::read(bench.service.object(&key())).unwrap(), bytes, "fault {number}");
        assert_eq!(bench.notes(), 0, "fault {number}");
    }
}

#[test]
fn silence_is_given_up_and_tried_again() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(PART + 1);
    bench.proxy.fail(once(|asked| (asked.part() == Some(2) || asked.range.is_some()).then_some(Fault::Silence)));
    copy_in(&cloud, &bytes).unwrap();
    assert_eq!(cloud.hash(&archive(), &job()).unwrap(), sha256(&bytes));
}

#[test]
fn a_slow_way_is_no_silence() {
    let bench = Bench::new();
    // More than the system takes in without anybody reading it.
    let patience = Tuning { part: 64 << 20, under_way: 64 << 20, stall: Duration::from_millis(1500), ..tuning() };
    let cloud = bench.cloud_tuned(&bench.settings(), ACCESS_KEY, SECRET_KEY, patience.clone());
    let bytes = content(patience.part + 1);
    bench.proxy.fail(|asked| asked.part().map(|_| Fault::Slow { bytes_per_second: 24 << 20 }));
    let start = Instant::now();
    copy_in(&cloud, &bytes).unwrap();
    assert!(start.elapsed() > patience.stall, "the way was not slow");
    let sent = bench.parts_asked();
    assert_eq!(sent, [1, 2], "nothing had to be sent twice");
}

#[test]
fn an_interrupted_copy_goes_on_where_it_stopped() {
    for (number, fault) in
        [trouble(503, "SlowDown"), Fault::CutRequest { after: 1 << 20 }, Fault::Silence].into_iter().enumerate()
    {
        let bench = Bench::new();
        let bytes = content(5 * PART + 3);
        // From the fourth part on, nothing gets through; not even the question what is there.
        let down = std::sync::atomic::AtomicBool::new(false);
        let broken = fault.clone();
        bench.proxy.fail(move |asked| {
            if asked.part() == Some(4) {
                down.store(true, Ordering::Relaxed);
            }
            down.load(Ordering::Relaxed).then(|| broken.clone())
        });
        let error = copy_in(&bench.cloud(), &bytes).unwrap_err();
        assert_eq!(error.code(), Code::CloudUnreachable, "fault {number}: {error}");
        assert!(bench.service.objects().is_empty(), "something is visible");
        assert_eq!((bench.notes(), bench.service.unfinished_uploads()), (1, 1));
        let sent: HashSet<u64> = bench.parts_asked().into_iter().collect();
        assert!(sent.contains(&3));

        bench.proxy.heal();
        // As after a restart of the program: another value altogether.
        let cloud = bench.cloud();
        assert_eq!(listed(&cloud), []);
        copy_in(&cloud, &bytes).unwrap();
        let again = bench.parts_asked();
        assert!(again.len() <= 4 && again.contains(&6), "fault {number}: sent again: {again:?}");
        assert!(!again.contains(&1) && !again.contains(&2), "fault {number}: sent again: {again:?}");
        assert_eq!(fs::read(bench.service.object(&key())).unwrap(), bytes);
        assert_eq!((bench.notes(), bench.service.unfinished_uploads()), (0, 0));
    }
}

#[test]
fn a_cancel_is_heard_within_a_second_and_the_copy_can_go_on() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(4 * PART);
    for fault in [Fault::Slow { bytes_per_second: 4 << 20 }, Fault::Silence] {
        let slow = fault.clone();
        bench.proxy.fail(move |asked| (asked.part().is_some_and(|part| part > 1)).then(|| slow.clone()));
        let job = job();
        let canceller = job.clone();
        let cancelled = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            canceller.cancel();
            Instant::now()
        });
        let error = copy_in_watched(&cloud, &bytes, &job).unwrap_err();
        let late = cancelled.join().unwrap().elapsed();
        assert!(error.is_cancelled(), "{error}");
        assert!(late < Duration::from_secs(1), "{late:?}");
        assert!(bench.service.objects().is_empty());
    }
    bench.proxy.heal();
    bench.proxy.take_asked();
    copy_in(&cloud, &bytes).unwrap();
    assert!(!bench.parts_asked().contains(&1));
    assert_eq!(fs::read(bench.service.object(&key())).unwrap(), bytes);
}

#[test]
fn an_archive_that_was_never_published_is_taken_over_without_being_sent_again() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(2 * PART);
    bench.proxy.fail(|asked| asked.target.ends_with(".sha256").then(|| trouble(503, "SlowDown")));
    assert_eq!(copy_in(&cloud, &bytes).unwrap_err().code(), Code::CloudUnreachable);
    assert_eq!(bench.service.objects(), [key()]);
    assert_eq!(listed(&cloud), []);
    bench.proxy.heal();
    bench.proxy.take_asked();
    copy_in(&cloud, &bytes).unwrap();
    assert!(bench.parts_asked().is_empty());
    assert_eq!(cloud.list().unwrap().len(), 1);
}

#[test]
fn an_upload_that_the_service_forgot_begins_again() {
    let bench = Bench::new();
    let bytes = content(3 * PART);
    bench.proxy.fail(|asked| (asked.part() == Some(3)).then(|| trouble(503, "SlowDown")));
    copy_in(&bench.cloud(), &bytes).unwrap_err();
    let forgotten = fs::read_to_string(fs::read_dir(bench.uploads()).unwrap().next().unwrap().unwrap().path()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&forgotten).unwrap();
    let upload = json["upload"].as_str().unwrap().to_owned();
    bench.proxy.fail(move |asked| asked.target.contains(&upload).then(|| trouble(404, "NoSuchUpload")));
    copy_in(&bench.cloud(), &bytes).unwrap();
    assert_eq!(fs::read(bench.service.object(&key())).unwrap(), bytes);
}

#[test]
fn what_the_service_damaged_is_found_and_removed() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(PART + 1);
    let object = bench.service.object(&key());
    let damage = object.clone();
    let mut done = false;
    bench.proxy.fail(move |asked| {
        if asked.range.is_some() && !done {
            done = true;
            let mut stored = fs::read(&damage).unwrap();
            stored[4711] ^= 0x80;
            fs::write(damage.with_extension("damaged"), stored).unwrap();
            fs::rename(damage.with_extension("damaged"), &damage).unwrap();
        }
        None
    });
    let error = copy_in(&cloud, &bytes).unwrap_err();
    assert_eq!(error.code(), Code::ArchiveDamaged, "{error}");
    assert!(!object.exists() && cloud.list().unwrap().is_empty());
    bench.proxy.heal();
    copy_in(&cloud, &bytes).unwrap();
}

#[test]
fn attempts_are_few_and_the_pauses_grow() {
    let bench = Bench::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    bench.proxy.fail(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Some(trouble(503, "SlowDown"))
    });
    let error = bench.cloud().list().unwrap_err();
    assert_eq!(error.code(), Code::CloudUnreachable);
    assert!(error.cause().contains("SlowDown"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 1 + tuning().retries);
}

#[test]
fn nothing_is_asked_before_it_has_to_be() {
    let service = Service::start();
    let bench = Bench { proxy: holdfast_test_cloud::Proxy::before(service.address()), ..Bench::new() };
    let _cloud = bench.cloud();
    assert!(bench.proxy.take_asked().is_empty());
}
