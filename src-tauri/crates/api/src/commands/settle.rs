//! Losses that were meant.
use crate::{Answer, Service};
use holdfast_domain::Outcome;
use holdfast_engine::operations::settle::{self, SettlePlan, Word};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which losses were meant, or were not after all.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SettleArgs {
    pub deployment: Option<String>,
    /// `ROOT/...`: each file, or a folder with all below it that is lost. All of them where there is none.
    pub paths: Vec<String>,
    /// Takes back that they were meant: backups name them again, as long as they are not there.
    pub take_back: bool,
}

/// What will be said of losses: everything by its name.
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
    pub take_back: bool,
    /// Open losses that stay so; settled ones where some are taken back.
    pub left: u64,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SettleAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    /// What no backup tells of any more, `ROOT/...`
    pub settled: Vec<String>,
    /// What is told again, `ROOT/...`
    pub taken_back: Vec<String>,
    /// Open losses that stay so; settled ones where some were taken back.
    pub left: u64,
}

/// Losses that were meant, and that are not there again: each can be taken back.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SettledAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    /// What was said last comes first.
    pub settled: Vec<SettledLoss>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SettledLoss {
    /// `ROOT/...`
    pub path: String,
    /// When it was said to be meant.
    pub at: Timestamp,
}

impl Service {
    /// Names what would be settled or taken back, and does nothing.
    pub fn plan_settle(&self, args: &SettleArgs) -> Answer<PlannedSettle> {
        let profile = self.profile(args.deployment.as_deref())?;
        let word = if args.take_back { Word::TakenBack } else { Word::Meant };
        let plan = settle::plan(self.context(), &profile, word, &args.paths)?;
        let preview = SettlePreview {
            deployment: profile.name.to_string(),
            paths: plan.lost.iter().map(|lost| lost.path.clone()).collect(),
            take_back: args.take_back,
            left: plan.left as u64,
        };
        Ok(PlannedSettle { plan, preview })
    }

    /// Settles or takes back what was named, and nothing else.
    pub fn settle_losses(&self, planned: PlannedSettle) -> Answer<SettleAnswer> {
        let PlannedSettle { plan, preview } = planned;
        let named = settle::run(self.context(), plan)?.into_iter().map(|lost| lost.path).collect();
        let (settled, taken_back) = if preview.take_back { (Vec::new(), named) } else { (named, Vec::new()) };
        let SettlePreview { deployment, left, .. } = preview;
        Ok(SettleAnswer { outcome: Outcome::Done, deployment, settled, taken_back, left })
    }

    /// What was settled, and can be taken back.
    pub fn settled(&self, deployment: Option<&str>) -> Answer<SettledAnswer> {
        let profile = self.profile(deployment)?;
        let mut said = settle::said(&self.context().catalog()?.0, &profile)?.meant;
        said.reverse();
        let settled = said.into_iter().map(|one| SettledLoss { path: one.lost.path, at: one.at }).collect();
        Ok(SettledAnswer { outcome: Outcome::Done, deployment: profile.name.to_string(), settled })
    }
}
