use crate::deployment;
use crate::error::Error;
use crate::jobs::Job;
use crate::operations::setup::{self, SetupReport, SetupRequest};
use crate::operations::test_support::{HandClock, PASSPHRASE, World, context, setup_request};
use crate::operations::{Context, backup};
use crate::store::Beside;
use crate::vault::{Given, KeySet, Keyring, Label, MemoryKeyring, NoKeyring, Passphrase, Secret, SigningPlace, seal};
use holdfast_domain::{Code, DeploymentName, Level};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A folder with data, and what a set-up needs.
fn start() -> (tempfile::TempDir, Context) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let clock = Arc::new(HandClock::new("2100-03-01T12:00:00Z"));
    let context = context(folder.path(), &clock);
    (folder, context)
}

fn set_up(context: &Context, request: SetupRequest) -> Result<SetupReport, Error> {
    let job = Job::silent(context.clock.clone());
    let plan = setup::plan(context, request, &job)?;
    setup::run(context, plan, &Passphrase::new(PASSPHRASE).unwrap())
}

#[test]
fn it_leaves_all_that_a_backup_and_a_recovery_need() {
    let (folder, context) = start();
    let report = set_up(&context, setup_request(folder.path())).unwrap();
    assert!(report.identity_in_keyring && report.signing_in == SigningPlace::Keyring);
    let drive = folder.path().join("drive/Holdfast");
    for file in ["bot/recovery-key.age", "HOW-TO-RESTORE.html", "restore.py"] {
        assert!(drive.join(file).is_file(), "{file}");
    }
    let page = fs::read_to_string(drive.join("HOW-TO-RESTORE.html")).unwrap();
    assert!(page.contains("bot") && !page.contains("{{"), "every place in the page is filled in");
    let profile = deployment::find(&context.home, Some("bot")).unwrap();
    assert_eq!((profile.id.as_str(), profile.roots[0].name.as_str()), (report.id.as_str(), "data"));
    // The passphrase alone opens what lies on the drive.
    let given = Given {
        passphrase: Some(Passphrase::new(PASSPHRASE).unwrap()),
        recovery_folder: Some(drive.join("bot")),
        ..Given::default()
    };
    let keys = context.vault(&report.id).unwrap().identity(&given).unwrap();
    assert_eq!(report.recipients, [keys.recipient()]);
    assert_eq!(keys.signing_public(), Some(report.signing_public));
}

#[test]
fn planning_writes_nothing() {
    let (folder, context) = start();
    let job = Job::silent(context.clock.clone());
    setup::plan(&context, setup_request(folder.path()), &job).unwrap();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["data"]);
}

#[test]
fn the_name_comes_from_the_first_root() {
    let (folder, context) = start();
    let root = folder.path().join("My Chat_Bot!");
    fs::create_dir(&root).unwrap();
    let request = SetupRequest { name: None, roots: vec![root], ..setup_request(folder.path()) };
    assert_eq!(set_up(&context, request).unwrap().deployment.as_str(), "my-chat-bot");
}

#[test]
fn a_look_needs_no_place_and_cannot_be_set_up() {
    let (folder, context) = start();
    fs::create_dir(folder.path().join("data/node_modules")).unwrap();
    fs::write(folder.path().join("data/node_modules/x.js"), "x").unwrap();
    let job = Job::silent(context.clock.clone());
    let look = SetupRequest { destination: None, ..setup_request(folder.path()) };
    let plan = setup::plan(&context, look.clone(), &job).unwrap();
    assert!(plan.place.is_none() && plan.profile.destinations.is_empty());
    let before = plan.survey.files();
    let error = setup::run(&context, plan, &Passphrase::new(PASSPHRASE).unwrap()).unwrap_err();
    assert_eq!((error.code(), error.cause()), (Code::BadRequest, "no place for the archives was chosen"));
    let wanted = folder.path().join("data/node_modules").display().to_string();
    let more = SetupRequest { include_recreatable: vec![wanted], ..look };
    let plan = setup::plan(&context, more, &job).unwrap();
    assert_eq!((plan.survey.files(), plan.survey.left_out.len()), (before + 1, 0));
    assert_eq!(plan.profile.include_recreatable, ["/node_modules"]);
    let place = setup::plan(&context, setup_request(folder.path()), &job).unwrap().place.unwrap();
    assert_eq!((place.path, place.same_disk), (folder.path().join("drive"), true));
    assert!(place.total_bytes >= place.free_bytes && place.free_bytes > 0);
}

