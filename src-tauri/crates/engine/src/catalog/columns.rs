//! How values of the domain stand in columns. What does not fit is an error, never a wrong value.
use holdfast_domain::{ArchiveName, Code, DeploymentName, Kind, Level, Outcome};
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// A value in the form of its column.
pub(super) struct Column<T>(pub T);

fn odd(what: &str) -> FromSqlError {
    FromSqlError::Other(format!("{what:?} is no value of this column").into())
}

fn text(value: ValueRef<'_>) -> FromSqlResult<&str> {
    value.as_str()
}

/// SQLite's integers end at 2^63 - 1.
impl ToSql for Column<u64> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0).map(Into::into).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
    }
}

impl FromSql for Column<u64> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// Nanoseconds since 1970.
impl ToSql for Column<Timestamp> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0.as_nanosecond())
            .map(Into::into)
            .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
    }
}

impl FromSql for Column<Timestamp> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_nanosecond(value.as_i64()?.into()).map(Self).map_err(|e| FromSqlError::Other(e.into()))
    }
}

/// Text where it is UTF-8, so that it can be read with any SQLite tool; the raw bytes elsewhere.
impl ToSql for Column<&PathBuf> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0.to_str() {
            Some(text) => ValueRef::Text(text.as_bytes()),
            None => ValueRef::Blob(self.0.as_os_str().as_bytes()),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl FromSql for Column<PathBuf> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_bytes()?.to_vec();
        Ok(Self(OsString::from_vec(bytes).into()))
    }
}

/// A JSON list.
impl ToSql for Column<&Vec<ArchiveName>> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(self.0)
            .map(|text| ToSqlOutput::Owned(Value::Text(text)))
            .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
    }
}

impl FromSql for Column<Vec<ArchiveName>> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(text(value)?).map(Self).map_err(|e| FromSqlError::Other(e.into()))
    }
}

impl FromSql for Column<ArchiveName> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = text(value)?;
        ArchiveName::parse(text).map(Self).ok_or_else(|| odd(text))
    }
}

impl FromSql for Column<Level> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u8::try_from(number).ok().and_then(Level::from_number).map(Self).ok_or(FromSqlError::OutOfRange(number))
    }
}

impl FromSql for Column<Kind> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = text(value)?;
        Kind::parse(text).map(Self).ok_or_else(|| odd(text))
    }
}

impl FromSql for Column<Outcome> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = text(value)?;
        [Outcome::Done, Outcome::Problems, Outcome::Failed, Outcome::Cancelled]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .map(Self)
            .ok_or_else(|| odd(text))
    }
}

impl FromSql for Column<Code> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = text(value)?;
        serde_json::from_value(text.into()).map(Self).map_err(|_| odd(text))
    }
}

impl FromSql for Column<DeploymentName> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        DeploymentName::new(text(value)?).map(Self).map_err(|e| FromSqlError::Other(e.into()))
    }
}
