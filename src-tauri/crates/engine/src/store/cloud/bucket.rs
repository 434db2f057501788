use super::credentials::Credentials;
use super::location::Location;
use super::medium::CloudMedium;
use super::remote::{Found, Remote};
use super::settings::CloudSettings;
use super::tuning::Tuning;
use super::unfinished::Uploads;
use super::upload::{Sent, Upload};
use crate::error::{Error, Result};
use crate::jobs::Job;
use bytes::Bytes;
use futures_util::StreamExt;
use holdfast_domain::{ArchiveName, Code, DeploymentName};
use object_store::path::Path as Key;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

const RECOVERY_KEY: &str = "recovery-key.age";
const CHECKSUM: &str = ".sha256";
/// Nothing that lies beside archives comes near.
const LONGEST_BESIDE: u64 = 4 << 20;

/// One deployment's archives in a bucket, laid out as on a drive. An archive counts from when its checksum lies beside
/// it, which is put there last.
#[derive(Debug, Clone)]
pub struct Cloud {
    remote: Arc<Remote>,
    folder: Key,
    uploads: Uploads,
    read_back: bool,
}

impl Cloud {
    /// Asks nobody yet. `uploads` is a folder of its own for the notes of unfinished uploads.
    pub fn new(
        settings: &CloudSettings,
        deployment: &DeploymentName,
        credentials: &Credentials,
        uploads: PathBuf,
        tuning: Tuning,
    ) -> Result<Self> {
        let remote = Arc::new(Remote::new(settings, credentials, tuning)?);
        let folder = remote.location.folder(deployment);
        Ok(Self { remote, folder, uploads: Uploads::new(uploads), read_back: settings.read_back })
    }

    /// The folder's address, in the form of a path.
    pub(super) fn address(&self) -> PathBuf {
        PathBuf::from(self.remote.name(&self.folder))
    }

    pub fn location(&self) -> &Location {
        &self.remote.location
    }

    /// Fails at once, and says why, where the service cannot be reached or does not let this key in.
    pub(super) fn knock(&self) -> Result<()> {
        self.remote.knock(&self.folder)
    }

    /// The sealed recovery key that lies beside the archives. `None` where there is none.
    pub fn recovery_key(&self) -> Result<Option<Vec<u8>>> {
        let key = self.folder.clone().join(RECOVERY_KEY);
        Ok(self.remote.get(None, &key, LONGEST_BESIDE)?.map(Vec::from))
    }

    fn key(&self, archive: &ArchiveName) -> Key {
        self.folder.clone().join(archive.file_name())
    }

    fn checksum_key(&self, archive: &ArchiveName) -> Key {
        self.folder.clone().join(format!("{}{CHECKSUM}", archive.file_name()))
    }

    /// Complete archives with their sizes, oldest first.
    pub(super) fn archives(&self) -> Result<Vec<(ArchiveName, u64)>> {
        let objects = self.remote.list(&self.folder)?;
        let names: HashSet<&str> = objects.iter().filter_map(|object| object.location.filename()).collect();
        let mut archives: Vec<_> = objects
            .iter()
            .filter_map(|object| Some((object.location.filename()?, object.size)))
            .filter_map(|(file, size)| {
                let name = ArchiveName::parse(file).filter(|name| name.file_name() == file)?;
                names.contains(format!("{file}{CHECKSUM}").as_str()).then_some((name, size))
            })
            .collect();
        archives.sort();
        Ok(archives)
    }

    /// Copies an archive there; what an interrupted copy got across is not sent again. It is listed only when all of it
    /// is there and was compared. One that is there already is compared and stays. Adds twice its bytes to the job's
    /// count, once for sending and once for comparing.
    pub(super) fn copy_from(
        &self,
        source: &mut (impl Read + Seek),
        length: u64,
        archive: &ArchiveName,
        sha256: &[u8; 32],
        job: &Job,
    ) -> Result<()> {
        let key = self.key(archive);
        if let Some(found) = self.remote.find(Some(job), &key)? {
            if found.length == length && self.hash_of(&key, &found, job)? == *sha256 {
                job.add_bytes(length);
                self.uploads.forget(archive)?;
                return self.publish(archive, sha256, job);
            }
            // What lies there is not this archive, so it must not be listed while the right one takes its place.
            self.remote.delete(&self.checksum_key(archive))?;
        }
        let (remote, uploads) = (&*self.remote, &self.uploads);
        let upload = Upload { remote, uploads, archive, key: key.clone(), length, sha256: *sha256, job };
        let sent = upload.run(source)?;
        let found = self.remote.find(Some(job), &key)?;
        let Some(found) = found.filter(|found| found.length == length) else {
            return Err(Error::new(Code::ArchiveTruncated, self.remote.name(&key), "the copy is not complete there"));
        };
        let read_back = self.read_back || sent == Sent::Probably;
        if read_back && self.hash_of(&key, &found, job)? != *sha256 {
            self.remote.delete(&key)?;
            let cause = "what was read back is not what was sent; the copy was removed again";
            return Err(Error::new(Code::ArchiveDamaged, self.remote.name(&key), cause));
        }
        if !read_back {
            job.add_bytes(length);
        }
        job.checkpoint()?;
        self.publish(archive, sha256, job)
    }

