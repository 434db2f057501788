//! What a window asks before anything is protected here: a first run, and a recovery.
use super::tests::{PASSPHRASE, World, service};
use crate::requests::{RecoverOpenArgs, RecoverPlanArgs, RecoverTrustArgs};
use crate::words::window::InWindow;
use crate::{Code, Failure, Keys, Machine, ProposePlaceArgs, RecoverArgs, RecoverOpened, Service, SetupArgs};
use holdfast_engine::vault::{MemoryKeyring, NoKeyring, Passphrase};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// As the window's page sends it.
fn setup_args(roots: &[&Path], destination: Option<&Path>, include: &[&Path]) -> SetupArgs {
    let sent = serde_json::json!({
        "name": null, "roots": roots, "destination": destination, "exclude": [], "include_recreatable": include,
        "preset": null, "near": [], "health_url": null,
    });
    serde_json::from_value(sent).unwrap()
}

/// What the window reads.
fn read(answer: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(InWindow(answer)).unwrap()
}

/// A failure as the window shows it: nothing of it asks for a command.
fn next_step(failure: &Failure) -> String {
    let said = read(failure)["next_step"].as_str().unwrap().to_owned();
    assert!(!said.contains("--") && !said.contains("holdfast ") && !said.contains("sudo"), "{said}");
    said
}

