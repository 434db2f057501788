//! The only place that writes Holdfast's own files raw, and the locks.
//!
//! A file written here is complete under its name or absent: temporary name in the same folder,
//! length known, fsync, rename, fsync of the folder.
use crate::error::{Error, Result};
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Makes a folder and its parents, readable by the owner alone.
pub fn create_private_dir(path: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| Error::io(path, e))
}

/// Gives a file or folder of this user's at least these permission bits, where its file system has any.
pub fn widen(path: &Path, mode: u32) {
    let Ok(meta) = fs::symlink_metadata(path) else { return };
    let present = meta.permissions().mode();
    if !meta.is_symlink() && present & mode != mode {
        // What cannot be had is no harm here: at worst somebody else needs root to read it.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode((present | mode) & 0o7777));
    }
}

/// Adds a line to a file, which is made if it is not there; on the disk when this returns. What a killed process left of a
/// line is cut off first. The caller keeps others away.
pub fn append_line(path: &Path, line: &[u8], mode: u32) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(path, e);
    let is_new = !path.exists();
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).mode(mode).open(path).map_err(failed)?;
    let end = end_of_lines(&mut file).map_err(failed)?;
    file.set_len(end).map_err(failed)?;
    file.seek(std::io::SeekFrom::Start(end)).map_err(failed)?;
    let mut whole = Vec::with_capacity(line.len() + 1);
    whole.extend_from_slice(line);
    whole.push(b'\n');
    let written = file.write_all(&whole).and_then(|()| file.sync_all());
    if let Err(e) = written {
        // On a full disk half a line may be there: the next one would cut it off too.
        let _ = file.set_len(end);
        return Err(failed(e));
    }
    if is_new { sync_dir(path.parent().unwrap_or(Path::new("."))) } else { Ok(()) }
}

/// Behind the last byte that ends a line.
fn end_of_lines(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.seek(std::io::SeekFrom::End(0))?;
    let mut buffer = [0; 4096];
    while end > 0 {
        let start = end.saturating_sub(buffer.len() as u64);
        let part = &mut buffer[..(end - start) as usize];
        file.seek(std::io::SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(last) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Replaces a file whole, with the given permission bits.
pub fn write(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = temporary_beside(path);
    let result = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)
            .map_err(|e| Error::io(path, e))?;
        file.write_all(content).map_err(|e| Error::io(path, e))?;
        file.sync_all().map_err(|e| Error::io(path, e))?;
        fs::rename(&temporary, path).map_err(|e| Error::io(path, e))
    })();
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
        return result;
    }
    sync_dir(folder)
}

/// Writes a file only where its content differs: leaves times alone otherwise.
pub fn write_if_changed(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    match fs::read(path) {
        Ok(present) if present == content => Ok(()),
        _ => write(path, content, mode),
    }
}

/// Copies a file from anywhere, replacing one that differs. Returns its SHA-256.
pub fn copy(from: &Path, to: &Path, mode: u32) -> Result<[u8; 32]> {
    let mut input = File::open(from).map_err(|e| Error::io(from, e))?;
    let present = File::open(to).and_then(|mut file| hashed(&mut file, &mut std::io::sink()));
    if let Ok(present) = present
        && hashed(&mut input, &mut std::io::sink()).map_err(|e| Error::io(from, e))? == present
    {
        return Ok(present);
    }
    input.rewind().map_err(|e| Error::io(from, e))?;
    let temporary = temporary_beside(to);
    let copied = (|| {
        let mut open = OpenOptions::new();
        let mut file = open.write(true).create_new(true).mode(mode).open(&temporary).map_err(|e| Error::io(to, e))?;
        let hash = hashed(&mut input, &mut file).map_err(|e| Error::io(to, e))?;
        file.sync_all().map_err(|e| Error::io(to, e))?;
        fs::rename(&temporary, to).map_err(|e| Error::io(to, e))?;
        Ok(hash)
    })();
    match copied {
        Ok(hash) => sync_dir(to.parent().unwrap_or(Path::new("."))).map(|()| hash),
        Err(e) => {
            let _ = fs::remove_file(&temporary);
            Err(e)
        }
    }
}

/// Passes everything on, and returns the SHA-256 of it.
fn hashed(from: &mut File, to: &mut dyn Write) -> std::io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            got => {
                hash.update(&buffer[..got]);
                to.write_all(&buffer[..got])?;
            }
        }
    }
}

/// Removes the files in a folder, and the folder. One that holds folders stays.
pub fn remove_dir_of_files(folder: &Path) -> Result<()> {
    for item in fs::read_dir(folder).map_err(|e| Error::io(folder, e))?.flatten() {
        if item.file_type().is_ok_and(|kind| kind.is_file()) {
            remove(&item.path())?;
        }
    }
    fs::remove_dir(folder).map_err(|e| Error::io(folder, e))
}

fn temporary_beside(path: &Path) -> PathBuf {
    partial_of(path, std::process::id())
}

/// Whether a small file that a process is writing will never be finished: the process is gone. One of another machine may
/// seem to be there by chance; then it stays until the next time.
pub fn is_orphan(process: &str) -> bool {
    let Some(process) = process.parse().ok().and_then(rustix::process::Pid::from_raw) else { return false };
    matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH))
}

/// What a process writes before it gives it the name `path`.
pub fn partial_of(path: &Path, process: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{process}.partial"));
    path.with_file_name(name)
}

/// Makes renames and removals in a folder durable.
pub fn sync_dir(folder: &Path) -> Result<()> {
    match File::open(folder).and_then(|dir| dir.sync_all()) {
        Ok(()) => Ok(()),
        // FUSE file systems may not know fsync of a folder.
        Err(e) if matches!(e.kind(), std::io::ErrorKind::InvalidInput | std::io::ErrorKind::Unsupported) => Ok(()),
        Err(e) => Err(Error::io(folder, e)),
    }
}

