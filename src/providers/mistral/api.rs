//! Mistral's answers. Kinds of use come and go, so rows are found wherever they stand.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::money::Currency;
use crate::providers::number::Number;

/// `GET /usage`: one month.
#[derive(Debug, Deserialize)]
pub(super) struct Month {
    pub(super) currency: Option<Currency>,
    pub(super) prices: Vec<Price>,
    /// Sections by kind of use, each with models, groups and rows at a depth of its own.
    #[serde(flatten)]
    sections: Map<String, Value>,
}

/// A day's units of one kind.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) event_type: Option<String>,
    /// The model as it is billed.
    pub(super) billing_metric: String,
    /// The model as it was asked for.
    pub(super) billing_display_name: Option<String>,
    /// `input`, `output`, `cached` and others.
    pub(super) billing_group: Option<String>,
    /// A day, with a time behind it or not.
    pub(super) timestamp: String,
    pub(super) value: Number,
    /// What is left of `value` after the free quota.
    pub(super) value_paid: Option<Number>,
    pub(super) api_zone: Option<String>,
    pub(super) service_tier: Option<String>,
}

/// What one unit costs.
#[derive(Debug, Deserialize)]
pub(super) struct Price {
    pub(super) event_type: Option<String>,
    pub(super) billing_metric: String,
    pub(super) billing_group: Option<String>,
    pub(super) api_zone: Option<String>,
    pub(super) service_tier: Option<String>,
    pub(super) price: Number,
}

impl Month {
    /// The rows of all sections.
    ///
    /// # Errors
    ///
    /// A row that is not as documented.
    pub(super) fn rows(&self) -> Result<Vec<Row>, serde_json::Error> {
        let mut rows = Vec::new();
        self.sections.values().try_for_each(|section| collect(section, &mut rows))?;
        Ok(rows)
    }
}

fn collect(value: &Value, rows: &mut Vec<Row>) -> Result<(), serde_json::Error> {
    match value {
        // Either is enough, so that a row with another name for one of them is no empty section.
        Value::Object(fields) if fields.contains_key("billing_metric") || fields.contains_key("timestamp") => {
            rows.push(Row::deserialize(value)?);
        }
        Value::Object(fields) => fields.values().try_for_each(|field| collect(field, rows))?,
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, rows))?,
        _ => {}
    }
    Ok(())
}

/// `GET /spend-limit`.
#[derive(Debug, Deserialize)]
pub(super) struct SpendLimits {
    pub(super) limits: Limits,
}

/// By kind of use, and the currency of all of them.
#[derive(Debug, Deserialize)]
pub(super) struct Limits {
    pub(super) currency: Option<Currency>,
    #[serde(flatten)]
    pub(super) kinds: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Limit {
    pub(super) no_monthly_limit: Option<bool>,
    pub(super) usage: Option<Number>,
    pub(super) total_usage: Option<Number>,
    pub(super) usage_limit: Option<Number>,
}

/// A page of `GET /workspaces`, under whichever name it comes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WorkspacePage {
    Bare(Vec<Workspace>),
    Named {
        #[serde(alias = "items", alias = "workspaces", alias = "results")]
        data: Vec<Workspace>,
    },
}

impl WorkspacePage {
    pub(super) fn into_items(self) -> Vec<Workspace> {
        match self {
            Self::Bare(items) | Self::Named { data: items } => items,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Workspace {
    pub(super) id: String,
    pub(super) name: Option<String>,
}
