//! A state that a restore set aside and that was written to since: what is in it alone is told until it is brought back or let
//! go of. No backup looks there.
use crate::words::{count_words, quoted, size_words};
use crate::{Answer, Service};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::undo;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenAside {
    /// Of the restore, in words.
    pub at: String,
    /// Where it lies.
    pub folder: String,
    pub files: u64,
    /// `2 files (1.2 MB), data/webui.db last`
    pub written: String,
    /// Conversations are among it: the database, by its file's name.
    pub database: Option<String>,
    /// No restore was made since: it is the one that an undo brings back.
    pub newest: bool,
}

impl WrittenAside {
    pub fn title(&self) -> String {
        if self.database.is_some() {
            return format!(
                "Conversations were written to the state before the restore of {} after it was set aside.",
                self.at
            );
        }
        let was = if self.files == 1 { "was" } else { "were" };
        format!("{} {was} written to the state before the restore of {} after it was set aside.", self.count(), self.at)
    }

    fn count(&self) -> String {
        count_words(self.files, "file", "files")
    }

    pub fn text(&self) -> String {
        let of = self.database.as_ref().map(|name| format!(" The conversations are in {name}.")).unwrap_or_default();
        format!(
            "{}.{of} That is in no archive and not in the restored state; it lies in {}.",
            self.written, self.folder
        )
    }

    /// Under the button that opens the folder.
    pub fn in_folder(&self) -> &'static str {
        if self.database.is_some() && self.newest {
            "Single files can be taken from it. The conversations come back by undoing the restore."
        } else if self.database.is_some() {
            "The conversations are in its database: copy that together with the -wal beside it."
        } else {
            "To take from it what is needed."
        }
    }

    pub fn step(&self) -> &'static str {
        if self.newest && self.database.is_some() {
            "Undo the restore, which archives the present state first: that brings the conversations back."
        } else if self.newest {
            "Undo the restore, which archives the present state first; or take from the folder what is needed, and let that state go."
        } else {
            "Take from the folder what is needed, then let that state go."
        }
    }

    /// For who types.
    pub fn typed(&self, name: &str) -> String {
        let folder = quoted(&self.folder);
        let undo = if self.newest {
            format!("Bring it back, with an archive of the present state made first: holdfast undo {name}. Or take")
        } else {
            "Take".to_owned()
        };
        format!(
            "{undo} from {folder} what is needed, then let that state go: holdfast undo {name} --forget --discard-changes"
        )
    }
}

/// What was found the last time, for each deployment: the states may have many files, and the face looks often.
#[derive(Debug, Default)]
pub(crate) struct AsideLooks(Mutex<HashMap<String, Look>>);

#[derive(Debug)]
struct Look {
    at: Timestamp,
    /// The restores whose states there were.
    ids: Vec<String>,
    found: Option<WrittenAside>,
}

/// In seconds. Who writes there now is asked each time, and then this is not.
const GOOD_FOR: i64 = 120;

impl Service {
    /// Of the states that restores set aside, the newest with what is nowhere else. `in_use`: programs write there now.
    pub(super) fn written_aside(&self, profile: &Profile, in_use: bool) -> Answer<Option<WrittenAside>> {
        let ids: Vec<String> = undo::preserved(self.context(), profile)?.into_iter().map(|state| state.id).collect();
        let now = self.clock().now();
        let mut looks = self.aside_looks().0.lock().unwrap_or_else(PoisonError::into_inner);
        if in_use || ids.is_empty() {
            looks.remove(&profile.id);
            return Ok(None);
        }
        let fresh = |look: &&Look| look.ids == ids && (0..GOOD_FOR).contains(&now.duration_since(look.at).as_secs());
        if let Some(look) = looks.get(&profile.id).filter(fresh) {
            return Ok(look.found.clone());
        }
        let states = undo::set_aside(self.context(), profile)?;
        let found = states.iter().enumerate().find(|(_, state)| state.written.files > 0).map(|(index, state)| {
            let written = &state.written;
            let last = written.last.as_ref().map(|(path, _)| format!(", {} last", path.display())).unwrap_or_default();
            let count = count_words(written.files, "file", "files");
            WrittenAside {
                at: self.moment(state.state.at),
                folder: state.state.paths.first().map(|path| path.display().to_string()).unwrap_or_default(),
                files: written.files,
                written: format!("{count} ({}){last}", size_words(written.bytes)),
                database: written
                    .database
                    .as_ref()
                    .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())),
                newest: index == 0,
            }
        });
        looks.insert(profile.id.clone(), Look { at: now, ids, found: found.clone() });
        Ok(found)
    }
}
