//! Damaged, mixed-up, forged and hostile archives: every one is noticed, and none is restored as if it were good.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::archive::{
    ArchiveReader, ArchiveWriter, Entry, EntryKind, Extent, Place, ReadCount, Seal, Time as At,
};
use holdfast_engine::domain::{ArchiveName, Code, Level};
use holdfast_engine::vault::SigningKey;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use support::damaged::{Damaged, Layout};
use support::forge;
use support::picture::assert_same;
use support::rng::Rng;

const RANDOM_FLIPS: usize = 300;

fn both(case: &Damaged) -> [(&ArchiveName, Vec<u8>, Layout); 2] {
    [&case.full, &case.hourly].map(|name| {
        let bytes = fs::read(case.path(name)).unwrap();
        let layout = Layout::of(&bytes);
        assert!(layout.chunks.len() > 30, "{name} has only {} chunks", layout.chunks.len());
        (name, bytes, layout)
    })
}

fn flips(full: bool) {
    let case = Damaged::new();
    let [one, other] = both(&case);
    let (name, mut bytes, layout) = if full { one } else { other };
    let mut rng = Rng::new(7);
    let mut places: Vec<usize> = (0..layout.header).step_by(5).collect();
    for chunk in [0, 1, layout.last() - 1, layout.last()] {
        let chunk = &layout.chunks[chunk];
        places.extend([chunk.start, chunk.end - 17, chunk.end - 1]);
    }
    places.extend((0..RANDOM_FLIPS).map(|_| rng.below(bytes.len() as u64) as usize));
    let mut refused = 0;
    let whole = bytes.clone();
    for place in &places {
        bytes[*place] ^= 1 << rng.below(8);
        fs::write(case.path(name), &bytes).unwrap();
        refused += usize::from(case.is_noticed(name, &format!("flipped at {place}")));
        bytes[*place] = whole[*place];
    }
    // What a restore does not read of an archive is little.
    assert!(refused * 10 > places.len() * 9, "{refused} of {} were refused", places.len());
    fs::write(case.path(name), &whole).unwrap();
    assert_eq!(case.verdicts(name), [true, true]);
    assert_same(case.picture(name), &case.world.moment(name), "whole again");
}

#[test]
fn a_flipped_bit_anywhere_in_a_full_archive_is_noticed() {
    flips(true);
}

#[test]
fn a_flipped_bit_anywhere_in_an_incremental_archive_is_noticed() {
    flips(false);
}

#[test]
fn chunks_that_are_missing_doubled_or_swapped_are_noticed() {
    let case = Damaged::new();
    for (name, bytes, layout) in both(&case) {
        let pieces: Vec<&[u8]> = layout.chunks.iter().map(|chunk| &bytes[chunk.clone()]).collect();
        let last = layout.last();
        let sealed = |pieces: &[&[u8]]| [&[&bytes[..layout.header]], pieces].concat().concat();
        for number in [0, 1, last / 2, last - 1, last] {
            let mut without = pieces.clone();
            without.remove(number);
            case.with(name, &sealed(&without), || case.is_refused(name, &format!("without chunk {number}")));
            let mut doubled = pieces.clone();
            doubled.insert(number, pieces[number]);
            case.with(name, &sealed(&doubled), || case.is_refused(name, &format!("with chunk {number} doubled")));
            let mut swapped = pieces.clone();
            swapped.swap(number, (number + 1) % pieces.len());
            case.with(name, &sealed(&swapped), || case.is_refused(name, &format!("with chunk {number} swapped")));
        }
        let mut without = pieces.clone();
        without.remove(last / 2);
        case.with(name, &sealed(&without), || drop(case.is_salvaged(name, "without a chunk")));
    }
}

#[test]
fn a_cut_or_lengthened_archive_is_noticed() {
    let case = Damaged::new();
    let mut rng = Rng::new(3);
    for (name, bytes, layout) in both(&case) {
        let mut lengths = vec![0, 1, 21, layout.header - 17, layout.header - 1, layout.header, bytes.len() - 1];
        for chunk in [0, 1, layout.last() / 2, layout.last() - 1, layout.last()] {
            lengths.extend([layout.chunks[chunk].start, layout.chunks[chunk].start + 15]);
        }
        lengths.extend((0..10).map(|_| rng.below(bytes.len() as u64) as usize));
        for length in lengths {
            case.with(name, &bytes[..length], || case.is_refused(name, &format!("cut to {length} bytes")));
        }
        let last_chunk = &bytes[layout.chunks[layout.last()].clone()];
        for more in [&b"\0"[..], &[7; 100], &vec![0; (64 << 10) + 16], last_chunk, &bytes] {
            let longer = [&bytes, more].concat();
            case.with(name, &longer, || case.is_refused(name, &format!("with {} bytes more", more.len())));
        }
    }
}

