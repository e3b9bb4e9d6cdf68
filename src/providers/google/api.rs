//! Google's JSON, as far as it is read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::providers::feed::FetchError;
use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// The answer to a query, or a page of it. While the query runs it holds neither schema nor rows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Results {
    pub(super) job_complete: bool,
    pub(super) job_reference: Option<JobReference>,
    pub(super) page_token: Option<String>,
    #[serde(default)]
    schema: Schema,
    rows: Option<Vec<Row>>,
    /// Of the whole answer. Where it is zero, and only there, no rows are told.
    total_rows: Option<Number>,
    #[serde(default)]
    errors: Vec<Trouble>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobReference {
    pub(super) job_id: String,
    pub(super) location: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Schema {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    f: Vec<Cell>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    v: Value,
}

/// What went wrong with a part of an answer that is a success by its status.
#[derive(Debug, Deserialize)]
struct Trouble {
    #[serde(default)]
    message: String,
}

impl Page for Results {
    /// A row's cells by their column, or why there is none.
    type Item = Result<Map<String, Value>, FetchError>;

    fn into_parts(self) -> PageParts<Self::Item> {
        let names: Vec<String> = self.schema.fields.into_iter().map(|field| field.name).collect();
        // Google also lists here what did not keep the query from its end.
        let failed = |trouble: Trouble| FetchError::Unavailable(format!("the query failed: {}", trouble.message));
        let mut errors: Vec<FetchError> =
            if self.rows.is_none() { self.errors.into_iter().map(failed).collect() } else { Vec::new() };
        let total = self.total_rows.map(|total| total.0).unwrap_or_default();
        if self.rows.is_none() && errors.is_empty() && !total.is_zero() {
            errors.push(FetchError::Malformed(format!("the answer to a query counts {total} rows and has none")));
        }
        let rows = self.rows.into_iter().flatten();
        let rows = rows.map(|row| Ok(names.iter().cloned().zip(row.f.into_iter().map(|cell| cell.v)).collect()));
        let items = rows.chain(errors.into_iter().map(Err)).collect();
        let cursor = self.page_token.filter(|token| !token.is_empty());
        PageParts { items, has_more: cursor.is_some(), cursor }
    }
}

/// A row of the query for costs; the columns of `sql::costs`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct BilledRow {
    pub(super) day: Day,
    /// Charges of the billing account as a whole have none.
    pub(super) project: Option<String>,
    pub(super) service: Option<String>,
    pub(super) sku: Option<String>,
    pub(super) location: Option<String>,
    pub(super) cost_type: Option<String>,
    pub(super) currency: Currency,
    pub(super) unit: Option<String>,
    pub(super) quantity: Option<Number>,
    /// Before credits.
    pub(super) gross: Number,
    /// Zero or less.
    pub(super) credits: Number,
}

/// A row of the query for names; the columns of `sql::projects`.
#[derive(Debug, Deserialize)]
pub(super) struct ProjectRow {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

/// A page of what Cloud Monitoring measured.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TimeSeriesPage {
    #[serde(default)]
    time_series: Vec<TimeSeries>,
    next_page_token: Option<String>,
    #[serde(default)]
    execution_errors: Vec<Trouble>,
    /// Regions that were not heard.
    #[serde(default)]
    unreachable: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TimeSeries {
    #[serde(default)]
    pub(super) metric: Labelled,
    #[serde(default)]
    pub(super) resource: Labelled,
    #[serde(default)]
    pub(super) points: Vec<Point>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Labelled {
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Point {
    pub(super) interval: Interval,
    pub(super) value: PointValue,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Interval {
    pub(super) end_time: DateTime<Utc>,
}

/// A count; values of other kinds are no counts and are refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum PointValue {
    Int64Value(Number),
    DoubleValue(Number),
}

impl Page for TimeSeriesPage {
    type Item = Result<TimeSeries, String>;

    fn into_parts(self) -> PageParts<Self::Item> {
        let unreachable = self.unreachable.into_iter().map(|region| format!("{region} cannot be reached"));
        let errors = self.execution_errors.into_iter().map(|trouble| trouble.message).chain(unreachable);
        let items = self.time_series.into_iter().map(Ok).chain(errors.map(Err)).collect();
        let cursor = self.next_page_token.filter(|token| !token.is_empty());
        PageParts { items, has_more: cursor.is_some(), cursor }
    }
}
