//! Settings for a deployment that this machine knows only by an archive.
use super::find::Deposit;
use crate::archive::Manifest;
use crate::deployment::{Destination, Profile, Root};
use crate::error::{Error, Result};
use crate::operations::destinations::{self, AddRequest};
use crate::store::{Folder, Marker};
use holdfast_domain::Code;
use std::path::{Path, PathBuf};

pub(super) struct Made {
    pub profile: Profile,
    /// What the drive will be known by, where the archives lie on one.
    pub marker: Option<Marker>,
    /// Whether the archive carried its settings; otherwise they are found anew when it is restored.
    pub carried: bool,
}

/// The settings that the archive carries, or bare ones, with the roots at `places` and this deposit as the place for
/// archives.
pub(super) fn made(manifest: &Manifest, deposit: &Deposit, places: &[(String, PathBuf)]) -> Result<Made> {
    let complete = |mut profile: Profile| {
        let data = |name: &str| profile.root(name).and_then(|root| root.data.clone());
        let file = |name: &str| manifest.roots.iter().any(|root| root.name == name && root.file);
        let root = |(name, path): &(String, PathBuf)| Root {
            name: name.clone(),
            path: path.clone(),
            data: data(name),
            file: file(name),
        };
        profile.roots = places.iter().map(root).collect();
        profile.id.clone_from(&manifest.deployment_id);
        profile.name = manifest.deployment.clone();
        let (setting, marker) = destination(&profile, deposit);
        profile.destinations = vec![setting];
        (profile, marker)
    };
    if let Some(carried) = manifest.settings.as_ref().and_then(Profile::from_carried) {
        let (profile, marker) = complete(carried);
        if profile.validate().is_ok() {
            return Ok(Made { profile, marker, carried: true });
        }
    }
    let (profile, marker) = complete(Profile::new(manifest.deployment.clone()));
    profile.validate()?;
    Ok(Made { profile, marker, carried: false })
}

/// Where archives will be kept: the drive, by the marker on it, or this very folder.
fn destination(profile: &Profile, deposit: &Deposit) -> (Destination, Option<Marker>) {
    let Some(path) = chosen(deposit) else { return (Destination::folder(&deposit.folder), None) };
    let request = AddRequest { name: None, path: path.clone(), drive: None, volume_bytes: None };
    // A marker that cannot be read is no reason to go without what the drive holds.
    destinations::prepare(profile, request).unwrap_or_else(|_| (Destination::folder(path), None))
}

/// Where each root belongs: where it was, or where the person says.
pub(super) fn places(manifest: &Manifest, moved: &[(String, PathBuf)]) -> Result<Vec<(String, PathBuf)>> {
    let has = |name: &String| manifest.roots.iter().any(|root| root.name == *name);
    if let Some((name, path)) = moved.iter().find(|(name, _)| !has(name)) {
        let roots: Vec<&str> = manifest.roots.iter().map(|root| root.name.as_str()).collect();
        let cause = format!("the archive holds no folder {name:?}, but {}", roots.join(", "));
        return Err(Error::new(Code::BadRequest, format!("{name}={}", path.display()), cause));
    }
    let place = |root: &crate::archive::RootNote| {
        let moved = moved.iter().find(|(name, _)| *name == root.name);
        let path = moved.map_or_else(|| Ok(root.path.clone()), |(_, path)| absolute(path))?;
        Ok((root.name.clone(), path))
    };
    manifest.roots.iter().map(place).collect()
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io(path, e))
}

/// The folder that a set-up would have been given for archives to lie where they do. `None` where they lie elsewhere than
/// in `Holdfast/NAME`.
pub(super) fn chosen(deposit: &Deposit) -> Option<PathBuf> {
    let base = deposit.folder.parent()?;
    let above = base.parent().unwrap_or(base);
    [above, base].into_iter().find(|path| Folder::new(path, &deposit.name).dir() == deposit.folder).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::DeploymentName;

    #[test]
    fn only_archives_in_their_usual_place_can_be_continued() {
        for (folder, expected) in [
            ("/mnt/stick/Holdfast/bot", Some("/mnt/stick")),
            ("/mnt/stick/holdfast/bot", Some("/mnt/stick/holdfast")),
            ("/Holdfast/bot", Some("/")),
            ("/home/me/copy-of-bot", None),
            ("/mnt/stick/Holdfast/old-bot", None),
        ] {
            let name = DeploymentName::new("bot").unwrap();
            let deposit = Deposit { name, folder: folder.into(), archives: Vec::new(), has_key: true };
            assert_eq!(chosen(&deposit).as_deref(), expected.map(Path::new), "{folder}");
        }
    }
}
