//! Their results as our records.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::api::{CostResult, UsageResult};
use super::line_item;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::FetchError;

/// The record of a billed line; `None` for a kind of result that is not known.
///
/// # Errors
///
/// [`FetchError::Malformed`] for a currency that is none.
pub(super) fn cost(at: DateTime<Utc>, result: CostResult) -> Result<Option<CostRecord>, FetchError> {
    if result.object != CostResult::OBJECT {
        tracing::debug!(object = result.object, "unknown kind of cost result skipped");
        return Ok(None);
    }
    let item = line_item::parse(result.line_item.as_deref().unwrap_or_default(), result.quantity_unit.as_deref());
    let dims = Dimensions {
        project: result.project_id,
        api_key: result.api_key_id,
        model: item.model,
        service_tier: item.service_tier,
        prompt_over: item.prompt_over,
        ..Dimensions::default()
    };
    let (value, currency) = result.amount.map_or((None, None), |amount| (amount.value, amount.currency));
    if value.is_none() {
        tracing::warn!(%at, line_item = result.line_item, "cost without an amount counted as zero");
    }
    let value = value.map_or(Decimal::ZERO, |number| number.0);
    let currency = match currency {
        Some(code) => code.parse().map_err(|error| FetchError::Malformed(format!("cost of {at}: {error}")))?,
        None => Currency::USD,
    };
    Ok(Some(CostRecord {
        at,
        dims,
        meter: item.meter,
        line_item: result.line_item,
        // The vendor names no categories: what it gives back are credits.
        category: if value < Decimal::ZERO { ChargeCategory::Credit } else { ChargeCategory::Usage },
        amount: Money::new(value, currency),
        quantity: result.quantity.map(|number| number.0),
        unit: result.quantity_unit,
    }))
}

/// A record for each of `quantities` that is not zero.
pub(super) fn usage(at: DateTime<Utc>, result: UsageResult, quantities: Vec<(Meter, Decimal)>) -> Vec<UsageRecord> {
    let service_tier = match result.service_tier {
        _ if result.batch == Some(true) => Some("batch".to_owned()),
        Some(tier) if tier == "default" => None,
        tier => tier,
    };
    let dims = Dimensions {
        project: result.project_id,
        api_key: result.api_key_id,
        user: result.user_id,
        model: result.model,
        service_tier,
        ..Dimensions::default()
    };
    let used = quantities.into_iter().filter(|(_, quantity)| !quantity.is_zero());
    used.map(|(meter, quantity)| UsageRecord { at, dims: dims.clone(), meter, quantity }).collect()
}
