use crate::catalog::{Verification, VerifyKind};
use crate::deployment::{self, Profile};
use crate::media::is_there;
use crate::operations::copy::{self, CopyReport, CopyRequest};
use crate::operations::destinations::{self, AddRequest};
use crate::operations::prune;
use crate::operations::test_support::World;
use crate::store::Folder;
use holdfast_domain::retention;
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome};

pub(super) struct Places {
    pub world: World,
    pub profile: Profile,
}

impl Places {
    /// With a second folder, `shelf`, for copies.
    pub fn new() -> Self {
        let world = World::new();
        let mut places = Self { profile: world.profile.clone(), world };
        places.add("shelf");
        places
    }

    pub fn add(&mut self, name: &str) {
        let path = self.world.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        let request = AddRequest { name: None, path, drive: None, volume_bytes: None };
        let plan = destinations::plan(&self.profile, &self.world.context, request).unwrap();
        destinations::add(&self.world.context, &self.profile, plan).unwrap();
        let settings = deployment::path_of(&self.world.context.home, &self.profile.name);
        self.profile = deployment::load(&settings).unwrap();
    }

    pub fn made(&self, level: Level) -> ArchiveName {
        self.world.write("note", format!("{:?}", self.world.clock));
        self.world.backup_as(level, Kind::Scheduled).archive
    }

    pub fn due(&self) -> Vec<ArchiveName> {
        let plan = self.plan();
        plan.destinations[0].archives().map(|(name, _)| name.clone()).collect()
    }

    pub fn plan(&self) -> copy::CopyPlan {
        copy::plan(&self.world.context, &self.profile, &CopyRequest::default(), &self.world.job()).unwrap()
    }

    pub fn copy(&self) -> CopyReport {
        copy::run(&self.world.context, self.plan(), &self.world.job()).unwrap()
    }

    pub fn shelf(&self) -> Folder {
        Folder::of(&self.profile.destinations[1], &self.profile.name)
    }

    pub fn held(&self) -> Vec<ArchiveName> {
        self.shelf().list().unwrap().into_iter().map(|listed| listed.name).collect()
    }
}

#[test]
fn the_newest_archive_goes_first_and_before_it_what_it_needs() {
    let places = Places::new();
    let mut made = Vec::new();
    for level in [Level::Full, Level::Daily, Level::Hourly, Level::Hourly] {
        made.push(places.made(level));
        places.world.advance_hours(3);
    }
    let [full, daily, first, last] = &made[..] else { unreachable!() };
    assert_eq!(places.due(), [full, daily, last, first].map(Clone::clone));
    let report = places.copy();
    assert_eq!((report.outcome, report.destinations[0].copied.len()), (Outcome::Done, 4));
    assert_eq!(places.held().len(), 4);
    assert!(places.due().is_empty());
    assert!(places.shelf().recovery_key().is_file());
    let rows = places.world.catalog().copies().list(&places.profile.id, None).unwrap();
    assert!(rows.iter().all(|row| row.verified.is_some_and(|(_, how, ok)| ok && how.as_str() == "read-back")));
}

#[test]
fn what_went_or_changed_at_the_destination_is_due_again_and_what_is_there_is_known() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    std::fs::remove_file(places.shelf().archive(&full)).unwrap();
    assert_eq!(places.due(), std::slice::from_ref(&full));
    places.copy();
    std::fs::write(places.shelf().archive(&full), "short").unwrap();
    let plan = places.plan();
    assert_eq!(plan.problems[0].code, Code::ArchiveDamaged);
    assert_eq!(plan.destinations[0].count(), 1);
    drop(plan);
    places.copy();
    assert!(places.due().is_empty());
    // A catalog that was built anew knows the copies by the hashes beside them.
    places.world.catalog().copies().forget(&places.profile.id, &places.profile.destinations[1].id()).unwrap();
    assert!(places.due().is_empty());
}

#[test]
fn rot_is_found_where_it_lies_and_mended_by_the_next_copy() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.copy();
    let check = || copy::check(&places.world.context, &places.profile, &CopyRequest::default(), &places.world.job());
    let report = check().unwrap();
    assert_eq!((report.outcome, report.destinations[0].checked), (Outcome::Done, 1));
    let path = places.shelf().archive(&full);
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    std::fs::write(&path, bad).unwrap();
    assert!(places.due().is_empty());
    let report = check().unwrap();
    assert_eq!((report.outcome, report.problems[0].code), (Outcome::Failed, Code::ChecksumMismatch));
    assert_eq!(places.due(), [full]);
    places.copy();
    assert_eq!(std::fs::read(&path).unwrap(), good);
    assert_eq!(check().unwrap().outcome, Outcome::Done);
}

#[test]
fn a_source_that_is_damaged_is_not_copied_nor_what_needs_it() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.world.advance_hours(3);
    let daily = places.made(Level::Daily);
    let path = places.world.archives().archive(&full);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let report = places.copy();
    assert_eq!(report.outcome, Outcome::Problems);
    assert_eq!(report.problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::ChecksumMismatch]);
    assert_eq!(report.destinations[0].due, 2);
    assert!(places.held().is_empty(), "{daily} protects nothing without {full}");
    assert_eq!(std::fs::read_dir(places.shelf().dir()).unwrap().count(), 1, "only the recovery key lies there");
}

