//! Stops and starts a chatbot: its parts in order of their tiers, and the proof that it is down or up.
//!
//! A plan says every command before anything is done. Down means: no part runs, and no program that can be seen has the data
//! open. Up means: every part runs, and the health address answers where there is one.
use super::context::Context;
use super::in_use::{self, RunBy};
use crate::deployment::{Control, Profile, Tier};
use crate::error::{Error, Result};
use crate::health::{Http, Look, Probe, address_shown, processes};
use crate::jobs::Job;
use crate::service::{
    Maintenance, Part, PartState, Surroundings, begin_maintenance, commands, end_maintenance, maintenance,
};
use crate::{deployment, durable};
use holdfast_domain::Code;
use holdfast_domain::health::State;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "ServiceAct")]
pub enum Act {
    Stop,
    Start,
}

/// One part, as it will be stopped or started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ServiceStep {
    pub part: String,
    pub tier: Tier,
    /// What is run, as it would be typed.
    pub command: String,
    /// What runs of it now, where that can be told.
    pub runs: String,
    pub state: PartState,
    /// How long it may take.
    pub seconds: u64,
    /// It is killed where it does not end by then.
    pub kill: bool,
    /// A person has to do it.
    pub by_hand: bool,
}

/// What will be done, in this order.
#[derive(Debug, Clone)]
pub struct ServicePlan {
    pub act: Act,
    pub steps: Vec<ServiceStep>,
    /// What is looked at in the end.
    pub proof: Vec<String>,
    /// The settings do not say it: it was worked out from what runs, or from a compose file.
    pub guessed: bool,
    parts: Vec<Part>,
    profile: Box<Profile>,
}

/// One thing that shows that it is down or up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Proof {
    pub what: String,
    pub holds: bool,
    pub seen: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
pub struct StepDone {
    pub part: String,
    pub how: String,
    pub seconds: f64,
}

#[derive(Debug, Clone)]
pub struct ServiceReport {
    pub act: Act,
    pub done: Vec<StepDone>,
    pub proof: Vec<Proof>,
}

#[derive(Debug, Clone)]
pub struct ServiceStatus {
    pub parts: Vec<ServiceStep>,
    pub proof: Vec<Proof>,
    pub maintenance: Option<Maintenance>,
    pub guessed: bool,
}

/// Parts that were stopped, so that the same are started again where the settings name none.
const STOPPED: &str = "stopped.json";
/// Names of compose files, in the order in which compose looks for them.
const COMPOSE_FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// Where no part says it.
const START_WITHIN: Duration = Duration::from_mins(1);
/// What a stopped program leaves open is closed within this time.
const SETTLE: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(250);

fn surroundings(context: &Context, profile: &Profile) -> Surroundings {
    Surroundings { notes: context.home.service(&profile.id), logs: context.home.logs(), programs: None }
}

/// `Code::ServiceUnknown` where neither the settings nor what runs tells how.
pub fn plan(context: &Context, profile: &Profile, act: Act) -> Result<ServicePlan> {
    let (mut parts, guessed) = parts(context, profile)?;
    if parts.is_empty() {
        let cause = "its settings do not say how it is stopped and started, and nothing that runs tells it";
        return Err(Error::new(Code::ServiceUnknown, &profile.name, cause));
    }
    parts.sort_by_key(|part| part.tier);
    if act == Act::Stop {
        parts.reverse();
    }
    let around = surroundings(context, profile);
    let steps = parts.iter().map(|part| step(&around, part, act)).collect();
    let proof = match act {
        Act::Stop => vec!["no program that can be seen has the chatbot's data open".to_owned()],
        Act::Start => {
            let health = profile.health_url.iter().map(|url| format!("{} answers", address_shown(url)));
            std::iter::once("every part runs".to_owned()).chain(health).collect()
        }
    };
    Ok(ServicePlan { act, steps, proof, guessed, parts, profile: Box::new(profile.clone()) })
}

fn step(around: &Surroundings, part: &Part, act: Act) -> ServiceStep {
    let found = commands(part);
    let runs = match &part.control {
        Control::Command { matches: Some(text), .. } => processes::named(&processes::find(None, Some(text))),
        _ => String::new(),
    };
    let (command, within) = match act {
        Act::Stop => (found.stop, part.stop_within),
        Act::Start => (found.start, part.start_within),
    };
    ServiceStep {
        part: part.name.clone(),
        tier: part.tier,
        command,
        runs,
        state: around.state(part),
        seconds: within.as_secs(),
        kill: part.kill && act == Act::Stop,
        by_hand: part.control == Control::Nothing,
    }
}

