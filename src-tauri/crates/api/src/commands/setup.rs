use super::contents::Contents;
use super::settings::missed_notices;
use crate::note::outcome_of;
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{Code, DeploymentName, Outcome, Problem, Severity, retention};
use holdfast_engine::Error;
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::destinations::{PlaceFacts, reach};
use holdfast_engine::operations::discover::{Machine, live_now, servers_near};
use holdfast_engine::operations::setup::{self, SetupPlan, SetupRequest};
use holdfast_engine::store::Folder;
use holdfast_engine::vault::{Passphrase, SigningPlace, Verdict, strength};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SetupArgs {
    /// By default the name of the first root's folder.
    pub name: Option<String>,
    /// Folders, or single files.
    pub roots: Vec<PathBuf>,
    /// `None`: only a look. Such a plan cannot be set up.
    pub destination: Option<PathBuf>,
    pub exclude: Vec<String>,
    /// What is left out by default and should be in: patterns, or paths as `left_out` tells them.
    pub include_recreatable: Vec<String>,
    /// Which chatbot it is, where that should not be told from what is there.
    pub preset: Option<String>,
    /// Where its secrets may lie beside the usual places.
    pub near: Vec<PathBuf>,
    pub health_url: Option<String>,
    /// Where to look whether the roots are what is live; without it that is not looked at.
    #[serde(skip)]
    pub machine: Option<Machine>,
    /// What is known beforehand and should be said.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// Database servers that are saved otherwise, or not used.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub without_servers: Vec<String>,
    /// Secrets that were not found and are kept elsewhere, or not used.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub without_secrets: Vec<String>,
}

/// What was found, and what would be protected.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SetupPreview {
    pub deployment: DeploymentName,
    pub roots: Vec<RootInfo>,
    /// The chatbot that was recognised.
    pub preset: Option<String>,
    pub pitfalls: Option<String>,
    pub health_url: Option<String>,
    /// Servers whose data the files do not hold.
    pub servers: Vec<String>,
    #[serde(flatten)]
    pub contents: Contents,
    /// The folder that archives will lie in; absent where no place was named.
    pub archives: Option<PathBuf>,
    /// What has to be done first to come by them from another computer, in a sentence.
    pub archives_step: Option<String>,
    pub place: Option<PlaceFacts>,
    /// What will be kept after a while, if each full archive is as large as what is there now.
    pub foreseen_bytes: u64,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RootInfo {
    pub name: String,
    pub path: PathBuf,
}

#[derive(Debug)]
pub struct PlannedSetup {
    plan: SetupPlan,
    pub preview: SetupPreview,
}

impl PlannedSetup {
    pub(crate) fn profile(&self) -> &Profile {
        &self.plan.profile
    }
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SetupAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    pub id: String,
    pub roots: Vec<RootInfo>,
    pub files: u64,
    pub bytes: u64,
    pub archives: PathBuf,
    /// What has to be done first to come by them from another computer, in a sentence.
    pub archives_step: String,
    /// The sealed key beside the archives: with the passphrase it opens them anywhere.
    pub recovery_key: PathBuf,
    pub identity_in_keyring: bool,
    /// `keyring` or `file`.
    #[ts(type = r#""keyring" | "file" | "nowhere""#)]
    pub signing_key_in: &'static str,
    pub recipients: Vec<String>,
    pub signing_public: String,
    /// `weak`, `fair`, `good` or `strong`.
    #[ts(type = r#""weak" | "fair" | "good" | "strong""#)]
    pub passphrase_strength: &'static str,
    pub problems: Vec<Note>,
}

