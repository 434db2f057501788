//! Which archive holds the state that goes on, after restores and undos: as the catalog knows it, and as the archives alone
//! tell it.
use crate::archive::Act;
use crate::operations::branches::{Branch, Branches, rank};
use crate::operations::recover::{self, Opened, Trust};
use crate::operations::restore::{self, RestoreRequest, Scope, Target};
use crate::operations::test_support::{PASSPHRASE, World};
use crate::operations::{captured, undo};
use crate::vault::{Given, Passphrase};
use holdfast_domain::{ArchiveName, Kind, Level};
use std::path::PathBuf;

/// Restores all of an archive in place; the archive of what was there.
fn restored(world: &World, archive: PathBuf) -> ArchiveName {
    restored_part(world, archive, Vec::new())
}

fn restored_part(world: &World, archive: PathBuf, paths: Vec<Vec<u8>>) -> ArchiveName {
    let profile = Some(world.profile.clone());
    let (scope, target) = (Scope { paths, ..Scope::default() }, Target::InPlace);
    let request = RestoreRequest { profile, archive, scope, target, emergency: true };
    let plan = restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap();
    restore::run(&world.context, plan, &world.job()).unwrap().emergency.unwrap()
}

fn undone(world: &World) -> Option<ArchiveName> {
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    undo::run(&world.context, plan, &world.job()).unwrap().emergency
}

/// What each archive holds, newest first, as this machine knows it.
fn known(world: &World) -> Vec<(ArchiveName, Option<Act>, Branch)> {
    let catalog = world.catalog();
    let rows = catalog.archives().list(Some(&world.profile.id)).unwrap();
    let branches = Branches::from_catalog(&catalog, &world.profile.id, &rows).unwrap();
    let told = rows.into_iter().map(|row| {
        let before = branches.before(&row.name, row.kind, row.created);
        let branch = branches.branch(&row.name, row.kind, row.created);
        (row.name, before, branch)
    });
    told.collect()
}

fn opened(world: &World) -> Opened {
    let mut deposits = recover::find(&world.path().join("drive")).unwrap().deposits;
    let passphrase = Some(Passphrase::new(PASSPHRASE).unwrap());
    let given = Given { passphrase, ..Given::default() };
    recover::open(&world.context, deposits.remove(0), &given, &Trust::default(), &world.job()).unwrap()
}

/// The same as a machine says that knows the archives alone.
fn told(world: &World) -> Vec<(ArchiveName, Option<Act>, Branch)> {
    opened(world).candidates.into_iter().map(|one| (one.archive, one.before, one.branch)).collect()
}

fn offered(world: &World) -> ArchiveName {
    recover::whole(&opened(world).candidates).unwrap().archive.clone()
}

/// A full archive, a later one, a restore of the first, one more archive, and the undo: their names in that order.
fn turned_back() -> (World, [ArchiveName; 5]) {
    let world = World::new();
    world.write("chat", "first");
    let full = world.backup(Level::Full);
    world.advance_hours(1);
    world.write("chat", "second");
    let second = world.backup(Level::Hourly).archive;
    world.advance_hours(1);
    world.write("chat", "third");
    let aside = restored(&world, full.path);
    world.advance_hours(1);
    world.write("chat", "of the branch");
    let branch = world.backup(Level::Hourly).archive;
    world.advance_hours(1);
    world.write("chat", "of the branch, later");
    let given_up = undone(&world).unwrap();
    world.advance_hours(1);
    (world, [full.archive, second, aside, branch, given_up])
}

#[test]
fn what_a_restore_put_aside_goes_on_once_the_restore_is_undone_and_what_came_between_is_given_up() {
    let (world, [full, second, aside, branch, given_up]) = turned_back();
    let expected = [
        (given_up, Some(Act::Undo), Branch::GivenUp),
        (branch, None, Branch::GivenUp),
        (aside.clone(), Some(Act::Restore), Branch::Living),
        (second, None, Branch::Living),
        (full, None, Branch::Living),
    ];
    assert_eq!(known(&world), expected);
    // The undo's own archive says what was undone, but not what came between: that the next one says.
    let alone = told(&world);
    assert_eq!((&alone[0], &alone[2..]), (&expected[0], &expected[2..]));
    assert_eq!(offered(&world), aside);
    let last = world.backup(Level::Hourly).archive;
    assert_eq!(told(&world)[1..], expected);
    assert_eq!((known(&world)[0].2, offered(&world)), (Branch::Living, last));
    // A catalog that was built again knows no runs.
    let catalog = world.catalog();
    let rows = catalog.archives().list(Some(&world.profile.id)).unwrap();
    let manifests: Vec<_> =
        rows.iter().filter_map(|row| captured::manifest(&catalog, &world.profile.id, &row.name).unwrap()).collect();
    let alone = Branches::of(&manifests);
    assert!(
        rows[1..].iter().zip(&expected).all(|(row, (name, _, branch))| {
            row.name == *name && alone.branch(name, row.kind, row.created) == *branch
        })
    );
}

