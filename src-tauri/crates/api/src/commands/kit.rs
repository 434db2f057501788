use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Code, DeploymentName, Outcome, Problem, Severity};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::destinations::same_disk;
use holdfast_engine::operations::keys::{self, TypedBack};
use holdfast_engine::vault::KeySet;
use holdfast_engine::vault::kit::groups;
use holdfast_engine::{Error, durable};
use jiff::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where the page goes.
#[derive(Debug, Clone)]
pub enum KitPlace {
    File(PathBuf),
    /// The caller takes it.
    Hand,
}

/// That the page was made. The page itself is in no answer.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct KitAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    /// `None` where the caller took it.
    pub file: Option<PathBuf>,
    pub made: Timestamp,
    pub recipient: String,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone)]
pub struct CheckArgs {
    pub deployment: Option<String>,
    pub typed: TypedBack,
    /// Asked for only where single groups were typed and the keyring does not hold the key.
    pub keys: Keys,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CheckAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    /// The groups that were compared; empty where all of the key was typed.
    pub groups: Vec<usize>,
    /// `None` where only some groups of the person's choice were compared.
    pub proven: Option<Timestamp>,
    /// The newest archive, which opened with what was typed.
    pub opened: Option<ArchiveName>,
    pub problems: Vec<Note>,
}

/// Which groups of the printed key to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct KitGroups {
    /// Counted from 1, in order.
    pub groups: Vec<usize>,
    /// How many there are on the page.
    pub count: usize,
}

/// So many groups prove that the page lies before somebody.
const PROOF: usize = 2;

impl Service {
    /// Makes the page, which shows the key: what was kept in memory does not do for that. It goes to a file that only its owner can read, or to the caller. Holdfast keeps no copy.
    pub fn kit(
        &self,
        deployment: Option<&str>,
        place: &KitPlace,
        keys: &Keys,
    ) -> Answer<(KitAnswer, Option<Zeroizing<String>>)> {
        let profile = self.profile(deployment)?;
        let file = match place {
            KitPlace::File(path) => {
                let path = std::path::absolute(path).map_err(|e| Error::io(path, e))?;
                keys::require_place(self.context(), &profile, &path)?;
                Some(path)
            }
            KitPlace::Hand => None,
        };
        let reading = self.reading_anew(Some(&profile), None, keys)?;
        let kit = keys::kit(self.context(), &profile, reading.keys())?;
        let page = kit.html()?;
        if let Some(file) = &file {
            durable::write(file, page.as_bytes(), 0o600)?;
        }
        let page = file.is_none().then_some(page);
        self.context().vault(&profile.id)?.note_kit(|record| record.made = Some(kit.made))?;
        let (deployment, recipient) = (kit.deployment, kit.keys.recipient());
        let problems = file.iter().filter_map(|file| beside_the_chatbot(&profile, file)).collect();
        Ok((KitAnswer { outcome: Outcome::Done, deployment, file, made: kit.made, recipient, problems }, page))
    }

    /// Whether what was typed from the page is the deployment's key, and opens its newest archive.
    pub fn check_kit(&self, args: &CheckArgs) -> Answer<CheckAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let reading = match args.typed {
            TypedBack::Groups(_) | TypedBack::Asked(_) => Some(self.reading_anew(Some(&profile), None, &args.keys)?),
            TypedBack::Whole(_) => None,
        };
        let known: Option<&KeySet> = reading.as_ref().map(holdfast_engine::operations::reading::Reading::keys);
        let proof = keys::check(self.context(), &profile, &args.typed, known).map_err(|e| match e.code() {
            Code::WrongKey => {
                Failure::from(e).then("Look whether the page is of this deployment; holdfast key kit makes a new one.")
            }
            _ => e.into(),
        })?;
        let problems: Vec<Note> = proof
            .unopened
            .into_iter()
            .map(|problem: Problem| Note { severity: Severity::Notice, ..Note::from(problem) })
            .collect();
        Ok(CheckAnswer {
            outcome: Outcome::Done,
            deployment: profile.name,
            groups: proof.groups,
            proven: proof.proven,
            opened: proof.opened,
            problems,
        })
    }

    /// Groups to ask for, other ones each time.
    pub fn kit_groups(&self, deployment: Option<&str>) -> Answer<KitGroups> {
        // So that a wrong name costs no typing.
        self.profile(deployment)?;
        Ok(KitGroups { groups: groups::some(PROOF), count: KIT_GROUPS })
    }

    /// The deployment that a kit is checked of: so that a wrong name costs no typing.
    pub fn deployment(&self, name: Option<&str>) -> Answer<DeploymentName> {
        Ok(self.profile(name)?.name)
    }
}

/// The page is to outlive what takes the chatbot.
fn beside_the_chatbot(profile: &Profile, file: &Path) -> Option<Note> {
    let mut note = Note::from(same_disk(profile, file)?);
    note.severity = Severity::Notice;
    "The page lies on the disk of the chatbot.".clone_into(&mut note.title);
    "If this disk dies, the page is gone too. Print it, or move it to a drive that is kept elsewhere, and leave no copy here."
        .clone_into(&mut note.next_step);
    Some(note)
}

/// How many groups the key is printed in.
pub const KIT_GROUPS: usize = groups::COUNT;

/// One group as it was typed: whether it can be right, as far as its check letters tell.
pub fn read_kit_group(number: usize, text: &str) -> Answer<Zeroizing<String>> {
    Ok(groups::read_group(number, text)?)
}

/// Whether a text is more than one group: somebody who pastes the whole key.
pub fn is_whole_kit(text: &str) -> bool {
    groups::read(text).is_ok()
}

impl crate::PlannedSetup {
    /// Whether the kit may be written there, asked before anything is set up.
    pub fn require_kit_place(&self, service: &Service, path: &Path) -> Answer<()> {
        Ok(keys::require_place(service.context(), self.profile(), path)?)
    }
}
