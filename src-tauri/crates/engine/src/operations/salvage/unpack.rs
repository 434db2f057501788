//! Unpacks the members of a stream whose lists are lost.
use super::scan::{Piece, Scan, Stretch, StretchState};
use crate::archive::entry::is_safe;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::reading::Reading;
use holdfast_domain::Code;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const BLOCK: usize = 512;

/// Returns how many files and bytes came out.
pub(super) fn run(
    reading: &Reading,
    archive: &Path,
    into: &Path,
    problems: &Problems,
    job: &Job,
) -> Result<(u64, u64)> {
    job.phase(Phase::Restoring, 0, fs::metadata(archive).map_or(0, |m| m.len()));
    let mut scan = Scan::open(reading, archive, job)?;
    let mut done = (0, 0);
    let subject = archive.display().to_string();
    loop {
        let first = match scan.next()? {
            Piece::Frame(frame) => frame,
            Piece::Gap => {
                problems.report(
                    Code::ArchiveDamaged,
                    subject.clone(),
                    "a stretch of it is damaged; what lay there is lost",
                );
                continue;
            }
            Piece::End => break,
        };
        let mut stretch = Stretch::new(&mut scan, first);
        stretch_members(&mut stretch, into, problems, job, &mut done)?;
        job.checkpoint()?;
        match stretch.state {
            StretchState::End => break,
            StretchState::Gap => {
                problems.report(
                    Code::ArchiveDamaged,
                    subject.clone(),
                    "a stretch of it is damaged; what lay there is lost",
                );
            }
            StretchState::Open => {}
        }
    }
    if done.0 == 0 {
        return Err(Error::new(Code::NothingToRestore, subject, "nothing undamaged was found in it"));
    }
    Ok(done)
}

/// What stands in the pax header before a member.
type Pax = HashMap<Vec<u8>, Vec<u8>>;

fn stretch_members(
    input: &mut Stretch<'_, '_>,
    into: &Path,
    problems: &Problems,
    job: &Job,
    done: &mut (u64, u64),
) -> Result<()> {
    let mut block = [0; BLOCK];
    let mut pax: Option<Pax> = None;
    loop {
        job.checkpoint()?;
        if input.read_exact(&mut block).is_err() {
            return Ok(());
        }
        // Every payload member begins with a pax header: what does not is content whose header is lost, or ours.
        let Some(header) = valid_header(&block) else {
            pax = None;
            continue;
        };
        let Ok(size) = header.entry_size() else { continue };
        if header.entry_type() == tar::EntryType::XHeader {
            pax = read_pax(input, size);
            continue;
        }
        let Some(pax) = pax.take() else {
            if skip(input, size.next_multiple_of(BLOCK as u64)).is_err() {
                return Ok(());
            }
            continue;
        };
        let size = number(&pax, "size").unwrap_or(size);
        match member(input, &header, &pax, size, into) {
            Ok(Some(bytes)) => {
                done.0 += 1;
                done.1 += bytes;
                job.add_files(1);
                job.add_bytes(bytes);
            }
            Ok(None) => {}
            Err(Trouble::Cut(name)) => {
                problems.report(Code::ArchiveDamaged, name, "it is not whole in the archive");
                return Ok(());
            }
            Err(Trouble::Other(e)) => return Err(e),
        }
    }
}

enum Trouble {
    /// The stretch ended within the file.
    Cut(String),
    Other(Error),
}

fn valid_header(block: &[u8; BLOCK]) -> Option<tar::Header> {
    let header = tar::Header::from_byte_slice(block);
    let sum: u32 =
        block.iter().enumerate().map(|(at, b)| if (148..156).contains(&at) { 32 } else { u32::from(*b) }).sum();
    let ours = &block[257..262] == b"ustar" && header.cksum().is_ok_and(|stored| stored == sum);
    ours.then(|| header.clone())
}

fn read_pax(input: &mut impl Read, size: u64) -> Option<Pax> {
    if size > 1 << 24 {
        return None;
    }
    let mut bytes = vec![0; (size as usize).next_multiple_of(BLOCK)];
    input.read_exact(&mut bytes).ok()?;
    bytes.truncate(size as usize);
    let mut pax = Pax::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let blank = rest.iter().position(|b| *b == b' ')?;
        let length: usize = std::str::from_utf8(&rest[..blank]).ok()?.parse().ok()?;
        let record = rest.get(blank + 1..length.checked_sub(1)?)?;
        let equals = record.iter().position(|b| *b == b'=')?;
        pax.insert(record[..equals].to_vec(), record[equals + 1..].to_vec());
        rest = rest.get(length..)?;
    }
    Some(pax)
}

fn number(pax: &Pax, key: &str) -> Option<u64> {
    std::str::from_utf8(pax.get(key.as_bytes())?).ok()?.parse().ok()
}

