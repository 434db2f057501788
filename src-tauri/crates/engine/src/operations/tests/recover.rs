use super::super::recover::{self, Adoption, Anew, Opened, Place, RecoverRequest, Trust};
use super::super::restore::{Owners, Scope};
use super::super::test_support::{PASSPHRASE, World, context, tree};
use crate::deployment::{self, Destination};
use crate::operations::reading::Signature;
use crate::operations::{Context, keys};
use crate::vault::{Given, KeySet, Keyring, MemoryKeyring, Passphrase, Secret, SigningPlace};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::sync::Arc;

/// Another machine that knows nothing, in a folder of the same world.
fn machine(world: &World, name: &str) -> Context {
    context(&world.path().join(name), &world.clock)
}

fn open(world: &World) -> Opened {
    let deposit = recover::find(&world.path().join("drive")).unwrap().deposit(None).unwrap().clone();
    let given = Given { passphrase: Some(Passphrase::new(PASSPHRASE).unwrap()), ..Given::default() };
    recover::open(&world.context, deposit, &given, &Trust::default(), &world.job()).unwrap()
}

fn request(archive: &ArchiveName, place: Place) -> RecoverRequest {
    RecoverRequest {
        archive: archive.clone(),
        scope: Scope::default(),
        place,
        owners: Owners::default(),
        emergency: true,
        adopt: true,
        anew: None,
    }
}

fn into(folder: &Path) -> Place {
    Place::Into(folder.to_owned())
}

#[test]
fn keys_settings_and_catalog_are_there_afterwards_and_the_next_backup_is_incremental() {
    let mut world = World::new();
    world.profile.exclude = vec!["*.tmp".to_owned()];
    world.profile.notes = "mine".to_owned();
    world.write("a.txt", "a");
    let full = world.backup(Level::Full).archive;
    let keyring = Arc::new(MemoryKeyring::default());
    let here = Context { keyring: keyring.clone(), ..machine(&world, "laptop") };
    let opened = open(&world);
    let to = world.path().join("new");
    let plan = recover::plan(&here, &opened, request(&full, into(&to)), &world.job()).unwrap();
    assert!(matches!(&plan.adoption, Adoption::Will { carried: true, .. }), "{:?}", plan.adoption);
    assert!(!here.home.path().exists(), "a plan left something here");
    let report = recover::run(&here, &opened, plan, &world.job()).unwrap();
    assert_eq!(report.restored.outcome, Outcome::Done, "{:?}", report.restored.problems);
    let adopted = report.adopted.unwrap();
    assert_eq!((adopted.identity_in_keyring, adopted.signing_in), (true, SigningPlace::Keyring));
    assert_eq!(adopted.recorded, std::slice::from_ref(&full));
    assert!(keyring.get(&world.profile.id, Secret::Identity).unwrap().is_some());
    let profile = deployment::find(&here.home, None).unwrap();
    assert_eq!((profile.id.as_str(), profile.notes.as_str()), (world.profile.id.as_str(), "mine"));
    assert_eq!(profile.exclude, ["*.tmp"]);
    assert_eq!(profile.roots[0].path, to.join("data"));
    assert_eq!(profile.destinations, [Destination::folder(world.path().join("drive"))]);

    world.advance_hours(1);
    std::fs::write(to.join("data/b.txt"), "b").unwrap();
    std::fs::write(to.join("data/c.tmp"), "left out").unwrap();
    (world.context, world.profile) = (here, profile);
    let next = world.backup(Level::Daily);
    assert_eq!((next.level, next.signed, &world.row(&next.archive).needs), (Level::Daily, true, &vec![full]));
    assert_eq!(next.files, 2);
}

#[test]
fn trusted_people_open_what_is_archived_after_a_recovery() {
    let mut world = World::new();
    world.write("a.txt", "a");
    let ana = KeySet::generate().unwrap();
    keys::add_person(&world.context, &world.profile, "Ana", &ana.recipient()).unwrap();
    let full = world.backup(Level::Full).archive;
    let here = machine(&world, "laptop");
    let opened = open(&world);
    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("new"))), &world.job()).unwrap();
    let adopted = recover::run(&here, &opened, plan, &world.job()).unwrap().adopted;
    assert!(adopted.is_some());
    let vault = here.vault(&world.profile.id).unwrap();
    assert_eq!(vault.public().unwrap().people[0].name, "Ana");
    assert!(vault.openpgp().is_ok());
    let profile = deployment::find(&here.home, None).unwrap();
    (world.context, world.profile) = (here, profile);
    world.advance_hours(1);
    let next = world.backup(Level::Hourly);
    assert_eq!(next.level, Level::Hourly, "a full one is not needed: the same people open both");
}

