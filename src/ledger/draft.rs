//! Putting the rows of a day together, so that all money of the bill and every unit of use stands in them once.

use rust_decimal::Decimal;

use super::allocate::{Allocation, allocate};
use super::lines::Line;
use super::matching::Match;
use super::rows;
use super::split::{split, split_money};
use super::uses::Use;
use crate::domain::cost::ChargeCategory;
use crate::domain::spend::{Basis, DayFacts, SpendRow};

/// A row with a share of a line, and the use that it is a share for.
struct Shared {
    used: usize,
    row: SpendRow,
    /// The use's quantity may stand on the row.
    carries: bool,
}

/// The rows of a day while they are put together.
pub(crate) struct Draft<'a> {
    uses: &'a [Use],
    whole: Vec<SpendRow>,
    shared: Vec<Shared>,
    /// US dollars beyond the bill, by use; empty where there is nothing.
    pub extra: Vec<Decimal>,
}

impl<'a> Draft<'a> {
    /// The lines of a bill, shared out over `uses`.
    pub(crate) fn new(uses: &'a [Use], lines: &[Line]) -> Self {
        let mut draft = Self { uses, whole: Vec::new(), shared: Vec::new(), extra: Vec::new() };
        let (charges, others): (Vec<Line>, Vec<Line>) =
            lines.iter().cloned().partition(|line| line.charge.category == ChargeCategory::Usage);
        draft.whole.extend(others.iter().map(|line| rows::of_line(line, Basis::Billed)));
        for (line, allocation) in charges.iter().zip(allocate(&charges, uses)) {
            match allocation {
                Allocation::Unexplained => draft.whole.push(rows::of_line(line, Basis::Unallocated)),
                Allocation::Shared { how, shares, comparable } => {
                    let as_is = how == Match::Exact && shares.len() == 1;
                    for share in shares {
                        let Some(used) = uses.get(share.used) else { continue };
                        let mut row = rows::of_share(&line.charge, &used.usage, share.amount);
                        let carries = rows::carries(&row, &used.usage);
                        row.comparable = comparable && carries;
                        row.basis = if as_is { Basis::Billed } else { Basis::Allocated };
                        draft.shared.push(Shared { used: share.used, row, carries });
                    }
                }
            }
        }
        draft
    }

    /// What the explained lines come to for each use, in US dollars; `None` where a currency has no rate.
    pub(crate) fn billed_usd(&self, facts: &DayFacts) -> Option<Vec<Decimal>> {
        let mut billed = vec![Decimal::ZERO; self.uses.len()];
        for shared in &self.shared {
            let usd = shared.row.billed.saturating_mul(facts.usd_rate(shared.row.currency)?);
            if let Some(sum) = billed.get_mut(shared.used) {
                *sum = sum.saturating_add(usd);
            }
        }
        Some(billed)
    }

    pub(crate) fn into_rows(mut self) -> Vec<SpendRow> {
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

/// A use whose money is estimated, if it has any.
pub(crate) fn estimate(used: &Use, amount: Decimal) -> SpendRow {
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
