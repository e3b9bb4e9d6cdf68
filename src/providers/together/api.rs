//! The JSON of the billing report, as far as it is read; unknown fields are ignored.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// `GET /billing/usage`: a page of a month.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub(super) organization_id: String,
    currency: Currency,
    data: Vec<Window>,
    next_cursor: Option<String>,
}

/// A finished day.
#[derive(Debug, Deserialize)]
struct Window {
    date: Day,
    line_items: Vec<LineItem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LineItem {
    pub(super) product_name: String,
    /// In the product's own unit: tokens, hours of a GPU and others.
    pub(super) quantity: Number,
    pub(super) cost: Number,
    /// What the price depends on. The names in it are the vendor's own and differ by product.
    #[serde(default)]
    pub(super) pricing_dimensions: BTreeMap<String, Value>,
    /// What it was used for. The same holds for its names.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Value>,
    pub(super) applied_credit: Option<AppliedCredit>,
}

/// Who covers a line; `PREPAID` and `POSTPAID` are the organization itself.
#[derive(Debug, Deserialize)]
pub(super) struct AppliedCredit {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// A line with its day and currency.
pub(super) struct Charge {
    pub(super) day: Day,
    pub(super) currency: Currency,
    pub(super) line: LineItem,
}

impl Page for Report {
    type Item = Charge;

    fn into_parts(self) -> PageParts<Charge> {
        let currency = self.currency;
        let of_window = |window: Window| {
            let day = window.date;
            window.line_items.into_iter().map(move |line| Charge { day, currency, line })
        };
        let cursor = self.next_cursor.filter(|cursor| !cursor.is_empty());
        PageParts { items: self.data.into_iter().flat_map(of_window).collect(), has_more: cursor.is_some(), cursor }
    }
}