#[test]
fn an_archive_that_is_not_known_to_be_ours_names_no_trusted_people() {
    let world = World::new();
    world.write("a.txt", "a");
    let stranger = KeySet::generate().unwrap();
    keys::add_person(&world.context, &world.profile, "Eve", &stranger.recipient()).unwrap();
    let full = world.backup(Level::Full).archive;
    let deposit = recover::find(&world.path().join("drive")).unwrap().deposit(None).unwrap().clone();
    let given = Given { passphrase: Some(Passphrase::new(PASSPHRASE).unwrap()), ..Given::default() };
    // The kit in the person's hand names another signing key.
    let trust = Trust { signed_by: KeySet::generate().unwrap().signing_public(), accept_unverified: true };
    let opened = recover::open(&world.context, deposit, &given, &trust, &world.job()).unwrap();
    let here = machine(&world, "laptop");
    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("new"))), &world.job()).unwrap();
    recover::run(&here, &opened, plan, &world.job()).unwrap().adopted.unwrap();
    assert!(here.vault(&world.profile.id).unwrap().public().unwrap().people.is_empty());
}

#[test]
fn the_printed_key_goes_on_with_a_new_passphrase() {
    let mut world = World::new();
    world.write("a.txt", "a");
    let full = world.backup(Level::Full).archive;
    let printed = world.context.vault(&world.profile.id).unwrap();
    let public = printed.public().unwrap().signing;
    let deposit = recover::find(&world.path().join("drive")).unwrap().deposit(None).unwrap().clone();
    let identity = world.reading().keys().identity_line();
    let given = Given { identity_text: Some(identity), ..Given::default() };
    let trust = Trust { signed_by: Some(public), ..Trust::default() };
    let opened = recover::open(&world.context, deposit, &given, &trust, &world.job()).unwrap();
    assert!(opened.has_bare_key());
    let here = machine(&world, "laptop");
    let asked = request(&full, into(&world.path().join("new")));
    let plan = recover::plan(&here, &opened, asked.clone(), &world.job()).unwrap();
    assert!(matches!(&plan.adoption, Adoption::Cannot(_)), "{:?}", plan.adoption);
    drop(plan);
    let new = Passphrase::new("another one, for here").unwrap();
    let asked = RecoverRequest { anew: Some(Anew { passphrase: new.clone(), work_factor: Some(1) }), ..asked };
    let plan = recover::plan(&here, &opened, asked, &world.job()).unwrap();
    let report = recover::run(&here, &opened, plan, &world.job()).unwrap();
    assert_eq!(report.restored.outcome, Outcome::Done, "{:?}", report.restored.problems);

    // The drive opens with the new passphrase, and all of it is trusted: the old archive and the next.
    let profile = deployment::find(&here.home, None).unwrap();
    (world.context, world.profile) = (here, profile);
    world.advance_hours(1);
    std::fs::write(world.path().join("new/data/b.txt"), "b").unwrap();
    let next = world.backup(Level::Hourly);
    assert_eq!((next.level, next.signed), (Level::Hourly, true));
    let deposit = recover::find(&world.path().join("drive")).unwrap().deposit(None).unwrap().clone();
    let given = Given { passphrase: Some(new), ..Given::default() };
    let again = recover::open(&world.context, deposit.clone(), &given, &Trust::default(), &world.job()).unwrap();
    assert!(again.candidates.iter().all(|one| one.signature == Some(Signature::Good)), "{:?}", again.candidates);
    let given = Given { passphrase: Some(Passphrase::new(PASSPHRASE).unwrap()), ..Given::default() };
    let old = recover::open(&world.context, deposit, &given, &Trust::default(), &world.job());
    assert_eq!(old.unwrap_err().code(), Code::WrongPassphrase);
}

#[test]
fn settings_that_an_archive_does_not_carry_are_found_anew() {
    let world = World::new();
    for (path, content) in [("webui.db", "x"), ("uploads/a.pdf", "a"), ("vector_db/x", "x")] {
        world.write(path, content);
    }
    let full = world.backup(Level::Full).archive;
    let mut opened = open(&world);
    let candidate = &mut opened.candidates[0];
    let mut manifest = candidate.manifest.as_deref().unwrap().clone();
    manifest.settings = Some(serde_json::json!({ "version": 99, "from": "the future" }));
    candidate.manifest = Some(Arc::new(manifest));
    let here = machine(&world, "laptop");
    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("new"))), &world.job()).unwrap();
    assert!(matches!(&plan.adoption, Adoption::Will { carried: false, .. }), "{:?}", plan.adoption);
    recover::run(&here, &opened, plan, &world.job()).unwrap();
    let profile = deployment::find(&here.home, None).unwrap();
    assert_eq!(profile.preset.as_deref(), Some("open-webui"));
    assert_eq!(profile.name, world.profile.name);
}