#[test]
fn what_was_given_up_is_told_also_where_the_archives_that_tell_it_cannot_be_used() {
    let (world, [full, ..]) = turned_back();
    let last = world.backup(Level::Hourly).archive;
    let before = told(&world);
    // The later ones build upon it.
    std::fs::remove_file(world.archives().archive(&full)).unwrap();
    let candidates = opened(&world).candidates;
    assert!(candidates.iter().any(|one| one.archive == last && !one.is_good()));
    let after: Vec<_> = candidates.into_iter().map(|one| (one.archive, one.before, one.branch)).collect();
    assert_eq!(after, before[..before.len() - 1]);
}

#[test]
fn a_restore_that_stands_keeps_its_state_put_aside() {
    let world = World::new();
    world.write("chat", "first");
    let full = world.backup(Level::Full);
    world.advance_hours(1);
    world.write("chat", "second");
    let aside = restored(&world, full.path.clone());
    assert_eq!(known(&world)[0], (aside.clone(), Some(Act::Restore), Branch::Aside));
    assert_eq!((told(&world)[0].2, offered(&world)), (Branch::Aside, full.archive.clone()));
    // A second restore, which is undone: the first one stands.
    world.advance_hours(1);
    world.write("chat", "after the first");
    let between = restored(&world, full.path);
    world.advance_hours(1);
    assert_eq!(undone(&world), None, "nothing was changed");
    world.advance_hours(1);
    world.backup(Level::Hourly);
    let branches: Vec<Branch> = known(&world).into_iter().map(|(_, _, branch)| branch).collect();
    assert_eq!(branches, [Branch::Living, Branch::Living, Branch::Aside, Branch::Living]);
    let all: Vec<_> = told(&world);
    assert_eq!((&all[1].0, all[1].2, all[2].2), (&between, Branch::Living, Branch::Aside));
    assert!(rank(Kind::Emergency, Branch::Living) < rank(Kind::Manual, Branch::GivenUp));
    assert!(rank(Kind::Manual, Branch::GivenUp) < rank(Kind::Emergency, Branch::Aside));
}

/// Of archives from before it was noted, the catalog's runs tell it by their times; without those nothing is known.
#[test]
fn older_archives_stand_where_the_runs_say() {
    let (world, names) = turned_back();
    let catalog = world.catalog();
    let rows = catalog.archives().list(Some(&world.profile.id)).unwrap();
    for row in &rows {
        let mut manifest = captured::manifest(&catalog, &world.profile.id, &row.name).unwrap().unwrap();
        (manifest.before, manifest.restores) = (None, Vec::new());
        let index = catalog.manifests().get_index(&world.profile.id, &row.name).unwrap().unwrap();
        let text = String::from_utf8(manifest.to_json()).unwrap();
        let parts = crate::catalog::ManifestParts { manifest: &text, index: &index, blocks: &[] };
        catalog.manifests().put(&world.profile.id, &row.name, parts).unwrap();
    }
    let [.., aside, branch, given_up] = &names;
    let told = known(&world);
    assert_eq!(told[0], (given_up.clone(), Some(Act::Undo), Branch::GivenUp));
    assert_eq!(told[1], (branch.clone(), None, Branch::GivenUp));
    assert_eq!(told[2], (aside.clone(), Some(Act::Restore), Branch::Living));
    let alone = Branches::default();
    assert_eq!(alone.branch(aside, Kind::Emergency, rows[2].created), Branch::Aside);
    assert_eq!(alone.before(aside, Kind::Emergency, rows[2].created), None);
}

#[test]
fn a_restore_of_a_part_puts_nothing_aside() {
    let world = World::new();
    world.write("chat", "first");
    world.write("note", "first");
    let full = world.backup(Level::Full);
    world.advance_hours(1);
    world.write("chat", "second");
    world.write("note", "second");
    let before = restored_part(&world, full.path, vec![b"data/note".to_vec()]);
    let expected = (before.clone(), Some(Act::Restore), Branch::Living);
    assert_eq!((&known(&world)[0], &told(&world)[0], offered(&world)), (&expected, &expected, before));
}