#[test]
fn a_destination_that_is_away_is_a_note_and_the_others_get_theirs() {
    let mut places = Places::new();
    places.add("attic");
    places.made(Level::Full);
    std::fs::rename(places.world.path().join("shelf"), places.world.path().join("away")).unwrap();
    let report = places.copy();
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(report.problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::CopyDue]);
    let got: Vec<_> = report.destinations.iter().map(|to| (to.there, to.copied.len(), to.due)).collect();
    assert_eq!(got, [(false, 0, 1), (true, 1, 0)]);
    assert!(!places.world.path().join("shelf").exists());
}

#[test]
fn retention_holds_at_each_destination_and_what_is_needed_there_stays() {
    let mut places = Places::new();
    let full = places.made(Level::Full);
    places.world.advance_hours(24);
    let daily = places.made(Level::Daily);
    places.copy();
    places.world.advance_hours(24 * 100);
    let newest = places.made(Level::Full);
    places.copy();
    places.profile.retention = retention::Policy { hourly: 0, daily: 0, weekly: 0, monthly: 1, manual_days: 1 };
    let catalog = places.world.catalog();
    let prune = || {
        let plan = prune::plan(&places.world.context, &places.profile, &places.world.job()).unwrap();
        prune::run(&places.world.context, plan, &places.world.job()).unwrap()
    };
    catalog.archives().set_pinned(&places.profile.id, &daily, true).unwrap();
    assert!(prune().copies[0].removed.is_empty(), "what is pinned needs the full one");
    assert_eq!(places.held(), [full.clone(), daily.clone(), newest.clone()]);
    catalog.archives().set_pinned(&places.profile.id, &daily, false).unwrap();
    let report = prune();
    assert_eq!((report.outcome, &report.copies[0].removed), (Outcome::Done, &vec![daily, full]));
    assert_eq!(places.held(), std::slice::from_ref(&newest));
    let known = catalog.copies().list(&places.profile.id, None).unwrap();
    assert_eq!(known.iter().map(|copy| &copy.archive).collect::<Vec<_>>(), [&newest]);
}

#[test]
fn a_copy_steps_in_for_an_archive_that_is_lost() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.world.advance_hours(3);
    let daily = places.made(Level::Daily);
    places.copy();
    let context = &places.world.context;
    let picked = || crate::operations::pick::pick(context, &places.world.catalog(), &places.profile, "latest");
    assert_eq!(picked().unwrap().path(), places.world.archives().archive(&daily));
    std::fs::remove_file(places.world.archives().archive(&full)).unwrap();
    assert_eq!(picked().unwrap().path(), places.shelf().archive(&daily), "the daily needs the full one beside it");
    std::fs::remove_file(places.shelf().archive(&full)).unwrap();
    assert_eq!(picked().unwrap().path(), places.world.archives().archive(&daily));
}

