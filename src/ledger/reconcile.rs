//! One account's day: the bill where there is one, the estimate where it does not reach yet.
//!
//! - A final bill is the spend, to the last digit in the billed currency.
//! - Only charges for use are allocated. Credits, taxes, fees and the like stay the rows that the provider wrote: nobody's
//!   tokens caused them. A negative charge for use is shared like any other, each line by itself and by weights that are never
//!   negative, so that mixed signs cannot blow up a share.
//! - Every unit of use stands on exactly one row, or is shared between rows of the same combination.
//! - While a bill is open, spend is what it says plus what the calibrated estimate has beyond the lines that use explains.

use rust_decimal::Decimal;

use super::draft::{Draft, estimate};
use super::lines::{self, Line};
use super::split::{split_money, sum};
use super::uses::{self, Use};
use crate::domain::calibration::Calibration;
use crate::domain::names::Billing;
use crate::domain::spend::{Bill, DayFacts, SpendRow};

/// The rows of the ledger for one account's day, in an order that does not depend on the order of the facts.
///
/// `calibration` only matters while the bill is awaited or open.
#[must_use]
pub fn reconcile(facts: &DayFacts, calibration: &Calibration) -> Vec<SpendRow> {
    let uses = uses::of_day(facts);
    match &facts.bill {
        Bill::None => uses
            .iter()
            .map(|used| estimate(used, if used.covered { used.list_price() } else { Decimal::ZERO }))
            .collect(),
        Bill::Final(costs) => Draft::new(&uses, &lines::merge(costs)).into_rows(),
        Bill::Awaited => open(facts, &uses, &[], calibration),
        Bill::Open(costs) => open(facts, &uses, &lines::merge(costs), calibration),
    }
}

fn open(facts: &DayFacts, uses: &[Use], lines: &[Line], calibration: &Calibration) -> Vec<SpendRow> {
    let mut draft = Draft::new(uses, lines);
    if let Some(billed) = draft.billed_usd(facts) {
        draft.extra = beyond(uses, &billed, calibration);
    }
    let mut rows = draft.into_rows();
    for row in rows.iter_mut().filter(|row| row.billing == Billing::Metered) {
        row.provisional = true;
    }
    rows
}

/// What the estimate has beyond the bill, in US dollars, shared over the combinations that the bill is behind on.
fn beyond(uses: &[Use], billed: &[Decimal], calibration: &Calibration) -> Vec<Decimal> {
    let expected: Vec<Decimal> = uses
        .iter()
        .map(|used| {
            if used.covered { used.list_price().saturating_mul(calibration.ratio(&used.usage)) } else { Decimal::ZERO }
        })
        .collect();
    let extra = sum(expected.iter().copied()).saturating_sub(sum(billed.iter().copied()));
    let behind: Vec<Decimal> =
        expected.iter().zip(billed).map(|(expected, billed)| expected.saturating_sub(*billed)).collect();
    if extra > Decimal::ZERO { split_money(extra, &behind).unwrap_or_default() } else { Vec::new() }
}
