use super::named;
use crate::deployment::{self, Destination as Setting, Profile};
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::operations::{cloud_keys, texts};
use crate::store::cloud::CredentialsIn;
use crate::store::{FileSystem, Folder, Labels, Marker, Mount, base_of, holding, mounts};
use holdfast_domain::{Code, Problem};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub struct AddRequest {
    /// By default that of the drive or folder.
    pub name: Option<String>,
    pub path: PathBuf,
    /// Whether it comes and goes; `None`: as it looks.
    pub drive: Option<bool>,
    /// Longer archives are cut into volumes; `None`: only where the file system asks for it.
    pub volume_bytes: Option<u64>,
}

/// What adding a destination will make.
#[derive(Debug)]
pub struct AddPlan {
    pub setting: Setting,
    /// Of what kind the file system is, as far as the system says.
    pub file_system: FileSystem,
    /// What is worth knowing before: that it lies on the same disk as what it protects.
    pub notices: Vec<Problem>,
    /// For a drive: what will be written on it to know it by.
    marker: Option<Marker>,
}

#[derive(Debug)]
pub struct Added {
    pub setting: Setting,
    /// The folder that archives will lie in.
    pub archives: PathBuf,
}

/// Looks at the place and says how it will be known. Writes nothing.
///
/// `Code::DeploymentExists` where it is a destination already, or keeps archives of another deployment of this name.
pub fn plan(profile: &Profile, context: &Context, request: AddRequest) -> Result<AddPlan> {
    let as_it_looks = request.drive.is_none();
    let (setting, marker) = prepare(profile, request)?;
    let place = setting.path().unwrap_or(Path::new("/")).to_owned();
    if as_it_looks && marker.is_none() {
        require_there(&place)?;
    }
    let mut with = profile.clone();
    if let Some(same) = profile.destinations.iter().find(|other| other.id() == setting.id()) {
        return Err(Error::new(Code::DeploymentExists, same.name(), "it is one of the destinations already"));
    }
    if let Some(same) =
        profile.destinations.iter().find(|other| other.path().is_some_and(|path| same_place(path, &place)))
    {
        let cause = format!("{} keeps archives there already", same.name());
        return Err(Error::new(Code::DeploymentExists, place.display(), cause));
    }
    if profile.destinations.iter().any(|other| other.name() == setting.name()) {
        let cause = "another destination is called so: give this one another name";
        return Err(Error::new(Code::DeploymentExists, setting.name(), cause));
    }
    with.destinations.push(setting.clone());
    with.validate()?;
    if let Some(overlap) = with.overlaps().into_iter().find(|overlap| Some(&*overlap.destination) == setting.path()) {
        let cause = format!("it lies in the root {}: what destroys the one destroys the other", overlap.root);
        return Err(Error::new(Code::BadDestination, overlap.destination.display(), cause));
    }
    not_anothers(context, profile, &setting, marker.as_ref())?;
    let file_system = FileSystem::of(existing(setting.path().unwrap_or(Path::new("/"))));
    let notices = same_disk(profile, &place).into_iter().collect();
    Ok(AddPlan { setting, file_system, notices, marker })
}

/// Whoever writes `s3://bucket` or `dropbox:/x` where a folder is wanted does not mean a folder of that name here.
/// `Code::BadRequest`.
pub(crate) fn require_no_address(path: &Path) -> Result<()> {
    let text = path.to_string_lossy();
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let letters = |scheme: &str| scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    if scheme.is_some_and(letters) && !path.exists() {
        let cause = "it looks like an address, and a folder is needed here; holdfast destination add takes \
                     s3://BUCKET/PREFIX, gs://… and az://… for copies, with two slashes";
        return Err(Error::new(Code::BadRequest, path.display(), cause));
    }
    Ok(())
}

/// A folder that was named by itself, where nobody said that it is one: what is not there was mistyped, and where drives
/// are mounted and none is, the drive is not plugged in. Copies on this computer's own disk would be taken for copies
/// elsewhere.
fn require_there(place: &Path) -> Result<()> {
    let missing = |cause: &str| Err(Error::new(Code::DestinationMissing, place.display(), cause));
    if ["/media", "/run/media", "/mnt", "/Volumes"].iter().any(|above| place.starts_with(above)) {
        return missing("no drive is mounted there; for a folder of this computer's own disk say --folder");
    }
    if place.is_dir() { Ok(()) } else { missing("there is no such folder; --folder makes it") }
}

/// Whether archives would lie in the same folder, by whatever way it is reached.
fn same_place(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(base_of(path)).unwrap_or_else(|_| base_of(path));
    let disk = |path: &Path| std::fs::metadata(base_of(path)).ok().map(|meta| (meta.dev(), meta.ino()));
    real(one) == real(other) || disk(one).is_some_and(|id| Some(id) == disk(other))
}

/// A place on the disk of what is protected, or of the archives, is lost with it.
pub fn same_disk(profile: &Profile, place: &Path) -> Option<Problem> {
    let root = beside(profile.roots.iter().map(|root| root.path.as_path()), place)?;
    let cause = format!("it is on the same file system as {}", root.display());
    Some(Problem::new(Code::SameDisk, place.display().to_string(), cause))
}

