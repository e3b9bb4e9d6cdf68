//! The JSON of the billing reports, as far as it is read; unknown fields are ignored.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::providers::number::Number;

/// Charges of one day.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<T> {
    pub(super) usage_items: Vec<T>,
}

/// Credits or premium requests of one model. Amounts are US dollars.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metered {
    pub(super) product: Option<String>,
    pub(super) sku: String,
    pub(super) model: Option<String>,
    pub(super) unit_type: Option<String>,
    pub(super) gross_quantity: Number,
    pub(super) gross_amount: Number,
    pub(super) discount_amount: Number,
}

/// A line of the bill of all products. Amounts are US dollars.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) date: DateTime<Utc>,
    pub(super) product: String,
    pub(super) sku: String,
    pub(super) quantity: Number,
    pub(super) unit_type: Option<String>,
    pub(super) gross_amount: Number,
    pub(super) discount_amount: Number,
    pub(super) organization_name: Option<String>,
}

/// Of a line of the bill only whose it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owned {
    pub(super) organization_name: Option<String>,
}
