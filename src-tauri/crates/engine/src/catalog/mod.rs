//! What Holdfast knows without asking the drives: archives, their indexes, the history of runs.
//!
//! A cache of what the archives say, apart from two things that exist nowhere else: pins and the
//! history of runs. For their sake every commit is synced (`synchronous=FULL`), which costs one
//! fsync a run; NORMAL could lose the last ones with the power.

mod alarms;
mod archives;
mod classes;
mod columns;
mod copies;
mod damage;
mod deployments;
mod health;
mod manifests;
mod readings;
mod runs;
mod schema;
mod turns;

pub use alarms::Alarms;
pub use archives::{ArchiveRow, Archives, State, Verification, VerifyKind};
pub use classes::HeldClasses;
pub use copies::{Copies, CopyCheck, CopyRow, CopyState};
pub use damage::set_aside;
pub use deployments::{DeploymentRow, Deployments};
pub use health::{Health, HealthRow, RowCounts};
pub use manifests::{ManifestParts, Manifests};
pub use readings::{HalfRead, Readings};
pub use runs::{Operation, Run, RunRow, Runs};
pub use turns::{Turn, Turns};

use crate::durable::Lock;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One connection. It opens in about a millisecond and is not shared between threads: each
/// opens its own.
pub struct Catalog {
    connection: Connection,
}

#[derive(Debug)]
pub struct Opened {
    pub catalog: Catalog,
    /// Where a damaged catalog went; this one is empty then, and `holdfast catalog rebuild` fills
    /// it from the archives.
    pub set_aside: Option<PathBuf>,
}

/// The tables, for reading and writing: of the catalog itself, where each write is a transaction
/// of its own, or inside [`Catalog::transaction`].
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    connection: &'a Connection,
}

impl Catalog {
    /// Opens the catalog, making it or bringing it up to date where needed. A damaged file is set
    /// aside and a new one made; a file of a newer Holdfast is refused (`Code::CatalogDamaged`).
    ///
    /// Damage that the first pages do not show comes up later as `Code::CatalogDamaged`;
    /// [`set_aside`] is then for the caller to decide.
    pub fn open(path: &Path, now: Timestamp) -> Result<Opened> {
        // While a damaged file is set aside nobody else is opening it: the other process would take the new one for
        // the damaged one that it saw, or, closing the damaged one, drop the new one's -wal.
        let gate = damage::gate(path);
        let shared = Lock::wait(&gate, false, WAIT)?;
        match Self::open_existing(path) {
            Ok(catalog) => return Ok(Opened { catalog, set_aside: None }),
            Err(Refusal::Damaged(_)) => drop(shared),
            Err(refusal) => return Err(refusal.into_error()),
        }
        let _alone = Lock::wait(&gate, true, WAIT)?;
        let aside = match Self::open_existing(path) {
            // Another process was quicker.
            Ok(catalog) => return Ok(Opened { catalog, set_aside: None }),
            Err(Refusal::Damaged(_)) => set_aside(path, now)?,
            Err(refusal) => return Err(refusal.into_error()),
        };
        let catalog = Self::open_existing(path).map_err(Refusal::into_error)?;
        Ok(Opened { catalog, set_aside: Some(aside) })
    }

    fn open_existing(path: &Path) -> std::result::Result<Self, Refusal> {
        let sql = |e| Refusal::of(error(e));
        let is_new = !path.exists();
        let connection = Connection::open(path).map_err(sql)?;
        if is_new {
            // The owner's alone, where the file system knows modes; SQLite gives its -wal the same.
            // By name, never by opening the file: closing it would drop SQLite's locks on it.
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
        }
        switch_to_wal(&connection).map_err(sql)?;
        // Another process of Holdfast may be at a write.
        connection.busy_timeout(WAIT).map_err(sql)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;").map_err(sql)?;
        schema::bring_up_to_date(&connection)?;
        Ok(Self { connection })
    }

    /// Does all of the closure's writes or none: none where it returns an error.
    pub fn transaction<T>(&self, work: impl FnOnce(Tables<'_>) -> Result<T>) -> Result<T> {
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).map_err(error)?;
        let result = work(Tables { connection: &transaction })?;
        transaction.commit().map_err(error)?;
        Ok(result)
    }

