//! Answers that are well-formed and wrong.

use axum::body::Bytes;
use serde_json::{Number, Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// Numbers and amounts in the rows become lists.
    WrongTypes,
    /// Amounts are null, which the vendors' own clients allow for.
    NoAmount,
    /// Numbers in the rows become text, and amounts that are text become numbers; nothing else changes.
    OtherNotation,
    /// There is always one more page, and its cursor is always the same.
    RepeatedCursor,
    /// The last row of the answer is gone.
    VanishedRow,
    /// The last bucket with rows has none.
    EmptyDay,
    /// Every row has a field that nobody heard of, and every text that names a kind of thing a new value.
    Unknown,
}

/// The cursor that is handed out again and again.
pub(super) const AGAIN: &str = "page_again";

/// What is wrong with an answer of the two main vendors.
pub(super) fn apply(tampering: Tampering, answer: &mut Value) {
    match tampering {
        Tampering::WrongTypes => rows(answer).for_each(mistype),
        Tampering::OtherNotation => rows(answer).for_each(|row| renote(row, false)),
        Tampering::NoAmount => rows(answer).filter(|row| row.get("amount").is_some()).for_each(|row| {
            row["amount"] = Value::Null;
        }),
        Tampering::RepeatedCursor => {
            answer["has_more"] = json!(true);
            answer["next_page"] = json!(AGAIN);
        }
        Tampering::VanishedRow => {
            if let Some(results) = last_filled(answer) {
                results.pop();
            }
        }
        Tampering::EmptyDay => {
            if let Some(results) = last_filled(answer) {
                results.clear();
            }
        }
        Tampering::Unknown => rows(answer).for_each(|row| {
            row["sandbox_surprise"] = json!({ "nested": [1, 2.5, null] });
            for name in ["cost_type", "token_type", "service_tier", "quantity_unit", "context_window"] {
                if row.get(name).is_some_and(Value::is_string) {
                    row[name] = json!("brand_new");
                }
            }
        }),
    }
}

/// The body with amounts as numbers with an exponent; it is as it was where it is not JSON.
pub(super) fn with_exponents(body: &Bytes) -> Bytes {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return body.clone() };
    rows(&mut value).for_each(|row| exponents(row, false));
    value.to_string().into()
}

fn buckets(value: &mut Value) -> impl DoubleEndedIterator<Item = &mut Value> {
    value.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten()
}

fn results(bucket: &mut Value) -> Option<&mut Vec<Value>> {
    bucket.get_mut("results")?.as_array_mut()
}

/// The rows of the buckets; where there are no buckets, what stands in their place.
fn rows(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    buckets(value).flat_map(|entry| -> Vec<&mut Value> {
        if entry.get("results").is_some_and(Value::is_array) {
            results(entry).into_iter().flatten().collect()
        } else {
            vec![entry]
        }
    })
}

fn last_filled(value: &mut Value) -> Option<&mut Vec<Value>> {
    buckets(value).filter_map(results).rfind(|results| !results.is_empty())
}

fn mistype(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            if field.is_number() || name == "amount" { *field = json!([]) } else { mistype(field) }
        }),
        Value::Array(items) => items.iter_mut().for_each(mistype),
        _ => {}
    }
}

/// Writes numbers as text, and text as a number where it `is_amount`.
fn renote(value: &mut Value, is_amount: bool) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            renote(field, matches!(name.as_str(), "amount" | "value"));
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| renote(item, false)),
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::String(text) if is_amount => {
            if let Ok(number) = text.parse::<Number>() {
                *value = Value::Number(number);
            }
        }
        _ => {}
    }
}

/// Writes amounts as a whole number and an exponent, digit for digit.
fn exponents(value: &mut Value, is_amount: bool) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            exponents(field, matches!(name.as_str(), "amount" | "value"));
        }),
        Value::Number(_) | Value::String(_) if is_amount => {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let Some((whole, fraction)) = text.split_once('.').filter(|_| !text.contains(['e', 'E'])) else { return };
            let digits = format!("{whole}{fraction}");
            let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
            let digits = digits.trim_start_matches('0');
            let digits = if digits.is_empty() { "0" } else { digits };
            if let Ok(number) = format!("{sign}{digits}E-{}", fraction.len()).parse::<Number>() {
                *value = Value::Number(number);
            }
        }
        _ => {}
    }
}
