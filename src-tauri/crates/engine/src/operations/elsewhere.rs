use super::pick::path_of;
use crate::catalog::{ArchiveRow, Catalog, CopyRow};
use crate::deployment::{Destination as Setting, Profile};
use crate::media::is_there;
use crate::store::Folder;
use holdfast_domain::ArchiveName;
use std::cell::OnceCell;
use std::path::PathBuf;

/// Finds a copy of an archive that is not where it was made. Looks at the destinations only when it is asked.
pub(super) struct Elsewhere<'a> {
    catalog: &'a Catalog,
    profile: &'a Profile,
    /// Destinations that are there, with what they hold as far as the catalog knows.
    found: OnceCell<Vec<(Folder, Vec<CopyRow>)>>,
}

impl<'a> Elsewhere<'a> {
    pub fn of(catalog: &'a Catalog, profile: &'a Profile) -> Self {
        Self { catalog, profile, found: OnceCell::new() }
    }

    /// The row with the folder of a copy that can be restored with all that it needs; `None` where the archive and all
    /// that it needs are at their own place, or nowhere.
    pub fn whole(&self, row: &ArchiveRow) -> Option<ArchiveRow> {
        let names = || std::iter::once(&row.name).chain(&row.needs);
        let at = path_of(row);
        if names().all(|name| is_there(&at.with_file_name(name.file_name()))) {
            return None;
        }
        let holds = |copies: &[CopyRow], name: &ArchiveName| copies.iter().any(|copy| copy.archive == *name);
        let places = self.found.get_or_init(|| self.look());
        let folder = places
            .iter()
            .find(|(folder, copies)| names().all(|name| holds(copies, name) && is_there(&folder.archive(name))))
            .map(|(folder, _)| folder.dir().to_owned())
            // Last, because reading from there may cost time and money.
            .or_else(|| self.in_cloud(|copies| names().all(|name| holds(copies, name))))?;
        Some(ArchiveRow { folder, ..row.clone() })
    }

    /// The address of a cloud that holds them, as far as the catalog knows; nobody is asked.
    fn in_cloud(&self, holds_all: impl Fn(&[CopyRow]) -> bool) -> Option<PathBuf> {
        super::destinations::for_copies(self.profile).find_map(|setting| {
            let Setting::Cloud { service, .. } = setting else { return None };
            let copies = self.catalog.copies().list(&self.profile.id, Some(&setting.id())).ok()?;
            holds_all(&copies).then(|| service.shelf(&self.profile.name).ok()).flatten()
        })
    }

    fn look(&self) -> Vec<(Folder, Vec<CopyRow>)> {
        let mut places = Vec::new();
        for setting in super::destinations::for_copies(self.profile).filter(|setting| setting.path().is_some()) {
            let folder = Folder::of(setting, &self.profile.name);
            let copies = self.catalog.copies().list(&self.profile.id, Some(&setting.id())).unwrap_or_default();
            if !copies.is_empty() && folder.require().is_ok() {
                places.push((folder, copies));
            }
        }
        places
    }
}
