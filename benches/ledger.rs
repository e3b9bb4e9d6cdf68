//! How long a year of one account takes to reconcile, against reading its rows once in the same run.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use llmtally::domain::calibration::Calibration;
use llmtally::domain::cost::{ChargeCategory, CostRecord};
use llmtally::domain::money::Money;
use llmtally::domain::names::Billing;
use llmtally::domain::period::Day;
use llmtally::domain::spend::{Bill, BilledCost, DayFacts, Price, PricedUsage};
use llmtally::domain::usage::{Dimensions, Meter, UsageRecord};
use llmtally::ledger::reconcile::reconcile;
use rust_decimal::Decimal;

const DAYS: u32 = 365;
const PROJECTS: i64 = 5;
const KEYS: i64 = 15;
const MODELS: i64 = 2;
const METERS: [Meter; 4] = [Meter::Input, Meter::CacheRead, Meter::Output, Meter::CacheWrite];

/// 40 lines of a bill by project, model and meter, and 600 rows of use that also tell the key.
fn named(day: Day) -> DayFacts {
    let mut usage = Vec::new();
    let mut costs = Vec::new();
    for (project, model, meter) in combinations() {
        costs.push(cost(day, project, model, meter));
        usage.extend((0..KEYS).map(|key| used(Some(project), Some(key), model, meter)));
    }
    facts(day, Bill::Final(costs), usage, Vec::new())
}

/// The same from a provider that is asked twice: use by model, and once more by key for the shares; the bill is not final.
fn attributed(day: Day) -> DayFacts {
    let mut costs = Vec::new();
    let mut attribution = Vec::new();
    for (project, model, meter) in combinations() {
        costs.push(cost(day, project, model, meter));
        attribution.extend((0..KEYS).map(|key| {
            let used = used(Some(project), Some(key), model, meter);
            UsageRecord { at: day.start(), dims: used.dims, meter, quantity: used.quantity }
        }));
    }
    let priced = (0..MODELS).flat_map(|model| METERS.map(|meter| used(None, None, model, meter)));
    facts(day, Bill::Open(costs), priced.collect(), attribution)
}

fn combinations() -> impl Iterator<Item = (i64, i64, Meter)> {
    (0..PROJECTS).flat_map(|project| {
        (0..MODELS).flat_map(move |model| METERS.into_iter().map(move |meter| (project, model, meter)))
    })
}

fn facts(day: Day, bill: Bill, usage: Vec<PricedUsage>, attribution: Vec<UsageRecord>) -> DayFacts {
    DayFacts { day, bill, usage, attribution, leaves_out: BTreeSet::new(), usd_rates: BTreeMap::new() }
}

fn dims(project: Option<i64>, key: Option<i64>, model: i64) -> Dimensions {
    Dimensions {
        project: project.map(|project| format!("proj_Zk1example{project}")),
        api_key: key.map(|key| format!("key_Q7example{key}")),
        model: Some(format!("gpt-5.{model}-2026-03-05")),
        ..Dimensions::default()
    }
}

fn used(project: Option<i64>, key: Option<i64>, model: i64, meter: Meter) -> PricedUsage {
    let quantity = 10_007 * (key.unwrap_or_default() + 1) + 13 * project.unwrap_or_default();
    PricedUsage {
        dims: dims(project, key, model),
        model: Some(format!("gpt-5.{model}")),
        meter,
        quantity: quantity.into(),
        price: Price::Rated(Decimal::new(quantity * 25, 7)),
        billing: Billing::Metered,
    }
}

fn cost(day: Day, project: i64, model: i64, meter: Meter) -> BilledCost {
    let record = CostRecord {
        at: day.start(),
        dims: dims(Some(project), None, model),
        meter: Some(meter),
        line_item: Some(format!("gpt-5.{model}-2026-03-05, {meter}")),
        category: ChargeCategory::Usage,
        amount: Money::usd(Decimal::new(412_350_000_000_000_001 + project, 17)),
        quantity: None,
        unit: None,
    };
    BilledCost { record, model: Some(format!("gpt-5.{model}")) }
}

/// The best time of some rounds, and the rows of the last.
fn time(mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut best = (Duration::MAX, 0);
    for _ in 0..table::ROUNDS {
        let start = Instant::now();
        let rows = work();
        best = (start.elapsed().min(best.0), rows);
    }
    best
}

fn report(name: &str, make: fn(Day) -> DayFacts) {
    let first = Day::from_ymd(2026, 1, 1).unwrap_or_else(|| Day::of(chrono::DateTime::UNIX_EPOCH));
    let year: Vec<DayFacts> = (0..DAYS).map(|offset| make(first.plus(offset))).collect();
    let calibration = Calibration::default();
    let (copy, _) = time(|| std::hint::black_box(year.clone()).len());
    let (work, rows) = time(|| year.iter().map(|day| reconcile(day, &calibration).len()).sum());
    table::line(&format!("ledger: {DAYS} days reconciled in memory, {name}"), rows, work, copy);
}

fn main() {
    table::head("copying the facts");
    report("use with keys, final bill", named);
    report("use without keys, open bill", attributed);
}
