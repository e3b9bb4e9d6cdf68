//! What Azure charges, in euros and in dollars: the one truth behind its cost queries and its own bill.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::workloads::{LABS, Line, Subscription, WORKLOADS, Workload, account_named};
use crate::domain::period::Day;
use crate::sandbox::state::State;

/// One line of a day's bill.
pub(super) struct Charge {
    pub(super) subscription: Subscription,
    /// Lower case, as bills have ids.
    pub(super) resource: String,
    pub(super) meter: &'static str,
    pub(super) sub_category: &'static str,
    pub(super) unit: &'static str,
    pub(super) marketplace: bool,
    /// In units of the meter.
    pub(super) quantity: Decimal,
    pub(super) euros: Decimal,
    pub(super) dollars: Decimal,
    /// Whether it pays for a model.
    pub(super) for_models: bool,
}

/// An answer of the marketplace comes a day later than the others, and both come in whole hours.
const LATE_HOURS: i64 = 14;
const VERY_LATE_HOURS: i64 = 38;
/// Something of the marketplace that is no model.
const MONITORING: &str = "/providers/microsoft.datadog/monitors/dd-prod";

/// Everything that is written of `day` by now.
pub(super) fn charges(state: &State, day: Day) -> Vec<Charge> {
    let now = state.now();
    if day < state.world.founded || Day::of(now) < day {
        return Vec::new();
    }
    let mut charges = Vec::new();
    for (index, workload) in (0_u64..).zip(&WORKLOADS) {
        let late = if workload.offer.is_some() { VERY_LATE_HOURS } else { LATE_HOURS };
        let hours = hours(day, now - TimeDelta::hours(late));
        let of_line = |(slot, line): (u64, &Line)| {
            let used: u64 =
                (0..hours).map(|hour| used(state, index, slot, line, day.start() + TimeDelta::hours(hour))).sum();
            (used > 0).then(|| charge(workload, line, used, day))
        };
        charges.extend((0_u64..).zip(workload.lines).filter_map(of_line).flatten());
    }
    charges.extend(monitoring(day, hours(day, now - TimeDelta::hours(VERY_LATE_HOURS))));
    charges
}

/// Euros for everything that is about models, and what is metered on accounts beside them.
pub(super) fn bill(state: &State, day: Day) -> Option<Decimal> {
    let ours = || charges(state, day).into_iter().filter(|charge| charge.for_models);
    state.has_seen(day).then(|| ours().map(|charge| charge.euros).sum())
}

/// What a line's part came to in the hour that begins at `hour`.
pub(super) fn used(state: &State, index: u64, slot: u64, line: &Line, hour: DateTime<Utc>) -> u64 {
    let since_epoch = u64::try_from(hour.timestamp() / 3_600).unwrap_or_default();
    if Day::of(hour) < state.world.founded {
        return 0;
    }
    line.per_hour * state.world.noise(&[SALT, index, slot, since_epoch], 300) / 1_000
}

const SALT: u64 = 0xA2;

/// How many whole hours of the day lie before `end`.
fn hours(day: Day, end: DateTime<Utc>) -> i64 {
    (end - day.start()).num_hours().clamp(0, 24)
}

fn charge(workload: &Workload, line: &Line, used: u64, day: Day) -> Option<Charge> {
    let account = account_named(workload.account)?;
    let dollars = Decimal::try_from_i128_with_scale(i128::from(used) * i128::from(line.price), 12).ok()?;
    let resource = match workload.offer {
        Some(offer) => format!(
            "/subscriptions/{}/resourcegroups/rg-labs/providers/microsoft.saas/resources/{offer}",
            account.subscription.id()
        ),
        None => account.id().to_lowercase(),
    };
    // A unit of Claude's is a cent of a dollar.
    let quantity = match workload.offer {
        Some(_) => dollars * Decimal::ONE_HUNDRED,
        None => Decimal::from(used) / Decimal::from(line.unit),
    };
    Some(Charge {
        subscription: account.subscription,
        resource,
        meter: line.meter,
        sub_category: workload.sub_category,
        unit: match line.unit {
            1_000 => "1K",
            1_000_000 => "1M",
            _ => "1",
        },
        marketplace: workload.offer.is_some(),
        quantity,
        euros: euros(dollars, day),
        dollars,
        for_models: true,
    })
}

/// The rate is fixed for a month.
fn euros(dollars: Decimal, day: Day) -> Decimal {
    (dollars * Decimal::new(900 + i64::from(day.date().month()), 3)).round_dp(13)
}

fn monitoring(day: Day, hours: i64) -> Option<Charge> {
    let dollars = Decimal::new(55, 2) * Decimal::from(hours);
    (hours > 0).then(|| Charge {
        subscription: LABS,
        resource: format!("/subscriptions/{}/resourcegroups/rg-labs{MONITORING}", LABS.id()),
        meter: "Datadog Pro",
        sub_category: "",
        unit: "1",
        marketplace: true,
        quantity: Decimal::from(hours),
        euros: euros(dollars, day),
        dollars,
        for_models: false,
    })
}
