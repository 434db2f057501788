mod answers;
mod damaged;
mod passed;
mod typed;

pub use answers::{FoundDeployment, MomentInfo, MomentsAnswer, Protected, Protection, RecoverAnswer, RecoverPreview};
pub use holdfast_engine::operations::recover::{OwnerKind, StrangeOwner};

use answers::{found_deployment, moment_info, protection, root_infos, strangers};
use passed::passed_over;
use typed::{public_key, typed, typed_identity};

use super::paths::inner;
use super::restore::answer;
use super::setup::{RootInfo, place};
use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Class, Code, Outcome, Problem, Severity};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::reading::Signature;
use holdfast_engine::operations::recover::{
    self, Adopted, Anew, Candidate, Found, Opened, Place, RecoverPlan, RecoverRequest, Trust,
};
use holdfast_engine::operations::restore::{Owners, Scope};
use holdfast_engine::vault::{Given, Passphrase, RECOVERY_KEY};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What was found on a drive. Nothing of it was opened yet.
#[derive(Debug)]
pub struct RecoverFound {
    found: Found,
    pub deployments: Vec<FoundDeployment>,
}

/// Asks for the passphrase of the thing named, or its recovery key; again with why the first was refused.
pub type AskSecret = dyn Fn(&str, Option<&Failure>) -> Answer<Zeroizing<String>> + Send + Sync;

/// What opens the archives, and whose are trusted.
#[derive(Clone, Default)]
pub struct RecoverKeys {
    pub keys: Keys,
    pub ask: Option<Arc<AskSecret>>,
    /// The public signing key from the recovery kit, or a file that holds it.
    pub signed_by: Option<String>,
}

impl std::fmt::Debug for RecoverKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoverKeys")
            .field("keys", &self.keys)
            .field("signed_by", &self.signed_by)
            .finish_non_exhaustive()
    }
}

/// Archives that open, and the moments that can be had from them.
#[derive(Debug)]
pub struct RecoverOpened {
    opened: Opened,
    /// The person named the key that archives are signed with.
    signer_given: bool,
    pub answer: MomentsAnswer,
}

#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
pub struct RecoverArgs {
    /// A name, a time, or `latest`; by default the newest good one.
    pub at: Option<String>,
    pub components: Vec<Class>,
    pub paths: Vec<PathBuf>,
    /// In the original places where `None`.
    pub into: Option<PathBuf>,
    /// Roots that go elsewhere.
    pub moved: Vec<(String, PathBuf)>,
    pub users: Vec<(String, String)>,
    pub groups: Vec<(String, String)>,
    /// Make an archive of what is in the original places now.
    pub emergency: bool,
    /// Take it under protection here afterwards.
    pub adopt: bool,
    /// For that where only the printed key is at hand: the recovery key is sealed with it.
    #[serde(skip)]
    pub new_passphrase: Option<Passphrase>,
}

#[derive(Debug)]
pub struct PlannedRecover {
    plan: RecoverPlan,
    notes: Vec<Note>,
    pub preview: RecoverPreview,
}

/// How often a person may mistype.
const TRIES: usize = 3;

impl Service {
    /// Finds archives where the person points. Reads names only.
    pub fn recover_find(&self, from: &Path) -> Answer<RecoverFound> {
        let found = recover::find(from).map_err(|e| {
            let code = e.code();
            let failure = Failure::from(e);
            match code {
                Code::NothingToRestore => failure.then(
                    "Name the drive, its folder Holdfast, or an archive's file. Is the drive mounted? Its folder is \
                     often below /media or /run/media.",
                ),
                Code::BadRequest => failure.then(
                    "Archives in the cloud: holdfast restore --at s3://BUCKET/PREFIX/Holdfast/NAME/ARCHIVE --into DIR; or \
                     fetch the folder Holdfast to this computer, and name that.",
                ),
                Code::PermissionDenied => failure.then(
                    "The archives belong to the user of the old machine: copy the folder Holdfast as root and give the \
                     copy to this user (or run the command with sudo).",
                ),
                _ => failure,
            }
        })?;
        let deployments = found.deposits.iter().map(found_deployment).collect();
        Ok(RecoverFound { found, deployments })
    }

