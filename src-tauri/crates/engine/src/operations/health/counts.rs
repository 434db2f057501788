//! Whether a database lost rows since the last archive: how many each table has now, beside how many it has there. What an
//! archive holds is counted once. Where no key is at hand to open it, what was seen the last time takes its place.
use super::super::context::Context;
use super::super::fetch::fetch;
use super::super::pick::path_of;
use super::super::reading::Reading;
use crate::capture::examine;
use crate::catalog::{ArchiveRow, RowCounts};
use crate::error::Result;
use crate::health::{Look, Probe, Seen};
use crate::vault::{Given, KeySet};
use holdfast_domain::Code;
use holdfast_domain::health::{State, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// So many tables are named.
const MOST: usize = 4;

pub(super) struct Counts {
    pub context: Context,
    pub deployment_id: String,
    /// The newest.
    pub archive: Option<Box<ArchiveRow>>,
    /// As archives name it.
    pub name: String,
    pub path: PathBuf,
    /// Else the keyring is asked.
    pub keys: Option<KeySet>,
}

/// Fewer rows come and go in any chatbot.
const FEW: u64 = 20;

impl Counts {
    fn archived(&self, archive: &ArchiveRow, probe: &Probe) -> Result<Option<RowCounts>> {
        let (id, name) = (self.deployment_id.as_str(), archive.name.as_str());
        let catalog = self.context.catalog()?.0;
        if let Some(known) = catalog.health().counts(id, name, &self.name)? {
            return Ok(Some(known));
        }
        let opened = match &self.keys {
            Some(keys) => Reading::of_deployment_with(&self.context, id, keys.clone(), false),
            None => Reading::of_deployment(&self.context, id, &Given::default(), false),
        };
        let reading = match opened {
            Ok(reading) => reading,
            Err(e) if matches!(e.code(), Code::KeyNeeded | Code::KeyringUnavailable | Code::WrongPassphrase) => {
                return Ok(None);
            }
            Err(e) => return Err(e),
        };
        let folder = self.context.scratch_for_verify()?;
        let names = BTreeSet::from([self.name.clone()]);
        let found = fetch(&self.context, id, &reading, &path_of(archive), &names, folder.path(), &probe.job)?;
        let Some(file) = found.get(&self.name) else { return Ok(None) };
        let counts = examine::count(file, &probe.job)?;
        catalog.health().set_counts(id, name, &self.name, archive.created, &counts)?;
        Ok(Some(RowCounts { at: archive.created, counts }))
    }
}

impl Look for Counts {
    fn look(&self, probe: &Probe) -> Seen {
        let live = match probe.examinations.of(&self.path, probe) {
            Ok(live) if live.is_whole() => live,
            // What is wrong with it is told by the check of the database itself.
            _ => return Seen::unknown("its rows cannot be counted", "See what is said of the database."),
        };
        let catalog = || self.context.catalog().map(|(catalog, _)| catalog);
        let (known, of) = match self.archive.as_deref().map(|archive| self.archived(archive, probe)) {
            Some(Ok(Some(known))) => (Some(known), "in the last archive"),
            Some(Err(e))
                if !e.is_cancelled() && !matches!(e.code(), Code::ArchiveMissing | Code::DestinationMissing) =>
            {
                let step = "Verify the archives: holdfast verify.";
                return Seen::unknown(format!("the last archive cannot be opened: {}", e.cause()), step);
            }
            _ => {
                let seen = catalog().and_then(|catalog| catalog.health().counts(&self.deployment_id, "", &self.name));
                (seen.ok().flatten(), "when it was last looked at")
            }
        };
        let rows: u64 = live.rows.values().sum();
        let seen = match &known {
            Some(known) => judge(&live.rows, &known.counts, of),
            None => Seen::ok(format!("{rows} rows; nothing to compare them with yet")),
        };
        // A loss stays told until an archive holds it: what was lost is not what comes to be compared with.
        if seen.state == State::Ok {
            let now = probe.clock.now();
            let noted = catalog()
                .and_then(|catalog| catalog.health().set_counts(&self.deployment_id, "", &self.name, now, &live.rows));
            if let Err(e) = noted {
                tracing::warn!(error = %e, "rows could not be noted");
            }
        }
        seen.with(rows as f64, Unit::Rows)
    }
}

fn judge(live: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>, of: &str) -> Seen {
    let mut worst = State::Ok;
    let mut told = Vec::new();
    for (table, had) in before.iter().filter(|(_, had)| **had > 0) {
        let state = match live.get(table) {
            None => {
                told.push(format!("the table {table} is gone, of {had} rows {of}"));
                State::Failing
            }
            Some(0) if *had >= FEW => {
                told.push(format!("{table} is empty, of {had} rows {of}"));
                State::Failing
            }
            Some(has) if *had >= FEW && *has * 2 < *had => {
                told.push(format!("{table} has {has} rows, of {had} {of}"));
                State::Warning
            }
            Some(_) => State::Ok,
        };
        worst = worst.max(state);
    }
    let rows: u64 = live.values().sum();
    if worst == State::Ok {
        let had: u64 = before.values().sum();
        return Seen::ok(format!("{rows} rows; {had} {of}"));
    }
    let mut text = told.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join("; ");
    if told.len() > MOST {
        text = format!("{text}; and {} more tables", told.len() - MOST);
    }
    let step = "If nobody deleted them on purpose, stop the chatbot and restore the database from that archive.";
    Seen::bad(worst, text, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tables: &[(&str, u64)]) -> BTreeMap<String, u64> {
        tables.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect()
    }

    #[test]
    fn a_table_that_lost_most_of_its_rows_is_told() {
        let before = of(&[("chat", 100), ("user", 3), ("session", 0), ("tag", 40)]);
        let state = |live: &[(&str, u64)]| judge(&of(live), &before, "before").state;
        assert_eq!(state(&[("chat", 120), ("user", 3), ("tag", 40)]), State::Ok);
        assert_eq!(state(&[("chat", 60), ("user", 0), ("tag", 20)]), State::Ok, "a few come and go");
        assert_eq!(state(&[("chat", 49), ("user", 3), ("tag", 40)]), State::Warning);
        assert_eq!(state(&[("chat", 0), ("user", 3), ("tag", 40)]), State::Failing);
        let gone = judge(&of(&[("chat", 100), ("tag", 10)]), &before, "in the last archive");
        assert_eq!(gone.state, State::Failing);
        assert!(gone.text.contains("the table user is gone, of 3 rows in the last archive"), "{gone:?}");
        assert!(gone.text.contains("tag has 10 rows, of 40"), "{gone:?}");
    }
}
