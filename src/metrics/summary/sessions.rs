//! Sessions of five hours that are open.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::super::catalogue as families;
use super::super::family::Family;
use super::timestamp;
use crate::analysis::sessions::Session;
use crate::domain::names::AccountName;
use crate::store::reporting::LatestSession;

/// An account without an open session is absent: 0 tokens of nothing would look like a measurement.
pub(super) fn families(
    now: DateTime<Utc>,
    limits: &BTreeMap<AccountName, u64>,
    latest: &[LatestSession],
) -> Vec<Family> {
    let mut tokens = Family::new(&families::SESSION_TOKENS);
    let mut cost = Family::new(&families::SESSION_COST);
    let mut start = Family::new(&families::SESSION_START);
    let mut end = Family::new(&families::SESSION_END);
    let mut exhausted = Family::new(&families::SESSION_EXHAUSTED);
    let mut allowed = Family::new(&families::SESSION_TOKEN_LIMIT);
    let mut projected_tokens = Family::new(&families::SESSION_PROJECTED_TOKENS);
    let mut projected_cost = Family::new(&families::SESSION_PROJECTED_COST);
    for (name, limit) in limits {
        allowed.set([name.provider.as_str(), name.account.as_str()], Decimal::from(*limit));
    }
    for row in latest {
        let session = Session {
            start: row.start_at,
            first_at: row.first_at,
            last_at: row.last_at,
            calls: row.calls.unsigned_abs(),
            tokens: row.tokens.unsigned_abs(),
            cost: row.cost.unwrap_or_default(),
        };
        if !session.is_open(now) {
            continue;
        }
        let labels = [row.provider.as_str(), row.account.as_str()];
        tokens.set(labels, Decimal::from(session.tokens));
        if row.cost.is_some() {
            cost.set(labels, session.cost);
        }
        start.set(labels, timestamp(session.start));
        end.set(labels, timestamp(session.end()));
        let limit = limits.iter().find(|(name, _)| name.provider.as_str() == labels[0] && name.account == labels[1]);
        if let Some(at) = limit.and_then(|(_, limit)| session.exhausted_at(*limit, now)) {
            exhausted.set(labels, timestamp(at));
        }
        if let Some(projection) = session.projection(now) {
            projected_tokens.set(labels, projection.tokens.round());
            if row.cost.is_some() {
                projected_cost.set(labels, projection.cost);
            }
        }
    }
    vec![tokens, cost, start, end, exhausted, allowed, projected_tokens, projected_cost]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::Provider;

    #[test]
    fn only_an_open_session_is_shown_and_its_limit_is_foreseen() {
        let at = |time: &str| format!("2026-11-22T{time}:00Z").parse::<DateTime<Utc>>().unwrap();
        let row = LatestSession {
            provider: "claude_code".into(),
            account: "team".into(),
            start_at: at("08:00"),
            first_at: at("08:30"),
            last_at: at("09:30"),
            calls: 2,
            tokens: 1200,
            cost: Some(Decimal::new(15, 1)),
        };
        let team = AccountName { provider: Provider::ClaudeCode, account: "team".into() };
        let values = |now: &str, limits: &BTreeMap<AccountName, u64>| -> Vec<Option<Decimal>> {
            let families = families(at(now), limits, std::slice::from_ref(&row));
            families.iter().map(|family| family.series.values().next().map(|point| point.value)).collect()
        };
        let seconds = |time: &str| Some(Decimal::from(at(time).timestamp()));
        let (tokens, cost) = (Some(Decimal::from(1200)), Some(Decimal::new(15, 1)));
        let limits = BTreeMap::from([(team, 2400)]);
        assert_eq!(values("10:00", &limits)[..5], [tokens, cost, seconds("08:00"), seconds("13:00"), seconds("11:00")]);
        let limit = Some(Decimal::from(2400));
        let projected = (Some(Decimal::from(1200 + 3 * 1200)), Some(Decimal::from(6)));
        assert_eq!(values("10:00", &limits)[5..], [limit, projected.0, projected.1]);
        assert_eq!(values("10:00", &BTreeMap::new())[4..6], [None; 2]);
        let over = values("13:00", &limits);
        assert_eq!((&over[..5], over[5], &over[6..]), (&[None; 5][..], limit, &[None; 2][..]));
    }
}
