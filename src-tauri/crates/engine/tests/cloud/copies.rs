use crate::bench::*;
use holdfast_domain::{ArchiveName, Code};
use holdfast_engine::jobs::Phase;
use holdfast_engine::store::cloud::CloudSettings;
use holdfast_engine::store::{Beside, Destination};
use holdfast_test_cloud::{ACCESS_KEY, BUCKET, Fault, SECRET_KEY};
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn an_archive_goes_there_whole_and_comes_back() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    cloud.require().unwrap();
    let bytes = content(2 * PART + 12_345);
    copy_in(&cloud, &bytes).unwrap();
    assert_eq!(listed(&cloud), [(archive(), bytes.len() as u64)]);
    assert_eq!(bench.service.objects(), [key(), checksum_key()]);
    assert_eq!(fs::read(bench.service.object(&key())).unwrap(), bytes);
    assert_eq!(cloud.noted_hash(&archive()).unwrap(), Some(sha256(&bytes)));
    assert_eq!(cloud.hash(&archive(), &job()).unwrap(), sha256(&bytes));
    assert_eq!((bench.notes(), bench.service.unfinished_uploads()), (0, 0));
    // As anybody would check who fetched the folder with other tools.
    let folder = bench.service.object("mine/Holdfast/bot");
    let mut check = Command::new("sha256sum");
    let checked =
        check.arg("-c").arg(format!("{}.sha256", archive().file_name())).current_dir(folder).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");

    // What is there already is not sent again.
    bench.proxy.take_asked();
    copy_in(&cloud, &bytes).unwrap();
    assert!(bench.parts_asked().is_empty());

    cloud.remove(&archive()).unwrap();
    assert!(bench.service.objects().is_empty());
    cloud.remove(&archive()).unwrap();
    assert_eq!(cloud.open(&archive()).unwrap_err().code(), Code::ArchiveMissing);
    assert_eq!(cloud.noted_hash(&archive()).unwrap(), None);
}

#[test]
fn a_small_archive_is_one_request_and_so_is_an_empty_file() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    for length in [0, 1, PART] {
        copy_in(&cloud, &content(length)).unwrap();
        let puts = bench.proxy.take_asked().into_iter().filter(|asked| asked.method != "GET" && asked.method != "HEAD");
        // The archive, its checksum; and before it is replaced, the checksum of the one before.
        assert!(puts.count() <= 3, "{length}");
        assert_eq!(cloud.hash(&archive(), &job()).unwrap(), sha256(&content(length)));
        assert_eq!(listed(&cloud), [(archive(), length)]);
    }
}

#[test]
fn a_listing_has_only_what_is_complete() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    assert_eq!(listed(&cloud), []);
    copy_in(&cloud, &content(100)).unwrap();
    let folder = bench.service.object("mine/Holdfast/bot");
    let other = ArchiveName::parse("bot_2026-11-22T020000Z_daily").unwrap();
    fs::write(folder.join(other.file_name()), b"no checksum").unwrap();
    fs::write(folder.join("notes.txt"), b"mine").unwrap();
    fs::write(folder.join("bot_2026-11-23T020000Z_daily.tar.zst.age.sha256"), b"alone").unwrap();
    fs::create_dir_all(bench.service.object("mine/Holdfast/bottle")).unwrap();
    fs::write(bench.service.object("mine/Holdfast/bottle").join(other.file_name()), b"another's").unwrap();
    assert_eq!(listed(&cloud), [(archive(), 100)]);
}

#[test]
fn more_archives_than_one_page_are_all_listed() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let folder = bench.service.object("mine/Holdfast/bot");
    fs::create_dir_all(&folder).unwrap();
    for second in 0..700 {
        let name = format!("bot_2026-11-21T02{:02}{:02}Z_hourly.tar.zst.age", second / 60, second % 60);
        fs::write(folder.join(&name), b"x").unwrap();
        fs::write(folder.join(format!("{name}.sha256")), b"x").unwrap();
    }
    let names = listed(&cloud);
    assert_eq!(names.len(), 700);
    assert!(names.is_sorted());
}

#[test]
fn a_damaged_copy_is_replaced_and_unlisted_meanwhile() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(PART + 7);
    copy_in(&cloud, &bytes).unwrap();
    let mut damaged = bytes.clone();
    damaged[100] ^= 1;
    fs::write(bench.service.object(&key()), &damaged).unwrap();
    assert_ne!(cloud.hash(&archive(), &job()).unwrap(), sha256(&bytes));
    let checksum = bench.service.object(&checksum_key());
    bench.proxy.fail(move |asked| {
        assert!(asked.part().is_none() || !checksum.exists(), "the damaged copy is still listed");
        None
    });
    copy_in(&cloud, &bytes).unwrap();
    assert_eq!(cloud.hash(&archive(), &job()).unwrap(), sha256(&bytes));
}

