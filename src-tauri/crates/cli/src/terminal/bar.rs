use holdfast_api::words::{count_words, duration_words, number_words, phase_words, size_words};
use holdfast_api::{Monitor, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The bar on a terminal.
#[derive(Default)]
pub struct Progressing {
    shown: Mutex<Option<ProgressBar>>,
}

impl Progressing {
    pub fn clear(&self) {
        if let Some(bar) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Monitor for Progressing {
    fn progress(&self, progress: &Progress) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        // One text for the whole line: parts that were set one by one would be seen out of step.
        shown.get_or_insert_with(new_bar).set_message(line(progress));
    }
}

fn new_bar() -> ProgressBar {
    // The template is fixed; if it did not fit, the plain one would show.
    let style =
        ProgressStyle::with_template("{spinner} {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)).with_style(style);
    // A phase that reports nothing for a while must not look stuck.
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

const BAR_WIDTH: u64 = 16;

fn line(progress: &Progress) -> String {
    let (done, total) = share(progress);
    let bar = if total == 0 {
        String::new()
    } else {
        let full = share_of(done, total, BAR_WIDTH);
        let (full, rest) = ("━".repeat(full as usize), "─".repeat((BAR_WIDTH - full) as usize));
        format!("  {full}{rest} {:>3} %", share_of(done, total, 100))
    };
    format!("{}{bar}  {}", phase_words(progress.phase), facts(progress)).trim_end().to_owned()
}

/// `whole` times the share that is done, without overflowing at any size.
fn share_of(done: u64, total: u64, whole: u64) -> u64 {
    (u128::from(done) * u128::from(whole) / u128::from(total.max(1))) as u64
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
        parts.push(format!("{} of {total}", number_words(progress.files_done)));
    } else if progress.files_done > 0 {
        parts.push(count_words(progress.files_done, "file", "files"));
    }
    if progress.bytes_total > 0 {
        parts.push(format!("{} of {}", size_words(progress.bytes_done), size_words(progress.bytes_total)));
    } else if progress.bytes_done > 0 {
        parts.push(size_words(progress.bytes_done));
    }
    // A guess: tenths of a second would promise too much.
    let left = |left| {
        if left < 60 { format!("{left} s left") } else { format!("{} left", duration_words(Duration::from_secs(left))) }
    };
    // What a person wants to know first comes first: a narrow terminal cuts the end off.
    let first = progress.seconds_left.map(left).into_iter();
    let speed = progress.bytes_per_second.map(|speed| format!("{}/s", size_words(speed)));
    first.chain(parts).chain(speed).collect::<Vec<_>>().join(", ")
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
    use holdfast_api::Phase;

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
        assert_eq!(facts(&progress()), "45 s left, 312 of 1,594 files, 412 MB of 4.2 GB, 85.0 MB/s");
    }

    #[test]
    fn the_line_fills_with_the_share() {
        let half = Progress { bytes_done: 2_100_000_000, ..progress() };
        let line = line(&half);
        assert!(line.starts_with("Backing up  ━━━━━━━━──────── "), "{line}");
        assert!(line.contains(" 50 %"), "{line}");
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
