//! Holding the ledger against the made-up vendors' own bill, day by day.

use std::time::Duration;

use anyhow::Result;
use rust_decimal::Decimal;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::domain::period::{Day, Window};
use crate::sandbox::{Sandbox, Vendor};
use crate::store::Store;
use crate::store::reporting::{Dimension, SpendFilter};

const PAUSE: Duration = Duration::from_secs(2);
/// By then even a slow machine has caught up; what differs now differs for good.
const PATIENCE: Duration = Duration::from_secs(300);

/// One vendor's settled days.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Audit {
    vendor: &'static str,
    ledger: Decimal,
    bill: Decimal,
    differs: Vec<Day>,
}

/// Waits until the ledger has caught up with `days`, and says how it compares.
pub(super) async fn watch(store: Store, sandbox: &Sandbox, days: Window) {
    let began = Instant::now();
    loop {
        sleep(PAUSE).await;
        let audits = match audit(&store, sandbox, days).await {
            Ok(audits) => audits,
            // The database may still be starting; the daemon tells of it.
            Err(_) => continue,
        };
        let equal = audits.iter().all(|audit| audit.differs.is_empty());
        if !equal && began.elapsed() < PATIENCE {
            continue;
        }
        for Audit { vendor, ledger, bill, differs } in audits {
            let (ledger, bill) = (ledger.normalize(), bill.normalize());
            match differs.first() {
                None => info!("{vendor}: {} settled days, ledger {ledger} USD = bill {bill} USD, each day", days.len()),
                Some(day) => warn!("{vendor}: ledger {ledger} USD, bill {bill} USD, the days differ from {day} on"),
            }
        }
        return;
    }
}

async fn audit(store: &Store, sandbox: &Sandbox, days: Window) -> Result<Vec<Audit>> {
    let by = [Dimension::Day, Dimension::Provider];
    let groups = store.spend(days, &by, &SpendFilter::default(), i64::MAX).await?.groups;
    let audits = [(Vendor::OpenAi, "openai"), (Vendor::Anthropic, "anthropic")].map(|(vendor, provider)| {
        let mut audit = Audit { vendor: provider, ledger: Decimal::ZERO, bill: Decimal::ZERO, differs: Vec::new() };
        for day in days.days() {
            let own =
                groups.iter().filter(|group| group.day == Some(day) && group.provider.as_deref() == Some(provider));
            let ledger: Decimal = own.map(|group| group.spend).sum();
            let bill = sandbox.bill(vendor, day).unwrap_or_default();
            if ledger != bill {
                audit.differs.push(day);
            }
            audit.ledger += ledger;
            audit.bill += bill;
        }
        audit
    });
    Ok(audits.into())
}
