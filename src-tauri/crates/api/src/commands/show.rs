use super::paths::inner;
use super::setup::RootInfo;
use crate::note::outcome_of;
use crate::{Answer, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Level, Outcome};
use holdfast_engine::Error;
use holdfast_engine::archive::{ArchiveReader, Entry, EntryKind, Manifest, Moment};
use holdfast_engine::catalog::Catalog;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::pick::{Picked, path_of};
use holdfast_engine::operations::reading::file_hash;
use holdfast_engine::operations::{browse, moments};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ShowArgs {
    pub deployment: Option<String>,
    /// A name, a time, `latest`, or the path of an archive's file.
    pub archive: String,
    /// Files' contents will be read: that needs the key.
    #[serde(skip)]
    pub content: bool,
    #[serde(skip)]
    pub keys: Keys,
}

/// An archive's lists, open for looking. Without `content`, the catalog's copies do, and neither key nor drive is needed.
#[derive(Debug)]
pub struct Opened {
    moment: Moment,
    readers: Vec<ArchiveReader>,
    pub answer: ShowAnswer,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ShowAnswer {
    pub outcome: Outcome,
    pub archive: ArchiveName,
    pub path: PathBuf,
    pub deployment: String,
    pub created: Timestamp,
    pub level: Level,
    pub kind: Kind,
    pub host: String,
    pub program: String,
    pub needs: Vec<ArchiveName>,
    pub roots: Vec<RootInfo>,
    pub files: u64,
    pub bytes: u64,
    /// What was not as it should be when it was made.
    pub made_with: Vec<Note>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct EntryInfo {
    /// `ROOT/...`; letters that are no UTF-8 are replaced.
    pub path: String,
    /// `file`, `folder`, `link` or `hardlink`.
    #[ts(type = r#""file" | "folder" | "link" | "hardlink""#)]
    pub kind: &'static str,
    pub class: Class,
    /// Permission bits in octal, such as `0640`.
    pub mode: String,
    pub user: String,
    pub group: String,
    pub size: u64,
    pub modified: Timestamp,
    /// Of a file's content, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What a symbolic link points to, or the path that a hard link shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A consistent copy of an SQLite database.
    pub database: bool,
    #[serde(skip)]
    pub permissions: u32,
}

impl Service {
    pub fn open(&self, args: &ShowArgs) -> Answer<Opened> {
        let mut notes = Vec::new();
        let catalog = self.catalog(&mut notes)?;
        let chosen = self.choose(&catalog, args.deployment.as_deref(), &args.archive)?;
        let path = chosen.path();
        let listed = match &chosen.picked {
            Picked::Row(row) if !args.content => moments::from_catalog(&catalog, row, false).map(Some),
            _ => Ok(None),
        };
        let (moment, readers) = if let Ok(Some(moment)) = listed {
            (moment, Vec::new())
        } else {
            // The archive itself knows what the catalog does not.
            let reading = self.reading(chosen.profile.as_ref(), Some(&path), &args.keys)?;
            let unsigned = |name: &ArchiveName| match &chosen.picked {
                Picked::Row(row) => is_known_unsigned(&catalog, &row.deployment_id, name),
                Picked::File(_) => false,
            };
            reading.moment(&path, unsigned)?
        };
        let answer = head(moment.manifest(), path, notes);
        Ok(Opened { moment, readers, answer })
    }
}

/// Whether this very file is one that could not be signed when it was made.
fn is_known_unsigned(catalog: &Catalog, deployment_id: &str, name: &ArchiveName) -> bool {
    let row = catalog.archives().get(deployment_id, name).ok().flatten();
    row.is_some_and(|row| !row.signed && file_hash(&path_of(&row)).is_ok_and(|hash| hash == row.sha256))
}

fn head(manifest: &Manifest, path: PathBuf, problems: Vec<Note>) -> ShowAnswer {
    ShowAnswer {
        outcome: outcome_of(&problems),
        archive: manifest.archive.clone(),
        path,
        deployment: manifest.deployment.to_string(),
        created: manifest.created,
        level: manifest.level(),
        kind: manifest.kind,
        host: manifest.host.clone(),
        program: manifest.program.clone(),
        needs: manifest.archives.iter().skip(1).cloned().collect(),
        roots: manifest.roots.iter().map(|r| RootInfo { name: r.name.clone(), path: r.path.clone() }).collect(),
        files: manifest.tree.files,
        bytes: manifest.tree.bytes,
        made_with: Note::all(manifest.problems.iter().cloned()),
        problems,
    }
}

impl Opened {
    pub(crate) fn into_moment(self) -> Moment {
        self.moment
    }

    pub(crate) fn readers(&self) -> &[ArchiveReader] {
        &self.readers
    }

    /// The entry that has a file's content: of a hard link the one that it shares it with.
    pub(crate) fn content_entry(&self, path: &Path) -> Answer<Entry> {
        let entry = browse::details(&self.moment, &self.inner(path))?;
        if entry.kind != EntryKind::Hardlink {
            return Ok(entry);
        }
        Ok(browse::details(&self.moment, &entry.link)?)
    }

    fn inner(&self, typed: &Path) -> Vec<u8> {
        inner(typed, self.moment.manifest().roots.iter().map(|r| (r.name.as_str(), r.path.as_path())))
    }

    /// What lies in a folder (the roots for an empty path), or everything below it; for anything else, itself.
    pub fn list(
        &self,
        path: &Path,
        recursive: bool,
        job: &Job,
        mut seen: impl FnMut(EntryInfo) -> Answer<()>,
    ) -> Answer<()> {
        let inner = self.inner(path);
        if !inner.is_empty() {
            let entry = browse::details(&self.moment, &inner)?;
            if entry.kind != EntryKind::Dir {
                return seen(info(&entry));
            }
        }
        let mut failed = None;
        let result = browse::entries(&self.moment, &inner, recursive, job, |entry| {
            seen(info(&entry)).map_err(|failure| {
                let error = Error::new(failure.code, &failure.subject, &failure.cause);
                failed = Some(failure);
                error
            })
        });
        match (result, failed) {
            (_, Some(failure)) => Err(failure),
            (Err(e), None) => Err(e.into()),
            (Ok(()), None) => Ok(()),
        }
    }

    /// Entries whose path fits a glob, or holds the text where it is none. The flag tells that there are more.
    pub fn find(&self, pattern: &str, limit: usize, job: &Job) -> Answer<(Vec<EntryInfo>, bool)> {
        let (found, more) = browse::find(&self.moment, pattern, limit, job)?;
        Ok((found.iter().map(info).collect(), more))
    }

    /// One entry.
    pub fn details(&self, path: &Path) -> Answer<EntryInfo> {
        Ok(info(&browse::details(&self.moment, &self.inner(path))?))
    }

    /// Writes a file's content. An error at the end means that what was written is not to be trusted.
    pub fn cat(&self, path: &Path, out: &mut dyn Write, job: &Job) -> Answer<u64> {
        let entry = self.content_entry(path)?;
        if self.readers.is_empty() {
            return Err(
                Error::new(Code::KeyNeeded, entry.display(), "the archive was opened for its lists alone").into()
            );
        }
        Ok(browse::read_file(&self.readers, &entry, out, job)?)
    }
}

pub(super) fn info(entry: &Entry) -> EntryInfo {
    let named = |name: &str, number: u32| if name.is_empty() { number.to_string() } else { name.to_owned() };
    let has_link = matches!(entry.kind, EntryKind::Symlink | EntryKind::Hardlink);
    EntryInfo {
        path: entry.display().into_owned(),
        kind: match entry.kind {
            EntryKind::File => "file",
            EntryKind::Dir => "folder",
            EntryKind::Symlink => "link",
            EntryKind::Hardlink => "hardlink",
            EntryKind::Gone => "gone",
        },
        class: entry.class,
        mode: format!("{:04o}", entry.mode),
        user: named(&entry.owner.user, entry.owner.uid),
        group: named(&entry.owner.group, entry.owner.gid),
        size: entry.size,
        modified: Timestamp::new(entry.mtime.secs, entry.mtime.nanos as i32).unwrap_or(Timestamp::UNIX_EPOCH),
        sha256: (entry.kind == EntryKind::File).then(|| hex::encode(entry.sha256)),
        link: has_link.then(|| String::from_utf8_lossy(&entry.link).into_owned()),
        database: entry.database,
        permissions: entry.mode,
    }
}
