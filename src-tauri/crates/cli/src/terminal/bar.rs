use holdfast_api::words::{count_words, duration_words, phase_words, size_words};
use holdfast_api::{Monitor, Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The bar on a terminal.
#[derive(Default)]
pub struct Progressing {
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    bar: Option<ProgressBar>,
    phase: Option<Phase>,
}

impl Progressing {
    pub fn clear(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = shown.bar.take() {
            bar.finish_and_clear();
        }
        shown.phase = None;
    }
}

impl Monitor for Progressing {
    fn progress(&self, progress: &Progress) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let new_phase = shown.phase != Some(progress.phase);
        shown.phase = Some(progress.phase);
        let bar = shown.bar.get_or_insert_with(new_bar);
        let (done, total) = share(progress);
        if new_phase {
            bar.set_style(style(total > 0));
            bar.set_message(phase_words(progress.phase));
        }
        bar.set_length(total);
        bar.set_position(done);
        bar.set_prefix(facts(progress));
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    // A phase that reports nothing for a while must not look stuck.
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(known: bool) -> ProgressStyle {
    let template = if known { "{msg}  {bar:24} {percent:>3} %  {prefix}" } else { "{msg} {spinner}  {prefix}" };
    // The templates are fixed; one that did not fit would show the plain bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

/// Done and total by bytes where they are known, by files otherwise.
fn share(progress: &Progress) -> (u64, u64) {
    let by_bytes = (progress.bytes_done, progress.bytes_total);
    let (done, total) = if progress.bytes_total > 0 { by_bytes } else { (progress.files_done, progress.files_total) };
    (done.min(total), total)
}

/// Files and bytes done of how many, speed, time left: as far as they are known.
fn facts(progress: &Progress) -> String {
    let mut parts = Vec::new();
    if progress.files_total > 0 {
        let total = count_words(progress.files_total, "file", "files");
        parts.push(format!("{} of {total}", holdfast_api::words::number_words(progress.files_done)));
    } else if progress.files_done > 0 {
        parts.push(count_words(progress.files_done, "file", "files"));
    }
    if progress.bytes_total > 0 {
        parts.push(format!("{} of {}", size_words(progress.bytes_done), size_words(progress.bytes_total)));
    } else if progress.bytes_done > 0 {
        parts.push(size_words(progress.bytes_done));
    }
    parts.extend(progress.bytes_per_second.map(|speed| format!("{}/s", size_words(speed))));
    parts.extend(progress.seconds_left.map(|left| format!("{} left", duration_words(Duration::from_secs(left)))));
    parts.join(", ")
}

/// One JSON object a line on standard error.
pub struct JsonLines;

impl Monitor for JsonLines {
    fn progress(&self, progress: &Progress) {
        let mut line = json!({ "event": "progress" });
        if let (Some(line), Ok(serde_json::Value::Object(fields))) =
            (line.as_object_mut(), serde_json::to_value(progress))
        {
            line.extend(fields);
        }
        eprintln!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        Progress {
            phase: Phase::BackingUp,
            files_done: 312,
            files_total: 1594,
            bytes_done: 412_000_000,
            bytes_total: 4_200_000_000,
            bytes_per_second: Some(85_000_000),
            seconds_left: Some(45),
            current: None,
        }
    }

    #[test]
    fn the_bar_says_how_far_how_fast_and_how_long() {
        assert_eq!(facts(&progress()), "312 of 1,594 files, 412 MB of 4.2 GB, 85.0 MB/s, 45 s left");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let early = Progress {
            files_total: 0,
            bytes_total: 0,
            bytes_done: 0,
            bytes_per_second: None,
            seconds_left: None,
            ..progress()
        };
        assert_eq!(facts(&early), "312 files");
        assert_eq!(share(&early), (0, 0));
    }

    #[test]
    fn more_than_all_is_shown_as_all() {
        let grown = Progress { bytes_done: 5_000_000_000, ..progress() };
        assert_eq!(share(&grown), (4_200_000_000, 4_200_000_000));
    }
}
