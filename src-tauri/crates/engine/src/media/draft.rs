use super::Target;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

/// An archive's file (or volumes) while it is written. Dropped without `finish`, it leaves what was written under
/// names that end in `.partial`.
#[derive(Debug)]
pub struct Draft {
    target: Target,
    file: Arc<File>,
    number: u64,
    /// What the file at hand still takes.
    room: u64,
}

impl Draft {
    /// Begins anew: nothing of it may be there.
    pub fn create(target: Target) -> io::Result<Self> {
        let file = open(OpenOptions::new().create_new(true), &target, 1)?;
        let room = target.limit();
        Ok(Self { target, file: Arc::new(file), number: 1, room })
    }

    /// Goes on behind the first `keep` bytes of what is there; what lies behind them is cut off.
    pub fn resume(target: Target, keep: u64) -> io::Result<Self> {
        let limit = target.limit();
        let number = keep.div_ceil(limit).max(1);
        let inside = keep - (number - 1) * limit;
        let mut file = open(OpenOptions::new().create(true).truncate(false), &target, number)?;
        file.set_len(inside)?;
        file.seek(SeekFrom::End(0))?;
        if target.in_volumes() {
            for later in number + 1.. {
                match fs::remove_file(target.part(later)) {
                    Err(e) if e.kind() == io::ErrorKind::NotFound => break,
                    removed => removed?,
                }
            }
        }
        Ok(Self { room: limit - inside, target, file: Arc::new(file), number })
    }

    /// The file at hand: for bringing its bytes to the disk while others are written.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// How many bytes the file at hand still takes.
    pub fn room(&self) -> u64 {
        self.room
    }

    pub fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.room == 0 {
                self.file.sync_all()?;
                self.number += 1;
                self.file = Arc::new(open(OpenOptions::new().create_new(true), &self.target, self.number)?);
                self.room = self.target.limit();
            }
            let part = usize::try_from(self.room).unwrap_or(usize::MAX).min(bytes.len());
            (&*self.file).write_all(&bytes[..part])?;
            self.room -= part as u64;
            bytes = &bytes[part..];
        }
        Ok(())
    }

    /// Waits until all of it is on the disk.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()
    }
}

fn open(how: &mut OpenOptions, target: &Target, number: u64) -> io::Result<File> {
    how.read(true).write(true).mode(0o600).open(target.part(number))
}

#[cfg(test)]
mod tests {
    use super::super::{FileMedium, Medium};
    use super::*;
    use std::io::Read;

    fn content(target: &Target) -> String {
        let mut text = String::new();
        let medium = FileMedium::unfinished(target).unwrap().unwrap();
        medium.open().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn what_is_cut_into_volumes_goes_on_where_it_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::new(dir.path().join("x.partial"), Some(4));
        assert!(FileMedium::unfinished(&target).unwrap().is_none());
        let mut draft = Draft::create(target.clone()).unwrap();
        draft.write_all(b"0123456789").unwrap();
        drop(draft);
        assert_eq!(content(&target), "0123456789");
        for keep in (0..=10).rev() {
            let mut draft = Draft::resume(target.clone(), keep).unwrap();
            assert_eq!(content(&target), "0123456789"[..keep as usize]);
            draft.write_all(b"xyz").unwrap();
            draft.finish().unwrap();
            assert_eq!(content(&target), format!("{}xyz", &"0123456789"[..keep as usize]));
            Draft::resume(target.clone(), keep).unwrap();
        }
        assert!(Draft::create(target).is_err());
    }
}
