//! A deployment's settings as a person changes them. Where archives are kept is changed by the commands for destinations.
mod check;
mod consequences;
mod excludes;
mod missed;

pub use check::{FieldProblem, SettingsCheck};
pub(super) use check::{Found, patterns};
pub use consequences::{Consequences, MayLose};
pub(super) use missed::notices as missed_notices;

pub use excludes::ExcludeEffect;
pub(crate) use excludes::Looking;

use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{retention, schedule};
use holdfast_engine::deployment::{self, ClassTotal, LeftOutTotal, Profile, Root};
use holdfast_engine::jobs::Job;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Says whose settings these are; a name is not changed here.
    pub deployment: String,
    pub schedule: SchedulePolicy,
    pub retention: RetentionPolicy,
    /// Patterns as in `.gitignore`.
    pub exclude: Vec<String>,
    pub include_recreatable: Vec<String>,
    pub health_url: Option<String>,
    pub notes: String,
    pub roots: Vec<SettingsRoot>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SchedulePolicy {
    pub enabled: bool,
    pub full_every_days: u32,
    pub daily: bool,
    /// `02:00`, local.
    pub daily_at: String,
    /// 0: off.
    pub hourly_minutes: u32,
    /// Changed configuration is archived soon, and not only in the next window.
    pub on_change: bool,
    /// On battery, nothing is made below this charge. 0: the battery does not matter.
    pub min_battery_percent: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RetentionPolicy {
    pub hourly: u32,
    pub daily: u32,
    pub weekly: u32,
    pub monthly: u32,
    pub manual_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SettingsRoot {
    /// Its name in archives. Empty for a new one: it is named by its path.
    pub name: String,
    pub path: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SettingsArgs {
    pub deployment: Option<String>,
    pub settings: Settings,
}

/// The part of a window's `SettingsAnswer` that is a deployment's; the program that shows it adds its own (`application`).
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DeploymentSettings {
    pub settings: Settings,
    /// In the order of `settings.roots`.
    pub roots: Vec<RootSize>,
    /// What is in the roots now.
    pub components: Vec<ClassTotal>,
    /// Largest first; at most 20.
    pub left_out: Vec<LeftOutTotal>,
    /// There are more files than could be counted in the time: of all of it there is at least this.
    pub at_least: bool,
}

/// What is taken in of a root now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct RootSize {
    pub path: PathBuf,
    pub there: bool,
    pub files: u64,
    pub bytes: u64,
}

/// As long as a person waits for a page: a chatbot with more files than can be counted by then has "at least" so many.
const PATIENCE: Duration = Duration::from_secs(3);

impl Service {
    /// The settings, and what they take in now: looks through the roots for some three seconds at most, by names and sizes
    /// alone.
    pub fn settings(&self, deployment: Option<&str>, job: &Job) -> Answer<DeploymentSettings> {
        let profile = self.profile(deployment)?;
        let looked = deployment::look(&profile, self.home(), self.clock().elapsed() + PATIENCE, job)?;
        let roots = profile.roots.iter().zip(looked.roots).map(|(root, (files, bytes))| RootSize {
            path: root.path.clone(),
            there: root.is_there(),
            files,
            bytes,
        });
        Ok(DeploymentSettings {
            settings: Settings::of(&profile),
            roots: roots.collect(),
            components: looked.classes,
            left_out: looked.left_out,
            at_least: !looked.complete,
        })
    }

    /// What settings would mean, without writing them: asked while a person types. Takes some two seconds at most, however
    /// many files there are; the one that is asked next ends this one (`Code::Cancelled`).
    pub fn check_settings(&self, args: &SettingsArgs) -> Answer<SettingsCheck> {
        let present = self.profile(args.deployment.as_deref().or(Some(&args.settings.deployment)))?;
        let check::Checked { mut problems, profile } = check::check(&present, &args.settings);
        let consequences = self.consequences(&present, if problems.is_empty() { &profile } else { &present })?;
        let effects = self.exclude_effects(&profile, &args.settings.exclude, &mut problems)?;
        let changed = |of: &Profile| (of.exclude.clone(), of.roots.clone());
        // What was decided is not asked again at each other change.
        let decide = !effects.warnings.is_empty() && changed(&present) != changed(&profile);
        Ok(SettingsCheck { problems, consequences, excludes: effects.lines, warnings: effects.warnings, decide })
    }

    /// Writes all of them, or none: `Code::BadSettings` with the first thing that is wrong.
    pub fn write_settings(&self, args: &SettingsArgs, job: &Job) -> Answer<DeploymentSettings> {
        let name = args.deployment.as_deref().or(Some(&args.settings.deployment));
        let present = self.profile(name)?;
        // As they are on the disk while nobody else changes them.
        let lock = self.context().lock(present.name.as_str(), "a change of settings")?;
        let present = self.profile(name)?;
        let check::Checked { mut problems, profile } = check::check(&present, &args.settings);
        if problems.is_empty() {
            self.exclude_effects(&profile, &profile.exclude, &mut problems)?;
        }
        if let Some(first) = problems.into_iter().next() {
            let Note { code, severity, subject, cause, title, next_step, .. } = first.note;
            return Err(Failure { code, severity, subject, cause, title, next_step });
        }
        deployment::save(&profile, &deployment::path_of(&self.context().home, &profile.name))?;
        drop(lock);
        self.settings(Some(profile.name.as_str()), job)
    }
}

impl Settings {
    pub(crate) fn of(profile: &Profile) -> Self {
        let schedule::Policy {
            enabled,
            full_every_days,
            daily,
            daily_at,
            hourly_minutes,
            on_change,
            min_battery_percent,
        } = profile.schedule.clone();
        let retention::Policy { hourly, daily: days, weekly, monthly, manual_days } = profile.retention;
        let daily_at = daily_at.strftime("%H:%M").to_string();
        let root = |root: &Root| SettingsRoot {
            name: root.name.clone(),
            path: root.path.clone(),
            data: root.data.clone(),
            file: root.file,
        };
        Self {
            deployment: profile.name.to_string(),
            schedule: SchedulePolicy {
                enabled,
                full_every_days,
                daily,
                daily_at,
                hourly_minutes,
                on_change,
                min_battery_percent,
            },
            retention: RetentionPolicy { hourly, daily: days, weekly, monthly, manual_days },
            exclude: profile.exclude.clone(),
            include_recreatable: profile.include_recreatable.clone(),
            health_url: profile.health_url.clone(),
            notes: profile.notes.clone(),
            roots: profile.roots.iter().map(root).collect(),
        }
    }
}
