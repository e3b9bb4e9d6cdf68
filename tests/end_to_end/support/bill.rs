//! Whether the ledger says what the vendors say.

use std::collections::BTreeMap;

use llmtally::domain::period::{Day, Window};
use llmtally::sandbox::{Sandbox, Vendor};
use rust_decimal::Decimal;
use serde_json::Value;

use super::daemon::Daemon;
use super::scene::Scene;
use super::wait::{eventually, so};

pub(crate) type Sums = BTreeMap<(String, String), Decimal>;

/// An amount of the API, digit for digit.
pub(crate) fn amount(value: &Value) -> Decimal {
    value.as_str().expect("a text").parse().expect("a decimal")
}

/// What the vendors charge for the days that no longer move, by day and provider.
pub(crate) fn bill(sandbox: &Sandbox, window: Window) -> Sums {
    let settled = window.days().filter(|day| sandbox.is_settled(*day));
    let lines = settled.flat_map(|day| Vendor::ALL.map(|vendor| (day, vendor))).map(|(day, vendor)| {
        let amount = sandbox.bill(vendor, day).expect("a day of business");
        ((day.to_string(), vendor.name().to_owned()), amount.normalize())
    });
    lines.filter(|(_, amount)| !amount.is_zero()).collect()
}

/// Spend by day and provider, as the API tells it.
pub(crate) async fn ledger(daemon: &Daemon, window: Window) -> Sums {
    let (from, to) = (window.first(), window.end());
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={to}&group_by=day,provider")).await;
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    let rows = answer["rows"].as_array().expect("rows").iter();
    let sums = rows.map(|row| ((text(row, "day"), text(row, "provider")), amount(&row["spend"]).normalize()));
    sums.filter(|(_, amount)| !amount.is_zero()).collect()
}

impl Scene {
    /// The days of history whose bill no longer moves.
    pub(crate) fn settled(&self) -> Window {
        let first = self.today().minus(self.days);
        let last = Window::new(first, self.today()).expect("days").days().rfind(|day| self.sandbox.is_settled(*day));
        Window::new(first, last.expect("a settled day").next()).expect("days")
    }

    /// Waits until spend is the bill of `vendors` on every settled day, to the last digit.
    pub(crate) async fn until_ledger_is_bill(&self, daemon: &Daemon, vendors: &[Vendor]) {
        let mut bill = bill(&self.sandbox, self.settled());
        bill.retain(|(_, provider), _| vendors.iter().any(|vendor| vendor.name() == provider));
        assert!(!bill.is_empty(), "nothing to compare");
        eventually(async || {
            let ledger = ledger(daemon, self.settled()).await;
            so(ledger == bill, differences(&ledger, &bill))
        })
        .await;
    }

    /// Fetches every settled day again: where all is stored as the vendors tell it, no day changes.
    pub(crate) async fn assert_complete(&self) {
        let (from, to) = (self.settled().first().to_string(), self.settled().last().to_string());
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
