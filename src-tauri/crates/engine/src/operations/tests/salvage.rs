use crate::operations::salvage::{self, SalvageReport};
use crate::operations::test_support::{World, tree};
use holdfast_domain::{Code, Level, Outcome};
use std::path::PathBuf;

/// Files that nothing compresses, so that each lies in pieces of the encryption of its own.
fn start(world: &World) -> PathBuf {
    for number in 0..12u8 {
        let mut noise = vec![0; 300_000];
        blake3::Hasher::new_keyed(&[number; 32]).finalize_xof().fill(&mut noise);
        world.write(&format!("file-{number:02}"), noise);
    }
    world.backup(Level::Full).path
}

fn salvage(world: &World, archive: &std::path::Path) -> (SalvageReport, PathBuf) {
    let into = world.path().join("salvaged");
    let report = salvage::run(&world.context, &world.reading(), archive, &into, &world.job()).unwrap();
    (report, into)
}

#[test]
fn damage_costs_the_files_that_it_hits_and_names_them() {
    let world = World::new();
    let path = start(&world);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (report, into) = salvage(&world, &path);
    assert_eq!((report.outcome, report.listed), (Outcome::Problems, true));
    let lost: Vec<_> = report.lost.iter().map(|problem| problem.subject.trim_start_matches("data/")).collect();
    // A frame holds a MiB, which is parts of five files at most.
    assert!((1..=5).contains(&lost.len()), "{:#?}", report.lost);
    assert_eq!(report.files + lost.len() as u64, 12);
    let (live, found) = (world.tree(), tree(&into.join("data")));
    assert_eq!(found.len() as u64, report.files);
    for (name, content) in found {
        assert!(live[&name] == content && !lost.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn of_a_cut_archive_comes_what_was_before_the_cut() {
    let world = World::new();
    let path = start(&world);
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length / 2).unwrap();
    let (report, into) = salvage(&world, &path);
    assert_eq!((report.outcome, report.listed), (Outcome::Problems, false));
    assert!(report.files >= 2, "{report:?}");
    let (live, found) = (world.tree(), tree(&into.join("data")));
    for (name, content) in found {
        assert!(live[&name] == content, "{name} is not what it was");
    }
}

#[test]
fn of_an_archive_that_is_cut_and_damaged_comes_what_is_after_the_damage_too() {
    let world = World::new();
    let path = start(&world);
    let mut bytes = std::fs::read(&path).unwrap();
    let third = bytes.len() / 3;
    bytes[third] ^= 1;
    bytes.truncate(3 * third - third / 4);
    std::fs::write(&path, bytes).unwrap();
    let (report, into) = salvage(&world, &path);
    assert!(!report.listed);
    let found = tree(&into.join("data"));
    assert!(found.contains_key("file-00") && found.contains_key("file-08"), "{:?}", found.keys());
    let live = world.tree();
    for (name, content) in found {
        assert!(live[&name] == content, "{name} is not what it was");
    }
}

#[test]
fn an_undamaged_archive_comes_out_whole() {
    let world = World::new();
    let path = start(&world);
    let (report, into) = salvage(&world, &path);
    assert_eq!((report.outcome, report.files), (Outcome::Done, 12));
    assert_eq!(tree(&into.join("data")), world.tree());
    let error = salvage::run(&world.context, &world.reading(), &path, &into, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::TargetNotEmpty);
}

#[test]
fn a_file_that_is_no_archive_is_told_and_nothing_is_made() {
    let world = World::new();
    let (path, into) = (world.path().join("letter"), world.path().join("salvaged"));
    std::fs::write(&path, "Dear diary").unwrap();
    let error = salvage::run(&world.context, &world.reading(), &path, &into, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::NotAnArchive);
    assert!(!into.exists());
}
