use crate::archive::{ArchiveReader, ReadCount};
use crate::error::Error;
use crate::operations::keys::{self, TypedBack};
use crate::operations::reading::{Reading, Signature};
use crate::operations::test_support::{PASSPHRASE, World};
use crate::vault::Reach;
use crate::vault::kit::groups;
use crate::vault::{Given, KeySet, NoKeyring, Passphrase};
use holdfast_domain::{Code, Level};
use std::fs;
use std::sync::Arc;
use zeroize::Zeroizing;

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE).unwrap()
}

fn with_passphrase(text: &str) -> Given {
    Given { passphrase: Some(Passphrase::new(text).unwrap()), ..Given::default() }
}

fn own_keys(world: &World) -> KeySet {
    world.context.vault(&world.profile.id).unwrap().identity(&Given::default()).unwrap()
}

fn rotate(world: &World, signing: bool) -> keys::RotateReport {
    let plan = keys::plan_rotation(&world.context, &world.profile, signing, Some(1)).unwrap();
    keys::rotate(&world.context, plan, &passphrase()).unwrap()
}

fn whole(text: &str) -> TypedBack {
    TypedBack::Whole(Zeroizing::new(text.to_owned()))
}

fn printed(keys: &KeySet) -> Vec<String> {
    groups::of(&keys.identity_line()).map(|group| format!("{}{}", *group.letters, group.check)).collect()
}

fn check(world: &World, typed: &TypedBack) -> Result<keys::Proof, Error> {
    keys::check(&world.context, &world.profile, typed, None)
}

#[test]
fn the_kit_has_what_a_recovery_needs_and_is_of_the_present_key() {
    let world = World::new();
    let kit = keys::kit(&world.context, &world.profile, &own_keys(&world)).unwrap();
    assert_eq!(kit.keys.identity_line(), own_keys(&world).identity_line());
    assert!(kit.places[0].0.ends_with("/drive"), "{:?}", kit.places);
    assert_eq!(kit.places[0].1, Reach::Computer, "a folder on this computer's disk is no drive");
    assert_eq!((kit.host.as_str(), kit.made_local.as_str()), ("testhost", "2100-03-01 12:00"));
    let stranger = KeySet::generate().unwrap();
    assert_eq!(keys::kit(&world.context, &world.profile, &stranger).unwrap_err().code(), Code::WrongKey);
}

