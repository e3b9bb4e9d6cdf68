//! How long a year of one account takes from stored facts to a written ledger, against a raw COPY of the ledger's rows.

mod books;
mod database;
mod facts;
mod table;

use books::{config, no_rates};
use chrono::{DateTime, Utc};
use database::{Result, Scratch, timed};
use facts::{METERS, MODELS, dims, replace, used};
use llmtally::domain::cost::{ChargeCategory, CostRecord};
use llmtally::domain::money::Money;
use llmtally::domain::names::{FeedName, Provider};
use llmtally::domain::period::{Day, Window};
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::pricing::{Catalog, Overrides};
use llmtally::sync::ledger::rebuild;
use rust_decimal::Decimal;
use table::ROUNDS;
use tokio_util::sync::CancellationToken;

const DAYS: u32 = 365;
/// Each with two models and four meters: 48 rows an hour.
const KEYS: u32 = 6;
const COSTS: &str = "costs";

#[tokio::main]
async fn main() -> Result<()> {
    Scratch::lend(measure).await
}

async fn measure(scratch: &Scratch) -> Result<()> {
    let account = scratch.account().await?;
    let first: Day = "2025-11-01".parse()?;
    let year = Window::new(first, first.plus(DAYS)).ok_or("no year")?;
    let now = year.end().plus(30).start();
    let (measured, costs) = (scratch.fence("usage").await?, scratch.fence(COSTS).await?);
    let mut facts = 0;
    for day in year.days() {
        let window = Window::new(day, day.next()).ok_or("no day")?;
        let usage: Vec<_> = used(day, KEYS).collect();
        facts += usage.len();
        replace(scratch, &measured, window, &usage, now).await?;
        replace(scratch, &costs, window, &billed(day), now).await?;
    }
    scratch.run("ANALYZE").await?;
    let config = config(account, FeedName(COSTS));
    let mut best = None;
    for round in 0..ROUNDS {
        let _ = scratch.store.follow_rules(&format!("round {round}")).await?;
        // New each time: names are looked up once.
        let catalog = Catalog::bundled(Overrides::default());
        let pricer = |provider: Provider, at: DateTime<Utc>, dims: &Dimensions, meter: Meter, quantity: Decimal| {
            catalog.price(provider, at, dims, meter, quantity)
        };
        let stop = CancellationToken::new();
        let work = async { Ok(rebuild(&scratch.store, &pricer, &no_rates, &config, now, &stop).await?) };
        let (time, rebuilt) = timed(work).await?;
        best = best.filter(|(other, _)| *other < time).or(Some((time, rebuilt.rows)));
    }
    let (time, rows) = best.ok_or("nothing was measured")?;
    let raw = scratch.raw_copy("spend").await?;
    table::head("a raw COPY");
    table::line(&format!("ledger: {DAYS} days rebuilt from {facts} facts"), rows, time, raw);
    Ok(())
}

/// A day's bill by project, model and meter.
fn billed(day: Day) -> Vec<CostRecord> {
    let lines = (0..5).flat_map(|project| MODELS.map(|model| METERS.map(|meter| (project, model, meter))));
    let line = |(project, model, meter): (u32, &str, Meter)| CostRecord {
        at: day.start(),
        dims: dims(None, project, model),
        meter: Some(meter),
        line_item: Some(format!("{model}, {meter}")),
        category: ChargeCategory::Usage,
        amount: Money::usd(Decimal::new(412_350_000_000_000_001 + i64::from(project), 17)),
        quantity: None,
        unit: None,
    };
    lines.flatten().map(line).collect()
}