/// Renames a finished file into place and makes that durable.
pub fn publish(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| Error::io(to, e))?;
    sync_dir(to.parent().unwrap_or(Path::new(".")))
}

/// Removes a file; one that is already gone is no error.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Ok(()),
        Err(e) => Err(Error::io(path, e)),
    }
}

/// Held while a run works on a deployment. The system lets go of it when the process ends, however
/// it ends, so no lock is ever stale.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock or says who holds it (`Code::Locked`).
    pub fn acquire(folder: &Path, name: &str, what: &str) -> Result<Self> {
        Self::acquire_noting(folder, name, what, "")
    }

    /// The same for what may take long: `begun` is noted too, in words, and others are told it.
    pub fn acquire_noting(folder: &Path, name: &str, what: &str, begun: &str) -> Result<Self> {
        create_private_dir(folder)?;
        let path = folder.join(format!("{name}.lock"));
        let mut file = lock_file(&path)?;
        match file.try_lock() {
            Ok(()) => {
                let note = format!("{what} (process {}{begun})", std::process::id());
                // In this order: on a busy disk it takes a while, and others must not find nothing meanwhile.
                let written = file.rewind().and_then(|()| file.write_all(note.as_bytes()));
                let _ = written.and_then(|()| file.set_len(note.len() as u64));
                Ok(Self { _file: file })
            }
            Err(fs::TryLockError::WouldBlock) => {
                let holder = noted(&mut file).unwrap_or_else(|| "another run".to_owned());
                Err(Error::new(Code::Locked, name, format!("{holder} is at work on it")))
            }
            Err(fs::TryLockError::Error(e)) => Err(Error::io(&path, e)),
        }
    }

    /// Who has the lock now, as it noted itself; `None` where nobody has it. Never keeps anybody from it for longer than
    /// an instant.
    pub fn holder(folder: &Path, name: &str) -> Option<String> {
        let mut file = File::open(folder.join(format!("{name}.lock"))).ok()?;
        if !matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)) {
            return None;
        }
        Some(noted(&mut file).unwrap_or_else(|| "another program".to_owned()))
    }

    /// Waits for the lock, which many may share while nobody has it `alone`; `Code::Locked` after `limit`.
    pub fn wait(path: &Path, alone: bool, limit: Duration) -> Result<Self> {
        let pause = Duration::from_millis(5);
        let file = lock_file(path)?;
        let mut tries_left = limit.as_millis() / pause.as_millis();
        loop {
            match if alone { file.try_lock() } else { file.try_lock_shared() } {
                Ok(()) => return Ok(Self { _file: file }),
                Err(fs::TryLockError::WouldBlock) if tries_left > 0 => {
                    tries_left -= 1;
                    std::thread::sleep(pause);
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(Error::new(Code::Locked, path.display(), "another process is at work on it"));
                }
                Err(fs::TryLockError::Error(e)) => return Err(Error::io(path, e)),
            }
        }
    }
}

/// Who has a lock, as it noted itself. `None` where it did not yet: then there may be what one left that was killed.
fn noted(file: &mut File) -> Option<String> {
    let mut note = String::new();
    file.rewind().and_then(|()| Read::by_ref(file).take(200).read_to_string(&mut note)).ok()?;
    // A longer note of another may show behind it.
    note.truncate(note.find(')')? + 1);
    let process = note.rsplit_once("(process ")?.1;
    let number = process.split(|letter: char| !letter.is_ascii_digit()).next()?;
    (!is_orphan(number)).then_some(note)
}

fn lock_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|e| Error::io(path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_told_who_is_at_work() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::acquire(dir.path(), "chatbot", "backup").unwrap();
        let error = Lock::acquire(dir.path(), "chatbot", "restore").unwrap_err();
        assert_eq!(error.code(), Code::Locked);
        assert!(error.cause().starts_with("backup (process "), "{error}");
        drop(first);
        Lock::acquire(dir.path(), "chatbot", "restore").unwrap();
    }

    #[test]
    fn what_a_killed_run_noted_is_not_told_of_another() {
        let dir = tempfile::tempdir().unwrap();
        let held = Lock::acquire_noting(dir.path(), "chatbot", "a backup", ", begun 2026-03-01 14:05").unwrap();
        let told = || Lock::acquire(dir.path(), "chatbot", "restore").unwrap_err().cause().to_owned();
        let me = std::process::id();
        assert_eq!(told(), format!("a backup (process {me}, begun 2026-03-01 14:05) is at work on it"));
        // No process has this number.
        fs::write(dir.path().join("chatbot.lock"), "a backup (process 2147483000, begun 2026-02-01 10:00)").unwrap();
        assert_eq!(told(), "another run is at work on it");
        drop(held);
        Lock::acquire(dir.path(), "chatbot", "restore").unwrap();
    }

    #[test]
    fn a_line_that_was_cut_short_gives_way_to_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        append_line(&path, b"one", 0o600).unwrap();
        append_line(&path, b"two", 0o600).unwrap();
        for half in ["x".to_owned(), "long ".repeat(3000)] {
            fs::write(&path, format!("one\ntwo\n{half}")).unwrap();
            append_line(&path, b"three", 0o600).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthree\n");
        }
        fs::write(&path, "half").unwrap();
        append_line(&path, b"one", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_content_and_no_litter() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings");
        write(&path, b"old", 0o600).unwrap();
        write(&path, b"new", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(write(&dir.path().join("absent/settings"), b"x", 0o600).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
