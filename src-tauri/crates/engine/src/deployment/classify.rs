//! Which class each path of a deployment has, and what is left out.
//!
//! In this order: archives' own folders, the person's `exclude`, the person's rules, the preset's
//! rules, well-known names, and otherwise `files`. Everything is compiled once: a walk of a million
//! files asks for each.
mod generic;
#[cfg(test)]
mod tests;

use crate::deployment::pattern::Patterns;
use crate::deployment::preset::{Preset, preset};
use crate::deployment::profile::{Destination, Profile, Root};
use crate::error::Result;
use generic::Guess;
use holdfast_domain::Class;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What to do with a path. A folder that is left out is not descended into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Capture(Class),
    LeaveOut { reason: LeftOut },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// By the person's own pattern.
    Excluded,
    /// Can be had again; what it is, in words.
    Recreatable(&'static str),
    /// Archives are kept there.
    Destination,
    /// Holdfast keeps its own things there.
    Own,
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Excluded => "excluded in the settings",
            Self::Recreatable(what) => what,
            Self::Destination => "archives are kept there",
            Self::Own => "Holdfast keeps its own things there",
        })
    }
}

const BY_OWN_RULE: &str = "re-creatable by a rule in the settings";

#[derive(Debug)]
pub struct Classifier {
    shared: Shared,
    roots: Vec<(String, RootRules)>,
    /// For a name that is no root's.
    other: RootRules,
}

/// What is the same for every root.
#[derive(Debug)]
struct Shared {
    exclude: Patterns,
    include: Patterns,
    preset: Option<(&'static Preset, Patterns)>,
}

#[derive(Debug)]
struct RootRules {
    rules: Patterns,
    classes: Vec<Class>,
    /// Where in the root the preset's data folder is; empty where the root itself is.
    data: Vec<u8>,
    destinations: Vec<Vec<u8>>,
    /// Where Holdfast keeps its own things, if that is in the root.
    home: Option<Vec<u8>>,
}

/// One question's view of both.
struct Look<'a> {
    shared: &'a Shared,
    root: &'a RootRules,
}

impl Classifier {
    /// `home` is where Holdfast keeps its own things: they are no part of a deployment, wherever they lie.
    /// `Code::BadSettings` where a pattern or the preset is not known.
    pub fn new(profile: &Profile, home: &Path) -> Result<Self> {
        let known = profile.preset.as_deref().map(preset).transpose()?;
        let shared = Shared {
            exclude: Patterns::new(profile.exclude.iter().map(String::as_str))?,
            include: Patterns::new(profile.include_recreatable.iter().map(String::as_str))?,
            preset: known.map(|preset| preset.patterns().map(|patterns| (preset, patterns))).transpose()?,
        };
        let roots = profile
            .roots
            .iter()
            .map(|root| Ok((root.name.clone(), RootRules::new(profile, Some(root), home)?)))
            .collect::<Result<_>>()?;
        Ok(Self { shared, roots, other: RootRules::new(profile, None, home)? })
    }

    /// Whether the person asked for it, though it can be had again.
    pub fn is_asked_for(&self, rel_path: &[u8], is_dir: bool) -> bool {
        self.shared.asks_for(rel_path, is_dir)
    }

    /// `rel_path` is relative to the root, without a leading `/`; any bytes.
    ///
    /// A folder that would be left out is captured where a path-like pattern (`models/**/*.yaml`,
    /// not `*.yaml`) of the person or the preset keeps something below it.
    pub fn classify(&self, root: &str, rel_path: &[u8], is_dir: bool) -> Verdict {
        let root = self.roots.iter().find(|(name, _)| name == root).map_or(&self.other, |(_, rules)| rules);
        let look = Look { shared: &self.shared, root };
        look.classify(rel_path, is_dir)
    }

    /// The line of `exclude` that leaves a path out, where one does: the last that covers it.
    pub fn excluded_by(&self, rel_path: &[u8], is_dir: bool) -> Option<usize> {
        self.shared.exclude.last(rel_path, is_dir).filter(|(_, negated)| !negated).map(|(line, _)| line)
    }
}

/// Where a path is, seen from the chatbot's data folder.
enum Seen<'a> {
    /// The data folder itself, or a folder on the way to it.
    OnTheWay,
    Inside(&'a [u8]),
    Elsewhere,
}

impl Shared {
    fn asks_for(&self, path: &[u8], is_dir: bool) -> bool {
        matches!(self.include.last(path, is_dir), Some((_, false)))
    }
}

