use crate::{Answer, Failure, Note, SecretText, Service, words};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::deployment::Destination;
use holdfast_engine::operations::destinations::{self, AddPlan, AddRequest, FirstPlan, Meaning, Standing, TypedKey};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use holdfast_engine::operations::destinations::AddCloud;
pub use holdfast_engine::store::cloud::{CloudSettings, CredentialsIn, is_address};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AddDestinationArgs {
    pub deployment: Option<String>,
    /// By default the drive's or the folder's own.
    pub name: Option<String>,
    pub path: PathBuf,
    /// Whether it comes and goes; `None`: as it looks.
    pub drive: Option<bool>,
    /// Longer archives are cut into volumes; `None`: only where the file system asks for it.
    pub volume_bytes: Option<u64>,
}

/// A place in the cloud as a window asks for it.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AddCloudArgs {
    pub deployment: Option<String>,
    /// By default the bucket's.
    pub name: Option<String>,
    pub service: CloudSettings,
    /// The account's key as typed: it goes into the keyring and nowhere else, whatever `service.credentials` says. `null`
    /// where that says where it is already.
    pub typed: Option<CloudKey>,
}

/// As the provider shows it. For Azure and Google the secret alone counts: the account's key, or the service account's
/// file.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct CloudKey {
    pub id: String,
    #[ts(type = "string")]
    pub secret: SecretText,
}

/// What will be added.
#[derive(Debug)]
pub struct PlannedDestination {
    deployment: String,
    plan: AddPlan,
    notes: Vec<Note>,
    pub preview: DestinationInfo,
}

/// What making a place the first one means.
#[derive(Debug)]
pub struct PlannedFirst {
    plan: FirstPlan,
    pub preview: FirstAnswer,
}

