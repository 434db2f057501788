//! Reads what lies at a place, a share at a time.
use super::books::Held;
use crate::catalog::{Catalog, HalfRead};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::store::Destination;
use holdfast_domain::Code;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};
use std::io::{Read as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// What may still be read.
pub(super) struct Share {
    pub bytes: u64,
    /// By the clock's `elapsed`.
    pub ends_at: Duration,
}

pub(super) enum Found {
    /// All of it was read, and it is what was written or not.
    Whole { ok: bool },
    /// The share was used up.
    InPart,
    /// It is not there any more.
    Gone,
    /// It could not be read, which says nothing of what lies there.
    Unread(Error),
    /// The place went.
    Away(Error),
}

const PIECE: usize = 1 << 20;
/// After so much it is noted how far it is: a killed run begins no long archive anew.
const NOTED_EVERY: u64 = 1 << 30;

/// Reads an archive on from where the last share ended. Notes how far it came; what it found is for the caller to note.
pub(super) fn read(
    catalog: &Catalog,
    place: &dyn Destination,
    held: &Held,
    cloud: bool,
    share: &mut Share,
    job: &Job,
) -> Result<Found> {
    let found = match stretch(catalog, place, held, share, job) {
        Ok(None) => Found::InPart,
        Ok(Some(ok)) => Found::Whole { ok },
        Err(e) => failed(place, e, cloud)?,
    };
    if !matches!(found, Found::Whole { ok: false }) {
        return Ok(found);
    }
    // It may have been replaced by a good one while it was read, or only the way from the disk was disturbed.
    match place.hash(&held.copy.archive, job) {
        Ok(hash) => Ok(Found::Whole { ok: hex::encode(hash) == held.copy.sha256 }),
        Err(e) => failed(place, e, cloud),
    }
}

fn failed(place: &dyn Destination, error: Error, cloud: bool) -> Result<Found> {
    match error.code() {
        Code::Cancelled | Code::CatalogDamaged => Err(error),
        _ if cloud => Ok(Found::Away(error)),
        _ if place.require().is_err() => Ok(Found::Away(error)),
        Code::ArchiveMissing => Ok(Found::Gone),
        Code::PermissionDenied => Ok(Found::Unread(error)),
        // The disk does not give it back.
        _ => Ok(Found::Whole { ok: false }),
    }
}

/// `None` where the share ended before it did.
fn stretch(
    catalog: &Catalog,
    place: &dyn Destination,
    held: &Held,
    share: &mut Share,
    job: &Job,
) -> Result<Option<bool>> {
    let copy = &held.copy;
    let medium = place.open(&copy.archive)?;
    if medium.length() != copy.stored_bytes {
        return Ok(Some(false));
    }
    let forget = || catalog.readings().remove(&copy.deployment_id, &copy.destination_id, &copy.archive);
    let half = catalog.readings().get(&copy.deployment_id, &copy.destination_id, &copy.archive)?;
    let (mut at, mut hash) = half.and_then(|half| resumed(&half, held)).unwrap_or_default();
    let note = |at: u64, hash: &Sha256| {
        let half = HalfRead {
            archive: copy.archive.clone(),
            sha256: copy.sha256.clone(),
            read_bytes: at,
            state: hash.serialize().to_vec(),
        };
        catalog.readings().put(&copy.deployment_id, &copy.destination_id, &half)
    };
    let name = medium.describe();
    let broken = |e| Error::io(Path::new(&name), e);
    medium.forget_cached();
    let mut input = medium.open().map_err(broken)?;
    input.seek(SeekFrom::Start(at)).map_err(broken)?;
    let mut buffer = vec![0; PIECE];
    let mut noted = at;
    while at < copy.stored_bytes {
        if let Err(stopped) = job.checkpoint() {
            note(at, &hash)?;
            return Err(stopped);
        }
        if share.bytes == 0 || job.clock().elapsed() >= share.ends_at {
            note(at, &hash)?;
            return Ok(None);
        }
        let most = (copy.stored_bytes - at).min(share.bytes).min(PIECE as u64) as usize;
        let read = match input.read(&mut buffer[..most]) {
            Ok(0) => return forget().map(|()| Some(false)),
            Ok(read) => read,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(broken(e)),
        };
        hash.update(&buffer[..read]);
        at += read as u64;
        share.bytes -= read as u64;
        job.add_bytes(read as u64);
        if at - noted >= NOTED_EVERY {
            noted = at;
            note(at, &hash)?;
        }
    }
    forget()?;
    Ok(Some(hex::encode(hash.finalize()) == copy.sha256))
}

/// Where the last share ended, and the hash up to there; `None` where that was another file.
fn resumed(half: &HalfRead, held: &Held) -> Option<(u64, Sha256)> {
    if half.sha256 != held.copy.sha256 || half.read_bytes > held.copy.stored_bytes {
        return None;
    }
    let state = SerializedState::<Sha256>::try_from(half.state.as_slice()).ok()?;
    Some((half.read_bytes, Sha256::deserialize(&state).ok()?))
}
