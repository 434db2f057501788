//! Files that went since the last archive and that nobody deletes in everyday life. What counts as a loss:
//!
//! - configuration and keys, each of them: without one a chatbot does not start, or cannot read what was sealed with it.
//!   Not what editors and careful people leave beside them;
//! - a part of the index of a vector store whose other parts are there: an index that is not used any more goes as a whole.
//!   One that is shorter than it was is no index either: it only grows;
//! - other files where many went and no others came instead. Who tidies up deletes a few.
use super::plan::on_disk;
use crate::archive::{Entry, EntryKind};
use crate::capture::chroma::{self, INDEX_FILES};
use crate::capture::sqlite;
use crate::deployment::Profile;
use crate::jobs::Problems;
use holdfast_domain::{ArchiveName, Class, Code, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A file that is lost, as a run keeps it: the archive's own list of problems names only the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// `ROOT/...`
    pub path: String,
    pub class: Class,
    /// Of what is still there, and shorter than this.
    pub size: Option<u64>,
    /// An archive that holds it.
    pub since: ArchiveName,
}

impl Lost {
    /// Whether it still is, as the disk says now. What cannot be looked at is not called lost.
    pub fn is_lost(&self, profile: &Profile) -> bool {
        let root = self.path.split('/').next();
        if !profile.roots.iter().any(|known| Some(known.name.as_str()) == root) {
            return false;
        }
        let path = on_disk(profile, self.path.as_bytes());
        if self.class == Class::Database
            && let Ok(is_one) = sqlite::begins_as_database(&path)
        {
            return !is_one;
        }
        lost(&path, self.size)
    }
}

/// The code that tells of files of a class; `None` for those whose loss is told otherwise, or not at all.
pub fn code_of(class: Class) -> Option<Code> {
    match class {
        Class::Config => Some(Code::ConfigLost),
        Class::Vectors => Some(Code::VectorsLost),
        Class::Files => Some(Code::FilesLost),
        _ => None,
    }
}

fn lost(path: &Path, size: Option<u64>) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(meta) => size.is_some_and(|size| meta.len() < size),
        Err(e) => e.kind() == std::io::ErrorKind::NotFound,
    }
}

/// So many fewer are a fall where it is half of them; so many where it is one of a hundred.
const HALF_FROM: u64 = 10;
const HUNDREDTH_FROM: u64 = 50;

/// Of other files, so many of a root are kept by name.
pub const NAMED: usize = 2000;

#[derive(Debug, Default)]
pub(super) struct Gone {
    stores: Vec<Vec<u8>>,
    config: Vec<Vec<u8>>,
    /// By index folder: what went of it, and whether anything of it is there.
    indexes: BTreeMap<Vec<u8>, (Vec<Vec<u8>>, bool)>,
    short: Vec<(Vec<u8>, u64)>,
    /// By root.
    files: BTreeMap<Vec<u8>, Files>,
}

#[derive(Debug, Default)]
struct Files {
    before: u64,
    now: u64,
    went: usize,
    /// The first of those that went.
    gone: Vec<Vec<u8>>,
}

impl Files {
    fn fall(&self) -> u64 {
        self.before.saturating_sub(self.now)
    }
}

impl Gone {
    pub fn new(stores: &[Vec<u8>]) -> Self {
        Self { stores: stores.to_vec(), ..Self::default() }
    }

    /// Not what a pattern leaves out: that is not gone.
    pub fn see(&mut self, now: Option<&Entry>, before: Option<&Entry>) {
        let is_file = |entry: &&Entry| matches!(entry.kind, EntryKind::File | EntryKind::Hardlink);
        let (now, before) = (now.filter(is_file), before.filter(is_file));
        let Some(either) = now.or(before) else { return };
        if let Some(folder) = self.index_of(&either.path) {
            let index = self.indexes.entry(folder).or_default();
            index.1 |= now.is_some();
            match (now, before) {
                (None, Some(held)) if INDEX_FILES.contains(&held.name()) => index.0.push(held.path.clone()),
                (Some(found), Some(held)) if found.size < held.size && held.name() == b"data_level0.bin" => {
                    self.short.push((held.path.clone(), held.size));
                }
                _ => {}
            }
            return;
        }
        // That a root which is a single file is gone the walk has said.
        let gone = before.filter(|held| now.is_none() && held.path.contains(&b'/'));
        if let Some(held) = gone.filter(|held| held.class == Class::Config && !is_beside(held.name())) {
            self.config.push(held.path.clone());
        }
        let counts = |entry: &Entry| u64::from(entry.class == Class::Files);
        let files = self.files.entry(either.root().to_vec()).or_default();
        files.before += before.map_or(0, counts);
        files.now += now.map_or(0, counts);
        if let Some(held) = gone.filter(|held| held.class == Class::Files) {
            files.went += 1;
            if files.gone.len() < NAMED {
                files.gone.push(held.path.clone());
            }
        }
    }

