//! Stopping and starting a chatbot: shown, then done.
use crate::{Answer, Service};
use holdfast_domain::Outcome;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::service::{self, Act, Proof, ServicePlan, ServiceStep, StepDone};
use holdfast_engine::service::Maintenance;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ServiceActArgs {
    pub deployment: Option<String>,
    pub act: Act,
}

/// What was worked out and not yet done.
#[derive(Debug)]
pub struct PlannedService {
    plan: ServicePlan,
    pub preview: ServicePreview,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ServicePreview {
    pub deployment: String,
    pub act: Act,
    /// In the order in which they are done.
    pub steps: Vec<ServiceStep>,
    /// What is looked at in the end.
    pub proof: Vec<String>,
    /// The settings do not say it: it was worked out from what runs here.
    pub guessed: bool,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ServiceActAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub act: Act,
    pub done: Vec<StepDone>,
    pub proof: Vec<Proof>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ServiceStatusAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub parts: Vec<ServiceStep>,
    pub proof: Vec<Proof>,
    pub maintenance: Option<Maintenance>,
    pub guessed: bool,
}

impl Service {
    /// Says every command that would be run. Changes nothing.
    pub fn plan_service(&self, args: &ServiceActArgs) -> Answer<PlannedService> {
        let profile = self.profile(args.deployment.as_deref())?;
        let plan = service::plan(self.context(), &profile, args.act)?;
        let preview = ServicePreview {
            deployment: profile.name.to_string(),
            act: plan.act,
            steps: plan.steps.clone(),
            proof: plan.proof.clone(),
            guessed: plan.guessed,
        };
        Ok(PlannedService { plan, preview })
    }

    /// Does what was shown. Stopped, the deployment is under maintenance until it is started again.
    pub fn run_service(&self, planned: PlannedService, job: &Job) -> Answer<ServiceActAnswer> {
        let report = service::run(self.context(), &planned.plan, "stopped with holdfast service stop", job)?;
        let missing = report.proof.iter().any(|proof| !proof.holds);
        Ok(ServiceActAnswer {
            outcome: if missing { Outcome::Problems } else { Outcome::Done },
            deployment: planned.preview.deployment,
            act: report.act,
            done: report.done,
            proof: report.proof,
        })
    }

    /// How the parts stand.
    pub fn service_status(&self, deployment: Option<&str>) -> Answer<ServiceStatusAnswer> {
        let profile = self.profile(deployment)?;
        let status = service::status(self.context(), &profile)?;
        Ok(ServiceStatusAnswer {
            outcome: Outcome::Done,
            deployment: profile.name.to_string(),
            parts: status.parts,
            proof: status.proof,
            maintenance: status.maintenance,
            guessed: status.guessed,
        })
    }
}
