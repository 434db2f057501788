use crate::{Answer, Note, Service};
use holdfast_domain::Outcome;
use holdfast_engine::operations::forget::{self, ForgetPlan, Stays};
use serde::Serialize;

/// What forgetting a deployment means.
#[derive(Debug)]
pub struct PlannedForget {
    plan: ForgetPlan,
    pub preview: ForgottenAnswer,
}

#[derive(Debug, Clone, Serialize)]
pub struct ForgottenAnswer {
    pub outcome: Outcome,
    #[serde(flatten)]
    pub stays: Stays,
    pub problems: Vec<Note>,
}

impl Service {
    /// Says what would go and what stays. Changes nothing.
    pub fn plan_forget(&self, deployment: &str) -> Answer<PlannedForget> {
        let profile = self.profile(Some(deployment))?;
        let mut problems = Vec::new();
        self.settle(&profile, &mut problems)?;
        let plan = forget::plan(self.context(), &profile)?;
        let preview = ForgottenAnswer { outcome: Outcome::Done, stays: plan.stays.clone(), problems };
        Ok(PlannedForget { plan, preview })
    }

    /// Takes the settings, the keys and the records of a deployment off this machine.
    pub fn forget_deployment(&self, planned: PlannedForget) -> Answer<ForgottenAnswer> {
        self.let_go_of_keys();
        forget::run(self.context(), planned.plan)?;
        Ok(planned.preview)
    }
}
