//! The log: a file a day in the home's `logs`, beside those of the command line. Never arguments, never secrets.
use std::path::Path;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

const DAYS_KEPT: usize = 14;
/// Only what Holdfast itself says: what libraries would write is not known to be free of secrets.
const OURS: &str = "off,holdfast_desktop=info,holdfast_api=info,holdfast_engine=info";

/// Begins logging. A folder that cannot be written to keeps nothing from being backed up: then there is no file.
pub fn start(folder: Option<&Path>) {
    let file = folder.and_then(|folder| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("holdfast-desktop")
            .filename_suffix("log")
            .max_log_files(DAYS_KEPT)
            .build(folder)
            .ok()
    });
    let to_file = file.map(|file| {
        let file = std::sync::Mutex::new(file);
        fmt::layer().with_ansi(false).with_writer(file).with_filter(EnvFilter::new(OURS))
    });
    let _ = tracing_subscriber::registry().with(to_file).try_init();
}
