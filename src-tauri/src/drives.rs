//! Drives come and go without a word: the table of mounts is watched, and what shows drives looks again at once.
use crate::desk::{Desk, Poke};
use holdfast_api::{Answer, AppEvent, MountWatch};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How soon the thread sees that the program ends.
const HEARD: Duration = Duration::from_secs(5);
/// A drive with several parts is mounted part by part.
const SETTLES: Duration = Duration::from_millis(300);

pub fn watch(desk: &Arc<Desk>) {
    let desk = Arc::downgrade(desk);
    std::thread::spawn(move || {
        if let Err(e) = tell_each(&desk) {
            tracing::warn!(cause = %e.cause, "drives that come and go are seen by looking every half minute alone");
        }
    });
}

fn tell_each(desk: &Weak<Desk>) -> Answer<()> {
    let watch = MountWatch::new()?;
    loop {
        let changed = watch.wait(HEARD)?;
        let Some(desk) = desk.upgrade() else { return Ok(()) };
        if changed {
            std::thread::sleep(SETTLES);
            desk.tell(AppEvent::DrivesChanged);
            desk.poke(Poke::Look);
        }
    }
}
