//! The commands: one file each, with its arguments and how its result is shown.
pub mod alarm;
pub mod backup;
pub mod catalog;
mod cloud;
pub mod completions;
pub mod copy;
pub mod destination;
pub mod diff;
pub mod doctor;
pub mod export;
pub mod forget;
mod found;
pub mod health;
pub mod incident;
mod interview;
pub mod key;
pub mod list;
pub mod man;
pub mod pause;
pub mod pin;
pub mod prune;
pub mod recover;
pub mod restore;
pub mod runbook;
pub mod salvage;
pub mod server;
pub mod service;
pub mod settle;
pub mod setup;
pub mod show;
pub mod status;
pub mod undo;
pub mod verify;
pub mod watch;

use crate::args::Command;
use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::Answer;

pub fn run(command: Command, session: &Session) -> Answer<Ending> {
    match command {
        Command::Setup(args) => setup::run(args, session),
        Command::Backup(args) => backup::run(args, session),
        Command::Alarm(args) => alarm::run(args, session),
        Command::List(args) => list::run(args, session),
        Command::Show(args) => show::run(args, session),
        Command::Diff(args) => diff::run(args, session),
        Command::Verify(args) => verify::run(args, session),
        Command::Restore(args) => restore::run(args, session),
        Command::Recover(args) => recover::run(args, session),
        Command::Export(args) => export::run(args, session),
        Command::Forget(args) => forget::run(args, session),
        Command::Undo(args) => undo::run(args, session),
        Command::Prune(args) => prune::run(args, session),
        Command::Watch(args) => watch::run(args, session),
        Command::Pause(args) => pause::run(args, session),
        Command::Resume(args) => pause::resume(args, session),
        Command::Pin(args) => pin::run(args, true, session),
        Command::Unpin(args) => pin::run(args, false, session),
        Command::Destination(args) => destination::run(args, session),
        Command::Server(args) => server::run(args, session),
        Command::Settle(args) => settle::run(args, session),
        Command::Copy(args) => copy::run(args, session),
        Command::Incident(args) => incident::run(args, session),
        Command::Runbook(args) => runbook::run(args, session),
        Command::Salvage(args) => salvage::run(args, session),
        Command::Catalog(args) => catalog::run(args, session),
        Command::Status(args) => status::run(args, session),
        Command::Key(args) => key::run(args, session),
        Command::Health(args) => health::run(args, session),
        Command::Service(args) => service::run(args, session),
        Command::Doctor(args) => doctor::run(args, session),
        Command::Completions(args) => Ok(completions::run(args, session)),
        Command::Man(args) => man::run(args, session),
    }
}
