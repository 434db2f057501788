//! Brings the sealed recovery key to its copies beside the archives.
use crate::deployment::Profile;
use crate::operations::context::Context;
use crate::operations::{destinations, texts};
use holdfast_domain::{Code, Problem};

/// Which copies are of the present recovery key now.
#[derive(Debug, Clone, Default)]
pub struct Spread {
    /// For people: this machine's own file, then destinations.
    pub replaced: Vec<String>,
    /// Copies that could not be replaced now; the next backup there does it.
    pub left: Vec<Problem>,
}

/// Replaces the copy at each destination that is there. One that is not keeps nobody from the others.
pub fn spread(context: &Context, profile: &Profile, sealed: &[u8]) -> Spread {
    let mut spread = Spread::default();
    let beside = texts::beside(&profile.name, sealed);
    for setting in &profile.destinations {
        let destination = destinations::open(context, profile, setting);
        match destination.require().and_then(|()| destination.equip(&beside)) {
            Ok(()) => {
                note(context, profile, &setting.id(), false);
                spread.replaced.push(destination.describe());
            }
            Err(e) => {
                let cause = format!(
                    "{}; the copy of the recovery key there is the one from before, and the next backup replaces it",
                    e.cause()
                );
                note(context, profile, &setting.id(), true);
                // Not the words of a place that is needed now: nothing is wrong with it being away.
                let away = matches!(e.code(), Code::DestinationMissing | Code::CloudUnreachable);
                let code = if away { Code::KeyFromBefore } else { e.code() };
                spread.left.push(Problem::new(code, destination.describe(), cause));
            }
        }
    }
    spread
}

/// That it cannot be noted keeps nothing from being replaced.
fn note(context: &Context, profile: &Profile, place: &str, older: bool) {
    if let Err(e) = context.vault(&profile.id).and_then(|vault| vault.note_copy(place, older)) {
        tracing::warn!(error = %e, "which copies of the recovery key are from before is not noted");
    }
}

/// Which destinations are there now, and which are not; for people.
pub(super) fn reach(context: &Context, profile: &Profile) -> (Vec<String>, Vec<String>) {
    let (mut there, mut away) = (Vec::new(), Vec::new());
    for setting in &profile.destinations {
        let destination = destinations::open(context, profile, setting);
        let side = if destination.require().is_ok() { &mut there } else { &mut away };
        side.push(destination.describe());
    }
    (there, away)
}
