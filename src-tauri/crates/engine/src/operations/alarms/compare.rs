//! Lays a new archive's moment beside the one before it. Both are streams in one order; what is kept of them is counts,
//! and the names of the first files that are noise.
use super::look::Looker;
use crate::archive::{Entry, EntryKind, Moment};
use crate::error::Result;
use crate::operations::pairs::{Pair, Pairs};
use holdfast_domain::Class;
use holdfast_domain::alarm::{Counts, DatabaseChange, Facts, NAMED, Promise, Scrambled, is_noise, keeps, promise};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Files that explain a size by themselves.
const FEW: usize = 8;
/// A file under its old name with a new ending comes soon after that name in the order.
const RECENT: usize = 64;
/// Unchanged files of one form that are looked at.
const SAMPLES: usize = 32;

#[derive(Default)]
struct Seen {
    facts: Facts,
    rises: Few,
    falls: Few,
    recently_gone: VecDeque<Vec<u8>>,
    /// By what the name promises: how many, how many of them renamed, and the first of them.
    scrambled: BTreeMap<Vec<u8>, (u64, u64, Vec<String>)>,
    databases: Vec<String>,
    strange: Vec<String>,
}

/// Fills in what the two moments tell. `meant`: files of which a person said that they are to be noise.
pub(super) fn compare(
    now: &Moment,
    before: &Moment,
    meant: &HashSet<&str>,
    looker: &mut Looker<'_>,
    facts: Facts,
) -> Result<Facts> {
    let mut seen = Seen { facts, ..Seen::default() };
    for pair in Pairs::new(now.entries()?, before.entries()?) {
        seen.see(pair?, (now, before), meant, looker)?;
    }
    if !seen.scrambled.is_empty() {
        seen.leave_out_usual(now, before, looker)?;
    }
    Ok(seen.into_facts())
}

impl Seen {
    fn see(
        &mut self,
        pair: Pair,
        (now, before): (&Moment, &Moment),
        meant: &HashSet<&str>,
        looker: &mut Looker<'_>,
    ) -> Result<()> {
        let is_file = |entry: &Entry| entry.kind == EntryKind::File;
        match pair {
            Pair::Both(found, held) if is_file(&found) && is_file(&held) => {
                self.facts.of += u64::from(counts(&held));
                if found.database && held.database {
                    self.facts.databases.push(databases(&found, &held, now, before));
                }
                if found.sha256 == held.sha256 && found.size == held.size {
                    return Ok(());
                }
                self.facts.changed += u64::from(counts(&held));
                self.rises.push(found.size.saturating_sub(held.size));
                self.falls.push(held.size.saturating_sub(found.size));
                self.changed(&found, &held, meant, looker)
            }
            Pair::Right(held) | Pair::Both(_, held) if is_file(&held) => {
                self.facts.of += u64::from(counts(&held));
                self.facts.gone += u64::from(counts(&held));
                self.falls.push(held.size);
                if self.recently_gone.len() == RECENT {
                    self.recently_gone.pop_front();
                }
                self.recently_gone.push_back(held.path);
                Ok(())
            }
            Pair::Left(found) if is_file(&found) => {
                self.facts.new += u64::from(counts(&found));
                self.rises.push(found.size);
                self.came(&found, meant, looker)
            }
            _ => Ok(()),
        }
    }

    fn changed(&mut self, found: &Entry, held: &Entry, meant: &HashSet<&str>, looker: &mut Looker<'_>) -> Result<()> {
        if held.database {
            let name = found.display().into_owned();
            if !found.database && looker.head(&found.path).is_some_and(is_noise) && !meant.contains(name.as_str()) {
                self.databases.push(name);
            }
            return Ok(());
        }
        let Some(form) = promise(&found.path).filter(|_| is_judged(found)) else { return Ok(()) };
        let Some((head, weight)) = looker.look(&found.path)? else { return Ok(()) };
        let kept = keeps(form, head);
        self.judged(&found.path, weight, kept, false, meant);
        Ok(())
    }

    /// A new file: under the name of one that is gone, with an ending; or of no form at all.
    fn came(&mut self, found: &Entry, meant: &HashSet<&str>, looker: &mut Looker<'_>) -> Result<()> {
        if !is_judged(found) || promise(&found.path).is_some() {
            return Ok(());
        }
        let of_gone = |gone: &Vec<u8>| {
            found
                .path
                .strip_prefix(&gone[..])
                .is_some_and(|rest| rest.len() > 1 && matches!(rest[0], b'.' | b'-' | b'_'))
        };
        let renamed = self.recently_gone.iter().any(of_gone);
        let Some((head, weight)) = looker.look(&found.path)? else { return Ok(()) };
        let noise = is_noise(head);
        if renamed {
            self.judged(&found.path, weight, !noise, true, meant);
        } else if noise {
            let name = found.display();
            if !meant.contains(&*name) {
                self.facts.scrambled.strange += weight;
                if self.strange.len() < NAMED {
                    self.strange.push(name.into_owned());
                }
            }
        }
        Ok(())
    }

