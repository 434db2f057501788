use super::super::context::Context;
use super::super::destinations;
use crate::deployment::{Destination, Profile};
use crate::health::{Look, Probe, Seen};
use holdfast_domain::Code;

/// Whether a place for archives can be reached.
pub(super) struct Place {
    pub context: Context,
    pub profile: Box<Profile>,
    pub setting: Destination,
    /// Where archives are made.
    pub first: bool,
}

impl Look for Place {
    fn look(&self, _: &Probe) -> Seen {
        let name = self.setting.name();
        match destinations::open(&self.context, &self.profile, &self.setting).require() {
            Ok(()) => Seen::ok("it can be reached"),
            // A drive for copies comes and goes.
            Err(e) if !self.first && matches!(self.setting, Destination::Drive { .. }) && away(e.code()) => {
                Seen::ok("the drive is away")
            }
            Err(e) => {
                let text = format!("{name} cannot be reached: {}", e.cause());
                if self.first {
                    let step = "Plug it in or mount it: without it no archive can be made there.";
                    return Seen::failing(text, step);
                }
                Seen::warning(text, "Bring it back, so that it gets its copies.")
            }
        }
    }
}

fn away(code: Code) -> bool {
    code == Code::DestinationMissing
}
