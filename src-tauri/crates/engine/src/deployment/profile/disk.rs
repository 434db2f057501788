use super::{Profile, VERSION};
use crate::durable;
use crate::error::{Error, Result};
use crate::home::Home;
use holdfast_domain::{Code, DeploymentName};
use std::path::{Path, PathBuf};

/// Every deployment of this machine.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Sorted by name.
    pub profiles: Vec<Profile>,
    /// One for each file that cannot be used: it must not keep the others from being backed up.
    pub broken: Vec<Error>,
}

pub fn path_of(home: &Home, name: &DeploymentName) -> PathBuf {
    home.deployments().join(format!("{name}.toml"))
}

/// Reads and validates. `Code::BadSettings` names the file and what is wrong in it.
pub fn load(path: &Path) -> Result<Profile> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
    let bad = |cause: String| Error::new(Code::BadSettings, path.display(), cause);
    let table: toml::Table = text.parse().map_err(|e| bad(one_line(&e)))?;
    match table.get("version").and_then(toml::Value::as_integer) {
        Some(version) if version > i64::from(VERSION) => {
            let cause = format!("is of version {version}, written by a newer Holdfast");
            return Err(bad(cause));
        }
        Some(1..) => {}
        _ => return Err(bad("says no version; `version = 1` is expected".to_owned())),
    }
    let profile: Profile = toml::from_str(&text).map_err(|e| bad(one_line(&e)))?;
    profile.validate().map_err(|e| bad(e.to_string()).with_source(e))?;
    Ok(profile)
}

/// Validates and writes whole, readable by the owner alone.
pub fn save(profile: &Profile, path: &Path) -> Result<()> {
    profile.validate()?;
    let text = toml::to_string_pretty(profile).map_err(|e| Error::new(Code::BadSettings, path.display(), e))?;
    if let Some(folder) = path.parent() {
        durable::create_private_dir(folder)?;
    }
    durable::write(path, text.as_bytes(), 0o600)
}

/// Saves a new deployment; `Code::DeploymentExists` where the name is taken.
pub fn create(home: &Home, profile: &Profile) -> Result<()> {
    let path = path_of(home, &profile.name);
    if path.symlink_metadata().is_ok() {
        let cause = "a deployment of this name is already set up";
        return Err(Error::new(Code::DeploymentExists, &profile.name, cause));
    }
    save(profile, &path)
}

/// Forgets the settings; archives stay.
pub fn remove(home: &Home, name: &DeploymentName) -> Result<()> {
    durable::remove(&path_of(home, name))
}

/// Fails only where the folder itself cannot be read. No folder is no deployment.
pub fn load_all(home: &Home) -> Result<Loaded> {
    let folder = home.deployments();
    let mut loaded = Loaded::default();
    for path in settings_files(&folder)? {
        let profile = load(&path).and_then(|profile| {
            // The file's name is the deployment's: that keeps names unique.
            if path_of(home, &profile.name) != path {
                let cause = format!("holds the deployment {}, not the one it is named for", profile.name);
                return Err(Error::new(Code::BadSettings, path.display(), cause));
            }
            let same = loaded.profiles.iter().find(|other| other.id == profile.id);
            if let Some(same) = same {
                let cause = format!("has the id of the deployment {}: a copied file", same.name);
                return Err(Error::new(Code::BadSettings, path.display(), cause));
            }
            Ok(profile)
        });
        match profile {
            Ok(profile) => loaded.profiles.push(profile),
            Err(error) => loaded.broken.push(error),
        }
    }
    Ok(loaded)
}

/// The deployment of that name, or the only one.
///
/// `Code::UnknownDeployment`, `Code::AmbiguousDeployment` (none named and there are several), or
/// what is wrong with its file.
pub fn find(home: &Home, name: Option<&str>) -> Result<Profile> {
    if let Some(name) = name {
        let unknown = |cause: String| Error::new(Code::UnknownDeployment, name, cause);
        let wanted = DeploymentName::new(name).map_err(|e| unknown(e.to_string()))?;
        let path = path_of(home, &wanted);
        if path.try_exists().map_err(|e| Error::io(&path, e))? {
            return load(&path).and_then(|profile| {
                if profile.name == wanted {
                    return Ok(profile);
                }
                let cause = format!("holds the deployment {}", profile.name);
                Err(Error::new(Code::BadSettings, path.display(), cause))
            });
        }
        return Err(unknown(match known(home)?.as_slice() {
            [] => "no deployment is set up".to_owned(),
            names => format!("there is {}", names.join(", ")),
        }));
    }
    match settings_files(&home.deployments())?.as_slice() {
        [] => Err(Error::new(Code::UnknownDeployment, "the deployment", "none is set up")),
        [only] => load(only),
        _ => Err(Error::new(
            Code::AmbiguousDeployment,
            "the deployment",
            format!("name one of {}", known(home)?.join(", ")),
        )),
    }
}

fn known(home: &Home) -> Result<Vec<String>> {
    let files = settings_files(&home.deployments())?;
    let stem = |path: &PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    Ok(files.iter().filter_map(stem).collect())
}

