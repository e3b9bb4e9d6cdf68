//! From Together's lines to our records. The maps of a line are open: names that are not known are left alone.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::api::{Charge, LineItem};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::words;

/// The names under which a line may tell the same thing. An `api_key` by itself could be the key, and is not read.
const MODEL: [&str; 3] = ["model", "model_name", "model_id"];
const PROJECT: [&str; 2] = ["project_id", "project"];
const API_KEY: [&str; 2] = ["api_key_id", "api_key_name"];
const USER: [&str; 2] = ["user_id", "user"];

/// What a line costs, and the credit that covers it where somebody else gave it.
pub(super) fn costs(charge: &Charge) -> Vec<CostRecord> {
    let (line, amount) = (&charge.line, charge.line.cost.0);
    let record = |category, amount, quantity| CostRecord {
        at: charge.day.start(),
        dims: dims(line),
        meter: meter(line),
        line_item: Some(line_item(line)),
        category,
        amount: Money::new(amount, charge.currency),
        quantity,
        unit: None,
    };
    let is_given = line.applied_credit.as_ref().is_some_and(|credit| credit.kind == "CREDIT");
    let category = if amount < Decimal::ZERO { ChargeCategory::Credit } else { ChargeCategory::Usage };
    let mut records = vec![record(category, amount, Some(line.quantity.0))];
    if is_given && !amount.is_zero() {
        records.push(record(ChargeCategory::Credit, -amount, None));
    }
    records
}

/// The tokens of a line that says which kind they are, and of which model.
pub(super) fn usage(charge: &Charge) -> Option<UsageRecord> {
    let (line, dims) = (&charge.line, dims(&charge.line));
    let meter = meter(line).filter(|meter| meter.token_type().is_some() && dims.model.is_some())?;
    let quantity = line.quantity.0;
    (quantity > Decimal::ZERO).then_some(UsageRecord { at: charge.day.start(), dims, meter, quantity })
}

fn dims(line: &LineItem) -> Dimensions {
    let told = |names: &[&str]| {
        let maps = [&line.attributes, &line.pricing_dimensions];
        maps.into_iter().find_map(|map| text(map, names))
    };
    Dimensions {
        project: told(&PROJECT),
        api_key: told(&API_KEY),
        user: told(&USER),
        model: told(&MODEL),
        service_tier: words::service_tier(&what(line)),
        ..Dimensions::default()
    }
}

fn text(map: &BTreeMap<String, Value>, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| map.get(*name)?.as_str().filter(|text| !text.is_empty()));
    found.map(str::to_owned)
}

fn meter(line: &LineItem) -> Option<Meter> {
    words::meter(&what(line))
}

/// The product and what its price depends on besides the model.
fn what(line: &LineItem) -> String {
    let values = line.pricing_dimensions.iter().filter(|(name, _)| !MODEL.contains(&name.as_str()));
    let values = values.filter_map(|(_, value)| value.as_str());
    [line.product_name.as_str()].into_iter().chain(values).collect::<Vec<_>>().join(" ")
}

/// The product with everything that its price depends on, as the vendor names it.
fn line_item(line: &LineItem) -> String {
    let written = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    };
    let dimensions: Vec<_> = line.pricing_dimensions.iter().map(written).collect();
    if dimensions.is_empty() {
        line.product_name.clone()
    } else {
        format!("{}: {}", line.product_name, dimensions.join(", "))
    }
}