fn member(
    input: &mut impl Read,
    header: &tar::Header,
    pax: &Pax,
    size: u64,
    into: &Path,
) -> Result<Option<u64>, Trouble> {
    let name = ["GNU.sparse.name", "path"].iter().find_map(|key| pax.get(key.as_bytes()).cloned());
    let mut name = name.unwrap_or_else(|| header.path_bytes().into_owned());
    while name.last() == Some(&b'/') {
        name.pop();
    }
    let shown = String::from_utf8_lossy(&name).into_owned();
    let kind = header.entry_type();
    let ours = !is_safe(&name) || name.starts_with(b".holdfast");
    if ours || !matches!(kind, tar::EntryType::Regular | tar::EntryType::Directory | tar::EntryType::Symlink) {
        skip(input, size.next_multiple_of(BLOCK as u64)).map_err(|_| Trouble::Cut(shown))?;
        return Ok(None);
    }
    let path = into.join(OsStr::from_bytes(&name));
    let parent = path.parent().unwrap_or(into);
    let other = |e| Trouble::Other(Error::io(&path, e));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(other)?;
    let mode = header.mode().unwrap_or(0o600) & 0o777;
    match kind {
        tar::EntryType::Directory => {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(other)?;
            Ok(None)
        }
        // A link could lead what comes later out of the folder.
        tar::EntryType::Symlink => Ok(None),
        _ => {
            let mut open = fs::OpenOptions::new();
            // A file that changed while it was captured comes twice: the later one counts.
            let mut file = open.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(other)?;
            let written = if pax.contains_key(b"GNU.sparse.major".as_slice()) {
                sparse(input, &mut file, size, number(pax, "GNU.sparse.realsize").unwrap_or(0))
            } else {
                plain(input, &mut file, size)
            };
            match written {
                Ok(bytes) => {
                    let _ = file.set_permissions(fs::Permissions::from_mode(mode));
                    restore_time(&file, pax);
                    Ok(Some(bytes))
                }
                Err(e) => {
                    drop(file);
                    let _ = fs::remove_file(&path);
                    if e.kind() == io::ErrorKind::UnexpectedEof { Err(Trouble::Cut(shown)) } else { Err(other(e)) }
                }
            }
        }
    }
}

fn plain(input: &mut impl Read, file: &mut File, size: u64) -> io::Result<u64> {
    if io::copy(&mut input.take(size), file)? != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    skip(input, size.next_multiple_of(BLOCK as u64) - size)?;
    Ok(size)
}

/// GNU sparse 1.0: a map of segments, then their bytes.
fn sparse(input: &mut impl Read, file: &mut File, size: u64, real: u64) -> io::Result<u64> {
    let mut map = Vec::new();
    let mut block = [0; BLOCK];
    let bad = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let numbers = loop {
        input.read_exact(&mut block)?;
        map.extend_from_slice(&block);
        let lines: Vec<&[u8]> = map.split(|b| *b == b'\n').collect();
        let parse = |line: &&[u8]| std::str::from_utf8(line).ok().and_then(|t| t.parse::<u64>().ok());
        let count = lines.first().and_then(parse).ok_or_else(bad)?;
        let needed = usize::try_from(count).map_err(|_| bad())?.saturating_mul(2).saturating_add(1);
        // The last piece of the split is not ended by a line feed yet.
        if lines.len() > needed {
            break lines[1..needed].iter().map(|l| parse(l).ok_or_else(bad)).collect::<io::Result<Vec<u64>>>()?;
        }
        if map.len() as u64 > size {
            return Err(bad());
        }
    };
    let mut stored = map.len() as u64;
    for segment in numbers.chunks_exact(2) {
        file.seek(SeekFrom::Start(segment[0]))?;
        if io::copy(&mut input.take(segment[1]), file)? != segment[1] {
            return Err(bad());
        }
        stored += segment[1];
    }
    file.set_len(real)?;
    skip(input, size.next_multiple_of(BLOCK as u64).saturating_sub(stored))?;
    file.flush()?;
    Ok(real)
}

fn restore_time(file: &File, pax: &Pax) {
    let Some(text) = pax.get(b"mtime".as_slice()).and_then(|t| std::str::from_utf8(t).ok()) else { return };
    let mut parts = text.splitn(2, '.');
    let (Some(Ok(secs)), nanos) =
        (parts.next().map(str::parse::<u64>), parts.next().and_then(|n| n.parse::<u32>().ok()))
    else {
        return;
    };
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(secs, nanos.unwrap_or(0).min(999_999_999));
    let _ = file.set_modified(time);
}

fn skip(input: &mut impl Read, count: u64) -> io::Result<()> {
    if io::copy(&mut input.take(count), &mut io::sink())? == count {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
