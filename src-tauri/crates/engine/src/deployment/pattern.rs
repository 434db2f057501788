//! Lines of patterns as in `.gitignore`, relative to a root. Unlike there, a pattern also covers
//! everything below what it matches, so that one look at a path is enough.
use crate::error::{Error, Result};
use globset::{Candidate, ErrorKind, Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use holdfast_domain::Code;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[derive(Debug, Clone)]
pub struct Patterns {
    set: GlobSet,
    /// For each glob of the set: its line, and whether it is of the line's own entry or below it.
    globs: Vec<(usize, Part)>,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Entry,
    Folder,
    Below,
}

#[derive(Debug, Clone)]
struct Line {
    negated: bool,
    /// From the root down; empty where the pattern is of a name anywhere.
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Literal(Vec<u8>),
    Name(GlobMatcher),
    AnyName,
    AnyDepth,
}

impl Patterns {
    /// `Code::BadSettings` names the line that cannot be understood. Empty lines and lines that
    /// start with `#` match nothing but keep their number.
    pub fn new<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut set = GlobSetBuilder::new();
        let mut patterns = Self { set: GlobSet::empty(), globs: Vec::new(), lines: Vec::new() };
        for text in lines {
            patterns.add(text, &mut set)?;
        }
        patterns.set = set.build().map_err(|e| bad("the patterns", &e))?;
        Ok(patterns)
    }

    /// Says whether `new` would take the lines, without the cost of compiling them.
    pub fn check<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let mut set = GlobSetBuilder::new();
        let mut patterns = Self { set: GlobSet::empty(), globs: Vec::new(), lines: Vec::new() };
        lines.into_iter().try_for_each(|text| patterns.add(text, &mut set))
    }

    fn add(&mut self, text: &str, set: &mut GlobSetBuilder) -> Result<()> {
        let number = self.lines.len();
        let trimmed = text.trim_end();
        let (negated, rest) = match trimmed.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (folder, body) = match rest.strip_suffix('/') {
            Some(body) => (true, body),
            None => (false, rest),
        };
        let anchored = body.contains('/');
        let body = body.strip_prefix('/').unwrap_or(body);
        if body.is_empty() || trimmed.starts_with('#') {
            if rest.is_empty() || trimmed.starts_with('#') {
                self.lines.push(Line { negated, steps: Vec::new() });
                return Ok(());
            }
            return Err(Error::new(Code::BadSettings, text, "matches everything"));
        }
        let whole = if anchored { body.to_owned() } else { format!("**/{body}") };
        let entry = if folder { Part::Folder } else { Part::Entry };
        let mut push = |pattern: &str, part| -> Result<()> {
            set.add(glob(pattern).map_err(|e| bad(text, &e))?);
            self.globs.push((number, part));
            Ok(())
        };
        push(&whole, entry)?;
        if !whole.ends_with("/**") {
            push(&format!("{whole}/**"), Part::Below)?;
        }
        let steps = if anchored { steps(body).map_err(|e| bad(text, &e))? } else { Vec::new() };
        self.lines.push(Line { negated, steps });
        Ok(())
    }

    /// The first line that covers the path.
    pub fn first(&self, path: &[u8], is_dir: bool) -> Option<usize> {
        self.matches(path, is_dir, |hits| hits.min())
    }

    /// As git reads its file: the last line that covers the path decides. `Some((line, negated))`.
    pub fn last(&self, path: &[u8], is_dir: bool) -> Option<(usize, bool)> {
        self.matches(path, is_dir, |hits| hits.max()).map(|line| (line, self.lines[line].negated))
    }

    fn matches(
        &self,
        path: &[u8],
        is_dir: bool,
        choose: impl FnOnce(&mut dyn Iterator<Item = usize>) -> Option<usize>,
    ) -> Option<usize> {
        if self.set.is_empty() {
            return None;
        }
        let candidate = Candidate::new(Path::new(OsStr::from_bytes(path)));
        let found = self.set.matches_candidate(&candidate);
        choose(
            &mut found
                .into_iter()
                .map(|glob| self.globs[glob])
                .filter(|(_, part)| *part != Part::Folder || is_dir)
                .map(|(line, _)| line),
        )
    }

    pub fn is_negated(&self, line: usize) -> bool {
        self.lines[line].negated
    }

    /// Whether a line could cover something below the folder. Only lines that name a folder on the
    /// way say so: others (`*.txt`, `*/x`, `**/x`) would open every folder there is.
    pub fn reaches_below(&self, line: usize, folder: &[u8]) -> bool {
        let mut named = false;
        for (depth, name) in folder.split(|byte| *byte == b'/').enumerate() {
            match self.lines[line].steps.get(depth) {
                None | Some(Step::AnyDepth) => return named,
                Some(Step::AnyName) => {}
                Some(Step::Literal(literal)) => {
                    if literal != name {
                        return false;
                    }
                    named = true;
                }
                Some(Step::Name(name_glob)) => {
                    if !name_glob.is_match(Path::new(OsStr::from_bytes(name))) {
                        return false;
                    }
                    named = true;
                }
            }
        }
        named
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build()
}

