//! Losses that were meant.
use crate::{Answer, Service};
use holdfast_domain::Outcome;
use holdfast_engine::operations::settle::{self, SettlePlan};
use serde::{Deserialize, Serialize};

/// Which losses were meant.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SettleArgs {
    pub deployment: Option<String>,
    /// `ROOT/...`: each file, or a folder with all below it that is lost. All open losses where there is none.
    pub paths: Vec<String>,
}

/// What will be settled: everything by its name.
#[derive(Debug)]
pub struct PlannedSettle {
    plan: SettlePlan,
    pub preview: SettlePreview,
}

#[derive(Debug, Clone, Serialize)]
pub struct SettlePreview {
    pub deployment: String,
    /// `ROOT/...`
    pub paths: Vec<String>,
    /// Open losses that stay so.
    pub left: u64,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SettleAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    /// What no backup tells of any more, `ROOT/...`
    pub settled: Vec<String>,
    /// Open losses that stay so.
    pub left: u64,
}

impl Service {
    /// Names what would be settled, and settles nothing.
    pub fn plan_settle(&self, args: &SettleArgs) -> Answer<PlannedSettle> {
        let profile = self.profile(args.deployment.as_deref())?;
        let plan = settle::plan(self.context(), &profile, &args.paths)?;
        let preview = SettlePreview {
            deployment: profile.name.to_string(),
            paths: plan.lost.iter().map(|lost| lost.path.clone()).collect(),
            left: plan.left as u64,
        };
        Ok(PlannedSettle { plan, preview })
    }

    /// Settles what was named, and nothing else.
    pub fn settle_losses(&self, planned: PlannedSettle) -> Answer<SettleAnswer> {
        let PlannedSettle { plan, preview } = planned;
        let settled = settle::run(self.context(), plan)?;
        Ok(SettleAnswer {
            outcome: Outcome::Done,
            deployment: preview.deployment,
            settled: settled.into_iter().map(|lost| lost.path).collect(),
            left: preview.left,
        })
    }
}