#[test]
fn what_cannot_be_protected_is_restored_and_said() {
    let world = World::new();
    world.write("a.txt", "a");
    let full = world.backup(Level::Full).archive;
    // Another deployment has the name already.
    let here = machine(&world, "laptop");
    let mut other = world.profile.clone();
    other.id = "0123456789abcdef0123456789abcdef".to_owned();
    deployment::create(&here.home, &other).unwrap();
    let opened = open(&world);
    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("one"))), &world.job()).unwrap();
    let report = recover::run(&here, &opened, plan, &world.job()).unwrap();
    assert_eq!(report.restored.outcome, Outcome::Problems);
    assert!(report.restored.problems.iter().any(|problem| problem.code == Code::NotProtected));
    assert_eq!(deployment::find(&here.home, None).unwrap().id, other.id);
    assert!(!here.home.keys(&world.profile.id).exists());

    // A copy of the folder elsewhere is good to restore from, and no place to go on.
    let copy = world.path().join("my copy");
    std::fs::create_dir(&copy).unwrap();
    for item in std::fs::read_dir(world.archives().dir()).unwrap().map(|item| item.unwrap()) {
        std::fs::copy(item.path(), copy.join(item.file_name())).unwrap();
    }
    let here = machine(&world, "second");
    let deposit = recover::find(&copy).unwrap().deposit(None).unwrap().clone();
    let given = Given { passphrase: Some(Passphrase::new(PASSPHRASE).unwrap()), ..Given::default() };
    let opened = recover::open(&world.context, deposit, &given, &Trust::default(), &world.job()).unwrap();
    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("two"))), &world.job()).unwrap();
    let report = recover::run(&here, &opened, plan, &world.job()).unwrap();
    assert!(report.restored.problems.iter().any(|problem| problem.cause.contains("Holdfast/bot")), "{report:?}");
    assert_eq!(tree(&world.path().join("two/data")), world.tree());
    assert!(report.adopted.is_none() && !here.home.deployments().exists());
}

#[test]
fn owners_are_matched_by_name_and_unknown_ones_are_told() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: giving files to other owners needs root");
        return;
    }
    let world = World::new();
    let etc = |context: &Context, passwd: &str, group: &str| {
        std::fs::create_dir_all(&context.etc).unwrap();
        std::fs::write(context.etc.join("passwd"), passwd).unwrap();
        std::fs::write(context.etc.join("group"), group).unwrap();
    };
    etc(
        &world.context,
        "root:x:0:0::/:\nana:x:1501:1501::/:\nbot:x:1777:1777::/:\n",
        "root:x:0:\nana:x:1501:\nbot:x:1777:\n",
    );
    for (path, owner) in [("of ana", 1501), ("of bot", 1777), ("of a number", 1999)] {
        world.write(path, "x");
        chown(world.root().join(path), Some(owner), Some(owner)).unwrap();
    }
    let full = world.backup(Level::Full).archive;
    let opened = open(&world);
    let here = machine(&world, "laptop");
    etc(&here, "root:x:0:0::/:\nana:x:1600:1600::/:\nweb:x:1777:33::/:\n", "root:x:0:\nana:x:1600:\n");
    let job = world.job();

    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("plain"))), &job).unwrap();
    let told: Vec<_> = plan.restore.preview.notices.iter().filter(|n| n.code == Code::OwnerUnknown).collect();
    let subjects: Vec<&str> = told.iter().map(|notice| notice.subject.as_str()).collect();
    assert_eq!(subjects, ["bot (group)", "bot (user)"], "{told:?}");
    assert!(told[1].cause.contains("1 entries keep the number 1777, which is that of web here"), "{told:?}");
    let strange: Vec<_> = plan.owners.iter().map(|o| (o.name.as_str(), o.entries, o.becomes.as_str())).collect();
    assert_eq!(strange, [("bot", 1, "1777"), ("bot", 1, "web")], "the group's number, the user whose number it is");
    recover::run(&here, &opened, plan, &job).unwrap();
    let owner = |folder: &str, file: &str| {
        let meta = std::fs::metadata(world.path().join(folder).join("data").join(file)).unwrap();
        (meta.uid(), meta.gid())
    };
    assert_eq!(owner("plain", "of ana"), (1600, 1600));
    assert_eq!(owner("plain", "of bot"), (1777, 1777));
    assert_eq!(owner("plain", "of a number"), (1999, 1999));

    let rules =
        |rules: &[(&str, &str)]| rules.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let owners =
        Owners::new(&rules(&[("bot", "ana"), ("1999", "7")]), &rules(&[("bot", "1600")]), &here.users()).unwrap();
    let asked = RecoverRequest { owners, adopt: false, ..request(&full, into(&world.path().join("mapped"))) };
    let plan = recover::plan(&here, &opened, asked, &job).unwrap();
    assert!(plan.restore.preview.notices.iter().all(|n| n.code != Code::OwnerUnknown));
    let becomes: Vec<&str> = plan.owners.iter().map(|owner| owner.becomes.as_str()).collect();
    assert_eq!(becomes, ["ana", "ana"], "they can be named otherwise still");
    recover::run(&here, &opened, plan, &job).unwrap();
    assert_eq!(owner("mapped", "of bot"), (1600, 1600));
    assert_eq!(owner("mapped", "of a number"), (7, 1999));
}

