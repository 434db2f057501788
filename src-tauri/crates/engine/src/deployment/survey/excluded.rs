//! What the person's own patterns leave out now: asked while they are typed.
use super::missed::{Missed, Missing, is_database};
use super::walk::is_cache;
use crate::deployment::classify::{Classifier, LeftOut, Verdict};
use crate::deployment::profile::{Profile, Root};
use crate::error::Result;
use crate::jobs::Job;
use std::fs::{self, DirEntry};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What each line of `exclude` leaves out.
#[derive(Debug, Clone, Default)]
pub struct Excluded {
    /// In the order of the lines.
    pub lines: Vec<ExcludedBy>,
    /// Of each root that is a folder, in the order of the settings.
    pub roots: Vec<RootLeft>,
    /// Everything was looked at; else there may be more.
    pub complete: bool,
}

/// A file that several lines cover counts for the one that decides, which is the last of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExcludedBy {
    pub files: u64,
    pub bytes: u64,
    /// At most 5: files, and folders that are left out whole. Those that are called like databases come first.
    pub examples: Vec<PathBuf>,
    /// At most 5, what is missed most first.
    pub missed: Vec<Missed>,
    /// Of all of those.
    pub missed_files: u64,
}

/// What patterns leave of a root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RootLeft {
    pub path: PathBuf,
    /// Files that are taken in.
    pub files: u64,
    /// Files that would be, were there no pattern.
    pub left_out: u64,
}

impl Excluded {
    /// Folders of which nothing is left, and the line that leaves out most. Empty where not everything was looked at.
    pub fn emptied(&self) -> (Vec<&RootLeft>, usize) {
        let emptied = |root: &&RootLeft| self.complete && root.files == 0 && root.left_out > 0;
        let most = (0..self.lines.len()).max_by_key(|line| (self.lines[*line].files, std::cmp::Reverse(*line)));
        (self.roots.iter().filter(emptied).collect(), most.unwrap_or_default())
    }
}

const EXAMPLES: usize = 5;

/// The clock is looked at after so many entries of one folder.
const ENTRIES: usize = 512;

/// One walk through the roots, by names; sizes, and what begins as a database, are asked only of what is left out. Folders that are left out for
/// another reason are not entered: a pattern changes nothing there. Ends at `ends_at` (by the clock's `elapsed`) with what
/// was found until then. Memory does not grow with the count of files.
pub fn excluded(profile: &Profile, own: &Path, ends_at: Duration, job: &Job) -> Result<Excluded> {
    let mut look = Look {
        classifier: Classifier::new(profile, own)?,
        without: Classifier::new(&Profile { exclude: Vec::new(), ..profile.clone() }, own)?,
        roots: Vec::new(),
        found: vec![ExcludedBy::default(); profile.exclude.len()],
        within: job.until(ends_at),
    };
    let mut complete = true;
    for root in profile.roots.iter().filter(|root| !root.file) {
        look.roots.push(RootLeft { path: root.path.clone(), ..RootLeft::default() });
        complete = look.root(root, job)?;
        if !complete {
            break;
        }
    }
    Ok(Excluded { lines: look.found, roots: look.roots, complete })
}

struct Look {
    classifier: Classifier,
    /// As it would be without patterns.
    without: Classifier,
    /// The last is the one that is looked through.
    roots: Vec<RootLeft>,
    found: Vec<ExcludedBy>,
    /// Its checkpoints fail when the time is over.
    within: std::sync::Arc<Job>,
}

impl Look {
    /// False where the time was over before the end.
    fn root(&mut self, root: &Root, job: &Job) -> Result<bool> {
        let mut folders = vec![root.path.clone()];
        while let Some(folder) = folders.pop() {
            if folder != root.path && is_cache(&folder) {
                continue;
            }
            for (number, entry) in entries(&folder).enumerate() {
                if number % ENTRIES == 0 && !self.goes_on(job)? {
                    return Ok(false);
                }
                let Ok(kind) = entry.file_type() else { continue };
                let path = entry.path();
                let below = path.strip_prefix(&root.path).unwrap_or(&path).as_os_str().as_bytes();
                match self.classifier.classify(&root.name, below, kind.is_dir()) {
                    Verdict::Capture(_) if kind.is_dir() => folders.push(path),
                    Verdict::Capture(_) => self.roots.last_mut().into_iter().for_each(|root| root.files += 1),
                    Verdict::LeaveOut { reason: LeftOut::Excluded } => {
                        let Some(line) = self.classifier.excluded_by(below, kind.is_dir()) else { continue };
                        if kind.is_dir() {
                            self.found[line].example(path.clone(), false);
                            if !self.folder(line, root, path, job)? {
                                return Ok(false);
                            }
                        } else if kind.is_file() {
                            self.file(line, root, &entry);
                            self.found[line].example(path, false);
                        }
                    }
                    Verdict::LeaveOut { .. } => {}
                }
            }
        }
        Ok(true)
    }

    /// A folder that is left out with all that is in it.
    fn folder(&mut self, line: usize, root: &Root, folder: PathBuf, job: &Job) -> Result<bool> {
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for (number, entry) in entries(&folder).enumerate() {
                if number % ENTRIES == 0 && !self.goes_on(job)? {
                    return Ok(false);
                }
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    Ok(kind) if kind.is_file() => {
                        self.file(line, root, &entry);
                        self.found[line].example(entry.path(), true);
                    }
                    _ => {}
                }
            }
        }
        Ok(true)
    }

    fn file(&mut self, line: usize, root: &Root, entry: &DirEntry) {
        let (path, bytes) = (entry.path(), entry.metadata().map_or(0, |meta| meta.len()));
        let found = &mut self.found[line];
        found.files += 1;
        found.bytes += bytes;
        let below = path.strip_prefix(&root.path).unwrap_or(&path).as_os_str().as_bytes();
        let Verdict::Capture(class) = self.without.classify(&root.name, below, false) else { return };
        if let Some(what) = Missing::of(&path, class, bytes) {
            found.miss(Missed { path, what });
        }
        self.roots.last_mut().into_iter().for_each(|root| root.left_out += 1);
    }

    fn goes_on(&self, job: &Job) -> Result<bool> {
        job.checkpoint()?;
        Ok(self.within.checkpoint().is_ok())
    }
}

