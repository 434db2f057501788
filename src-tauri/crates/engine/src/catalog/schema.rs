use super::{
    Refusal, SUBJECT, alarms, archives, classes, copies, deployments, error, health, manifests, readings, runs, turns,
};
use crate::error::Error;
use holdfast_domain::Code;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// What each version adds; the index plus one is the version. Never change one that was released.
const MIGRATIONS: [&[&str]; 5] = [
    &[deployments::CREATE, archives::CREATE, manifests::CREATE, runs::CREATE],
    &[copies::CREATE],
    &[readings::CREATE, turns::CREATE, classes::CREATE],
    &[alarms::CREATE],
    &[health::CREATE],
];

pub(super) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// "hold": tells our file from any other SQLite database.
const APPLICATION_ID: i64 = 0x686f_6c64;

/// Takes every missing step in one transaction: a failed migration leaves the file as it was.
pub(super) fn bring_up_to_date(connection: &Connection) -> Result<(), Refusal> {
    let sql = |e| Refusal::of(error(e));
    // One snapshot for all that is looked at: seen in the midst of another process's migration, a
    // good file would pass for a damaged one.
    let snapshot = Transaction::new_unchecked(connection, TransactionBehavior::Deferred).map_err(sql)?;
    if version(&snapshot)? == NEWEST {
        return Ok(());
    }
    drop(snapshot);
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(sql)?;
    // Another process may have done it while this one waited for its turn.
    let present = version(&transaction)?;
    for step in MIGRATIONS.iter().skip(present as usize) {
        for statement in *step {
            transaction.execute_batch(statement).map_err(sql)?;
        }
    }
    for (name, value) in [("user_version", NEWEST), ("application_id", APPLICATION_ID)] {
        transaction.pragma_update(None, name, value).map_err(sql)?;
    }
    transaction.commit().map_err(sql)
}

fn version(connection: &Connection) -> Result<i64, Refusal> {
    let ask = |query: &str| -> Result<i64, Refusal> {
        connection.query_row(query, [], |row| row.get(0)).map_err(|e| Refusal::of(error(e)))
    };
    // Counting the tables reads the schema, which shows damage in the first pages.
    let tables = ask("SELECT count(*) FROM sqlite_schema")?;
    let version = ask("PRAGMA user_version")?;
    let application = ask("PRAGMA application_id")?;
    let damaged = |cause: &str| {
        let error = Error::new(Code::CatalogDamaged, SUBJECT, cause);
        Refusal::Damaged(error)
    };
    match version {
        0 if tables == 0 => Ok(0),
        version if version > NEWEST && application == APPLICATION_ID => {
            let cause = format!(
                "it was made by a newer Holdfast (its version is {version}, this program knows \
                 {NEWEST}); use that program, or name another home folder"
            );
            Err(Refusal::Other(Error::new(Code::CatalogDamaged, SUBJECT, cause)))
        }
        version if version > 0 && application == APPLICATION_ID && tables > 0 => Ok(version),
        _ => Err(damaged("it is not a catalog of Holdfast's")),
    }
}
