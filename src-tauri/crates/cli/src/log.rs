//! The log: a file a day in the home's `logs`, two weeks of them. Never arguments, never secrets.
use std::path::Path;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

const DAYS_KEPT: usize = 14;

/// Begins logging. A folder that cannot be written to must not keep anything from being backed up or restored: then
/// there is no file.
pub fn start(folder: Option<&Path>, verbose: u8) {
    let file = folder.and_then(|folder| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("holdfast")
            .filename_suffix("log")
            .max_log_files(DAYS_KEPT)
            .build(folder)
            .ok()
    });
    let to_file = file.map(|file| {
        let file = std::sync::Mutex::new(file);
        fmt::layer().with_ansi(false).with_writer(file).with_filter(ours("info"))
    });
    let level = match verbose {
        0 => None,
        1 => Some("info"),
        _ => Some("debug"),
    };
    let to_terminal = level.map(|level| {
        fmt::layer().with_ansi(false).with_target(false).with_writer(std::io::stderr).with_filter(ours(level))
    });
    // Fails only where one is set already, which only tests do.
    let _ = tracing_subscriber::registry().with(to_file).with(to_terminal).try_init();
}

/// Only what Holdfast itself says: what libraries would write is not known to be free of secrets.
fn ours(level: &str) -> EnvFilter {
    EnvFilter::new(format!("off,holdfast={level},holdfast_api={level},holdfast_engine={level}"))
}
