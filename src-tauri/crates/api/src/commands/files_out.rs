//! Files that are lost, that no archive brings back by a restore, and that come out of a damaged one.
use super::archives::ArchiveInfo;
use super::comes_out::salvage_command;
use super::overview::MatterAct;
use super::together::{digest_of, lacked};
use crate::words::count_words;
use crate::{Answer, Service};
use holdfast_domain::{ArchiveName, Class};
use holdfast_engine::catalog::Catalog;
use holdfast_engine::operations::backup::Lost;
use holdfast_engine::operations::verify;
use std::collections::BTreeMap;

/// Where they come out, as far as a verification has read them there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilesOut {
    pub archive: ArchiveName,
    /// Its time in words.
    at: String,
    /// So many of them come out, or may.
    out: usize,
    /// So many there are; 0 where the catalog does not know them.
    all: usize,
    /// All bytes of those were read there.
    known: bool,
}

impl FilesOut {
    /// All that is known to come out comes before what may.
    fn worth(&self) -> (bool, usize) {
        (self.known, self.out)
    }

    fn subject(&self) -> String {
        match (self.out, self.all) {
            (_, 0 | 1) => "it".to_owned(),
            (out, all) if out == all => "all of it".to_owned(),
            (out, all) => format!("{out} of the {}", count_words(all as u64, "file", "files")),
        }
    }

    pub fn sentence(&self) -> String {
        let (subject, at) = (self.subject(), &self.at);
        let capital = subject.replacen("it", "It", usize::from(subject == "it")).replacen("all", "All", 1);
        if self.known {
            let come = if self.out > 1 && self.out < self.all { "come" } else { "comes" };
            return format!("{capital} {come} out whole as of {at}, of an archive that is damaged elsewhere.");
        }
        format!(
            "{capital} may come out as of {at}, of an archive that is damaged in part: that shows when it is tried."
        )
    }

    pub fn command(&self) -> String {
        salvage_command(&self.archive)
    }

    pub fn act(&self) -> MatterAct {
        let among = if self.known { format!(", {} among that", self.subject()) } else { String::new() };
        let effect = format!(
            "What is undamaged of the archive of {}{among}: into a folder of your choice. The archive is not changed.",
            self.at
        );
        MatterAct { effect, ..MatterAct::salvage(&self.archive) }
    }
}

/// Damaged archives that are looked into: their lists are read.
const LOOKED_INTO: usize = 8;

impl Service {
    /// Of which damaged archive most of what is lost of a class comes out, or may. `archives` newest first.
    pub(super) fn files_out(
        &self,
        catalog: &Catalog,
        archives: &[ArchiveInfo],
        class: Class,
        lost: &[Lost],
    ) -> Answer<Option<FilesOut>> {
        let broken = self.broken(archives);
        let Some(first) = broken.first() else { return Ok(None) };
        let of = |archive: &ArchiveInfo, out, known| FilesOut {
            archive: archive.name.clone(),
            at: self.moment(archive.created),
            out,
            all: lost.len(),
            known,
        };
        if lost.is_empty() {
            let silent = broken.iter().find(|archive| !archive.lost.contains(&class));
            return Ok(silent.map(|archive| of(archive, 0, false)));
        }
        let rows = catalog.archives().list(Some(&first.deployment_id))?;
        let files: BTreeMap<&str, Option<u64>> = lost.iter().map(|lost| (lost.path.as_str(), lost.size)).collect();
        let mut best: Option<FilesOut> = None;
        for archive in broken.into_iter().take(LOOKED_INTO) {
            let Some(row) = rows.iter().find(|row| row.name == archive.name) else { continue };
            let key = (format!("{} {class}", archive.deployment_id), archive.name.clone());
            let missing = self.held_lists().of(key, digest_of(&files), || lacked(catalog, archive, &files))?;
            let Some(missing) = missing else { continue };
            let held: Vec<&str> =
                files.keys().copied().filter(|path| !missing.iter().any(|gone| gone == path)).collect();
            if held.is_empty() {
                continue;
            }
            let found = match verify::files_in_rest(catalog, &rows, row)? {
                Some(whole) => of(archive, held.iter().filter(|path| whole.contains(**path)).count(), true),
                None => of(archive, held.len(), false),
            };
            // The first of those that are worth the same: the newest.
            if found.out > 0 && best.as_ref().is_none_or(|best| best.worth() < found.worth()) {
                best = Some(found);
            }
        }
        Ok(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_much_of_it_comes_out() {
        let archive = ArchiveName::parse("bot_2026-11-21T020000Z_manual-full").unwrap();
        let said =
            |out, all, known| FilesOut { archive: archive.clone(), at: "06:49".to_owned(), out, all, known }.sentence();
        assert_eq!(said(1, 1, true), "It comes out whole as of 06:49, of an archive that is damaged elsewhere.");
        assert!(said(68, 68, true).starts_with("All of it comes out whole"));
        assert!(said(67, 68, true).starts_with("67 of the 68 files come out whole"));
        assert!(said(1, 68, true).starts_with("1 of the 68 files comes out whole"));
        assert!(said(67, 68, false).starts_with("67 of the 68 files may come out"));
        assert!(said(0, 0, false).starts_with("It may come out"));
    }
}
