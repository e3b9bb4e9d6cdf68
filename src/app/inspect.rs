//! Commands that look and tell.

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use figment::value::Dict;

use super::database::{BRIEF, Database};
use super::house::House;
use crate::config::masked;
use crate::dashboards::assets;
use crate::domain::money::Currency;
use crate::domain::period::Window;
use crate::export::{self, ExportError, Format};
use crate::store::doctor::doctor as examine;

/// Says on standard error what went wrong, with its causes.
pub(super) fn complain(error: &anyhow::Error) {
    // Nobody is left to tell where standard error is gone.
    let _ = writeln!(std::io::stderr(), "llmtally: {}", with_causes(error));
}

/// An error and its causes, except those that the text before has said already.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        said if said.contains(&cause) => text,
        said => format!("{said}: {cause}"),
    })
}

/// Whether the command only failed because the reader of its output had enough, as in `llmtally export … | head`. A broken
/// connection to a database or a vendor comes wrapped in an error of theirs.
pub(super) fn reader_left(error: &anyhow::Error) -> bool {
    let cause = match error.downcast_ref() {
        Some(ExportError::Write(cause)) => Some(cause),
        _ => error.downcast_ref::<std::io::Error>(),
    };
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

/// The configuration in effect, secrets covered.
pub(super) fn show(values: &Dict) -> Result<ExitCode> {
    let text = toml::to_string_pretty(&masked(values))?;
    writeln!(std::io::stdout(), "# the configuration is good; in effect is:\n\n{text}")?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn export_assets(dir: &Path, currency: Currency) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for file in assets::export(dir, currency)? {
        let change = match file.change {
            assets::Change::Created => "created",
            assets::Change::Replaced => "replaced, the old one is beside it as .bak",
            assets::Change::Unchanged => "unchanged",
        };
        writeln!(out, "{}: {change}", file.path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where a daemon that listens on `address` is reached from its own machine.
pub(super) fn on_this_machine(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

pub(super) async fn export(house: &House, database: &Database, format: Format, days: Window) -> Result<()> {
    database.prepare(&house.store, BRIEF, house.shutdown.soft()).await?;
    let out = std::io::BufWriter::new(std::io::stdout());
    let rows = export::write(house.store.export_rows(days), format, out).await?;
    tracing::info!(rows, "exported");
    Ok(())
}

pub(super) async fn doctor(house: &House, database: &Database, as_json: bool) -> Result<()> {
    database.prepare(&house.store, BRIEF, house.shutdown.soft()).await?;
    let report = examine(&house.store).await?;
    let mut out = std::io::stdout().lock();
    if as_json {
        let rows: Vec<_> = report
            .rows
            .iter()
            .map(|row| serde_json::json!({"name": row.name, "value": row.value, "good": row.good}))
            .collect();
        writeln!(out, "{}", serde_json::json!({"rows": rows, "psql": database.psql_hint()}))?;
        return Ok(());
    }
    for row in &report.rows {
        writeln!(out, "{} {:<28} {}", if row.good { "ok  " } else { "look" }, row.name, row.value)?;
    }
    if let Some(hint) = database.psql_hint() {
        writeln!(out, "     {:<28} {hint}", "connect")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let cause = || anyhow::anyhow!("permission denied");
        assert_eq!(with_causes(&cause().context("cannot store")), "cannot store: permission denied");
        let wrapped = cause().context("while storing: permission denied").context("cannot store");
        assert_eq!(with_causes(&wrapped), "cannot store: while storing: permission denied");
    }

    #[test]
    fn only_output_that_nobody_reads_is_no_complaint() {
        let pipe = || std::io::Error::from(ErrorKind::BrokenPipe);
        assert!(reader_left(&pipe().into()));
        assert!(reader_left(&ExportError::Write(pipe()).into()));
        assert!(!reader_left(&ExportError::Write(ErrorKind::StorageFull.into()).into()));
        assert!(!reader_left(&ExportError::Read(sqlx::Error::Io(pipe())).into()));
        assert!(!reader_left(&sqlx::Error::Io(pipe()).into()));
    }
}