impl Service {
    /// Looks at the folders and says what would be protected. Writes nothing.
    pub fn plan_setup(&self, args: SetupArgs, job: &Job) -> Answer<PlannedSetup> {
        let name = args.name.as_deref().map(DeploymentName::new).transpose();
        let name = name.map_err(|e| Failure::new(Code::BadRequest, "the deployment's name", e))?;
        let mut notices = args.problems;
        if let Some(machine) = &args.machine {
            notices.extend(servers_near(machine, &args.roots));
        }
        let request = SetupRequest {
            name,
            roots: args.roots,
            destination: args.destination,
            exclude: args.exclude,
            include_recreatable: args.include_recreatable,
            preset: args.preset,
            near: args.near,
            health_url: args.health_url,
            notices,
            without_servers: args.without_servers,
            without_secrets: args.without_secrets,
            work_factor: None,
        };
        let mut plan = setup::plan(self.context(), request, job).map_err(refused)?;
        if let Some(machine) = &args.machine {
            let roots: Vec<PathBuf> = plan.profile.roots.iter().map(|root| root.path.clone()).collect();
            plan.notices.extend(live_now(machine, &roots, plan.profile.preset.as_deref(), job)?);
        }
        let mut noted = Note::all(std::mem::take(&mut plan.notices));
        let missed = missed_notices(&plan.left_out, &plan.profile.exclude);
        // It was asked for: said, and no reason to call the set-up a half one.
        noted.extend(missed.into_iter().map(|problem| Note { severity: Severity::Notice, ..Note::from(problem) }));
        let profile = &plan.profile;
        let survey = &plan.survey;
        let (now, zone) = (self.clock().now(), self.clock().zone());
        let expected = retention::expected(&profile.retention, &profile.schedule, &profile.name, now, &zone);
        let preview = SetupPreview {
            deployment: profile.name.clone(),
            roots: profile.roots.iter().map(|r| RootInfo { name: r.name.clone(), path: r.path.clone() }).collect(),
            preset: profile.preset.clone(),
            pitfalls: survey.pitfalls.clone(),
            health_url: survey.health_url.clone(),
            servers: survey.servers.clone(),
            contents: Contents::from(survey),
            archives: profile.destinations.first().map(|d| Folder::of(d, &profile.name).dir().to_owned()),
            archives_step: profile.destinations.first().map(|d| reach(d).step(&self.context().host)),
            place: plan.place.clone(),
            foreseen_bytes: expected.full.max(1) * survey.bytes(),
            problems: noted,
        };
        Ok(PlannedSetup { plan, preview })
    }

    /// Makes the keys and the place for the archives. Interrupted, it leaves no half deployment.
    pub fn setup(&self, planned: PlannedSetup, passphrase: &Passphrase) -> Answer<SetupAnswer> {
        let PlannedSetup { plan, preview } = planned;
        if preview.archives.is_none() {
            let cause = "no place for the archives was chosen";
            return Err(Failure::not_begun("the set-up", cause, "Choose where the archives will be kept, then go on."));
        }
        let report = setup::run(self.context(), plan, passphrase)?;
        let mut problems = preview.problems;
        if let Some(refused) = report.keyring_refused.filter(|_| self.uses_keyring()) {
            let cause = format!("{}: restores will ask for the passphrase", refused.cause());
            let mut note = Note::from(Problem::new(Code::KeyringUnavailable, refused.subject(), cause));
            // Backups run without a keyring: nothing is less safe.
            note.severity = Severity::Notice;
            problems.push(note);
        }
        Ok(SetupAnswer {
            outcome: outcome_of(&problems),
            deployment: report.deployment,
            id: report.id,
            roots: preview.roots,
            files: preview.contents.files,
            bytes: preview.contents.bytes,
            archives: report.archives,
            archives_step: preview.archives_step.unwrap_or_default(),
            recovery_key: report.recovery_key,
            identity_in_keyring: report.identity_in_keyring,
            signing_key_in: place(report.signing_in),
            recipients: report.recipients,
            signing_public: report.signing_public,
            passphrase_strength: verdict(strength(passphrase).verdict),
            problems,
        })
    }
}

/// Archives that lie at the place already are not in the way: they may be what the person is looking for.
fn refused(error: Error) -> Failure {
    let folder = Some(error.subject().to_owned()).filter(|folder| Path::new(folder).is_dir());
    match folder.filter(|_| error.code() == Code::DeploymentExists) {
        Some(folder) => Failure::from(error).then(format!(
            "To go on with those archives: holdfast recover --from {folder}. To look into them: holdfast restore --at \
             {folder} --into NEW-FOLDER. To begin anew: another name, or another folder for the archives."
        )),
        None => error.into(),
    }
}

pub(crate) fn place(place: SigningPlace) -> &'static str {
    match place {
        SigningPlace::Keyring => "keyring",
        SigningPlace::File => "file",
    }
}

pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Weak => "weak",
        Verdict::Fair => "fair",
        Verdict::Good => "good",
        Verdict::Strong => "strong",
    }
}
