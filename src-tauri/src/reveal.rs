//! Shows a folder or file in the desktop's file manager, and only what Holdfast itself speaks of.
use holdfast_api::{Answer, Code, Failure, Service};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zbus::blocking::{Connection, Proxy};

const MANAGER: &str = "org.freedesktop.FileManager1";

pub fn show(service: &Service, path: &Path) -> Answer<()> {
    let refused = |cause: &str| Failure::new(Code::BadRequest, path.display().to_string(), cause);
    let real = path.canonicalize().map_err(|e| Failure::new(Code::InputOutput, path.display().to_string(), e))?;
    let known = known(service)?;
    if !known.iter().filter_map(|place| place.canonicalize().ok()).any(|place| real.starts_with(place)) {
        return Err(refused("it is no place of Holdfast's"));
    }
    if by_manager(&real).is_ok() {
        return Ok(());
    }
    let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
    let mut command = Command::new("xdg-open");
    command.arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut opened = command.spawn().map_err(|_| refused("this desktop has no file manager that answers"))?;
    // Left alone it would stay behind as a zombie.
    std::thread::spawn(move || opened.wait());
    Ok(())
}

fn by_manager(path: &Path) -> zbus::Result<()> {
    let bus = Connection::session()?;
    let proxy = Proxy::new(&bus, MANAGER, "/org/freedesktop/FileManager1", MANAGER)?;
    let method = if path.is_dir() { "ShowFolders" } else { "ShowItems" };
    let address = tauri::Url::from_file_path(path).map_err(|()| zbus::Error::Unsupported)?;
    proxy.call(method, &(&[address.as_str()][..], ""))
}

/// Roots, places of archives, states before restores, and Holdfast's own.
fn known(service: &Service) -> Answer<Vec<PathBuf>> {
    let mut known = vec![service.home().to_owned()];
    for deployment in service.status(None)?.deployments {
        known.extend(deployment.roots);
        known.push(deployment.destination);
        known.extend(deployment.copies.into_iter().map(|copy| copy.standing.path));
        known.extend(deployment.preserved.into_iter().flat_map(|preserved| preserved.paths));
    }
    // A cloud's address is no path, and an empty one is every path.
    known.retain(|path| path.is_absolute());
    Ok(known)
}
