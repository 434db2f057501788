//! What somebody who cannot see the window, or use a pointer, would stumble over.
use super::Page;
use crate::mode::skipped;
use serde_json::Value;
use std::path::Path;

/// What still moves has colours that nobody reads; what moves for ever is looked at as it is.
const RUN: &str = "const done = arguments[arguments.length - 1];
    const drawn = () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
    const ending = () => document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    drawn().then(() => Promise.allSettled(ending().map((one) => one.finished))).then(drawn).then(() => window.axe.run(document, { resultTypes: ['violations'] })).then(
        (found) => done(found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(
            ({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join(' | ')}`)),
        (error) => done([String(error)]));";

impl Page {
    /// That axe finds nothing serious in what is shown now.
    #[track_caller]
    pub fn is_sound(&self, what: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let Ok(axe) = std::fs::read_to_string(&file) else {
            return skipped("axe", "axe-core is not there (npm ci in ui)");
        };
        if self.script("return window.axe === undefined;") == true {
            self.script(&axe);
        }
        let found = self.later(RUN, vec![]);
        let found: Vec<&str> = found.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
    }
}