#[test]
fn a_file_that_is_not_the_archive_leaves_nothing() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    for length in [100, 2 * PART] {
        let bytes = content(length);
        let error = copy_in_as(&cloud, &bytes, &[7; 32], &job()).unwrap_err();
        assert_eq!(error.code(), Code::ChecksumMismatch);
        assert!(bench.service.objects().is_empty());
        assert_eq!((bench.notes(), bench.service.unfinished_uploads()), (0, 0));
    }
}

#[test]
fn a_sweep_takes_what_cannot_be_continued_and_nothing_else() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(2 * PART);
    bench.proxy.fail(|asked| (asked.part() == Some(2)).then(|| Fault::Answer { status: 403, body: String::new() }));
    copy_in(&cloud, &bytes).unwrap_err();
    bench.proxy.heal();
    cloud.sweep(&[archive()]).unwrap();
    assert_eq!((bench.notes(), bench.service.unfinished_uploads()), (1, 1), "it can be continued");

    let folder = bench.service.object("mine/Holdfast/bot");
    fs::create_dir_all(&folder).unwrap();
    let lone = folder.join("bot_2026-11-23T020000Z_daily.tar.zst.age.sha256");
    fs::write(&lone, b"alone").unwrap();
    fs::write(folder.join("notes.sha256"), b"mine").unwrap();
    fs::write(folder.join("bot_2026-11-24T020000Z_daily.tar.zst.age"), b"a copy without a checksum").unwrap();
    fs::write(bench.uploads().join("bot_2026-11-25T020000Z_daily.upload"), b"torn").unwrap();
    cloud.sweep(&[]).unwrap();
    assert_eq!((bench.notes(), bench.service.unfinished_uploads()), (0, 0));
    assert!(!lone.exists());
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn what_lies_beside_archives_is_sent_only_where_it_differs() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let equip = |key: &[u8]| {
        let (recovery_key, how_to, script) = (key.to_vec(), b"<p>".to_vec(), b"#!".to_vec());
        cloud.equip(&Beside { recovery_key, openpgp_key: None, how_to, script }).unwrap();
        bench.proxy.take_asked().iter().filter(|asked| asked.method == "PUT").count()
    };
    assert_eq!(equip(b"sealed"), 3);
    assert_eq!(equip(b"sealed"), 0);
    assert_eq!(equip(b"sealed anew"), 1);
    let names = ["mine/Holdfast/HOW-TO-RESTORE.html", "mine/Holdfast/bot/recovery-key.age", "mine/Holdfast/restore.py"];
    assert_eq!(bench.service.objects(), names);
}

#[test]
fn progress_counts_every_byte_once() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(2 * PART + 5);
    let failed = AtomicBool::new(false);
    bench.proxy.fail(move |asked| {
        let first = asked.part() == Some(1) && !failed.swap(true, Ordering::Relaxed);
        first.then_some(Fault::CutRequest { after: 2 << 20 })
    });
    let (job, watch) = watched();
    job.phase(Phase::BackingUp, 1, bytes.len() as u64);
    copy_in_watched(&cloud, &bytes, &job).unwrap();
    // The bytes go out once and are fetched once; the report after them says so.
    job.add_files(1);
    std::thread::sleep(std::time::Duration::from_millis(150));
    job.add_files(1);
    let told = watch.0.lock().unwrap();
    let done: Vec<u64> = told.iter().map(|progress| progress.bytes_done).collect();
    assert!(done.is_sorted(), "{done:?}");
    assert_eq!(done.last(), Some(&(2 * bytes.len() as u64)), "{done:?}");
}

#[test]
fn a_copy_without_reading_back_believes_the_service() {
    let bench = Bench::new();
    let settings = CloudSettings { read_back: false, ..bench.settings() };
    let cloud = bench.cloud_with(&settings, ACCESS_KEY, SECRET_KEY);
    let bytes = content(PART + 1);
    copy_in(&cloud, &bytes).unwrap();
    assert!(bench.proxy.take_asked().iter().all(|asked| asked.range.is_none()));
    assert_eq!(cloud.hash(&archive(), &job()).unwrap(), sha256(&bytes));
}

#[test]
fn a_bucket_without_a_prefix_will_do() {
    let bench = Bench::new();
    let settings =
        CloudSettings { endpoint: Some(bench.service.endpoint()), ..CloudSettings::new(format!("s3://{BUCKET}")) };
    let cloud = bench.cloud_with(&settings, ACCESS_KEY, SECRET_KEY);
    copy_in(&cloud, b"x").unwrap();
    assert_eq!(bench.service.objects()[0], format!("Holdfast/bot/{}", archive().file_name()));
}
