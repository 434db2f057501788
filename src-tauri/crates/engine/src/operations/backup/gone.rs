//! Files that went since the last archive and that nobody deletes in everyday life. What counts as a loss:
//!
//! - configuration and keys, each of them: without one a chatbot does not start, or cannot read what was sealed with
//!   it. Not what editors and careful people leave beside them;
//! - a part of the index of a vector store whose other parts are there: an index that is not used any more goes as a
//!   whole. One that is shorter than it was is no index either: it only grows;
//! - files that are written once (`Class::is_written_once`), each of them, where they are shorter than they were, or
//!   empty. Never what is appended to or edited, logs, caches, databases, configuration;
//! - other files where many went and no others came instead. Who tidies up deletes a few. Where something of the above is
//!   lost, or a database, a few count as well, as far as they went since the newest archive: what took that may have
//!   taken them.
//!
//! What is there is laid beside the archive that is built on, and beside the newest one where that is another: what was
//! written since the last full archive is only there. Each of the two has its own count of what is many. Once it is
//! many, all that either of them held, and that is not there, is named. What both held counts as held by the newest.
use super::lost::{Lost, is_lost, some_of};
use super::plan::on_disk;
use crate::archive::{Entry, EntryKind};
use crate::capture::chroma::{self, INDEX_FILES};
use crate::deployment::Profile;
use crate::jobs::Problems;
use holdfast_domain::{ArchiveName, Class, Code, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// So many fewer are a fall where it is half of them; so many where it is one of a hundred.
const HALF_FROM: u64 = 10;
const HUNDREDTH_FROM: u64 = 50;

/// Of other files, so many of a root are kept by name.
pub const NAMED: usize = 2000;

/// Which archive what is there is laid beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// The one that is built on; the newest where none is.
    First,
    /// The newest, where it is another. Asked for after the first.
    Newest,
}

/// Paths, and the side that held them last.
type Names = BTreeMap<Vec<u8>, Beside>;

#[derive(Debug, Default)]
pub(super) struct Gone {
    stores: Vec<Vec<u8>>,
    config: Names,
    /// By index folder: what went of it, and whether anything of it is there.
    indexes: BTreeMap<Vec<u8>, (Names, bool)>,
    /// With the size that it had.
    short: BTreeMap<Vec<u8>, (Class, u64, Beside)>,
    /// By root.
    files: BTreeMap<Vec<u8>, Files>,
}

#[derive(Debug, Default)]
struct Files {
    first: Count,
    newest: Count,
    /// The first of those that went.
    gone: Names,
}

#[derive(Debug, Default)]
struct Count {
    before: u64,
    now: u64,
    went: usize,
}

impl Count {
    /// A fall of many.
    fn is_many(&self) -> bool {
        let fall = self.before.saturating_sub(self.now);
        (fall >= HALF_FROM && fall * 2 >= self.before) || (fall >= HUNDREDTH_FROM && fall * 100 >= self.before)
    }
}

impl Gone {
    pub fn new(stores: &[Vec<u8>]) -> Self {
        Self { stores: stores.to_vec(), ..Self::default() }
    }

    /// Not what a pattern leaves out: that is not gone.
    pub fn see(&mut self, now: Option<&Entry>, before: Option<&Entry>, beside: Beside) {
        let is_file = |entry: &&Entry| matches!(entry.kind, EntryKind::File | EntryKind::Hardlink);
        let (now, before) = (now.filter(is_file), before.filter(is_file));
        let Some(either) = now.or(before) else { return };
        if let Some(folder) = self.index_of(&either.path) {
            let index = self.indexes.entry(folder).or_default();
            index.1 |= now.is_some();
            match (now, before) {
                (None, Some(held)) if INDEX_FILES.contains(&held.name()) => {
                    index.0.insert(held.path.clone(), beside);
                }
                (Some(found), Some(held)) if found.size < held.size && held.name() == b"data_level0.bin" => {
                    self.cut_short(held, Class::Vectors, beside);
                }
                _ => {}
            }
            return;
        }
        if let (Some(found), Some(held)) = (now, before)
            && found.kind == EntryKind::File
            && held.kind == EntryKind::File
            && found.size < held.size
            && !held.database
            && held.class.is_written_once(&held.path)
        {
            self.cut_short(held, Class::Files, beside);
        }
        // That a root which is a single file is gone the walk has said.
        let gone = before.filter(|held| now.is_none() && held.path.contains(&b'/'));
        if let Some(held) = gone.filter(|held| held.class == Class::Config && !is_beside(held.name())) {
            self.config.insert(held.path.clone(), beside);
        }
        let counts = |entry: &Entry| u64::from(entry.class == Class::Files);
        let files = self.files.entry(either.root().to_vec()).or_default();
        let count = if beside == Beside::First { &mut files.first } else { &mut files.newest };
        count.before += before.map_or(0, counts);
        count.now += now.map_or(0, counts);
        if let Some(held) = gone.filter(|held| held.class == Class::Files) {
            count.went += 1;
            if files.gone.len() < NAMED || files.gone.contains_key(&held.path) {
                files.gone.insert(held.path.clone(), beside);
            }
        }
    }

    /// What was longest counts.
    fn cut_short(&mut self, held: &Entry, class: Class, beside: Beside) {
        if self.short.get(&held.path).is_none_or(|(_, size, _)| *size <= held.size) {
            self.short.insert(held.path.clone(), (class, held.size, beside));
        }
    }

