//! Hugging Face's answers, in three units of money: nanodollars, microdollars and cents. The name of a field tells which.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::providers::number::Number;

/// `GET …/billing/usage-v2`: the sums of a span of time.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) usage: Sums,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sums {
    /// Null says that there are none; a field that is not there says nothing.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) inference_providers: Option<Inference>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) jobs: Option<Jobs>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Inference {
    pub(super) used_nano_usd: Number,
    /// The credit that a plan includes in a month.
    pub(super) included_nano_usd: Option<Number>,
    /// 0 or absent where there is none.
    pub(super) limit_nano_usd: Option<Number>,
    pub(super) num_requests: Option<Number>,
    pub(super) provider_details: Option<Vec<ProviderDetail>>,
}

/// No document describes it, so nothing of it is needed: what it does not explain stays without a provider.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProviderDetail {
    #[serde(alias = "provider", alias = "name")]
    pub(super) provider_name: Option<String>,
    #[serde(alias = "usedNanoUsd", alias = "costNanoUsd")]
    pub(super) total_cost_nano_usd: Option<Number>,
    pub(super) num_requests: Option<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Jobs {
    pub(super) used_micro_usd: Number,
    pub(super) total_minutes: Option<Number>,
}

/// `GET …/billing/usage`: the current billing period.
#[derive(Debug, Deserialize)]
pub(super) struct CurrentPeriod {
    /// Lists of [`Item`] by category.
    pub(super) usage: BTreeMap<String, Value>,
    pub(super) period: PeriodInfo,
}

/// What one endpoint, space or repository has cost in the period so far.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    #[serde(rename = "totalCostMicroUSD")]
    pub(super) total_cost_micro_usd: Number,
    /// A gift, which is no spend.
    pub(super) free_grant: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PeriodInfo {
    /// Of the user or organisation.
    pub(super) entity_id: String,
    pub(super) period_end: Option<DateTime<Utc>>,
    pub(super) invoice: Option<Invoice>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invoice {
    /// Absent where there is no invoice, which is said by an invoice, too.
    pub(super) amount_due_cents: Option<Number>,
}