#[test]
fn what_is_undamaged_is_salvaged() {
    let case = Damaged::new();
    for (name, bytes, layout) in both(&case) {
        let middle = layout.chunks[layout.last() / 2].start + 100;
        let mut flipped = bytes.clone();
        flipped[middle] ^= 1;
        case.with(name, &flipped, || {
            let report = case.is_salvaged(name, "flipped in the middle");
            assert!(report.listed && report.files > 15, "{report:?}");
        });
        // The end, where the lists are, is gone or damaged.
        case.with(name, &bytes[..bytes.len() - 1], || drop(case.is_salvaged(name, "cut by a byte")));
        case.with(name, &bytes[..bytes.len() * 9 / 10], || drop(case.is_salvaged(name, "cut")));
        let mut flipped = bytes.clone();
        *flipped.last_mut().unwrap() ^= 1;
        case.with(name, &flipped, || drop(case.is_salvaged(name, "flipped at its end")));
    }
    // Without those that it needs, an incremental archive still gives what it holds itself.
    fs::remove_file(case.path(&case.full)).unwrap();
    let report = case.is_salvaged(&case.hourly, "alone");
    for (code, subject) in [(Code::ParentMissing, case.hourly.as_str()), (Code::ArchiveDamaged, "data/photos/old.dat")]
    {
        assert!(report.lost.iter().any(|lost| lost.code == code && lost.subject == subject), "{report:?}");
    }
}

#[test]
fn archives_under_other_names_are_refused() {
    let case = Damaged::new();
    let (full, hourly) = (fs::read(case.path(&case.full)).unwrap(), fs::read(case.path(&case.hourly)).unwrap());
    case.with(&case.full, &hourly, || {
        case.with(&case.hourly, &full, || {
            case.is_refused(&case.full, "swapped");
            case.is_refused(&case.hourly, "swapped");
        });
    });
    // The newest full archive, replaced by an older one that is good in itself.
    case.world.advance_minutes(60);
    let newest = case.world.good_backup(Level::Full).archive;
    case.with(&newest, &full, || case.is_refused(&newest, "rolled back"));
    assert_same(&case.hourly_picture, &case.world.moment(&newest), "the newest");
}

#[test]
fn checksum_files_are_compared_but_not_needed() {
    let case = Damaged::new();
    let checksum = case.world.archives().checksum(&case.full);
    let text = fs::read_to_string(&checksum).unwrap();
    let other_digit = if text.starts_with('0') { "1" } else { "0" };
    for damaged in
        [format!("{other_digit}{}", &text[1..]), String::new(), "\0\u{fffd}".to_owned(), text[..40].to_owned()]
    {
        fs::write(&checksum, &damaged).unwrap();
        assert_eq!(case.verdicts(&case.full), [false, true], "{damaged:?}");
    }
    fs::remove_file(&checksum).unwrap();
    assert_eq!(case.verdicts(&case.full), [true, true], "the catalog knows the hash");
    assert_same(&case.full_picture, &case.world.moment(&case.full), "without its checksum file");
}

#[test]
fn a_missing_parent_is_named() {
    let case = Damaged::new();
    let folder = tempfile::tempdir().unwrap();
    fs::rename(case.path(&case.full), folder.path().join("away")).unwrap();
    for full in [false, true] {
        let report = case.world.verify(std::slice::from_ref(&case.hourly), full).unwrap();
        let problems: Vec<_> = report.archives.iter().flat_map(|verdict| &verdict.problems).collect();
        assert!(problems.iter().any(|problem| problem.code == Code::ArchiveMissing), "{problems:?}");
    }
    let into = folder.path().join("into");
    let error = case.world.restore_into(&case.hourly, &into).unwrap_err();
    assert_eq!(error.code(), Code::ParentMissing);
    assert!(error.to_string().contains(case.full.as_str()), "{error}");
    assert!(!into.exists());
}

