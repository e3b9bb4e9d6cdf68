//! App Optimize's JSON, as far as it is read. Google shows no sample of a row with money in it: what counts is read strictly.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::domain::money::Currency;
use crate::providers::feed::FetchError;
use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// Work that goes on after the request for it was answered.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    /// A path, such as `projects/p/locations/global/operations/op-1`.
    pub(super) name: String,
    /// Left out where it is false.
    #[serde(default)]
    pub(super) done: bool,
    pub(super) error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Failure {
    #[serde(default)]
    pub(super) code: i32,
    #[serde(default)]
    pub(super) message: String,
}

/// A page of a report.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportPage {
    #[serde(default)]
    columns: Vec<Column>,
    /// Cells in the order of the columns; left out where there is none.
    rows: Option<Vec<Vec<Value>>>,
    next_page_token: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

impl Page for ReportPage {
    /// A row's cells by their column, or why there is none.
    type Item = Result<Map<String, Value>, FetchError>;

    fn into_parts(self) -> PageParts<Self::Item> {
        let wrong = |what: &str| Err(FetchError::Malformed(format!("report {what}")));
        let cursor = self.next_page_token.filter(|token| !token.is_empty());
        // An empty list is left out, but a list of another name may be the rows.
        let is_renamed = self.rows.is_none() && self.others.values().any(Value::is_array);
        let row = |cells: Vec<Value>| {
            if cells.len() != self.columns.len() {
                return wrong("has a row with more or fewer cells than columns");
            }
            Ok(self.columns.iter().map(|column| column.name.clone()).zip(cells).collect())
        };
        let mut items: Vec<Self::Item> = self.rows.into_iter().flatten().map(row).collect();
        if is_renamed {
            items.push(wrong("has no rows, and lists that are not known"));
        }
        PageParts { items, has_more: cursor.is_some(), cursor }
    }
}

/// A row by the dimensions and the metric that a report is asked for. Which of them stand in the way of nothing if they are
/// missing is told by their types: without product and SKU nobody knows whose charge it is.
#[derive(Debug, Deserialize)]
pub(super) struct ReportedRow {
    pub(super) project: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) product_display_name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) sku: Option<String>,
    pub(super) location: Option<String>,
    /// In Pacific time, such as `2026-11-01T05`.
    pub(super) hour: String,
    pub(super) cost: Amount,
}

/// Null, but not missing.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// `google.type.Money`: whole units and billionths, of which those that are zero may be left out. Nothing else may be in it,
/// for it might be a part of the amount; and no plain number is taken, for it would not say of which currency.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    #[serde(alias = "currencyCode")]
    pub(super) currency_code: Currency,
    pub(super) units: Option<Number>,
    pub(super) nanos: Option<Number>,
}
