//! `costs`: what Amazon charges for Bedrock, by day, under whichever of its many service names.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::api::{CostPage, Group, Period, ValuePage};
use super::cloud::Rpc;
use super::{convert, refusal};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

/// How many requests a fetch of recent days takes, if the answers have one page each.
pub(super) const REQUESTS: u64 = 2;

/// Bedrock's cost is told by model from this day on.
const MODELS_SINCE: (i32, u32, u32) = (2026, 9, 1);

/// What is in the name of every service that sells models: `Amazon Bedrock`, `Claude … (Amazon Bedrock Edition)`.
const NAME: &str = "Bedrock";

pub(super) struct Costs {
    pub(super) explorer: Rpc,
}

/// Rows of days, with what makes a record of one.
type Convert = fn(Day, Group) -> Result<Option<CostRecord>, FetchError>;

impl Costs {
    /// Models and their use where Amazon tells models, else as before.
    async fn by_model(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let groups = json!([product_attribute("model"), dimension("USAGE_TYPE")]);
        match self.ask(window, &groups, &usage(), convert::by_model).await {
            Err(FetchError::Rejected { message, .. }) => {
                tracing::info!(%window, message, "amazon refuses to group cost by model, asking by service");
                self.by_service(window).await
            }
            Err(error) if refusal::is_no_data(&error) => self.by_service(window).await,
            answer => answer,
        }
    }

    /// Services whose names tell the model, and the kind of use.
    async fn by_service(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let services = self.services(window).await?;
        if services.is_empty() {
            return Ok(Vec::new());
        }
        let ours = json!({ "Dimensions": { "Key": "SERVICE", "Values": services } });
        let groups = json!([dimension("SERVICE"), dimension("USAGE_TYPE")]);
        self.ask(window, &groups, &json!({ "And": [ours, usage()] }), convert::by_service).await.or_else(no_data)
    }

    async fn services(&self, window: Window) -> Result<Vec<String>, FetchError> {
        let body = json!({ "TimePeriod": period(window), "Dimension": "SERVICE", "SearchString": NAME });
        let values = self.explorer.pages::<ValuePage>("GetDimensionValues", &body, "NextPageToken").await;
        let values = values.or_else(no_data)?.into_iter().map(|value| value.value);
        Ok(values.filter(|service| service.contains(NAME)).collect())
    }

    /// Credits, refunds, discounts and fees: few, so that those of other services do no harm.
    async fn beside_usage(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let groups = json!([dimension("RECORD_TYPE"), dimension("SERVICE")]);
        self.ask(window, &groups, &json!({ "Not": usage() }), |day, group| {
            if group.keys[1].contains(NAME) { convert::beside_usage(day, group).map(Some) } else { Ok(None) }
        })
        .await
        .or_else(no_data)
    }

    async fn ask(
        &self,
        window: Window,
        groups: &Value,
        filter: &Value,
        convert: Convert,
    ) -> Result<Vec<CostRecord>, FetchError> {
        let body = json!({
            "TimePeriod": period(window),
            "Granularity": "DAILY",
            "Metrics": ["UnblendedCost", "UsageQuantity"],
            "GroupBy": groups,
            "Filter": filter,
        });
        let periods = self.explorer.pages::<CostPage>("GetCostAndUsage", &body, "NextPageToken").await;
        let rows = rows(periods?, window)?;
        rows.into_iter().filter_map(|(day, group)| convert(day, group).transpose()).collect()
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// Every request costs money, whatever it asks for.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { days_per_fetch: 92, history_days: Some(395), ..FeedPolicy::USUAL }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let (old, recent) = parts(window);
        let mut records = Vec::new();
        if let Some(old) = old {
            records.extend(self.by_service(old).await?);
        }
        if let Some(recent) = recent {
            records.extend(self.by_model(recent).await?);
        }
        records.extend(self.beside_usage(window).await?);
        Ok(records)
    }
}

/// The days before cost is told by model, and the others.
fn parts(window: Window) -> (Option<Window>, Option<Window>) {
    let (year, month, day) = MODELS_SINCE;
    let since = Day::from_ymd(year, month, day).unwrap_or(window.first());
    (Window::new(window.first(), window.end().min(since)), Window::new(window.first().max(since), window.end()))
}

fn period(window: Window) -> Value {
    json!({ "Start": window.first(), "End": window.end() })
}

fn dimension(key: &str) -> Value {
    json!({ "Type": "DIMENSION", "Key": key })
}

fn product_attribute(key: &str) -> Value {
    json!({ "Type": "PRODUCT_ATTRIBUTE", "Key": key })
}

/// What was used, without credits and the like.
fn usage() -> Value {
    json!({ "Dimensions": { "Key": "RECORD_TYPE", "Values": ["Usage"] } })
}

fn no_data<T>(error: FetchError) -> Result<Vec<T>, FetchError> {
    if refusal::is_no_data(&error) { Ok(Vec::new()) } else { Err(error) }
}

/// The rows of all pages, which must be of single days of `window`, each day's row there once and no day missing.
fn rows(periods: Vec<Period>, window: Window) -> Result<Vec<(Day, Group)>, FetchError> {
    let malformed = |text: String| Err(FetchError::Malformed(text));
    let (mut days, mut known, mut rows) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let answered = !periods.is_empty();
    for Period { time_period, groups } in periods {
        let (start, end) = (time_period.start.parse::<Day>(), time_period.end.parse::<Day>());
        let day = match (start, end) {
            (Ok(start), Ok(end)) if start.next() == end && window.contains(start) => start,
            _ => return malformed(format!("{} to {} is no day of {window}", time_period.start, time_period.end)),
        };
        days.insert(day);
        for group in groups {
            if !known.insert((day, group.keys.clone())) {
                return malformed(format!("{day} holds the cost of `{}` twice", group.keys.join(", ")));
            }
            rows.push((day, group));
        }
    }
    match window.days().find(|day| !days.contains(day)) {
        Some(missing) if answered => malformed(format!("cost of {window} lacks {missing}")),
        _ => Ok(rows),
    }
}
