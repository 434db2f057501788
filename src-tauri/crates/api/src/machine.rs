//! What the programs take from their surroundings, and hand to the service.
use crate::{Answer, Failure};
use holdfast_domain::Code;
use holdfast_engine::operations::discover::Machine;
use std::path::PathBuf;

/// `HOLDFAST_HOME`, or the folder that the system has for such things.
pub fn home_folder() -> Answer<PathBuf> {
    if let Some(home) = std::env::var_os("HOLDFAST_HOME").filter(|home| !home.is_empty()) {
        let home = PathBuf::from(home);
        return Ok(std::path::absolute(&home).unwrap_or(home));
    }
    match directories::ProjectDirs::from("", "", "holdfast") {
        Some(folders) => Ok(folders.data_dir().to_owned()),
        None => Err(no_home().then("Set HOLDFAST_HOME to a folder for Holdfast's own things.")),
    }
}

/// Where this user's own units of systemd lie.
pub fn units_folder() -> Answer<PathBuf> {
    let folders = directories::BaseDirs::new().ok_or_else(|| no_home().then("Set HOME."))?;
    Ok(folders.config_dir().join("systemd").join("user"))
}

/// This machine, for looking what is on it.
pub fn this_machine() -> Answer<Machine> {
    let Some(folders) = directories::BaseDirs::new() else {
        return Err(no_home().then("Set HOME, or name the folders with --root."));
    };
    let mut machine = Machine::new(folders.home_dir());
    for own in [folders.config_dir(), folders.data_dir()] {
        let usual = [".config", ".local/share"].iter().any(|usual| own == folders.home_dir().join(usual));
        if !usual {
            machine.own_folders.push(own.to_owned());
        }
    }
    Ok(machine)
}

fn no_home() -> Failure {
    Failure::new(Code::BadSettings, "the environment", "it names no home folder")
}
