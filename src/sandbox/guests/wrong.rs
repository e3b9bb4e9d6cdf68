//! Ways for a guest's answer to be wrong that do not depend on its shape.

use serde_json::{Number, Value, json};

/// Every number becomes a list, and so does every text under one of `amounts`.
pub(super) fn mistype(value: &mut Value, amounts: &[&str]) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            if field.is_string() && amounts.contains(&name.as_str()) {
                *field = json!([]);
            } else {
                mistype(field, amounts);
            }
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| mistype(item, amounts)),
        Value::Number(_) => *value = json!([]),
        _ => {}
    }
}

/// Every number becomes text, and every text under one of `amounts` the number that it is.
pub(super) fn renote(value: &mut Value, amounts: &[&str]) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| match field.as_str() {
            Some(text) if amounts.contains(&name.as_str()) => {
                if let Ok(number) = text.parse::<Number>() {
                    *field = Value::Number(number);
                }
            }
            _ => renote(field, amounts),
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| renote(item, amounts)),
        Value::Number(number) => *value = Value::String(number.to_string()),
        _ => {}
    }
}

/// Every object has a field that nobody heard of.
pub(super) fn surprise(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(surprise);
            fields.insert("sandbox_surprise".to_owned(), json!({ "nested": [1, 2.5, null] }));
        }
        Value::Array(items) => items.iter_mut().for_each(surprise),
        _ => {}
    }
}
