use super::show::{EntryInfo, ShowArgs, info};
use crate::{Answer, Failure, Keys, Service};
use holdfast_domain::{ArchiveName, Code};
use holdfast_engine::Error;
use holdfast_engine::archive::Moment;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::browse::{self, Item, Mark, Tree};
use holdfast_engine::operations::pick::Picked;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What an archive is compared with while it is looked through.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[serde(tag = "with", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Compare {
    Now,
    Archive { archive: ArchiveName },
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct BrowseArgs {
    pub deployment: Option<String>,
    /// A name, a time, `latest`, or the path of an archive's file.
    pub archive: String,
    /// `ROOT/...`; the roots where it is empty.
    pub path: String,
    pub offset: u64,
    /// At most 1,000 at once.
    pub limit: u64,
    pub compare: Option<Compare>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct BrowseAnswer {
    pub path: String,
    /// Folders first, then by name.
    pub entries: Vec<BrowseEntry>,
    /// Of this level.
    pub total: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum EntryChange {
    Same,
    Changed,
    /// No longer there in what the archive is compared with.
    Gone,
    /// Not in the archive.
    New,
}

impl From<Mark> for EntryChange {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Same => Self::Same,
            Mark::Changed => Self::Changed,
            Mark::Gone => Self::Gone,
            Mark::New => Self::New,
        }
    }
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct BrowseEntry {
    #[serde(flatten)]
    pub entry: EntryInfo,
    pub name: String,
    /// Of the archive, below a folder: files and their bytes. For a file 1 and its size.
    pub files: u64,
    pub bytes: u64,
    /// Of folders only `gone` and `new`.
    pub change: Option<EntryChange>,
    /// Below a folder: how many files and links differ.
    pub changed: u64,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SearchArgs {
    pub deployment: Option<String>,
    pub archive: String,
    /// A glob, or a part of a path.
    pub pattern: String,
    /// At most 1,000.
    pub limit: u64,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SearchAnswer {
    pub entries: Vec<EntryInfo>,
    pub more: bool,
}

const MOST: u64 = 1000;
/// So long a comparison with now counts as one with now.
const NOW: Duration = Duration::from_secs(30);

impl Service {
    /// One level of an archive's tree. Needs neither key nor drive as long as the catalog knows the archive; the first
    /// question about an archive reads its list, those after it find it in memory.
    pub fn browse(&self, args: &BrowseArgs) -> Answer<BrowseAnswer> {
        let tree = self.tree(args.deployment.as_deref(), &args.archive, args.compare.as_ref())?;
        let level = tree.level(&args.path).ok_or_else(|| {
            Error::new(Code::NothingToRestore, &args.path, format!("{} does not hold it", args.archive))
        })?;
        let (offset, limit) = (args.offset as usize, args.limit.min(MOST) as usize);
        Ok(BrowseAnswer {
            path: level.path(),
            total: level.total() as u64,
            entries: level.page(offset, limit).map(BrowseEntry::from).collect(),
        })
    }

    /// Entries whose path fits, in the order of their paths.
    pub fn search_archive(&self, args: &SearchArgs) -> Answer<SearchAnswer> {
        let open = ShowArgs {
            deployment: args.deployment.clone(),
            archive: args.archive.clone(),
            content: false,
            keys: Keys::default(),
        };
        let job = Job::silent(self.clock().clone());
        let (entries, more) = self.open(&open)?.find(&args.pattern, args.limit.min(MOST) as usize, &job)?;
        Ok(SearchAnswer { entries, more })
    }

    /// Lets go of what browsing keeps in memory: nobody looks any more.
    pub fn let_go_of_trees(&self) {
        self.trees().clear();
    }

    pub(crate) fn tree(&self, deployment: Option<&str>, archive: &str, compare: Option<&Compare>) -> Answer<Arc<Tree>> {
        let mut notes = Vec::new();
        let catalog = self.catalog(&mut notes)?;
        let chosen = self.choose(&catalog, deployment, archive)?;
        drop(catalog);
        let of = match &chosen.picked {
            // The very file: one of the same name could take its place.
            Picked::Row(row) => format!("{} {} {}", row.deployment_id, row.name, row.sha256),
            Picked::File(path) => path.display().to_string(),
        };
        let moment = |archive: &str| -> Answer<Moment> {
            let args = ShowArgs {
                deployment: deployment.map(str::to_owned),
                archive: archive.to_owned(),
                content: false,
                keys: Keys::default(),
            };
            Ok(self.open(&args)?.into_moment())
        };
        let job = Job::silent(self.clock().clone());
        let (key, fresh) = match compare {
            None => (of, None),
            Some(Compare::Now) => (format!("{of} now"), Some(NOW)),
            Some(Compare::Archive { archive }) => (format!("{of} beside {archive}"), None),
        };
        self.trees().get(&key, fresh, &**self.clock(), || {
            let held = moment(archive)?;
            Ok(match compare {
                None => browse::tree(&held, &job)?,
                Some(Compare::Now) => {
                    let profile = chosen.profile.as_ref().ok_or_else(|| no_folders(archive))?;
                    browse::tree_beside_now(self.context(), profile, &held, &job)?
                }
                Some(Compare::Archive { archive }) => browse::tree_beside(&held, &moment(archive.as_str())?, &job)?,
            })
        })
    }
}

pub(super) fn no_folders(archive: &str) -> Failure {
    let cause = "no settings on this machine say where its folders are";
    Failure::new(Code::UnknownDeployment, archive, cause).then("Compare it with another archive.")
}

impl From<Item> for BrowseEntry {
    fn from(item: Item) -> Self {
        let is_file = item.entry.size > 0 || !item.entry.sha256.iter().all(|byte| *byte == 0);
        let mut entry = info(&item.entry);
        if !is_file {
            entry.sha256 = None;
        }
        Self {
            entry,
            name: String::from_utf8_lossy(item.entry.name()).into_owned(),
            files: item.files,
            bytes: item.bytes,
            change: item.mark.map(EntryChange::from),
            changed: item.changed,
        }
    }
}
