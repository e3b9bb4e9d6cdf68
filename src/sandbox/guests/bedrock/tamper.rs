//! Answers of Amazon's that are well-formed and wrong.

use serde_json::{Number, Value, json};

use crate::sandbox::tamper::{AGAIN, Tampering};

pub(super) fn apply(tampering: Tampering, answer: &mut Value) {
    match tampering {
        Tampering::WrongTypes => each_figure(answer, |figure| *figure = json!([])),
        Tampering::NoAmount => each_figure(answer, |figure| *figure = Value::Null),
        Tampering::OtherNotation => each_figure(answer, |figure| match figure {
            Value::Number(number) => *figure = Value::String(number.to_string()),
            Value::String(text) => *figure = text.parse::<Number>().map_or(Value::Null, Value::Number),
            _ => {}
        }),
        Tampering::RepeatedCursor => {
            let cursor = if answer.get("Metrics").or(answer.get("MetricDataResults")).is_some() {
                "NextToken"
            } else {
                "NextPageToken"
            };
            answer[cursor] = json!(AGAIN);
        }
        Tampering::VanishedRow => drop(last_rows(answer).and_then(Vec::pop)),
        Tampering::EmptyDay => {
            if answer.get("ResultsByTime").is_some() {
                last_rows(answer).into_iter().for_each(Vec::clear);
            } else {
                without_last_hour(answer);
            }
        }
        Tampering::Unknown => surprise(answer),
    }
}

/// The groups of the last day that has some, or the results.
fn last_rows(value: &mut Value) -> Option<&mut Vec<Value>> {
    if value.get("MetricDataResults").is_some() {
        return value["MetricDataResults"].as_array_mut();
    }
    let days = value.get_mut("ResultsByTime")?.as_array_mut()?;
    days.iter_mut().filter_map(|day| day["Groups"].as_array_mut()).rfind(|groups| !groups.is_empty())
}

fn items<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Amounts, quantities, and the values of metrics.
fn each_figure(value: &mut Value, change: impl Fn(&mut Value)) {
    for day in items(value, "ResultsByTime") {
        for group in items(day, "Groups") {
            group["Metrics"]
                .as_object_mut()
                .into_iter()
                .flatten()
                .for_each(|(_, measure)| change(&mut measure["Amount"]));
        }
    }
    for result in items(value, "MetricDataResults") {
        items(result, "Values").for_each(&change);
    }
}

fn without_last_hour(value: &mut Value) {
    let hour = |result: &Value| result["Timestamps"].as_array()?.last()?.as_f64();
    let hours = value["MetricDataResults"].as_array().into_iter().flatten().filter_map(hour);
    let last = hours.fold(0.0, f64::max);
    for result in items(value, "MetricDataResults") {
        if hour(result).is_some_and(|hour| hour >= last) {
            result["Timestamps"].as_array_mut().map(Vec::pop);
            result["Values"].as_array_mut().map(Vec::pop);
        }
    }
}

/// Every row has a field that nobody heard of.
fn surprise(value: &mut Value) {
    let new = || json!({ "nested": [1, 2.5, null] });
    for day in items(value, "ResultsByTime") {
        day["SandboxSurprise"] = new();
        items(day, "Groups").for_each(|group| group["SandboxSurprise"] = new());
    }
    for name in ["MetricDataResults", "Metrics", "DimensionValues"] {
        items(value, name).for_each(|row| row["SandboxSurprise"] = new());
    }
}
