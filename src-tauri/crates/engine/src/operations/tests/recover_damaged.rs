//! Archives that are damaged, at a recovery: what is known of it before anything is planned.
use super::super::recover::{self, Candidate, Opened, Place, RecoverRequest, Trust};
use super::super::restore::{Owners, Scope};
use super::super::test_support::{PASSPHRASE, World, context};
use crate::operations::Context;
use crate::operations::verify::{self, VerifyRequest};
use crate::vault::{Given, Passphrase};
use holdfast_domain::{ArchiveName, Code, Level};

/// A full archive, an hourly one upon it, and a later full one; a bit amid the content of the first is not what it was.
fn damaged_base(world: &World) -> [ArchiveName; 3] {
    let mut noise = vec![0; 3 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    world.write("a.txt", noise);
    let full = world.backup(Level::Full).archive;
    world.advance_hours(1);
    world.write("b.txt", "b");
    let hourly = world.backup(Level::Hourly).archive;
    world.advance_hours(1);
    let later = world.backup(Level::Full).archive;
    let path = world.archives().archive(&full);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    [full, hourly, later]
}

fn open_on(here: &Context, world: &World) -> Opened {
    let deposit = recover::find(&world.path().join("drive")).unwrap().deposit(None).unwrap().clone();
    let given = Given { passphrase: Some(Passphrase::new(PASSPHRASE).unwrap()), ..Given::default() };
    recover::open(here, deposit, &given, &Trust::default(), &world.job()).unwrap()
}

#[test]
fn damage_amid_the_content_is_known_before_anything_is_planned() {
    let world = World::new();
    let [full, hourly, later] = damaged_base(&world);
    let here = context(&world.path().join("laptop"), &world.clock);
    let opened = open_on(&here, &world);
    assert!(!here.home.path().exists(), "looking left something here");
    let of = |name: &ArchiveName| opened.candidates.iter().find(|c| c.archive == *name).unwrap();
    let codes = [&full, &hourly].map(|name| of(name).damaged.as_ref().map(|problem| problem.code));
    assert_eq!(codes, [Some(Code::ArchiveDamaged), Some(Code::ParentDamaged)]);
    assert!(of(&later).is_whole() && of(&later).compared && !of(&hourly).compared);
    let mut two = opened.candidates.clone();
    two.retain(|candidate| candidate.archive != later);
    let zone = jiff::tz::TimeZone::UTC;
    let error = recover::choose(&two, None, world.context.clock.now(), &zone).unwrap_err();
    assert_eq!(error.code(), Code::ParentDamaged, "{error}");
    // All of it cannot come back; a part that lies apart from the damage can.
    let asked = RecoverRequest {
        archive: hourly.clone(),
        scope: Scope::default(),
        place: Place::Into(world.path().join("new")),
        owners: Owners::default(),
        emergency: true,
        adopt: true,
        anew: None,
    };
    let error = recover::plan(&here, &opened, asked.clone(), &world.job()).unwrap_err();
    assert!(error.code() == Code::ParentDamaged && error.cause().contains(full.as_str()), "{error}");
    let part = Scope { paths: vec![b"data/b.txt".to_vec()], ..Scope::default() };
    let asked = RecoverRequest { scope: part, ..asked };
    let plan = recover::plan(&here, &opened, asked, &world.job()).unwrap();
    recover::run(&here, &opened, plan, &world.job()).unwrap();
    assert_eq!(std::fs::read(world.path().join("new/data/b.txt")).unwrap(), b"b");
    // The newer one does where nothing older is left.
    assert_eq!(recover::next_good(&opened.candidates, &hourly, &full).unwrap().archive, later);
}

#[test]
fn what_a_verification_here_found_counts_where_nothing_is_read() {
    let world = World::new();
    let [full, hourly, later] = damaged_base(&world);
    let request = VerifyRequest { archives: vec![world.archives().archive(&hourly)], full: false };
    let reading = world.reading();
    verify::run(&world.context, Some(&world.profile), Some(&reading), request, &world.job()).unwrap();
    for name in [&full, &hourly, &later] {
        std::fs::remove_file(world.archives().checksum(name)).unwrap();
    }
    let opened = open_on(&world.context, &world);
    let good: Vec<bool> = opened.candidates.iter().map(Candidate::is_good).collect();
    assert_eq!(good, [true, false, false], "newest first");
    assert!(opened.candidates.iter().all(|candidate| !candidate.compared));
    let nobody = open_on(&context(&world.path().join("laptop"), &world.clock), &world);
    assert!(nobody.candidates.iter().all(|candidate| candidate.is_good() && !candidate.compared));
}