fn settings_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(folder, e)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| Error::io(folder, e))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The parser's message with its place; the picture of the line that it draws is left away.
fn one_line(error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', " ");
    let line = error.to_string();
    match line.lines().next().and_then(|first| first.strip_prefix("TOML parse error at ")) {
        Some(place) => format!("{message} ({place})"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Destination, Root, Rule};
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn profile(name: &str) -> Profile {
        let mut profile = Profile::new(DeploymentName::new(name).unwrap());
        profile.roots = Root::name_all(&["/srv/bot/data".into()]);
        profile.destinations = vec![Destination::folder("/mnt/backup")];
        profile
    }

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("home"));
        (dir, home)
    }

    #[test]
    fn a_profile_reads_back_as_it_was_written() {
        let (_dir, home) = home();
        let mut written = profile("bot");
        written.preset = Some("open-webui".to_owned());
        written.rules.push(Rule { pattern: "big/".to_owned(), root: None, class: holdfast_domain::Class::Recreatable });
        written.exclude = vec!["tmp/".to_owned(), "!tmp/keep".to_owned()];
        create(&home, &written).unwrap();
        let path = path_of(&home, &written.name);
        assert_eq!(load(&path).unwrap(), written);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("kind = \"folder\""), "{text}");
        assert!(text.contains("class = \"re-creatable\""), "{text}");
        let error = create(&home, &profile("bot")).unwrap_err();
        assert_eq!(error.code(), Code::DeploymentExists);
        remove(&home, &written.name).unwrap();
        create(&home, &profile("bot")).unwrap();
    }

    #[test]
    fn destinations_of_every_kind_read_back_and_old_files_are_read() {
        let (_dir, home) = home();
        let mut written = profile("bot");
        written.destinations.push(Destination::Drive {
            id: "ab".repeat(16),
            name: "Stick".to_owned(),
            path: "/media/ana/STICK/backups".into(),
            inside: "backups".into(),
            volume_bytes: Some(2_000_000_000),
        });
        create(&home, &written).unwrap();
        let path = path_of(&home, &written.name);
        assert_eq!(load(&path).unwrap(), written);
        // As the first version wrote them: a kind and a path.
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("[[destinations]]\nkind = \"folder\"\npath = \"/mnt/backup\"\n\n"), "{text}");
        let ids: Vec<String> = written.destinations.iter().map(Destination::id).collect();
        assert!(ids[0].starts_with("folder-") && ids[1] == "ab".repeat(16), "{ids:?}");
        assert_eq!(written.destinations[0].name(), "backup");
    }

    #[test]
    fn ids_differ() {
        assert_ne!(profile("a").id, profile("a").id);
        assert_eq!(profile("a").id.len(), 32);
    }

    #[test]
    fn one_broken_file_does_not_hide_the_others() {
        let (_dir, home) = home();
        let good = profile("good");
        create(&home, &good).unwrap();
        let folder = home.deployments();
        std::fs::write(folder.join("typo.toml"), "version = 1\nnmae = \"x\"\n").unwrap();
        std::fs::write(folder.join("newer.toml"), "version = 2\n").unwrap();
        std::fs::write(folder.join("none.toml"), "name = \"none\"\n").unwrap();
        std::fs::copy(path_of(&home, &good.name), folder.join("zcopy.toml")).unwrap();
        std::fs::write(folder.join("README"), "not settings").unwrap();
        let loaded = load_all(&home).unwrap();
        assert_eq!(loaded.profiles, [good]);
        let causes: Vec<&str> = loaded.broken.iter().map(Error::cause).collect();
        assert_eq!(causes.len(), 4, "{causes:?}");
        assert!(causes[0].contains("newer Holdfast"), "{causes:?}");
        assert!(causes[1].contains("version = 1"), "{causes:?}");
        assert!(causes[2].contains("nmae"), "{causes:?}");
        assert!(causes[2].contains("line 2"), "{causes:?}");
        assert!(causes[3].contains("not the one"), "{causes:?}");
        assert!(loaded.broken.iter().all(|e| e.code() == Code::BadSettings));
    }

    #[test]
    fn a_copied_file_is_told_by_its_id() {
        let (_dir, home) = home();
        let first = profile("a");
        let mut second = first.clone();
        second.name = DeploymentName::new("b").unwrap();
        create(&home, &first).unwrap();
        create(&home, &second).unwrap();
        let loaded = load_all(&home).unwrap();
        assert_eq!(loaded.profiles.len(), 1);
        assert!(loaded.broken[0].cause().contains("copied file"));
    }

    #[test]
    fn a_deployment_is_found_by_name_or_as_the_only_one() {
        let (_dir, home) = home();
        let code = |name| find(&home, name).unwrap_err().code();
        assert_eq!(code(None), Code::UnknownDeployment);
        create(&home, &profile("a")).unwrap();
        assert_eq!(find(&home, None).unwrap().name.as_str(), "a");
        create(&home, &profile("b")).unwrap();
        assert_eq!(find(&home, Some("b")).unwrap().name.as_str(), "b");
        assert_eq!(code(None), Code::AmbiguousDeployment);
        assert_eq!(code(Some("c")), Code::UnknownDeployment);
        assert_eq!(code(Some("../a")), Code::UnknownDeployment);
    }
}
