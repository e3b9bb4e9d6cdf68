//! From Anthropic's rows to ours. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::api::{
    Actor, AnalyticsAmount, AnalyticsCost, AnalyticsGroup, Cents, ClaudeCodeUsage, Cost, MessagesUsage, Named,
};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::FetchError;

/// A row of the classic cost report.
pub(super) fn cost(at: DateTime<Utc>, row: Cost) -> Result<CostRecord, FetchError> {
    let dims = Dimensions {
        project: row.workspace_id,
        model: row.model,
        service_tier: service_tier(row.service_tier, row.speed.as_deref()),
        region: region(row.inference_geo),
        prompt_over: prompt_over(row.context_window.as_deref()),
        ..Dimensions::default()
    };
    let meter = row.token_type.as_deref().and_then(token_meter).or_else(|| other_meter(row.cost_type.as_deref()?));
    Ok(CostRecord {
        at,
        dims,
        meter,
        line_item: row.description.or(row.cost_type),
        category: ChargeCategory::Usage,
        amount: money(row.amount, row.currency.as_deref())?,
        quantity: None,
        unit: None,
    })
}

/// A row of the analytics cost report, which tells the API key and requests but not what was counted.
pub(super) fn analytics_cost(row: AnalyticsCost) -> Result<CostRecord, FetchError> {
    let AnalyticsGroup { workspace_id, api_key_id, model, service_tier: tier, product } = row.group;
    let AnalyticsAmount { amount, currency, requests } = row.cost;
    let service_tier = service_tier(tier, None);
    Ok(CostRecord {
        at: row.starting_at,
        dims: Dimensions { project: workspace_id, api_key: api_key_id, model, service_tier, ..Dimensions::default() },
        meter: None,
        line_item: product,
        category: ChargeCategory::Usage,
        amount: money(amount, currency.as_deref())?,
        quantity: requests,
        unit: requests.map(|_| "requests".to_owned()),
    })
}

/// The rows of the messages usage report.
pub(super) fn usage(rows: BTreeMap<DateTime<Utc>, Vec<MessagesUsage>>) -> Vec<UsageRecord> {
    let mut tally = Tally::default();
    for (at, row) in rows.into_iter().flat_map(|(at, rows)| rows.into_iter().map(move |row| (at, row))) {
        let cache = row.cache_creation.unwrap_or_default();
        let tools = row.server_tool_use.unwrap_or_default();
        let dims = Dimensions {
            project: row.workspace_id,
            api_key: row.api_key_id,
            user: None,
            model: row.model,
            service_tier: service_tier(row.service_tier, row.speed.as_deref()),
            region: region(row.inference_geo),
            prompt_over: prompt_over(row.context_window.as_deref()),
        };
        let meters = [
            (Meter::Input, row.uncached_input_tokens),
            (Meter::CacheRead, row.cache_read_input_tokens),
            (Meter::CacheWrite, cache.ephemeral_5m_input_tokens),
            (Meter::CacheWrite1h, cache.ephemeral_1h_input_tokens),
            (Meter::Output, row.output_tokens),
            (Meter::WebSearches, tools.web_search_requests),
        ];
        tally.add(at, &dims, meters);
    }
    tally.records()
}

/// The records of the Claude Code report for `day`.
///
/// Those of subscribers are left out: no other feed of the account counts them, and its bill does not hold them.
pub(super) fn claude_code(day: Day, records: Vec<ClaudeCodeUsage>) -> Vec<UsageRecord> {
    let mut tally = Tally::default();
    for record in records.into_iter().filter(|record| record.customer_type.as_deref() != Some("subscription")) {
        let Actor { email_address, api_key_name } = record.actor;
        for usage in record.model_breakdown {
            let (user, api_key) = (email_address.clone(), api_key_name.clone());
            let dims = Dimensions { user, api_key, model: usage.model, ..Dimensions::default() };
            let meters = [
                (Meter::Input, usage.tokens.input),
                (Meter::CacheRead, usage.tokens.cache_read),
                (Meter::CacheWrite, usage.tokens.cache_creation),
                (Meter::Output, usage.tokens.output),
            ];
            tally.add(day.start(), &dims, meters);
        }
    }
    tally.records()
}

/// The name of a workspace, an API key or a user: a nameless user goes by the address.
pub(super) fn directory_entry(kind: DirectoryKind, row: Named) -> Option<DirectoryEntry> {
    let name = [row.name, row.email].into_iter().flatten().find(|name| !name.is_empty())?;
    Some(DirectoryEntry { kind, id: row.id, name })
}

