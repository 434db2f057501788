use crate::deployment;
use crate::error::Error;
use crate::jobs::Job;
use crate::operations::setup::{self, SetupReport, SetupRequest};
use crate::operations::test_support::{HandClock, PASSPHRASE, World, context, setup_request};
use crate::operations::{Context, backup};
use crate::vault::{Given, MemoryKeyring, NoKeyring, Passphrase, SigningPlace};
use holdfast_domain::{Code, Level};
use std::fs;
use std::path::Path;
use std::sync::Arc;

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
fn what_cannot_be_protected_is_refused() {
    let (folder, context) = start();
    let base = setup_request(folder.path());
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for (roots, code) in [
        (vec![], Code::BadRequest),
        (vec![folder.path().join("absent")], Code::RootMissing),
        (vec![file], Code::RootMissing),
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

#[test]
fn one_that_fails_leaves_no_half_deployment() {
    let (folder, mut context) = start();
    context.keyring = Arc::new(MemoryKeyring::default());
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "a file where a folder is needed").unwrap();
    let request = SetupRequest { destination: blocked.join("drive"), ..setup_request(folder.path()) };
    set_up(&context, request).unwrap_err();
    assert!(is_empty(&folder.path().join("home/keys")) && is_empty(&folder.path().join("home/deployments")));
    let report = set_up(&context, setup_request(folder.path())).unwrap();
    assert!(context.vault(&report.id).unwrap().signing_key().is_ok());
}
