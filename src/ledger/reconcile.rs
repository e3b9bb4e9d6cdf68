//! One account's day: the bill where there is one, the estimate where it does not reach yet.
//!
//! - A final bill is the spend, to the last digit in the billed currency.
//! - Only charges for use are allocated. Credits, taxes, fees and the like stay the rows that the provider wrote: nobody's
//!   tokens caused them. A negative charge for use is shared like any other, each line by itself and by weights that are never
//!   negative, so that mixed signs cannot blow up a share.
//! - Every unit of use stands on exactly one row, or is shared between rows of the same combination.
//! - While a bill is open, spend is what it says plus what the calibrated estimate has beyond the lines that use explains.

use rust_decimal::Decimal;

use super::allocate::{Allocation, allocate};
use super::lines::{self, Line};
use super::matching::Match;
use super::rows;
use super::split::{split, split_money, sum};
use super::uses::{self, Use};
use crate::domain::calibration::Calibration;
use crate::domain::cost::ChargeCategory;
use crate::domain::names::Billing;
use crate::domain::spend::{Basis, Bill, DayFacts, SpendRow};

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
        Bill::Final(costs) => Day::new(&uses, &lines::merge(costs)).into_rows(),
        Bill::Awaited => open(facts, &uses, &[], calibration),
        Bill::Open(costs) => open(facts, &uses, &lines::merge(costs), calibration),
    }
}

fn open(facts: &DayFacts, uses: &[Use], lines: &[Line], calibration: &Calibration) -> Vec<SpendRow> {
    let mut day = Day::new(uses, lines);
    if let Some(billed) = day.billed_usd(facts) {
        day.extra = beyond(uses, &billed, calibration);
    }
    let mut rows = day.into_rows();
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

/// A row with a share of a line, and the use that it is a share for.
struct Shared {
    used: usize,
    row: SpendRow,
    /// The use's quantity may stand on the row.
    carries: bool,
}

/// The day while its rows are put together.
struct Day<'a> {
    uses: &'a [Use],
    whole: Vec<SpendRow>,
    shared: Vec<Shared>,
    /// US dollars beyond the bill, by use; empty where there is nothing.
    extra: Vec<Decimal>,
}

impl<'a> Day<'a> {
    fn new(uses: &'a [Use], lines: &[Line]) -> Self {
        let mut day = Self { uses, whole: Vec::new(), shared: Vec::new(), extra: Vec::new() };
        let (charges, others): (Vec<Line>, Vec<Line>) =
            lines.iter().cloned().partition(|line| line.charge.category == ChargeCategory::Usage);
        day.whole.extend(others.iter().map(|line| rows::of_line(line, Basis::Billed)));
        for (line, allocation) in charges.iter().zip(allocate(&charges, uses)) {
            match allocation {
                Allocation::Unexplained => day.whole.push(rows::of_line(line, Basis::Unallocated)),
                Allocation::Shared { how, shares, comparable } => {
                    let as_is = how == Match::Exact && shares.len() == 1;
                    for share in shares {
                        let Some(used) = uses.get(share.used) else { continue };
                        let mut row = rows::of_share(&line.charge, &used.usage, share.amount);
                        let carries = rows::carries(&row, &used.usage);
                        row.comparable = comparable && carries;
                        row.basis = if as_is { Basis::Billed } else { Basis::Allocated };
                        day.shared.push(Shared { used: share.used, row, carries });
                    }
                }
            }
        }
        day
    }

    /// What the explained lines come to for each use, in US dollars; `None` where a currency has no rate.
    fn billed_usd(&self, facts: &DayFacts) -> Option<Vec<Decimal>> {
        let mut billed = vec![Decimal::ZERO; self.uses.len()];
        for shared in &self.shared {
            let usd = shared.row.billed.saturating_mul(facts.usd_rate(shared.row.currency)?);
            if let Some(sum) = billed.get_mut(shared.used) {
                *sum = sum.saturating_add(usd);
            }
        }
        Some(billed)
    }

    fn into_rows(mut self) -> Vec<SpendRow> {
        let mut carriers: Vec<Vec<usize>> = vec![Vec::new(); self.uses.len()];
        for (index, shared) in self.shared.iter().enumerate().filter(|(_, shared)| shared.carries) {
            if let Some(carriers) = carriers.get_mut(shared.used) {
                carriers.push(index);
            }
        }
        let mut rows = self.whole;
        for (index, (used, carriers)) in self.uses.iter().zip(carriers).enumerate() {
            let extra = self.extra.get(index).copied().unwrap_or_default();
            if carriers.is_empty() {
                rows.push(estimate(used, extra));
                continue;
            }
            hand_over(used, &carriers, &mut self.shared);
            if !extra.is_zero() {
                let mut row = estimate(used, extra);
                (row.quantity, row.estimated, row.unpriced) = (Decimal::ZERO, Some(Decimal::ZERO), false);
                rows.push(row);
            }
        }
        rows.extend(self.shared.into_iter().map(|shared| shared.row));
        merge(rows)
    }
}

/// Puts the use on the rows that carry it, in proportion to their money.
fn hand_over(used: &Use, carriers: &[usize], shared: &mut [Shared]) {
    let money: Vec<Decimal> =
        carriers.iter().filter_map(|&index| shared.get(index)).map(|shared| shared.row.amount).collect();
    let quantity = used.usage.quantity;
    let parts = |total: Decimal, scale: Option<u32>| {
        let parts = if let Some(scale) = scale { split(total, &money, scale) } else { split_money(total, &money) };
        parts.unwrap_or_else(|| {
            let mut parts = vec![Decimal::ZERO; money.len()];
            parts.iter_mut().take(1).for_each(|first| *first = total);
            parts
        })
    };
    let quantities = parts(quantity, Some(quantity.normalize().scale()));
    let list = rows::list_price(used.usage.price).map(|usd| parts(usd, None));
    for (part, &index) in carriers.iter().enumerate() {
        if let Some(Shared { row, .. }) = shared.get_mut(index) {
            row.quantity = quantities.get(part).copied().unwrap_or_default();
            row.estimated = list.as_ref().map(|list| list.get(part).copied().unwrap_or_default());
            row.unpriced = used.is_unpriced();
        }
    }
}

fn estimate(used: &Use, amount: Decimal) -> SpendRow {
    let mut row = rows::of_use(used);
    if !amount.is_zero() {
        row.basis = Basis::Estimated;
        row.amount = amount;
    }
    row
}

/// Adds up rows that say the same: shares of one line for a person, when it is not for a model.
fn merge(mut rows: Vec<SpendRow>) -> Vec<SpendRow> {
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows.dedup_by(|next, kept| {
        let same = key(next) == key(kept);
        if same {
            kept.quantity = kept.quantity.saturating_add(next.quantity);
            kept.amount = kept.amount.saturating_add(next.amount);
            kept.billed = kept.billed.saturating_add(next.billed);
            kept.estimated = kept.estimated.zip(next.estimated).map(|(kept, next)| kept.saturating_add(next));
        }
        same
    });
    rows
}

fn key(row: &SpendRow) -> impl Ord + '_ {
    let charge = (row.category, row.currency, row.billing, row.basis, row.comparable, row.unpriced);
    (&row.dims, &row.model, row.meter, &row.line_item, charge, row.estimated.is_some())
}
