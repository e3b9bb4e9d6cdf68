//! Imported days in PostgreSQL and in the ledger: twice is once, and never beside the provider's own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use llmtally::domain::cost::{ChargeCategory, CostRecord};
use llmtally::domain::money::Money;
use llmtally::domain::names::{AccountId, AccountName, FeedName, Provider};
use llmtally::domain::period::{Day, Grain, Window};
use llmtally::domain::spend::{Price, Quote};
use llmtally::domain::usage::Dimensions;
use llmtally::store::Store;
use llmtally::store::facts::{Answer, Falls};
use llmtally::store::imports::{FEED, Import, ImportError, Imported};
use llmtally::store::locks::Locks;
use llmtally::sync::ledger::{CalibrationPolicy, LedgerAccount, LedgerConfig, rebuild};
use rust_decimal::Decimal;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

struct Desk {
    store: Store,
    account: AccountName,
}

impl Desk {
    fn new(pool: PgPool) -> Self {
        Self { store: Store::new(pool), account: AccountName { provider: Provider::OpenAi, account: "old".into() } }
    }

    async fn try_import(&self, feed: &str, records: &[CostRecord], keep: bool) -> Result<Imported, ImportError> {
        self.try_part(feed, records, &[], keep).await
    }

    /// A file that may have a part only of the days `partly`.
    async fn try_part(
        &self,
        feed: &str,
        records: &[CostRecord],
        partly: &[&str],
        keep: bool,
    ) -> Result<Imported, ImportError> {
        let partly = days(partly);
        let import = Import { account: &self.account, feed, records, names: &[], partly: &partly, now: now() };
        self.store.import(&import, keep).await
    }

    async fn import(&self, records: &[CostRecord]) -> Imported {
        self.try_import(FEED, records, true).await.unwrap()
    }

    /// The provider answers for days itself.
    async fn answer(&self, account: AccountId, window: Window, records: &[CostRecord]) {
        let mut locks = Locks::open(&self.store).await.unwrap();
        let fence = locks.take(&[(account, FeedName("costs"))]).await.unwrap().remove(0);
        let answer = Answer {
            fence: &fence,
            grain: Grain::Day,
            window,
            records,
            settles_after_days: 3,
            falls: Falls::BELIEVED,
            now: now(),
        };
        self.store.replace(&answer).await.unwrap();
    }

