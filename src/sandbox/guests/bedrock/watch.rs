//! CloudWatch of one region: what was used, five minutes after it was.

use serde_json::{Value, json};

use super::work::{COUNTS, Count, WORKLOADS, Workload};
use super::{Refusal, page};
use crate::sandbox::state::State;
use crate::sandbox::time::Minute;
use crate::sandbox::weather::usage_until;

fn namespace(workload: &Workload) -> &'static str {
    if workload.is_mantle { "AWS/BedrockMantle" } else { "AWS/Bedrock" }
}

/// `None` where it is not counted.
fn metric(workload: &Workload, count: Count) -> Option<&'static str> {
    match (workload.is_mantle, count) {
        (false, Count::Requests) => Some("Invocations"),
        (false, Count::Input) => Some("InputTokenCount"),
        (false, Count::Output) => Some("OutputTokenCount"),
        (false, Count::CacheRead) => Some("CacheReadInputTokens"),
        (false, Count::CacheWrite) => Some("CacheWriteInputTokens"),
        (true, Count::Requests) => Some("Inferences"),
        (true, Count::Input) => Some("TotalInputTokens"),
        (true, Count::Output) => Some("TotalOutputTokens"),
        (true, _) => None,
    }
}

fn dimensions(workload: &Workload) -> Value {
    json!([{ "Name": if workload.is_mantle { "Model" } else { "ModelId" }, "Value": workload.model_id }])
}

/// `ListMetrics`: those of the calls, and others of the same namespace.
pub(super) fn list(region: &str, asked: &Value, limit: Option<usize>) -> Result<Value, Refusal> {
    let wanted = asked["Namespace"].as_str().unwrap_or_default();
    let mut metrics = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| workload.region == region && namespace(workload) == wanted) {
        let mut add = |name: &str, dimensions: Value| {
            metrics.push(json!({ "Namespace": wanted, "MetricName": name, "Dimensions": dimensions }));
        };
        for name in COUNTS.into_iter().filter_map(|count| metric(workload, count)) {
            add(name, dimensions(workload));
            add(name, json!([]));
        }
        add("InvocationLatency", dimensions(workload));
    }
    let (metrics, next) = page(metrics, &asked["NextToken"], limit.unwrap_or(500))?;
    Ok(json!({ "Metrics": metrics, "OwningAccounts": [], "NextToken": next }))
}

/// `GetMetricData`: sums by hour.
pub(super) fn data(state: &State, region: &str, asked: &Value, limit: Option<usize>) -> Result<Value, Refusal> {
    let time = |name: &str| asked[name].as_i64().ok_or_else(|| Refusal::invalid(format!("{name} is no time")));
    let (start, end) = (time("StartTime")?, time("EndTime")?);
    let queries = asked["MetricDataQueries"].as_array().filter(|queries| queries.len() <= 500);
    let queries = queries.ok_or_else(|| Refusal::invalid("there are 500 queries at most"))?;
    if start >= end || asked["ScanBy"] != "TimestampAscending" {
        return Err(Refusal::invalid("the time goes backwards"));
    }
    let hours = Minute::of_seconds(start).snapped(60)..Minute::of_seconds(end);
    let results = queries.iter().map(|query| result(state, region, query, &hours)).collect::<Result<Vec<_>, _>>()?;
    let (mut results, next) = page(results, &asked["NextToken"], limit.unwrap_or(500))?;
    if next.is_some() {
        results.iter_mut().for_each(|result| result["StatusCode"] = json!("PartialData"));
    }
    Ok(json!({ "MetricDataResults": results, "NextToken": next, "Messages": [] }))
}

fn result(state: &State, region: &str, query: &Value, hours: &std::ops::Range<Minute>) -> Result<Value, Refusal> {
    let (asked, name) = (&query["MetricStat"]["Metric"], &query["MetricStat"]["Metric"]["MetricName"]);
    let id = query["Id"].as_str().filter(|id| id.starts_with(|c: char| c.is_ascii_lowercase()));
    let id = id.ok_or_else(|| Refusal::invalid("an id begins with a small letter"))?;
    if query["MetricStat"]["Period"] != 3600 || query["MetricStat"]["Stat"] != "Sum" {
        return Err(Refusal::invalid("the sandbox has sums by hour"));
    }
    let is_meant = |workload: &&Workload| {
        let same = asked["Namespace"] == namespace(workload) && asked["Dimensions"] == dimensions(workload);
        workload.region == region && same
    };
    let (mut timestamps, mut values) = (Vec::new(), Vec::new());
    if let Some(workload) = WORKLOADS.iter().find(is_meant) {
        let count = COUNTS.into_iter().find(|count| metric(workload, *count).is_some_and(|metric| name == metric));
        let until = usage_until(state.now());
        let mut hour = hours.start;
        while hour < hours.end && hour < until {
            let used = count.map(|count| workload.used(state, hour, until)[count as usize]).unwrap_or_default();
            if used > 0 {
                timestamps.push(json!(hour.seconds()));
                values.push(json!(used));
            }
            hour = hour.next_multiple(60);
        }
    }
    // Amazon writes all of these with a decimal point.
    let points = |numbers: Vec<Value>| {
        numbers.iter().filter_map(|number| format!("{number}.0").parse().ok()).map(Value::Number).collect::<Vec<_>>()
    };
    let (timestamps, values) = (points(timestamps), points(values));
    Ok(
        json!({ "Id": id, "Label": name, "Timestamps": timestamps, "Values": values, "StatusCode": "Complete", "Messages": [] }),
    )
}
