//! Cost Explorer, which tells the models of Bedrock since September 2026.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::filter::{attribute, dimension, matches};
use super::work::{Line, lines};
use super::{Refusal, page};
use crate::domain::period::{Day, Window};
use crate::sandbox::state::State;

const METRICS: [&str; 2] = ["UnblendedCost", "UsageQuantity"];

/// `GetCostAndUsage`.
pub(super) fn costs(state: &State, asked: &Value, limit: Option<usize>) -> Result<Value, Refusal> {
    let window = window(asked)?;
    if asked["Granularity"] != "DAILY" || asked["Metrics"] != json!(METRICS) {
        return Err(Refusal::invalid("Granularity and Metrics are not those that the sandbox has"));
    }
    let groups = asked["GroupBy"].as_array().filter(|groups| groups.len() == 2);
    let groups = groups.ok_or_else(|| Refusal::invalid("the sandbox groups by two"))?;
    let by_product = groups.iter().any(|group| group["Type"] == "PRODUCT_ATTRIBUTE");
    let since = Day::from_ymd(2026, 9, 1);
    if by_product && since.is_some_and(|since| window.first() < since) {
        return Err(Refusal("DataUnavailableException", "product attributes are known since 2026-09-01".to_owned()));
    }
    let mut sums: BTreeMap<(Day, Vec<String>), (Decimal, Decimal)> = BTreeMap::new();
    for day in window.days() {
        for line in lines(state, day) {
            if matches(&asked["Filter"], &line)? && (!by_product || line.service.contains("Bedrock")) {
                let keys = groups.iter().map(|group| key(group, &line)).collect::<Result<_, _>>()?;
                let (amount, quantity) = sums.entry((day, keys)).or_default();
                *amount += line.amount;
                *quantity += line.quantity;
            }
        }
    }
    let first_page = asked["NextPageToken"].is_null();
    let (sums, next) = page(sums.into_iter().collect(), &asked["NextPageToken"], limit.unwrap_or(300))?;
    // Only the first page tells of days without cost.
    let mut days: BTreeMap<Day, Vec<Value>> = BTreeMap::new();
    days.extend(window.days().filter(|_| first_page).map(|day| (day, Vec::new())));
    for ((day, keys), (amount, quantity)) in sums {
        let metrics = json!({
            "UnblendedCost": { "Amount": amount.to_string(), "Unit": "USD" },
            "UsageQuantity": { "Amount": quantity.to_string(), "Unit": "N/A" },
        });
        days.entry(day).or_default().push(json!({ "Keys": keys, "Metrics": metrics }));
    }
    let month = Day::of(state.now()).month_start();
    let period = |(day, groups): (Day, Vec<Value>)| {
        let period = json!({ "Start": day, "End": day.next() });
        json!({ "TimePeriod": period, "Total": {}, "Groups": groups, "Estimated": month <= day })
    };
    let results: Vec<_> = days.into_iter().map(period).collect();
    let answer = json!({ "GroupDefinitions": groups, "ResultsByTime": results, "DimensionValueAttributes": [] });
    Ok(with_token(answer, next))
}

/// `GetDimensionValues` of services.
pub(super) fn values(state: &State, asked: &Value, limit: Option<usize>) -> Result<Value, Refusal> {
    if asked["Dimension"] != "SERVICE" {
        return Err(Refusal::invalid("the sandbox lists services"));
    }
    let part = asked["SearchString"].as_str().unwrap_or_default();
    let services = window(asked)?.days().flat_map(|day| lines(state, day)).map(|line| line.service);
    let services: BTreeSet<String> = services.filter(|service| service.contains(part)).collect();
    let total = services.len();
    let (services, next) = page(services.into_iter().collect(), &asked["NextPageToken"], limit.unwrap_or(300))?;
    let size = services.len();
    let values: Vec<_> = services.into_iter().map(|service| json!({ "Value": service, "Attributes": {} })).collect();
    Ok(with_token(json!({ "DimensionValues": values, "ReturnSize": size, "TotalSize": total }), next))
}

fn key(group: &Value, line: &Line) -> Result<String, Refusal> {
    let key = group["Key"].as_str().unwrap_or_default();
    match group["Type"].as_str() {
        Some("DIMENSION") => dimension(line, key).map(str::to_owned),
        Some("PRODUCT_ATTRIBUTE") => Ok(attribute(line, key)),
        _ => Err(Refusal::invalid("no such type of group")),
    }
}

fn window(asked: &Value) -> Result<Window, Refusal> {
    let day = |name: &str| asked["TimePeriod"][name].as_str().and_then(|text| text.parse().ok());
    let window = day("Start").zip(day("End")).and_then(|(first, end)| Window::new(first, end));
    window.ok_or_else(|| Refusal::invalid("Start and End are no days, or not in this order"))
}

fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["NextPageToken"] = token.into();
    }
    answer
}
