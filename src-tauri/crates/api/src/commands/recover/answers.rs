//! What is told of a recovery, before and after.
use crate::Note;
use crate::commands::archives::given_up_words;
use crate::commands::captured::CapturedNote;
use crate::commands::recover::RecoverArgs;
use crate::commands::restore::{RestoreAnswer, RestorePreview};
use crate::commands::setup::RootInfo;
use crate::words::size_words;
use holdfast_domain::{ArchiveName, Kind, Level, Outcome};
use holdfast_engine::archive::{Act, Manifest};
use holdfast_engine::operations::captured;
use holdfast_engine::operations::reading::Signature;
use holdfast_engine::operations::recover::{Adoption, Candidate, Deposit, OwnerKind, StrangeOwner};
use holdfast_engine::store::free_space;
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct FoundDeployment {
    pub name: String,
    pub folder: PathBuf,
    pub archives: u64,
    /// Of the newest archive, as its name says.
    pub newest: Option<Timestamp>,
    /// Whether the passphrase is enough: a sealed recovery key lies beside the archives.
    pub has_key: bool,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct MomentsAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub folder: PathBuf,
    /// Whether anything here tells by whose key archives should be signed.
    pub signer_known: bool,
    /// Whether protection can go on here only with a new passphrase: the printed key was given, which does not open the
    /// sealed one.
    pub needs_new_passphrase: bool,
    /// The one to take where nobody says another: the newest from which everything comes back whole, of a state that goes
    /// on, as `status` has it, or else the newest that can be had.
    pub offered: Option<ArchiveName>,
    /// Newest first.
    pub moments: Vec<MomentInfo>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct MomentInfo {
    pub archive: ArchiveName,
    pub at: Option<Timestamp>,
    pub kind: Option<Kind>,
    pub level: Option<Level>,
    pub stored_bytes: u64,
    /// Of the whole moment.
    pub files: Option<u64>,
    pub bytes: Option<u64>,
    /// The machine that made it.
    pub host: Option<String>,
    pub roots: Vec<RootInfo>,
    pub needs: Vec<ArchiveName>,
    /// Of those that it needs, which are not there.
    pub missing: Vec<ArchiveName>,
    /// `good`, `unsigned`, `other`, `bad`, `unchecked`.
    #[ts(type = r#""good" | "unsigned" | "other" | "bad" | "unchecked" | null"#)]
    pub signature: Option<&'static str>,
    pub restorable: bool,
    /// Every byte of it and of those that it needs was read, and is what was written. Otherwise damage amid the content
    /// shows only as it comes back.
    pub compared: bool,
    /// Of an archive of what was about to be replaced, by what, where that is known.
    pub before: Option<Act>,
    /// That its state is none to go back to, in words: `put aside by a restore`.
    pub given_up: Option<&'static str>,
    /// What it holds badly, or lacks.
    pub captured: Option<CapturedNote>,
    /// Why not.
    pub problem: Option<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RecoverPreview {
    #[serde(flatten)]
    pub restore: RestorePreview,
    /// Where the archives are.
    pub folder: PathBuf,
    /// Something lies in the original places, and would be replaced.
    pub replaces: bool,
    pub protection: Protection,
    /// Owners of files that are not known here, and to whom these can be given: only root can do that, so for anybody
    /// else there are none.
    pub owners: Vec<StrangeOwner>,
}

/// Whether protection goes on from here.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Protection {
    /// `will`, `already`, `not-wanted` or `cannot`.
    #[ts(type = r#""will" | "already" | "not-wanted" | "cannot""#)]
    pub state: &'static str,
    /// Where archives will be kept.
    pub destination: Option<PathBuf>,
    /// The archive carries the settings; otherwise they are found anew.
    pub settings_carried: bool,
    pub cause: Option<String>,
    /// That there is less room than one more archive may take, and what to do.
    pub room: Option<String>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RecoverAnswer {
    #[serde(flatten)]
    pub restored: RestoreAnswer,
    pub protected: Option<Protected>,
    /// Where the chatbot says whether it is well.
    pub health_url: Option<String>,
    /// The chatbot that it is.
    pub preset: Option<String>,
}

/// What there is on this machine now.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Protected {
    pub settings: PathBuf,
    pub identity_in_keyring: bool,
    /// `keyring` or `file`.
    #[ts(type = r#""keyring" | "file" | "nowhere""#)]
    pub signing_key_in: &'static str,
    /// Archives that are known here now.
    pub archives: u64,
}

pub(super) fn found_deployment(deposit: &Deposit) -> FoundDeployment {
    FoundDeployment {
        name: deposit.name.to_string(),
        folder: deposit.folder.clone(),
        archives: deposit.archives.len() as u64,
        newest: deposit.archives.last().and_then(|listed| listed.name.at()),
        has_key: deposit.has_key,
    }
}

pub(super) fn root_infos(manifest: &Manifest) -> impl Iterator<Item = RootInfo> + '_ {
    manifest.roots.iter().map(|root| RootInfo { name: root.name.clone(), path: root.path.clone() })
}

