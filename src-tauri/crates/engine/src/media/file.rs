use super::{Medium, ReadSeek, Target, volume_of, volume_path};
use crate::error::{Error, Result};
use holdfast_domain::Code;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An archive in a folder: a file, or its volumes.
#[derive(Debug, Clone)]
pub struct FileMedium {
    path: PathBuf,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    path: PathBuf,
    start: u64,
    length: u64,
}

impl FileMedium {
    /// `path` is that of the whole, also where only its volumes are there; the first volume's own path is taken for it
    /// too. `ArchiveMissing` where there is neither, `NotAnArchive` for a folder.
    pub fn find(path: &Path) -> Result<Self> {
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Err(Error::new(Code::NotAnArchive, path.display(), "it is a folder")),
            Ok(meta) => match first_volume(path) {
                Some(whole) => Self::find(&whole),
                None => Ok(Self::of(path, [(path.to_owned(), meta.len())])),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let parts = volumes(|number| volume_path(path, number)).map_err(|e| Error::io(path, e))?;
                if parts.is_empty() {
                    return Err(Error::io(path, e).with_code(Code::ArchiveMissing));
                }
                Ok(Self::of(path, parts))
            }
            Err(e) => Err(Error::io(path, e)),
        }
    }

    /// What has been written of an unfinished archive. `None` where nothing has.
    pub fn unfinished(target: &Target) -> io::Result<Option<Self>> {
        let mut parts = if target.in_volumes() {
            volumes(|number| target.part(number))?
        } else {
            match fs::metadata(target.path()) {
                Ok(meta) => vec![(target.path().to_owned(), meta.len())],
                Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
                Err(e) => return Err(e),
            }
        };
        // A volume that is not full is the last one, whatever lies behind it.
        if let Some(last) = parts.iter().position(|(_, length)| *length != target.limit()) {
            parts.truncate(last + 1);
        }
        Ok((!parts.is_empty()).then(|| Self::of(target.path(), parts)))
    }

    fn of(path: &Path, lengths: impl IntoIterator<Item = (PathBuf, u64)>) -> Self {
        let mut start = 0;
        let part = |(path, length): (PathBuf, u64)| {
            let part = Part { path, start, length };
            start += length;
            part
        };
        Self { path: path.to_owned(), parts: lengths.into_iter().map(part).collect() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lengths of the volumes; one where it is whole.
    pub fn lengths(&self) -> impl Iterator<Item = u64> + '_ {
        self.parts.iter().map(|part| part.length)
    }

    /// Lets the page cache go, so that what is read next comes from the disk. Advice only: some file systems do not
    /// take it.
    pub fn forget_cached(&self) {
        for part in &self.parts {
            if let Ok(file) = File::open(&part.path) {
                let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
            }
        }
    }
}

impl Medium for FileMedium {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        match self.parts.as_slice() {
            [only] => Ok(Box::new(File::open(&only.path)?)),
            parts => Ok(Box::new(Joined { parts: parts.to_vec(), open: None, position: 0 })),
        }
    }

    fn length(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.start + part.length)
    }

    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn forget_cached(&self) {
        FileMedium::forget_cached(self);
    }
}

/// Whether an archive lies there, whole or in volumes.
pub fn is_there(path: &Path) -> bool {
    path.is_file() || volume_path(path, 1).is_file()
}

/// Bytes of an archive, whole or in volumes. `NotFound` where there is none.
pub fn stored_bytes(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => match volumes(|number| volume_path(path, number))? {
            parts if parts.is_empty() => Err(e),
            parts => Ok(parts.iter().map(|(_, length)| length).sum()),
        },
        found => found.map(|meta| meta.len()),
    }
}

/// The whole that a path means which names its first volume.
fn first_volume(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let (whole, number) = volume_of(name)?;
    let of_ours = number == 1 && holdfast_domain::ArchiveName::parse(whole).is_some();
    of_ours.then(|| path.with_file_name(whole))
}

fn volumes(path: impl Fn(u64) -> PathBuf) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    for number in 1.. {
        let path = path(number);
        match fs::metadata(&path) {
            Ok(meta) => found.push((path, meta.len())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => break,
            Err(e) => return Err(e),
        }
    }
    Ok(found)
}

/// Volumes as one file.
#[derive(Debug)]
struct Joined {
    parts: Vec<Part>,
    open: Option<(usize, File)>,
    position: u64,
}

impl Read for Joined {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let number = self.parts.partition_point(|part| part.start + part.length <= self.position);
        let Some(part) = self.parts.get(number) else { return Ok(0) };
        let file = match &mut self.open {
            Some((open, file)) if *open == number => file,
            other => &mut other.insert((number, File::open(&part.path)?)).1,
        };
        let inside = self.position - part.start;
        let room = usize::try_from(part.length - inside).unwrap_or(usize::MAX).min(buf.len());
        file.seek(SeekFrom::Start(inside))?;
        let count = file.read(&mut buf[..room])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Joined {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.parts.last().map_or(0, |part| part.start + part.length);
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => end.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_read_as_one_file_from_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let whole = dir.path().join("bot_2026-11-21T020000Z_daily.tar.zst.age");
        assert_eq!(FileMedium::find(&whole).unwrap_err().code(), Code::ArchiveMissing);
        assert!(!is_there(&whole) && stored_bytes(&whole).is_err());
        for (number, bytes) in [(1, &b"0123"[..]), (2, b"4567"), (3, b"89")] {
            fs::write(volume_path(&whole, number), bytes).unwrap();
        }
        assert!(is_there(&whole));
        assert_eq!(stored_bytes(&whole).unwrap(), 10);
        for named in [whole.clone(), volume_path(&whole, 1)] {
            let medium = FileMedium::find(&named).unwrap();
            assert_eq!((medium.length(), medium.path()), (10, &*whole));
            let mut reader = medium.open().unwrap();
            for from in 0..=10 {
                reader.seek(SeekFrom::Start(from)).unwrap();
                let mut text = String::new();
                reader.read_to_string(&mut text).unwrap();
                assert_eq!(text, "0123456789"[from as usize..]);
            }
            assert_eq!(reader.seek(SeekFrom::End(-3)).unwrap(), 7);
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            assert_eq!(&byte, b"7");
        }
        fs::write(&whole, b"whole").unwrap();
        assert_eq!(FileMedium::find(&whole).unwrap().length(), 5);
        assert_eq!(FileMedium::find(dir.path()).unwrap_err().code(), Code::NotAnArchive);
    }
}
