//! The lists at the end of an archive: for people by hand, for Holdfast, and for `sha256sum`.
use super::payload::Gathered;
use crate::archive::{
    ArchiveWriter, Detail, Entry, EntryKind, IndexReader, IndexWriter, Members, Place, hash_of, line, pack,
};
use crate::capture::walk::SPOOL;
use crate::error::{Error, Result};
use crate::operations::pairs::{Pair, Pairs};
use std::collections::HashSet;
use std::io::{self, BufReader, Seek, Write};
use std::path::Path;
use tempfile::SpooledTempFile;

/// The lists as members of the archive, and the copies that the catalog keeps.
pub(in crate::operations) struct Written {
    pub members: Members,
    pub index: Vec<u8>,
    pub blocks: Vec<u8>,
}

struct Spools {
    files: SpooledTempFile,
    index: SpooledTempFile,
    sums: SpooledTempFile,
}

/// Writes all of them. `how_to` is the hash of the first member, which the sums name too.
pub(in crate::operations) fn write(
    writer: &mut ArchiveWriter,
    gathered: Gathered,
    how_to: [u8; 32],
    scratch: &Path,
) -> Result<Written> {
    let broken = |e: io::Error| Error::io(scratch, e);
    let Gathered { changed, mut late, mut blocks, deltas, .. } = gathered;
    late.sort_by(|a, b| crate::archive::entry::path_order(&a.path, &b.path));
    let mut spools = spool(changed, late, &deltas, scratch)?;
    let files = member(writer, "files.jsonl", &mut spools.files)?;
    // The index is what every reading begins with: it lies in frames of its own.
    writer.separate()?;
    let index = member(writer, "index.bin", &mut spools.index)?;
    writer.separate()?;
    let blocks_member = member(writer, "blocks.bin", &mut blocks)?;
    for (name, hash) in [
        ("HOW-TO-RESTORE.txt", how_to),
        (".holdfast/files.jsonl", files.sha256),
        (".holdfast/index.bin", index.sha256),
        (".holdfast/blocks.bin", blocks_member.sha256),
    ] {
        writeln!(spools.sums, "{}  {name}", hex::encode(hash)).map_err(broken)?;
    }
    let sums = member(writer, "SHA256SUMS", &mut spools.sums)?;
    writer.separate()?;
    let copy = |spool: &mut SpooledTempFile| spool.rewind().and_then(|()| pack(spool)).map_err(broken);
    Ok(Written {
        members: Members { files, index, blocks: blocks_member, sums },
        index: copy(&mut spools.index)?,
        blocks: copy(&mut blocks)?,
    })
}

fn spool(changed: SpooledTempFile, late: Vec<Entry>, deltas: &HashSet<Vec<u8>>, scratch: &Path) -> Result<Spools> {
    let broken = |e: io::Error| Error::io(scratch, e);
    let new = || tempfile::spooled_tempfile_in(SPOOL, scratch);
    let mut changed = changed;
    changed.rewind().map_err(broken)?;
    let in_order = IndexReader::new(BufReader::new(changed), Detail::Captured).map_err(broken)?;
    let pairs = Pairs::new(in_order.map(|e| e.map_err(broken)), late.into_iter().map(Ok));
    let mut files = io::BufWriter::new(new());
    let mut sums = io::BufWriter::new(new());
    let mut index = IndexWriter::new(new(), Detail::Captured);
    let mut text = Vec::with_capacity(512);
    for pair in pairs {
        let (Pair::Left(entry) | Pair::Right(entry) | Pair::Both(_, entry)) = pair?;
        index.push(&entry).map_err(broken)?;
        text.clear();
        line(&entry, true, &mut text);
        text.push(b'\n');
        files.write_all(&text).map_err(broken)?;
        if is_whole_here(&entry) && !deltas.contains(&entry.path) {
            text.clear();
            sum_line(&entry, &mut text);
            sums.write_all(&text).map_err(broken)?;
        }
    }
    let unbuffer = |w: io::BufWriter<SpooledTempFile>| w.into_inner().map_err(|e| broken(e.into_error()));
    Ok(Spools { files: unbuffer(files)?, index: index.finish().map_err(broken)?, sums: unbuffer(sums)? })
}

/// Whether unpacking this archive alone gives the file.
fn is_whole_here(entry: &Entry) -> bool {
    let here = |place: &Place| matches!(place, Place::Hole | Place::At { archive: 0, .. });
    entry.kind == EntryKind::File && entry.extents.iter().all(|extent| here(&extent.place))
}

/// As GNU `sha256sum` writes it: names with a backslash or a line feed are escaped, which a leading backslash says.
fn sum_line(entry: &Entry, out: &mut Vec<u8>) {
    if entry.path.iter().any(|b| matches!(b, b'\\' | b'\n' | b'\r')) {
        out.push(b'\\');
    }
    out.extend_from_slice(hex::encode(hash_of(entry)).as_bytes());
    out.extend_from_slice(b"  ");
    for byte in &entry.path {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            other => out.push(*other),
        }
    }
    out.push(b'\n');
}

fn member(writer: &mut ArchiveWriter, name: &str, spool: &mut SpooledTempFile) -> Result<crate::archive::Member> {
    let broken = |e: io::Error| Error::io(name, e);
    let length = spool.seek(io::SeekFrom::End(0)).map_err(broken)?;
    spool.rewind().map_err(broken)?;
    writer.own_from(&format!(".holdfast/{name}"), length, spool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_escape_as_sha256sum_does() {
        let mut entry = Entry::gone(b"a\\b\nc".to_vec());
        entry.size = 1;
        entry.sha256 = [0; 32];
        let mut out = Vec::new();
        sum_line(&entry, &mut out);
        assert_eq!(out, format!("\\{}  a\\\\b\\nc\n", "00".repeat(32)).as_bytes());
    }
}