#[test]
fn rows_that_name_the_old_place_are_told() {
    let world = World::new();
    world.sql("webui.db", "CREATE TABLE file (path TEXT)");
    let row = world.root().join("uploads/a.pdf");
    world.sql("webui.db", &format!("INSERT INTO file VALUES ('{}'), ('elsewhere')", row.display()));
    let full = world.backup(Level::Full).archive;
    let here = machine(&world, "laptop");
    let opened = open(&world);
    let plan = recover::plan(&here, &opened, request(&full, into(&world.path().join("new"))), &world.job()).unwrap();
    assert!(plan.restore.preview.notices.iter().any(|notice| notice.code == Code::OriginDiffers));
    let report = recover::run(&here, &opened, plan, &world.job()).unwrap();
    let told: Vec<&str> = report.restored.problems.iter().map(|problem| problem.cause.as_str()).collect();
    assert!(told.iter().any(|cause| cause.ends_with("1 in file.path")), "{told:?}");
    assert_eq!(report.restored.outcome, Outcome::Done);
}

#[test]
fn a_recovery_that_fails_leaves_the_place_and_this_machine_as_they_were() {
    let world = World::new();
    let mut noise = vec![0; 3 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("a.txt", noise);
    let full = world.backup(Level::Full).archive;
    let path = world.archives().archive(&full);
    let mut bytes = std::fs::read(&path).unwrap();
    world.write("a.txt", "what is there now");
    let before = world.tree();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    // It was whole when it was looked at.
    let opened = open(&world);
    std::fs::write(&path, bytes).unwrap();
    let here = machine(&world, "laptop");
    let asked = request(&full, Place::Original { moved: Vec::new() });
    let plan = recover::plan(&here, &opened, asked, &world.job()).unwrap();
    let error = recover::run(&here, &opened, plan, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::ArchiveDamaged, "{error}");
    assert_eq!(world.tree(), before);
    assert!(!here.home.deployments().exists() && !here.home.keys(&world.profile.id).exists());
    let left: Vec<_> = std::fs::read_dir(world.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".holdfast")), "{left:?}");
}

/// The same verdict as that of `status`: a newer one that is not whole is had by its name or time.
#[test]
fn the_newest_whole_one_is_offered_and_what_a_restore_put_aside_where_no_other_is_whole() {
    let world = World::new();
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    let choose = |text: Option<&str>| {
        let opened = open(&world);
        let zone = jiff::tz::TimeZone::UTC;
        recover::choose(&opened.candidates, text, world.context.clock.now(), &zone).unwrap().archive.clone()
    };
    let full = world.backup(Level::Full).archive;
    world.advance_hours(1);
    let before = world.backup_as(Level::Hourly, Kind::Emergency).archive;
    assert_eq!(choose(None), full, "what a restore put aside was given up for another");
    let mut others = open(&world).candidates;
    others.retain(|candidate| candidate.archive != full);
    let zone = jiff::tz::TimeZone::UTC;
    let only = recover::choose(&others, None, world.context.clock.now(), &zone).unwrap();
    assert_eq!(only.archive, before, "it counts where no other is whole");
    world.remove("chat.db");
    world.write("other.txt", "so that the folder is not empty");
    world.advance_hours(1);
    let damaged = world.backup(Level::Hourly).archive;
    world.advance_hours(1);
    world.backup_as(Level::Hourly, Kind::Emergency);
    assert_eq!(choose(None), full);
    assert_eq!(choose(Some("latest")), full);
    assert_eq!(choose(Some("now")), damaged, "a time means what was made until then");
    assert_eq!(choose(Some(damaged.as_str())), damaged);
    let opened = open(&world);
    assert_eq!(recover::next_good(&opened.candidates, &damaged, &damaged).unwrap().archive, full);
    assert_eq!(recover::next_good(&opened.candidates, &before, &before).unwrap().archive, full);
}
