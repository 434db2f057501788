//! Makes a deployment.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;

use crate::conversation;
use crate::error::{At, Error, Result};
use crate::files::{make_dir, stored_bytes, walk, write, write_sparse};
use crate::layout::Layout;
use crate::plan::Plan;
use crate::pool::{self, Job};
use crate::seed::Rng;
use crate::size::human;
use crate::sqlite::beside;
use crate::stamp;
use crate::webui::{self, FileRow, Rows};
use crate::{chroma, surroundings, uploads};

#[derive(Debug, Clone)]
pub struct Generate {
    /// Bytes; 5 MB to 20 GB.
    pub size: u64,
    pub seed: u64,
    /// Conversation files, instead of the number that goes with the size. They have 1 kB at least, so
    /// that very many of them make more than the size.
    pub files: Option<u64>,
    /// Most of the size becomes one disk image full of holes.
    pub sparse: bool,
    /// The root that absolute paths inside the database begin with; the folder itself when absent.
    /// Two samples in different folders are the same only when this is the same.
    pub origin: Option<PathBuf>,
}

impl Generate {
    pub fn new(size: u64, seed: u64) -> Self {
        Self { size, seed, files: None, sparse: false, origin: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    pub files: u64,
    /// Lengths of all files together, holes included.
    pub bytes: u64,
    /// The same without holes.
    pub stored_bytes: u64,
    pub chats: u64,
    /// Chats that are committed but only in `webui.db-wal`.
    pub chats_only_in_wal: u64,
    pub conversations: u64,
    /// What the file system would not take, in words.
    pub left_out: Vec<String>,
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} files, {} ({} without holes)", self.files, human(self.bytes), human(self.stored_bytes))?;
        write!(
            f,
            "{} chats, {} of them only in webui.db-wal; {} conversation files",
            self.chats, self.chats_only_in_wal, self.conversations
        )?;
        for line in &self.left_out {
            write!(f, "\nleft out: {line}")?;
        }
        Ok(())
    }
}

/// Makes a deployment in `dir`, which must be absent or empty. The same options make the same bytes,
/// modes and modification times.
pub fn generate(dir: &Path, options: &Generate) -> Result<Generated> {
    let plan = Plan::new(options.size, options.files, options.sparse)?;
    make_dir(dir)?;
    if fs::read_dir(dir).at(dir)?.next().is_some() {
        return Err(Error::invalid(dir.display().to_string(), "the folder is not empty"));
    }
    let dir = &fs::canonicalize(dir).at(dir)?;
    let origin = options.origin.as_deref().unwrap_or(dir);
    let layout = Layout::new(dir);
    let seed = options.seed;
    let planned_uploads = uploads::plan(seed, plan.uploads);
    let collections = chroma::plan(seed, plan.vectors);
    make_dir(&layout.vectors())?;
    make_dir(&layout.conversations("active"))?;
    make_dir(&layout.conversations("archived"))?;
    uploads::make_folders(&layout.uploads())?;
    surroundings::configuration(&layout, seed)?;
    let left_out = uploads::make_specials(&layout.uploads(), seed)?;

    let rows = Mutex::new(Rows::default());
    let file_rows = file_rows(origin, &planned_uploads);
    // First what takes longest and cannot be shared out: databases, and the conversations, because
    // only one thread at a time can make files in a folder.
    let mut jobs: Vec<Job<'_>> = vec![
        Box::new(|| {
            let made = webui::make(&layout.webui_db(), seed, plan.webui, &file_rows)?;
            *rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = made;
            Ok(())
        }),
        Box::new(|| conversations(&layout, &plan, seed)),
        Box::new(|| chroma::make_database(&layout.chroma_db(), seed, &collections)),
    ];
    for collection in &collections {
        let store = layout.vectors();
        jobs.push(Box::new(move || chroma::make_segment(&store, seed, collection)));
    }
    for upload in &planned_uploads {
        let folder = layout.uploads();
        jobs.push(Box::new(move || uploads::make(&folder, seed, upload)));
    }
    jobs.push(Box::new(|| surroundings::logs(&layout, seed, plan.logs)));
    jobs.push(Box::new(|| surroundings::cache(&layout, seed, plan.cache)));
    jobs.push(Box::new(|| surroundings::models(&layout, seed, plan.models)));
    if let Some(image) = &plan.image {
        let path = layout.uploads().join("big.img");
        jobs.push(Box::new(move || {
            let mut rng = Rng::new(seed, "image", 0);
            write_sparse(&path, &mut rng, image.size, image.data, 1 << 20)
        }));
    }
    pool::run(jobs)?;

    let mut modes = HashMap::from([(layout.env(), 0o600), (layout.config(), 0o750)]);
    uploads::modes(&layout.uploads(), &planned_uploads, &mut modes);
    let database = layout.webui_db();
    let latest = [beside(&database, "-wal"), database];
    stamp::all(dir, seed, &modes, &latest)?;
    let rows = rows.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut made = Generated {
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        chats: rows.chats,
        chats_only_in_wal: rows.chats_in_wal,
        conversations: plan.conversations,
        left_out,
    };
    walk(dir, &mut |_, meta| {
        if meta.is_file() {
            made.files += 1;
            made.bytes += meta.len();
            made.stored_bytes += stored_bytes(meta);
        }
        Ok(())
    })?;
    Ok(made)
}

fn file_rows(origin: &Path, planned: &[uploads::Upload]) -> Vec<FileRow> {
    let folder = Layout::new(origin).uploads();
    let row = |upload: &uploads::Upload| FileRow {
        name: upload.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        path: folder.join(&upload.path).to_string_lossy().into_owned(),
    };
    planned.iter().map(row).collect()
}

fn conversations(layout: &Layout, plan: &Plan, seed: u64) -> Result<()> {
    let (active, archived) = (layout.conversations("active"), layout.conversations("archived"));
    for index in 0..plan.conversations {
        let mut rng = Rng::new(seed, "conversation", index);
        let shelf = if rng.below(5) == 0 { &archived } else { &active };
        let len = conversation::some_len(&mut rng, plan.conversation_mean());
        let at = stamp::some_time(&mut rng);
        let id = rng.uuid();
        let text = conversation::file(&mut rng, &id, len, at);
        write(&shelf.join(format!("{index:04}.json")), text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
