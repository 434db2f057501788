use super::*;
use holdfast_domain::Code;
use jiff::tz::TimeZone;
use std::fmt::Write;
use std::time::Duration;

pub(super) const ALL: [Code; 93] = [
    Code::FileChanged,
    Code::FileVanished,
    Code::FileUnreadable,
    Code::SpecialFileLeftOut,
    Code::DatabaseDamaged,
    Code::DatabaseWasDamaged,
    Code::DatabaseUnreadable,
    Code::VectorStoreChanging,
    Code::VectorStoreIncomplete,
    Code::RootMissing,
    Code::RootEmpty,
    Code::RootShrunk,
    Code::DatabaseLost,
    Code::ConfigLost,
    Code::VectorsLost,
    Code::FilesLost,
    Code::FilesCutShort,
    Code::FilesScrambled,
    Code::MostFilesChanged,
    Code::DatabaseEmptied,
    Code::UnusualSize,
    Code::SourceUnreadable,
    Code::LeftOutByPattern,
    Code::SecretNotFound,
    Code::ServerNotCaptured,
    Code::LiveElsewhere,
    Code::NotLookedInto,
    Code::NotAnArchive,
    Code::ArchiveTruncated,
    Code::ArchiveDamaged,
    Code::ArchiveMissing,
    Code::ParentMissing,
    Code::ParentDamaged,
    Code::NotChecked,
    Code::NewerFormat,
    Code::Unsigned,
    Code::SignedByOther,
    Code::ChecksumMismatch,
    Code::SizeOutOfRange,
    Code::NothingToRestore,
    Code::WrongPassphrase,
    Code::WrongKey,
    Code::KeyNeeded,
    Code::Mistyped,
    Code::KeyringUnavailable,
    Code::SigningKeyUnavailable,
    Code::KeyFromBefore,
    Code::DestinationMissing,
    Code::BadDestination,
    Code::CloudUnreachable,
    Code::BucketMissing,
    Code::AccessRefused,
    Code::DestinationFull,
    Code::ReadOnly,
    Code::TargetNotEmpty,
    Code::NotExchangeable,
    Code::NotEnoughSpace,
    Code::PermissionDenied,
    Code::InputOutput,
    Code::UnsafePath,
    Code::MetadataNotRestored,
    Code::OwnerUnknown,
    Code::FilesInUse,
    Code::StillInUse,
    Code::WrittenAside,
    Code::OriginDiffers,
    Code::CopyDue,
    Code::SameDisk,
    Code::PlaceTooSmall,
    Code::PlaceFilling,
    Code::TrayMissing,
    Code::Locked,
    Code::Cancelled,
    Code::Interrupted,
    Code::NothingToUndo,
    Code::ChangedSincePreview,
    Code::UnknownDeployment,
    Code::NotProtected,
    Code::DeploymentExists,
    Code::AmbiguousDeployment,
    Code::BadSettings,
    Code::CatalogDamaged,
    Code::CatalogIncomplete,
    Code::EmergencyFailed,
    Code::BadRunbook,
    Code::UnknownIncident,
    Code::IncidentDamaged,
    Code::CutShort,
    Code::ServiceUnknown,
    Code::ServiceNotStarted,
    Code::StillRunning,
    Code::BadRequest,
    Code::Internal,
];

#[test]
fn no_code_is_forgotten_here() {
    let source = include_str!("../../../domain/src/problem.rs");
    let (_, rest) = source.split_once("pub enum Code {").unwrap();
    let (body, _) = rest.split_once('}').unwrap();
    let declared: Vec<&str> = body
        .lines()
        .map(|line| line.trim().trim_end_matches(','))
        .filter(|l| !l.is_empty() && !l.starts_with("//"))
        .collect();
    let listed: Vec<String> = ALL.iter().map(|code| format!("{code:?}")).collect();
    assert_eq!(listed, declared);
}

/// The wording of every code, kept in a file so that a change of it is seen.
#[test]
fn every_code_has_the_words_in_the_file() {
    let mut text = String::new();
    for code in ALL {
        let words = of(code);
        writeln!(text, "{}\n  {}\n  {}", code.as_str(), words.title("THING"), words.next_step).unwrap();
    }
    let kept = include_str!("words.txt");
    assert_eq!(text, kept, "the words differ from words/words.txt; the new text is:\n{text}");
}

#[test]
fn words_are_sentences_without_noise() {
    for code in ALL {
        let words = of(code);
        for text in [words.pattern, words.next_step] {
            assert!(text.ends_with('.'), "{code:?}: {text}");
            for noise in ["!", "oops", "please", "successful", "something went wrong", "Please"] {
                assert!(!text.contains(noise), "{code:?} says {noise}: {text}");
            }
        }
        assert!(words.pattern.matches("{}").count() <= 1, "{code:?}");
    }
}

#[test]
fn a_title_begins_like_a_sentence_and_leaves_names_alone() {
    assert_eq!(of(Code::Cancelled).title("the run"), "The run was cancelled and leaves nothing half-done.");
    assert!(of(Code::FileChanged).title("theme/a.css").starts_with("theme/a.css changed"));
}

#[test]
fn no_two_codes_share_a_sentence() {
    let mut seen = std::collections::HashSet::new();
    for code in ALL {
        assert!(seen.insert(of(code).pattern), "{code:?} has the words of another code");
    }
}

#[test]
fn sizes_have_two_or_three_digits() {
    for (bytes, words) in [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (4_200_000_000, "4.2 GB"),
        (38_240_000_000, "38.2 GB"),
        (412_000_000, "412 MB"),
        (u64::MAX, "18.4 EB"),
    ] {
        assert_eq!(size_words(bytes), words);
    }
}

#[test]
fn durations_are_said_as_people_say_them() {
    for (millis, words) in [
        (0, "0.0 s"),
        (4_230, "4.2 s"),
        (42_000, "42 s"),
        (200_000, "3 min 20 s"),
        (180_000, "3 min"),
        (32 * 60_000, "32 min"),
        (125 * 60_000, "2 h 5 min"),
        (72 * 3_600_000, "3 days"),
    ] {
        assert_eq!(duration_words(Duration::from_millis(millis)), words);
    }
}

#[test]
fn times_are_relative_in_one_unit() {
    let now: jiff::Timestamp = "2026-11-21T12:48:00Z".parse().unwrap();
    for (at, words) in [
        ("2026-11-21T12:47:45Z", "just now"),
        ("2026-11-21T12:16:00Z", "32 min ago"),
        ("2026-11-21T10:48:00Z", "2 h ago"),
        ("2026-11-18T12:00:00Z", "3 days ago"),
        ("2026-11-21T13:48:00Z", "in 1 h"),
    ] {
        assert_eq!(ago_words(at.parse().unwrap(), now), words);
    }
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    assert_eq!(local_words(now, &berlin), "2026-11-21 13:48");
}

#[test]
fn counts_are_grouped_and_agree() {
    assert_eq!(count_words(1, "file", "files"), "1 file");
    assert_eq!(count_words(0, "file", "files"), "0 files");
    assert_eq!(count_words(1_020_774, "file", "files"), "1,020,774 files");
}

#[test]
fn a_name_cannot_command_the_terminal() {
    assert_eq!(printable("a\x1b[2Jb"), "a\\u{1b}[2Jb");
    assert_eq!(printable("invoice\u{202e}cod.exe"), "invoice\\u{202e}cod.exe");
    assert_eq!(printable("größe ✓"), "größe ✓");
}
