//! A balance that is the bill: readings of DeepSeek's, stored in PostgreSQL, become charges of days and spend.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::clock::Clock;
use llmtally::domain::cost::{ChargeCategory, CostRecord};
use llmtally::domain::money::{Currency, Money};
use llmtally::domain::names::{AccountName, FeedName, Provider};
use llmtally::domain::period::Day;
use llmtally::domain::spend::{Price, Quote};
use llmtally::domain::usage::Dimensions;
use llmtally::providers::account::Account;
use llmtally::providers::deepseek;
use llmtally::providers::http::{HttpMetrics, Limits, Wire, shared_client};
use llmtally::sandbox::{Options, Sandbox};
use llmtally::shutdown::Shutdown;
use llmtally::store::Store;
use llmtally::store::facts::Falls;
use llmtally::store::imports::{FEED, Import, ImportError};
use llmtally::sync::leases::{Leases, Role};
use llmtally::sync::ledger::{CalibrationPolicy, LedgerAccount, LedgerConfig, rebuild};
use llmtally::sync::plan::Reach;
use llmtally::sync::run::{Job, Ran, Wanted, Watch};
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// A hundred dollars are gone, and bought again, 33 days and 100 minutes later; granted yuan expire on the day before.
const FOUNDED: &str = "2026-10-20";

struct Nobody;

impl Watch for Nobody {
    fn window(&self, _: usize, _: usize, _: bool) {}

    fn ended(&self) {}
}

struct Bench {
    job: Job,
    clock: Clock,
    _sandbox: Sandbox,
}

impl Bench {
    async fn new(pool: PgPool) -> Self {
        let clock = Clock::fixed(at("2026-11-20T12:00:00Z"));
        let options = Options { founded: FOUNDED.parse().unwrap(), ..Options::new(clock.clone()) };
        let sandbox = Sandbox::start(options).await.unwrap();
        let config: deepseek::Config = serde_json::from_value(json!({
            "api_key": Sandbox::DEEPSEEK_KEY,
            "base_url": format!("http://{}/deepseek", sandbox.address()),
            "spend_from_balance": true,
        }))
        .unwrap();
        let account = AccountName { provider: Provider::DeepSeek, account: "default".to_owned() };
        let shutdown = Shutdown::new();
        let wire = Wire {
            client: shared_client().unwrap(),
            account: account.clone(),
            limits: Limits { min_gap: std::time::Duration::ZERO, ..Limits::default() },
            clock: clock.clone(),
            stop: shutdown.hard().clone(),
            metrics: HttpMetrics::default(),
        };
        let feed = config.open(&wire).unwrap().feeds.remove(0);
        let store = Store::new(pool);
        let id = store.register_accounts(std::slice::from_ref(&account)).await.unwrap()[0];
        let reach = Reach { backfill_days: 9, recheck_days: 45, recheck_every: TimeDelta::days(7) };
        let falls = Falls { keep_ratio: Decimal::ONE, min_amount: Decimal::ONE, confirm_after: TimeDelta::hours(6) };
        let standing = Arc::default();
        let job = Job { account, id, standing, feed, store, clock: clock.clone(), reach, falls, shutdown };
        Self { job, clock, _sandbox: sandbox }
    }

    /// A run at that time, by a process that has just started.
    async fn run(&self, now: DateTime<Utc>) -> Ran {
        self.clock.set(now);
        let (leases, keeper) = Leases::new(self.job.store.clone());
        let keeper = tokio::spawn(keeper.keep(Role::Command, CancellationToken::new(), drop));
        let lease = leases.take(self.job.id, self.job.name()).await;
        let ran = self.job.run(&lease, Wanted::Due, &Nobody).await.unwrap();
        keeper.abort();
        ran
    }

    /// Runs every two hours.
    async fn run_through(&self, from: &str, to: &str) {
        let times = std::iter::successors(Some(at(from)), |time| Some(*time + TimeDelta::hours(2)));
        for time in times.take_while(|time| *time <= at(to)) {
            self.run(time).await;
        }
    }

    /// The charges by currency, in the order of days.
    async fn charges(&self, currency: &str) -> Vec<(String, Decimal)> {
        let rows: Vec<(DateTime<Utc>, Decimal)> = sqlx::query_as(
            "SELECT at, amount FROM cost_records WHERE currency = $1 AND feed = 'balance' AND category = 'usage'
             ORDER BY at",
        )
        .bind(currency)
        .fetch_all(self.job.store.pool())
        .await
        .unwrap();
        rows.into_iter().map(|(at, amount)| (Day::of(at).to_string(), amount)).collect()
    }

    /// Builds the ledger; returns what was spent, in the currency of the bill, and whether that is provisional.
    async fn spend(&self, currency: &str) -> Vec<(String, Decimal, bool)> {
        let terms = LedgerAccount {
            name: self.job.account.clone(),
            cost_feeds: vec![FeedName("balance")],
            leaves_out: BTreeSet::new(),
            plans: Vec::new(),
            billing: None,
        };
        let accounts = BTreeMap::from([(self.job.id, terms)]);
        let config = LedgerConfig { accounts, tags: Vec::new(), calibration: CalibrationPolicy::default() };
        let unpriced = |_: Provider, _: DateTime<Utc>, _: &Dimensions, _, _: Decimal| Quote {
            model: None,
            price: Price::Unpriced,
        };
        let rates = |currency: Currency, day: Day| (currency.as_str() == "CNY").then_some((Decimal::new(14, 2), day));
        let (store, now) = (&self.job.store, self.clock.now());
        rebuild(store, &unpriced, &rates, &config, now, &CancellationToken::new()).await.unwrap();
        let rows: Vec<(Day, Decimal, bool)> = sqlx::query_as(
            "SELECT day, trim_scale(sum(amount)), bool_or(provisional) FROM spend WHERE currency = $1
             GROUP BY day ORDER BY day",
        )
        .bind(currency)
        .fetch_all(store.pool())
        .await
        .unwrap();
        rows.into_iter().map(|(day, amount, provisional)| (day.to_string(), amount, provisional)).collect()
    }