    /// Opens the archives of a deployment, or of the only one.
    pub fn recover_open(
        &self,
        found: &RecoverFound,
        deployment: Option<&str>,
        keys: &RecoverKeys,
        job: &Job,
    ) -> Answer<RecoverOpened> {
        let deposit = found.found.deposit(deployment).map_err(|e| {
            let step =
                "Say which one (--deployment NAME); where one is in several folders, name its folder (--from FOLDER).";
            Failure::from(e).then(step)
        })?;
        let trust = Trust {
            signed_by: keys.signed_by.as_deref().map(public_key).transpose()?,
            accept_unverified: keys.keys.accept_unverified,
        };
        let mut given = Given {
            passphrase: keys.keys.passphrase.as_ref().map(|fetch| fetch()).transpose()?,
            identity_text: keys.keys.identity()?.map(|text| typed_identity(&text)),
            recovery_folder: None,
        };
        let mut tries_left = TRIES;
        let opened = loop {
            let error = match recover::open(self.context(), deposit.clone(), &given, &trust, job) {
                Ok(opened) => break opened,
                Err(error) => error,
            };
            let mistyped =
                tries_left < TRIES && matches!(error.code(), Code::WrongPassphrase | Code::WrongKey | Code::Mistyped);
            match &keys.ask {
                Some(ask) if tries_left > 0 && (error.code() == Code::KeyNeeded || mistyped) => {
                    let refused = mistyped.then(|| Failure::from(error));
                    given = typed(&ask(deposit.name.as_str(), refused.as_ref())?)?;
                    tries_left -= 1;
                }
                _ => return Err(without_key(error, &deposit.folder)),
            }
        };
        Ok(self.opened(opened, trust.signed_by.is_some()))
    }

    /// Looks at the same archives with a public signing key that the person knows, or without any. What was opened stays
    /// as it was.
    pub fn recover_trusting(
        &self,
        opened: &RecoverOpened,
        signed_by: Option<&str>,
        accept_unverified: bool,
        job: &Job,
    ) -> Answer<RecoverOpened> {
        let trust = Trust { signed_by: signed_by.map(public_key).transpose()?, accept_unverified };
        let opened = opened.opened.with_trust(self.context(), &trust, job)?;
        Ok(self.opened(opened, trust.signed_by.is_some()))
    }

    fn opened(&self, mut opened: Opened, signer_given: bool) -> RecoverOpened {
        opened.reading.count = self.count().clone();
        let answer = MomentsAnswer {
            outcome: Outcome::Done,
            deployment: opened.deposit.name.to_string(),
            folder: opened.deposit.folder.clone(),
            signer_known: opened.reading.can_check_signatures(),
            needs_new_passphrase: opened.has_bare_key(),
            offered: self.chosen(&opened, None).ok().map(|candidate| candidate.archive.clone()),
            moments: opened.candidates.iter().map(moment_info).collect(),
        };
        RecoverOpened { opened, signer_given, answer }
    }

