//! The runbooks there are: those that come with Holdfast, and the operator's own.
use super::actions;
use crate::error::{Error, Result};
use crate::home::Home;
use holdfast_domain::Code;
use holdfast_domain::runbook::{FILE_BYTES, Fault, Known, Runbook, read};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// In the order in which they are offered.
const BUILT_IN: [(&str, &str); 8] = [
    ("application-failure", include_str!("../../runbooks/application-failure.toml")),
    ("data-corruption", include_str!("../../runbooks/data-corruption.toml")),
    ("configuration-loss", include_str!("../../runbooks/configuration-loss.toml")),
    ("hardware-failure", include_str!("../../runbooks/hardware-failure.toml")),
    ("security-breach", include_str!("../../runbooks/security-breach.toml")),
    ("network-outage", include_str!("../../runbooks/network-outage.toml")),
    ("planned-migration", include_str!("../../runbooks/planned-migration.toml")),
    ("quarterly-drill", include_str!("../../runbooks/quarterly-drill.toml")),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    BuiltIn,
    Own(PathBuf),
}

#[derive(Debug, Clone)]
pub struct Shelved {
    pub runbook: Runbook,
    pub source: Source,
    /// As it is in the file; kept with an incident that follows it.
    pub text: String,
}

/// A file that cannot be used, and why. It hides no other.
#[derive(Debug, Clone)]
pub struct BookError {
    pub path: PathBuf,
    pub faults: Vec<Fault>,
}

#[derive(Debug, Clone, Default)]
pub struct Shelf {
    pub books: Vec<Shelved>,
    pub broken: Vec<BookError>,
}

impl Shelf {
    pub fn find(&self, id: &str) -> Option<&Shelved> {
        self.books.iter().find(|book| book.runbook.id == id)
    }
}

/// All of them. The operator's own goes before one of the same id that comes with Holdfast.
pub fn shelf(home: &Home) -> Result<Shelf> {
    let mut shelf = Shelf::default();
    for (id, text) in BUILT_IN {
        let runbook = parse(text.as_bytes()).map_err(|faults| broken(Path::new(id), &faults))?;
        shelf.books.push(Shelved { runbook, source: Source::BuiltIn, text: text.to_owned() });
    }
    for path in own_files(home) {
        match book(&path) {
            Ok(book) => {
                let id = &book.runbook.id;
                let same = shelf.books.iter().position(|other| other.runbook.id == *id);
                match same.map(|place| (place, shelf.books[place].source.clone())) {
                    Some((place, Source::BuiltIn)) => shelf.books[place] = book,
                    Some((_, Source::Own(first))) => {
                        let message =
                            format!("{id} is the id of {} already; each runbook needs its own", first.display());
                        shelf.broken.push(BookError { path, faults: vec![fault("id", message)] });
                    }
                    None => shelf.books.push(book),
                }
            }
            Err(error) => shelf.broken.push(error),
        }
    }
    Ok(shelf)
}

/// One file.
pub fn book(path: &Path) -> std::result::Result<Shelved, BookError> {
    let of = |faults: Vec<Fault>| BookError { path: path.to_owned(), faults };
    let content = content(path).map_err(|e| of(vec![fault("", format!("cannot be read: {e}"))]))?;
    let runbook = parse(&content).map_err(of)?;
    let text = String::from_utf8_lossy(&content).into_owned();
    Ok(Shelved { runbook, source: Source::Own(path.to_owned()), text })
}

/// As much as is needed to see that it is too large.
fn content(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut content = Vec::new();
    File::open(path)?.take(FILE_BYTES as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

pub(super) fn parse(content: &[u8]) -> std::result::Result<Runbook, Vec<Fault>> {
    let actions = actions::specs();
    read(content, &Known { checks: &actions::CHECKS, actions: &actions })
}

pub(super) fn broken(path: &Path, faults: &[Fault]) -> Error {
    let said = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Error::new(Code::BadRunbook, path.display(), said)
}

fn fault(field: &str, message: String) -> Fault {
    Fault { line: 1, field: field.to_owned(), message }
}

/// In the order of their names.
fn own_files(home: &Home) -> Vec<PathBuf> {
    let items = std::fs::read_dir(home.runbooks()).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        items.map(|item| item.path()).filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    files
}
