//! From Amazon's rows to ours. Pure.

use super::api::{Group, Measure};
use super::model;
use super::usage_type::{self, UsageType};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::period::Day;
use crate::domain::usage::Dimensions;
use crate::providers::feed::FetchError;

/// A row by model and kind of use; `None` where nothing was used and nothing charged.
pub(super) fn by_model(day: Day, group: Group) -> Result<Option<CostRecord>, FetchError> {
    let [model, used] = &group.keys;
    let model = model.split_once('$').map_or(model.as_str(), |(_, model)| model).to_owned();
    let used = used.clone();
    usage(day, Some(model.as_str()).filter(|model| !model.is_empty()), &used, group)
}

/// A row by service and kind of use.
pub(super) fn by_service(day: Day, group: Group) -> Result<Option<CostRecord>, FetchError> {
    let [service, used] = group.keys.clone();
    usage(day, model::of_service(&service), &used, group)
}

fn usage(day: Day, model: Option<&str>, used: &str, group: Group) -> Result<Option<CostRecord>, FetchError> {
    let UsageType { name, meter, service_tier, region, is_global, unit } = usage_type::parse(used);
    let model = model.or(name.as_deref()).map(|name| model::id(name, region, is_global));
    let region = region.map(str::to_owned);
    let cost = group.metrics.unblended_cost;
    let quantity = group.metrics.usage_quantity.filter(|quantity| !quantity.amount.0.is_zero());
    if cost.amount.0.is_zero() && quantity.is_none() {
        return Ok(None);
    }
    let told = |unit: String| unit != "N/A" && !unit.is_empty();
    let (quantity, told) = match quantity {
        Some(quantity) => (Some(quantity.amount.0), quantity.unit.filter(|unit| told(unit.clone()))),
        None => (None, None),
    };
    Ok(Some(CostRecord {
        at: day.start(),
        dims: Dimensions { model, service_tier: service_tier.map(str::to_owned), region, ..Dimensions::default() },
        meter,
        line_item: Some(used.to_owned()),
        category: ChargeCategory::Usage,
        amount: money(cost)?,
        unit: quantity.and(told.or_else(|| unit.map(str::to_owned))),
        quantity,
    }))
}

/// A row by kind of record and service.
pub(super) fn beside_usage(day: Day, group: Group) -> Result<CostRecord, FetchError> {
    let [record_type, service] = group.keys;
    Ok(CostRecord {
        at: day.start(),
        dims: Dimensions::default(),
        meter: None,
        line_item: Some(format!("{record_type}, {service}")),
        category: category(&record_type),
        amount: money(group.metrics.unblended_cost)?,
        quantity: None,
        unit: None,
    })
}

/// Kinds of record are open text: what is neither a credit, a tax nor a fee is use.
fn category(record_type: &str) -> ChargeCategory {
    let lower = record_type.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["tax"]) {
        ChargeCategory::Tax
    } else if has(&["credit", "refund", "discount program", "rate discount", "bundled discount"]) {
        ChargeCategory::Credit
    } else if has(&["upfront"]) {
        ChargeCategory::Purchase
    } else if has(&["fee", "recurring", "subscription"]) {
        ChargeCategory::Fee
    } else {
        ChargeCategory::Usage
    }
}

fn money(cost: Measure) -> Result<Money, FetchError> {
    let currency = cost.unit.as_deref().map_or(Ok(Currency::USD), str::parse);
    let currency = currency.map_err(|error| FetchError::Malformed(error.to_string()))?;
    Ok(Money::new(cost.amount.0, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_record_has_a_category() {
        for (record_type, expected) in [
            ("Credit", ChargeCategory::Credit),
            ("Refund", ChargeCategory::Credit),
            ("Enterprise Discount Program Discount", ChargeCategory::Credit),
            ("Tax", ChargeCategory::Tax),
            ("Recurring reservation fee", ChargeCategory::Fee),
            ("Upfront reservation fee", ChargeCategory::Purchase),
            ("DiscountedUsage", ChargeCategory::Usage),
            ("Savings Plan Covered Usage", ChargeCategory::Usage),
            ("something new", ChargeCategory::Usage),
        ] {
            assert_eq!(category(record_type), expected, "{record_type}");
        }
    }
}
