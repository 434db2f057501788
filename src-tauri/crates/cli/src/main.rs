//! `holdfast`: the command line. It reads arguments, asks the person, and shows; the work is done below the api.
mod args;
mod commands;
mod ending;
mod log;
mod session;
mod terminal;

use args::Cli;
use clap::Parser;
use ending::Ending;
use session::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ending::usage(&error),
    };
    let session = match Session::start(&cli.global, cli.command.keeps_a_log()) {
        Ok(session) => session,
        Err(failure) => return ending::failed(&failure, cli.global.json, None),
    };
    let name = cli.command.name();
    tracing::info!(command = name, version = env!("CARGO_PKG_VERSION"), "begins");
    match commands::run(cli.command, &session) {
        Ok(ending) => {
            tracing::info!(command = name, exit = ending.exit.number(), "ends");
            finish(&session, ending)
        }
        Err(failure) => {
            tracing::error!(command = name, code = %failure.code.as_str(), cause = %failure.cause, "failed");
            session.out.clear();
            ending::failed(&failure, session.out.json, session.stats())
        }
    }
}

fn finish(session: &Session, ending: Ending) -> ExitCode {
    session.out.clear();
    let stats = session.stats();
    if session.out.json {
        return ending.print(stats);
    }
    if let Some(stats) = stats {
        session.out.stats(&stats);
    }
    session.out.ending(ending.exit)
}
