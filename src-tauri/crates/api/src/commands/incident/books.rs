use crate::{Answer, Failure, Service};
use holdfast_domain::Code;
use holdfast_domain::runbook::{Checklists, Contact, Does, Fault, Phase, Runbook};
use holdfast_engine::recovery::{Shelf, Shelved, Source, book, shelf};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RunbookList {
    pub runbooks: Vec<RunbookInfo>,
    /// Files of the operator's that cannot be used, and why.
    pub broken: Vec<BrokenRunbook>,
    /// Where the operator's own are looked for.
    pub folder: PathBuf,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RunbookInfo {
    pub id: String,
    pub title: String,
    pub about: String,
    pub symptoms: Vec<String>,
    pub target_seconds: u64,
    pub steps: u64,
    /// The operator's own file; `None` for those that come with Holdfast.
    pub file: Option<PathBuf>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct BrokenRunbook {
    pub file: PathBuf,
    pub faults: Vec<Fault>,
}

/// All of one runbook, as it is in its file: nothing is filled in.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RunbookAnswer {
    pub info: RunbookInfo,
    pub checklists: Checklists,
    pub contacts: Vec<Contact>,
    pub steps: Vec<RunbookStep>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RunbookStep {
    pub id: String,
    pub phase: Phase,
    pub kind: String,
    pub title: String,
    pub text: String,
    /// Of a manual step.
    pub commands: Vec<String>,
    /// What Holdfast does, by its name.
    pub action: Option<String>,
    /// Of a decision: the answers.
    pub answers: Vec<String>,
}

impl Service {
    /// The runbooks there are. One that is broken hides no other.
    pub fn runbooks(&self) -> Answer<RunbookList> {
        let home = &self.context().home;
        let shelf = shelf(home)?;
        let broken = shelf.broken.into_iter().map(|one| BrokenRunbook { file: one.path, faults: one.faults });
        Ok(RunbookList {
            runbooks: shelf.books.iter().map(info).collect(),
            broken: broken.collect(),
            folder: home.runbooks(),
        })
    }

    pub fn runbook(&self, id: &str) -> Answer<RunbookAnswer> {
        let shelf = shelf(&self.context().home)?;
        let found = shelf.find(id).ok_or_else(|| unknown(&shelf, id))?;
        Ok(answer(found))
    }

    /// Reads a file as a runbook: what it says, or all that is wrong with it.
    pub fn check_runbook(&self, file: &Path) -> Result<RunbookAnswer, BrokenRunbook> {
        match book(file) {
            Ok(found) => Ok(answer(&found)),
            Err(error) => Err(BrokenRunbook { file: error.path, faults: error.faults }),
        }
    }
}

fn info(shelved: &Shelved) -> RunbookInfo {
    let Runbook { id, title, about, symptoms, target_seconds, steps, .. } = &shelved.runbook;
    RunbookInfo {
        id: id.clone(),
        title: title.clone(),
        about: about.clone(),
        symptoms: symptoms.clone(),
        target_seconds: *target_seconds,
        steps: steps.len() as u64,
        file: match &shelved.source {
            Source::BuiltIn => None,
            Source::Own(path) => Some(path.clone()),
        },
    }
}

fn answer(shelved: &Shelved) -> RunbookAnswer {
    let steps = shelved.runbook.steps.iter().map(|step| {
        let (mut commands, mut action, mut answers) = (Vec::new(), None, Vec::new());
        match &step.does {
            Does::Manual { commands: given, .. } => commands.clone_from(given),
            Does::Action { action: name, .. } => action = Some(name.clone()),
            Does::Ask { choices } => answers = choices.iter().map(|choice| choice.answer.clone()).collect(),
            Does::Check { .. } | Does::Branch { .. } | Does::Note => {}
        }
        RunbookStep {
            id: step.id.clone(),
            phase: step.phase,
            kind: step.does.kind().to_owned(),
            title: step.title.clone(),
            text: step.text.clone(),
            commands,
            action,
            answers,
        }
    });
    RunbookAnswer {
        info: info(shelved),
        checklists: shelved.runbook.checklists.clone(),
        contacts: shelved.runbook.contacts.clone(),
        steps: steps.collect(),
    }
}

fn choices(shelf: &Shelf) -> String {
    let each = shelf.books.iter().map(|book| format!("{} ({})", book.runbook.id, book.runbook.title));
    each.collect::<Vec<_>>().join("; ")
}

pub(super) fn unknown(shelf: &Shelf, id: &str) -> Failure {
    let failure = Failure::new(Code::BadRequest, format!("the scenario {id}"), "there is no runbook of this id");
    failure.then(format!("Choose one of these: {}.", choices(shelf)))
}

pub(super) fn no_fit(shelf: &Shelf, symptom: &str) -> Failure {
    let cause = "no runbook has a symptom like it";
    let failure = Failure::new(Code::BadRequest, format!("the symptom “{symptom}”"), cause);
    failure.then(format!("Choose the scenario yourself (--scenario): {}.", choices(shelf)))
}

/// The runbook whose symptoms share most words with what somebody wrote.
pub(super) fn fitting<'a>(shelf: &'a Shelf, symptom: &str) -> Option<&'a Shelved> {
    let wanted = words(symptom);
    let score = |book: &Shelved| {
        let of = |text: &String| words(text).intersection(&wanted).count();
        let best = book.runbook.symptoms.iter().map(of).max().unwrap_or(0);
        let all: BTreeSet<String> = book.runbook.symptoms.iter().flat_map(|text| words(text)).collect();
        // One symptom that fits goes before several that share a word each.
        best * 10 + all.intersection(&wanted).count()
    };
    // Of equals the first: it is the commoner case.
    shelf
        .books
        .iter()
        .rev()
        .map(|book| (score(book), book))
        .filter(|(score, _)| *score > 0)
        .max_by_key(|(score, _)| *score)
        .map(|(_, book)| book)
}

/// Words that tell nothing.
const EMPTY: [&str; 40] = [
    "the",
    "and",
    "not",
    "its",
    "was",
    "are",
    "but",
    "for",
    "any",
    "more",
    "has",
    "have",
    "does",
    "did",
    "with",
    "that",
    "this",
    "from",
    "nothing",
    "something",
    "somebody",
    "again",
    "says",
    "say",
    "all",
    "one",
    "out",
    "now",
    "when",
    "can",
    "cannot",
    "will",
    "want",
    "new",
    "old",
    "show",
    "shows",
    "chatbot",
    "bot",
    "there",
];

fn words(text: &str) -> BTreeSet<String> {
    let small = text.to_lowercase();
    let words = small.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2 && !EMPTY.contains(word));
    // `errors` and `error`, `encrypted` and `encrypt`.
    words.map(|word| word.trim_end_matches("ed").trim_end_matches(['s', 'e']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::Home;

    #[test]
    fn what_a_person_says_finds_its_runbook() {
        let shelf = shelf(&Home::new("/nonexistent")).unwrap();
        let found = |text: &str| fitting(&shelf, text).map(|book| book.runbook.id.as_str());
        for (said, wanted) in [
            ("it does not answer any more", "application-failure"),
            ("error 502 bad gateway", "application-failure"),
            ("sqlite says the database disk image is malformed", "data-corruption"),
            ("my conversations are gone", "data-corruption"),
            ("the API key is missing", "configuration-loss"),
            ("the laptop was stolen", "hardware-failure"),
            ("all my files are encrypted and they ask for money", "security-breach"),
            ("certificate not valid", "network-outage"),
        ] {
            assert_eq!(found(said), Some(wanted), "{said}");
        }
        assert_eq!(found("xyzzy"), None);
    }
}
