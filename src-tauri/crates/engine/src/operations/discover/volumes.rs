//! Where container engines keep named volumes.
use super::lead::{Lead, Leads, Source};
use super::machine::Machine;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const VOLUMES: usize = 500;

/// Of Docker and Podman, of the system and of the person.
fn stores(machine: &Machine) -> Vec<PathBuf> {
    let mut stores = vec![machine.at("/var/lib/docker/volumes"), machine.at("/var/lib/containers/storage/volumes")];
    stores.extend(moved(machine));
    let own = [machine.home.join(".local/share")].into_iter().chain(machine.own_folders.iter().cloned());
    for folder in own {
        stores.push(folder.join("docker/volumes"));
        stores.push(folder.join("containers/storage/volumes"));
    }
    stores
}

/// Docker's data may have been moved by its settings.
fn moved(machine: &Machine) -> Option<PathBuf> {
    let text = std::fs::read(machine.at("/etc/docker/daemon.json")).ok()?;
    let settings: serde_json::Value = serde_json::from_slice(&text).ok()?;
    Some(Path::new(settings.get("data-root")?.as_str()?).join("volumes"))
}

/// Where a volume of that name may lie: where it does, else every place that this user may not look into.
pub(super) fn folders_of(machine: &Machine, name: &str) -> Vec<PathBuf> {
    if name.contains('/') || name.starts_with('.') {
        return Vec::new();
    }
    let all = stores(machine).into_iter().map(|store| store.join(name).join("_data"));
    all.filter(|folder| match folder.metadata() {
        Ok(meta) => meta.is_dir(),
        Err(e) => e.kind() == ErrorKind::PermissionDenied,
    })
    .collect()
}

pub(super) fn leads(machine: &Machine, leads: &mut Leads<'_>) {
    for store in stores(machine) {
        let listed = match std::fs::read_dir(&store) {
            Ok(listed) => listed,
            Err(e) if e.kind() == ErrorKind::PermissionDenied => {
                leads.tell(&store, format!("the volumes of containers lie there: {e}"));
                continue;
            }
            Err(_) => continue,
        };
        let mut names: Vec<PathBuf> =
            listed.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).take(VOLUMES).collect();
        names.sort();
        for volume in names {
            let name = volume.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let lead =
                Lead::new(volume.join("_data"), Source::Volume, format!("it is the volume {name} of a container"));
            leads.add(lead.exact());
        }
    }
}