impl RootRules {
    fn new(profile: &Profile, root: Option<&Root>, home: &Path) -> Result<Self> {
        let applies = |of: &Option<String>| match (of, root) {
            (None, _) => true,
            (Some(name), Some(root)) => *name == root.name,
            (Some(_), None) => false,
        };
        let rules: Vec<_> = profile.rules.iter().filter(|rule| applies(&rule.root)).collect();
        let inside = |path: &std::path::Path| {
            let rest = path.strip_prefix(&root?.path).ok()?;
            Some(rest.as_os_str().as_bytes().to_vec())
        };
        Ok(Self {
            rules: Patterns::new(rules.iter().map(|rule| rule.pattern.as_str()))?,
            classes: rules.iter().map(|rule| rule.class).collect(),
            data: root
                .and_then(|root| root.data.as_deref())
                .map(|data| data.components().collect::<std::path::PathBuf>())
                .map(|data| data.as_os_str().as_bytes().to_vec())
                .unwrap_or_default(),
            destinations: profile
                .destinations
                .iter()
                .filter_map(Destination::path)
                .filter_map(inside)
                .filter(|rest| !rest.is_empty())
                .collect(),
            home: inside(home).filter(|rest| !rest.is_empty()),
        })
    }
}

impl Look<'_> {
    fn classify(&self, path: &[u8], is_dir: bool) -> Verdict {
        if path.is_empty() {
            return Verdict::Capture(Class::Files);
        }
        if self.root.destinations.iter().any(|place| below(path, place).is_some()) {
            return Verdict::LeaveOut { reason: LeftOut::Destination };
        }
        if self.root.home.as_ref().is_some_and(|home| below(path, home).is_some()) {
            return Verdict::LeaveOut { reason: LeftOut::Own };
        }
        if let Some((line, false)) = self.shared.exclude.last(path, is_dir) {
            let reopened =
                |later: usize| self.shared.exclude.is_negated(later) && self.shared.exclude.reaches_below(later, path);
            if !(is_dir && (line + 1..self.shared.exclude.len()).any(reopened)) {
                return Verdict::LeaveOut { reason: LeftOut::Excluded };
            }
        }
        if let Some(rule) = self.root.rules.first(path, is_dir) {
            return match self.root.classes[rule] {
                Class::Recreatable => self.recreatable(path, is_dir, BY_OWN_RULE, rule, 0),
                class => Verdict::Capture(class),
            };
        }
        let all = self.root.classes.len();
        let seen = self.seen(path, is_dir);
        let inner = match seen {
            Seen::OnTheWay => return Verdict::Capture(Class::Files),
            Seen::Inside(rest) => rest,
            Seen::Elsewhere => path,
        };
        if let (Seen::Inside(_), Some((preset, patterns))) = (&seen, &self.shared.preset)
            && let Some(number) = patterns.first(inner, is_dir)
        {
            let rule = &preset.rules[number];
            return match rule.class {
                Class::Recreatable => self.recreatable(path, is_dir, &rule.what, all, number),
                class => Verdict::Capture(class),
            };
        }
        match generic::guess(inner, is_dir) {
            Guess::Class(class) => Verdict::Capture(class),
            Guess::Recreatable(what) => {
                let of_preset = self.shared.preset.as_ref().map_or(0, |(preset, _)| preset.rules.len());
                self.recreatable(path, is_dir, what, all, of_preset)
            }
        }
    }

    /// Re-creatable things are left out, unless they are asked for or a rule that comes before (the
    /// first `own` of the person, the first `of_preset`) keeps something below.
    fn recreatable(&self, path: &[u8], is_dir: bool, what: &'static str, own: usize, of_preset: usize) -> Verdict {
        if self.shared.asks_for(path, is_dir) {
            return Verdict::Capture(Class::Recreatable);
        }
        if is_dir && self.keeps_below(path, own, of_preset) {
            return Verdict::Capture(Class::Files);
        }
        Verdict::LeaveOut { reason: LeftOut::Recreatable(what) }
    }

    fn keeps_below(&self, path: &[u8], own: usize, of_preset: usize) -> bool {
        let asked = |line| !self.shared.include.is_negated(line) && self.shared.include.reaches_below(line, path);
        let own_rule =
            |line: usize| self.root.classes[line] != Class::Recreatable && self.root.rules.reaches_below(line, path);
        let preset_rule = || {
            let (Seen::Inside(inner), Some((preset, patterns))) = (self.seen(path, true), &self.shared.preset) else {
                return false;
            };
            (0..of_preset)
                .any(|line| preset.rules[line].class != Class::Recreatable && patterns.reaches_below(line, inner))
        };
        (0..self.shared.include.len()).any(asked) || (0..own).any(own_rule) || preset_rule()
    }

    fn seen<'a>(&self, path: &'a [u8], is_dir: bool) -> Seen<'a> {
        if self.root.data.is_empty() {
            return Seen::Inside(path);
        }
        match below(path, &self.root.data) {
            Some(b"") => Seen::OnTheWay,
            Some(rest) => Seen::Inside(rest),
            // A data folder may be inside a virtual environment that is otherwise left out.
            None if is_dir && below(&self.root.data, path).is_some() => Seen::OnTheWay,
            None => Seen::Elsewhere,
        }
    }
}

/// What is left of `path` below `folder`; empty where they are the same.
fn below<'a>(path: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    match path.strip_prefix(folder)? {
        b"" => Some(b""),
        [b'/', rest @ ..] => Some(rest),
        _ => None,
    }
}