    /// The moment that a text means, or the newest good one.
    pub fn recover_choose<'a>(&self, opened: &'a RecoverOpened, at: Option<&str>) -> Answer<&'a MomentInfo> {
        let chosen = self.candidate(opened, at)?;
        let found = opened.answer.moments.iter().find(|moment| moment.archive == chosen.archive);
        found.ok_or_else(|| Failure::new(Code::Internal, chosen.archive.as_str(), "it is not in the list"))
    }

    fn candidate<'a>(&self, opened: &'a RecoverOpened, at: Option<&str>) -> Answer<&'a Candidate> {
        // The whole name of a file may be given, wherever it lies.
        let at = at.map(|text| text.rsplit('/').next().unwrap_or(text));
        self.chosen(&opened.opened, at).map_err(|e| {
            let failure = not_usable(opened, Failure::from(e));
            match ArchiveName::parse(&failure.subject) {
                Some(name) => self.with_ways_out(opened, &name, failure),
                None => failure,
            }
        })
    }

    fn chosen<'a>(&self, opened: &'a Opened, at: Option<&str>) -> holdfast_engine::Result<&'a Candidate> {
        let clock = self.clock();
        recover::choose(&opened.candidates, at, clock.now(), &clock.zone())
    }

    /// Says what a recovery would do, and changes nothing.
    pub fn plan_recover(&self, opened: &RecoverOpened, args: &RecoverArgs, job: &Job) -> Answer<PlannedRecover> {
        let chosen = self.candidate(opened, args.at.as_deref())?;
        let roots: Vec<RootInfo> = chosen.manifest.iter().flat_map(|manifest| root_infos(manifest)).collect();
        let typed = || roots.iter().map(|root| (root.name.as_str(), root.path.as_path()));
        let request = RecoverRequest {
            archive: chosen.archive.clone(),
            scope: Scope {
                components: args.components.clone(),
                paths: args.paths.iter().map(|path| inner(path, typed())).collect(),
                except: Vec::new(),
            },
            place: match &args.into {
                Some(folder) => Place::Into(folder.clone()),
                None => Place::Original { moved: args.moved.clone() },
            },
            owners: Owners::new(&args.users, &args.groups, &self.context().users())?,
            emergency: args.emergency,
            adopt: args.adopt,
            anew: args.new_passphrase.clone().map(|passphrase| Anew { passphrase, work_factor: None }),
        };
        let mut notes = passed_over(opened, chosen);
        notes.extend(self.less_whole(opened, chosen));
        notes.extend(self.put_aside(opened, chosen));
        notes.extend(self.beside(opened, chosen));
        if chosen.signature.as_ref().is_some_and(|signature| *signature != Signature::Good) {
            let cause = "it was not confirmed who wrote it, and you chose to go on";
            notes.push(Note::from(Problem::new(Code::Unsigned, chosen.archive.as_str(), cause)));
        }
        let mut plan = recover::plan(self.context(), &opened.opened, request, job).map_err(|e| {
            let code = e.code();
            let failure = self.with_ways_out(opened, &chosen.archive, not_usable(opened, Failure::from(e)));
            match code {
                Code::PermissionDenied => failure.then(
                    "Choose other places (--into DIR, or --map ROOT=PATH for one), or do it as root (with sudo).",
                ),
                _ => failure,
            }
        })?;
        let engine = &mut plan.restore.preview;
        let mut notices = Note::all(engine.notices.clone());
        self.point_to_offered(opened, chosen, &mut notices);
        notes.extend(notices);
        let there = [engine.replaced, engine.deleted, engine.unchanged, engine.kept];
        let replaces = engine.in_place && there.iter().any(|tally| tally.files > 0);
        let restore = self.preview(engine, args.emergency, notes.clone());
        let folder = opened.answer.folder.clone();
        let owners = strangers(std::mem::take(&mut plan.owners), args);
        let largest = opened.answer.moments.iter().map(|moment| moment.stored_bytes).max().unwrap_or(0);
        let protection = protection(&plan.adoption, largest);
        let preview = RecoverPreview { restore, folder, replaces, protection, owners };
        Ok(PlannedRecover { plan, notes, preview })
    }

    /// Does what was shown. Failed or cancelled, the target and this machine are as they were.
    pub fn recover(&self, opened: &RecoverOpened, planned: PlannedRecover, job: &Job) -> Answer<RecoverAnswer> {
        let PlannedRecover { plan, notes, preview } = planned;
        let chosen = preview.restore.archive.clone();
        let report = recover::run(self.context(), &opened.opened, plan, job)
            .map_err(|e| self.with_ways_out(opened, &chosen, Failure::from(e)))?;
        // What was expected and did happen is said once.
        let happened = |note: &Note| {
            report.restored.problems.iter().any(|said| said.code == note.code && said.subject == note.subject)
        };
        let notes = notes.into_iter().filter(|note| !happened(note)).collect();
        let mut restored = answer(report.restored, preview.restore, notes);
        let protected = report.adopted.map(|adopted| self.protected(adopted, &mut restored.problems));
        Ok(RecoverAnswer { restored, protected, health_url: report.health_url, preset: report.preset })
    }

    fn protected(&self, adopted: Adopted, problems: &mut Vec<Note>) -> Protected {
        if let Some(refused) = adopted.keyring_refused.filter(|_| self.uses_keyring()) {
            let cause = format!("{}: restores will ask for the passphrase", refused.cause());
            let mut note = Note::from(Problem::new(Code::KeyringUnavailable, refused.subject(), cause));
            // Backups run without a keyring: nothing is less safe.
            note.severity = Severity::Notice;
            problems.push(note);
        }
        Protected {
            settings: adopted.settings,
            identity_in_keyring: adopted.identity_in_keyring,
            signing_key_in: place(adopted.signing_in),
            archives: adopted.recorded.len() as u64,
        }
    }
}

