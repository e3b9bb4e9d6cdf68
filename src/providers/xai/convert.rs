//! From xAI's series to our records.

use rust_decimal::Decimal;

use super::api::{Point, Series};
use super::description;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::{Day, Window};
use crate::domain::usage::Dimensions;
use crate::providers::feed::FetchError;

/// What was charged on the days of `window`. Days that cost nothing may be told as zeros or not at all.
pub(super) fn costs(window: Window, series: &[Series]) -> Result<Vec<CostRecord>, FetchError> {
    let mut records = Vec::new();
    for series in series {
        let text = series.group.first().map(String::as_str).unwrap_or_default();
        let item = description::parse(text);
        for point in series.data_points.iter().filter(|point| !point.values.0.0.is_zero()) {
            let (day, amount) = (day(point)?, point.values.0.0);
            if !window.contains(day) {
                continue;
            }
            records.push(CostRecord {
                at: day.start(),
                dims: Dimensions {
                    model: item.model.clone(),
                    service_tier: item.service_tier.clone(),
                    ..Dimensions::default()
                },
                meter: item.meter,
                line_item: Some(text.to_owned()).filter(|text| !text.is_empty()),
                category: if amount < Decimal::ZERO { ChargeCategory::Credit } else { ChargeCategory::Usage },
                amount: Money::usd(amount),
                quantity: None,
                unit: None,
            });
        }
    }
    Ok(records)
}

fn day(point: &Point) -> Result<Day, FetchError> {
    let text = &point.timestamp;
    let date = text.get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| FetchError::Malformed(format!("usage has `{text}` where a day belongs")))
}