    fn judged(&mut self, path: &[u8], weight: u64, kept: bool, renamed: bool, meant: &HashSet<&str>) {
        self.facts.scrambled.judged += weight;
        let name = String::from_utf8_lossy(path);
        if kept || meant.contains(&*name) {
            return;
        }
        // Renamed ones are never what a program writes by nature.
        let form = if renamed { Vec::new() } else { form_of(path) };
        let (count, of_renamed, paths) = self.scrambled.entry(form).or_default();
        *count += weight;
        *of_renamed += if renamed { weight } else { 0 };
        if paths.len() < NAMED {
            paths.push(name.into_owned());
        }
    }

    /// A program may well keep noise in files of an innocent name: then those that did not change are noise as well, and
    /// their form is left aside.
    fn leave_out_usual(&mut self, now: &Moment, before: &Moment, looker: &mut Looker<'_>) -> Result<()> {
        let mut samples: BTreeMap<Vec<u8>, Samples> = BTreeMap::new();
        for pair in Pairs::new(now.entries()?, before.entries()?) {
            let Pair::Both(found, held) = pair? else { continue };
            let same = found.kind == EntryKind::File && found.sha256 == held.sha256 && is_judged(&found);
            let Some(form) = promise(&found.path).filter(|_| same && found.size > 0) else { continue };
            let ending = form_of(&found.path);
            if !self.scrambled.contains_key(&ending) {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            found.path.hash(&mut hasher);
            let of_form = samples.entry(ending).or_default();
            of_form.insert(hasher.finish(), (found.path, form));
            if of_form.len() > SAMPLES {
                of_form.pop_last();
            }
        }
        for (ending, of_form) in samples {
            let looked = of_form.len();
            let noise =
                of_form.into_values().filter(|(path, form)| looker.head(path).is_some_and(|head| !keeps(*form, head)));
            if looked >= 2 && noise.count() * 2 >= looked {
                self.scrambled.remove(&ending);
            }
        }
        Ok(())
    }

    fn into_facts(self) -> Facts {
        let Self { mut facts, rises, falls, scrambled, databases, strange, .. } = self;
        facts.rose_with_few = rises.sum();
        facts.fell_with_few = falls.sum();
        let seen: &mut Scrambled = &mut facts.scrambled;
        seen.databases = databases.len() as u64;
        seen.files = seen.databases;
        seen.paths = databases;
        for (count, renamed, paths) in scrambled.into_values() {
            seen.files += count;
            seen.renamed += renamed;
            seen.paths.extend(paths);
        }
        seen.paths.extend(strange);
        seen.paths.truncate(NAMED);
        facts
    }
}

/// Some files of one form with what their names promise, chosen by the hashes of their paths.
type Samples = BTreeMap<u64, (Vec<u8>, Promise)>;

/// Whether a file is one of those of which few change from one archive to the next.
fn counts(entry: &Entry) -> bool {
    matches!(entry.class, Class::Files | Class::Config) && !entry.database
}

/// Whether what its name promises is asked of a file. Vectors and what can be made again are noise by nature.
fn is_judged(entry: &Entry) -> bool {
    !entry.database && !matches!(entry.class, Class::Vectors | Class::Recreatable)
}

/// The ending of a name, in small letters.
fn form_of(path: &[u8]) -> Vec<u8> {
    path.rsplit(|byte| *byte == b'.').next().unwrap_or_default().to_ascii_lowercase()
}

/// What a database holds now and before, where both are known.
fn databases(found: &Entry, held: &Entry, now: &Moment, before: &Moment) -> DatabaseChange {
    let path = found.display().into_owned();
    let tables = |moment: &Moment| {
        let notes = moment.levels().iter().flat_map(|level| &level.manifest.databases);
        notes.into_iter().find(|note| note.path == path).and_then(|note| note.tables.clone())
    };
    let (tables_now, tables_before) = (tables(now), tables(before));
    DatabaseChange {
        now: Counts { bytes: found.size, tables: tables_now },
        before: Counts { bytes: held.size, tables: tables_before },
        path,
    }
}

/// The largest of many.
#[derive(Default)]
struct Few(Vec<u64>);

impl Few {
    fn push(&mut self, bytes: u64) {
        if bytes == 0 || (self.0.len() == FEW && self.0.last().is_some_and(|least| *least >= bytes)) {
            return;
        }
        let at = self.0.partition_point(|more| *more >= bytes);
        self.0.insert(at, bytes);
        self.0.truncate(FEW);
    }

    fn sum(&self) -> u64 {
        self.0.iter().sum()
    }
}
