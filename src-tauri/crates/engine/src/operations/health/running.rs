use super::super::in_use;
use crate::health::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use std::path::PathBuf;

/// So many programs are named.
const MOST: usize = 5;

/// Which programs have the chatbot's data open.
pub(super) struct Running {
    pub folders: Vec<PathBuf>,
}

impl Look for Running {
    fn look(&self, _: &Probe) -> Seen {
        let found: Vec<_> = in_use::look(&self.folders).holders.into_iter().filter(|holder| holder.opens).collect();
        if found.is_empty() {
            // Many chatbots open their files only for a moment, and others' processes cannot be looked into.
            let step = "If it should run, start it. Programs of other users are seen only by root.";
            return Seen::unknown("no program that can be seen has its data open", step).with(0.0, Unit::Count);
        }
        let mut text = in_use::named(&found[..found.len().min(MOST)]);
        if found.len() > MOST {
            text = format!("{text} and {} more", found.len() - MOST);
        }
        Seen::ok(text).with(found.len() as f64, Unit::Count)
    }
}
