use super::{Out, prompt};
use crate::ending;
use holdfast_api::{Code, Failure, Job};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Signals within this time are one: a terminal and a supervisor often both send it.
const SAME: Duration = Duration::from_millis(500);

/// The first signal asks the run to stop at its next safe point; the second ends it at once. While a question is open,
/// nothing is under way, and the first ends it.
pub fn cancel_on_signals(job: &Arc<Job>, out: &Out) {
    let (job, out) = (job.clone(), out.clone());
    let asked: Mutex<Option<Instant>> = Mutex::default();
    let handler = move || {
        if prompt::is_open() {
            eprintln!();
            let failure = Failure::new(Code::Cancelled, "the command", "cancelled at a question");
            let _ = ending::failed(&failure, out.json, None);
            std::process::exit(1);
        }
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = *asked {
            if first.elapsed() < SAME {
                return;
            }
            out.clear();
            eprintln!("Stopped at once. The next run puts in order what was left.");
            std::process::exit(130);
        }
        *asked = Some(Instant::now());
        job.cancel();
        out.clear();
        if out.json_lines {
            eprintln!("{}", serde_json::json!({ "event": "cancelling" }));
            return;
        }
        eprintln!("Cancelling: leaves nothing half-done. Press Ctrl-C again to stop at once.");
    };
    if let Err(e) = ctrlc::set_handler(handler) {
        tracing::warn!(error = %e, "signals end the program at once");
    }
}