fn steps(body: &str) -> Result<Vec<Step>, globset::Error> {
    // An alternative that spans folders cannot be cut into steps: treat the rest as any depth.
    let mut steps = Vec::new();
    for part in body.split('/') {
        let open = part.matches('{').count() != part.matches('}').count();
        if part == "**" || open {
            steps.push(Step::AnyDepth);
            break;
        }
        if part == "*" {
            steps.push(Step::AnyName);
            continue;
        }
        if !part.contains(['*', '?', '[', '{', '\\']) {
            steps.push(Step::Literal(part.as_bytes().to_vec()));
            continue;
        }
        steps.push(Step::Name(glob(part)?.compile_matcher()));
    }
    Ok(steps)
}

fn bad(pattern: &str, error: &globset::Error) -> Error {
    Error::new(Code::BadSettings, pattern, why(error.kind()))
}

/// What a person can mend, in their words and not in the library's.
fn why(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnclosedClass => "a [ is not closed".to_owned(),
        ErrorKind::InvalidRange(from, to) => format!("in [{from}-{to}] the first comes after the last"),
        ErrorKind::UnopenedAlternates => "a } has no { before it".to_owned(),
        ErrorKind::UnclosedAlternates => "a { is not closed".to_owned(),
        ErrorKind::NestedAlternates => "a { is inside of another".to_owned(),
        ErrorKind::DanglingEscape => "nothing follows the \\ at its end".to_owned(),
        _ => "it is too long, or too much is in it".to_owned(),
    }
}

/// Whether one line can be understood.
pub fn check(line: &str) -> Result<()> {
    Patterns::check([line])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(lines: &[&str], path: &[u8], is_dir: bool) -> bool {
        let patterns = Patterns::new(lines.iter().copied()).unwrap();
        matches!(patterns.last(path, is_dir), Some((_, false)))
    }

    #[test]
    fn names_match_anywhere_and_paths_from_the_root() {
        assert!(covered(&["cache"], b"a/b/cache", false));
        assert!(covered(&["cache"], b"cache/x/y", false));
        assert!(covered(&["/cache"], b"cache", true));
        assert!(!covered(&["/cache"], b"a/cache", true));
        assert!(!covered(&["a/b"], b"x/a/b", false));
        assert!(covered(&["a/*.txt"], b"a/x.txt", false));
        assert!(!covered(&["a/*.txt"], b"a/b/x.txt", false));
        assert!(covered(&["a/**/x"], b"a/b/c/x", false));
    }

    #[test]
    fn a_pattern_of_folders_covers_what_is_below_them_and_no_file() {
        assert!(!covered(&["cache/"], b"cache", false));
        assert!(covered(&["cache/"], b"cache", true));
        assert!(covered(&["cache/"], b"a/cache/file", false));
    }

    #[test]
    fn the_last_line_decides_and_comments_keep_their_number() {
        let lines = ["*.log", "# these stay", "", "!keep.log"];
        assert!(covered(&lines, b"a/b.log", false));
        assert!(!covered(&lines, b"a/keep.log", false));
        let patterns = Patterns::new(lines).unwrap();
        assert_eq!(patterns.last(b"keep.log", false), Some((3, true)));
        assert_eq!(patterns.first(b"keep.log", false), Some(0));
    }

    #[test]
    fn names_that_are_not_text_match() {
        assert!(covered(&["*.log"], b"a/\xff\xfe.log", false));
        assert!(covered(&["a?b"], b"x/a\xffb", false));
        assert!(covered(&["cache/"], b"cache/\xff", false));
    }

    #[test]
    fn a_path_reaches_below_the_folders_that_lead_to_it() {
        let lines = ["models/**/*.yaml", "*.yaml", "**/m/x", "*/x", "a/*/x"];
        let patterns = Patterns::new(lines).unwrap();
        assert!(patterns.reaches_below(0, b"models"));
        assert!(patterns.reaches_below(0, b"models/a/b"));
        assert!(!patterns.reaches_below(0, b"cache"));
        assert!(!patterns.reaches_below(1, b"models"));
        assert!(!patterns.reaches_below(2, b"models"));
        assert!(!patterns.reaches_below(3, b"models"));
        assert!(patterns.reaches_below(4, b"a/b"));
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        let error = Patterns::new(["a[b"]).unwrap_err();
        assert_eq!((error.code(), error.subject()), (Code::BadSettings, "a[b"));
        assert_eq!(error.cause(), "a [ is not closed");
        for (pattern, cause) in [
            ("a{b", "a { is not closed"),
            ("a}b", "a } has no { before it"),
            ("[z-a]", "in [z-a] the first comes after the last"),
            ("a\\", "nothing follows the \\ at its end"),
        ] {
            assert_eq!(check(pattern).unwrap_err().cause(), cause, "{pattern}");
        }
        assert!(Patterns::new(["/"]).is_err());
        assert!(Patterns::check(["a[b"]).is_err());
        Patterns::check(["a", "!b/"]).unwrap();
    }
}