#[test]
fn a_writer_that_was_given_up_leaves_no_archive() {
    let case = Damaged::new();
    let vault = case.world.context.vault(&case.world.profile.id).unwrap();
    let seal = Seal::Age(vault.public().unwrap().parse().unwrap());
    let path = case.world.path().join("unfinished");
    for length in [0, 100, 3 << 20] {
        let mut writer = ArchiveWriter::create(&path, &seal, 2, 2, At::default()).unwrap();
        let mut entry = Entry::gone(b"data/a".to_vec());
        entry.kind = EntryKind::File;
        entry.size = length;
        let content = Rng::new(length).bytes(length as usize);
        writer.file(&entry, &mut &content[..], &mut |_| Ok(())).unwrap().unwrap();
        drop(writer);
        let reading = case.world.reading(false);
        let error = ArchiveReader::open(&path, reading.identity(), &ReadCount::default()).unwrap_err();
        // The little that there is at first waits to be written.
        let expected = if length > 1 << 20 { Code::ArchiveTruncated } else { Code::NotAnArchive };
        assert_eq!(error.code(), expected, "{length}: {error}");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn after_damage_was_found_the_next_backup_builds_on_what_is_good() {
    for level in [Level::Hourly, Level::Daily] {
        for (cut, damaged_full) in [(true, true), (false, true), (true, false), (false, false)] {
            let case = Damaged::new();
            let name = if damaged_full { &case.full } else { &case.hourly };
            let mut bytes = fs::read(case.path(name)).unwrap();
            if cut {
                bytes.truncate(1000);
            } else {
                bytes[1_000_000] ^= 1;
                fs::write(case.path(name), &bytes).unwrap();
                // Bytes that changed unseen are found by a check.
                assert_eq!(case.verdicts(name), [false, false]);
            }
            fs::write(case.path(name), &bytes).unwrap();
            case.world.advance_minutes(60);
            case.world.write("chats/after.json", "after the damage");
            let picture = case.world.picture();
            let report = case.world.good_backup(level);
            assert_same(&picture, &case.world.moment(&report.archive), "after the damage");
        }
    }
}

#[test]
fn an_archive_that_only_the_public_key_was_needed_for_is_refused() {
    let case = Damaged::new();
    let created = case.world.catalog().archives().get(&case.world.profile.id, &case.full).unwrap().unwrap().created;
    let whole = fs::read(case.path(&case.full)).unwrap();
    case.world.write("evil.sh", "#!/bin/sh");
    let other = SigningKey::generate().unwrap();
    for (signing, code) in [(Some(&other), Code::SignedByOther), (None, Code::Unsigned)] {
        let forged = forge::forged(&case.world, created, Level::Full, signing);
        assert!(
            forged.ends_with(case.full.file_name()),
            "it has the same name: {} and {}",
            forged.display(),
            case.full
        );
        let forged = fs::read(forged).unwrap();
        case.with(&case.full, &forged, || {
            case.is_refused(&case.full, "forged");
            case.is_not_restored(&case.hourly, "upon a forged one");
            let error = case.world.restore_into(&case.full, &case.world.path().join("into")).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
        });
        // One more that the catalog knows nothing of, with a checksum of its own.
        let later = created + jiff::SignedDuration::from_hours(1);
        let path = forge::forged(&case.world, later, Level::Full, signing);
        let name = ArchiveName::parse(path.file_name().unwrap().to_str().unwrap()).unwrap();
        fs::copy(&path, case.path(&name)).unwrap();
        fs::copy(path.with_file_name(format!("{}.sha256", name.file_name())), case.world.archives().checksum(&name))
            .unwrap();
        case.is_not_restored(&name, "smuggled in");
        assert_eq!(case.verdicts(&name), [false, false]);
        fs::remove_file(case.path(&name)).unwrap();
    }
    assert_eq!(fs::read(case.path(&case.full)).unwrap(), whole);
    assert_eq!(case.verdicts(&case.full), [true, true]);
}

#[test]
fn hostile_lists_are_refused_even_where_they_are_signed() {
    let case = Damaged::new();
    let outside = case.world.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "mine").unwrap();
    let link = outside.as_os_str().as_bytes();
    let data = || forge::entry(b"data", EntryKind::Dir, b"");
    let kind = forge::entry;
    let nothing = |_: &mut Vec<u8>| {};
    let huge = |path: &[u8], size| {
        let mut entry = forge::file(path);
        (entry.size, entry.extents) = (size, vec![Extent { place: Place::Hole, length: size }]);
        entry
    };
    let mut beyond = forge::file(b"data/a");
    beyond.extents[0].length = 5;
    beyond.extents.push(Extent { place: Place::At { archive: 0, offset: 1 << 40 }, length: 3 });
    beyond.size = 8;
    let mut elsewhere = forge::file(b"data/a");
    elsewhere.extents[0].place = Place::At { archive: 1, offset: 0 };
    elsewhere.extents.push(Extent { place: Place::Hole, length: 4 });
    elsewhere.size = 8;
    let cases: Vec<(&str, Vec<Entry>)> = vec![
        ("a path upwards", vec![data(), forge::file(b"data/../../evil")]),
        ("another path upwards", vec![forge::file(b"../evil")]),
        ("an absolute path", vec![forge::file(b"/tmp/evil"), data()]),
        ("an empty part", vec![data(), forge::file(b"data//evil")]),
        ("a part that is a dot", vec![data(), forge::file(b"data/./evil")]),
        ("a NUL", vec![data(), forge::file(b"data/a\0b")]),
        ("a part that is too long", vec![data(), forge::file(&[b"data/", &[b'a'; 256][..]].concat())]),
        ("a file through a link", vec![data(), kind(b"data/l", EntryKind::Symlink, link), forge::file(b"data/l/evil")]),
        (
            "a folder through a link",
            vec![data(), kind(b"data/l", EntryKind::Symlink, link), kind(b"data/l/evil", EntryKind::Dir, b"")],
        ),
        ("a hard link upwards", vec![data(), kind(b"data/h", EntryKind::Hardlink, b"data/../../outside/secret")]),
        (
            "an absolute hard link",
            vec![data(), kind(b"data/h", EntryKind::Hardlink, outside.join("secret").as_os_str().as_bytes())],
        ),
        ("a file below a file", vec![data(), forge::file(b"data/a"), forge::file(b"data/a/b")]),
        ("a place beyond the end", vec![data(), beyond]),
        ("a place in an archive that is not named", vec![data(), elsewhere]),
        ("a file of no size on earth", vec![data(), huge(b"data/a", u64::MAX)]),
        ("files that are together too large", vec![data(), huge(b"data/a", 1 << 59), huge(b"data/b", 1 << 59)]),
    ];
    for (what, entries) in cases {
        let (name, _) = forge::hostile(&case.world, "data", entries, nothing);
        case.is_not_restored(&name, what);
    }
    for root in ["..", "../outside", "a/b", "", "/tmp"] {
        let (name, _) = forge::hostile(&case.world, root, vec![data()], nothing);
        case.is_not_restored(&name, "a root that leads out");
    }
    // What no writer of ours would write.
    let twins = vec![data(), forge::file(b"data/a"), forge::file(b"data/b")];
    let (name, _) = forge::hostile(&case.world, "data", twins, |index| {
        let at = index.windows(3).rposition(|bytes| bytes == [5, 1, b'b']).unwrap();
        index[at + 2] = b'a';
    });
    case.is_not_restored(&name, "a path that comes twice");

    // A hard link to what a link leads to is no way out either: there is nothing to link to.
    let through =
        vec![data(), kind(b"data/a", EntryKind::Symlink, link), kind(b"data/h", EntryKind::Hardlink, b"data/a/secret")];
    let (name, _) = forge::hostile(&case.world, "data", through, nothing);
    let into = case.world.path().join("into");
    let report = case.world.restore_into(&name, &into).unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(fs::symlink_metadata(into.join("data/h")).is_err());

    // Nor is anything written for a root that the archive does not name.
    let (name, _) = forge::hostile(&case.world, "data", vec![data(), forge::file(b"other/evil")], nothing);
    let into = case.world.path().join("unnamed");
    case.world.restore_into(&name, &into).unwrap();
    assert!(!into.join("other").exists() && !case.world.path().join("other").exists());

    // The same hand can write one that is good: what was refused above was refused for its reason.
    let (name, _) = forge::hostile(&case.world, "data", vec![data(), forge::file(b"data/a")], nothing);
    case.world.restore_into(&name, &case.world.path().join("good")).unwrap();
    assert_eq!(fs::read(case.world.path().join("good/data/a")).unwrap(), b"evil");
    let left: Vec<_> = fs::read_dir(&outside).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["secret"]);
    assert_eq!(fs::symlink_metadata(outside.join("secret")).unwrap().nlink(), 1);
}
