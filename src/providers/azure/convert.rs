//! Their rows as our records.

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;
use serde_json::Value;

use super::api::Row;
use super::meter;
use super::question::Shop;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::usage::Dimensions;
use crate::providers::feed::FetchError;
use crate::providers::number::Number;

/// What agreements call the billed amount.
const AMOUNTS: [&str; 2] = ["cost", "pretaxcost"];

/// The record of a billed row; `None` for what is another shop's or no model's.
///
/// # Errors
///
/// [`FetchError::Malformed`] for a row without a day or currency, and for numbers that are none.
pub(super) fn cost(row: &Row, shop: Shop) -> Result<Option<CostRecord>, FetchError> {
    let resource = row.text("resourceid").unwrap_or_default().to_lowercase();
    let line_item = row.text("meter").map(str::to_owned);
    let on_account = resource.contains("/providers/microsoft.cognitiveservices/accounts/");
    let item = match shop {
        Shop::Accounts => meter::parse(line_item.as_deref().unwrap_or_default(), row.text("metersubcategory")),
        // The first question has told of it already.
        Shop::Marketplace if on_account => return Ok(None),
        Shop::Marketplace => match meter::parse_offer(&resource, line_item.as_deref().unwrap_or_default()) {
            Some(item) => item,
            None => return Ok(None),
        },
    };
    let day = row.day()?;
    if !AMOUNTS.iter().any(|column| row.0.contains_key(*column)) {
        return Err(FetchError::Malformed(format!("costs of {day} have no column `Cost`")));
    }
    let amount = row.number(&AMOUNTS)?;
    if amount.is_none() {
        tracing::warn!(%day, line_item, "cost without an amount counted as zero");
    }
    let amount = amount.unwrap_or_default();
    let dims = Dimensions {
        project: on_account.then_some(resource),
        model: item.model,
        service_tier: item.service_tier.map(str::to_owned),
        region: item.region.map(str::to_owned),
        prompt_over: item.prompt_over,
        ..Dimensions::default()
    };
    Ok(Some(CostRecord {
        at: day.and_time(NaiveTime::MIN).and_utc(),
        dims,
        meter: item.meter,
        line_item,
        category: category(row.text("chargetype").unwrap_or_default(), amount),
        amount: Money::new(amount, row.currency()?),
        quantity: row.number(&["usagequantity"])?,
        unit: row.text("unitofmeasure").map(str::to_owned),
    }))
}

/// `Usage`, `Purchase`, `Refund`, …; what is not known is use, or given back.
fn category(charge_type: &str, amount: Decimal) -> ChargeCategory {
    match charge_type.to_ascii_lowercase().as_str() {
        "purchase" => ChargeCategory::Purchase,
        "tax" => ChargeCategory::Tax,
        "roundingadjustment" | "adjustment" => ChargeCategory::Adjustment,
        "refund" => ChargeCategory::Credit,
        _ if amount < Decimal::ZERO => ChargeCategory::Credit,
        _ => ChargeCategory::Usage,
    }
}

impl Row {
    /// Nothing where the cell is empty or the column is not there.
    fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The first of `columns` that is there.
    fn number(&self, columns: &[&str]) -> Result<Option<Decimal>, FetchError> {
        let Some((column, cell)) = columns.iter().find_map(|column| Some((column, self.0.get(*column)?))) else {
            return Ok(None);
        };
        let number = serde_json::from_value::<Option<Number>>(cell.clone());
        let number = number.map_err(|error| FetchError::Malformed(format!("column {column} of costs: {error}")))?;
        Ok(number.map(|number| number.0))
    }

    /// `20261101`, as a number or as text.
    fn day(&self) -> Result<NaiveDate, FetchError> {
        let text = match self.0.get("usagedate") {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        NaiveDate::parse_from_str(&text, "%Y%m%d")
            .map_err(|_| FetchError::Malformed(format!("`{text}` is no day of a cost")))
    }

    fn currency(&self) -> Result<Currency, FetchError> {
        let code = self.text("currency").unwrap_or_default();
        code.parse().map_err(|error| FetchError::Malformed(format!("currency of a cost: {error}")))
    }
}