    pub fn tables(&self) -> Tables<'_> {
        Tables { connection: &self.connection }
    }

    pub fn alarms(&self) -> Alarms<'_> {
        self.tables().alarms()
    }

    pub fn archives(&self) -> Archives<'_> {
        self.tables().archives()
    }

    pub fn copies(&self) -> Copies<'_> {
        self.tables().copies()
    }

    pub fn held_classes(&self) -> HeldClasses<'_> {
        self.tables().held_classes()
    }

    pub fn manifests(&self) -> Manifests<'_> {
        self.tables().manifests()
    }

    pub fn readings(&self) -> Readings<'_> {
        self.tables().readings()
    }

    pub fn runs(&self) -> Runs<'_> {
        self.tables().runs()
    }

    pub fn turns(&self) -> Turns<'_> {
        self.tables().turns()
    }

    pub fn deployments(&self) -> Deployments<'_> {
        self.tables().deployments()
    }

    pub fn health(&self) -> Health<'_> {
        self.tables().health()
    }

    /// Reads the whole file and says whether it holds together; takes as long as that takes.
    pub fn check(&self) -> Result<()> {
        let said: String =
            self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(error)?;
        if said == "ok" {
            return Ok(());
        }
        Err(Error::new(Code::CatalogDamaged, SUBJECT, said))
    }
}

impl<'a> Tables<'a> {
    pub fn alarms(self) -> Alarms<'a> {
        Alarms(self.connection)
    }

    pub fn archives(self) -> Archives<'a> {
        Archives(self.connection)
    }

    pub fn copies(self) -> Copies<'a> {
        Copies(self.connection)
    }

    pub fn held_classes(self) -> HeldClasses<'a> {
        HeldClasses(self.connection)
    }

    pub fn manifests(self) -> Manifests<'a> {
        Manifests(self.connection)
    }

    pub fn readings(self) -> Readings<'a> {
        Readings(self.connection)
    }

    pub fn runs(self) -> Runs<'a> {
        Runs(self.connection)
    }

    pub fn turns(self) -> Turns<'a> {
        Turns(self.connection)
    }

    pub fn deployments(self) -> Deployments<'a> {
        Deployments(self.connection)
    }

    pub fn health(self) -> Health<'a> {
        Health(self.connection)
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Catalog(..)")
    }
}

const SUBJECT: &str = "the catalog";

/// How long another process may hold the file.
const WAIT: Duration = Duration::from_secs(5);

/// SQLite's own waiting does not cover this step: of two processes that open a new file at once,
/// one is told "busy" straight away.
fn switch_to_wal(connection: &Connection) -> rusqlite::Result<()> {
    let pause = Duration::from_millis(10);
    connection.busy_timeout(Duration::ZERO)?;
    let mut tries_left = WAIT.as_millis() / pause.as_millis();
    loop {
        match connection.execute_batch("PRAGMA journal_mode = WAL") {
            Err(e) if tries_left > 0 && e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                tries_left -= 1;
                std::thread::sleep(pause);
            }
            result => return result,
        }
    }
}

/// Several statements as one, alone or inside a transaction that goes on after an error.
fn together<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    connection.execute_batch("SAVEPOINT together").map_err(error)?;
    let result = work(connection);
    let end = match &result {
        Ok(_) => "RELEASE together",
        Err(_) => "ROLLBACK TO together; RELEASE together",
    };
    match connection.execute_batch(end) {
        Ok(()) => result,
        Err(e) => result.and(Err(error(e))),
    }
}

/// Why a file could not be opened as the catalog, told apart by what may be done about it.
enum Refusal {
    /// Its content is lost: it may be set aside.
    Damaged(Error),
    /// It is whole and to be left where it is.
    Other(Error),
}

impl Refusal {
    fn of(error: Error) -> Self {
        if error.code() == Code::CatalogDamaged { Self::Damaged(error) } else { Self::Other(error) }
    }

    fn into_error(self) -> Error {
        match self {
            Self::Damaged(error) | Self::Other(error) => error,
        }
    }
}

fn error(error: rusqlite::Error) -> Error {
    let code = match &error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => Code::CatalogDamaged,
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Code::CatalogDamaged,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Code::Locked,
            Some(ErrorCode::DiskFull) => Code::DestinationFull,
            Some(ErrorCode::ReadOnly) => Code::ReadOnly,
            Some(ErrorCode::PermissionDenied) => Code::PermissionDenied,
            Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => Code::InputOutput,
            _ => Code::Internal,
        },
    };
    Error::new(code, SUBJECT, &error).with_source(error)
}

#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