#[test]
fn what_cannot_be_protected_is_refused() {
    let (folder, context) = start();
    let base = setup_request(folder.path());
    let database = folder.path().join("chats.db");
    fs::write(&database, "SQLite format 3\0").unwrap();
    for (roots, code) in [
        (vec![], Code::BadRequest),
        (vec![folder.path().join("absent")], Code::BadRequest),
        (vec![database], Code::BadRequest),
    ] {
        let error = set_up(&context, SetupRequest { roots, ..base.clone() }).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn a_second_deployment_of_the_name_is_refused() {
    let (folder, context) = start();
    set_up(&context, setup_request(folder.path())).unwrap();
    let error = set_up(&context, setup_request(folder.path())).unwrap_err();
    assert_eq!(error.code(), Code::DeploymentExists);
}

#[test]
fn archives_made_with_other_keys_are_not_mixed_with_new_ones() {
    let world = World::new();
    world.write("a", "a");
    world.backup(Level::Full);
    // Another machine, the same drive.
    let mut other = world.context.clone();
    other.home = crate::Home::new(world.path().join("other-home"));
    let error = set_up(&other, setup_request(world.path())).unwrap_err();
    assert_eq!(error.code(), Code::DeploymentExists);
}

#[test]
fn without_a_keyring_the_signing_key_is_a_file_and_the_identity_stays_sealed() {
    let (folder, mut context) = start();
    context.keyring = Arc::new(NoKeyring);
    let report = set_up(&context, setup_request(folder.path())).unwrap();
    assert!(!report.identity_in_keyring && report.signing_in == SigningPlace::File);
    assert_eq!(report.keyring_refused.unwrap().code(), Code::KeyringUnavailable);
    let error = context.vault(&report.id).unwrap().identity(&Given::default()).unwrap_err();
    assert_eq!(error.code(), Code::KeyNeeded);
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut items| items.next().is_none())
}

/// What is in it, and one that dies in the middle, as a process does that is killed.
#[derive(Default)]
struct Watched {
    held: Mutex<BTreeSet<(String, &'static str)>>,
    inner: MemoryKeyring,
    deadly: AtomicBool,
}

impl Keyring for Watched {
    fn get(&self, id: &str, which: Secret) -> crate::Result<Option<zeroize::Zeroizing<String>>> {
        self.inner.get(id, which)
    }
    fn set(&self, id: &str, which: Secret, value: &str) -> crate::Result<()> {
        assert!(which == Secret::Identity || !self.deadly.load(Ordering::Relaxed), "killed");
        self.held.lock().unwrap().insert((id.to_owned(), which.as_str()));
        self.inner.set(id, which, value)
    }
    fn delete(&self, id: &str, which: Secret) -> crate::Result<()> {
        self.held.lock().unwrap().remove(&(id.to_owned(), which.as_str()));
        self.inner.delete(id, which)
    }
}

fn watched() -> (tempfile::TempDir, Context, Arc<Watched>) {
    let (folder, mut context) = start();
    let keyring = Arc::new(Watched::default());
    context.keyring = keyring.clone();
    (folder, context, keyring)
}

#[track_caller]
fn assert_nothing_left(folder: &Path, keyring: &Watched) {
    assert!(keyring.held.lock().unwrap().is_empty(), "secrets stay in the keyring");
    assert!(is_empty(&folder.join("home/keys")), "keys stay");
    assert!(!folder.join("home/deployments/bot.toml").exists());
    assert!(!folder.join("drive").exists(), "something stays at the destination");
}

#[test]
fn one_that_fails_leaves_no_half_deployment() {
    let (folder, context, keyring) = watched();
    // At the destination, then at the settings: the last step.
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "a file where a folder is needed").unwrap();
    let request = SetupRequest { destination: Some(blocked.join("drive")), ..setup_request(folder.path()) };
    set_up(&context, request).unwrap_err();
    assert_nothing_left(folder.path(), &keyring);
    let deployments = folder.path().join("home/deployments");
    fs::write(&deployments, "a file where a folder is needed").unwrap();
    set_up(&context, setup_request(folder.path())).unwrap_err();
    assert_nothing_left(folder.path(), &keyring);
    fs::remove_file(deployments).unwrap();
    let report = set_up(&context, setup_request(folder.path())).unwrap();
    assert!(context.vault(&report.id).unwrap().signing_key().is_ok());
    assert!(!folder.path().join("home/keys").join(&report.id).join("unfinished.json").exists());
}

#[test]
fn one_that_fails_leaves_what_others_have_at_the_destination() {
    let (folder, context, _) = watched();
    set_up(&context, setup_request(folder.path())).unwrap();
    let request = SetupRequest { name: Some(DeploymentName::new("other").unwrap()), ..setup_request(folder.path()) };
    let settings = folder.path().join("home/deployments/other.toml");
    let job = Job::silent(context.clock.clone());
    let plan = setup::plan(&context, request, &job).unwrap();
    std::os::unix::fs::symlink("nowhere", &settings).unwrap();
    setup::run(&context, plan, &Passphrase::new(PASSPHRASE).unwrap()).unwrap_err();
    let drive = folder.path().join("drive/Holdfast");
    for file in ["bot/recovery-key.age", "HOW-TO-RESTORE.html", "restore.py"] {
        assert!(drive.join(file).is_file(), "{file}");
    }
    assert!(!drive.join("other").exists());
}

#[test]
fn what_a_killed_one_left_is_cleared_by_the_next_command() {
    let (folder, context, keyring) = watched();
    keyring.deadly.store(true, Ordering::Relaxed);
    let killed = || set_up(&context, setup_request(folder.path())).map(|_| ());
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(killed)).unwrap_err();
    assert_eq!(keyring.held.lock().unwrap().len(), 1, "it died with a secret in the keyring");
    keyring.deadly.store(false, Ordering::Relaxed);
    setup::sweep(&context).unwrap();
    assert_nothing_left(folder.path(), &keyring);

    // Killed later: the key lies beside archives that there are not, and a half-written file.
    let job = Job::silent(context.clock.clone());
    let profile = setup::plan(&context, setup_request(folder.path()), &job).unwrap().profile;
    let place = backup::destination(&profile).unwrap();
    setup::Unfinished::begin(&context, &profile, &place).unwrap();
    let keys = KeySet::generate().unwrap();
    let label = Label { deployment: profile.name.clone(), created: context.clock.now() };
    let sealed = seal(&keys, &label, &Passphrase::new(PASSPHRASE).unwrap(), Some(1)).unwrap();
    context.vault(&profile.id).unwrap().store_new(&keys, &sealed).unwrap();
    place.create().unwrap();
    let beside =
        Beside { recovery_key: sealed, openpgp_key: None, how_to: b"page".to_vec(), script: b"script".to_vec() };
    place.equip(&beside).unwrap();
    fs::write(crate::durable::partial_of(&place.recovery_key(), std::process::id()), "half").unwrap();
    let report = set_up(&context, setup_request(folder.path())).unwrap();
    assert!(keyring.held.lock().unwrap().iter().all(|(id, _)| *id == report.id));
    let left: Vec<_> = fs::read_dir(folder.path().join("home/keys")).unwrap().map(|i| i.unwrap().file_name()).collect();
    assert_eq!(left, [report.id.as_str()]);
    assert_eq!(fs::read_dir(place.dir()).unwrap().count(), 1, "the key alone, and no half of it");
}

#[test]
fn a_sweep_leaves_what_is_finished_or_in_use() {
    let (folder, context, keyring) = watched();
    let report = set_up(&context, setup_request(folder.path())).unwrap();
    let profile = deployment::find(&context.home, Some("bot")).unwrap();
    // Killed after the settings were written: all of it is there.
    setup::Unfinished::begin(&context, &profile, &backup::destination(&profile).unwrap()).unwrap();
    let note = folder.path().join("home/keys").join(&report.id).join("unfinished.json");
    let kept = fs::read(&note).unwrap();
    let lock = context.lock("bot", "a set-up").unwrap();
    setup::sweep(&context).unwrap();
    assert!(note.exists(), "it is at work");
    drop(lock);
    setup::sweep(&context).unwrap();
    assert!(!note.exists());
    // Settings that cannot be read may be its own.
    fs::write(&note, kept).unwrap();
    fs::write(folder.path().join("home/deployments/bot.toml"), "version = 1\nwhat").unwrap();
    setup::sweep(&context).unwrap();
    assert_eq!(keyring.held.lock().unwrap().len(), 2);
    assert!(folder.path().join("drive/Holdfast/bot/recovery-key.age").exists());
}
