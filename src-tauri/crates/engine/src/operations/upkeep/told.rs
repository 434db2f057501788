use crate::durable;
use crate::error::Result;
use crate::operations::context::Context;
use holdfast_domain::Code;
use holdfast_domain::recovery_point::{Component, Overdue, Told};
use std::path::PathBuf;

/// Which parts of a deployment are to be told overdue now: each once, until it was in order again, whoever of several
/// programs asks.
pub fn newly_overdue(context: &Context, deployment_id: &str, components: &[Component]) -> Result<Vec<Overdue>> {
    let _lock = match context.lock(&format!("{deployment_id}+told"), "a look at the recovery points") {
        // Another program looks, and tells it.
        Err(e) if e.code() == Code::Locked => return Ok(Vec::new()),
        lock => lock?,
    };
    let path = path(context, deployment_id);
    let before: Told =
        std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let mut told = before.clone();
    let news = told.look(components, context.clock.now());
    if told.differs(&before) {
        durable::create_private_dir(&context.home.told())?;
        durable::write(&path, serde_json::to_string(&told).unwrap_or_default().as_bytes(), 0o600)?;
    }
    Ok(news)
}

/// Lets go of what was told of a deployment.
pub(crate) fn forget(context: &Context, deployment_id: &str) -> Result<()> {
    durable::remove(&path(context, deployment_id))
}

fn path(context: &Context, deployment_id: &str) -> PathBuf {
    context.home.told().join(format!("{deployment_id}.json"))
}
