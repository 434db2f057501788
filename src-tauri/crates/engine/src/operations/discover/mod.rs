//! Looks for chatbots on this machine: by what runs, by what starts it, and by where such things are kept.
//!
//! Each source gives leads: folders to look at, with why. A folder in which a chatbot is recognised becomes a
//! candidate; leads to the same folder become its evidence. Nothing is changed, and no value of any variable is kept
//! but paths.
mod assemble;
mod candidate;
mod compose;
mod interpolate;
mod lead;
mod live;
mod machine;
mod mounts;
mod processes;
mod search;
mod sockets;
mod systemd;
mod unit;
mod volumes;

#[cfg(test)]
mod tests;

pub use candidate::{Candidate, Discovery, Server};
pub use lead::{Evidence, Source};
pub use live::live_now;
pub use machine::Machine;

use crate::error::Result;
use crate::jobs::{Job, Phase};
use crate::operations::context::Context;
use assemble::Assembly;
use lead::Leads;
use std::time::Duration;

/// Looks everywhere, and says what there is and where it looked. The surest come first; the order is the same each time
/// for the same machine.
///
/// Ends by itself after the machine's time limit, with what was found until then. `Code::Cancelled`.
pub fn discover(context: &Context, machine: &Machine, job: &Job) -> Result<Discovery> {
    job.phase(Phase::Scanning, 0, 0);
    let began = job.clock().elapsed();
    let mounts = mounts::Mounts::of_host(machine);
    let processes = processes::running(machine, &mounts, job)?;
    let mut leads = Leads::new(machine, &mounts);
    processes::leads(machine, &processes, &mut leads);
    systemd::leads(machine, &mut leads);
    volumes::leads(machine, &mut leads);
    for place in crate::deployment::places(&machine.home, &machine.root) {
        leads.add(lead::Lead::new(place, Source::Place, "chatbots of this kind keep their data here by default"));
    }
    let searched = search::search(machine, &mut leads, &job.until(began + share(machine.time_limit, 40)), job)?;
    let projects = compose::projects(&leads);
    compose::leads(machine, &projects, &mut leads);

    let mut assembly = Assembly::new(context, machine, processes, projects)?;
    for lead in leads.take() {
        job.checkpoint()?;
        assembly.take(lead);
    }
    let candidates = assembly.candidates(&job.until(began + machine.time_limit), job)?;
    Ok(Discovery {
        candidates,
        looked_in: leads.looked_in(&searched.folders),
        complete: searched.complete,
        problems: leads.into_problems(),
    })
}

fn share(whole: Duration, percent: u32) -> Duration {
    whole * percent / 100
}
