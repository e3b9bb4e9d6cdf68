//! Taking back what was imported by mistake.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::report::{listed, many};
use crate::app::bells::FeedWatch;
use crate::app::database::Database;
use crate::app::house::House;
use crate::app::{once, window};
use crate::cli::import::Forget;
use crate::sync::run::{Job, Watch};

/// Removes imported days, and builds the ledger without them.
///
/// # Errors
///
/// Days in the wrong order, and the database's.
pub(super) async fn run(mut house: House, database: &Database, given: &Forget) -> Result<()> {
    let days = window(given.from, given.to)?;
    let exchange = once::open(&house, database).await?;
    let account = given.target.name();
    let feed = super::feed(given.source.as_ref());
    let forgotten = house.store.forget_import(&account, &feed, days).await?;
    let bells = house.bells.clone();
    let (_, books) = house.staff(|_: &Job| Arc::new(FeedWatch::new(&bells)) as Arc<dyn Watch>).await?;
    once::balance(&books, &exchange, &bells).await.context("forgotten, but the ledger is not built")?;
    let mut out = std::io::stdout().lock();
    match forgotten.len() {
        0 => writeln!(out, "{account}: nothing of {feed} is stored for {days}")?,
        count => writeln!(out, "{account}: {} of {feed} forgotten: {}", many(count as u64, "day"), listed(&forgotten))?,
    }
    Ok(())
}
