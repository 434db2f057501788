use crate::archive::Entry;
use crate::archive::entry::is_within;
use holdfast_domain::Class;

/// What of a moment is restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// These components, or all where the list is empty.
    pub components: Vec<Class>,
    /// These paths (`ROOT/...`) with what is below them, or all where the list is empty.
    pub paths: Vec<Vec<u8>>,
    /// Not these, with what is below them. Of all that is in either list, the nearest above a file decides; what is in
    /// both is left out.
    pub except: Vec<Vec<u8>>,
}

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.components.is_empty() && self.paths.is_empty() && self.except.is_empty()
    }

    /// Whether an entry with this path and class is meant.
    pub fn takes(&self, path: &[u8], class: Class) -> bool {
        let component = self.components.is_empty() || self.components.contains(&class);
        component && self.takes_path(path)
    }

    pub fn takes_path(&self, path: &[u8]) -> bool {
        // The longest of those that a path is within is the nearest.
        let nearest = |list: &[Vec<u8>]| list.iter().filter(|it| is_within(path, it)).map(Vec::len).max();
        match (nearest(&self.paths), nearest(&self.except)) {
            (Some(taken), Some(left)) => taken > left,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => self.paths.is_empty(),
        }
    }

    /// Whether a folder is needed on the way to something that may be meant.
    pub fn leads_to(&self, folder: &[u8]) -> bool {
        self.takes_path(folder) || self.paths.iter().any(|chosen| is_within(chosen, folder))
    }

    /// Folders are taken by path alone: they belong to what they hold.
    pub fn takes_entry(&self, entry: &Entry) -> bool {
        match entry.kind {
            crate::archive::EntryKind::Dir => self.leads_to(&entry.path),
            _ => self.takes(&entry.path, entry.class),
        }
    }

    /// Whether one of the paths parts what is in a folder of which something is taken.
    pub fn parts(&self, folder: &[u8]) -> bool {
        let inside = |path: &Vec<u8>| path.len() > folder.len() && is_within(path, folder);
        self.leads_to(folder) && self.paths.iter().chain(&self.except).any(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(paths: &[&str], except: &[&str]) -> Scope {
        let list = |paths: &[&str]| paths.iter().map(|path| path.as_bytes().to_vec()).collect();
        Scope { components: Vec::new(), paths: list(paths), except: list(except) }
    }

    #[test]
    fn paths_and_components_narrow_each_other() {
        let scope = Scope { components: vec![Class::Config], ..scope(&["data/a"], &[]) };
        assert!(scope.takes(b"data/a/.env", Class::Config));
        assert!(!scope.takes(b"data/a/x", Class::Files));
        assert!(!scope.takes(b"data/ab", Class::Config));
        assert!(scope.leads_to(b"data"));
        assert!(Scope::default().takes(b"x", Class::Logs));
    }

    #[test]
    fn the_nearest_above_a_file_decides() {
        let all_but = scope(&[], &["data/a"]);
        assert!(!all_but.is_everything());
        for (path, taken) in [("data/a", false), ("data/a/x", false), ("data/ab", true), ("data", true), ("bot", true)]
        {
            assert_eq!(all_but.takes_path(path.as_bytes()), taken, "{path}");
        }
        assert!(all_but.leads_to(b"data") && !all_but.leads_to(b"data/a/x"));

        let nested = scope(&["data", "data/a/b/c"], &["data/a", "data/a/b/c/d"]);
        for (path, taken) in [
            ("data/x", true),
            ("data/a/x", false),
            ("data/a/b/x", false),
            ("data/a/b/c/x", true),
            ("data/a/b/c/d", false),
            ("elsewhere", false),
        ] {
            assert_eq!(nested.takes_path(path.as_bytes()), taken, "{path}");
        }
        assert!(nested.leads_to(b"data/a/b"), "it is on the way to what is taken");
        assert!(!nested.leads_to(b"data/a/z"));
        assert!(!scope(&["data/a"], &["data/a"]).takes_path(b"data/a/x"), "what is in both is left out");
        assert!(!scope(&["data/a"], &["data/b"]).takes_path(b"data/c"));
    }

    #[test]
    fn a_folder_is_parted_only_where_some_of_it_is_taken() {
        assert!(scope(&[], &["data/v/x"]).parts(b"data/v"));
        assert!(scope(&["data/v/x"], &[]).parts(b"data/v"));
        assert!(!scope(&[], &["data/v"]).parts(b"data/v"));
        assert!(!scope(&["data/w"], &["data/v/x"]).parts(b"data/v"));
    }
}
