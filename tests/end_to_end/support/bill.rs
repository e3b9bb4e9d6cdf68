//! Whether the ledger says what the vendors say.

use std::collections::BTreeMap;

use llmtally::domain::clock::Clock;
use llmtally::domain::period::{Day, Window};
use llmtally::sandbox::{Sandbox, Vendor};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgPool;

use super::daemon::Daemon;
use super::scene::Scene;
use super::wait::{eventually, so};

pub(crate) type Sums = BTreeMap<(String, String), Decimal>;

/// An amount of the API, digit for digit.
pub(crate) fn amount(value: &Value) -> Decimal {
    value.as_str().expect("a text").parse().expect("a decimal")
}

/// How long after its end a day is taken for final: the vendors are done a day earlier.
const FINAL_AFTER_DAYS: u32 = 3;

/// Nothing of the day is estimated any more, and its bill no longer moves.
pub(crate) fn is_final(sandbox: &Sandbox, day: Day) -> bool {
    sandbox.is_settled(day) && day.plus(FINAL_AFTER_DAYS) < Clock::system().today()
}

/// What the vendors charge for the final days, by day and provider.
pub(crate) fn bill(sandbox: &Sandbox, window: Window) -> Sums {
    let days = window.days().filter(|day| is_final(sandbox, *day));
    let lines = days.flat_map(|day| Vendor::ALL.map(|vendor| (day, vendor))).map(|(day, vendor)| {
        let amount = sandbox.bill(vendor, day).expect("a day of business");
        ((day.to_string(), vendor.name().to_owned()), amount.normalize())
    });
    lines.filter(|(_, amount)| !amount.is_zero()).collect()
}

/// Spend by day and provider, as the API tells it. What is provisional is left out, so that an estimate is never a bill.
pub(crate) async fn ledger(daemon: &Daemon, window: Window) -> Sums {
    let (from, to) = (window.first(), window.end());
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={to}&group_by=day,provider")).await;
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    let rows = answer["rows"].as_array().expect("rows").iter().filter(|row| amount(&row["provisional"]).is_zero());
    let sums = rows.map(|row| ((text(row, "day"), text(row, "provider")), amount(&row["spend"]).normalize()));
    sums.filter(|(_, amount)| !amount.is_zero()).collect()
}

/// Days that a feed has answered for whose stored rows are not as many as the answer had.
const HALF_STORED: &str = "
    SELECT count(*)
    FROM feed_days d
    WHERE d.feed <> 'calls' AND d.rows <> (
        SELECT count(*)
        FROM (SELECT account_id, feed, at FROM cost_records UNION ALL SELECT account_id, feed, at FROM usage_records) r
        WHERE r.account_id = d.account_id AND r.feed = d.feed AND (r.at AT TIME ZONE 'UTC')::date = d.day
    )";

/// How many days are not stored as a whole, or more than once.
pub(crate) async fn half_stored(pool: &PgPool) -> i64 {
    sqlx::query_scalar(HALF_STORED).fetch_one(pool).await.expect("a count")
}

impl Scene {
    /// The final days of history.
    pub(crate) fn final_days(&self) -> Window {
        let first = self.today().minus(self.days);
        let mut days = Window::new(first, self.today()).expect("days").days();
        let last = days.rfind(|day| is_final(&self.sandbox, *day)).expect("a final day");
        Window::new(first, last.next()).expect("days")
    }

    /// Waits until every feed is synced, and spend is the bill of `vendors` on every final day, to the last digit.
    pub(crate) async fn until_ledger_is_bill(&self, daemon: &Daemon, vendors: &[Vendor]) {
        let mut bill = bill(&self.sandbox, self.final_days());
        bill.retain(|(_, provider), _| vendors.iter().any(|vendor| vendor.name() == provider));
        assert!(!bill.is_empty(), "nothing to compare");
        daemon.until_synced().await;
        eventually(async || {
            let ledger = ledger(daemon, self.final_days()).await;
            so(ledger == bill, differences(&ledger, &bill))
        })
        .await;
    }

    /// Fetches every final day again: where all is stored as the vendors tell it, no day changes.
    pub(crate) async fn assert_complete(&self) {
        let (from, to) = (self.final_days().first().to_string(), self.final_days().last().to_string());
        let told = self.told(&["backfill", "--from", &from, "--to", &to, "--json"]).await;
        let told: Value = serde_json::from_str(&told).expect("JSON");
        for feed in told["feeds"].as_array().expect("feeds") {
            if feed["feed"]["feed"] != "directory" {
                assert_eq!(feed["result"]["changed_days"], 0, "{feed}");
            }
        }
    }
}

fn differences(ledger: &Sums, bill: &Sums) -> String {
    let all: BTreeMap<_, _> =
        ledger.keys().chain(bill.keys()).map(|key| (key, (ledger.get(key), bill.get(key)))).collect();
    let wrong: Vec<_> = all.iter().filter(|(_, (ledger, bill))| ledger != bill).collect();
    format!("{} of {} differ, such as {:?}", wrong.len(), all.len(), wrong.first())
}