    /// Builds the ledger; returns amount and whether it is provisional by day.
    async fn ledger(&self, account: AccountId, cost_feeds: &[&'static str]) -> Vec<(String, Decimal, bool)> {
        let terms = LedgerAccount {
            name: self.account.clone(),
            cost_feeds: cost_feeds.iter().map(|feed| FeedName(feed)).collect(),
            leaves_out: BTreeSet::new(),
            plans: Vec::new(),
            billing: None,
        };
        let config = LedgerConfig {
            accounts: BTreeMap::from([(account, terms)]),
            tags: Vec::new(),
            calibration: CalibrationPolicy::default(),
        };
        let pricer = |_: Provider, _: DateTime<Utc>, _: &Dimensions, _, _: Decimal| Quote {
            model: None,
            price: Price::Unpriced,
        };
        rebuild(&self.store, &pricer, &|_, _| None, &config, now(), &CancellationToken::new()).await.unwrap();
        let rows: Vec<(Day, Decimal, bool)> = sqlx::query_as(
            "SELECT day, trim_scale(sum(amount)), bool_or(provisional) FROM reporting.spend GROUP BY day ORDER BY day",
        )
        .fetch_all(self.store.pool())
        .await
        .unwrap();
        rows.into_iter().map(|(day, amount, provisional)| (day.to_string(), amount, provisional)).collect()
    }

    async fn count(&self, table: &'static str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(self.store.pool())
            .await
            .unwrap()
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn days(days: &[&str]) -> BTreeSet<Day> {
    days.iter().map(|day| day.parse().unwrap()).collect()
}

fn charge(day: &str, text: &str, amount: i64) -> CostRecord {
    CostRecord {
        at: day.parse::<Day>().unwrap().start(),
        dims: Dimensions::default(),
        meter: None,
        line_item: Some(text.into()),
        category: ChargeCategory::Usage,
        amount: Money::usd(Decimal::from(amount)),
        quantity: None,
        unit: None,
    }
}

#[sqlx::test]
async fn the_same_lines_again_change_nothing_and_others_replace_their_days_only(pool: PgPool) {
    let desk = Desk::new(pool);
    let first = [charge("2026-11-01", "a", 10), charge("2026-11-01", "a", 10), charge("2026-11-05", "b", 7)];
    let imported = desk.import(&first).await;
    assert_eq!(imported.new, days(&["2026-11-01", "2026-11-05"]));
    // The days between had no line, so nothing is said of them.
    assert_eq!((desk.count("feed_days").await, desk.count("cost_records").await), (2, 3));
    desk.ledger(imported.account, &[]).await;
    let again = desk.import(&[first[2].clone()]).await;
    assert_eq!((again.new.len(), again.replaced.len(), again.same), (0, 0, days(&["2026-11-05"])));
    assert_eq!(desk.count("ledger_dirty").await, 0, "nothing has changed");
    // A tenth of what it was: a person's file is believed at once.
    let corrected = desk.import(&[charge("2026-11-01", "a", 2)]).await;
    assert_eq!(corrected.replaced, days(&["2026-11-01"]));
    let spend = desk.ledger(imported.account, &[]).await;
    let expected = [("2026-11-01", 2), ("2026-11-05", 7)];
    assert_eq!(spend, expected.map(|(day, amount)| (day.to_owned(), Decimal::from(amount), false)));
    assert_eq!(desk.store.restated().await.unwrap()[0].down, Decimal::from(18), "a bill that was final has changed");
}

#[sqlx::test]
async fn a_dry_run_tells_the_same_and_leaves_nothing(pool: PgPool) {
    let desk = Desk::new(pool);
    let records = [charge("2026-11-01", "a", 10)];
    let tried = desk.try_import(FEED, &records, false).await.unwrap();
    assert_eq!(tried.new, days(&["2026-11-01"]));
    for table in ["accounts", "feed_days", "cost_records", "ledger_dirty"] {
        assert_eq!(desk.count(table).await, 0, "{table}");
    }
}

#[sqlx::test]
async fn sources_add_up_and_each_can_be_taken_back(pool: PgPool) {
    let desk = Desk::new(pool);
    let account = desk.import(&[charge("2026-11-01", "use", 10), charge("2026-11-02", "use", 1)]).await.account;
    desk.try_import("import.invoices", &[charge("2026-11-01", "support", 5)], true).await.unwrap();
    assert_eq!(desk.ledger(account, &[]).await[0].1, Decimal::from(15));
    let month = Window::new("2026-11-01".parse().unwrap(), "2026-12-01".parse().unwrap()).unwrap();
    let forgotten = desk.store.forget_import(&desk.account, FEED, month).await.unwrap();
    assert_eq!(forgotten, days(&["2026-11-01", "2026-11-02"]));
    assert_eq!(desk.ledger(account, &[]).await, [("2026-11-01".to_owned(), Decimal::from(5), false)]);
    assert!(desk.store.forget_import(&desk.account, FEED, month).await.unwrap().is_empty());
}

#[sqlx::test]
async fn a_file_with_a_part_of_a_day_does_not_replace_what_another_brought(pool: PgPool) {
    let desk = Desk::new(pool);
    // Two local months that meet on one UTC day.
    let october = [charge("2026-10-30", "use", 8), charge("2026-10-31", "use", 10)];
    let november = [charge("2026-10-31", "use", 1), charge("2026-11-01", "use", 9)];
    let account = desk.try_part(FEED, &october, &["2026-10-31"], true).await.unwrap().account;
    for keep in [false, true] {
        let refused = desk.try_part(FEED, &november, &["2026-10-31"], keep).await;
        let named = days(&["2026-10-31"]);
        assert!(matches!(&refused, Err(ImportError::Partly(cut)) if *cut == named), "{refused:?}");
    }
    let again = desk.try_part(FEED, &october, &["2026-10-31"], true).await.unwrap();
    assert_eq!(again.same, days(&["2026-10-30", "2026-10-31"]), "the same file may come again");
    // Under a name of its own it adds up.
    desk.try_part("import.november", &november, &["2026-10-31"], true).await.unwrap();
    let spend = desk.ledger(account, &[]).await;
    let expected = [("2026-10-30", 8), ("2026-10-31", 11), ("2026-11-01", 9)];
    assert_eq!(spend, expected.map(|(day, amount)| (day.to_owned(), Decimal::from(amount), false)));
    // And whoever takes the day back first may replace it.
    let day = Window::single("2026-10-31".parse().unwrap());
    desk.store.forget_import(&desk.account, FEED, day).await.unwrap();
    desk.try_part(FEED, &[charge("2026-10-31", "use", 12)], &["2026-10-31"], true).await.unwrap();
    assert_eq!(desk.ledger(account, &[]).await[1].1, Decimal::from(13));
}

#[sqlx::test]
async fn a_day_that_was_running_when_it_was_imported_may_grow(pool: PgPool) {
    let desk = Desk::new(pool);
    let today = "2026-11-23";
    desk.try_part(FEED, &[charge(today, "morning", 1)], &[today], true).await.unwrap();
    let evening = [charge(today, "morning", 1), charge(today, "evening", 2)];
    assert_eq!(desk.try_part(FEED, &evening, &[today], true).await.unwrap().replaced, days(&[today]));
}

#[sqlx::test]
async fn a_day_that_is_not_over_stays_provisional(pool: PgPool) {
    let desk = Desk::new(pool);
    let account = desk.import(&[charge("2026-11-22", "a", 1), charge("2026-11-23", "a", 1)]).await.account;
    let provisional: Vec<bool> = desk.ledger(account, &[]).await.into_iter().map(|row| row.2).collect();
    assert_eq!(provisional, [false, true]);
}

#[sqlx::test]
async fn what_the_provider_says_itself_is_never_counted_beside_an_import(pool: PgPool) {
    let desk = Desk::new(pool);
    let account = desk.store.register_accounts(std::slice::from_ref(&desk.account)).await.unwrap()[0];
    let first = Window::single("2026-11-01".parse().unwrap());
    desk.answer(account, first, &[charge("2026-11-01", "theirs", 4)]).await;
    let both = [charge("2026-11-01", "ours", 40), charge("2026-11-02", "ours", 50), charge("2026-11-03", "ours", 60)];
    let refused = desk.try_import(FEED, &both, true).await;
    assert!(matches!(&refused, Err(ImportError::Answered(taken)) if *taken == days(&["2026-11-01"])), "{refused:?}");
    assert_eq!(desk.count("cost_records").await, 1, "not a part of the file is stored");

    desk.import(&both[1..]).await;
    // Later the provider answers for the imported days after all: with charges for one, with none for the other.
    let later = Window::new("2026-11-02".parse().unwrap(), "2026-11-04".parse().unwrap()).unwrap();
    desk.answer(account, later, &[charge("2026-11-02", "theirs", 5)]).await;
    let spend = desk.ledger(account, &["costs"]).await;
    let expected = [("2026-11-01", 4), ("2026-11-02", 5), ("2026-11-03", 60)];
    assert_eq!(spend, expected.map(|(day, amount)| (day.to_owned(), Decimal::from(amount), false)));
}

#[sqlx::test]
async fn an_account_that_only_imports_fill_outlives_every_configuration(pool: PgPool) {
    let desk = Desk::new(pool);
    let account = desk.import(&[charge("2026-11-01", "a", 10)]).await.account;
    let other = AccountName { provider: Provider::Anthropic, account: "lab".into() };
    desk.store.register_accounts(std::slice::from_ref(&other)).await.unwrap();
    desk.store.retire_accounts_but(&[other]).await.unwrap();
    assert_eq!(desk.store.imported_accounts().await.unwrap(), [(account, desk.account.clone())]);
    desk.ledger(account, &[]).await;
    assert_eq!(desk.store.follow_rules("new rules").await.unwrap(), 1, "its days are built again like all others");
}

#[sqlx::test]
async fn the_bill_of_an_account_that_left_stays_when_a_file_is_added(pool: PgPool) {
    let desk = Desk::new(pool);
    let account = desk.store.register_accounts(std::slice::from_ref(&desk.account)).await.unwrap()[0];
    desk.answer(account, Window::single("2026-11-01".parse().unwrap()), &[charge("2026-11-01", "theirs", 4)]).await;
    desk.ledger(account, &["costs"]).await;
    desk.store.retire_accounts_but(&[]).await.unwrap();
    desk.import(&[charge("2026-11-10", "ours", 1)]).await;
    desk.store.follow_rules("new rules").await.unwrap();
    let spend = desk.ledger(account, &[]).await;
    let expected = [("2026-11-01", 4), ("2026-11-10", 1)];
    assert_eq!(spend, expected.map(|(day, amount)| (day.to_owned(), Decimal::from(amount), false)));
}
