//! What checks found over time: enough for a trend, bounded whatever is watched and how often.
use super::columns::Column;
use super::error;
use crate::error::Result;
use holdfast_domain::health::{Finding, State};
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

pub(super) const CREATE: &str = "
CREATE TABLE health (
    deployment_id TEXT NOT NULL,
    check_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    seen TEXT NOT NULL,
    number REAL,
    took_ms INTEGER NOT NULL,
    occasion TEXT NOT NULL
) STRICT;
CREATE INDEX health_by_check ON health (deployment_id, check_id, at);
CREATE TABLE row_counts (
    deployment_id TEXT NOT NULL,
    archive TEXT NOT NULL,
    database TEXT NOT NULL,
    at INTEGER NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (deployment_id, archive, database)
) STRICT";

/// What was found at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthRow {
    pub check: String,
    pub at: Timestamp,
    pub state: State,
    pub seen: String,
    pub number: Option<f64>,
    pub took_ms: u64,
}

/// Rows of a database by table, as somebody counted them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCounts {
    pub at: Timestamp,
    pub counts: BTreeMap<String, u64>,
}

/// All is kept for so long; then one an hour of each check and state.
const WHOLE: SignedDuration = SignedDuration::from_hours(48);
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What was looked at beside a restore or an incident.
const OCCASIONS: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Of one deployment; the oldest go first.
const ROWS: i64 = 60_000;
const HOUR_NANOSECONDS: i64 = 3_600_000_000_000;

pub struct Health<'a>(pub(super) &'a Connection);

impl Health<'_> {
    /// Keeps what a run found. `occasion`: what it was made for, such as `before-restore ID`; empty for a plain look.
    pub fn insert(&self, deployment_id: &str, at: Timestamp, occasion: &str, findings: &[Finding]) -> Result<()> {
        super::together(self.0, |connection| {
            let mut insert = connection
                .prepare_cached("INSERT INTO health VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                .map_err(error)?;
            for finding in findings {
                insert
                    .execute(params![
                        deployment_id,
                        finding.check.as_str(),
                        Column(at),
                        finding.state.as_str(),
                        finding.seen,
                        finding.value.map(|value| value.number).filter(|number| number.is_finite()),
                        Column(finding.took_ms),
                        occasion,
                    ])
                    .map_err(error)?;
            }
            Ok(())
        })
    }

    /// What each check found the last time that it was looked at by itself.
    pub fn last(&self, deployment_id: &str) -> Result<Vec<HealthRow>> {
        self.rows(
            "SELECT check_id, at, state, seen, number, took_ms FROM health
             WHERE rowid IN (SELECT max(rowid) FROM health WHERE deployment_id = ?1 AND occasion = '' GROUP BY check_id)
             ORDER BY rowid",
            params![deployment_id],
        )
    }

    /// Of one occasion, in the order in which it was looked at.
    pub fn of_occasion(&self, deployment_id: &str, occasion: &str) -> Result<Vec<HealthRow>> {
        self.rows(
            "SELECT check_id, at, state, seen, number, took_ms FROM health
             WHERE deployment_id = ?1 AND occasion = ?2 ORDER BY rowid",
            params![deployment_id, occasion],
        )
    }

    /// Of one check since then, oldest first.
    pub fn since(&self, deployment_id: &str, check: &str, since: Timestamp) -> Result<Vec<HealthRow>> {
        self.rows(
            "SELECT check_id, at, state, seen, number, took_ms FROM health
             WHERE deployment_id = ?1 AND check_id = ?2 AND at >= ?3 ORDER BY at",
            params![deployment_id, check, Column(since)],
        )
    }

    fn rows(&self, query: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<HealthRow>> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(HealthRow {
                check: row.get(0)?,
                at: row.get::<_, Column<Timestamp>>(1)?.0,
                state: row.get::<_, Column<State>>(2)?.0,
                seen: row.get(3)?,
                number: row.get(4)?,
                took_ms: row.get::<_, Column<u64>>(5)?.0,
            })
        };
        self.0.prepare_cached(query).and_then(|mut s| s.query_map(with, read)?.collect()).map_err(error)
    }

    /// Lets go of what no trend needs any more.
    pub fn thin(&self, deployment_id: &str, now: Timestamp) -> Result<()> {
        let before = |age| Column(now.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH));
        super::together(self.0, |connection| {
            let run = |sql: &str, with: &[&dyn rusqlite::ToSql]| connection.execute(sql, with).map_err(error);
            run(
                "DELETE FROM health WHERE deployment_id = ?1
                 AND at < CASE WHEN occasion = '' THEN ?2 ELSE ?3 END",
                params![deployment_id, before(KEPT), before(OCCASIONS)],
            )?;
            run(
                "DELETE FROM health WHERE deployment_id = ?1 AND at < ?2 AND occasion = '' AND rowid NOT IN (
                     SELECT min(rowid) FROM health WHERE deployment_id = ?1 AND at < ?2 AND occasion = ''
                     GROUP BY check_id, state, at / ?3)",
                params![deployment_id, before(WHOLE), HOUR_NANOSECONDS],
            )?;
            run(
                "DELETE FROM health WHERE deployment_id = ?1 AND rowid NOT IN (
                     SELECT rowid FROM health WHERE deployment_id = ?1 ORDER BY at DESC, rowid DESC LIMIT ?2)",
                params![deployment_id, ROWS],
            )?;
            // Of archives that are gone nobody asks any more.
            run(
                "DELETE FROM row_counts WHERE deployment_id = ?1 AND archive <> '' AND NOT EXISTS (
                     SELECT 1 FROM archives a WHERE a.deployment_id = row_counts.deployment_id AND a.name = archive)",
                params![deployment_id],
            )?;
            Ok(())
        })
    }

    /// How many rows a database has in an archive; with an empty name: as it was seen live.
    pub fn counts(&self, deployment_id: &str, archive: &str, database: &str) -> Result<Option<RowCounts>> {
        self.0
            .prepare_cached(
                "SELECT at, counts FROM row_counts WHERE deployment_id = ?1 AND archive = ?2 AND database = ?3",
            )
            .and_then(|mut s| {
                s.query_row([deployment_id, archive, database], |row| {
                    let text: String = row.get(1)?;
                    let counts = serde_json::from_str(&text).map_err(|e| {
                        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, e.into())
                    })?;
                    Ok(RowCounts { at: row.get::<_, Column<Timestamp>>(0)?.0, counts })
                })
                .optional()
            })
            .map_err(error)
    }

    pub fn set_counts(
        &self,
        deployment_id: &str,
        archive: &str,
        database: &str,
        at: Timestamp,
        counts: &BTreeMap<String, u64>,
    ) -> Result<()> {
        let text = serde_json::json!(counts).to_string();
        self.0
            .prepare_cached("INSERT OR REPLACE INTO row_counts VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut s| s.execute(params![deployment_id, archive, database, Column(at), text]))
            .map_err(error)
            .map(|_| ())
    }
}

