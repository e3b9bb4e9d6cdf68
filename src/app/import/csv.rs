//! A file of charges: read, complained about, stored, and built into the ledger.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};

use super::report::{self, many};
use crate::app::bells::FeedWatch;
use crate::app::database::Database;
use crate::app::house::House;
use crate::app::once;
use crate::cli::import::Csv;
use crate::domain::names::AccountName;
use crate::domain::period::Day;
use crate::import::{self, Mapping, Reading};
use crate::store::imports::{Import, ImportError};
use crate::sync::run::{Job, Watch};

/// Reads the file as it is to be understood.
///
/// # Errors
///
/// What is wrong with the file or the mapping; with lines, unless they are to be skipped. Each is complained about first.
pub(super) fn read(given: &Csv, today: Day) -> Result<Reading> {
    let mapping = mapping(given)?;
    let shown = given.file.display();
    let input: Box<dyn Read> = if given.file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(&given.file).with_context(|| format!("cannot read `{shown}`"))?)
    };
    let reading = import::read(input, &mapping, today).with_context(|| shown.to_string())?;
    if reading.bad_lines > 0 {
        report::complain(&reading);
        if !given.skip_bad {
            let bad = many(reading.bad_lines, "bad line");
            bail!("{shown}: {bad}: nothing is stored; --skip-bad stores the others");
        }
    }
    if reading.records.is_empty() {
        let left_out = match reading.left_out {
            0 => String::new(),
            count => format!(": `only` leaves {} out", many(count, "line")),
        };
        bail!("{shown}: there is no charge in it{left_out}");
    }
    Ok(reading)
}

/// What the command line says goes before what the mapping's file says.
fn mapping(given: &Csv) -> Result<Mapping> {
    let mut base = Mapping::default();
    if let Some(path) = &given.mapping {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        base =
            toml::from_str(&text).map_err(|error| anyhow!("{}: {}", path.display(), error.to_string().trim_end()))?;
    }
    let mut own = Mapping::default();
    for (field, column) in &given.map {
        own.columns.entry(*field).or_default().0.push(column.clone());
    }
    for (field, value) in &given.fixed {
        if own.fixed.insert(*field, value.clone()).is_some() {
            bail!("--fixed: `{field}` has two values");
        }
    }
    for (column, value) in &given.only {
        own.only.entry(column.clone()).or_default().0.push(value.clone());
    }
    Ok(own.over(base))
}

/// Stores the charges and builds the days that they change, or says what that would come to.
///
/// # Errors
///
/// The database's, and days that the provider has answered for itself.
pub(super) async fn store(mut house: House, database: &Database, given: &Csv, reading: &Reading) -> Result<()> {
    let exchange = once::open(&house, database).await?;
    let account = given.target.name();
    let feed = super::feed(given.source.as_ref());
    let import = Import {
        account: &account,
        feed: &feed,
        records: &reading.records,
        names: &reading.names,
        partly: &reading.partly,
        now: house.clock.now(),
    };
    let imported = house.store.import(&import, !given.dry_run).await.map_err(|error| explain(error, &account))?;
    let synced = house.config.accounts.connections().iter().any(|(name, _)| *name == account);
    let mut built = None;
    if !given.dry_run {
        let bells = house.bells.clone();
        let (_, books) = house.staff(|_: &Job| Arc::new(FeedWatch::new(&bells)) as Arc<dyn Watch>).await?;
        built = Some(once::balance(&books, &exchange, &bells).await.context("stored, but the ledger is not built")?);
    }
    report::tell(&report::Told { given, account: &account, reading, imported: &imported, synced, built })
}

fn explain(error: ImportError, account: &AccountName) -> anyhow::Error {
    match error {
        ImportError::Answered(days) => anyhow!(
            "nothing is stored: {account} is synced with its provider, which has itself named what it charges for {}; both \
             would count twice. Import other days, or leave these out of the file",
            report::listed(&days),
        ),
        ImportError::Partly(days) => anyhow!(
            "nothing is stored: the file begins or ends in the middle of {}, which {account} has other charges for. If both \
             count, as months of another time zone that meet there, give this file a `--source` of its own; if this file has \
             the whole day, take the day back with `import forget` first",
            report::listed(&days),
        ),
        ImportError::Database(error) => error.into(),
    }
}