#[test]
fn the_kit_is_never_left_where_it_would_be_backed_up_or_found() {
    let world = World::new();
    fs::create_dir_all(world.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(world.root(), world.path().join("elsewhere/link")).unwrap();
    fs::write(world.path().join("elsewhere/taken"), "").unwrap();
    let place = |path: &str| keys::require_place(&world.context, &world.profile, &world.path().join(path));
    for path in [
        "data/kit.html",
        "elsewhere/link/kit.html",
        "elsewhere/../data/kit.html",
        "drive/kit.html",
        "drive/Holdfast/bot/kit.html",
        "home/kit.html",
        "elsewhere/taken",
    ] {
        assert_eq!(place(path).unwrap_err().code(), Code::BadRequest, "{path}");
    }
    assert_eq!(place("absent/kit.html").unwrap_err().code(), Code::InputOutput);
    place("elsewhere/kit.html").unwrap();
}

#[test]
fn a_kit_is_proven_by_typing_it_back() {
    let world = World::new();
    world.write("chat", "hello");
    let vault = world.context.vault(&world.profile.id).unwrap();
    assert_eq!(vault.kit_record().unwrap().proven, None);
    let own = own_keys(&world);
    // Nothing to try it on yet.
    let proof = check(&world, &whole(&own.identity_line())).unwrap();
    assert_eq!((proof.opened, proof.unopened.unwrap().code), (None, Code::NothingToRestore));
    let made = world.backup(Level::Full);
    world.advance_hours(1);
    let proof = check(&world, &whole(&printed(&own).join(" ").to_lowercase())).unwrap();
    assert_eq!((proof.opened.as_ref(), proof.groups.len()), (Some(&made.archive), 0));
    assert_eq!(vault.kit_record().unwrap().proven, proof.proven);
    assert!(proof.proven.is_some());

    let group = |number: usize| (number, Zeroizing::new(printed(&own)[number - 1].clone()));
    let proof = check(&world, &TypedBack::Groups(vec![group(3), group(7)])).unwrap();
    assert_eq!((proof.groups, proof.opened), (vec![3, 7], Some(made.archive)));
}

#[test]
fn what_was_mistyped_is_named_by_its_group_and_proves_nothing() {
    let world = World::new();
    let own = own_keys(&world);
    let plain: Vec<String> = groups::of(&own.identity_line()).map(|group| group.letters.to_string()).collect();
    let other = |letters: &str| format!("{}{}", if letters.starts_with('Q') { "P" } else { "Q" }, &letters[1..]);
    let mut wrong = plain.clone();
    (wrong[1], wrong[5]) = (other(&plain[1]), other(&plain[5]));
    // Without check letters: the keyring knows the key, and so the place of the mistake.
    let error = check(&world, &whole(&wrong.join(" "))).unwrap_err();
    assert_eq!((error.code(), error.cause()), (Code::Mistyped, "groups 2 and 6 are mistyped"));
    let groups = vec![(4, Zeroizing::new(plain[3].clone())), (9, Zeroizing::new(other(&plain[8])))];
    let error = check(&world, &TypedBack::Groups(groups)).unwrap_err();
    assert_eq!((error.code(), error.cause()), (Code::Mistyped, "group 9 is mistyped"));
    let stranger = KeySet::generate().unwrap();
    let error = check(&world, &whole(&printed(&stranger).join(" "))).unwrap_err();
    assert_eq!(error.code(), Code::WrongKey);
    assert!(error.cause().contains("another deployment"), "{error}");
    for text in ["", "hello", &plain[0]] {
        assert_eq!(check(&world, &whole(text)).unwrap_err().code(), Code::Mistyped, "{text}");
    }
    let record = world.context.vault(&world.profile.id).unwrap().kit_record().unwrap();
    assert_eq!(record.proven, None);
}

#[test]
fn single_groups_need_the_key_to_compare_with() {
    let mut world = World::new();
    world.context.keyring = Arc::new(NoKeyring);
    let typed = TypedBack::Groups(vec![(1, Zeroizing::new("QQQQQQ".to_owned()))]);
    assert_eq!(check(&world, &typed).unwrap_err().code(), Code::KeyNeeded);
}

#[test]
fn a_rotation_leaves_old_archives_open_and_begins_with_a_full_one() {
    for signing in [false, true] {
        let world = World::new();
        world.write("chat", "before");
        let old = own_keys(&world);
        let before = world.backup(Level::Full);
        world.advance_hours(1);
        let proven = check(&world, &whole(&old.identity_line())).unwrap();
        let report = rotate(&world, signing);
        assert_ne!(report.recipient, old.recipient());
        assert_eq!(Some(report.signing_public) != old.signing_public(), signing);
        assert_eq!((report.copies.replaced.len(), report.copies.left.len()), (2, 0));
        world.advance_hours(1);
        world.write("chat", "after");
        // Nothing may build on what the new key alone does not open.
        let after = world.backup(Level::Hourly);
        assert_eq!((after.level, after.signed), (Level::Full, true));
        assert!(after.reason.contains("key"), "{}", after.reason);
        assert_eq!(world.backup(Level::Hourly).level, Level::Hourly);

        // With the keyring, and with the passphrase and what lies on the drive alone.
        let drive = Some(world.archives().dir().to_owned());
        let on_drive = Given { recovery_folder: drive, ..with_passphrase(PASSPHRASE) };
        let keys = world.context.vault(&world.profile.id).unwrap().identity(&on_drive).unwrap();
        for reading in [world.reading(), Reading::with_keys(keys, false)] {
            for path in [&before.path, &after.path] {
                assert_eq!(reading.inspect(path).unwrap().1, Signature::Good, "{}", path.display());
                reading.moment(path, |_| false).unwrap();
            }
        }
        let open = |keys: &KeySet, path| ArchiveReader::open(path, keys.identities(), &ReadCount::default());
        open(&old, &before.path).unwrap();
        assert_eq!(open(&old, &after.path).unwrap_err().code(), Code::WrongKey);

        // The kit is to be made and proven anew.
        let vault = world.context.vault(&world.profile.id).unwrap();
        assert_ne!(vault.kit_record().unwrap().proven, proven.proven);
        let error = check(&world, &whole(&old.identity_line())).unwrap_err();
        assert!(error.code() == Code::WrongKey && error.cause().contains("2100-03-01 13:00"), "{error}");
        check(&world, &whole(&own_keys(&world).identity_line())).unwrap();
    }
}

#[test]
fn a_retired_signing_key_vouches_for_nothing_that_is_newer() {
    let world = World::new();
    world.write("chat", "x");
    let stolen = own_keys(&world).signing().unwrap().clone();
    rotate(&world, true);
    world.advance_hours(1);
    // Whoever holds the retired key makes an archive: as if this machine still signed with it.
    let vault = world.context.vault(&world.profile.id).unwrap();
    world.context.keyring.set(&world.profile.id, crate::vault::Secret::Signing, stolen.to_base64()).unwrap();
    let forged = world.backup(Level::Full);
    assert!(vault.signing_key().is_ok());
    assert!(matches!(world.reading().inspect(&forged.path).unwrap().1, Signature::Other { .. }));
    let error = world.reading().open(&forged.path, || false).unwrap_err();
    assert_eq!(error.code(), Code::SignedByOther);
}

#[test]
fn a_rotation_with_the_wrong_passphrase_changes_nothing() {
    let world = World::new();
    let before = own_keys(&world).identity_lines();
    let plan = keys::plan_rotation(&world.context, &world.profile, true, Some(1)).unwrap();
    let error = keys::rotate(&world.context, plan, &Passphrase::new("wrong").unwrap()).unwrap_err();
    assert_eq!(error.code(), Code::WrongPassphrase);
    assert_eq!(own_keys(&world).identity_lines(), before);
}

#[test]
fn keys_that_were_changed_since_they_were_shown_are_not_replaced() {
    let world = World::new();
    let shown = keys::plan_rotation(&world.context, &world.profile, false, Some(1)).unwrap();
    // A plan that somebody looks at holds no backup up, and what it sealed opens with the keys as they are then.
    world.advance_hours(1);
    world.write("chat", "since");
    let made = world.backup(Level::Full).archive;
    keys::rotate(&world.context, shown, &passphrase()).unwrap();
    world.reading().open(&world.archives().archive(&made), || false).unwrap();
    let shown = keys::plan_rotation(&world.context, &world.profile, false, Some(1)).unwrap();
    rotate(&world, false);
    let before = own_keys(&world).identity_lines();
    let refused = keys::rotate(&world.context, shown, &passphrase()).unwrap_err();
    assert_eq!(refused.code(), Code::ChangedSincePreview);
    assert_eq!(own_keys(&world).identity_lines(), before);
}

#[test]
fn a_drive_that_is_away_gets_the_new_recovery_key_with_the_next_backup() {
    let world = World::new();
    let (drive, away) = (world.path().join("drive"), world.path().join("away"));
    fs::rename(&drive, &away).unwrap();
    let new = Passphrase::new("mosaic thursday").unwrap();
    let done = keys::change_passphrase(&world.context, &world.profile, &passphrase(), &new, Some(1)).unwrap();
    assert_eq!((done.replaced.len(), done.left[0].code), (1, Code::KeyFromBefore));
    assert!(done.left[0].cause.contains("next backup"), "{:?}", done.left);
    fs::rename(&away, &drive).unwrap();
    let vault = world.context.vault(&world.profile.id).unwrap();
    assert_ne!(fs::read(world.archives().recovery_key()).unwrap(), vault.recovery_key().unwrap());
    world.write("chat", "x");
    world.backup(Level::Full);
    assert_eq!(fs::read(world.archives().recovery_key()).unwrap(), vault.recovery_key().unwrap());
    vault.identity(&with_passphrase("mosaic thursday")).unwrap();
    assert_eq!(vault.identity(&with_passphrase(PASSPHRASE)).unwrap_err().code(), Code::WrongPassphrase);
}

#[test]
fn a_trusted_person_opens_what_is_made_from_then_on() {
    let world = World::new();
    world.write("chat", "x");
    let before = world.backup(Level::Full);
    let ana = KeySet::generate().unwrap();
    keys::add_person(&world.context, &world.profile, "Ana", &ana.recipient()).unwrap();
    world.advance_hours(1);
    // An hourly archive on the old full would be of no use to Ana.
    let after = world.backup(Level::Hourly);
    assert_eq!(after.level, Level::Full);
    world.advance_hours(1);
    let hourly = world.backup(Level::Hourly);
    assert_eq!(hourly.level, Level::Hourly);
    let open = |path| ArchiveReader::open(path, ana.identities(), &ReadCount::default());
    assert_eq!(open(&before.path).unwrap_err().code(), Code::WrongKey);
    assert_eq!(open(&after.path).unwrap().manifest().recipients.len(), 2);
    open(&hourly.path).unwrap();
    let kit = keys::kit(&world.context, &world.profile, &own_keys(&world)).unwrap();
    assert_eq!(kit.people[0].name, "Ana");
    // Gone again: nothing has to be made anew for that.
    keys::remove_person(&world.context, &world.profile, "Ana").unwrap();
    world.advance_hours(1);
    let last = world.backup(Level::Hourly);
    assert_eq!(last.level, Level::Hourly);
    assert_eq!(open(&last.path).unwrap_err().code(), Code::WrongKey);
    world.reading().moment(&last.path, |_| false).unwrap();
}