impl FromSql for Column<State> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        State::parse(value.as_str()?).map(Self).ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use holdfast_domain::health::{About, CheckId, Unit, Value};

    fn finding(id: &str, state: State, number: f64) -> Finding {
        Finding {
            check: CheckId::new(id).unwrap(),
            name: id.to_owned(),
            about: About::Chatbot,
            state,
            seen: format!("{number}"),
            expected: String::new(),
            what_to_do: None,
            took_ms: 3,
            value: Some(Value { number, unit: Unit::Milliseconds }),
            fixable: false,
        }
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_was_found_comes_back_and_occasions_stand_apart() {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&dir.path().join("catalog.db"), now()).unwrap().catalog;
        let health = catalog.health();
        health
            .insert("a", now(), "", &[finding("http", State::Ok, 12.0), finding("load", State::Warning, 1.5)])
            .unwrap();
        health.insert("a", now(), "before-restore 1", &[finding("http", State::Failing, 0.0)]).unwrap();
        health.insert("b", now(), "", &[finding("http", State::Unknown, f64::NAN)]).unwrap();
        let last = health.last("a").unwrap();
        assert_eq!(last.iter().map(|row| row.check.as_str()).collect::<Vec<_>>(), ["http", "load"]);
        assert_eq!((last[0].number, last[0].state, last[0].took_ms), (Some(12.0), State::Ok, 3));
        assert_eq!(health.last("b").unwrap()[0].number, None);
        assert_eq!(health.of_occasion("a", "before-restore 1").unwrap()[0].state, State::Failing);
        assert_eq!(health.since("a", "http", now()).unwrap().len(), 2);
        assert!(health.since("a", "http", now() + SignedDuration::from_secs(1)).unwrap().is_empty());
    }

    #[test]
    fn the_history_is_thinned_and_ends() {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&dir.path().join("catalog.db"), now()).unwrap().catalog;
        catalog
            .transaction(|tables| {
                let health = tables.health();
                // Every ten minutes for 40 days; in one of the hours it failed once.
                for step in 0..40 * 24 * 6 {
                    let at = now() - SignedDuration::from_mins(10 * step);
                    let state = if step == 24 * 6 * 10 + 3 { State::Failing } else { State::Ok };
                    health.insert("a", at, "", &[finding("http", state, 1.0)])?;
                }
                health.insert(
                    "a",
                    now() - SignedDuration::from_hours(24 * 35),
                    "before-restore 1",
                    &[finding("http", State::Ok, 1.0)],
                )
            })
            .unwrap();
        catalog.health().thin("a", now()).unwrap();
        let kept = catalog.health().since("a", "http", Timestamp::UNIX_EPOCH).unwrap();
        let young = kept.iter().filter(|row| now().duration_since(row.at) <= WHOLE).count();
        assert_eq!(young, 48 * 6 + 1);
        let old = kept.len() - young;
        assert!((28 * 24..28 * 24 + 5).contains(&old), "{old}");
        assert_eq!(kept.iter().filter(|row| row.state == State::Failing).count(), 1, "what failed stays told");
        assert_eq!(catalog.health().of_occasion("a", "before-restore 1").unwrap().len(), 1);
        catalog.health().thin("a", now()).unwrap();
        assert_eq!(catalog.health().since("a", "http", Timestamp::UNIX_EPOCH).unwrap().len(), kept.len());
    }

    #[test]
    fn counts_are_kept_by_archive_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&dir.path().join("catalog.db"), now()).unwrap().catalog;
        let health = catalog.health();
        assert_eq!(health.counts("a", "", "data/x.db").unwrap(), None);
        let counts = |number| BTreeMap::from([("chat".to_owned(), number)]);
        health.set_counts("a", "", "data/x.db", now(), &counts(1)).unwrap();
        health.set_counts("a", "", "data/x.db", now(), &counts(2)).unwrap();
        health.set_counts("a", "gone", "data/x.db", now(), &counts(3)).unwrap();
        assert_eq!(health.counts("a", "", "data/x.db").unwrap().unwrap().counts, counts(2));
        health.thin("a", now()).unwrap();
        assert_eq!(health.counts("a", "gone", "data/x.db").unwrap(), None, "that archive is gone");
        assert!(health.counts("a", "", "data/x.db").unwrap().is_some());
    }
}
