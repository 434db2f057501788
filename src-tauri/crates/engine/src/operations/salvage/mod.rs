//! Gets out of a damaged archive whatever is undamaged.
//!
//! Where its lists can be read, they say what each file should be, and every file that comes out has its hash. Where they
//! cannot (a cut archive has none), the stream is gone through from its start: what comes out was authenticated by the
//! encryption (in OpenPGP, which vouches only for the whole, it has the checksums of its frames), and what is missing
//! cannot be named.
mod scan;
mod unpack;

use super::context::Context;
use super::reading::{Reading, Signature};
use super::restore::{Extraction, is_damage};
use crate::archive::{ArchiveReader, LevelSource, Moment};
use crate::durable;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::media::{FileMedium, Medium};
use holdfast_domain::{Code, Outcome, Problem};
use serde::Serialize;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Serialize)]
pub struct SalvageReport {
    pub outcome: Outcome,
    pub into: PathBuf,
    pub files: u64,
    pub bytes: u64,
    /// Whether the archive's own lists could be used: then every file has its hash, and `lost` names all that is missing.
    pub listed: bool,
    pub lost: Vec<Problem>,
}

/// Writes what is undamaged below `into`, which must be empty or not there. Needs no other archive: files of which parts
/// lie in one that is not beside it are named as lost.
pub fn run(context: &Context, reading: &Reading, archive: &Path, into: &Path, job: &Job) -> Result<SalvageReport> {
    let into = std::path::absolute(into).map_err(|e| Error::io(into, e))?;
    if fs::read_dir(&into).is_ok_and(|mut items| items.next().is_some()) {
        return Err(Error::new(Code::TargetNotEmpty, into.display(), "there are files in it"));
    }
    let problems = Problems::default();
    let (files, bytes, listed) = match reading.inspect(archive) {
        Ok((reader, signature)) => {
            if signature != Signature::Good {
                let cause =
                    "its signature could not be confirmed: anyone who knows the public key could have written it";
                problems.report(Code::Unsigned, archive.display().to_string(), cause);
            }
            durable::create_private_dir(&into)?;
            match by_list(context, reading, &reader, &into, &problems, job) {
                Ok((files, bytes)) => (files, bytes, true),
                Err(e) if is_damage(&e) => {
                    problems.add(e.to_problem());
                    empty(&into)?;
                    let (files, bytes) = unpack::run(reading, archive, &into, &problems, job)?;
                    (files, bytes, false)
                }
                Err(e) => return Err(e),
            }
        }
        Err(e) if is_damage(&e) || e.code() == Code::NotAnArchive && begins_as_ours(archive) => {
            problems.add(e.to_problem());
            durable::create_private_dir(&into)?;
            let (files, bytes) = unpack::run(reading, archive, &into, &problems, job)?;
            (files, bytes, false)
        }
        Err(e) => return Err(e),
    };
    Ok(SalvageReport { outcome: problems.outcome(), into, files, bytes, listed, lost: problems.into_list() })
}

/// A cut can take the tail so that what is left looks like some other file made with age.
fn begins_as_ours(archive: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 22];
    let medium = FileMedium::find(archive).ok().and_then(|medium| medium.open().ok());
    medium.is_some_and(|mut file| file.read_exact(&mut start).is_ok())
        && (start.starts_with(b"age-encryption.org/v1\n") || crate::openpgp::begins(&start))
}

fn empty(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).map_err(|e| Error::io(folder, e))?;
    durable::create_private_dir(folder)
}

fn by_list(
    context: &Context,
    reading: &Reading,
    top: &ArchiveReader,
    into: &Path,
    problems: &Problems,
    job: &Job,
) -> Result<(u64, u64)> {
    let manifest = top.manifest();
    top.check_member("index.bin", manifest.members.index)?;
    let mut readers = vec![top.clone()];
    for name in &manifest.archives[1..] {
        let path = top.path().with_file_name(name.file_name());
        let usable = reading
            .reader(&path)
            .and_then(|reader| reader.check_member("index.bin", reader.manifest().members.index).map(|()| reader));
        match usable {
            Ok(reader) => readers.push(reader),
            Err(e) => {
                let cause = format!("it needs {}, which cannot be used: {}", name.file_name(), e.cause());
                problems.report(Code::ParentMissing, manifest.archive.to_string(), cause);
                break;
            }
        }
    }
    let moment = Moment::partial(readers.iter().map(LevelSource::of_archive).collect());
    let roots: HashMap<Vec<u8>, PathBuf> =
        manifest.roots.iter().map(|root| (root.name.clone().into_bytes(), into.join(&root.name))).collect();
    job.phase(Phase::Restoring, manifest.tree.files, manifest.tree.bytes);
    let users = context.users();
    let extraction = Extraction {
        entries: &|| Ok(Box::new(moment.entries()?)),
        readers: &readers,
        roots: &roots,
        users: &users,
        workers: context.workers,
        job,
        problems,
        salvage: true,
    };
    let extracted = extraction.run(|| Ok(()))?;
    Ok((extracted.files, extracted.bytes))
}
