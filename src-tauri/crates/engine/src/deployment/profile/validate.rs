use super::{Destination, Profile, checks, service};
use crate::deployment::pattern::Patterns;
use crate::deployment::preset::preset;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use std::path::{Component, Path};

/// Names at the top of an archive that are its own.
const RESERVED: [&str; 2] = [".holdfast", "HOW-TO-RESTORE.txt"];

pub(super) fn validate(profile: &Profile) -> Result<()> {
    if profile.destinations.is_empty() {
        return Err(Error::new(Code::BadSettings, &profile.name, "it says nowhere to keep archives"));
    }
    validate_unplaced(profile)
}

pub(super) fn validate_unplaced(profile: &Profile) -> Result<()> {
    let refuse = |subject: &dyn std::fmt::Display, cause: String| Err(Error::new(Code::BadSettings, subject, cause));
    let name = &profile.name;
    let id_holds = profile.id.len() == 32 && profile.id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    if !id_holds {
        return refuse(name, "its id is not 32 hex digits".to_owned());
    }
    if profile.roots.is_empty() {
        return refuse(name, "it has no folder to protect".to_owned());
    }
    for (index, root) in profile.roots.iter().enumerate() {
        clean(&root.path)?;
        if legal_root_name(&root.name) != root.name {
            return refuse(&root.name, "cannot be the name of a root".to_owned());
        }
        if let Some(data) = &root.data {
            let relative = data.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !relative {
                return refuse(&data.display(), "is not a path below its root".to_owned());
            }
            if root.file {
                return refuse(&root.name, "is a file and cannot hold a data folder".to_owned());
            }
        }
        for other in &profile.roots[..index] {
            if other.name.to_lowercase() == root.name.to_lowercase() {
                return refuse(&root.name, "is the name of two roots".to_owned());
            }
            let (path, other) = (&root.path, &other.path);
            if path.starts_with(other) || other.starts_with(path) {
                let (inner, outer) = if path.starts_with(other) { (path, other) } else { (other, path) };
                let cause = format!("is inside the root {}", outer.display());
                return refuse(&inner.display(), cause);
            }
        }
    }
    for (index, destination) in profile.destinations.iter().enumerate() {
        if profile.destinations[..index].iter().any(|other| other.id() == destination.id()) {
            return refuse(&destination.name(), "is the same place as another destination".to_owned());
        }
        if let Destination::Cloud { service, .. } = destination {
            service.validate()?;
            if index == 0 {
                let cause = "archives are made in a folder or on a drive; a cloud gets copies".to_owned();
                return refuse(&destination.name(), cause);
            }
        }
        let Some(path) = destination.path() else { continue };
        clean(path)?;
        if profile.roots.iter().any(|root| root.path == path) {
            return refuse(&path.display(), "is a root and cannot also keep the archives".to_owned());
        }
    }
    for rule in &profile.rules {
        if let Some(root) = &rule.root
            && profile.root(root).is_none()
        {
            return refuse(&rule.pattern, format!("is for a root {root:?} that is not there"));
        }
    }
    if let Some(url) = &profile.health_url
        && !(url.starts_with("http://") || url.starts_with("https://"))
    {
        return refuse(url, "does not start with http:// or https://".to_owned());
    }
    if profile.schedule.full_every_days == 0 {
        return refuse(name, "full-every-days must be at least 1".to_owned());
    }
    if let Some(name) = &profile.preset {
        preset(name)?;
    }
    checks::validate(&profile.checks)?;
    service::validate(&profile.service)?;
    // What a classifier will compile.
    let rules = profile.rules.iter().map(|rule| &rule.pattern);
    let patterns = profile.exclude.iter().chain(&profile.include_recreatable);
    Patterns::check(patterns.chain(rules).map(String::as_str))
}

