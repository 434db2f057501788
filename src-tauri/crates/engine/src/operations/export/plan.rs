use super::beside::{self, Program};
use crate::archive::{ArchiveReader, Entry, EntryKind, Moment, Place, Tree};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::backup::COMPRESSION;
use crate::operations::context::Context;
use crate::operations::destinations;
use crate::operations::moments::known_unsigned;
use crate::operations::reading::Reading;
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Code, Envelope, size_words};
use jiff::Timestamp;
use std::collections::HashSet;
use std::path::PathBuf;

#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The file of the archive whose moment is exported. Those that it needs lie beside it.
    pub archive: PathBuf,
    /// The drive or folder; it must be there.
    pub to: PathBuf,
    pub envelope: Envelope,
    /// An archive that is longer is cut into volumes; `None`: only where the file system asks for it.
    pub volume_bytes: Option<u64>,
    /// The program to put beside the archive.
    pub program: Option<Program>,
    /// zstd's level.
    pub compression: i32,
}

impl ExportRequest {
    pub fn new(archive: PathBuf, to: PathBuf) -> Self {
        Self { archive, to, envelope: Envelope::Age, volume_bytes: None, program: None, compression: COMPRESSION }
    }
}

/// What an export will make.
#[derive(Debug)]
pub struct ExportPlan {
    pub(super) profile: Profile,
    pub(super) request: ExportRequest,
    pub(super) moment: Moment,
    pub(super) readers: Vec<ArchiveReader>,
    pub(super) folder: Folder,
    /// What it will be called.
    pub archive: ArchiveName,
    /// The archive whose moment it holds, and all that it is read from.
    pub from: ArchiveName,
    pub reads: Vec<ArchiveName>,
    pub created: Timestamp,
    pub files: u64,
    pub bytes: u64,
    /// About what the archive and all beside it will take, and what is free there.
    pub needed_bytes: u64,
    pub free_bytes: u64,
}

impl ExportPlan {
    /// The file that it will become.
    pub fn path(&self) -> PathBuf {
        self.folder.archive(&self.archive)
    }
}

/// Opens the archives, goes through the lists of the moment, and looks whether there is room. Holds no lock. Writes nothing,
/// except that it brings an interrupted rotation of the keys to its end.
pub fn plan(
    context: &Context,
    profile: &Profile,
    reading: &Reading,
    request: ExportRequest,
    job: &Job,
) -> Result<ExportPlan> {
    {
        let _lock = context.lock(profile.name.as_str(), "an export")?;
        context.vault(&profile.id)?.settle()?;
    }
    job.phase(Phase::Preparing, 0, 0);
    destinations::require_no_address(&request.to)?;
    let to = std::path::absolute(&request.to).map_err(|e| Error::io(&request.to, e))?;
    if let Some(root) = profile.roots.iter().find(|root| to.starts_with(&root.path)) {
        let cause = format!("it lies in the root {}: it would be archived itself from then on", root.name);
        return Err(Error::new(Code::BadDestination, to.display(), cause));
    }
    if !to.is_dir() {
        return Err(Error::new(Code::DestinationMissing, to.display(), "there is no such folder"));
    }
    let folder = Folder::held(&to, &profile.name)?.with_volumes(request.volume_bytes);
    let (moment, readers) =
        reading.moment(&request.archive, |name| known_unsigned(context, Some(&profile.id), &request.archive, name))?;
    let manifest = moment.manifest().clone();
    if manifest.deployment_id != profile.id {
        let cause = format!("it is of another deployment, {} on {}", manifest.deployment, manifest.host);
        return Err(Error::new(Code::OriginDiffers, request.archive.display(), cause));
    }
    if request.envelope == Envelope::Openpgp {
        prepare_openpgp(context, profile, reading)?;
    }
    beside::require_ours(&folder, reading, &context.vault(&profile.id)?.recovery_key()?)?;

    let mut used = vec![0; readers.len()];
    let mut tree = Tree::default();
    for entry in moment.entries()? {
        job.checkpoint()?;
        let entry = entry?;
        count(&entry, &mut used);
        tree.add(&entry);
    }
    if tree != moment.tree() {
        let cause = "its list of files is not the one that was written";
        return Err(Error::new(Code::ArchiveDamaged, &manifest.archive, cause));
    }
    let mut needed_bytes = beside::size(request.program.as_ref());
    for (reader, used) in readers.iter().zip(used) {
        needed_bytes += stored_share(reader, used);
    }
    let free_bytes = crate::store::free_space(&to).map_err(|e| folder.tell(e))?;
    // The count is a guess by what the archives took until now; what happens nearer the edge is survived.
    if free_bytes < needed_bytes - needed_bytes / 10 {
        let cause = format!("about {} are needed, {} are free", size_words(needed_bytes), size_words(free_bytes));
        return Err(Error::new(Code::NotEnoughSpace, to.display(), cause));
    }
    Ok(ExportPlan {
        archive: free_name(context, profile, &folder, manifest.created, request.envelope)?,
        from: manifest.archive.clone(),
        reads: manifest.archives.clone(),
        created: manifest.created,
        files: tree.files,
        bytes: tree.bytes,
        needed_bytes,
        free_bytes,
        profile: profile.clone(),
        request,
        moment,
        readers,
        folder,
    })
}

/// The OpenPGP key follows from the identity, which is at hand here.
fn prepare_openpgp(context: &Context, profile: &Profile, reading: &Reading) -> Result<()> {
    let vault = context.vault(&profile.id)?;
    match vault.openpgp() {
        Err(e) if e.code() == Code::KeyNeeded => vault.store_openpgp(reading.keys()),
        other => other.map(|_| ()),
    }
}

/// Adds how many bytes of each archive's stream an entry takes.
fn count(entry: &Entry, used: &mut [u64]) {
    // Its headers, and its line in the lists.
    used[0] += 1536;
    if entry.kind != EntryKind::File {
        return;
    }
    for extent in &entry.extents {
        if let Place::At { archive, .. } = extent.place
            && let Some(used) = used.get_mut(usize::from(archive))
        {
            *used += extent.length;
        }
    }
}

/// What `used` bytes of an archive's stream take on the disk, as it compressed on average.
fn stored_share(reader: &ArchiveReader, used: u64) -> u64 {
    let stored = reader.medium().length();
    let share = u128::from(used) * u128::from(stored) / u128::from(reader.plain_length().max(1));
    u64::try_from(share).unwrap_or(u64::MAX).min(used.saturating_add(used / 100))
}

/// A name that no archive has, neither there nor in the catalog: what lies there is never replaced.
pub(super) fn free_name(
    context: &Context,
    profile: &Profile,
    folder: &Folder,
    at: Timestamp,
    envelope: Envelope,
) -> Result<ArchiveName> {
    let known = context.catalog()?.0.archives().list(Some(&profile.id))?;
    let mut taken: HashSet<ArchiveName> = known.into_iter().map(|row| row.name).collect();
    if folder.reach().0.is_dir() {
        taken.extend(folder.list()?.into_iter().map(|listed| listed.name));
    }
    let mut names = (1..=u32::MAX).map(|number| ArchiveName::export(&profile.name, at, number).sealed_in(envelope));
    let free = |name: &ArchiveName| !taken.contains(name) && !folder.holds(name);
    // The count of names that are taken is finite.
    names.find(free).ok_or_else(|| Error::new(Code::Internal, &profile.name, "no name is free"))
}