/// What a window says beside the fields while somebody types, and the name that it offers.
#[test]
fn what_is_typed_in_a_first_run_is_checked_field_by_field() {
    let bare = Bare::new();
    let check = |name: &str, exclude: &[&str]| {
        let args = serde_json::json!({ "name": name, "exclude": exclude });
        let answer = bare.service.check_setup(&serde_json::from_value(args).unwrap()).unwrap();
        let fields: Vec<String> = answer.problems.iter().map(|problem| problem.field.clone()).collect();
        (fields.join(" "), answer.name.map(String::from))
    };
    assert_eq!(check("My Bot", &["*.tmp"]), ("name".into(), Some("my-bot".into())));
    assert_eq!(check("my-bot", &["*.tmp", "[", ""]), ("exclude.1".into(), Some("my-bot".into())));
    assert_eq!(check("", &[]), ("name".into(), None));
    assert_eq!(check(" data ", &[]), (String::new(), Some("data".into())));
    let place = bare.home().join("archives");
    let planned = bare.service.plan_setup(setup_args(&[&bare.data()], Some(&place), &[]), &bare.job).unwrap();
    bare.service.setup(planned, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
    assert_eq!(check("data", &[]), ("name".into(), Some("data-2".into())));
    assert_eq!(check("Data", &[]), ("name".into(), Some("data-2".into())));
}

#[test]
fn patterns_that_leave_nothing_are_refused_and_what_would_be_missed_is_named() {
    let bare = Bare::new();
    fs::write(bare.data().join("webui.db"), "x").unwrap();
    fs::write(bare.data().join(".env"), "KEY=1").unwrap();
    let check = |exclude: &[&str]| {
        let args = serde_json::json!({ "name": "data", "exclude": exclude, "roots": [bare.data()] });
        bare.service.check_setup(&serde_json::from_value(args).unwrap()).unwrap()
    };
    let told = |found: &[crate::FieldProblem]| {
        found.iter().map(|one| (one.field.clone(), one.note.title.clone())).collect::<Vec<_>>()
    };
    let nothing = check(&["*"]);
    assert_eq!(told(&nothing.problems), [("exclude.0".to_owned(), "Nothing would be protected.".to_owned())]);
    assert!(nothing.warnings.is_empty());
    let some = check(&["none", "*.db", ".env"]);
    assert!(some.problems.is_empty(), "{some:?}");
    let warned = told(&some.warnings);
    assert_eq!(warned[0], ("exclude.1".to_owned(), "webui.db, a database, would be in no archive.".to_owned()));
    assert_eq!(warned[1], ("exclude.2".to_owned(), ".env, with keys, would be in no archive.".to_owned()));

    let mut args = setup_args(&[&bare.data()], None, &[]);
    args.exclude = vec!["*".to_owned()];
    let refused = bare.service.plan_setup(args, &bare.job).unwrap_err();
    assert!(refused.code == Code::BadRequest && refused.cause.contains("leaves nothing"), "{refused:?}");
    let mut args = setup_args(&[&bare.data()], None, &[]);
    args.exclude = vec!["*.db".to_owned(), ".env".to_owned()];
    let look = bare.service.plan_setup(args, &bare.job).unwrap().preview;
    let notices = look.problems.iter().filter(|note| note.code == Code::LeftOutByPattern);
    assert_eq!(notices.map(|note| note.severity).collect::<Vec<_>>(), [holdfast_domain::Severity::Notice; 2]);
    assert!(look.contents.left_out.iter().any(|left| left.by_pattern), "{:?}", look.contents.left_out);
    assert!(look.contents.secrets.iter().all(|secret| secret.left_out), "{:?}", look.contents.secrets);
}

#[test]
fn a_kit_beside_the_chatbot_says_so() {
    let bare = Bare::new();
    let place = bare.home().join("archives");
    let planned = bare.service.plan_setup(setup_args(&[&bare.data()], Some(&place), &[]), &bare.job).unwrap();
    bare.service.setup(planned, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
    let page = crate::KitPlace::File(bare.home().join("kit.html"));
    let (answer, _) = bare.service.kit(None, &page, &Keys::default()).unwrap();
    let said: Vec<&str> = answer.problems.iter().map(|note| note.title.as_str()).collect();
    assert_eq!(said, ["The page lies on the disk of the chatbot."]);
    assert_eq!(answer.outcome, holdfast_domain::Outcome::Done);
}

#[test]
fn a_secret_that_is_kept_elsewhere_is_set_aside() {
    let bare = Bare::new();
    let sent = |without: &[&str]| {
        let args = serde_json::json!({
            "name": null, "roots": [bare.data()], "destination": null, "exclude": [], "include_recreatable": [],
            "preset": "open-webui", "near": [], "health_url": null, "without_secrets": without,
        });
        let look = bare.service.plan_setup(serde_json::from_value(args).unwrap(), &bare.job).unwrap();
        let told = look.preview.problems.into_iter().filter(|note| note.code == Code::SecretNotFound);
        told.map(|note| note.subject).collect::<Vec<_>>()
    };
    assert_eq!(sent(&[]), ["WEBUI_SECRET_KEY"]);
    assert_eq!(sent(&["WEBUI_SECRET_KEY"]), Vec::<String>::new());
}

struct Bare {
    folder: tempfile::TempDir,
    service: Service,
    job: Arc<crate::Job>,
}

impl Bare {
    /// A machine with a chatbot, and nothing set up.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = service(&folder.path().join("home/.holdfast"), Arc::new(MemoryKeyring::default()));
        let job = crate::Job::silent(service.clock().clone());
        let bare = Self { folder, service, job };
        fs::create_dir_all(bare.data().join("node_modules/x")).unwrap();
        fs::write(bare.data().join("a.txt"), "one").unwrap();
        fs::write(bare.data().join("node_modules/x/index.js"), "four").unwrap();
        bare
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn data(&self) -> PathBuf {
        self.home().join("data")
    }
}

#[test]
fn a_first_run_looks_first_and_takes_a_place_later() {
    let bare = Bare::new();
    let data = bare.data();
    let look = bare.service.plan_setup(setup_args(&[&data], None, &[]), &bare.job).unwrap();
    let seen = read(&look.preview);
    assert_eq!((&seen["archives"], &seen["place"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!((&seen["files"], &seen["left_out"][0]["files"]), (&1.into(), &1.into()), "{seen}");
    let passphrase = Passphrase::new(PASSPHRASE).unwrap();
    let failure = bare.service.setup(look, &passphrase).unwrap_err();
    assert_eq!(failure.code, Code::BadRequest);
    assert_eq!(next_step(&failure), "Choose where the archives will be kept, then go on.");
    assert!(!bare.home().join(".holdfast/deployments").exists(), "a look leaves nothing");

    let machine = Machine::new(bare.home());
    let asked = ProposePlaceArgs { roots: vec![data.clone()], bytes: 3 };
    let place = bare.service.propose_place(&machine, &asked);
    let Some(place) = place else {
        eprintln!("skipped: no folder below {} would outlive a restart, or has room", bare.home().display());
        return;
    };
    assert_eq!(place.path, bare.home().canonicalize().unwrap().join("Backups"));
    let nowhere = ProposePlaceArgs { bytes: u64::MAX, ..asked };
    assert!(bare.service.propose_place(&machine, &nowhere).is_none());

    // The window gives back paths of what is left out.
    let left = PathBuf::from(seen["left_out"][0]["path"].as_str().unwrap());
    let args = setup_args(&[&data], Some(&place.path), &[&left]);
    let planned = bare.service.plan_setup(args, &bare.job).unwrap();
    let seen = read(&planned.preview);
    assert_eq!((&seen["files"], &seen["left_out"]), (&2.into(), &serde_json::json!([])));
    assert_eq!((&seen["place"]["kind"], &seen["place"]["same_disk"]), (&"folder".into(), &true.into()));
    assert!(seen["place"]["free_bytes"].as_u64() > Some(0) && seen["place"]["name"] == "Backups");
    assert_eq!(seen["archives"].as_str(), place.path.join("Holdfast/data").to_str());
    let answer = bare.service.setup(planned, &passphrase).unwrap();
    assert_eq!((answer.files, answer.archives), (2, place.path.join("Holdfast/data")));
    let made = bare.service.backup(&World::backup_args(None), &bare.job).unwrap();
    assert_eq!(made.files, 2, "what was ticked is in the archive");

    // The same place again, by somebody who knows nothing of it.
    let stranger = service(&bare.folder.path().join("other"), Arc::new(NoKeyring));
    let args = setup_args(&[&data], Some(&place.path), &[]);
    let failure = stranger.plan_setup(args, &bare.job).unwrap_err();
    assert_eq!(failure.code, Code::DeploymentExists);
    next_step(&failure);
}

fn open(fresh: &Service, folder: &Path, keys: &serde_json::Value, job: &crate::Job) -> crate::Answer<RecoverOpened> {
    let args: RecoverOpenArgs =
        serde_json::from_value(serde_json::json!({ "folder": folder, "keys": keys, "signed_by": null })).unwrap();
    let found = fresh.recover_find(&args.folder)?;
    fresh.recover_open(&found, args.deployment.as_ref().map(holdfast_domain::DeploymentName::as_str), &args.keys(), job)
}

#[test]
fn a_recovery_with_the_printed_key_in_a_file_is_trusted_step_by_step() {
    let world = World::new();
    world.backup(None);
    let public = world.service.key(None).unwrap().signing_public;
    let identity = world.service.reading(Some(&world.service.profile(None).unwrap()), None, &Keys::default());
    let file = world.folder().join("key.txt");
    fs::write(&file, identity.unwrap().keys().identity_line().as_str()).unwrap();
    let fresh = service(&world.folder().join("fresh"), Arc::new(NoKeyring));
    let found = fresh.recover_find(&world.folder().join("archives")).unwrap();
    let folder = found.deployments[0].folder.clone();
    let given = |file: &Path| serde_json::json!({ "passphrase": null, "identity": null, "identity_file": file, "accept_unverified": false });

    let opened = open(&fresh, &folder, &given(&file), &world.job).unwrap();
    assert!(opened.answer.needs_new_passphrase && !opened.answer.signer_known);
    let moment = &opened.answer.moments[0];
    assert!(!moment.restorable);
    assert_eq!(moment.problem.as_ref().map(|note| note.code), Some(Code::Unsigned));
    let plan = |opened: &RecoverOpened| {
        let sent = serde_json::json!({
            "opened": "plan-1", "at": null, "components": [], "paths": [], "into": world.folder().join("new"),
            "moved": [], "users": [["nobody-is-called-so", "0"]], "groups": [], "emergency": true, "adopt": true,
            "new_passphrase": "another one entirely",
        });
        let (_, args) = serde_json::from_value::<RecoverPlanArgs>(sent).unwrap().split().unwrap();
        fresh.plan_recover(opened, &args, &world.job)
    };
    let failure = plan(&opened).unwrap_err();
    assert_eq!(failure.code, Code::Unsigned);
    assert!(next_step(&failure).contains("go on without."), "{failure:?}");

    let sent = |signed_by: Option<&str>| -> RecoverTrustArgs {
        let sent = serde_json::json!({
            "opened": "plan-1", "signed_by": signed_by, "accept_unverified": signed_by.is_none()
        });
        serde_json::from_value(sent).unwrap()
    };
    let trust = |args: RecoverTrustArgs| {
        fresh.recover_trusting(&opened, args.signed_by.as_deref(), args.accept_unverified, &world.job)
    };
    next_step(&trust(sent(Some("nonsense"))).unwrap_err());
    let unverified = trust(sent(None)).unwrap();
    assert!(unverified.answer.moments[0].restorable && !unverified.answer.signer_known);
    let trusted = trust(sent(Some(&public))).unwrap();
    assert!(trusted.answer.signer_known && trusted.answer.moments[0].restorable);
    assert_eq!(trusted.answer.moments[0].signature, Some("good"));
    let planned = plan(&trusted).unwrap();
    assert!(planned.preview.owners.is_empty(), "nobody here is a stranger: {:?}", planned.preview.owners);
    assert_eq!(planned.preview.protection.state, "will");
    let answer = fresh.recover(&trusted, planned, &world.job).unwrap();
    assert!(answer.protected.is_some());
    assert_eq!(fs::read_to_string(world.folder().join("new/data/a.txt")).unwrap(), "one");
}

#[test]
fn failures_of_a_recovery_have_nothing_to_type_for_a_window() {
    let world = World::new();
    world.backup(None);
    let fresh = service(&world.folder().join("fresh"), Arc::new(NoKeyring));
    let drive = world.folder().join("archives");
    let folder = drive.join("Holdfast/bot");
    for from in [&world.folder().join("absent"), &world.data(), &world.data().join("a.txt"), Path::new("s3://bucket")] {
        next_step(&fresh.recover_find(from).unwrap_err());
    }
    let none = serde_json::json!({ "passphrase": null, "identity": null, "accept_unverified": false });
    assert_eq!(open(&fresh, &folder, &none, &world.job).unwrap_err().code, Code::KeyNeeded);
    let wrong = serde_json::json!({ "passphrase": "wrong", "identity": null, "accept_unverified": false });
    let failure = open(&fresh, &folder, &wrong, &world.job).unwrap_err();
    assert_eq!(failure.code, Code::WrongPassphrase);
    next_step(&failure);
    // The sealed key, taken for the printed one; a file that is none; one that is not there.
    let sealed = folder.join("recovery-key.age");
    for (file, code) in [
        (sealed.clone(), Code::KeyNeeded),
        (world.data().join("a.txt"), Code::WrongKey),
        (world.folder().join("absent"), Code::InputOutput),
    ] {
        let keys = serde_json::json!({
            "passphrase": null, "identity": null, "identity_file": file, "accept_unverified": false
        });
        let failure = open(&fresh, &folder, &keys, &world.job).unwrap_err();
        assert_eq!(failure.code, code, "{failure:?}");
        next_step(&failure);
    }
    let right = serde_json::json!({ "passphrase": PASSPHRASE, "identity": null, "accept_unverified": false });
    let opened = open(&fresh, &folder, &right, &world.job).unwrap();
    let at = RecoverArgs { at: Some("1999-01-01".to_owned()), ..RecoverArgs::default() };
    let failure = fresh.plan_recover(&opened, &at, &world.job).unwrap_err();
    assert_eq!(next_step(&failure), "Choose another of the moments that can be had.", "{failure:?}");
    let archive = fs::read_dir(&folder).unwrap().flatten().map(|item| item.path());
    let archive = archive.into_iter().find(|path| path.to_string_lossy().ends_with(".age") && *path != sealed).unwrap();
    let length = archive.metadata().unwrap().len();
    fs::OpenOptions::new().write(true).open(&archive).unwrap().set_len(length / 2).unwrap();
    let opened = open(&fresh, &folder, &right, &world.job).unwrap();
    let failure = fresh.plan_recover(&opened, &RecoverArgs::default(), &world.job).unwrap_err();
    assert!(next_step(&failure).ends_with("got out all the same."), "{failure:?}");
    fs::remove_file(&sealed).unwrap();
    let failure = open(&fresh, &folder, &none, &world.job).unwrap_err();
    assert!(next_step(&failure).starts_with("Give the recovery key from the kit; or"), "{failure:?}");
}