#[test]
fn archives_made_in_volumes_are_built_on_and_restored() {
    let places = Places::new();
    let mut profile = places.profile.clone();
    let deployment::Destination::Folder { volume_bytes, .. } = &mut profile.destinations[0] else { unreachable!() };
    *volume_bytes = Some(1_000);
    places.world.write("big", (0..20_000u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    let backup = |level| {
        let request = crate::operations::backup::BackupRequest { level: Some(level), ..Default::default() };
        let plan =
            crate::operations::backup::plan(&places.world.context, &profile, request, &places.world.job()).unwrap();
        crate::operations::backup::run(&places.world.context, plan, &places.world.job()).unwrap()
    };
    let full = backup(Level::Full);
    assert!(full.stored_bytes > 3_000 && !full.path.exists() && is_there(&full.path), "{full:?}");
    places.world.advance_hours(1);
    places.world.write("note", "x");
    let daily = backup(Level::Daily);
    assert_eq!(daily.level, Level::Daily, "{}", daily.reason);
    let (moment, _) = places.world.reading().moment(&daily.path, |_| false).unwrap();
    assert_eq!(moment.manifest().tree.files, 2);
    // The copy is whole where nothing has to be cut.
    places.copy();
    assert!(places.shelf().archive(&full.archive).is_file());
    let volumes = (1..100u64).map(|number| crate::media::volume_path(&full.path, number));
    let joined: Vec<u8> = volumes.filter_map(|path| std::fs::read(path).ok()).flatten().collect();
    assert_eq!(joined, std::fs::read(places.shelf().archive(&full.archive)).unwrap());
}

#[test]
fn two_deployments_of_one_name_do_not_share_a_folder() {
    let places = Places::new();
    let other = World::new();
    let request = AddRequest { name: None, path: places.world.path().join("shelf"), drive: None, volume_bytes: None };
    let error = destinations::plan(&other.profile, &other.context, request).unwrap_err();
    assert_eq!(error.code(), Code::DeploymentExists, "{error}");
}

#[test]
fn what_is_damaged_comes_back_from_where_it_is_good() {
    let places = Places::new();
    let (first, second) = (places.made(Level::Full), places.made(Level::Full));
    places.copy();
    let spoil = |path: &std::path::Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    let world = &places.world;
    let good = std::fs::read(world.archives().archive(&first)).unwrap();
    spoil(&world.archives().archive(&first));
    spoil(&places.shelf().archive(&second));
    let bad = Verification { at: world.row(&first).created, kind: VerifyKind::Full, ok: false };
    world.catalog().archives().set_verified(&world.profile.id, &first, bad).unwrap();
    copy::check(&world.context, &places.profile, &CopyRequest::default(), &world.job()).unwrap();
    let report = copy::repair(&world.context, &places.profile, &world.job()).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    let copied: Vec<_> = report.destinations.iter().map(|at| at.copied.clone()).collect();
    assert_eq!(copied, [vec![first.clone()], vec![second.clone()]]);
    assert!(std::fs::read(world.archives().archive(&first)).unwrap() == good);
    assert!(world.row(&first).verified.is_some_and(|verified| verified.ok));
    let checked = copy::check(&world.context, &places.profile, &CopyRequest::default(), &world.job()).unwrap();
    assert_eq!(checked.outcome, Outcome::Done);

    // Damaged on both sides there is nothing to take, and what is there stays.
    spoil(&world.archives().archive(&first));
    spoil(&places.shelf().archive(&first));
    world.catalog().archives().set_verified(&world.profile.id, &first, bad).unwrap();
    let report = copy::repair(&world.context, &places.profile, &world.job()).unwrap();
    assert_eq!(report.outcome, Outcome::Problems);
    assert!(world.archives().archive(&first).exists());
    assert!(world.row(&first).verified.is_some_and(|verified| !verified.ok));
}

#[test]
fn what_was_archived_before_a_restore_is_copied_like_any_other_and_goes_there_when_it_goes_here() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.world.advance_hours(1);
    places.world.write("note", "before a restore");
    let emergency = places.world.backup_as(Level::Hourly, Kind::Emergency).archive;
    assert_eq!(places.due(), [full.clone(), emergency.clone()]);
    assert_eq!(destinations::list(&places.world.context, &places.profile).unwrap()[1].due, 2);
    places.copy();
    assert!(places.held().contains(&emergency) && places.due().is_empty());
    let standings = destinations::list(&places.world.context, &places.profile).unwrap();
    assert_eq!((standings[1].archives, standings[1].due), (2, 0));
    assert_eq!(standings[0].whole_as_of, standings[1].whole_as_of);
    places.world.advance_hours(24 * 100);
    places.world.write("note", "much later");
    let newest = places.made(Level::Full);
    places.copy();
    let plan = prune::plan(&places.world.context, &places.profile, &places.world.job()).unwrap();
    let gone =
        |kept: &[prune::Judged]| kept.iter().filter(|one| !one.keep).map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(gone(&plan.archives), gone(&plan.copies[0].archives));
    assert!(gone(&plan.archives).contains(&emergency) && !gone(&plan.archives).contains(&newest));
}

#[test]
fn the_newest_that_is_whole_goes_before_newer_ones() {
    let places = Places::new();
    places.world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    let whole = places.made(Level::Full);
    places.world.advance_hours(3);
    places.world.remove("chat.db");
    let newer = places.made(Level::Full);
    assert_eq!(places.due(), [whole, newer]);
}

#[test]
fn one_that_does_not_fit_holds_no_smaller_one_up() {
    let places = Places::new();
    let mut rows: Vec<_> = [Level::Full, Level::Daily, Level::Full]
        .map(|level| {
            let name = places.made(level);
            places.world.advance_hours(3);
            places.world.row(&name)
        })
        .into();
    rows.iter_mut().zip([900, 10, 100]).for_each(|(row, bytes)| row.stored_bytes = bytes);
    let waiting = |free| {
        let waiting = copy::waiting(&rows, free, |_| 0);
        waiting.iter().map(|row| row.stored_bytes).collect::<Vec<_>>()
    };
    assert_eq!(waiting(200), [900, 10], "what needs it waits with it");
    assert_eq!(waiting(950), [100]);
    assert_eq!(waiting(50), [900, 10, 100]);
    assert!(waiting(1010).is_empty());
    let begun = copy::waiting(&rows, 700, |name| if *name == rows[0].name { 850 } else { 0 });
    assert!(begun.is_empty(), "what lies there already needs no room");
}

#[test]
fn what_cannot_be_copied_is_counted() {
    let places = Places::new();
    let full = places.made(Level::Full);
    places.world.advance_hours(3);
    places.made(Level::Daily);
    let standing = || destinations::list(&places.world.context, &places.profile).unwrap().remove(1);
    assert_eq!((standing().due, standing().unfit), (2, 0));
    let bad = Verification { at: places.world.row(&full).created, kind: VerifyKind::Full, ok: false };
    places.world.catalog().archives().set_verified(&places.profile.id, &full, bad).unwrap();
    assert_eq!((standing().due, standing().unfit), (0, 2), "the daily one needs it");
}
