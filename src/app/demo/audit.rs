//! Holding the ledger against the made-up vendors' own bills, day by day, each in its currency.

use std::time::Duration;

use anyhow::Result;
use rust_decimal::Decimal;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use crate::sandbox::{Guest, Sandbox, Target};
use crate::store::Store;

const PAUSE: Duration = Duration::from_secs(2);
/// By then even a slow machine has caught up; what differs now differs for good.
const PATIENCE: Duration = Duration::from_secs(300);
/// Days that every vendor's feed calls settled by now.
const SETTLED_AFTER: u32 = 6;
/// OpenRouter tells no more.
const OPENROUTER_DAYS: u32 = 29;

/// One vendor's settled days.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Audit {
    vendor: &'static str,
    currency: Currency,
    days: u32,
    ledger: Decimal,
    bill: Decimal,
    differs: Vec<Day>,
}

/// Waits until the ledger has caught up with the settled of the last `days`, and says how it compares.
pub(super) async fn watch(store: Store, sandbox: &Sandbox, today: Day, days: u32) {
    let began = Instant::now();
    loop {
        sleep(PAUSE).await;
        let audits = match audit(&store, sandbox, today, days).await {
            Ok(audits) => audits,
            // The database may still be starting; the daemon tells of it.
            Err(_) => continue,
        };
        let equal = audits.iter().all(|audit| audit.differs.is_empty());
        if !equal && began.elapsed() < PATIENCE {
            continue;
        }
        for Audit { vendor, currency, days, ledger, bill, differs } in audits {
            let (ledger, bill) = (ledger.normalize(), bill.normalize());
            match differs.first() {
                None => info!("audit of {vendor}: {days} settled days, ledger {ledger} {currency} = bill, each day"),
                Some(day) => {
                    warn!("audit of {vendor}: ledger {ledger} {currency}, bill {bill}, the days differ from {day} on");
                }
            }
        }
        return;
    }
}

async fn audit(store: &Store, sandbox: &Sandbox, today: Day, days: u32) -> Result<Vec<Audit>> {
    let mut audits = Vec::new();
    for vendor in sandbox.billed_by() {
        let days = if vendor == Target::Guest(Guest::OpenRouter) { OPENROUTER_DAYS } else { days };
        let Some(window) = Window::new(today.minus(days - 1), today.minus(SETTLED_AFTER)) else { continue };
        let currency = sandbox.currency_of(vendor);
        let mut audit = Audit {
            vendor: vendor.name(),
            currency,
            days: window.len(),
            ledger: Decimal::ZERO,
            bill: Decimal::ZERO,
            differs: Vec::new(),
        };
        let charged = store.charged(window).await?;
        for day in window.days() {
            let own = charged.iter().filter(|row| row.day == day && row.provider == vendor.name());
            let (own, other): (Vec<_>, Vec<_>) = own.partition(|row| row.currency == currency.as_str());
            let ledger: Decimal = own.iter().map(|row| row.amount).sum();
            let bill = sandbox.bill_of(vendor, day).unwrap_or_default();
            if ledger != bill || !other.is_empty() {
                audit.differs.push(day);
            }
            audit.ledger += ledger;
            audit.bill += bill;
        }
        audits.push(audit);
    }
    Ok(audits)
}
