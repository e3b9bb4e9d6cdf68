//! Azure Monitor's counters as our records. Two families count the same tokens: no request may come from both.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::api::{Metrics, Model, Series};
use super::resources::Deployments;
use crate::domain::period::{Day, Window};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::FetchError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Of all models, and with the model's name. Caches are only counted for Anthropic's, apart from input.
    Models,
    /// The older one of OpenAI's models, which knows deployments only. Its prompts contain what came from a cache.
    OpenAi,
}

impl Family {
    pub(super) const ALL: [Self; 2] = [Self::Models, Self::OpenAi];

    /// The first letters are as Azure has them.
    pub(super) fn metrics(self) -> &'static [(&'static str, Meter)] {
        match self {
            Self::Models => &[
                ("InputTokens", Meter::Input),
                ("OutputTokens", Meter::Output),
                ("cacheReadInputTokens", Meter::CacheRead),
                ("ephemeral5mInputTokens", Meter::CacheWrite),
                ("ephemeral1hInputTokens", Meter::CacheWrite1h),
            ],
            Self::OpenAi => &[("ProcessedPromptTokens", Meter::Input), ("GeneratedTokens", Meter::Output)],
        }
    }

    pub(super) fn dimensions(self) -> &'static [&'static str] {
        match self {
            Self::Models => &["ModelDeploymentName", "ModelName", "ModelVersion"],
            Self::OpenAi => &["ModelDeploymentName"],
        }
    }
}

/// What one metric counted on one deployment in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count {
    family: Family,
    deployment: String,
    /// As the metric has it.
    model: Option<String>,
    at: DateTime<Utc>,
    meter: Meter,
    quantity: Decimal,
}

/// The counts of an answer that are not zero.
///
/// # Errors
///
/// [`FetchError::Malformed`] for a metric that nobody asked for and for hours that begin in the middle of one,
/// [`FetchError::Unavailable`] where Azure Monitor says that a metric failed.
pub(super) fn read(answer: Metrics, family: Family, window: Window) -> Result<Vec<Count>, FetchError> {
    let mut counts = Vec::new();
    for metric in answer.value {
        let name = metric.name.value;
        if let Some(code) = metric.error_code.filter(|code| code != "Success") {
            return Err(FetchError::Unavailable(format!("azure monitor answers {code} for {name}")));
        }
        let known = family.metrics().iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        let Some((_, meter)) = known else {
            return Err(FetchError::Malformed(format!("azure monitor answers with `{name}`, which was not asked for")));
        };
        for series in metric.timeseries {
            counts.extend(of_series(&series, family, *meter, window)?);
        }
    }
    Ok(counts)
}

fn of_series(series: &Series, family: Family, meter: Meter, window: Window) -> Result<Vec<Count>, FetchError> {
    let deployment = series.dimension("ModelDeploymentName").unwrap_or_default().to_lowercase();
    let version = series.dimension("ModelVersion").map(str::to_owned);
    let model = series.dimension("ModelName").map(|name| Model { name: name.to_owned(), version }.written());
    let mut counts = Vec::new();
    for point in &series.data {
        let at = point.time_stamp;
        let Some(quantity) = point.total.map(|total| total.0).filter(|total| !total.is_zero()) else { continue };
        if at.timestamp() % 3_600 != 0 {
            return Err(FetchError::Malformed(format!("azure monitor counts from {at} on, which is no whole hour")));
        }
        if window.contains(Day::of(at)) {
            let (deployment, model) = (deployment.clone(), model.clone());
            counts.push(Count { family, deployment, model, at, meter, quantity });
        } else {
            tracing::debug!(%at, %window, "tokens outside the window left out");
        }
    }
    Ok(counts)
}

/// One record for each hour, model and meter of a resource. The older family counts only for deployments and days of which the
/// newer one knows nothing.
pub(super) fn records(counts: Vec<Count>, project: &str, deployments: &Deployments) -> Vec<UsageRecord> {
    let place = |count: &Count| (count.deployment.clone(), Day::of(count.at));
    let newer = counts.iter().filter(|count| count.family == Family::Models);
    let told: BTreeSet<_> = newer.map(place).collect();
    let mut sums: BTreeMap<(DateTime<Utc>, Dimensions, Meter), Decimal> = BTreeMap::new();
    for count in counts {
        if count.family == Family::OpenAi && told.contains(&place(&count)) {
            continue;
        }
        let dims = dimensions(count.deployment, count.model, project, deployments);
        *sums.entry((count.at, dims, count.meter)).or_default() += count.quantity;
    }
    let record = |((at, dims, meter), quantity)| UsageRecord { at, dims, meter, quantity };
    sums.into_iter().map(record).collect()
}

/// A deployment that was deleted meanwhile keeps its name where the metric tells no model: many are called like theirs.
fn dimensions(deployment: String, told: Option<String>, project: &str, deployments: &Deployments) -> Dimensions {
    let deployed = deployments.get(&deployment);
    let listed = || deployed.and_then(|deployed| deployed.model.clone());
    Dimensions {
        project: Some(project.to_owned()),
        model: told.or_else(listed).or(Some(deployment).filter(|name| !name.is_empty())),
        service_tier: deployed.and_then(|deployed| deployed.service_tier).map(str::to_owned),
        region: deployed.and_then(|deployed| deployed.region).map(str::to_owned),
        ..Dimensions::default()
    }
}
