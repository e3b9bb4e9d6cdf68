//! A database with one account, a fake price list and the few words that tests need to fill it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;

use crate::domain::money::Currency;
use crate::domain::names::{AccountId, AccountName, Billing, FeedName, Provider};
use crate::domain::period::Day;
use crate::domain::spend::{Price, Quote};
use crate::domain::usage::{Dimensions, Meter, UsageRole};
use crate::ledger::fees::Plan;
use crate::store::Store;
use crate::sync::ledger::{CalibrationPolicy, LedgerAccount, LedgerConfig, Rebuilt, rebuild};

pub(super) struct House {
    pub store: Store,
    pub account: AccountId,
    pub config: LedgerConfig,
}

/// A line of a bill, without a project.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub category: &'static str,
    pub model: &'static str,
    pub meter: &'static str,
    pub amount: &'static str,
    pub currency: &'static str,
}

impl Cost {
    pub(super) fn usage(model: &'static str, meter: &'static str, amount: &'static str) -> Self {
        Self { category: "usage", model, meter, amount, currency: "USD" }
    }
}

impl House {
    pub(super) async fn new(pool: PgPool) -> Self {
        let calibration = CalibrationPolicy::default();
        let config = LedgerConfig { accounts: BTreeMap::new(), tags: Vec::new(), calibration };
        let mut house = Self { store: Store::new(pool), account: AccountId(0), config };
        house.move_in("default").await;
        house
    }

    /// A new account, which all that follows is about.
    pub(super) async fn move_in(&mut self, name: &str) {
        let id = sqlx::query_scalar!("INSERT INTO accounts (provider, name) VALUES ('openai', $1) RETURNING id", name);
        self.account = AccountId(id.fetch_one(self.store.pool()).await.unwrap());
        let terms = LedgerAccount {
            name: AccountName { provider: Provider::OpenAi, account: name.to_owned() },
            cost_feeds: vec![FeedName("costs")],
            leaves_out: BTreeSet::new(),
            plans: Vec::new(),
            billing: None,
        };
        self.config.accounts.insert(self.account, terms);
    }

    fn terms(&mut self) -> &mut LedgerAccount {
        self.config.accounts.get_mut(&self.account).unwrap()
    }

    pub(super) fn nobody_bills(&mut self) {
        self.terms().cost_feeds.clear();
    }

    /// The configuration says who pays for all calls.
    pub(super) fn pays(&mut self, billing: Billing) {
        self.terms().billing = Some(billing);
    }

