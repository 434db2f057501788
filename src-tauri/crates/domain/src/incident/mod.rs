//! Incidents: where one stands, as a function of its runbook, what was noted, and now.
mod clock;
mod event;
mod stand;
#[cfg(test)]
mod tests;

pub use clock::{IncidentClock, PhaseClock};
pub use event::{Closing, Event, List, Message, Pick, Record, Told};
pub use stand::{Current, Misfit, Standing, State, StepStanding, stand};