/// The first of the paths that is on the file system of `place`.
pub(super) fn beside<'a>(paths: impl IntoIterator<Item = &'a Path>, place: &Path) -> Option<&'a Path> {
    let mounts = mounts();
    let number = |path: &Path| std::fs::metadata(existing(path)).ok().map(|meta| meta.dev());
    // Subvolumes have numbers of their own.
    let device = |path: &Path| {
        let real = existing(path).canonicalize().ok()?;
        let source = holding(&mounts, &real)?.source.clone();
        std::fs::metadata(&source).is_ok_and(|meta| meta.file_type().is_block_device()).then_some(source)
    };
    let (here, on) = (number(place)?, device(place));
    paths.into_iter().find(|path| number(path) == Some(here) || (on.is_some() && device(path) == on))
}

/// The setting for a place, and the marker that a drive has or will get.
pub(crate) fn prepare(profile: &Profile, request: AddRequest) -> Result<(Setting, Option<Marker>)> {
    let AddRequest { name, path, drive, volume_bytes } = request;
    require_no_address(&path)?;
    let path = std::path::absolute(&path).map_err(|e| Error::io(&path, e))?;
    let path = std::fs::canonicalize(&path).unwrap_or(path);
    let mounts = mounts();
    let mount = holding(&mounts, &path);
    let point = mount.map_or(Path::new("/"), |mount| &mount.point);
    if name.as_ref().is_some_and(|name| !is_good_name(name)) {
        let cause = "a name has 1 to 64 characters, no line break and no \"/\"";
        return Err(Error::new(Code::BadRequest, "the destination's name", cause));
    }
    if !drive.unwrap_or_else(|| comes_and_goes(point)) {
        return Ok((Setting::Folder { path, name, volume_bytes }, None));
    }
    if drive == Some(true) && !path.is_dir() {
        let cause = "a drive is added while it is plugged in and mounted: there is no such folder";
        return Err(Error::new(Code::DestinationMissing, path.display(), cause));
    }
    if drive == Some(true) && !comes_and_goes(point) {
        let cause = "no drive is mounted there: it is a folder of this computer's own disk";
        return Err(Error::new(Code::DestinationMissing, path.display(), cause));
    }
    let mut marker = match Marker::read(&base_of(&path))? {
        Some(mut present) => {
            present.name = name.unwrap_or(present.name);
            present
        }
        None => Marker::new(&name.unwrap_or_else(|| own_name(&path, mount, &Labels::read()))),
    };
    let inside = path.strip_prefix(point).unwrap_or(Path::new("")).to_owned();
    let (id, name) = (marker.id.clone(), marker.name.clone());
    marker.deployments.entry(profile.name.to_string()).or_insert_with(|| profile.id.clone());
    Ok((Setting::Drive { id, name, path, inside, volume_bytes }, Some(marker)))
}

pub(super) fn is_good_name(name: &str) -> bool {
    (1..=64).contains(&name.chars().count())
        && !name.trim().is_empty()
        && !name.contains(|c: char| c.is_control() || c == '/')
}

/// Whatever is mounted elsewhere than where a system mounts its own: sticks, disks, shares.
pub(super) fn comes_and_goes(point: &Path) -> bool {
    let itself = ["/", "/opt", "/srv", "/tmp"].iter().any(|own| point == Path::new(own));
    let below = ["/boot", "/dev", "/etc", "/home", "/nix", "/proc", "/root", "/snap", "/sys", "/usr", "/var"];
    let within = below.iter().any(|above| point.starts_with(above));
    !itself && (!within || point.starts_with("/var/mnt"))
}

/// What somebody called the drive goes before the folder that it happens to be mounted at.
pub(super) fn own_name(path: &Path, mount: Option<&Mount>, labels: &Labels) -> String {
    let label = mount.and_then(|mount| labels.of(&mount.source)).map(str::to_owned);
    let folder = || mount.and_then(|mount| mount.point.file_name()).or(path.file_name());
    let name = label.filter(|label| is_good_name(label)).or_else(|| Some(folder()?.to_string_lossy().into_owned()));
    name.filter(|name| is_good_name(name)).unwrap_or_else(|| "drive".to_owned())
}

pub(super) fn existing(path: &Path) -> &Path {
    path.ancestors().find(|above| above.exists()).unwrap_or(Path::new("/"))
}

