use super::standing::{DiskLoss, Place, disk_loss};
use crate::words::{count_words, size_words};
use crate::{Answer, Failure, Note, SecretText, Service, words};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use holdfast_engine::deployment::{Destination, Profile};
use holdfast_engine::operations::destinations::{self, AddPlan, AddRequest, FirstPlan, Meaning, TypedKey};
use holdfast_engine::store::{Folder, free_space};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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
    /// Of a place that is to be added: what it will get.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub waits: Option<Waits>,
    /// Of a place that is to be added: what is worth knowing before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Note>>", optional)]
    pub notes: Vec<Note>,
}

/// What a new place would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Waits {
    /// Archives that it is to get now, and their bytes.
    pub archives: u64,
    pub bytes: u64,
    /// What it will hold after a while, as far as archives that are there tell; 0 where none do.
    pub foreseen_bytes: u64,
    /// `None` where nobody knows, as of a cloud.
    pub free_bytes: Option<u64>,
    /// What will be written, and when.
    pub sentence: String,
}

impl Waits {
    fn new(archives: u64, bytes: u64, foreseen_bytes: u64, free_bytes: Option<u64>) -> Self {
        let what = format!("{}, {}", count_words(archives, "archive", "archives"), size_words(bytes));
        let sentence = match free_bytes {
            _ if archives == 0 => "No archive waits for it. It gets the next one after the next backup.".to_owned(),
            Some(free) if free < bytes => {
                format!("{what}, wait for it and do not fit: {} are free.", size_words(free))
            }
            _ => format!("{what}, wait for it. They are copied after the next backup, or by a copy now."),
        };
        Self { archives, bytes, foreseen_bytes, free_bytes, sentence }
    }

    /// `Code::PlaceTooSmall` where less is free than waits or is foreseen.
    fn too_small(&self, name: &str) -> Option<Note> {
        let free = self.free_bytes?;
        let wanted = self.bytes.max(self.foreseen_bytes);
        let cause = format!(
            "{} are free; {} wait now, about {} are foreseen",
            size_words(free),
            size_words(self.bytes),
            size_words(wanted)
        );
        (free < wanted).then(|| Note::from(Problem::new(Code::PlaceTooSmall, name, cause)))
    }
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
    pub destinations: Vec<Place>,
    /// What goes with the disk of the chatbot, where not all of it lies elsewhere too.
    pub disk_loss: Option<DiskLoss>,
    /// What a new, empty place would get.
    pub new_place: Waits,
    pub problems: Vec<Note>,
}

impl Service {
    pub fn destinations(&self, deployment: Option<&str>) -> Answer<DestinationList> {
        let profile = self.profile(deployment)?;
        let mut problems = Vec::new();
        drop(self.catalog(&mut problems)?);
        let places = self.standings(&profile)?;
        Ok(DestinationList {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name.to_string(),
            disk_loss: disk_loss(&places, self.clock().now()),
            destinations: places,
            new_place: self.waits_for(&profile, &[], None)?,
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
        // What lies there already is not copied again.
        let folder = Folder::of(&plan.setting, &profile.name);
        let there: Vec<ArchiveName> = folder.list().unwrap_or_default().into_iter().map(|held| held.name).collect();
        let chosen = plan.setting.path().unwrap_or(Path::new("/"));
        let around = chosen.ancestors().find(|above| above.exists()).unwrap_or(Path::new("/"));
        let waits = self.waits_for(&profile, &there, free_space(around).ok())?;
        let mut notes = Note::all(plan.notices.iter().cloned());
        notes.extend(waits.too_small(&preview.name));
        preview.waits = Some(waits);
        preview.notes.clone_from(&notes);
        Ok(PlannedDestination { deployment: profile.name.to_string(), plan, notes, preview })
    }

    fn waits_for(&self, profile: &Profile, there: &[ArchiveName], free_bytes: Option<u64>) -> Answer<Waits> {
        let due = destinations::waiting(self.context(), profile)?;
        let due = due.iter().filter(|row| !there.contains(&row.name));
        let (count, bytes) = due.fold((0, 0), |(count, bytes), row| (count + 1, bytes + row.stored_bytes));
        Ok(Waits::new(count, bytes, self.foreseen(profile, profile)?.bytes, free_bytes))
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
        waits: None,
        notes: Vec::new(),
    }
}
