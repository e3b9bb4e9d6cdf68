//! Building rows of the ledger from a line, a use, or both.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::lines::{Charge, Line};
use super::matching::same_model;
use super::uses::Use;
use crate::domain::cost::ChargeCategory;
use crate::domain::money::Currency;
use crate::domain::names::Billing;
use crate::domain::spend::{Basis, Price, PricedUsage, SpendRow};

/// A line as the provider wrote it.
pub(crate) fn of_line(line: &Line, basis: Basis) -> SpendRow {
    let Charge { category, currency, dims, model, meter, line_item } = line.charge.clone();
    SpendRow {
        dims,
        model,
        meter,
        line_item,
        category,
        billing: Billing::Metered,
        basis,
        provisional: false,
        quantity: Decimal::ZERO,
        currency,
        amount: line.amount,
        billed: line.amount,
        estimated: Some(Decimal::ZERO),
        comparable: false,
        unpriced: false,
        tags: BTreeMap::new(),
    }
}

/// A share of a line: what the bill tells wins, the use tells the rest.
pub(crate) fn of_share(charge: &Charge, used: &PricedUsage, amount: Decimal) -> SpendRow {
    let mut row = of_line(&Line { charge: charge.clone(), amount }, Basis::Allocated);
    let (dims, from) = (&mut row.dims, &used.dims);
    fill(&mut dims.project, &from.project);
    fill(&mut dims.api_key, &from.api_key);
    fill(&mut dims.user, &from.user);
    // A lump with a name of its own, such as a tool's, belongs to whoever used the account, but not to a model.
    if charge.is_lump() && charge.line_item.is_some() {
        return row;
    }
    fill(&mut dims.service_tier, &from.service_tier);
    fill(&mut dims.region, &from.region);
    if dims.prompt_over == 0 {
        dims.prompt_over = from.prompt_over;
    }
    if !charge.tells_model() || same_model(charge, used) {
        fill(&mut row.dims.model, &from.model);
        fill(&mut row.model, &used.model);
    }
    row.meter = row.meter.or(Some(used.meter));
    row
}

/// A use without money.
pub(crate) fn of_use(used: &Use) -> SpendRow {
    let usage = &used.usage;
    SpendRow {
        dims: usage.dims.clone(),
        model: usage.model.clone(),
        meter: Some(usage.meter),
        line_item: None,
        category: ChargeCategory::Usage,
        billing: usage.billing,
        basis: Basis::None,
        provisional: false,
        quantity: usage.quantity,
        currency: Currency::USD,
        amount: Decimal::ZERO,
        billed: Decimal::ZERO,
        estimated: list_price(usage.price),
        comparable: false,
        unpriced: used.is_unpriced(),
        tags: BTreeMap::new(),
    }
}

/// Whether the use's quantity can stand on a share's row without changing what it says.
pub(crate) fn carries(row: &SpendRow, used: &PricedUsage) -> bool {
    fn within(used: Option<&String>, row: Option<&String>) -> bool {
        used.is_none() || used == row
    }
    let (dims, from) = (&row.dims, &used.dims);
    row.meter == Some(used.meter)
        && within(used.model.as_ref(), row.model.as_ref())
        && (used.model.is_some() || from.model == dims.model)
        && within(from.project.as_ref(), dims.project.as_ref())
        && within(from.api_key.as_ref(), dims.api_key.as_ref())
        && within(from.user.as_ref(), dims.user.as_ref())
        && within(from.service_tier.as_ref(), dims.service_tier.as_ref())
}

pub(crate) fn list_price(price: Price) -> Option<Decimal> {
    match price {
        Price::Rated(usd) => Some(usd),
        Price::Free => Some(Decimal::ZERO),
        Price::Unpriced => None,
    }
}

fn fill(known: &mut Option<String>, from: &Option<String>) {
    if known.is_none() {
        known.clone_from(from);
    }
}