#[derive(Debug, Clone, Serialize)]
pub struct FirstAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    #[serde(flatten)]
    pub meaning: Meaning,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DestinationInfo {
    pub name: String,
    /// `folder`, `drive` or `cloud`.
    #[ts(type = r#""folder" | "drive" | "cloud""#)]
    pub kind: &'static str,
    /// For a cloud its address.
    pub path: PathBuf,
    /// `ext4`, `vfat`; empty where nobody knows.
    pub file_system: String,
    /// Archives longer than this are cut into volumes.
    pub volume_bytes: Option<u64>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DestinationAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub destination: DestinationInfo,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DestinationList {
    pub outcome: Outcome,
    pub deployment: String,
    /// The first is where archives are made.
    pub destinations: Vec<Standing>,
    pub problems: Vec<Note>,
}

impl Service {
    pub fn destinations(&self, deployment: Option<&str>) -> Answer<DestinationList> {
        let profile = self.profile(deployment)?;
        let mut problems = Vec::new();
        drop(self.catalog(&mut problems)?);
        Ok(DestinationList {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name.to_string(),
            destinations: destinations::list(self.context(), &profile)?,
            problems,
        })
    }

    /// Looks at the place. Writes nothing.
    pub fn plan_destination(&self, args: AddDestinationArgs) -> Answer<PlannedDestination> {
        let profile = self.profile(args.deployment.as_deref())?;
        let AddDestinationArgs { name, path, drive, volume_bytes, .. } = args;
        let plan = destinations::plan(&profile, self.context(), AddRequest { name, path, drive, volume_bytes })?;
        let mut preview = info(&plan.setting);
        preview.file_system.clone_from(&plan.file_system.kind);
        preview.volume_bytes = preview.volume_bytes.or(plan.file_system.file_limit);
        let notes = Note::all(plan.notices.iter().cloned());
        Ok(PlannedDestination { deployment: profile.name.to_string(), plan, notes, preview })
    }

    /// Marks it, puts beside the archives-to-be what opening them needs, and notes it in the settings. Copies nothing yet.
    pub fn add_destination(&self, planned: PlannedDestination) -> Answer<DestinationAnswer> {
        let PlannedDestination { deployment, plan, notes, preview } = planned;
        let profile = self.profile(Some(&deployment))?;
        let added = destinations::add(self.context(), &profile, plan)?;
        let destination = DestinationInfo { path: added.archives, ..preview };
        Ok(DestinationAnswer { outcome: Outcome::Done, deployment, destination, problems: notes })
    }

    /// Asks the service, puts there what opening the archives-to-be needs, and notes it in the settings. Copies nothing
    /// yet.
    pub fn add_cloud(&self, deployment: Option<&str>, request: AddCloud) -> Answer<DestinationAnswer> {
        let profile = self.profile(deployment)?;
        let plan = destinations::plan_cloud(self.context(), &profile, request)?;
        let setting = destinations::add_cloud(self.context(), &profile, plan)?;
        Ok(answer(profile.name.to_string(), &setting))
    }

    /// The same with a key as typed. Without a keyring to keep it in nobody is asked and nothing is added
    /// (`Code::KeyringUnavailable`).
    pub fn add_cloud_as_typed(&self, args: AddCloudArgs) -> Answer<DestinationAnswer> {
        let AddCloudArgs { deployment, name, service, typed } = args;
        let is_typed = typed.is_some();
        let typed = typed.map(|CloudKey { id, secret }| TypedKey { id, secret: secret.into_text() });
        let request = AddCloud { name, service, into_keyring: false, typed };
        self.add_cloud(deployment.as_deref(), request).map_err(|failure| {
            if is_typed && failure.code == Code::KeyringUnavailable {
                let title = words::NO_KEYRING_FOR_KEY.title("");
                Failure { title, ..failure.then(words::NO_KEYRING_FOR_KEY.next_step) }
            } else {
                failure
            }
        })
    }

    /// Takes a destination out of the settings; what lies there stays.
    pub fn remove_destination(&self, deployment: Option<&str>, name: &str) -> Answer<DestinationAnswer> {
        let profile = self.profile(deployment)?;
        let setting = destinations::forget(self.context(), &profile, name)?;
        Ok(answer(profile.name.to_string(), &setting))
    }

    /// Looks at the place that archives shall be made at. Moves nothing.
    pub fn plan_first(&self, deployment: Option<&str>, name: &str) -> Answer<PlannedFirst> {
        let profile = self.profile(deployment)?;
        let plan = destinations::plan_first(self.context(), &profile, name)?;
        let preview = FirstAnswer {
            outcome: Outcome::Done,
            deployment: profile.name.to_string(),
            meaning: plan.meaning.clone(),
            problems: Vec::new(),
        };
        Ok(PlannedFirst { plan, preview })
    }

    /// Archives are made there from now on. Nothing is copied or removed by that.
    pub fn make_first(&self, planned: PlannedFirst) -> Answer<FirstAnswer> {
        let PlannedFirst { plan, preview } = planned;
        let profile = self.profile(Some(&preview.deployment))?;
        destinations::make_first(self.context(), &profile, &plan)?;
        Ok(preview)
    }

    pub fn rename_destination(&self, deployment: Option<&str>, name: &str, to: &str) -> Answer<DestinationAnswer> {
        let profile = self.profile(deployment)?;
        let setting = destinations::rename(self.context(), &profile, name, to)?;
        Ok(answer(profile.name.to_string(), &setting))
    }
}

fn answer(deployment: String, setting: &Destination) -> DestinationAnswer {
    DestinationAnswer { outcome: Outcome::Done, deployment, destination: info(setting), problems: Vec::new() }
}

fn info(setting: &Destination) -> DestinationInfo {
    let volume_bytes = match setting {
        Destination::Folder { volume_bytes, .. } | Destination::Drive { volume_bytes, .. } => *volume_bytes,
        Destination::Cloud { .. } => None,
    };
    let address = match setting {
        Destination::Cloud { service, .. } => PathBuf::from(&service.url),
        _ => PathBuf::new(),
    };
    DestinationInfo {
        name: setting.name(),
        kind: setting.kind(),
        path: setting.path().map_or(address, PathBuf::from),
        file_system: String::new(),
        volume_bytes,
    }
}
