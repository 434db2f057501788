//! Copies an archive in, so that it can be gone on with after any interruption.
use super::Folder;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media::{Draft, FileMedium, Medium, ReadSeek, Target, Volume};
use holdfast_domain::{ArchiveName, Code};
use sha2::{Digest, Sha256};
use std::io::{Read, SeekFrom};
use std::path::PathBuf;

const PIECE: usize = 1 << 20;
/// Written bytes after which they are brought to the disk, and the drive is asked whether it is still there.
const PUSH: u64 = 32 << 20;

impl Folder {
    /// As `copy_in`, from wherever the archive lies.
    pub fn copy_from(&self, from: &dyn Medium, name: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()> {
        self.require()?;
        let target = self.target(name);
        let mut copy = Copy::begin(from)?;
        let kept = self.within(copy.right_so_far(&target, job))?;
        let mut draft = if kept == 0 {
            self.discard(name)?;
            self.within(Draft::create(target.clone()).map_err(|e| Error::io(target.path(), e)))?
        } else {
            self.within(Draft::resume(target.clone(), kept).map_err(|e| Error::io(target.path(), e)))?
        };
        let mut unpushed = 0;
        while let Some(piece) = copy.next(job)? {
            let count = piece.len() as u64;
            self.within(draft.write_all(piece).map_err(|e| Error::io(target.path(), e)))?;
            job.add_bytes(count);
            unpushed += count;
            if unpushed >= PUSH {
                unpushed = 0;
                self.within(draft.file().sync_data().map_err(|e| Error::io(target.path(), e)))?;
                self.anchored()?;
            }
        }
        if copy.hash.finalize().as_slice() != sha256 {
            drop(draft);
            self.discard(name)?;
            let cause = "its SHA-256 is not the one that was written: it is not copied";
            return Err(Error::new(Code::ChecksumMismatch, from.describe(), cause));
        }
        self.within(draft.finish().map_err(|e| Error::io(target.path(), e)))?;
        let volumes = self.within(proven(&target, sha256, job));
        if volumes.as_ref().is_err_and(|e| e.code() == Code::ArchiveDamaged) {
            self.discard(name)?;
        }
        let volumes = volumes?;
        job.checkpoint()?;
        // Another one of the same name, which was not the same, is replaced and not removed first: killed between the two,
        // neither would be there.
        self.publish(name, sha256, &volumes)?;
        self.clear_beside(name, &volumes)
    }

    pub(super) fn hash_of(&self, name: &ArchiveName, job: &Job) -> Result<[u8; 32]> {
        let medium = self.within(FileMedium::find(&self.inner_archive(name)))?;
        let (whole, _) = self.within(hashes(&medium, job))?;
        Ok(whole)
    }
}

/// The source on its way: every byte that passes is hashed.
struct Copy {
    /// For people, also where it is none.
    path: PathBuf,
    input: Box<dyn ReadSeek>,
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Copy {
    fn begin(from: &dyn Medium) -> Result<Self> {
        let path = PathBuf::from(from.describe());
        let input = from.open().map_err(|e| Error::io(&path, e))?;
        Ok(Self { path, input, hash: Sha256::new(), buffer: vec![0; PIECE] })
    }

    /// How much of what an earlier copy left is what the source holds. The source stands behind it then.
    fn right_so_far(&mut self, target: &Target, job: &Job) -> Result<u64> {
        let broken = |e| Error::io(target.path(), e);
        let Some(medium) = FileMedium::unfinished(target).map_err(broken)? else { return Ok(0) };
        medium.forget_cached();
        let mut present = medium.open().map_err(broken)?;
        let mut there = vec![0; PIECE];
        let mut kept = 0;
        loop {
            job.checkpoint()?;
            // What cannot be read any more is written again.
            let had = read_full(&mut present, &mut there).unwrap_or(0);
            let read = read_full(&mut self.input, &mut self.buffer[..had]).map_err(|e| Error::io(&self.path, e))?;
            let same = self.buffer[..read].iter().zip(&there[..had]).take_while(|(a, b)| a == b).count();
            self.hash.update(&self.buffer[..same]);
            kept += same as u64;
            job.add_bytes(same as u64);
            if same < PIECE {
                self.input.seek(SeekFrom::Start(kept)).map_err(|e| Error::io(&self.path, e))?;
                return Ok(kept);
            }
        }
    }

    fn next(&mut self, job: &Job) -> Result<Option<&[u8]>> {
        job.checkpoint()?;
        let read = read_full(&mut self.input, &mut self.buffer).map_err(|e| Error::io(&self.path, e))?;
        self.hash.update(&self.buffer[..read]);
        Ok((read > 0).then(|| &self.buffer[..read]))
    }
}

/// Reads what was written again, past the page cache where the system allows.
fn proven(target: &Target, sha256: &[u8; 32], job: &Job) -> Result<Vec<Volume>> {
    let path = target.path();
    let differs = || Error::new(Code::ArchiveDamaged, path.display(), "what was read back is not what was written");
    let medium = FileMedium::unfinished(target).map_err(|e| Error::io(path, e))?.ok_or_else(differs)?;
    let (whole, volumes) = hashes(&medium, job)?;
    if whole == *sha256 { Ok(volumes) } else { Err(differs()) }
}

/// The hash of the whole, and of each volume.
fn hashes(medium: &FileMedium, job: &Job) -> Result<([u8; 32], Vec<Volume>)> {
    let broken = |e| Error::io(medium.path(), e);
    medium.forget_cached();
    let mut input = medium.open().map_err(broken)?;
    let mut buffer = vec![0; PIECE];
    let mut whole = Sha256::new();
    let mut volumes = Vec::new();
    let lengths: Vec<u64> = medium.lengths().collect();
    for bytes in &lengths {
        let mut hash = Sha256::new();
        let mut left = *bytes;
        while left > 0 {
            job.checkpoint()?;
            let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = read_full(&mut input, &mut buffer[..room]).map_err(broken)?;
            if read == 0 {
                return Err(Error::new(
                    Code::ArchiveDamaged,
                    medium.path().display(),
                    "it became shorter while it was read",
                ));
            }
            whole.update(&buffer[..read]);
            if lengths.len() > 1 {
                hash.update(&buffer[..read]);
            }
            left -= read as u64;
            job.add_bytes(read as u64);
        }
        if lengths.len() > 1 {
            volumes.push(Volume { bytes: *bytes, sha256: hash.finalize().into() });
        }
    }
    Ok((whole.finalize().into(), volumes))
}

/// Fills the room, or as much of it as there is.
fn read_full(input: &mut (impl Read + ?Sized), room: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match input.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
