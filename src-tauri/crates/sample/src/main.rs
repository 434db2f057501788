//! `holdfast-sample`: makes, changes, breaks, runs and compares made-up deployments.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("holdfast-sample: {error}");
            ExitCode::FAILURE
        }
    }
}
