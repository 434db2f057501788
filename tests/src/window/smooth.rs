//! Whether the window answers while something runs: how long its one thread was busy with anything.
use super::Page;
use serde_json::Value;
use std::time::Duration;

const BEGIN: &str = "window.heldUp = []; let last = performance.now();
    const beat = () => { const now = performance.now(); if (now - last > 50) window.heldUp.push(now - last);
        last = now; window.heart = setTimeout(beat, 4); };
    beat();";
const END: &str = "clearTimeout(window.heart); return window.heldUp;";

impl Page {
    /// From here on, tasks of more than 50 ms are counted.
    pub fn count_long_tasks(&self) {
        self.script(BEGIN);
    }

    /// Those that there were.
    pub fn long_tasks(&self) -> Vec<Duration> {
        let told = self.script(END);
        told.as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_f64)
            .map(|ms| Duration::from_secs_f64(ms / 1000.0))
            .collect()
    }
}
