//! The changes outside the database.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Change, Region};
use crate::conversation;
use crate::error::{At, Result};
use crate::files::{files_in, make_dir, walk, write, write_noise};
use crate::surroundings::{LOGS, write_log};

impl Change {
    /// Of six changed conversations, five are old and one is new; and for twenty, one goes.
    pub(super) fn conversations(&mut self) -> Result<()> {
        let mut old = files_in(&self.layout.conversations("active"))?;
        old.extend(files_in(&self.layout.conversations("archived"))?);
        if old.is_empty() {
            return Ok(());
        }
        let mut bytes = 0;
        for path in &old {
            bytes += fs::metadata(path).at(path)?.len();
        }
        let mean = (bytes / old.len() as u64).max(500);
        let count = (self.share(25) / mean).max(3);
        let largest = (old.len() as u64).saturating_sub(2);
        let deleted = (count / 20 + 1).min(largest / 2);
        let rewritten = (count / 6 * 5).clamp(1, largest.saturating_sub(deleted).max(1));
        for _ in 0..deleted {
            let path = self.take(&mut old);
            fs::remove_file(&path).at(&path)?;
            self.touch_parent(&path);
            let inside = self.inside(&path);
            self.done.conversations_deleted.push(inside);
        }
        for _ in 0..rewritten {
            let path = self.take(&mut old);
            self.converse(&path, mean)?;
            let inside = self.inside(&path);
            self.done.conversations_rewritten.push(inside);
        }
        for _ in 0..(count / 6).max(1) {
            let name = format!("{}-{}.json", self.now, self.rng.hex(8));
            let path = self.layout.conversations("active").join(name);
            self.converse(&path, mean)?;
            fs::set_permissions(&path, Permissions::from_mode(0o644)).at(&path)?;
            self.touch_parent(&path);
            let inside = self.inside(&path);
            self.done.conversations_added.push(inside);
        }
        Ok(())
    }

    fn converse(&mut self, path: &Path, mean: u64) -> Result<()> {
        let len = conversation::some_len(&mut self.rng, mean);
        let id = self.rng.uuid();
        let text = conversation::file(&mut self.rng, &id, len, self.now);
        write(path, text.as_bytes())?;
        self.done.changed_bytes += text.len() as u64;
        self.touched.push(path.to_owned());
        Ok(())
    }

    fn take(&mut self, from: &mut Vec<PathBuf>) -> PathBuf {
        from.swap_remove(self.rng.below(from.len() as u64) as usize)
    }

    fn touch_parent(&mut self, path: &Path) {
        if let Some(parent) = path.parent()
            && self.touched.last().map(PathBuf::as_path) != Some(parent)
        {
            self.touched.push(parent.to_owned());
        }
    }

    pub(super) fn add_upload(&mut self) -> Result<Option<PathBuf>> {
        let folder = self.layout.uploads();
        if !folder.is_dir() {
            return Ok(None);
        }
        let path = folder.join(format!("new upload {}.pdf", self.rng.hex(8)));
        let len = self.share(20);
        write_noise(&path, &mut self.rng, b"%PDF-1.7\n", len)?;
        fs::set_permissions(&path, Permissions::from_mode(0o644)).at(&path)?;
        self.done.changed_bytes += len;
        self.done.upload_added = Some(self.inside(&path));
        self.touched.push(path.clone());
        self.touched.push(folder);
        Ok(Some(path))
    }

    /// A small one, so that programs that look at paths alone do not see far more change than asked for.
    pub(super) fn rename_upload(&mut self) -> Result<Option<(PathBuf, PathBuf)>> {
        let folder = self.layout.uploads();
        let mut all = Vec::new();
        if folder.is_dir() {
            walk(&folder, &mut |path, meta| {
                let plain = meta.is_file() && meta.nlink() == 1 && path.to_str().is_some();
                if plain && meta.len() > 0 {
                    all.push((meta.len(), path.to_owned()));
                }
                Ok(())
            })?;
        }
        all.sort_unstable();
        all.truncate(all.len().div_ceil(4));
        if all.is_empty() {
            return Ok(None);
        }
        let from = self.rng.pick(&all).1.clone();
        let name = from.file_name().unwrap_or_default().to_string_lossy();
        let to = from.with_file_name(format!("renamed {} {name}", self.rng.hex(4)));
        fs::rename(&from, &to).at(&from)?;
        self.touch_parent(&to);
        self.done.upload_renamed = Some((self.inside(&from), self.inside(&to)));
        Ok(Some((from, to)))
    }

    pub(super) fn overwrite_vectors(&mut self) -> Result<()> {
        let store = self.layout.vectors();
        let mut files = Vec::new();
        if store.is_dir() {
            walk(&store, &mut |path, meta| {
                if path.ends_with("data_level0.bin") {
                    files.push((path.to_owned(), meta.len()));
                }
                Ok(())
            })?;
        }
        if files.is_empty() {
            return Ok(());
        }
        let (path, len) = self.rng.pick(&files).clone();
        let bytes = self.share(15).min(len);
        let offset = self.rng.below(len - bytes + 1);
        let file = File::options().write(true).open(&path).at(&path)?;
        let mut buffer = vec![0; 1 << 20];
        let mut written = 0;
        while written < bytes {
            let now = (bytes - written).min(buffer.len() as u64);
            self.rng.fill(&mut buffer);
            file.write_all_at(&buffer[..now as usize], offset + written).at(&path)?;
            written += now;
        }
        self.done.changed_bytes += bytes;
        self.done.vectors_overwritten = Some(Region { path: self.inside(&path), offset, bytes });
        self.touched.push(path);
        Ok(())
    }

    pub(super) fn append_log(&mut self) -> Result<()> {
        make_dir(&self.layout.logs())?;
        let path = self.layout.logs().join(LOGS[0]);
        let options = File::options().append(true).create(true).clone();
        let mut file = options.open(&path).at(&path)?;
        let offset = file.metadata().at(&path)?.len();
        let len = self.share(5);
        write_log(&mut file, &path, &mut self.rng, len, self.now)?;
        let bytes = file.metadata().at(&path)?.len() - offset;
        self.done.changed_bytes += bytes;
        self.done.log_appended = Some(Region { path: self.inside(&path), offset, bytes });
        self.touched.push(path);
        Ok(())
    }
}