impl RecoverFound {
    /// The archive that was pointed at, if it was one.
    pub fn archive(&self) -> Option<&ArchiveName> {
        self.found.archive.as_ref()
    }
}

impl RecoverOpened {}

/// What opens archives where the sealed key beside them is missing or damaged: the printed one.
fn without_key(error: holdfast_engine::Error, folder: &Path) -> Failure {
    let sealed = folder.join(RECOVERY_KEY);
    let (missing, is_of_it) = (!sealed.is_file(), error.subject().ends_with(RECOVERY_KEY));
    let failure = Failure::from(error);
    match failure.code {
        Code::KeyNeeded if missing => failure.then(
            "Give the recovery key from the kit (typed into a file, --identity-file FILE); or take recovery-key.age from \
             another copy of the drive.",
        ),
        Code::ArchiveDamaged | Code::WrongKey | Code::NotAnArchive if is_of_it && !missing => failure.then(
            "The key from the recovery kit (--identity-file) opens the archives all the same; so does a sound copy of this \
             file, from another drive.",
        ),
        _ => failure,
    }
}

/// What to do about archives whose signature is not what it should be, or that are not there.
fn not_usable(opened: &RecoverOpened, failure: Failure) -> Failure {
    let signed =
        |signature: &Signature| opened.opened.candidates.iter().any(|c| c.signature.as_ref() == Some(signature));
    let others = |c: &Candidate| matches!(c.signature, Some(Signature::Bad | Signature::Other { .. }));
    if opened.signer_given && !signed(&Signature::Good) && opened.opened.candidates.iter().any(others) {
        let cause = "no archive is signed with the key that was given";
        return Failure::new(Code::SignedByOther, failure.subject, cause).then(
            "Compare it with the kit letter by letter: capitals matter. If it is right, somebody else made these archives, \
             or the drive is damaged: use another copy, or another drive.",
        );
    }
    match failure.code {
        Code::Unsigned if !opened.answer.signer_known => failure.then(
            "Give the signing key that is printed in the recovery kit (--signed-by KEY), or the passphrase instead of the \
             recovery key. If you know where the drive was all the time, go on without (--accept-unverified).",
        ),
        Code::ArchiveMissing | Code::NothingToRestore | Code::ParentMissing => {
            failure.then("Choose another of the moments that can be had (holdfast recover --list shows them).")
        }
        Code::ArchiveDamaged | Code::ArchiveTruncated => failure.then(
            "Take another moment (holdfast recover --list shows them) or another copy of the drive. What is undamaged can \
             be got out all the same (holdfast salvage).",
        ),
        _ => failure,
    }
}
