use super::{Pattern, clock};
use crate::jobs::{Job, Monitor, Progress};
use crate::store::{Beside, Destination};
use holdfast_domain::Code;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, Weak};

/// What every destination must do. `open` opens the same, empty destination each time it is called; it is empty again
/// afterwards.
pub fn contract(open: &dyn Fn() -> Box<dyn Destination>) {
    let dir = tempfile::tempdir().unwrap();
    let job = Job::silent(clock());
    let to = open();
    to.require().unwrap();
    assert!(!to.describe().is_empty());
    assert_eq!(to.list().unwrap(), []);

    // Put in, it is there whole, also for the next who looks.
    let (first, second) = (Pattern::new(dir.path(), 1, 2_500_000), Pattern::new(dir.path(), 2, 10));
    second.copy_to(&*to).unwrap();
    first.copy_to(&*to).unwrap();
    let listed: Vec<_> = open().list().unwrap().into_iter().map(|held| (held.name, held.stored_bytes)).collect();
    assert_eq!(listed, [(first.name.clone(), 2_500_000), (second.name.clone(), 10)]);
    assert_eq!(to.hash(&first.name, &job).unwrap(), first.sha256);
    assert_eq!(open().noted_hash(&first.name).unwrap(), Some(first.sha256));

    // Any part of it can be read, by several at once.
    let medium = to.open(&first.name).unwrap();
    assert_eq!(medium.length(), 2_500_000);
    let content = first.content();
    let (mut one, mut other) = (medium.open().unwrap(), medium.open().unwrap());
    for (from, length) in [(0, 10), (699_990, 30), (2_499_999, 1), (1_048_570, 500_000)] {
        for reader in [&mut one, &mut other] {
            reader.seek(SeekFrom::Start(from)).unwrap();
            let mut read = vec![0; length];
            reader.read_exact(&mut read).unwrap();
            assert!(read == content[from as usize..from as usize + length], "{length} bytes from {from}");
        }
    }
    one.seek(SeekFrom::End(0)).unwrap();
    assert_eq!(one.read(&mut [0; 10]).unwrap(), 0);

    // What is not what it should be is not taken, and leaves nothing.
    let mut wrong = Pattern::new(dir.path(), 3, 300_000);
    wrong.sha256[0] ^= 1;
    assert_eq!(wrong.copy_to(&*to).unwrap_err().code(), Code::ChecksumMismatch);
    assert_eq!(to.list().unwrap().len(), 2);
    assert_eq!(to.noted_hash(&wrong.name).unwrap(), None);

    // What is cancelled is not there, and goes on the next time.
    let third = Pattern::new(dir.path(), 4, 5_000_000);
    let stop = Arc::new(StopAt { bytes: 3_000_000, job: Mutex::new(Weak::new()) });
    let stopped = Job::new(Arc::new(Ticking::default()), stop.clone());
    *stop.job.lock().unwrap() = Arc::downgrade(&stopped);
    let error = to.copy_in(&third.path, &third.name, &third.sha256, &stopped).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(open().list().unwrap().len(), 2);
    open().sweep(std::slice::from_ref(&third.name)).unwrap();
    third.copy_to(&*open()).unwrap();
    assert_eq!(open().hash(&third.name, &job).unwrap(), third.sha256);

    // What is put in again replaces what was there.
    third.copy_to(&*to).unwrap();
    assert_eq!(to.list().unwrap().len(), 3);

    to.equip(&Beside {
        recovery_key: b"sealed".to_vec(),
        openpgp_key: None,
        how_to: b"<p>".to_vec(),
        script: b"#!".to_vec(),
    })
    .unwrap();
    assert_eq!(to.list().unwrap().len(), 3);
    assert!(to.free_space().unwrap().is_none_or(|free| free > 0));
    to.sweep(&[]).unwrap();
    to.settle().unwrap();

    for gone in [&first, &second, &third, &third] {
        to.remove(&gone.name).unwrap();
    }
    assert_eq!(open().list().unwrap(), []);
    assert_eq!(to.open(&first.name).unwrap_err().code(), Code::ArchiveMissing);
    assert_eq!(to.noted_hash(&first.name).unwrap(), None);
}

/// Cancels its job when so many bytes are done.
struct StopAt {
    bytes: u64,
    job: Mutex<Weak<Job>>,
}

impl Monitor for StopAt {
    fn progress(&self, progress: &Progress) {
        if progress.bytes_done >= self.bytes
            && let Some(job) = self.job.lock().unwrap().upgrade()
        {
            job.cancel();
        }
    }
}

/// A second passes with each look, so that every step is reported.
#[derive(Debug, Default)]
struct Ticking(std::sync::atomic::AtomicU64);

impl crate::clock::Clock for Ticking {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}
