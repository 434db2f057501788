use super::*;
use crate::ServiceOptions;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

fn jobs(home: &tempfile::TempDir) -> Arc<Jobs> {
    let options = ServiceOptions { home: home.path().to_owned(), keyring: false, variables: |_| None };
    Arc::new(Jobs::new(Arc::new(Service::new(options))))
}

fn begin(id: &str, kind: JobKind, deployment: &str) -> Begin {
    Begin { id: id.to_owned(), kind, deployment: Some(deployment.to_owned()), asked_for: true }
}

#[derive(Serialize)]
struct Made {
    outcome: Outcome,
    files: u64,
}

fn made(outcome: Outcome) -> Made {
    Made { outcome, files: 7 }
}

#[test]
fn one_writer_at_a_time_for_a_deployment() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs(&home);
    let first = jobs.admit(begin("1", JobKind::Backup, "bot"), None).unwrap();
    let Err(refused) = jobs.admit(begin("2", JobKind::Restore, "bot"), None) else { panic!("a second writer came in") };
    assert_eq!(refused.code, Code::Locked);
    assert!(refused.cause.contains("backing up since"), "{}", refused.cause);
    assert!(jobs.admit(begin("3", JobKind::Verify, "bot"), None).is_ok(), "looking harms nobody");
    assert!(jobs.admit(begin("4", JobKind::Backup, "other"), None).is_ok());
    first.run(|_, _| Ok(made(Outcome::Done))).unwrap();
    assert!(jobs.admit(begin("5", JobKind::Restore, "bot"), None).is_ok());
}

#[test]
fn who_joins_hears_how_far_it_is_and_gets_the_same_answer() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs(&home);
    let admitted = jobs.admit(begin("1", JobKind::Backup, "bot"), None).unwrap();
    admitted.job.phase(Phase::BackingUp, 10, 100);
    let heard = Arc::new(AtomicU64::new(0));
    std::thread::scope(|scope| {
        let joining = scope.spawn(|| {
            let heard = heard.clone();
            jobs.join("1", Some(Arc::new(move |p: &Progress| heard.store(p.bytes_total, Ordering::SeqCst))))
        });
        while heard.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        admitted.run(|_, _| Ok(made(Outcome::Problems))).unwrap();
        let answer = joining.join().unwrap().unwrap();
        assert_eq!((&answer["outcome"], &answer["files"]), (&"problems".into(), &7.into()));
    });
    assert_eq!(heard.load(Ordering::SeqCst), 100);
    assert!(jobs.list().is_empty(), "it was seen");
    assert_eq!(jobs.join("1", None).unwrap_err().code, Code::BadRequest);
}

#[test]
fn an_ending_is_kept_until_it_was_seen() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs(&home);
    let failed = jobs.admit(begin("1", JobKind::Backup, "bot"), None).unwrap();
    let failure = || Failure::new(Code::DestinationMissing, "the drive", "not there");
    assert!(failed.run::<Made>(|_, _| Err(failure())).is_err());
    let listed = jobs.list();
    assert_eq!((listed.len(), listed[0].outcome), (1, Some(Outcome::Failed)));
    assert!(!jobs.any_running());
    assert_eq!(jobs.join("1", None).unwrap_err().code, Code::DestinationMissing);
    assert!(jobs.list().is_empty());
    for number in 0..100 {
        let id = format!("many {number}");
        jobs.admit(begin(&id, JobKind::Backup, "bot"), None).unwrap().run(|_, _| Ok(made(Outcome::Done))).unwrap();
    }
    assert_eq!(jobs.list().len(), ENDINGS_KEPT);
    assert_eq!(jobs.list().last().unwrap().id, "many 99");
}

#[test]
fn cancelling_reaches_the_work_and_is_told() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs(&home);
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = events.clone();
    jobs.listen(Arc::new(move |event| heard.lock().unwrap().push(serde_json::to_value(event).unwrap())));
    let admitted = jobs.admit(begin("1", JobKind::Backup, "bot"), None).unwrap();
    jobs.cancel("1");
    jobs.cancel("never there");
    assert!(jobs.list()[0].cancelling);
    assert!(!jobs.wait_idle(Duration::ZERO));
    let answer = admitted.run::<Made>(|_, job| {
        job.checkpoint()?;
        Ok(made(Outcome::Done))
    });
    assert!(answer.is_err_and(|failure| failure.is_cancelled()));
    assert!(jobs.wait_idle(SOON));
    let events = events.lock().unwrap();
    assert_eq!((&events[0]["event"], &events[0]["job"]["kind"]), (&"job-began".into(), &"backup".into()));
    assert_eq!((&events[1]["event"], &events[1]["outcome"]), (&"job-ended".into(), &"cancelled".into()));
}

#[test]
fn a_panic_leaves_no_job_behind_that_blocks_the_next() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs(&home);
    let panicking = jobs.clone();
    let thread = std::thread::spawn(move || {
        let admitted = panicking.admit(begin("1", JobKind::Backup, "bot"), None).unwrap();
        let _ = admitted.run::<Made>(|_, _| panic!("as a test"));
    });
    assert!(thread.join().is_err());
    assert_eq!(jobs.join("1", None).unwrap_err().code, Code::Internal);
    assert!(jobs.admit(begin("2", JobKind::Backup, "bot"), None).is_ok());
}

#[test]
fn a_look_is_no_ones_business() {
    let home = tempfile::tempdir().unwrap();
    let jobs = jobs(&home);
    let look = jobs.admit(begin("1", JobKind::Look, "bot"), None).unwrap();
    assert!(jobs.list().is_empty() && !jobs.any_running());
    look.run(|_, _| Ok(made(Outcome::Done))).unwrap();
    assert!(jobs.list().is_empty());
}