    /// The folder of one index, of a path in it.
    fn index_of(&self, path: &[u8]) -> Option<Vec<u8>> {
        let store = &self.stores[chroma::unit_of(path, &self.stores)?];
        let slash = path.iter().rposition(|byte| *byte == b'/').filter(|slash| *slash > store.len())?;
        Some(path[..slash].to_vec())
    }

    /// Reports what is lost, and gives it by name. `empty` and `shrunk` roots are told as that. `earlier` is what the last
    /// archive told of: it stays told as long as it is so, and this one builds on another.
    pub fn judge(
        self,
        profile: &Profile,
        since: Option<&ArchiveName>,
        earlier: Vec<Lost>,
        told: &Told<'_>,
        problems: &Problems,
    ) -> Vec<Lost> {
        let Some(since) = since else { return Vec::new() };
        let really = |path: &Vec<u8>, size| lost(&on_disk(profile, path), size);
        let in_empty = |path: &[u8]| told.empty.iter().any(|root| path.split(|b| *b == b'/').next() == Some(*root));
        let mut found = Vec::new();
        let mut add = |class, path: Vec<u8>, size| {
            if !in_empty(&path) && really(&path, size) {
                let path = String::from_utf8_lossy(&path).into_owned();
                found.push(Lost { path, class, size, since: since.clone() });
            }
        };
        self.config.into_iter().for_each(|path| add(Class::Config, path, None));
        let parts = self.indexes.into_values().filter(|(_, left)| *left).flat_map(|(gone, _)| gone);
        parts.for_each(|path| add(Class::Vectors, path, None));
        self.short.into_iter().for_each(|(path, size)| add(Class::Vectors, path, Some(size)));
        let mut count = 0;
        for (root, files) in self.files {
            let fall = files.fall();
            let many = (fall >= HALF_FROM && fall * 2 >= files.before)
                || (fall >= HUNDREDTH_FROM && fall * 100 >= files.before);
            if many {
                // What shrank is told as that now, and by name as soon as the last archive is no larger.
                count += if told.shrunk.contains(&&root[..]) { 0 } else { files.went };
                files.gone.into_iter().for_each(|path| add(Class::Files, path, None));
            }
        }
        let mut still: Vec<Lost> = earlier.into_iter().filter(|lost| lost.is_lost(profile)).collect();
        still.retain(|lost| !found.iter().any(|other| other.path == lost.path));
        let files = still.iter().filter(|lost| lost.class == Class::Files).count() as u64;
        still.retain(|lost| lost.class != Class::Files || files >= HALF_FROM);
        found.extend(still);
        let shrunk = |lost: &Lost| {
            told.shrunk.iter().any(|root| lost.path.as_bytes().split(|b| *b == b'/').next() == Some(root))
        };
        let by_name: Vec<&Lost> = found.iter().filter(|lost| lost.class != Class::Files || !shrunk(lost)).collect();
        report(&by_name, count, problems);
        found
    }
}

/// Roots of which more is said already.
pub(super) struct Told<'a> {
    pub empty: Vec<&'a [u8]>,
    pub shrunk: Vec<&'a [u8]>,
}

/// `files`: as many of the other files went, also those that are not kept by name.
fn report(found: &[&Lost], files: usize, problems: &Problems) {
    for class in [Class::Config, Class::Vectors, Class::Files] {
        let of: Vec<&Lost> = found.iter().copied().filter(|lost| lost.class == class).collect();
        let (Some(code), Some(first)) = (code_of(class), of.first()) else { continue };
        let count = if class == Class::Files { of.len().max(files) } else { of.len() };
        let short = of.iter().filter(|lost| lost.size.is_some()).count();
        let cause = match (short, count) {
            (0, 1) => format!("it is in {}", first.since),
            (0, _) => format!("they are in {}", first.since),
            (short, _) => format!("{short} of {count} cut short since {}", first.since),
        };
        problems.add(Problem::new(code, some_of(&of, count), cause));
    }
}

/// The first of as many: `data/a, data/b, data/c and 66 more`.
pub fn some_of(lost: &[&Lost], count: usize) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> = lost.iter().take(SHOWN).map(|lost| lost.path.as_str()).collect();
    match (names.as_slice(), count.saturating_sub(names.len())) {
        ([one], 0) => (*one).to_owned(),
        ([rest @ .., last], 0) => format!("{} and {last}", rest.join(", ")),
        (names, more) => format!("{} and {more} more", names.join(", ")),
    }
}

/// What is left beside a file when it is edited or put aside.
fn is_beside(name: &[u8]) -> bool {
    let endings: [&[u8]; 7] = [b"~", b".bak", b".old", b".orig", b".tmp", b".swp", b".swx"];
    endings.iter().any(|ending| name.ends_with(ending))
}
