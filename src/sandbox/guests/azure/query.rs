//! `POST …/Microsoft.CostManagement/query`: charges by day, as strictly as documented.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, Value, json};

use super::charges::{Charge, charges};
use super::pages::Pages;
use super::refusal::Refusal;
use super::workloads::{LABS, Subscription};
use crate::domain::period::{Day, Window};
use crate::sandbox::state::State;

const DIMENSIONS: [&str; 7] =
    ["ResourceId", "Meter", "MeterSubcategory", "ChargeType", "UnitOfMeasure", "ResourceType", "PublisherType"];
const AGGREGATIONS: [&str; 4] = ["Cost", "PreTaxCost", "CostUSD", "UsageQuantity"];
/// Days that one request may ask for.
const MAX_DAYS: u32 = 31;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    r#type: String,
    timeframe: String,
    time_period: Period,
    dataset: Dataset,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dataset {
    granularity: String,
    aggregation: BTreeMap<String, Aggregation>,
    #[serde(default)]
    grouping: Vec<Grouping>,
    filter: Option<Filter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aggregation {
    name: String,
    function: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grouping {
    r#type: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Dimensions { name: String, operator: String, values: Vec<String> },
}

/// `None` where nothing was charged.
pub(super) fn answer(
    state: &State,
    subscription: Subscription,
    body: &[u8],
    pages: &Pages,
) -> Result<Option<Value>, Refusal> {
    let asked: Asked = serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("invalid query: {error}")))?;
    let window = window(&asked)?;
    let dataset = &asked.dataset;
    check(dataset, subscription)?;
    let mut groups: BTreeMap<(Day, Vec<&str>), Vec<Decimal>> = BTreeMap::new();
    let of_days: Vec<(Day, Charge)> =
        window.days().flat_map(|day| charges(state, day).into_iter().map(move |charge| (day, charge))).collect();
    for (day, charge) in of_days.iter().filter(|(_, charge)| charge.subscription == subscription) {
        if !dataset.filter.as_ref().is_none_or(|filter| passes(filter, charge)) {
            continue;
        }
        let key = dataset.grouping.iter().map(|group| dimension(charge, &group.name)).collect();
        let sums = groups.entry((*day, key)).or_insert_with(|| vec![Decimal::ZERO; dataset.aggregation.len()]);
        for (sum, aggregation) in sums.iter_mut().zip(dataset.aggregation.values()) {
            *sum += measure(charge, &aggregation.name);
        }
    }
    let rows: Vec<Value> = groups.into_iter().map(|((day, key), sums)| row(day, &key, sums)).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let (rows, next) = pages.cut(rows);
    let id = format!("subscriptions/{}/providers/Microsoft.CostManagement/query/1f0c", subscription.id());
    Ok(Some(json!({
        "id": id,
        "name": "1f0c",
        "type": "Microsoft.CostManagement/query",
        "location": null,
        "sku": null,
        "eTag": null,
        "properties": { "nextLink": next, "columns": columns(dataset), "rows": rows },
    })))
}

fn window(asked: &Asked) -> Result<Window, Refusal> {
    if asked.r#type != "ActualCost" || asked.timeframe != "Custom" || asked.dataset.granularity != "Daily" {
        return Err(Refusal::bad("the sandbox only knows actual cost of custom periods by day"));
    }
    let day = |text: &str| text.get(..10).and_then(|day| day.parse::<Day>().ok());
    let days = day(&asked.time_period.from).zip(day(&asked.time_period.to));
    let window = days.and_then(|(from, to)| Window::new(from, to.next()));
    let window = window.ok_or_else(|| Refusal::bad("invalid time period: from must be before to"))?;
    if window.len() > MAX_DAYS {
        return Err(Refusal::bad("daily granularity is limited to 31 days"));
    }
    Ok(window)
}

fn check(dataset: &Dataset, subscription: Subscription) -> Result<(), Refusal> {
    if dataset.aggregation.is_empty() || dataset.aggregation.len() > 2 {
        return Err(Refusal::bad("a query has one or two aggregations"));
    }
    let known =
        |aggregation: &Aggregation| aggregation.function == "Sum" && AGGREGATIONS.contains(&aggregation.name.as_str());
    if !dataset.aggregation.values().all(known) {
        return Err(Refusal::bad("unknown aggregation"));
    }
    for group in &dataset.grouping {
        if group.r#type != "Dimension" || !DIMENSIONS.contains(&group.name.as_str()) {
            return Err(Refusal::bad(format!("invalid grouping '{}'", group.name)));
        }
        if group.name == "UnitOfMeasure" && subscription == LABS {
            return Err(Refusal::bad("dimension 'UnitOfMeasure' is not supported for this agreement"));
        }
    }
    dataset.filter.as_ref().map_or(Ok(()), check_filter)
}

fn check_filter(filter: &Filter) -> Result<(), Refusal> {
    match filter {
        Filter::And(parts) | Filter::Or(parts) if parts.len() < 2 => {
            Err(Refusal::bad("'and' and 'or' need two filters at least"))
        }
        Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(check_filter),
        Filter::Dimensions { name, operator, .. } if operator != "In" || !DIMENSIONS.contains(&name.as_str()) => {
            Err(Refusal::bad(format!("invalid filter on '{name}'")))
        }
        Filter::Dimensions { .. } => Ok(()),
    }
}

fn passes(filter: &Filter, charge: &Charge) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| passes(part, charge)),
        Filter::Or(parts) => parts.iter().any(|part| passes(part, charge)),
        Filter::Dimensions { name, values, .. } => {
            values.iter().any(|value| value.eq_ignore_ascii_case(dimension(charge, name)))
        }
    }
}

fn dimension<'a>(charge: &'a Charge, name: &str) -> &'a str {
    match name {
        "ResourceId" => &charge.resource,
        "Meter" => charge.meter,
        "MeterSubcategory" => charge.sub_category,
        "ChargeType" => "Usage",
        "UnitOfMeasure" => charge.unit,
        "PublisherType" if charge.marketplace => "Marketplace",
        "PublisherType" => "Azure",
        "ResourceType" if charge.marketplace => "microsoft.saas/resources",
        _ => "microsoft.cognitiveservices/accounts",
    }
}

fn measure(charge: &Charge, name: &str) -> Decimal {
    match name {
        "CostUSD" => charge.dollars,
        "UsageQuantity" => charge.quantity,
        _ => charge.euros,
    }
}

fn columns(dataset: &Dataset) -> Vec<Value> {
    let column = |name: &str, kind: &str| json!({ "name": name, "type": kind });
    let sums = dataset.aggregation.values().map(|aggregation| column(&aggregation.name, "Number"));
    let groups = dataset.grouping.iter().map(|group| column(&group.name, "String"));
    sums.chain([column("UsageDate", "Number")]).chain(groups).chain([column("Currency", "String")]).collect()
}

fn row(day: Day, key: &[&str], sums: Vec<Decimal>) -> Value {
    let number = |text: String| text.parse::<Number>().map_or(Value::Null, Value::Number);
    let mut cells: Vec<Value> = sums.into_iter().map(|sum| number(sum.normalize().to_string())).collect();
    cells.push(number(day.date().format("%Y%m%d").to_string()));
    cells.extend(key.iter().map(|text| Value::from(*text)));
    cells.push("EUR".into());
    Value::Array(cells)
}