/// Of the settings; else those that were stopped last, those whose units run, or a compose file in the folders.
fn parts(context: &Context, profile: &Profile) -> Result<(Vec<Part>, bool)> {
    if !profile.service.is_empty() {
        return Ok((profile.service.iter().map(Part::of).collect::<Result<_>>()?, false));
    }
    let stopped = context.home.service(&profile.id).join(STOPPED);
    if let Some(parts) = std::fs::read(stopped)
        .ok()
        .and_then(|text| serde_json::from_slice::<Vec<deployment::ServiceSetting>>(&text).ok())
        && !parts.is_empty()
    {
        return Ok((parts.iter().map(Part::of).collect::<Result<_>>()?, true));
    }
    Ok((guess(profile).iter().map(Part::of).collect::<Result<_>>()?, true))
}

fn guess(profile: &Profile) -> Vec<deployment::ServiceSetting> {
    use deployment::ServiceSetting;
    let compose = profile.roots.iter().filter(|root| !root.file).flat_map(|root| {
        // The folder itself, or the one around it, where a data folder alone is protected.
        std::iter::once(root.path.clone()).chain(root.path.parent().map(PathBuf::from))
    });
    let compose = compose.filter(|folder| COMPOSE_FILES.iter().any(|name| folder.join(name).is_file()));
    if let Some(path) = compose.take(1).next() {
        let (name, kind) = ("compose".to_owned(), "compose".to_owned());
        return vec![ServiceSetting { name, kind, path: Some(path), ..ServiceSetting::default() }];
    }
    let folders: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
    let mut found: Vec<ServiceSetting> = Vec::new();
    for holder in in_use::look(&folders).holders.into_iter().filter(|holder| holder.opens) {
        let (unit, user) = match holder.run_by {
            RunBy::UserUnit(unit) => (unit, true),
            RunBy::SystemUnit(unit) => (unit, false),
            RunBy::Unknown | RunBy::Docker(_) | RunBy::Podman(_) => continue,
        };
        // A session or a terminal is no service.
        if unit.ends_with(".service")
            && !unit.starts_with("user@")
            && !found.iter().any(|one| one.unit.as_ref() == Some(&unit))
        {
            let name = unit.trim_end_matches(".service").replace(['@', '\\', ':'], "-");
            let kind = "systemd".to_owned();
            found.push(ServiceSetting { name, kind, unit: Some(unit), user, ..ServiceSetting::default() });
        }
    }
    found
}

impl ServicePlan {
    pub fn deployment(&self) -> &Profile {
        &self.profile
    }
}

/// Does what was shown, a part after the other; at the first that fails it ends, and says so. Sets the flag of maintenance
/// before it stops anything, and takes it down when all is up. `Code::StillRunning`, `Code::ServiceNotStarted`,
/// `Code::ServiceUnknown` where a person has to do a part, `Code::Cancelled`.
pub fn run(context: &Context, plan: &ServicePlan, reason: &str, job: &Job) -> Result<ServiceReport> {
    let profile = &plan.profile;
    let around = surroundings(context, profile);
    let over = || job.is_cancelled();
    if plan.act == Act::Stop {
        let flag = Maintenance { since: context.clock.now(), until: None, reason: reason.to_owned() };
        begin_maintenance(&context.home, &profile.id, &flag)?;
        if plan.guessed {
            remember(context, plan)?;
        }
    }
    let mut done = Vec::new();
    for part in &plan.parts {
        job.checkpoint()?;
        let began = context.clock.elapsed();
        let how = match plan.act {
            Act::Stop => around.stop(part, &over)?,
            Act::Start => around.start(part, &over)?,
        };
        let seconds = context.clock.elapsed().saturating_sub(began).as_secs_f64();
        done.push(StepDone { part: part.name.clone(), how: how.to_owned(), seconds });
    }
    let proof = match plan.act {
        Act::Stop => down(profile, job)?,
        Act::Start => {
            let within = plan.parts.iter().map(|part| part.start_within).max().unwrap_or(START_WITHIN);
            let proof = up(context, profile, &plan.parts, within, job)?;
            end_maintenance(&context.home, &profile.id)?;
            durable::remove(&context.home.service(&profile.id).join(STOPPED))?;
            proof
        }
    };
    Ok(ServiceReport { act: plan.act, done, proof })
}

fn remember(context: &Context, plan: &ServicePlan) -> Result<()> {
    let parts: Vec<deployment::ServiceSetting> = plan.parts.iter().filter_map(setting).collect();
    let path = context.home.service(&plan.profile.id).join(STOPPED);
    durable::create_private_dir(&context.home.service(&plan.profile.id))?;
    let text = serde_json::to_vec(&parts).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
    durable::write(&path, &text, 0o600)
}