/// Two deployments of one name, of different machines, must not share a folder.
pub(super) fn not_anothers(
    context: &Context,
    profile: &Profile,
    setting: &Setting,
    marker: Option<&Marker>,
) -> Result<()> {
    let folder = Folder::of(setting, &profile.name);
    let refuse = || {
        let cause = format!("it keeps archives of another deployment that is also called {}", profile.name);
        Err(Error::new(Code::DeploymentExists, folder.dir().display(), cause))
    };
    let noted = marker.and_then(|marker| marker.deployments.get(profile.name.as_str()));
    // A marker that was there before may name another one; a new one names ours.
    if noted.is_some_and(|id| *id != profile.id) {
        return refuse();
    }
    let plain = Folder::new(setting.path().unwrap_or(Path::new("/")), &profile.name);
    if !plain.dir().exists() {
        return Ok(());
    }
    let key = std::fs::read(plain.recovery_key()).ok();
    let own = context.vault(&profile.id)?.recovery_key().ok();
    if key.is_some() && key == own {
        return Ok(());
    }
    let (catalog, _) = context.catalog()?;
    let listed = plain.list()?;
    for archive in &listed {
        let known = catalog.archives().get(&profile.id, &archive.name)?;
        let noted = plain.read_checksum(&archive.name).ok().flatten();
        if let (Some(known), Some(noted)) = (known, noted)
            && known.sha256 == hex::encode(noted)
        {
            return Ok(());
        }
    }
    if key.is_none() && listed.is_empty() { Ok(()) } else { refuse() }
}

/// Marks the drive, makes the folder, puts beside it what opening archives needs, and notes it in the settings last.
pub fn add(context: &Context, profile: &Profile, plan: AddPlan) -> Result<Added> {
    let _lock = context.lock(profile.name.as_str(), "adding a destination")?;
    let AddPlan { setting, marker, .. } = plan;
    let folder = make(&setting, marker.as_ref(), profile)?;
    folder.equip(&texts::beside(&profile.name, &context.vault(&profile.id)?.recovery_key()?))?;
    change(context, profile, |fresh| {
        fresh.destinations.push(setting.clone());
        Ok(())
    })?;
    Ok(Added { setting, archives: folder.dir().to_owned() })
}

/// The marker and the folders of a new destination.
pub(crate) fn make(setting: &Setting, marker: Option<&Marker>, profile: &Profile) -> Result<Folder> {
    if let (Some(marker), Some(path)) = (marker, setting.path()) {
        marker.write(&base_of(path))?;
    }
    let folder = Folder::of(setting, &profile.name);
    folder.create()?;
    Ok(folder)
}

/// Takes a destination out of the settings. What lies there stays.
pub fn forget(context: &Context, profile: &Profile, name: &str) -> Result<Setting> {
    let _lock = context.lock(profile.name.as_str(), "removing a destination")?;
    let setting = named(profile, name)?.clone();
    if profile.destinations.first() == Some(&setting) {
        let cause = "archives are made there; only a destination for copies can be removed";
        return Err(Error::new(Code::BadRequest, name, cause));
    }
    change(context, profile, |fresh| {
        fresh.destinations.retain(|other| other.id() != setting.id());
        Ok(())
    })?;
    context.catalog()?.0.copies().forget(&profile.id, &setting.id())?;
    if let Setting::Cloud { service, .. } = &setting
        && service.credentials == CredentialsIn::Keyring
    {
        cloud_keys::forget(context, &profile.id, &setting.id())?;
    }
    Ok(setting)
}

/// Calls it otherwise, also on the drive itself where that is at hand.
pub fn rename(context: &Context, profile: &Profile, name: &str, to: &str) -> Result<Setting> {
    let _lock = context.lock(profile.name.as_str(), "renaming a destination")?;
    if !is_good_name(to) {
        let cause = "a name has 1 to 64 characters, no line break and no \"/\"";
        return Err(Error::new(Code::BadRequest, "the destination's name", cause));
    }
    let mut setting = named(profile, name)?.clone();
    let id = setting.id();
    if profile.destinations.iter().any(|other| other.id() != id && other.name() == to) {
        return Err(Error::new(Code::DeploymentExists, to, "another destination is called so"));
    }
    setting.rename(to);
    change(context, profile, |fresh| {
        let found = fresh.destinations.iter_mut().find(|other| other.id() == id);
        if let Some(found) = found {
            found.rename(to);
        }
        Ok(())
    })?;
    if let Setting::Drive { .. } = setting {
        let folder = Folder::of(&setting, &profile.name);
        let base = base_of(folder.chosen());
        if folder.require().is_ok()
            && let Some(mut marker) = Marker::read(&base)?
        {
            to.clone_into(&mut marker.name);
            marker.write(&base)?;
        }
    }
    Ok(setting)
}

/// Changes the settings as they are on the disk now.
pub(crate) fn change(context: &Context, profile: &Profile, how: impl FnOnce(&mut Profile) -> Result<()>) -> Result<()> {
    let path = deployment::path_of(&context.home, &profile.name);
    let mut fresh = deployment::load(&path)?;
    how(&mut fresh)?;
    deployment::save(&fresh, &path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_where_no_system_mounts_its_own_comes_and_goes() {
        for point in
            ["/media/ana/Stick", "/run/media/ana/x", "/mnt/backup", "/mnt", "/Volumes/Stick", "/data", "/srv/x"]
        {
            assert!(comes_and_goes(Path::new(point)), "{point}");
        }
        for point in
            ["/", "/home/ana", "/tmp", "/var", "/boot/efi", "/dev/shm", "/srv", "/var/lib/docker/overlay2/x/merged"]
        {
            assert!(!comes_and_goes(Path::new(point)), "{point}");
        }
        for name in ["", "  ", "a/b", "a\nb", &"x".repeat(65)] {
            assert!(!is_good_name(name), "{name:?}");
        }
    }
}
