//! `usage`: tokens and calls by hour, model and region, as CloudWatch counts them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Timelike, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::api::{DataPage, MetricData, MetricPage};
use super::cloud::Rpc;
use super::refusal::explain;
use super::series::{NAMESPACES, Series};
use crate::domain::period::{Day, Window};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};

/// The most that one request may ask for.
const QUERIES: usize = 500;
const POINTS: u32 = 100_800;

/// From CloudWatch in each region, since none knows of the others.
pub(super) struct Usage {
    pub(super) regions: Vec<Rpc>,
}

impl Usage {
    async fn of_region(watch: &Rpc, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut series = Vec::new();
        for namespace in &NAMESPACES {
            let body = json!({ "Namespace": namespace.name });
            let metrics = watch.pages::<MetricPage>("ListMetrics", &body, "NextToken").await?;
            series.extend(Series::of(namespace, &metrics));
        }
        let mut sums = Sums::default();
        for series in series.chunks(QUERIES) {
            for data in watch.pages::<DataPage>("GetMetricData", &question(series, window), "NextToken").await? {
                sums.add(series, data, window)?;
            }
        }
        Ok(sums.records(&watch.region))
    }
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            grain: Grain::Hour,
            days_per_fetch: 14,
            settles_after_days: 2,
            // So long are sums by hour kept.
            history_days: Some(455),
            second_look: false,
            ..FeedPolicy::USUAL
        }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut records = Vec::new();
        for region in &self.regions {
            records.extend(Self::of_region(region, window).await?);
        }
        Ok(records)
    }
}

fn question(series: &[Series], window: Window) -> Value {
    let queries: Vec<_> = series.iter().enumerate().map(|(index, series)| series.query(&format!("m{index}"))).collect();
    json!({
        "StartTime": window.first().start().timestamp(),
        "EndTime": window.end().start().timestamp(),
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": POINTS,
        "MetricDataQueries": queries,
    })
}

/// Sums by hour, model and meter: a model may be called by several names, and at two endpoints.
#[derive(Default)]
struct Sums(BTreeMap<(DateTime<Utc>, String, Meter), Decimal>);

impl Sums {
    fn add(&mut self, series: &[Series], data: MetricData, window: Window) -> Result<(), FetchError> {
        let malformed = |what: &str| Err(FetchError::Malformed(format!("GetMetricData {what}")));
        match data.status_code.as_deref() {
            Some("InternalError") => {
                return Err(FetchError::Unavailable("GetMetricData failed for a metric".to_owned()));
            }
            Some("Forbidden") => {
                return Err(explain(FetchError::Unauthorized("GetMetricData may not tell a metric".to_owned())));
            }
            _ => {}
        }
        let asked = data.id.strip_prefix('m').and_then(|index| series.get(index.parse::<usize>().ok()?));
        let Some(asked) = asked else { return malformed("answers what was not asked") };
        if data.timestamps.len() != data.values.len() {
            return malformed("has not a time for each value");
        }
        for (at, value) in data.timestamps.into_iter().zip(data.values) {
            let at = at.0.to_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            let in_window = |at: &DateTime<Utc>| window.contains(Day::of(*at)) && at.minute() == 0 && at.second() == 0;
            let Some(at) = at.filter(in_window) else { return malformed("tells of an hour that was not asked for") };
            *self.0.entry((at, asked.model(), asked.meter)).or_default() += value.0;
        }
        Ok(())
    }

    fn records(self, region: &str) -> Vec<UsageRecord> {
        let record = |((at, model, meter), quantity)| {
            let dims = Dimensions { model: Some(model), region: Some(region.to_owned()), ..Dimensions::default() };
            UsageRecord { at, dims, meter, quantity }
        };
        self.0.into_iter().filter(|(_, quantity)| !quantity.is_zero()).map(record).collect()
    }
}
