use super::{Out, prompt};
use crate::ending;
use holdfast_api::{Code, Failure, Job};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The first signal asks the run to stop at its next safe point; the second ends it at once. While a question is open,
/// nothing is under way, and the first ends it.
pub fn cancel_on_signals(job: &Arc<Job>, out: &Out) {
    let (job, out) = (job.clone(), out.clone());
    let asked = AtomicBool::new(false);
    let handler = move || {
        if prompt::is_open() {
            eprintln!();
            let failure = Failure::new(Code::Cancelled, "the command", "cancelled at a question");
            let _ = ending::failed(&failure, out.json, None);
            std::process::exit(1);
        }
        if asked.swap(true, Ordering::Relaxed) {
            out.clear();
            eprintln!("Stopped at once. The next run puts in order what was left.");
            std::process::exit(130);
        }
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
