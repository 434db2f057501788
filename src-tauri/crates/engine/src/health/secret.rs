//! Files with secrets that others on this machine may read or change.
use super::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Some files with secrets, told together.
#[derive(Debug, Clone)]
pub struct SecretFile {
    pub paths: Vec<PathBuf>,
    /// There are more than are looked at.
    pub more: bool,
}

/// What others may do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    Private,
    Readable,
    Writable,
}

/// By its mode, and by the folders above it: where others may not go through one of those, they cannot get at it. Links are
/// followed.
pub fn exposure(path: &Path) -> std::io::Result<Exposure> {
    let path = fs::canonicalize(path)?;
    let mode = fs::metadata(&path)?.mode();
    let found = if mode & 0o002 != 0 {
        Exposure::Writable
    } else if mode & 0o004 != 0 {
        Exposure::Readable
    } else {
        return Ok(Exposure::Private);
    };
    let mut above = path.parent();
    while let Some(folder) = above {
        if fs::metadata(folder)?.mode() & 0o001 == 0 {
            return Ok(Exposure::Private);
        }
        above = folder.parent();
    }
    Ok(found)
}

impl Look for SecretFile {
    fn look(&self, probe: &Probe) -> Seen {
        let (mut readable, mut writable, mut private, mut unknown) = (Vec::new(), Vec::new(), 0_u64, Vec::new());
        for path in &self.paths {
            if probe.job.is_cancelled() {
                break;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match exposure(path) {
                Ok(Exposure::Private) => private += 1,
                Ok(Exposure::Readable) => readable.push(name),
                Ok(Exposure::Writable) => writable.push(name),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => unknown.push(name),
            }
        }
        let exposed = (readable.len() + writable.len()) as f64;
        let step = "Take the rights of others off them: holdfast health --fix does it, and can take it back.";
        if !writable.is_empty() {
            let text = format!("everybody on this machine may change {}", listed(&writable));
            return Seen::failing(text, step).fixable().with(exposed, Unit::Count);
        }
        if !readable.is_empty() {
            let text = format!("everybody on this machine may read {}", listed(&readable));
            return Seen::warning(text, step).fixable().with(exposed, Unit::Count);
        }
        if !unknown.is_empty() {
            let text = format!("{} cannot be looked at", listed(&unknown));
            return Seen::unknown(text, "Run it as the user whose files they are.");
        }
        let text = match private {
            0 => "there is none".to_owned(),
            1 => "1 file, for nobody else to read".to_owned(),
            count => format!("{count} files, for nobody else to read"),
        };
        let more = if self.more { "; there are more than were looked at" } else { "" };
        Seen::ok(format!("{text}{more}")).with(0.0, Unit::Count)
    }
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 5;
    let mut said = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        said = format!("{said} and {} more", names.len() - MOST);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;
    use std::os::unix::fs::PermissionsExt;

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn rights_of_others_are_told_unless_a_folder_above_keeps_them_out() {
        let dir = tempfile::tempdir().unwrap();
        let (open, file) = (dir.path().join("open"), dir.path().join("open/.env"));
        fs::create_dir(&open).unwrap();
        fs::write(&file, "A=tidal").unwrap();
        let look = || SecretFile { paths: vec![file.clone()], more: false }.look(&probe(dir.path()));
        for folder in [dir.path(), &open] {
            chmod(folder, 0o755);
        }
        chmod(&file, 0o640);
        assert_eq!(look().state, State::Ok);
        chmod(&file, 0o644);
        let seen = look();
        assert!(seen.state == State::Warning && seen.fixable, "{seen:?}");
        assert_eq!(seen.text, "everybody on this machine may read .env");
        chmod(&file, 0o666);
        assert_eq!(look().state, State::Failing);
        chmod(&open, 0o700);
        assert_eq!((exposure(&file).unwrap(), look().state), (Exposure::Private, State::Ok));
        fs::remove_file(&file).unwrap();
        assert_eq!(look().text, "there is none");
    }
}
