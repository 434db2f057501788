//! What a check of the chatbot, its data, its machine or its protection found: one scale for all of them.
use serde::{Deserialize, Serialize};
use std::fmt;

/// From best to worst. What cannot be looked at is neither well nor ill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "CheckState")]
pub enum State {
    #[default]
    Ok,
    /// Could not be looked at.
    Unknown,
    Warning,
    Failing,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Ok, Self::Unknown, Self::Warning, Self::Failing];

    /// The stable word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Failing => "failing",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether somebody has to do something.
    pub fn is_bad(self) -> bool {
        self >= Self::Warning
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a check is about, in the order in which people read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "CheckAbout")]
pub enum About {
    /// Whether it runs and answers.
    Chatbot,
    Data,
    Config,
    Machine,
    /// Its archives and where they lie.
    Protection,
    /// Holdfast itself.
    Holdfast,
}

impl About {
    pub fn title(self) -> &'static str {
        match self {
            Self::Chatbot => "Chatbot",
            Self::Data => "Data",
            Self::Config => "Configuration",
            Self::Machine => "This machine",
            Self::Protection => "Protection",
            Self::Holdfast => "Holdfast",
        }
    }
}

/// What a check is known by from one run to the next: its kind, and what it looks at where there can be several
/// (`http`, `database:data/webui.db`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct CheckId(String);

/// Long enough for a path.
const LONGEST: usize = 300;

impl CheckId {
    /// Letters, digits and marks without spaces, and at most 300 of them.
    pub fn new(text: impl Into<String>) -> Result<Self, CheckIdError> {
        let text = text.into();
        let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != ',';
        if text.is_empty() || text.len() > LONGEST || !text.chars().all(fits) || text.starts_with([':', '-']) {
            return Err(CheckIdError(text));
        }
        Ok(Self(text))
    }

    /// Of a kind, and of what it looks at; what does not fit into an id is replaced by `_`.
    pub fn of(kind: &str, subject: &str) -> Self {
        let fits = |c: char| if c.is_whitespace() || c.is_control() || c == ',' { '_' } else { c };
        let mut id: String = if subject.is_empty() { kind.to_owned() } else { format!("{kind}:{subject}") };
        while id.len() > LONGEST {
            id.pop();
        }
        Self(id.chars().map(fits).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `:`.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or(&*self.0, |(kind, _)| kind)
    }

    /// Whether somebody who types this means the check: its id, or the kind of several.
    pub fn is_meant_by(&self, typed: &str) -> bool {
        self.0 == typed || self.kind() == typed
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CheckId {
    type Error = CheckIdError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<CheckId> for String {
    fn from(id: CheckId) -> Self {
        id.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be the id of a check: letters, digits and marks without spaces are expected")]
pub struct CheckIdError(String);

/// What a number counts, for trends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "CheckUnit")]
pub enum Unit {
    Milliseconds,
    Percent,
    Rows,
    Days,
    Seconds,
    Count,
}

/// The number behind what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(rename = "CheckValue")]
pub struct Value {
    pub number: f64,
    pub unit: Unit,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(rename = "HealthFinding")]
pub struct Finding {
    pub check: CheckId,
    /// As people know it.
    pub name: String,
    pub about: About,
    pub state: State,
    pub seen: String,
    /// What it was compared with.
    pub expected: String,
    /// Said where something is to be done.
    pub what_to_do: Option<String>,
    pub took_ms: u64,
    pub value: Option<Value>,
    /// Holdfast can put it right by itself, and take that back (`holdfast health --fix`).
    pub fixable: bool,
}

/// The worst of all; well where there is none.
pub fn worst<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> State {
    findings.into_iter().map(|finding| finding.state).max().unwrap_or_default()
}

/// A check that came out otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(rename = "HealthTurn")]
pub struct Turn {
    pub check: CheckId,
    pub name: String,
    /// `None`: it was not looked at before.
    pub before: Option<State>,
    /// `None`: it is not looked at any more.
    pub after: Option<State>,
    /// What was seen last.
    pub seen: String,
}

impl Turn {
    pub fn is_worse(&self) -> bool {
        self.after.is_some_and(State::is_bad) && self.after > self.before
    }
}

/// What changed from one run to the next, in the order of the later one; what is gone comes last.
pub fn turns(before: &[Finding], after: &[Finding]) -> Vec<Turn> {
    let of = |list: &[Finding], id: &CheckId| list.iter().find(|one| one.check == *id).map(|one| one.state);
    let turned = after.iter().filter_map(|now| {
        let then = of(before, &now.check);
        (then != Some(now.state)).then(|| Turn {
            check: now.check.clone(),
            name: now.name.clone(),
            before: then,
            after: Some(now.state),
            seen: now.seen.clone(),
        })
    });
    let gone = before.iter().filter(|then| of(after, &then.check).is_none()).map(|then| Turn {
        check: then.check.clone(),
        name: then.name.clone(),
        before: Some(then.state),
        after: None,
        seen: then.seen.clone(),
    });
    turned.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(id: &str, state: State) -> Finding {
        Finding {
            check: CheckId::new(id).unwrap(),
            name: id.to_owned(),
            about: About::Chatbot,
            state,
            seen: format!("{id} {state}"),
            expected: String::new(),
            what_to_do: None,
            took_ms: 0,
            value: None,
            fixable: false,
        }
    }

    #[test]
    fn ids_are_checked_and_made_to_fit() {
        for good in ["http", "database:data/webui.db", "unit:bot@1.service", "secret:.env"] {
            assert_eq!(CheckId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", ":x", "a,b", "-x", "a\nb"] {
            assert!(CheckId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(CheckId::of("database", "data/my chats.db").as_str(), "database:data/my_chats.db");
        let long = CheckId::of("database", &"ä".repeat(400));
        assert!(CheckId::new(long.as_str()).is_ok());
        assert!(CheckId::of("database", "x").is_meant_by("database"));
        assert!(!CheckId::of("database", "x").is_meant_by("data"));
    }

    #[test]
    fn the_worst_counts_and_what_is_not_known_is_no_failure() {
        let list = [finding("a", State::Ok), finding("b", State::Unknown)];
        assert_eq!(worst(&list), State::Unknown);
        assert!(!worst(&list).is_bad());
        assert_eq!(worst([]), State::Ok);
        assert_eq!(worst(&[finding("a", State::Failing), finding("b", State::Warning)]), State::Failing);
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn only_what_turned_is_told() {
        let before = [finding("a", State::Ok), finding("b", State::Failing), finding("c", State::Ok)];
        let after = [finding("a", State::Ok), finding("b", State::Ok), finding("d", State::Failing)];
        let turns = turns(&before, &after);
        let told: Vec<_> = turns.iter().map(|t| (t.check.as_str(), t.before, t.after, t.is_worse())).collect();
        assert_eq!(
            told,
            [
                ("b", Some(State::Failing), Some(State::Ok), false),
                ("d", None, Some(State::Failing), true),
                ("c", Some(State::Ok), None, false),
            ]
        );
    }
}