pub(super) fn moment_info(candidate: &Candidate) -> MomentInfo {
    let manifest = candidate.manifest.as_deref();
    MomentInfo {
        archive: candidate.archive.clone(),
        at: candidate.at(),
        kind: manifest.map(|m| m.kind),
        level: manifest.map(Manifest::level),
        stored_bytes: candidate.stored_bytes,
        files: manifest.map(|m| m.tree.files),
        bytes: manifest.map(|m| m.tree.bytes),
        host: manifest.map(|m| m.host.clone()),
        roots: manifest.into_iter().flat_map(root_infos).collect(),
        needs: manifest.map(|m| m.archives.iter().skip(1).cloned().collect()).unwrap_or_default(),
        missing: candidate.missing.clone(),
        signature: candidate.signature.as_ref().map(|signature| match signature {
            Signature::Good => "good",
            Signature::Unsigned => "unsigned",
            Signature::Other { .. } => "other",
            Signature::Bad => "bad",
            Signature::Unchecked => "unchecked",
        }),
        restorable: candidate.is_good(),
        before: candidate.before,
        given_up: Some(given_up_words(candidate.branch)).filter(|words| !words.is_empty()),
        captured: manifest.and_then(|m| CapturedNote::of(&captured::of_contents(m.problems.clone()))),
        compared: candidate.compared,
        problem: candidate.fault().cloned().map(Note::from),
    }
}

/// Whose they become stands there as it was asked, so that a name that was typed is found again.
pub(super) fn strangers(owners: Vec<StrangeOwner>, args: &RecoverArgs) -> Vec<StrangeOwner> {
    let asked = |owner: &StrangeOwner| {
        let rules = if owner.kind == OwnerKind::User { &args.users } else { &args.groups };
        rules.iter().find(|(old, _)| *old == owner.name).map(|(_, new)| new.clone())
    };
    let say = |owner: StrangeOwner| match asked(&owner) {
        Some(becomes) => StrangeOwner { becomes, ..owner },
        None => owner,
    };
    owners.into_iter().map(say).collect()
}

/// `largest`: bytes of the largest archive that lies there.
pub(super) fn protection(adoption: &Adoption, largest: u64) -> Protection {
    let plain = |state| Protection { state, destination: None, settings_carried: false, cause: None, room: None };
    match adoption {
        Adoption::Will { destination, carried } => Protection {
            destination: Some(destination.clone()),
            settings_carried: *carried,
            room: free_space(destination).ok().and_then(|free| room(free, largest)),
            ..plain("will")
        },
        Adoption::Already => plain("already"),
        Adoption::NotWanted => plain("not-wanted"),
        Adoption::Cannot(problem) => Protection { cause: Some(problem.cause.clone()), ..plain("cannot") },
    }
}

/// `None` where another of the largest fits.
fn room(free: u64, largest: u64) -> Option<String> {
    (free < largest).then(|| {
        format!(
            "Only {} are free there, and the largest archive has {}: the next one may find no room. Make room, or add another \
             place.",
            size_words(free),
            size_words(largest)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_room_for_one_more_archive_says_so() {
        assert_eq!(room(30_000_000, 29_000_000), None);
        let said = room(3_400_000, 29_000_000).unwrap();
        assert!(said.starts_with("Only 3.4 MB are free there, and the largest archive has 29.0 MB"), "{said}");
    }
}
