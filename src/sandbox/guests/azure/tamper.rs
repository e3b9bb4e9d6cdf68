//! Good answers made wrong: tables of costs, metrics, and lists of resources.

use serde_json::{Value, json};

use crate::sandbox::tamper::Tampering;

/// As it is where it is none of these, such as a token.
pub(super) fn apply(tampering: Tampering, answer: &mut Value) {
    if answer.pointer("/properties/rows").is_some_and(Value::is_array) {
        costs(tampering, answer);
    } else if answer.get("timespan").is_some_and(Value::is_string) {
        metrics(tampering, answer);
    } else if answer.get("value").is_some_and(Value::is_array) {
        list(tampering, answer);
    }
}

fn costs(tampering: Tampering, value: &mut Value) {
    if tampering == Tampering::RepeatedCursor {
        let id = value["id"].as_str().unwrap_or_default();
        let path = id.rsplit_once('/').map_or(id, |(path, _)| path);
        value["properties"]["nextLink"] = format!("{path}?api-version=2025-03-01").into();
        return;
    }
    let columns = value["properties"]["columns"].as_array().cloned().unwrap_or_default();
    let place = |name: &str| columns.iter().position(|column| column["name"] == name).unwrap_or_default();
    let (cost, day) = (place("Cost"), place("UsageDate"));
    if tampering == Tampering::Unknown {
        // Columns are known by their names: a new one may stand anywhere.
        if let Some(columns) = value["properties"]["columns"].as_array_mut() {
            columns.insert(0, json!({ "name": "CarbonGrams", "type": "Number" }));
        }
    }
    let Some(rows) = value["properties"]["rows"].as_array_mut() else { return };
    match tampering {
        Tampering::WrongTypes => cells(rows, |cell| {
            if cell.is_number() {
                *cell = json!([]);
            }
        }),
        Tampering::OtherNotation => cells(rows, |cell| {
            if cell.is_number() {
                *cell = cell.to_string().into();
            }
        }),
        Tampering::NoAmount => rows.iter_mut().for_each(|row| row[cost] = Value::Null),
        Tampering::VanishedRow => drop(rows.pop()),
        Tampering::EmptyDay => {
            let last = rows.last().map(|row| row[day].clone());
            rows.retain(|row| Some(&row[day]) != last.as_ref());
        }
        Tampering::Unknown => rows.iter_mut().filter_map(Value::as_array_mut).for_each(|row| row.insert(0, json!(7))),
        Tampering::RepeatedCursor => {}
    }
}

fn cells(rows: &mut [Value], change: impl Fn(&mut Value)) {
    rows.iter_mut().filter_map(Value::as_array_mut).flatten().for_each(change);
}

fn metrics(tampering: Tampering, value: &mut Value) {
    let last =
        points(value).filter(|point| point["total"].is_number()).map(|point| point["timeStamp"].to_string()).max();
    let is_last = |point: &Value| last.as_ref() == Some(&point["timeStamp"].to_string());
    match tampering {
        Tampering::WrongTypes => totals(value, |total| *total = json!([])),
        Tampering::OtherNotation => totals(value, |total| *total = total.to_string().into()),
        Tampering::NoAmount => totals(value, |total| *total = Value::Null),
        Tampering::VanishedRow | Tampering::EmptyDay => {
            points(value).filter(|point| is_last(point)).for_each(|point| point["total"] = Value::Null);
        }
        Tampering::Unknown => points(value).for_each(|point| point["median"] = json!({ "nested": [1] })),
        Tampering::RepeatedCursor => {}
    }
}

fn points(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    fn items<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
        value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
    }
    items(value, "value").flat_map(|metric| items(metric, "timeseries")).flat_map(|series| items(series, "data"))
}

fn totals(value: &mut Value, change: impl Fn(&mut Value)) {
    points(value).filter_map(|point| point.get_mut("total")).for_each(change);
}

/// Lists hold no figures, so only their pages and fields can be wrong.
fn list(tampering: Tampering, value: &mut Value) {
    let first = value["value"][0]["id"].as_str().unwrap_or_default().to_owned();
    match tampering {
        Tampering::RepeatedCursor => {
            // An item's own list, by its id: `/subscriptions/…/accounts/a` is in `subscriptions/…/accounts`.
            let path = first.rsplit_once('/').map_or("", |(path, _)| path).trim_start_matches('/');
            let path = without_group(path);
            value["nextLink"] = format!("{path}?api-version=2025-09-01").into();
        }
        Tampering::Unknown => {
            let items = value["value"].as_array_mut().into_iter().flatten();
            items.for_each(|item| item["systemData"] = json!({ "createdBy": null }));
        }
        _ => {}
    }
}

/// Accounts are listed for the whole subscription, although their ids have a group.
fn without_group(path: &str) -> String {
    let segments: Vec<_> = path.split('/').collect();
    match segments.as_slice() {
        [head, subscription, "resourceGroups", _, rest @ ..] if rest.last() == Some(&"accounts") => {
            [&[*head, *subscription], rest].concat().join("/")
        }
        _ => path.to_owned(),
    }
}
