//! Finds archives on a drive, wherever on it the person points. Goes by names alone.
use crate::error::{Error, Result};
use crate::media::FileMedium;
use crate::operations::destinations::require_no_address;
use crate::store::{Folder, Listed};
use crate::vault::RECOVERY_KEY;
use holdfast_domain::{ArchiveName, Code, DeploymentName};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const HOLDFAST: &str = "Holdfast";

#[derive(Debug, Clone)]
pub struct Found {
    /// By name, then by folder.
    pub deposits: Vec<Deposit>,
    /// The archive that the person pointed at, if it was one.
    pub archive: Option<ArchiveName>,
}

/// The archives of one deployment in one folder.
#[derive(Debug, Clone)]
pub struct Deposit {
    pub name: DeploymentName,
    pub folder: PathBuf,
    /// Oldest first.
    pub archives: Vec<Listed>,
    /// Whether a sealed recovery key lies beside them.
    pub has_key: bool,
}

/// `from` is a drive, its folder `Holdfast`, a deployment's folder in that, an archive, or the folder in which drives
/// are mounted. `DestinationMissing` where it is not there, `NothingToRestore` where no archive is in these places,
/// `PermissionDenied` where one of them may not be looked into.
pub fn find(from: &Path) -> Result<Found> {
    require_no_address(from)?;
    let from = std::path::absolute(from).map_err(|e| Error::io(from, e))?;
    match FileMedium::find(&from) {
        Ok(medium) => return pointed_at(medium.path()),
        // A folder, which is the usual case.
        Err(e) if e.code() == Code::NotAnArchive => {}
        Err(e) if e.code() == Code::ArchiveMissing => return Err(e.with_code(Code::DestinationMissing)),
        Err(e) => return Err(e),
    }
    let mut search = Search { from: from.clone(), refused: None };
    let children = search.below(&from);
    for step in 0..4 {
        let folders = match step {
            0 => vec![from.clone()],
            1 => search.in_holdfast(&children),
            2 => children.clone(),
            _ => {
                let grandchildren: Vec<_> = children.iter().flat_map(|child| search.below(child)).collect();
                search.in_holdfast(&grandchildren)
            }
        };
        let mut deposits: Vec<Deposit> = folders.iter().flat_map(|folder| search.deposits(folder)).collect();
        if !deposits.is_empty() {
            deposits.sort_by(|a, b| (&a.name, &a.folder).cmp(&(&b.name, &b.folder)));
            return Ok(Found { deposits, archive: None });
        }
    }
    let cause = "there is no folder Holdfast with archives in it";
    Err(search.refused.unwrap_or_else(|| Error::new(Code::NothingToRestore, from.display(), cause)))
}

/// The deposit that an archive's file belongs to.
fn pointed_at(file: &Path) -> Result<Found> {
    let named = file.file_name().and_then(|name| name.to_str());
    let Some(archive) = named.and_then(ArchiveName::parse) else {
        let cause = "its name is not that of an archive; if it was renamed, give it its name back";
        return Err(Error::new(Code::NotAnArchive, file.display(), cause));
    };
    let folder = file.parent().unwrap_or(Path::new("/"));
    let mut search = Search { from: folder.to_owned(), refused: None };
    let mut deposits = search.deposits(folder);
    deposits.retain(|deposit| deposit.name.as_str() == archive.deployment());
    match search.refused {
        Some(e) if deposits.is_empty() => Err(e),
        _ => Ok(Found { deposits, archive: Some(archive) }),
    }
}

struct Search {
    from: PathBuf,
    /// The first place with archives, as far as its name tells, that could not be looked into.
    refused: Option<Error>,
}

impl Search {
    fn note(&mut self, folder: &Path, error: Error) {
        let matters = folder == self.from || folder.iter().any(|part| part.eq_ignore_ascii_case(HOLDFAST));
        if matters && self.refused.is_none() {
            self.refused = Some(error);
        }
    }

    fn below(&mut self, folder: &Path) -> Vec<PathBuf> {
        let items = match fs::read_dir(folder) {
            Ok(items) => items,
            Err(e) => {
                self.note(folder, Error::io(folder, e));
                return Vec::new();
            }
        };
        let mut found: Vec<PathBuf> = items.flatten().map(|item| item.path()).filter(|path| path.is_dir()).collect();
        found.sort();
        found
    }