fn clean(path: &Path) -> Result<()> {
    let cause = if !path.is_absolute() {
        "is not an absolute path"
    } else if path.components().any(|part| part == Component::ParentDir) {
        "holds \"..\""
    } else if path.to_str().is_none() {
        "is not UTF-8, which settings cannot hold; protect the folder above it"
    } else {
        return Ok(());
    };
    Err(Error::new(Code::BadSettings, path.display(), cause))
}

/// The nearest name that can be the first component of paths in an archive.
pub(super) fn legal_root_name(name: &str) -> String {
    let legal: String =
        name.chars().map(|c| if c == '/' || c == '\\' || c.is_control() { '-' } else { c }).take(100).collect();
    let reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(&legal));
    if legal.is_empty() || legal == "." || legal == ".." || reserved { format!("root{legal}") } else { legal }
}

#[cfg(test)]
mod tests {
    use super::super::{Root, Rule};
    use super::*;
    use holdfast_domain::{Class, DeploymentName};
    use std::path::PathBuf;

    fn profile(roots: &[&str], to: &str) -> Profile {
        let paths: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
        profile.roots = Root::name_all(&paths);
        profile.destinations = vec![Destination::folder(to)];
        profile
    }

    fn cause(profile: &Profile) -> String {
        let error = profile.validate().unwrap_err();
        assert_eq!(error.code(), Code::BadSettings);
        error.to_string()
    }

    #[test]
    fn equal_base_names_are_numbered() {
        let good = profile(&["/a/data", "/b/data", "/c/Data", "/", "/x/.holdfast"], "/to");
        let names: Vec<&str> = good.roots.iter().map(|root| root.name.as_str()).collect();
        assert_eq!(names, ["data", "data-2", "Data-3", "root", "root.holdfast"]);
    }

    #[test]
    fn settings_that_cannot_work_are_refused_with_their_cause() {
        profile(&["/a/data", "/b"], "/to").validate().unwrap();
        assert!(cause(&profile(&[], "/to")).contains("no folder to protect"));
        assert!(cause(&profile(&["a"], "/to")).contains("not an absolute"));
        assert!(cause(&profile(&["/a/../b"], "/to")).contains(".."));
        assert!(cause(&profile(&["/a", "/a/b"], "/to")).starts_with("/a/b: is inside the root /a"));
        assert!(cause(&profile(&["/a/b", "/a"], "/to")).starts_with("/a/b: is inside the root /a"));
        assert!(cause(&profile(&["/a"], "/a")).contains("keep the archives"));
        assert!(cause(&profile(&["/a"], "to")).contains("not an absolute"));

        let mut nowhere = profile(&["/a"], "/to");
        nowhere.destinations.clear();
        assert!(cause(&nowhere).contains("nowhere to keep"));
        let mut same = profile(&["/a", "/b"], "/to");
        same.roots[1].name = "A".to_owned();
        assert!(cause(&same).contains("two roots"));
        let mut rule = profile(&["/a"], "/to");
        rule.rules.push(Rule { pattern: "x".to_owned(), root: Some("b".to_owned()), class: Class::Files });
        assert!(cause(&rule).contains("not there"));
        let mut pattern = profile(&["/a"], "/to");
        pattern.exclude.push("a[".to_owned());
        assert!(cause(&pattern).contains("is not closed"));
        let mut preset = profile(&["/a"], "/to");
        preset.preset = Some("eliza".to_owned());
        assert!(cause(&preset).contains("no preset"));
        let mut url = profile(&["/a"], "/to");
        url.health_url = Some("ftp://x".to_owned());
        assert!(cause(&url).contains("http"));
        let mut out = profile(&["/a"], "/to");
        out.roots[0].data = Some("../x".into());
        assert!(cause(&out).contains("below its root"));
    }

    #[test]
    fn a_destination_in_a_root_is_said() {
        let inside = profile(&["/a"], "/a/backups");
        inside.validate().unwrap();
        assert_eq!(inside.overlaps().len(), 1);
        assert!(profile(&["/a"], "/ab").overlaps().is_empty());
    }
}
