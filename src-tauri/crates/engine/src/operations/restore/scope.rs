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
}

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.components.is_empty() && self.paths.is_empty()
    }

    /// Whether an entry with this path and class is meant.
    pub fn takes(&self, path: &[u8], class: Class) -> bool {
        let component = self.components.is_empty() || self.components.contains(&class);
        component && self.takes_path(path)
    }

    pub fn takes_path(&self, path: &[u8]) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|chosen| is_within(path, chosen))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_components_narrow_each_other() {
        let scope = Scope { components: vec![Class::Config], paths: vec![b"data/a".to_vec()] };
        assert!(scope.takes(b"data/a/.env", Class::Config));
        assert!(!scope.takes(b"data/a/x", Class::Files));
        assert!(!scope.takes(b"data/ab", Class::Config));
        assert!(scope.leads_to(b"data"));
        assert!(Scope::default().takes(b"x", Class::Logs));
    }
}
