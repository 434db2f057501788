/// From here on, this thread and those that it starts give way to others, at the processor and (where the system decides
/// by it, as Linux does) at the disk. Cannot be taken back.
pub fn give_way() {
    if let Err(e) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(error = %e, "the schedule works at the usual priority");
    }
}

/// A backup on an idle machine is as fast as ever.
const NICE: i32 = 15;
