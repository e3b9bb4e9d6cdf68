//! The daemon's exchange rates: asked for where an amount needs them, kept in the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rust_decimal::Decimal;
use tokio::time::Instant;
use tracing::{info, warn};

use super::bells::Bells;
use crate::config::Refresh;
use crate::currency::{File, Fixing, RateTable, Rates, is_published, parse, wanted};
use crate::domain::clock::Clock;
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::providers::http::download;
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::rates::RateRow;

/// All rates since 1999 are a third of this.
const MAX_BYTES: usize = 32 << 20;
/// How often it is seen whether an amount needs rates; that asks nobody but the database.
const LOOK: Duration = Duration::from_secs(60);
/// After a download that failed.
const RETRY: Duration = Duration::from_secs(900);

/// The clerk of exchange rates.
pub(super) struct Exchange {
    pub(super) rates: Arc<Rates>,
    /// What sums are told in.
    pub(super) reporting: Currency,
    /// US dollars for a unit of currencies that nobody publishes.
    pub(super) fixed: BTreeMap<Currency, Decimal>,
    pub(super) store: Store,
    pub(super) refresh: Refresh,
    /// Below it are the files of the European Central Bank.
    pub(super) url: String,
    pub(super) clock: Clock,
}

impl Exchange {
    /// Takes the rates that are stored.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(super) async fn restore(&self) -> Result<()> {
        let rows = self.store.exchange_rates().await?;
        let fixings = rows.into_iter().map(|RateRow { day, currency, per_euro }| Fixing { day, currency, per_euro });
        self.rates.replace(RateTable::new(fixings, self.fixed.clone()));
        Ok(())
    }

    /// Fetches rates while amounts need them, until stopped.
    pub(super) async fn keep(self, bells: Bells, shutdown: Shutdown) {
        let Refresh::Every(every) = self.refresh else { return };
        let mut fetched: Option<(File, Instant)> = None;
        loop {
            let recent = fetched.filter(|(_, at)| at.elapsed() < every).map(|(file, _)| file);
            let pause = match shutdown.soft().run_until_cancelled(self.refresh_but(recent, &bells)).await {
                None => return,
                Some(Ok(file)) => {
                    fetched = file.map(|file| (file, Instant::now())).or(fetched);
                    LOOK
                }
                Some(Err(error)) => {
                    warn!(url = self.url, "exchange rates were not refreshed, the last ones stay: {error:#}");
                    RETRY
                }
            };
            if shutdown.soft().run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    /// Fetches what lacks, if anything does.
    ///
    /// # Errors
    ///
    /// The database's, or a file that cannot be had or read.
    pub(super) async fn refresh(&self, bells: &Bells) -> Result<Option<File>> {
        self.refresh_but(None, bells).await
    }

    /// The same, but for what a `recent` file would have brought, too.
    async fn refresh_but(&self, recent: Option<File>, bells: &Bells) -> Result<Option<File>> {
        if self.refresh == Refresh::Off {
            return Ok(None);
        }
        // Another daemon may have fetched some.
        if self.store.days_of_exchange_rates().await? != self.rates.current().held().map(|held| (held.first, held.last))
        {
            self.restore().await?;
        }
        let held = self.rates.current().held();
        let file = wanted(self.first_needed().await?, held, Day::of(self.clock.now()));
        let Some(file) = file.filter(|file| recent.is_none_or(|recent| recent < *file)) else { return Ok(None) };
        let body = download(&format!("{}/{}", self.url.trim_end_matches('/'), file.name()), MAX_BYTES).await?;
        let rows: Vec<RateRow> = parse(&body)?
            .into_iter()
            .map(|Fixing { day, currency, per_euro }| RateRow { day, currency, per_euro })
            .collect();
        let days = self.store.save_exchange_rates(&rows).await?;
        self.restore().await?;
        if days > 0 {
            info!(rates = rows.len(), days, "exchange rates of the European Central Bank, days are converted anew");
        }
        // Whoever leads has sums told at the new rates.
        bells.ledger.notify_one();
        Ok(Some(file))
    }

    /// The first day on which something has to be converted: from another currency, or into the one of the sums.
    async fn first_needed(&self) -> Result<Option<Day>> {
        let owed = self.store.first_day_in_other_currency().await?;
        if self.reporting == Currency::USD || !is_published(self.reporting) {
            return Ok(owed);
        }
        let today = Day::of(self.clock.now());
        let money = self.store.first_day_of_money().await?.unwrap_or(today);
        Ok(Some(owed.map_or(money, |owed| owed.min(money)).min(today)))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use sqlx::PgPool;

    use super::*;

    const FILE: &str = "<Cube><Cube time='2026-11-20'><Cube currency='USD' rate='1.15'/></Cube>\
                        <Cube time='2026-11-19'><Cube currency='USD' rate='1.14'/></Cube></Cube>";

    async fn exchange(pool: PgPool) -> Exchange {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/rates/", listener.local_addr().unwrap());
        let router = Router::new().route("/rates/eurofxref-hist-90d.xml", get(async || FILE));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Exchange {
            rates: Arc::default(),
            reporting: Currency::USD,
            fixed: BTreeMap::new(),
            store: Store::new(pool),
            refresh: Refresh::Every(LOOK),
            url,
            clock: Clock::fixed("2026-11-21T10:00:00Z".parse().unwrap()),
        }
    }

    async fn owe(pool: &PgPool, day: &str, currency: &str) {
        let account = "INSERT INTO accounts (provider, name) VALUES ('openai', 'a') ON CONFLICT DO NOTHING";
        sqlx::query(account).execute(pool).await.unwrap();
        let row = "INSERT INTO spend (day, account_id, seq, category, billing, basis, provisional, quantity, currency, amount,
                                      billed, comparable, unpriced)
                   SELECT $1::date, min(id), 0, 'usage', 'metered', 'billed', false, 0, $2, 7, 7, false, false FROM accounts";
        sqlx::query(row).bind(day.parse::<Day>().unwrap()).bind(currency).execute(pool).await.unwrap();
    }

    #[sqlx::test]
    async fn nobody_is_asked_while_all_is_in_dollars(pool: PgPool) {
        owe(&pool, "2026-11-19", "USD").await;
        assert_eq!(exchange(pool).await.refresh(&Bells::default()).await.unwrap(), None);
    }

    #[sqlx::test]
    async fn a_first_amount_in_euros_fetches_rates_and_has_its_day_built_again(pool: PgPool) {
        owe(&pool, "2026-11-19", "EUR").await;
        owe(&pool, "2026-11-18", "USD").await;
        let exchange = exchange(pool.clone()).await;
        assert_eq!(exchange.refresh(&Bells::default()).await.unwrap(), Some(File::Last90Days));
        let known = exchange.rates.current().usd(Currency::EUR, "2026-11-21".parse().unwrap());
        assert_eq!(known, Some((Decimal::new(115, 2), "2026-11-20".parse().unwrap())));
        let dirty: Vec<chrono::NaiveDate> =
            sqlx::query_scalar("SELECT day FROM ledger_dirty").fetch_all(&pool).await.unwrap();
        assert_eq!(dirty, ["2026-11-19".parse().unwrap()]);
        // The rates of today are not out: the file of the latest day is asked for, which nobody serves here.
        assert!(exchange.refresh(&Bells::default()).await.is_err());
        assert!(exchange.rates.current().usd(Currency::EUR, "2026-11-21".parse().unwrap()).is_some());
    }

    #[sqlx::test]
    async fn sums_in_euros_need_rates_before_there_is_any_money(pool: PgPool) {
        let exchange = Exchange { reporting: Currency::EUR, ..exchange(pool.clone()).await };
        assert_eq!(exchange.refresh(&Bells::default()).await.unwrap(), Some(File::Last90Days));
        // What is asked for next is asked for once in a while, but for days before those that are known.
        let recently = async |file| exchange.refresh_but(Some(file), &Bells::default()).await.unwrap_or(Some(file));
        assert_eq!(recently(File::Last90Days).await, None);
        owe(&pool, "2026-11-01", "USD").await;
        assert_eq!(recently(File::Last90Days).await, None);
        assert_eq!(recently(File::LatestDay).await, Some(File::Last90Days));
        let unpublished = Exchange { reporting: "TWD".parse().unwrap(), ..exchange };
        assert_eq!(unpublished.refresh(&Bells::default()).await.unwrap(), None);
    }
}
