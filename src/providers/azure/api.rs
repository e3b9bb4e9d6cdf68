//! The JSON of the APIs, as far as it is read; unknown fields are ignored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// A page of resources.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<T> {
    value: Vec<T>,
    next_link: Option<String>,
}

impl<T: DeserializeOwned> Page for List<T> {
    type Item = T;

    fn into_parts(self) -> PageParts<T> {
        parts(self.value, self.next_link)
    }
}

/// No address, or an empty one, after the last page.
fn parts<T>(items: Vec<T>, next_link: Option<String>) -> PageParts<T> {
    let cursor = next_link.filter(|address| !address.is_empty());
    PageParts { items, has_more: cursor.is_some(), cursor }
}

/// A Cognitive Services or Foundry account: what Azure calls the resource.
#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) name: String,
    pub(super) sku: Option<Sku>,
    pub(super) properties: Option<DeploymentProperties>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sku {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeploymentProperties {
    pub(super) model: Option<Model>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) version: Option<String>,
}

/// A page of a cost query; nothing at all where nothing was charged.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct QueryAnswer(Option<QueryResult>);

#[derive(Debug, Deserialize)]
struct QueryResult {
    properties: Table,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    next_link: Option<String>,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

/// The cells of a row by their columns' names in lower case: the order of columns is nowhere promised.
#[derive(Debug)]
pub(super) struct Row(pub(super) BTreeMap<String, Value>);

impl Page for QueryAnswer {
    type Item = Row;

    fn into_parts(self) -> PageParts<Row> {
        let Some(QueryResult { properties: table }) = self.0 else { return parts(Vec::new(), None) };
        let names: Vec<String> = table.columns.into_iter().map(|column| column.name.to_ascii_lowercase()).collect();
        let row = |cells: Vec<Value>| Row(names.iter().cloned().zip(cells).collect());
        parts(table.rows.into_iter().map(row).collect(), table.next_link)
    }
}

/// The answer of Azure Monitor.
#[derive(Debug, Deserialize)]
pub(super) struct Metrics {
    pub(super) value: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metric {
    pub(super) name: Text,
    /// `Success`, or nothing.
    pub(super) error_code: Option<String>,
    #[serde(default)]
    pub(super) timeseries: Vec<Series>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Text {
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Series {
    #[serde(default, rename = "metadatavalues")]
    pub(super) dimensions: Vec<Dimension>,
    #[serde(default)]
    pub(super) data: Vec<Point>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Dimension {
    pub(super) name: Text,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Point {
    pub(super) time_stamp: DateTime<Utc>,
    /// Absent where nothing was counted.
    pub(super) total: Option<Number>,
}

impl Series {
    /// The value of a dimension, whose name comes back in any case; nothing where Azure knows none.
    pub(super) fn dimension(&self, name: &str) -> Option<&str> {
        let found = self.dimensions.iter().find(|dimension| dimension.name.value.eq_ignore_ascii_case(name))?;
        Some(found.value.trim()).filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("__empty"))
    }
}