    async fn import(&self, day: &str) -> Result<(), ImportError> {
        let record = CostRecord {
            at: day.parse::<Day>().unwrap().start(),
            dims: Dimensions::default(),
            meter: None,
            line_item: Some("deepseek-chat".into()),
            category: ChargeCategory::Usage,
            amount: Money::usd(Decimal::from(7)),
            quantity: None,
            unit: None,
        };
        let (records, partly) = ([record], BTreeSet::new());
        let account = &self.job.account;
        let import =
            Import { account, feed: FEED, records: &records, names: &[], partly: &partly, now: self.clock.now() };
        self.job.store.import(&import, true).await.map(drop)
    }
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A day for each amount, which readings in cents tell to a cent.
fn close(charges: &[(String, Decimal)], expected: &[(&str, Decimal)]) {
    assert_eq!(charges.len(), expected.len(), "{charges:?}");
    for ((day, amount), (expected_day, expected)) in charges.iter().zip(expected) {
        assert!(day == expected_day && (*amount - *expected).abs() <= Decimal::new(1, 2), "{charges:?}");
    }
}

/// What the company spends in so many hours at ten thousandths a minute.
fn hours(hours: i64, a_minute: i64) -> Decimal {
    Decimal::new(hours * 60 * a_minute, 4)
}

#[sqlx::test]
async fn falls_are_spend_by_the_day_and_top_ups_and_expired_grants_are_not(pool: PgPool) {
    let bench = Bench::new(pool).await;
    bench.run_through("2026-11-20T12:00:00Z", "2026-11-23T12:00:00Z").await;
    // The day of a fall is that of its end, and two hours are lost in the top-up.
    let days = |a_minute: i64, lost: i64| {
        [
            ("2026-11-20", hours(10, a_minute)),
            ("2026-11-21", hours(24, a_minute)),
            ("2026-11-22", hours(24 - lost, a_minute)),
            ("2026-11-23", hours(14, a_minute)),
        ]
    };
    let (dollars, yuan) = (bench.charges("USD").await, bench.charges("CNY").await);
    close(&dollars, &days(21, 2));
    close(&yuan, &days(5, 0));
    for (currency, charges) in [("USD", dollars), ("CNY", yuan)] {
        let today = |day: &str| day == "2026-11-23";
        let expected: Vec<_> = charges.into_iter().map(|(day, amount)| (day.clone(), amount, today(&day))).collect();
        assert_eq!(bench.spend(currency).await, expected, "the bill is the spend, final but for today");
    }
    // A page shows one balance a currency: the paid part is none of its own.
    let shown = bench.job.store.snapshots_since(at("2026-11-23T11:00:00Z")).await.unwrap();
    assert_eq!(
        shown.iter().map(|row| (row.kind.as_str(), row.unit.as_str())).collect::<Vec<_>>(),
        [("balance", "CNY"), ("balance", "USD")]
    );
}

#[sqlx::test]
async fn a_day_that_is_over_stays_and_a_pause_falls_on_the_day_of_its_end(pool: PgPool) {
    let bench = Bench::new(pool).await;
    bench.run_through("2026-11-18T12:00:00Z", "2026-11-18T22:00:00Z").await;
    let before = bench.charges("USD").await;
    assert_eq!(before.len(), 1);
    let again = bench.run(at("2026-11-18T22:00:00Z")).await;
    assert!(!again.news && bench.charges("USD").await == before, "the same moment again is no news");
    // Two days without a reading.
    bench.run(at("2026-11-21T01:00:00Z")).await;
    let after = bench.charges("USD").await;
    assert_eq!(after[..1], before);
    close(&after, &[("2026-11-18", hours(10, 21)), ("2026-11-21", hours(51, 21))]);
    let marks = bench.job.marks().await.unwrap();
    let settled: Vec<bool> = marks.values().map(|mark| mark.settled).collect();
    assert_eq!(settled, [true, true, true, false], "days without a reading have a mark, too");
    let restated: i64 =
        sqlx::query_scalar("SELECT count(*) FROM restatements").fetch_one(bench.job.store.pool()).await.unwrap();
    assert_eq!(restated, 0);
}

#[sqlx::test]
async fn what_a_file_says_of_a_day_is_not_said_again(pool: PgPool) {
    let bench = Bench::new(pool).await;
    bench.import("2026-11-19").await.unwrap();
    bench.run_through("2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z").await;
    let charges = bench.charges("USD").await;
    close(&charges, &[("2026-11-18", hours(10, 21)), ("2026-11-20", hours(14, 21))]);
    let spend = bench.spend("USD").await;
    assert_eq!(spend[1], ("2026-11-19".to_owned(), Decimal::from(7), false));
    assert_eq!(spend.len(), 3);
    // The other way round a file is refused by name.
    assert!(matches!(bench.import("2026-11-18").await, Err(ImportError::Answered(_))));
}
