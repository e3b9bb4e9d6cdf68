//! Syncing in the foreground: once, or for days that a person names.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use futures::future::join_all;
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;

use super::bells::{Bells, FeedWatch};
use super::currency::Exchange;
use super::database::{BRIEF, Database};
use super::house::House;
use super::ledger::Books;
use super::{prices, signals};
use crate::domain::names::AccountName;
use crate::store::reporting_rates::Switch;
use crate::sync::error::RunError;
use crate::sync::leases::Role;
use crate::sync::run::{Ran, Wanted, Watch};
use crate::sync::worker::Worker;

/// Runs the feeds of the `chosen` accounts, then builds the ledger.
///
/// # Errors
///
/// When a feed or the ledger failed; the other feeds are synced all the same, and the report is printed first.
pub(super) async fn run(
    mut house: House,
    database: &Database,
    chosen: &dyn Fn(&AccountName) -> bool,
    wanted: Wanted,
    as_json: bool,
) -> Result<()> {
    let exchange = open(&house, database).await?;
    let bars = MultiProgress::with_draw_target(if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    });
    let bells = house.bells.clone();
    let (workers, books) =
        house.staff(|job| Arc::new(FeedWatch::with_bar(&bells, &bars, job)) as Arc<dyn Watch>).await?;
    // Ends with this function.
    let _keeper = AbortOnDropHandle::new(tokio::spawn(house.keep_leases(Role::Command)));
    books.follow_rules().await?;
    books.reporting.write(Switch::Allowed).await?;
    let chosen = workers.iter().filter(|worker| chosen(&worker.job.account));
    let runs = join_all(chosen.map(async |worker: &Worker| (worker, worker.once(wanted).await))).await;
    let built = balance(&books, &exchange, &bells).await;
    report(&runs, built.as_ref().ok().copied(), as_json)?;
    built.context("the ledger is not built")?;
    let failed = runs.iter().filter(|(_, result)| result.is_err()).count();
    if failed > 0 {
        bail!("{failed} of {} feeds failed", runs.len());
    }
    Ok(())
}

/// Waits for the database, and brings prices and exchange rates back.
///
/// # Errors
///
/// The database's.
pub(super) async fn open(house: &House, database: &Database) -> Result<Exchange> {
    signals::watch(house.shutdown.clone(), house.config.sync.stop_grace)?;
    database.prepare(&house.store, BRIEF, house.shutdown.soft()).await?;
    prices::restore(&house.prices, &house.store, house.config.prices.refresh).await?;
    let exchange = house.exchange();
    exchange.restore().await?;
    Ok(exchange)
}

/// Builds the ledger unless a person insists on stopping; returns how many days.
///
/// # Errors
///
/// The database's.
pub(super) async fn balance(books: &Books, exchange: &Exchange, bells: &Bells) -> Result<usize> {
    let built = books.shutdown.hard().run_until_cancelled(build(books, exchange, bells)).await;
    built.unwrap_or_else(|| Err(anyhow!("stopped at once")))
}

/// Builds the ledger, and what needs exchange rates once more when they are there. Without them amounts stay as they are billed.
async fn build(books: &Books, exchange: &Exchange, bells: &Bells) -> Result<usize> {
    let mut built = books.balance().await?;
    match exchange.refresh(bells).await {
        Ok(Some(_)) => built += books.balance().await?,
        Ok(None) => {}
        Err(error) => warn!("no exchange rates, amounts in other currencies are not converted: {error:#}"),
    }
    // Only a sync decides on the currency: an import may come from a machine with another configuration.
    books.reporting.write(Switch::Refused).await?;
    Ok(built)
}

/// Tells what came of each feed, and how many days of the ledger were built; `None` where that failed.
fn report(runs: &[(&Worker, Result<Ran, RunError>)], built: Option<usize>, as_json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        let feeds: Vec<_> = runs
            .iter()
            .map(|(worker, result)| {
                let (account, feed) = (&worker.job.account, worker.job.name().0);
                let head = json!({"provider": account.provider, "account": account.account, "feed": feed});
                let tail = match result {
                    Ok(ran) => json!({"windows": ran.windows, "rows": ran.rows, "changed_days": ran.changed_days}),
                    Err(error) => json!({"reason": error.reason(), "error": error.to_string()}),
                };
                json!({"feed": head, "result": tail})
            })
            .collect();
        writeln!(out, "{}", json!({"feeds": feeds, "ledger_days": built}))?;
        return Ok(());
    }
    for (worker, result) in runs {
        let name = format!("{} {}", worker.job.account, worker.job.name());
        match result {
            Ok(ran) => writeln!(out, "{name:<44} {:>8} rows  {:>5} days changed", ran.rows, ran.changed_days)?,
            Err(error) => writeln!(out, "{name:<44} {}: {error}", error.reason())?,
        }
    }
    match built {
        Some(days) => writeln!(out, "{:<44} {days:>8} days built", "ledger")?,
        None => writeln!(out, "{:<44} not built", "ledger")?,
    }
    Ok(())
}
