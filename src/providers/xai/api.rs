//! The JSON of the management API, as far as it is read; unknown fields are ignored.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::period::Window;
use crate::providers::number::Number;

/// `GET auth/management-keys/validation`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManagementKey {
    pub(super) team_id: Option<String>,
}

/// `POST v1/billing/teams/{team}/usage`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    pub(super) time_series: Vec<Series>,
    /// There was more than an answer holds, and the rest is left out.
    pub(super) limit_reached: bool,
}

/// One kind of use.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Series {
    /// A value for each thing that was grouped by.
    #[serde(default)]
    pub(super) group: Vec<String>,
    pub(super) data_points: Vec<Point>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Point {
    /// A day, with a time behind it.
    pub(super) timestamp: String,
    /// US dollars, the one value that was asked for.
    pub(super) values: (Number,),
}

/// `GET v1/billing/teams/{team}/prepaid/balance`.
#[derive(Debug, Deserialize)]
pub(super) struct PrepaidBalance {
    /// Not there for a team that never had any.
    pub(super) total: Option<Cents>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cents {
    pub(super) val: Number,
}

/// What the days of `window` cost by description.
pub(super) fn question(window: Window) -> Value {
    let midnight = |day| format!("{day} 00:00:00");
    let range = json!({
        "startTime": midnight(window.first()), "endTime": midnight(window.end()), "timezone": "Etc/GMT",
    });
    json!({ "analyticsRequest": {
        "timeRange": range,
        "timeUnit": "TIME_UNIT_DAY",
        "values": [{ "name": "usd", "aggregation": "AGGREGATION_SUM" }],
        "groupBy": ["description"],
        "filters": [],
    } })
}