fn money(Cents(amount): Cents, currency: Option<&str>) -> Result<Money, FetchError> {
    let currency = currency.map_or(Ok(Currency::USD), str::parse);
    let currency = currency.map_err(|error| FetchError::Malformed(error.to_string()))?;
    Ok(Money::new((amount / Decimal::ONE_HUNDRED).normalize(), currency))
}

fn token_meter(token_type: &str) -> Option<Meter> {
    match token_type {
        "uncached_input_tokens" => Some(Meter::Input),
        "output_tokens" => Some(Meter::Output),
        "cache_read_input_tokens" => Some(Meter::CacheRead),
        "cache_creation.ephemeral_5m_input_tokens" => Some(Meter::CacheWrite),
        "cache_creation.ephemeral_1h_input_tokens" => Some(Meter::CacheWrite1h),
        _ => None,
    }
}

fn other_meter(cost_type: &str) -> Option<Meter> {
    (cost_type == "web_search").then_some(Meter::WebSearches)
}

/// The fast mode has prices of its own, as a tier has.
fn service_tier(tier: Option<String>, speed: Option<&str>) -> Option<String> {
    match speed {
        Some("fast") => Some("fast".to_owned()),
        _ => tier.filter(|tier| tier != "standard"),
    }
}

fn region(inference_geo: Option<String>) -> Option<String> {
    inference_geo.filter(|geo| geo != "global" && geo != "not_available")
}

/// The lower bound of a range such as `200k-1M`.
fn prompt_over(context_window: Option<&str>) -> u32 {
    let bound = context_window.and_then(|range| range.split('-').next()).unwrap_or_default();
    let (digits, unit) = match bound.as_bytes().last() {
        Some(b'k' | b'K') => (&bound[..bound.len() - 1], 1000),
        Some(b'm' | b'M') => (&bound[..bound.len() - 1], 1_000_000),
        _ => (bound, 1),
    };
    digits.parse::<u32>().ok().and_then(|number| number.checked_mul(unit)).unwrap_or_default()
}

/// Sums by time, dimensions and meter: rows may differ only in what we do not keep.
#[derive(Default)]
struct Tally(BTreeMap<(DateTime<Utc>, Dimensions, Meter), Decimal>);

impl Tally {
    fn add(&mut self, at: DateTime<Utc>, dims: &Dimensions, meters: impl IntoIterator<Item = (Meter, Decimal)>) {
        for (meter, quantity) in meters.into_iter().filter(|(_, quantity)| !quantity.is_zero()) {
            *self.0.entry((at, dims.clone(), meter)).or_default() += quantity;
        }
    }

    fn records(self) -> Vec<UsageRecord> {
        let record = |((at, dims, meter), quantity)| UsageRecord { at, dims, meter, quantity };
        self.0.into_iter().map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_context_window_is_known_by_its_lower_bound() {
        for (range, expected) in [
            (None, 0),
            (Some("0-200k"), 0),
            (Some("200k-1M"), 200_000),
            (Some("1M-2M"), 1_000_000),
            (Some("long"), 0),
            (Some("9999999M-"), 0),
            (Some("é"), 0),
        ] {
            assert_eq!(prompt_over(range), expected, "{range:?}");
        }
    }

    #[test]
    fn only_what_changes_a_price_is_a_tier_or_region() {
        let owned = |text: &str| Some(text.to_owned());
        assert_eq!(service_tier(owned("standard"), Some("standard")), None);
        assert_eq!(service_tier(owned("standard"), Some("fast")), owned("fast"));
        assert_eq!(service_tier(owned("batch"), None), owned("batch"));
        assert_eq!(service_tier(owned("turbo"), None), owned("turbo"));
        assert_eq!((region(owned("global")), region(owned("not_available"))), (None, None));
        assert_eq!(region(owned("us")), owned("us"));
    }

    proptest! {
        #[test]
        fn no_fraction_of_a_cent_is_lost(mantissa in -1_000_000_000_000_i64..1_000_000_000_000, scale in 0_u32..12) {
            let cents = Decimal::new(mantissa, scale);
            let money = money(Cents(cents), Some("USD")).unwrap();
            prop_assert_eq!(money.amount * Decimal::ONE_HUNDRED, cents);
        }
    }
}
