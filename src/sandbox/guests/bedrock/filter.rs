//! Cost Explorer's expressions: which lines are meant.

use serde_json::Value;

use super::Refusal;
use super::work::Line;

/// What Cost Explorer calls `key`, of a line.
pub(super) fn dimension<'a>(line: &'a Line, key: &str) -> Result<&'a str, Refusal> {
    match key {
        "SERVICE" => Ok(&line.service),
        "USAGE_TYPE" => Ok(&line.usage_type),
        "RECORD_TYPE" => Ok(line.record_type),
        _ => Err(Refusal::invalid(format!("no dimension {key}"))),
    }
}

/// What lines of Bedrock have beside their dimensions, with its name.
pub(super) fn attribute(line: &Line, key: &str) -> String {
    let value = match key {
        "model" => line.model,
        "provider" => line.provider,
        _ => "",
    };
    format!("{key}${value}")
}

pub(super) fn matches(expression: &Value, line: &Line) -> Result<bool, Refusal> {
    let Some(expression) = expression.as_object() else {
        return if expression.is_null() { Ok(true) } else { Err(Refusal::invalid("the filter is no expression")) };
    };
    let mut roots = expression.iter();
    let (Some((operator, inner)), None) = (roots.next(), roots.next()) else {
        return Err(Refusal::invalid("an expression has one root operator"));
    };
    let several = || match inner.as_array() {
        Some(inner) if inner.len() >= 2 => Ok(inner.iter().map(|inner| matches(inner, line))),
        _ => Err(Refusal::invalid("And and Or need two expressions")),
    };
    match operator.as_str() {
        "And" => several()?.try_fold(true, |all, one| Ok(all & one?)),
        "Or" => several()?.try_fold(false, |any, one| Ok(any | one?)),
        "Not" => matches(inner, line).map(|matched| !matched),
        "Dimensions" => {
            let value = dimension(line, inner["Key"].as_str().unwrap_or_default())?;
            let values = inner["Values"].as_array().ok_or_else(|| Refusal::invalid("Values are missing"))?;
            Ok(values.iter().any(|known| known == value))
        }
        _ => Err(Refusal::invalid(format!("no operator {operator}"))),
    }
}
