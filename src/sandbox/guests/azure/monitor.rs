//! `GET …/Microsoft.Insights/metrics`: tokens by hour and deployment.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::charges::used;
use super::refusal::Refusal;
use super::text;
use super::workloads::{Account, Deployment, Part, WORKLOADS, Workload};
use crate::sandbox::state::State;
use crate::sandbox::weather::usage_until;

/// Days that counters are kept.
const KEPT_DAYS: i64 = 93;

pub(super) fn answer(state: &State, account: &Account, query: &[(String, String)]) -> Result<Value, Refusal> {
    let value = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let required = |name: &str| value(name).ok_or_else(|| Refusal::bad(format!("'{name}' is missing")));
    let (from, to) = span(required("timespan")?)?;
    if required("interval")? != "PT1H" || !required("aggregation")?.eq_ignore_ascii_case("total") {
        return Err(Refusal::bad("the sandbox only knows totals by hour"));
    }
    if from < state.now() - TimeDelta::days(KEPT_DAYS) {
        return Err(Refusal::bad("the timespan is longer ago than metrics are kept"));
    }
    let split = dimensions(value("$filter").unwrap_or_default())?;
    let top: usize = value("top").map_or(Ok(10), str::parse).map_err(|_| Refusal::bad("'top' is no number"))?;
    let metric = |name: &str| -> Result<Value, Refusal> {
        let known = split.iter().all(|dimension| knows(name, dimension));
        if !known {
            return Err(Refusal::bad(format!("metric {name} does not have all the dimensions of the filter")));
        }
        let own = (0_u64..).zip(&WORKLOADS).filter(|(_, workload)| workload.account == account.name);
        let series: Vec<Value> = own
            .filter_map(|(index, workload)| {
                let deployment = workload.deployment.as_ref().filter(|deployment| counts(name, deployment))?;
                let data = data(state, index, workload, name, from, to);
                (!data.is_empty()).then(|| json!({ "metadatavalues": labels(&split, deployment), "data": data }))
            })
            .take(top)
            .collect();
        Ok(json!({
            "id": format!("{}/providers/Microsoft.Insights/metrics/{name}", account.id()),
            "type": "Microsoft.Insights/metrics",
            "name": { "value": name, "localizedValue": name },
            "displayDescription": "Number of tokens",
            "unit": "Count",
            "errorCode": "Success",
            "timeseries": series,
        }))
    };
    let metrics: Vec<Value> = required("metricnames")?.split(',').map(metric).collect::<Result<_, _>>()?;
    Ok(json!({
        "cost": 1439,
        "timespan": format!("{}/{}", text(from), text(to)),
        "interval": "PT1H",
        "namespace": "Microsoft.CognitiveServices/accounts",
        "resourceregion": "swedencentral",
        "value": metrics,
    }))
}

fn span(text: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), Refusal> {
    let instants = text.split_once('/').and_then(|(from, to)| from.parse().ok().zip(to.parse().ok()));
    instants.filter(|(from, to)| from < to).ok_or_else(|| Refusal::bad("'timespan' is no span"))
}

/// The names in a filter such as `ModelDeploymentName eq '*' and ModelName eq '*'`.
fn dimensions(filter: &str) -> Result<Vec<&str>, Refusal> {
    let parts = filter.split(" and ").filter(|part| !part.is_empty());
    let name = |part: &'_ str| part.len().checked_sub(7).filter(|_| part.ends_with(" eq '*'"));
    parts.map(|part| name(part).and_then(|end| part.get(..end)).ok_or_else(|| Refusal::bad("invalid filter"))).collect()
}

const OLDER: [&str; 2] = ["ProcessedPromptTokens", "GeneratedTokens"];

fn knows(metric: &str, dimension: &str) -> bool {
    match dimension {
        "ModelDeploymentName" | "ModelVersion" => true,
        "ModelName" => !OLDER.contains(&metric),
        _ => false,
    }
}

/// The older counters are OpenAI's; the newer ones do not know of everything that is old.
fn counts(metric: &str, deployment: &Deployment) -> bool {
    if OLDER.contains(&metric) { deployment.format == "OpenAI" } else { deployment.name != "Summaries" }
}

fn parts(metric: &str, format: &str) -> &'static [Part] {
    let anthropic = format == "Anthropic";
    match metric {
        "InputTokens" if anthropic => &[Part::Input],
        "InputTokens" | "ProcessedPromptTokens" => &[Part::Input, Part::Cached],
        "OutputTokens" | "GeneratedTokens" => &[Part::Output],
        "cacheReadInputTokens" if anthropic => &[Part::Cached],
        "ephemeral5mInputTokens" if anthropic => &[Part::CacheWrite],
        _ => &[],
    }
}

/// Names of dimensions come back in lower case.
fn labels(split: &[&str], deployment: &Deployment) -> Vec<Value> {
    let label = |name: &&str| {
        let value = match *name {
            "ModelName" => deployment.model,
            "ModelVersion" => deployment.version,
            _ => deployment.name,
        };
        let name = name.to_lowercase();
        json!({ "name": { "value": name, "localizedValue": name }, "value": value })
    };
    split.iter().map(label).collect()
}

/// Hours without anything have no total.
fn data(
    state: &State,
    index: u64,
    workload: &Workload,
    metric: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<Value> {
    let wanted = parts(metric, workload.deployment.as_ref().map_or("", |deployment| deployment.format));
    let seen = usage_until(state.now()).instant();
    let hours =
        std::iter::successors(Some(from), |hour| Some(*hour + TimeDelta::hours(1))).take_while(|hour| *hour < to);
    let total = |hour: DateTime<Utc>| -> u64 {
        let lines = (0_u64..).zip(workload.lines).filter(|(_, line)| wanted.contains(&line.part));
        lines.map(|(slot, line)| used(state, index, slot, line, hour)).sum()
    };
    let point = |hour: DateTime<Utc>| match if hour + TimeDelta::hours(1) <= seen { total(hour) } else { 0 } {
        0 => json!({ "timeStamp": text(hour) }),
        total => json!({ "timeStamp": text(hour), "total": f64_like(total) }),
    };
    if wanted.is_empty() { Vec::new() } else { hours.map(point).collect() }
}

/// Counters are written with a decimal point.
fn f64_like(total: u64) -> Value {
    format!("{total}.0").parse().map_or(Value::Null, Value::Number)
}
