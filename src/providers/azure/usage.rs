//! The feed `usage.tokens`: what Azure Monitor counted on deployments, by hour.

use async_trait::async_trait;
use chrono::SecondsFormat;

use super::api::{Metrics, Resource};
use super::arm::{Arm, Role};
use super::settings::Subscriptions;
use super::tokens::{self, Family};
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};
use crate::providers::http::Ask;

const VERSION: &str = "2024-02-01";
/// How many series an answer may hold; Azure Monitor leaves out the rest without a word.
const MAX_SERIES: usize = 1000;

pub(super) struct Usage {
    pub(super) arm: Arm,
    pub(super) subscriptions: Subscriptions,
}

impl Usage {
    async fn of_resource(&self, resource: &Resource, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let deployments = self.arm.deployments(resource).await?;
        let mut counts = Vec::new();
        for family in Family::ALL {
            let answer = self.arm.get::<Metrics>(&ask(resource, window, family), Role::MonitoringReader).await?;
            let series = answer.value.iter().map(|metric| metric.timeseries.len()).max().unwrap_or_default();
            if series >= MAX_SERIES {
                let name = &resource.name;
                return Err(FetchError::Malformed(format!("metrics of {name} are more than fit into one answer")));
            }
            counts.extend(tokens::read(answer, family, window)?);
        }
        Ok(tokens::records(counts, &resource.project(), &deployments))
    }
}

fn ask(resource: &Resource, window: Window, family: Family) -> Ask {
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let split: Vec<String> = family.dimensions().iter().map(|name| format!("{name} eq '*'")).collect();
    let names: Vec<&str> = family.metrics().iter().map(|(name, _)| *name).collect();
    Ask::get(format!("{}/providers/Microsoft.Insights/metrics", resource.id))
        .with("api-version", VERSION)
        .with("timespan", format!("{}/{}", instant(window.first().start()), instant(window.end().start())))
        .with("interval", "PT1H")
        .with("metricnames", names.join(","))
        .with("aggregation", "Total")
        .with("metricnamespace", "Microsoft.CognitiveServices/accounts")
        .with("$filter", split.join(" and "))
        .with("top", MAX_SERIES.to_string())
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            grain: Grain::Hour,
            days_per_fetch: 7,
            settles_after_days: 2,
            // 93 days, less the one that is cut off meanwhile.
            history_days: Some(92),
            second_look: false,
            ..FeedPolicy::USUAL
        }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut records = Vec::new();
        for subscription in self.subscriptions.iter() {
            let resources = self.arm.resources(subscription).await?;
            for resource in resources.iter().filter(|resource| resource.serves_models()) {
                records.extend(self.of_resource(resource, window).await?);
            }
        }
        Ok(records)
    }
}
