//! Dashboard variables: datasources, filters and choices.

use serde_json::{Value, json};

use super::super::naming::families_in;
use super::query::{prometheus_datasource, sql_datasource};
use crate::domain::money::Currency;

#[derive(Debug, Clone)]
pub struct Variable(Value);

impl Variable {
    /// Lets people use the dashboard with a datasource of their own; `uid` is the shipped one.
    #[must_use]
    pub fn datasource(name: &str, label: &str, plugin: &str, uid: &str) -> Self {
        Self(json!({
            "current": { "selected": true, "text": uid, "value": uid },
            "hide": 2,
            "label": label,
            "name": name,
            "query": plugin,
            "refresh": 1,
            "regex": "",
            "type": "datasource",
        }))
    }

    /// A filter with many choices from an SQL query. "All" becomes the column itself, as in `provider IN (provider)`: always
    /// true, whatever number of values there are and however new they are.
    #[must_use]
    pub fn filter(name: &str, label: &str, description: &str, sql: &str) -> Self {
        Self(json!({
            "allValue": name,
            "allowCustomValue": false,
            "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
            "datasource": sql_datasource(),
            "definition": sql,
            "description": description,
            "includeAll": true,
            "label": label,
            "multi": true,
            "name": name,
            "query": sql,
            "refresh": 1,
            "sort": 0,
            "type": "query",
        }))
    }

    /// A filter by a label of `metric`; "All" matches everything.
    #[must_use]
    pub fn label(name: &str, label: &str, description: &str, metric: &str) -> Self {
        let query = format!("label_values({metric}, {name})");
        Self(json!({
            "allValue": ".*",
            "allowCustomValue": false,
            "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
            "datasource": prometheus_datasource(),
            "definition": query,
            "description": description,
            "includeAll": true,
            "label": label,
            "multi": true,
            "name": name,
            "query": { "qryType": 1, "query": query, "refId": "Values" },
            "refresh": 2,
            "sort": 1,
            "type": "query",
        }))
    }

    /// One of a fixed list of (value, text); the first is the default.
    #[must_use]
    pub fn choice(name: &str, label: &str, description: &str, choices: &[(&str, &str)]) -> Self {
        let query: Vec<String> = choices.iter().map(|(value, text)| format!("{text} : {value}")).collect();
        let option = |(index, (value, text)): (usize, &(&str, &str))| json!({ "selected": index == 0, "text": text, "value": value });
        let options: Vec<Value> = choices.iter().enumerate().map(option).collect();
        Self(json!({
            "allowCustomValue": false,
            "current": options.first(),
            "description": description,
            "includeAll": false,
            "label": label,
            "multi": false,
            "name": name,
            "options": options,
            "query": query.join(", "),
            "type": "custom",
        }))
    }

    /// With the names that families of money have in `currency`.
    pub(super) fn to_json(&self, currency: Currency) -> Value {
        let mut json = self.0.clone();
        for place in ["/definition", "/query/query"] {
            if let Some(Value::String(text)) = json.pointer_mut(place) {
                *text = families_in(text, currency);
            }
        }
        json
    }
}
