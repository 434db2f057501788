//! The content of a file, out of the several archives that hold its pieces, as one stream.
use crate::archive::{ArchiveReader, Entry, Extent, Place, Segment};
use crate::error::Error;
use crate::operations::restore::Worker;
use std::io::{self, Read, Seek, SeekFrom};

pub(super) struct ContentReader<'a> {
    readers: &'a [ArchiveReader],
    worker: &'a mut Worker,
    extents: &'a [Extent],
    /// The extent at hand, where in the file it begins, and how much of it was read.
    at: usize,
    start: u64,
    within: u64,
    /// What an error of this reader means: more than `io::Error` can say.
    pub failure: Option<Error>,
}

impl<'a> ContentReader<'a> {
    pub fn new(readers: &'a [ArchiveReader], worker: &'a mut Worker, entry: &'a Entry) -> Self {
        Self { readers, worker, extents: &entry.extents, at: 0, start: 0, within: 0, failure: None }
    }

    fn piece(&mut self, place: Place, buf: &mut [u8]) -> crate::Result<usize> {
        let Place::At { archive, offset } = place else {
            buf.fill(0);
            return Ok(buf.len());
        };
        let position = offset + self.within;
        let (start, frame) = self.worker.stream(self.readers, archive)?.frame_at(position)?;
        let bytes = &frame[(position - start) as usize..];
        let count = bytes.len().min(buf.len());
        buf[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(extent) = self.extents.get(self.at) {
            if self.within == extent.length {
                self.at += 1;
                self.start += extent.length;
                self.within = 0;
                continue;
            }
            let left = usize::try_from(extent.length - self.within).unwrap_or(usize::MAX);
            let room = buf.len().min(left);
            let count = self.piece(extent.place, &mut buf[..room]).map_err(|e| {
                let said = io::Error::other(e.to_string());
                self.failure = Some(e);
                said
            })?;
            self.within += count as u64;
            return Ok(count);
        }
        Ok(0)
    }
}

/// Only to places counted from the start, as the writing of sparse files asks for.
impl Seek for ContentReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(to) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        if to < self.start {
            (self.at, self.start) = (0, 0);
        }
        while let Some(extent) = self.extents.get(self.at)
            && to >= self.start + extent.length
        {
            self.start += extent.length;
            self.at += 1;
        }
        self.within = to - self.start;
        Ok(to)
    }
}

/// Where a file has data, between its holes. `None` where it has no holes. A database is always stored whole: every tar
/// unpacks that.
pub(super) fn segments(entry: &Entry) -> Option<Vec<Segment>> {
    if entry.database || !entry.extents.iter().any(|extent| extent.place == Place::Hole) {
        return None;
    }
    let mut segments: Vec<Segment> = Vec::new();
    let mut offset = 0;
    for extent in &entry.extents {
        if extent.place != Place::Hole {
            match segments.last_mut() {
                Some(last) if last.offset + last.length == offset => last.length += extent.length,
                _ => segments.push(Segment { offset, length: extent.length }),
            }
        }
        offset += extent.length;
    }
    // GNU tar wants the end of the file named by a last, empty segment where it ends in a hole.
    if segments.last().is_none_or(|last| last.offset + last.length < entry.size) {
        segments.push(Segment { offset: entry.size, length: 0 });
    }
    Some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_between_holes_is_found_and_joined() {
        let at = |offset, length| Extent { place: Place::At { archive: 1, offset }, length };
        let hole = |length| Extent { place: Place::Hole, length };
        let mut entry = Entry::gone(b"data/x".to_vec());
        entry.extents = vec![at(100, 10), at(900, 5)];
        assert_eq!(segments(&entry), None);
        entry.size = 23;
        entry.extents = vec![hole(4), at(100, 10), at(900, 5), hole(1), hole(2), at(7, 1)];
        let expected = [Segment { offset: 4, length: 15 }, Segment { offset: 22, length: 1 }];
        assert_eq!(segments(&entry).unwrap(), expected);
        entry.size = 10;
        entry.extents = vec![at(100, 4), hole(6)];
        let expected = [Segment { offset: 0, length: 4 }, Segment { offset: 10, length: 0 }];
        assert_eq!(segments(&entry).unwrap(), expected, "a hole at its end is named");
        entry.extents = vec![hole(10)];
        assert_eq!(segments(&entry).unwrap(), expected[1..]);
        entry.database = true;
        assert_eq!(segments(&entry), None);
    }

    #[test]
    fn a_seek_finds_its_place_in_both_directions() {
        let hole = |length| Extent { place: Place::Hole, length };
        let mut entry = Entry::gone(b"data/x".to_vec());
        // Holes of which two never join here: their edges are crossed all the same.
        entry.extents = vec![hole(3), hole(4), hole(5)];
        let mut worker = Worker::new(&[]);
        let mut reader = ContentReader::new(&[], &mut worker, &entry);
        for place in [0, 11, 3, 6, 7, 12, 2] {
            reader.seek(SeekFrom::Start(place)).unwrap();
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).unwrap();
            assert_eq!(rest.len() as u64, 12 - place, "from {place}");
        }
    }
}
