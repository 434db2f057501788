use super::journal::{Journal, Stage, SwappedRoot};
use super::swap;
use crate::operations::context::Context;
use crate::watch::{Exchanged, Ours};

/// Tells a watch which states restores made live, whichever process made them. From the journals.
#[derive(Debug, Clone)]
pub struct OwnRestores {
    context: Context,
    deployment_id: String,
}

impl OwnRestores {
    pub fn new(context: &Context, deployment_id: &str) -> Self {
        Self { context: context.clone(), deployment_id: deployment_id.to_owned() }
    }
}

impl Ours for OwnRestores {
    fn exchanged(&self) -> Vec<Exchanged> {
        // What cannot be read counts as a change: rather an archive too many.
        let journals = Journal::all(&self.context, &self.deployment_id).unwrap_or_default();
        journals.iter().flat_map(|journal| journal.roots.iter().map(|root| of(journal, root))).collect()
    }
}

fn of(journal: &Journal, root: &SwappedRoot) -> Exchanged {
    let noted = || (journal.at.as_second(), i64::from(journal.at.subsec_nanosecond()));
    Exchanged {
        live: root.live.clone(),
        restored: root.new,
        // Before the exchange, and after an undo, the new state lies there.
        before: swap::identity(&root.aside).filter(|aside| Some(*aside) != root.new),
        at: root.set_aside.unwrap_or_else(noted),
        going_on: matches!(journal.stage, Stage::Swapping | Stage::Undoing),
    }
}