impl ExcludedBy {
    fn miss(&mut self, missed: Missed) {
        self.missed_files += 1;
        let at = self.missed.partition_point(|other| (other.what, &other.path) < (missed.what, &missed.path));
        self.missed.insert(at, missed);
        self.missed.truncate(EXAMPLES);
    }

    /// `inner`: its folder is an example already.
    fn example(&mut self, path: PathBuf, inner: bool) {
        let databases = self.examples.iter().take_while(|path| is_database(path)).count();
        if is_database(&path) {
            if databases < EXAMPLES {
                self.examples.insert(databases, path);
                self.examples.truncate(EXAMPLES);
            }
        } else if !inner && self.examples.len() < EXAMPLES {
            self.examples.push(path);
        }
    }
}

/// What cannot be read holds nothing that could be said.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().filter_map(std::result::Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use holdfast_domain::DeploymentName;
    use std::sync::Arc;

    fn deployment(folder: &Path, exclude: &[&str]) -> Profile {
        for (path, bytes) in [
            ("keep.txt", 1),
            ("a.log", 2),
            ("tmp/a.log", 4),
            ("tmp/deep/chat.db", 8),
            ("tmp/keep.txt", 16),
            ("node_modules/x.log", 32),
            ("many/1.log", 64),
        ] {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; bytes]).unwrap();
        }
        let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
        profile.roots = Root::name_all(&[folder.to_owned()]);
        profile.exclude = exclude.iter().map(|line| (*line).to_owned()).collect();
        profile
    }

    fn look(exclude: &[&str], ends_at: Duration) -> (Excluded, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let profile = deployment(folder.path(), exclude);
        let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
        (excluded(&profile, Path::new("/nonexistent"), ends_at, &job).unwrap(), folder)
    }

    #[test]
    fn each_file_counts_once_for_the_line_that_decides() {
        let (found, folder) = look(&["*.log", "", "tmp/", "!/a.log", "nothing"], Duration::MAX);
        let counts: Vec<(u64, u64)> = found.lines.iter().map(|line| (line.files, line.bytes)).collect();
        assert!(found.complete);
        // What is left out anyway (`node_modules`) is not the pattern's doing.
        assert_eq!(counts, [(1, 64), (0, 0), (3, 28), (0, 0), (0, 0)]);
        assert_eq!(found.lines[0].examples, [folder.path().join("many/1.log")]);
        let databases_first = [folder.path().join("tmp/deep/chat.db"), folder.path().join("tmp")];
        assert_eq!(found.lines[2].examples, databases_first);
    }

    #[test]
    fn what_would_be_missed_is_named_and_a_root_of_which_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("key")).unwrap();
        let mut database = b"SQLite format 3\0".to_vec();
        database.resize(512, 0);
        for (path, content) in [("chats", &*database), ("key/.env", b"A=1"), ("config.yaml", b"a: 1"), ("x.log", b"")] {
            fs::write(folder.path().join(path), content).unwrap();
        }
        let look = |exclude: &[&str]| {
            let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
            profile.roots = Root::name_all(&[folder.path().to_owned()]);
            profile.exclude = exclude.iter().map(|line| (*line).to_owned()).collect();
            let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
            excluded(&profile, Path::new("/nonexistent"), Duration::MAX, &job).unwrap()
        };
        let named = |line: &ExcludedBy| {
            let name = |one: &Missed| one.path.strip_prefix(folder.path()).unwrap().display().to_string();
            line.missed.iter().map(|one| (name(one), one.what)).collect::<Vec<_>>()
        };
        let found = look(&["chats", "key/", "*.log"]);
        assert_eq!(named(&found.lines[0]), [("chats".to_owned(), Missing::Database)]);
        assert_eq!(named(&found.lines[1]), [("key/.env".to_owned(), Missing::Keys)]);
        assert_eq!((named(&found.lines[2]), found.lines[2].files), (Vec::new(), 1));
        assert!(found.emptied().0.is_empty(), "{:?}", found.roots);

        let all = look(&["none", "*"]);
        assert_eq!((all.lines[1].missed_files, all.roots[0].left_out), (3, 4));
        let (emptied, line) = all.emptied();
        assert_eq!((emptied.len(), line), (1, 1));
        assert_eq!(emptied[0].path, folder.path());
    }

    #[test]
    fn examples_are_few_and_an_end_of_the_time_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let profile = deployment(folder.path(), &["*.log"]);
        for number in 0..20 {
            fs::write(folder.path().join(format!("{number}.log")), "x").unwrap();
        }
        let job = Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)));
        let all = excluded(&profile, Path::new("/nonexistent"), Duration::MAX, &job).unwrap();
        assert_eq!((all.lines[0].files, all.lines[0].examples.len()), (23, 5));
        let none = excluded(&profile, Path::new("/nonexistent"), Duration::ZERO, &job).unwrap();
        assert!(!none.complete && none.lines[0].files == 0);
        job.cancel();
        assert!(excluded(&profile, Path::new("/nonexistent"), Duration::MAX, &job).is_err());
    }
}
