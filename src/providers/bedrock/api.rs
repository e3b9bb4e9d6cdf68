//! The answers of Cost Explorer and CloudWatch, as far as they are read.

use serde::Deserialize;

use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// A page of `GetCostAndUsage`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CostPage {
    results_by_time: Vec<Period>,
    next_page_token: Option<String>,
}

/// What was charged in a time; a page may end within one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Period {
    pub(super) time_period: TimePeriod,
    pub(super) groups: Vec<Group>,
}

/// Days as text; `end` is the first one after.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TimePeriod {
    pub(super) start: String,
    pub(super) end: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Group {
    /// One for each grouping that was asked for; those of product attributes begin with their name, as in `model$Nova`.
    pub(super) keys: [String; 2],
    pub(super) metrics: Metrics,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metrics {
    pub(super) unblended_cost: Measure,
    pub(super) usage_quantity: Option<Measure>,
}

/// The unit is a currency, or often `N/A`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Measure {
    pub(super) amount: Number,
    pub(super) unit: Option<String>,
}

/// A page of `GetDimensionValues`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ValuePage {
    dimension_values: Vec<DimensionValue>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DimensionValue {
    pub(super) value: String,
}

/// A page of `ListMetrics`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricPage {
    metrics: Vec<Metric>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metric {
    pub(super) metric_name: String,
    #[serde(default)]
    pub(super) dimensions: Vec<Dimension>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Dimension {
    pub(super) name: String,
    pub(super) value: String,
}

/// A page of `GetMetricData`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DataPage {
    metric_data_results: Vec<MetricData>,
    next_token: Option<String>,
}

/// Points of one query; a page may end within them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricData {
    pub(super) id: String,
    /// In seconds since the epoch.
    #[serde(default)]
    pub(super) timestamps: Vec<Number>,
    #[serde(default)]
    pub(super) values: Vec<Number>,
    pub(super) status_code: Option<String>,
}

/// There is another page where there is a cursor.
fn parts<Item>(items: Vec<Item>, cursor: Option<String>) -> PageParts<Item> {
    let cursor = cursor.filter(|cursor| !cursor.is_empty());
    PageParts { items, has_more: cursor.is_some(), cursor }
}

impl Page for CostPage {
    type Item = Period;

    fn into_parts(self) -> PageParts<Period> {
        parts(self.results_by_time, self.next_page_token)
    }
}

impl Page for ValuePage {
    type Item = DimensionValue;

    fn into_parts(self) -> PageParts<DimensionValue> {
        parts(self.dimension_values, self.next_page_token)
    }
}

impl Page for MetricPage {
    type Item = Metric;

    fn into_parts(self) -> PageParts<Metric> {
        parts(self.metrics, self.next_token)
    }
}

impl Page for DataPage {
    type Item = MetricData;

    fn into_parts(self) -> PageParts<MetricData> {
        parts(self.metric_data_results, self.next_token)
    }
}