    pub(super) fn cost_feeds(&mut self, feeds: &[&'static str]) {
        self.terms().cost_feeds = feeds.iter().map(|feed| FeedName(feed)).collect();
    }

    pub(super) fn plan(&mut self, plan: Plan) {
        self.terms().plans.push(plan);
    }

    /// What is stored of the model's use is of a tier that the bill leaves out.
    pub(super) async fn leaves_out(&mut self, tier: &str, model: &str) {
        sqlx::query!("UPDATE usage_records SET service_tier = $1 WHERE model = $2", tier, model)
            .execute(self.store.pool())
            .await
            .unwrap();
        self.terms().leaves_out.insert(tier.to_owned());
    }

    /// Rebuilds at noon of `today`.
    pub(super) async fn rebuild(&self, today: &str) -> Rebuilt {
        self.try_rebuild(today).await.unwrap()
    }

    pub(super) async fn try_rebuild(&self, today: &str) -> Result<Rebuilt, sqlx::Error> {
        let (store, config, now) = (self.store.clone(), self.config.clone(), instant(today));
        // On a task of its own, as the daemon runs it.
        tokio::spawn(async move { rebuild(&store, &list_price, &rate, &config, now, &CancellationToken::new()).await })
            .await
            .unwrap()
    }

    pub(super) async fn used(&self, day: &str, key: &str, model: &str, meter: &str, quantity: i64) {
        self.measured(day, Some(key), model, meter, quantity).await;
    }

    pub(super) async fn measured(&self, day: &str, key: Option<&str>, model: &str, meter: &str, quantity: i64) {
        self.counted(day, UsageRole::Measured, [key, None], model, meter, quantity).await;
    }

    /// What calls of `user` come to.
    pub(super) async fn named(&self, day: &str, user: &str, model: &str, meter: &str, quantity: i64) {
        self.counted(day, UsageRole::Named, [None, Some(user)], model, meter, quantity).await;
    }

    async fn counted(
        &self,
        day: &str,
        role: UsageRole,
        [key, user]: [Option<&str>; 2],
        model: &str,
        meter: &str,
        quantity: i64,
    ) {
        let feed = if role == UsageRole::Named { "logs" } else { "usage" };
        sqlx::query!(
            "INSERT INTO usage_records
                 (at, account_id, feed, seq, role, api_key, user_id, model, prompt_over, meter, quantity)
             SELECT $1, $2, $3, (SELECT count(*) FROM usage_records), $4, $5, $6, $7, 0, $8, $9",
            instant(day),
            self.account.0,
            feed,
            role.as_str(),
            key,
            user,
            model,
            meter,
            Decimal::from(quantity),
        )
        .execute(self.store.pool())
        .await
        .unwrap();
        self.store.mark_dirty(self.account, &[day.parse().unwrap()]).await.unwrap();
    }

    /// From now on another account has the bill.
    pub(super) async fn measured_elsewhere(&self) {
        let update = sqlx::query!("UPDATE usage_records SET role = 'included' WHERE role = 'measured'");
        update.execute(self.store.pool()).await.unwrap();
        sqlx::query!("DELETE FROM cost_records").execute(self.store.pool()).await.unwrap();
        self.store.follow_rules("another payer").await.unwrap();
    }

    /// Replaces the bill of `day`.
    pub(super) async fn billed(&self, day: &str, settled: bool, costs: &[Cost]) {
        let at = day.parse::<Day>().unwrap().start();
        sqlx::query!("DELETE FROM cost_records WHERE at = $1", at).execute(self.store.pool()).await.unwrap();
        for (seq, cost) in (0..).zip(costs) {
            let told = |text: &'static str| Some(text).filter(|text| !text.is_empty());
            sqlx::query!(
                "INSERT INTO cost_records (at, account_id, feed, seq, model, prompt_over, meter, category, amount, currency)
                 VALUES ($1, $2, 'costs', $3, $4, 0, $5, $6, $7, $8)",
                at,
                self.account.0,
                seq,
                told(cost.model),
                told(cost.meter),
                cost.category,
                dec(cost.amount),
                cost.currency,
            )
            .execute(self.store.pool())
            .await
            .unwrap();
        }
        self.answered(day, "costs", settled).await;
    }

    pub(super) async fn answered(&self, day: &str, feed: &str, settled: bool) {
        let day: Day = day.parse().unwrap();
        sqlx::query!(
            "INSERT INTO feed_days (account_id, feed, day, grain, fetched_at, settled, rows, checksum)
             VALUES ($1, $2, $3, 'day', $4, $5, 0, '')
             ON CONFLICT (account_id, feed, day) DO UPDATE SET settled = EXCLUDED.settled",
            self.account.0,
            feed,
            day.date(),
            day.end(),
            settled,
        )
        .execute(self.store.pool())
        .await
        .unwrap();
        self.store.mark_dirty(self.account, &[day]).await.unwrap();
    }

    /// A call of Ada's whose whole prompt is input.
    pub(super) async fn called(&self, day: &str, key: &str, billing: &str, prompt: i64) {
        sqlx::query!(
            "INSERT INTO calls (at, account_id, key, billing, user_id, model, prompt_tokens, input)
             VALUES ($1, $2, $3, $4, 'ada', 'opus', $5, $5)",
            instant(day),
            self.account.0,
            key,
            billing,
            prompt,
        )
        .execute(self.store.pool())
        .await
        .unwrap();
        self.store.mark_dirty(self.account, &[day.parse().unwrap()]).await.unwrap();
    }

    pub(super) async fn number(&self, query: &str) -> Decimal {
        let query = format!("SELECT ({query})::numeric");
        let number: Option<Decimal> =
            sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(self.store.pool()).await.unwrap();
        number.unwrap().normalize()
    }

    /// Every row of the ledger as text.
    pub(super) async fn ledger(&self) -> Vec<String> {
        let rows = sqlx::query_scalar!(r#"SELECT to_jsonb(s)::text AS "row!" FROM spend s ORDER BY day, seq"#);
        rows.fetch_all(self.store.pool()).await.unwrap()
    }
}

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Noon of a day.
pub(super) fn instant(day: &str) -> DateTime<Utc> {
    day.parse::<Day>().unwrap().start() + chrono::TimeDelta::hours(12)
}

fn list_price(_: Provider, _: DateTime<Utc>, dims: &Dimensions, meter: Meter, quantity: Decimal) -> Quote {
    let rate = match (dims.model.as_deref(), meter) {
        (Some("opus" | "haiku"), Meter::Input) => dec("0.0001"),
        (Some("opus"), Meter::Output) => dec("0.002"),
        _ => return Quote { model: None, price: Price::Unpriced },
    };
    let factor = if dims.prompt_over >= 1000 { Decimal::TWO } else { Decimal::ONE };
    Quote { model: dims.model.clone(), price: Price::Rated(quantity * rate * factor) }
}

fn rate(currency: Currency, day: Day) -> Option<(Decimal, Day)> {
    (currency.as_str() == "EUR").then(|| (dec("1.16"), day.previous()))
}
