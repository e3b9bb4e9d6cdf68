//! What money is worth at the company's bank, before there is a daemon that asks it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rust_decimal::Decimal;

use crate::currency::{File, Fixing, RateTable, parse};
use crate::domain::money::Currency;
use crate::providers::http::download;
use crate::store::Store;
use crate::store::rates::RateRow;

/// All rates of the sandbox are much less.
const MAX_BYTES: usize = 1 << 20;

/// Stores all rates of the bank at `url`.
///
/// # Errors
///
/// The database's, or a bank that does not answer.
pub(super) async fn keep(url: &str, store: &Store) -> Result<()> {
    let fixings = ask(url, File::Since1999).await?.into_iter();
    let rows = fixings.map(|Fixing { day, currency, per_euro }| RateRow { day, currency, per_euro });
    store.save_exchange_rates(&rows.collect::<Vec<_>>()).await?;
    Ok(())
}

/// Units of `currency` for one US dollar, at the latest rate of the bank at `url` or at one of `fixed`.
///
/// # Errors
///
/// A bank that does not answer, or a currency that has no rate.
pub(super) async fn per_dollar(url: &str, currency: Currency, fixed: BTreeMap<Currency, Decimal>) -> Result<Decimal> {
    let fixings = ask(url, File::LatestDay).await?;
    let day = fixings.first().context("the company's bank tells no rates")?.day;
    let table = RateTable::new(fixings, fixed);
    let latest = table.per_usd(currency, day, day).first().map(|(_, rate)| *rate);
    latest.with_context(|| {
        format!(
            "the company's bank has no rate of {currency}: set `currency.rates.{currency}`, US dollars for one unit"
        )
    })
}

async fn ask(url: &str, file: File) -> Result<Vec<Fixing>> {
    let body = download(&format!("{url}/{}", file.name()), MAX_BYTES).await?;
    parse(&body).context("exchange rates of the company's bank")
}
