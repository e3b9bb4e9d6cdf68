//! The ledger as a file, row by row: CSV for spreadsheets, JSON for programs.

mod columns;
mod csv;
mod json;

use std::io::{self, Write};
use std::str::FromStr;

use futures::{Stream, TryStreamExt};

use crate::domain::names::UnknownName;
use crate::store::reporting::ExportRow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
}

impl FromStr for Format {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(UnknownName { kind: "format", name: name.to_owned() }),
        }
    }
}

/// Why an export is not complete.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("cannot read the ledger")]
    Read(#[from] sqlx::Error),
    #[error("cannot write the export")]
    Write(#[from] io::Error),
}

/// Writes `rows` to `out` as they come and returns how many there were. `docs/export.md` has the columns.
///
/// # Errors
///
/// When reading or writing fails. JSON then lacks its end, so that nobody takes a part for the whole.
pub async fn write(
    rows: impl Stream<Item = sqlx::Result<ExportRow>>,
    format: Format,
    out: impl Write,
) -> Result<u64, ExportError> {
    let mut writer: Box<dyn Rows> = match format {
        Format::Csv => Box::new(csv::Csv::start(out)?),
        Format::Json => Box::new(json::Json::start(out)?),
    };
    let mut rows = std::pin::pin!(rows);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        writer.row(&row)?;
        count += 1;
    }
    writer.end()?;
    Ok(count)
}

/// A document that takes rows.
trait Rows {
    fn row(&mut self, row: &ExportRow) -> io::Result<()>;
    fn end(&mut self) -> io::Result<()>;
}

#[cfg(test)]
mod tests;
