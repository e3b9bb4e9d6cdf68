//! What Cloud Monitoring counted, hour by hour.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::api::{Point, PointValue, TimeSeries, TimeSeriesPage};
use super::refusal::explain;
use super::settings::ProjectId;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{FeedPolicy, FetchError, Grain};
use crate::providers::http::{Ask, Http};

const HOUR: TimeDelta = TimeDelta::hours(1);

pub(super) struct Monitoring {
    http: Http,
    projects: Vec<ProjectId>,
}

/// How much of a metric there was in the hour that starts at `at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at: DateTime<Utc>,
    pub(super) project: String,
    /// Those of the metric and of the resource that were asked for, where they are told.
    pub(super) labels: BTreeMap<String, String>,
    pub(super) quantity: Decimal,
}

impl Sample {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Counts are there within minutes, and are kept for six weeks; what is older is gone and not zero.
pub(super) fn policy() -> FeedPolicy {
    FeedPolicy {
        grain: Grain::Hour,
        days_per_fetch: 7,
        settles_after_days: 2,
        history_days: Some(40),
        second_look: false,
        ..FeedPolicy::USUAL
    }
}

impl Monitoring {
    pub(super) fn new(http: Http, projects: Vec<ProjectId>) -> Self {
        Self { http, projects }
    }

    /// The sums of a metric by hour and by the labels `groups`, such as `metric.label.model`, in every project.
    pub(super) async fn hours(&self, metric: &str, groups: &[&str], window: Window) -> Result<Vec<Sample>, FetchError> {
        let mut samples = Vec::new();
        for project in &self.projects {
            samples.extend(self.hours_of(project, metric, groups, window).await.map_err(explain)?);
        }
        Ok(samples)
    }

    async fn hours_of(
        &self,
        project: &ProjectId,
        metric: &str,
        groups: &[&str],
        window: Window,
    ) -> Result<Vec<Sample>, FetchError> {
        // Sums are counted back from the end: only from a whole hour do they fall on whole hours.
        let Some(end) = self.whole_hours_until(window) else { return Ok(Vec::new()) };
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut ask = Ask::get(format!("v3/projects/{project}/timeSeries"))
            .with("filter", format!("metric.type=\"{metric}\""))
            .with("interval.startTime", instant(window.first().start()))
            .with("interval.endTime", instant(end))
            .with("aggregation.alignmentPeriod", "3600s")
            .with("aggregation.perSeriesAligner", "ALIGN_SUM")
            .with("aggregation.crossSeriesReducer", "REDUCE_SUM")
            .with("view", "FULL")
            .with("pageSize", "10000");
        for group in groups {
            ask = ask.with("aggregation.groupByFields", *group);
        }
        let series = match self.http.pages::<TimeSeriesPage>(&ask, "pageToken").await {
            Ok(series) => series,
            // A metric exists from its first point on; a project that does not exist is refused in other words.
            Err(FetchError::Rejected { status: 404, message }) if message.contains("metric") => {
                tracing::debug!(%project, metric, message, "metric not known to the project");
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let mut samples = Vec::new();
        for series in series {
            let partial = |message| FetchError::Unavailable(format!("{metric} is only told in part: {message}"));
            samples.extend(points(project, series.map_err(partial)?, window)?);
        }
        Ok(samples)
    }

    /// The end of the last hour that is over; `None` where none of the window is.
    fn whole_hours_until(&self, window: Window) -> Option<DateTime<Utc>> {
        let now = self.http.clock().now();
        let today = Day::of(now);
        let since = now - today.start();
        let end = window.end().start().min(today.start() + TimeDelta::hours(since.num_hours()));
        (window.first().start() < end).then_some(end)
    }
}

fn points(project: &ProjectId, series: TimeSeries, window: Window) -> Result<Vec<Sample>, FetchError> {
    let mut labels = series.resource.labels;
    labels.extend(series.metric.labels);
    let sample = |point: Point| {
        let at = point.interval.end_time - HOUR;
        let whole = at.timestamp() % HOUR.num_seconds() == 0;
        if !whole || !window.contains(Day::of(at)) {
            return Err(FetchError::Malformed(format!("point of {at} is no hour of {window}")));
        }
        let (PointValue::Int64Value(quantity) | PointValue::DoubleValue(quantity)) = point.value;
        Ok(Sample { at, project: project.to_string(), labels: labels.clone(), quantity: quantity.0 })
    };
    series.points.into_iter().map(sample).collect()
}