/// Of a part that was guessed, the settings that mean it.
fn setting(part: &Part) -> Option<deployment::ServiceSetting> {
    let of = |kind: &str| deployment::ServiceSetting {
        name: part.name.clone(),
        kind: kind.to_owned(),
        tier: part.tier,
        ..deployment::ServiceSetting::default()
    };
    match &part.control {
        Control::Compose { path, services } => {
            Some(deployment::ServiceSetting { path: Some(path.clone()), services: services.clone(), ..of("compose") })
        }
        Control::Systemd { unit, user } => {
            Some(deployment::ServiceSetting { unit: Some(unit.clone()), user: *user, ..of("systemd") })
        }
        Control::Command { .. } | Control::Nothing => None,
    }
}

/// Waits a little for files to be closed; `Code::StillRunning` names who has them open.
fn down(profile: &Profile, job: &Job) -> Result<Vec<Proof>> {
    let folders: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
    let mut waited = Duration::ZERO;
    loop {
        let left: Vec<_> = in_use::look(&folders).holders.into_iter().filter(|holder| holder.opens).collect();
        if left.is_empty() {
            let what = "no program has the chatbot's data open".to_owned();
            return Ok(vec![Proof { what, holds: true, seen: "none that can be seen".to_owned() }]);
        }
        if waited >= SETTLE {
            let cause = "has the chatbot's data open though every part was stopped";
            return Err(Error::new(Code::StillRunning, in_use::named(&left), cause));
        }
        job.checkpoint()?;
        std::thread::sleep(STEP);
        waited += STEP;
    }
}

/// Waits until it answers; `Code::ServiceNotStarted` with what it said last.
fn up(context: &Context, profile: &Profile, parts: &[Part], within: Duration, job: &Job) -> Result<Vec<Proof>> {
    let around = surroundings(context, profile);
    let mut proof = Vec::new();
    for part in parts {
        let state = around.state(part);
        if state == PartState::Down {
            return Err(Error::new(Code::ServiceNotStarted, &part.name, "it was started, and runs no more"));
        }
        let seen = if state == PartState::Up { "it runs" } else { "it cannot be seen" };
        proof.push(Proof { what: format!("{} runs", part.name), holds: state == PartState::Up, seen: seen.to_owned() });
    }
    let Some(url) = &profile.health_url else { return Ok(proof) };
    let what = format!("{} answers", address_shown(url));
    let mut waited = Duration::ZERO;
    loop {
        let seen = answers(context, url);
        if seen.0 != State::Failing {
            proof.push(Proof { what, holds: seen.0 != State::Unknown, seen: seen.1 });
            return Ok(proof);
        }
        if let Some(part) = parts.iter().find(|part| around.state(part) == PartState::Down) {
            let log =
                around.log_of(part).map(|log| format!("; it may say why in {}", log.display())).unwrap_or_default();
            return Err(Error::new(Code::ServiceNotStarted, &part.name, format!("it ended while it started{log}")));
        }
        if waited >= within {
            return Err(Error::new(Code::ServiceNotStarted, address_shown(url), seen.1));
        }
        job.checkpoint()?;
        std::thread::sleep(STEP);
        waited += STEP;
    }
}

fn answers(context: &Context, url: &str) -> (State, String) {
    let http = Http { url: url.to_owned(), status: None, contains: None, slow_ms: u32::MAX };
    let mut probe = Probe::new(context.clock.clone(), context.home.scratch());
    probe.limit = Duration::from_secs(3);
    let seen = http.look(&probe);
    (seen.state, seen.text)
}

/// How it stands. Changes nothing.
pub fn status(context: &Context, profile: &Profile) -> Result<ServiceStatus> {
    let (mut parts, guessed) = parts(context, profile)?;
    parts.sort_by_key(|part| part.tier);
    let around = surroundings(context, profile);
    let folders: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
    let holders: Vec<_> = in_use::look(&folders).holders.into_iter().filter(|holder| holder.opens).collect();
    let seen = if holders.is_empty() { "none that can be seen".to_owned() } else { in_use::named(&holders) };
    let mut proof =
        vec![Proof { what: "programs that have the data open".to_owned(), holds: !holders.is_empty(), seen }];
    if let Some(url) = &profile.health_url {
        let (state, seen) = answers(context, url);
        proof.push(Proof { what: format!("{} answers", address_shown(url)), holds: state == State::Ok, seen });
    }
    Ok(ServiceStatus {
        parts: parts.iter().map(|part| step(&around, part, Act::Stop)).collect(),
        proof,
        maintenance: maintenance(&context.home, &profile.id, context.clock.now()),
        guessed,
    })
}
