//! What a restore means to the person: in the headline of its preview, on its button, and afterwards.
use crate::words::{count_words, number_words};
use holdfast_domain::{Code, Problem};
use holdfast_engine::operations::restore::{Action, Change, Preview};

/// Sentences of one preview. Window and command line say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangeWords {
    pub headline: String,
    /// On the button.
    pub effect: String,
    /// What goes that is newer than the archive, and where it is then; `None` where no database goes back.
    pub leaves: Option<String>,
    /// Of what is deleted.
    pub deleted: String,
    /// When it is done.
    pub done: String,
}

impl ChangeWords {
    /// `at`: the moment of the archive, in words. `archived`: the present state is archived first.
    pub fn of(preview: &Preview, at: &str, archived: bool) -> Self {
        let (back, deleted) = (preview.created.files + preview.replaced.files, preview.deleted.files);
        let (effect, done) = (effect(back, deleted), done(back, deleted));
        let mut words = Self { headline: files(back, deleted), effect, leaves: None, deleted: lacking(preview), done };
        if preview.changes.is_empty() {
            "Nothing would change".clone_into(&mut words.headline);
            "Nothing had to change: all of it was written anew".clone_into(&mut words.done);
        } else if preview.in_place {
            words.conversations(preview, at, archived);
        }
        words
    }

    fn conversations(&mut self, preview: &Preview, at: &str, archived: bool) {
        let damaged = |change: &&Change| {
            let of_it = |notice: &&Problem| notice.subject == change.path;
            preview.notices.iter().filter(of_it).any(|notice| notice.code == Code::DatabaseDamaged)
        };
        let (gone, mut come): (Vec<&Change>, Vec<&Change>) =
            preview.databases.iter().partition(|change| change.action == Action::Delete);
        // What was captured damaged lies in the archive as a file like any.
        let known = |change: &&Change| preview.databases.iter().any(|database| database.path == change.path);
        come.extend(preview.changes.iter().filter(|change| damaged(change) && !known(change)));
        let replaced = come.iter().any(|change| change.action == Action::Replace);
        if replaced || !gone.is_empty() {
            let kept = if archived {
                "it is in the archive that is made first"
            } else {
                "it is kept beside what is restored until you let go of it"
            };
            self.leaves = Some(format!("What was written since then leaves the chatbot; {kept}."));
        }
        let named = |changes: &[&Change]| match changes {
            [only] => name(&only.path).to_owned(),
            several => count_words(several.len() as u64, "database", "databases"),
        };
        if come.is_empty() {
            if !gone.is_empty() {
                let is = if gone.len() == 1 { "is" } else { "are" };
                self.headline = format!("Conversations are deleted: {} {is} not in the archive of {at}", named(&gone));
            }
            return;
        }
        let (will, was) = match (come.iter().any(damaged), replaced) {
            (true, true) => (
                format!("Conversations are replaced by damaged ones, of {at}"),
                format!("Conversations were replaced by damaged ones, of {at}"),
            ),
            (true, false) => (
                format!("Conversations come back damaged, as of {at}"),
                format!("Conversations are back damaged, as of {at}"),
            ),
            (false, true) => {
                (format!("Conversations go back to {at}"), format!("Conversations are those of {at} again"))
            }
            (false, false) => {
                (format!("Conversations come back, as of {at}"), format!("Conversations are back, as of {at}"))
            }
        };
        let alone = preview.created.files + preview.replaced.files == come.len() as u64 && preview.deleted.files == 0;
        if alone {
            let (come_back, replace) = if come.len() == 1 { ("comes back", "is") } else { ("come back", "are") };
            let does = if replaced { format!("{replace} replaced") } else { come_back.to_owned() };
            self.headline = format!("{will}: {} {does}", named(&come));
            self.effect = format!("Restore {} of {at}", named(&come));
            self.done = was;
        } else {
            self.headline = format!("{will}: {}", self.headline);
            self.done = format!("{was}: {}", self.done);
        }
    }
}

/// Written since, as far as its time tells; else no more is known than that the archive lacks it.
fn lacking(preview: &Preview) -> String {
    let newer = preview.deleted_newer.files;
    match preview.deleted.files {
        0 => String::new(),
        all if all == newer => "written since then".to_owned(),
        _ if newer == 0 => "not in the archive".to_owned(),
        _ => format!("not in the archive; {} written since then", number_words(newer)),
    }
}

fn files(back: u64, deleted: u64) -> String {
    if back == 0 && deleted > 0 {
        return count_words(deleted, "file is deleted", "files are deleted");
    }
    let more =
        if deleted == 0 { String::new() } else { format!(", {}", count_words(deleted, "is deleted", "are deleted")) };
    format!("{}{more}", count_words(back, "file comes back", "files come back"))
}

fn effect(back: u64, deleted: u64) -> String {
    if back == 0 && deleted > 0 {
        return format!("Delete {}", count_words(deleted, "file", "files"));
    }
    let more = if deleted == 0 { String::new() } else { format!(", delete {}", number_words(deleted)) };
    format!("Restore {}{more}", count_words(back, "file", "files"))
}

fn done(back: u64, deleted: u64) -> String {
    let more = if deleted == 0 { String::new() } else { format!(", {} deleted", number_words(deleted)) };
    format!("{}{more}", count_words(back, "file is back", "files are back"))
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