    /// What lies in those of the folders that are called `Holdfast`.
    fn in_holdfast(&mut self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let called = |path: &&PathBuf| path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(HOLDFAST));
        folders.iter().filter(called).flat_map(|folder| self.below(folder)).collect()
    }

    fn deposits(&mut self, folder: &Path) -> Vec<Deposit> {
        let listed = match Folder::holding(folder).list() {
            Ok(listed) => listed,
            Err(e) => {
                self.note(folder, e);
                return Vec::new();
            }
        };
        let has_key = folder.join(RECOVERY_KEY).is_file();
        let mut by_name: BTreeMap<DeploymentName, Vec<Listed>> = BTreeMap::new();
        for archive in listed {
            // A name that was parsed begins with a legal one.
            if let Ok(name) = DeploymentName::new(archive.name.deployment()) {
                by_name.entry(name).or_default().push(archive);
            }
        }
        let deposit = |(name, archives)| Deposit { name, folder: folder.to_owned(), archives, has_key };
        by_name.into_iter().map(deposit).collect()
    }
}

impl Found {
    /// The deposit of that name, or the only one. `UnknownDeployment`, or `AmbiguousDeployment` with what there is.
    pub fn deposit(&self, name: Option<&str>) -> Result<&Deposit> {
        let fitting: Vec<&Deposit> =
            self.deposits.iter().filter(|deposit| name.is_none_or(|name| deposit.name.as_str() == name)).collect();
        let names = |deposits: &[&Deposit]| {
            let mut names: Vec<&str> = deposits.iter().map(|deposit| deposit.name.as_str()).collect();
            names.dedup();
            names.join(", ")
        };
        match (fitting.as_slice(), name) {
            ([only], _) => Ok(only),
            ([], name) => {
                let all: Vec<&Deposit> = self.deposits.iter().collect();
                let cause = format!("the archives found are of {}", names(&all));
                Err(Error::new(Code::UnknownDeployment, name.unwrap_or("the deployment"), cause))
            }
            (several, None) if several.iter().any(|deposit| deposit.name != several[0].name) => {
                let cause = format!("there are archives of {}", names(several));
                Err(Error::new(Code::AmbiguousDeployment, "the deployment", cause))
            }
            (several, _) => {
                let folders: Vec<String> = several.iter().map(|deposit| deposit.folder.display().to_string()).collect();
                let cause = format!("its archives are in {}; name one of these folders", folders.join(" and in "));
                Err(Error::new(Code::AmbiguousDeployment, &several[0].name, cause))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(folder: &Path, name: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(format!("{name}.tar.zst.age"));
        fs::write(&path, "x").unwrap();
        path
    }

    #[test]
    fn archives_are_found_wherever_the_person_points() {
        let media = tempfile::tempdir().unwrap();
        let drive = media.path().join("STICK");
        let bot = drive.join("Holdfast/bot");
        let file = archive(&bot, "bot_2026-11-21T020000Z_weekly-full");
        archive(&bot, "bot_2026-11-22T020000Z_daily");
        fs::write(bot.join(RECOVERY_KEY), "x").unwrap();
        fs::write(bot.join("notes.txt"), "x").unwrap();
        for from in [media.path(), &drive, &drive.join("Holdfast"), &bot] {
            let found = find(from).unwrap();
            let deposit = found.deposit(None).unwrap();
            assert_eq!((deposit.name.as_str(), deposit.folder.as_path()), ("bot", bot.as_path()), "{}", from.display());
            assert_eq!((deposit.archives.len(), deposit.has_key, found.archive), (2, true, None));
        }
        let found = find(&file).unwrap();
        assert_eq!(found.archive.unwrap().as_str(), "bot_2026-11-21T020000Z_weekly-full");
        assert_eq!(found.deposits[0].archives.len(), 2);
    }

    #[test]
    fn what_is_not_clear_is_said() {
        let drive = tempfile::tempdir().unwrap();
        let code = |path: &Path| find(path).unwrap_err().code();
        assert_eq!(code(drive.path()), Code::NothingToRestore);
        assert_eq!(code(&drive.path().join("absent")), Code::DestinationMissing);
        fs::write(drive.path().join("photo.jpg"), "x").unwrap();
        assert_eq!(code(&drive.path().join("photo.jpg")), Code::NotAnArchive);
        archive(&drive.path().join("Holdfast/a"), "a_2026-11-21T020000Z_weekly-full");
        archive(&drive.path().join("Holdfast/b"), "b_2026-11-21T020000Z_weekly-full");
        let found = find(drive.path()).unwrap();
        let error = found.deposit(None).unwrap_err();
        assert_eq!((error.code(), error.cause()), (Code::AmbiguousDeployment, "there are archives of a, b"));
        assert_eq!(found.deposit(Some("b")).unwrap().name.as_str(), "b");
        assert_eq!(found.deposit(Some("c")).unwrap_err().code(), Code::UnknownDeployment);
        archive(&drive.path().join("Holdfast/copy"), "a_2026-11-21T020000Z_weekly-full");
        let error = find(drive.path()).unwrap().deposit(Some("a")).unwrap_err();
        assert!(error.cause().contains("name one of these folders"), "{error}");
    }
}
