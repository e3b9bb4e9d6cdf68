//! Their rows as our records.

use rust_decimal::Decimal;

use super::api::Activity;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::number::Number;

/// Who charges for inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payer {
    /// OpenRouter charges for it.
    OpenRouter,
    /// The vendor charges for it: bring your own key.
    Vendor,
}

/// Who charges for a row's inference. A row that has both is the vendor's: its fee stays a charge, its tokens are not counted
/// twice.
pub(super) fn payer(row: &Activity) -> Payer {
    if amount(row.byok_usage_inference).is_zero() { Payer::OpenRouter } else { Payer::Vendor }
}

/// What OpenRouter charges for the row, and what the vendor charges beside it, which is no spend of this account.
pub(super) fn costs(day: Day, row: &Activity) -> Vec<CostRecord> {
    let record = |what: &str, category, amount| CostRecord {
        at: day.start(),
        dims: dims(row, None),
        meter: None,
        line_item: Some(line_item(row, what)),
        category,
        amount: Money::usd(amount),
        quantity: row.requests.map(|requests| requests.0),
        unit: row.requests.map(|_| "requests".to_owned()),
    };
    let vendors = amount(row.byok_usage_inference);
    let charged = record("", ChargeCategory::Usage, row.usage.0);
    let beside = (!vendors.is_zero()).then(|| record(", inference with an own key", ChargeCategory::Purchase, vendors));
    [charged].into_iter().filter(|record| !record.amount.amount.is_zero()).chain(beside).collect()
}

/// The row's tokens and requests, put down to `key` where that is known.
pub(super) fn usage(day: Day, row: &Activity, key: Option<&str>) -> Vec<UsageRecord> {
    let prompt = amount(row.prompt_tokens);
    // Responses that are replayed from a cache count tokens that no prompt had.
    let cached = amount(row.cached_tokens).min(prompt);
    let quantities = [
        (Meter::Requests, amount(row.requests)),
        (Meter::Input, prompt - cached),
        (Meter::CacheRead, cached),
        (Meter::Output, amount(row.completion_tokens)),
    ];
    let used = quantities.into_iter().filter(|(_, quantity)| !quantity.is_zero());
    used.map(|(meter, quantity)| UsageRecord { at: day.start(), dims: dims(row, key), meter, quantity }).collect()
}

fn dims(row: &Activity, key: Option<&str>) -> Dimensions {
    Dimensions {
        project: row.workspace_id.clone(),
        api_key: key.map(str::to_owned),
        model: row.model.clone().or_else(|| row.model_permaslug.clone()),
        ..Dimensions::default()
    }
}

/// The vendor has no text for a charge: its exact model and who ran it.
fn line_item(row: &Activity, what: &str) -> String {
    let model = row.model_permaslug.as_deref().or(row.model.as_deref()).unwrap_or("unknown model");
    let provider = row.provider_name.as_deref().unwrap_or("unknown provider");
    format!("{model} by {provider}{what}")
}

fn amount(number: Option<Number>) -> Decimal {
    number.map_or(Decimal::ZERO, |number| number.0)
}