    fn publish(&self, archive: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()> {
        let line = format!("{}  {}\n", hex::encode(sha256), archive.file_name());
        self.remote.put(Some(job), &self.checksum_key(archive), line.into())
    }

    /// The hash in the checksum file. `None` where there is none, and so no archive that counts.
    pub(super) fn checksum(&self, archive: &ArchiveName) -> Result<Option<[u8; 32]>> {
        let key = self.checksum_key(archive);
        let Some(text) = self.remote.get(None, &key, LONGEST_BESIDE)? else { return Ok(None) };
        let mut hash = [0; 32];
        match text.get(..64).map(|digits| hex::decode_to_slice(digits, &mut hash)) {
            Some(Ok(())) => Ok(Some(hash)),
            _ => Err(Error::new(Code::ChecksumMismatch, self.remote.name(&key), "it does not hold a SHA-256")),
        }
    }

    pub(super) fn medium(&self, archive: &ArchiveName) -> Result<CloudMedium> {
        let key = self.key(archive);
        let found = self.found(archive, &key, None)?;
        Ok(CloudMedium::new(self.remote.clone(), key, found))
    }

    fn found(&self, archive: &ArchiveName, key: &Key, job: Option<&Job>) -> Result<Found> {
        let missing = || Error::new(Code::ArchiveMissing, archive, format!("it is not in {}", self.remote.location));
        self.remote.find(job, key)?.ok_or_else(missing)
    }

    /// Fetches every byte.
    pub(super) fn fetch_hash(&self, archive: &ArchiveName, job: &Job) -> Result<[u8; 32]> {
        let key = self.key(archive);
        let found = self.found(archive, &key, Some(job))?;
        self.hash_of(&key, &found, job)
    }

    fn hash_of(&self, key: &Key, found: &Found, job: &Job) -> Result<[u8; 32]> {
        let part = self.remote.tuning.part;
        let starts = (0..found.length).step_by(part as usize);
        let ranges = starts.map(|start| start..found.length.min(start + part));
        let hashed = async {
            let fetched = ranges.map(|range| self.remote.range(key, found, range));
            let ahead = self.remote.tuning.parts_under_way(part);
            let mut fetched = std::pin::pin!(futures_util::stream::iter(fetched).buffered(ahead));
            let mut hash = Sha256::new();
            while let Some(bytes) = fetched.next().await {
                let bytes: Bytes = bytes?;
                hash.update(&bytes);
                job.add_bytes(bytes.len() as u64);
                job.checkpoint()?;
            }
            Ok(hash.finalize().into())
        };
        self.remote.wait(Some(job), hashed).flatten()
    }

    /// Takes an archive away; what is already gone is no error. The archive goes before its checksum: a checksum alone
    /// is swept, an archive alone might be somebody's only copy.
    pub(super) fn delete(&self, archive: &ArchiveName) -> Result<()> {
        self.remote.delete(&self.key(archive))?;
        self.remote.delete(&self.checksum_key(archive))
    }

    /// Puts a file into the deployment's folder (`recovery-key.age`), or beside the folders (`HOW-TO-RESTORE.html`).
    /// Sends only what differs.
    pub(super) fn put_beside(&self, in_folder: &[(&str, &[u8])], beside: &[(&str, &[u8])]) -> Result<()> {
        let inside = in_folder.iter().map(|(file, content)| (self.folder.clone().join(*file), *content));
        let beside = beside.iter().map(|(file, content)| (self.remote.location.beside(file), *content));
        for (key, content) in inside.chain(beside) {
            let present = match self.remote.get(None, &key, LONGEST_BESIDE) {
                Err(e) if e.code() == Code::SizeOutOfRange => None,
                other => other?,
            };
            if present.as_deref() != Some(content) {
                self.remote.put(None, &key, Bytes::copy_from_slice(content))?;
            }
        }
        Ok(())
    }

    /// Clears what interrupted runs left, except uploads of the archives in `wanted`: those are gone on with. Checksums
    /// without an archive go too. Only under the deployment's lock.
    pub(super) fn clear(&self, wanted: &[ArchiveName]) -> Result<()> {
        let objects = self.remote.list(&self.folder)?;
        let names: HashSet<&str> = objects.iter().filter_map(|object| object.location.filename()).collect();
        for file in &names {
            let Some(archive) = file.strip_suffix(CHECKSUM) else { continue };
            if let Some(name) = ArchiveName::parse(archive).filter(|name| name.file_name() == archive)
                && !names.contains(archive)
            {
                self.remote.delete(&self.checksum_key(&name))?;
            }
        }
        for (archive, unfinished) in self.uploads.all() {
            let key = self.key(&archive);
            // To another place: that place's own sweep cannot know it any more, and neither can this one.
            let here = unfinished.filter(|unfinished| unfinished.object == self.remote.name(&key));
            if here.is_some() && wanted.contains(&archive) {
                continue;
            }
            if let Some(unfinished) = here {
                self.remote.abandon_parts(&key, &unfinished.upload)?;
            }
            self.uploads.forget(&archive)?;
        }
        Ok(())
    }
}