    /// The folder of one index, of a path in it.
    fn index_of(&self, path: &[u8]) -> Option<Vec<u8>> {
        let store = &self.stores[chroma::unit_of(path, &self.stores)?];
        let slash = path.iter().rposition(|byte| *byte == b'/').filter(|slash| *slash > store.len())?;
        Some(path[..slash].to_vec())
    }

    /// Reports what is lost, and gives it by name. `empty` and `shrunk` roots are told as that. `earlier` is what the
    /// last archive told of: it stays told as long as it is so, and this one builds on another.
    pub fn judge(
        self,
        profile: &Profile,
        sides: &Sides,
        earlier: Vec<Lost>,
        told: &Told<'_>,
        problems: &Problems,
    ) -> Vec<Lost> {
        let in_empty = |path: &[u8]| told.empty.iter().any(|root| path.split(|b| *b == b'/').next() == Some(*root));
        let lost = |class, path: Vec<u8>, size, beside| {
            let since = sides.of(beside)?;
            let is = !in_empty(&path) && is_lost(&on_disk(profile, &path), size);
            is.then(|| Lost::new(String::from_utf8_lossy(&path).into_owned(), class, size, since.clone()))
        };
        let is_of_many = |lost: &Lost| lost.class == Class::Files && lost.size.is_none();
        let mut still: Vec<Lost> = earlier.into_iter().filter(|lost| lost.is_lost(profile)).collect();
        let config = self.config.into_iter().filter_map(|(path, beside)| lost(Class::Config, path, None, beside));
        let mut found: Vec<Lost> = config.collect();
        let parts = self.indexes.into_values().filter(|(_, left)| *left).flat_map(|(gone, _)| gone);
        found.extend(parts.filter_map(|(path, beside)| lost(Class::Vectors, path, None, beside)));
        let short = self.short.into_iter();
        found.extend(short.filter_map(|(path, (class, size, beside))| lost(class, path, Some(size), beside)));
        let graver = told.database || !found.is_empty() || still.iter().any(|lost| !is_of_many(lost));
        let mut count = 0;
        for (root, mut files) in self.files {
            let many = files.first.is_many() || files.newest.is_many();
            if !many {
                let newest = if sides.newest.is_some() { Beside::Newest } else { Beside::First };
                files.gone.retain(|_, beside| graver && *beside == newest);
            }
            let went = if many { files.first.went.max(files.newest.went) } else { 0 };
            // What shrank is told as that now, and by name as soon as the last archive is no larger.
            count += if told.shrunk.contains(&&root[..]) { 0 } else { went.max(files.gone.len()) };
            found.extend(files.gone.into_iter().filter_map(|(path, beside)| lost(Class::Files, path, None, beside)));
        }
        for lost in &mut found {
            lost.taken_back = still.iter().any(|other| other.taken_back && other.is_same(lost));
        }
        still.retain(|lost| !found.iter().any(|other| other.path == lost.path));
        found.extend(still);
        let shrunk = |lost: &Lost| {
            told.shrunk.iter().any(|root| lost.path.as_bytes().split(|b| *b == b'/').next() == Some(root))
        };
        let by_name: Vec<&Lost> = found.iter().filter(|lost| !is_of_many(lost) || !shrunk(lost)).collect();
        report(&by_name, count, problems);
        found
    }
}

/// The archives that what is there was laid beside.
#[derive(Debug, Default)]
pub(super) struct Sides {
    pub first: Option<ArchiveName>,
    pub newest: Option<ArchiveName>,
}

impl Sides {
    pub fn of(&self, beside: Beside) -> Option<&ArchiveName> {
        match beside {
            Beside::First => self.first.as_ref(),
            Beside::Newest => self.newest.as_ref(),
        }
    }
}

/// Roots of which more is said already.
pub(super) struct Told<'a> {
    /// One is none any more.
    pub database: bool,
    pub empty: Vec<&'a [u8]>,
    pub shrunk: Vec<&'a [u8]>,
}

/// `files`: as many of the other files went, also those that are not kept by name.
fn report(found: &[&Lost], files: usize, problems: &Problems) {
    for code in [Code::ConfigLost, Code::VectorsLost, Code::FilesLost, Code::FilesCutShort] {
        let of: Vec<&Lost> = found.iter().copied().filter(|lost| lost.code() == Some(code)).collect();
        if of.is_empty() {
            continue;
        }
        let count = if code == Code::FilesLost { of.len().max(files) } else { of.len() };
        let short = of.iter().filter(|lost| lost.size.is_some()).count();
        let since = of.iter().map(|lost| lost.since.as_str()).collect::<BTreeSet<&str>>();
        let since = since.into_iter().collect::<Vec<&str>>().join(" and ");
        let cause = match (short, count) {
            (0, 1) => format!("it is in {since}"),
            (0, _) => format!("they are in {since}"),
            (short, _) => format!("{short} of {count} cut short since {since}"),
        };
        problems.add(Problem::new(code, some_of(&of, count), cause));
    }
}

/// What is left beside a file when it is edited or put aside.
fn is_beside(name: &[u8]) -> bool {
    let endings: [&[u8]; 7] = [b"~", b".bak", b".old", b".orig", b".tmp", b".swp", b".swx"];
    endings.iter().any(|ending| name.ends_with(ending))
}
