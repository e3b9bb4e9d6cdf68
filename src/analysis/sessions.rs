//! Sessions of five hours, in which subscriptions count tokens, as far as local logs show them.
//!
//! A session begins with the hour (UTC) of its first call. It takes in what comes until five hours later, and ends early
//! where nothing came for five hours. The vendor's own window is known only to the vendor.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rust_decimal::Decimal;

pub const LENGTH: TimeDelta = TimeDelta::hours(5);

/// One call, as far as sessions care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub at: DateTime<Utc>,
    pub tokens: u64,
    /// At list prices, in whatever currency the caller reckons.
    pub cost: Decimal,
}

/// Calls that fall into one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub start: DateTime<Utc>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub calls: u64,
    pub tokens: u64,
    pub cost: Decimal,
}

/// How fast a session uses tokens and money, from its first call to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurnRate {
    pub tokens_per_minute: Decimal,
    pub cost_per_hour: Decimal,
}

/// What a session comes to if it goes on like this to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    pub tokens: Decimal,
    pub cost: Decimal,
}

impl Session {
    fn opened_by(used: &Used) -> Self {
        let hour = used.at.duration_trunc(TimeDelta::hours(1)).unwrap_or(used.at);
        Self { start: hour, first_at: used.at, last_at: used.at, calls: 1, tokens: used.tokens, cost: used.cost }
    }

    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.start + LENGTH
    }

    /// Calls at `now` would still belong to it, as far as is known.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.start <= now && now < self.end() && now - self.last_at < LENGTH
    }

    /// `None` where all calls fell into one instant.
    #[must_use]
    pub fn burn_rate(&self) -> Option<BurnRate> {
        let seconds = Decimal::from((self.last_at - self.first_at).num_milliseconds()).checked_div(1000.into())?;
        // The product first: it loses no digits.
        let per = |length: u32, amount: Decimal| amount.checked_mul(length.into())?.checked_div(seconds);
        Some(BurnRate { tokens_per_minute: per(60, self.tokens.into())?, cost_per_hour: per(3600, self.cost)? })
    }

    /// `None` for a session that is over, or whose rate is not known.
    #[must_use]
    pub fn projection(&self, now: DateTime<Utc>) -> Option<Projection> {
        let rate = self.burn_rate().filter(|_| self.is_open(now))?;
        let minutes = Decimal::from((self.end() - now).num_seconds()).checked_div(60.into())?;
        let more = |per_minute: Decimal| per_minute.checked_mul(minutes);
        Some(Projection {
            tokens: more(rate.tokens_per_minute)?.checked_add(self.tokens.into())?,
            cost: more(rate.cost_per_hour.checked_div(60.into())?)?.checked_add(self.cost)?,
        })
    }

    /// When `limit` tokens are used, if that is before the end; of a limit already passed, the last call.
    #[must_use]
    pub fn exhausted_at(&self, limit: u64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.tokens >= limit {
            return Some(self.last_at);
        }
        let rate = self.burn_rate().filter(|_| self.is_open(now))?;
        let seconds = Decimal::from(limit - self.tokens).checked_mul(60.into())?.checked_div(rate.tokens_per_minute)?;
        let seconds = i64::try_from(seconds.round()).ok()?;
        let at = now.checked_add_signed(TimeDelta::try_seconds(seconds)?)?;
        (at < self.end()).then_some(at)
    }
}

/// Sorts calls, which come in the order of time, into sessions.
#[derive(Debug, Default)]
pub struct Sorter {
    open: Option<Session>,
}

impl Sorter {
    /// The session that this call ends by not belonging to it.
    pub fn take(&mut self, used: &Used) -> Option<Session> {
        if let Some(open) = &mut self.open
            && used.at - open.start <= LENGTH
            && used.at - open.last_at <= LENGTH
        {
            open.last_at = used.at;
            open.calls += 1;
            open.tokens = open.tokens.saturating_add(used.tokens);
            open.cost = open.cost.saturating_add(used.cost);
            return None;
        }
        self.open.replace(Session::opened_by(used))
    }

    /// The session that no call has ended.
    #[must_use]
    pub fn finish(self) -> Option<Session> {
        self.open
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-22T{time}Z").parse().unwrap()
    }

    fn used(time: &str, tokens: u64) -> Used {
        Used { at: at(time), tokens, cost: Decimal::from(tokens) }
    }

    fn sorted(calls: &[Used]) -> Vec<Session> {
        let mut sorter = Sorter::default();
        let mut sessions: Vec<Session> = calls.iter().filter_map(|call| sorter.take(call)).collect();
        sessions.extend(sorter.finish());
        sessions
    }

    #[test]
    fn a_session_starts_on_the_hour_and_takes_in_its_very_end() {
        let sessions = sorted(&[used("08:47:10", 1), used("13:00:00", 2), used("13:00:01", 4)]);
        let starts: Vec<_> = sessions.iter().map(|session| (session.start, session.tokens)).collect();
        assert_eq!(starts, [(at("08:00:00"), 3), (at("13:00:00"), 4)]);
    }

    #[test]
    fn five_quiet_hours_end_a_session() {
        let calls = [used("00:10:00", 1), used("05:00:00", 1), used("10:00:01", 1)];
        let sessions = sorted(&calls);
        assert_eq!(sessions.iter().map(|session| session.calls).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(sessions[1].start, at("10:00:00"));
    }

    #[test]
    fn the_rate_is_from_first_to_last_call_and_leads_to_the_end_and_the_limit() {
        let session = sorted(&[used("08:30:00", 600), used("09:30:00", 600)]).remove(0);
        let rate = session.burn_rate().unwrap();
        assert_eq!((rate.tokens_per_minute, rate.cost_per_hour), (20.into(), 1200.into()));
        let now = at("10:00:00");
        let projection = session.projection(now).unwrap();
        assert_eq!((projection.tokens, projection.cost), ((1200 + 180 * 20).into(), (1200 + 3 * 1200).into()));
        assert_eq!(session.exhausted_at(2400, now), Some(at("11:00:00")));
        assert_eq!(session.exhausted_at(4800, now), None, "the session ends before");
        assert_eq!(session.exhausted_at(1200, now), Some(at("09:30:00")));
        assert_eq!(session.projection(at("13:00:00")), None, "it is over");
    }

    #[test]
    fn a_single_call_has_no_rate() {
        let session = sorted(&[used("08:30:00", 600)]).remove(0);
        assert_eq!((session.burn_rate(), session.exhausted_at(700, at("08:31:00"))), (None, None));
    }

    proptest! {
        #[test]
        fn no_call_is_lost_and_sessions_do_not_overlap(gaps in prop::collection::vec((0..30_000_i64, 0..1000_u64), 1..60)) {
            let mut now = at("00:00:00");
            let calls: Vec<Used> = gaps.iter().map(|(gap, tokens)| {
                now += TimeDelta::seconds(*gap);
                Used { at: now, tokens: *tokens, cost: Decimal::new(1, 2) }
            }).collect();
            let sessions = sorted(&calls);
            prop_assert_eq!(sessions.iter().map(|s| s.tokens).sum::<u64>(), calls.iter().map(|c| c.tokens).sum::<u64>());
            prop_assert_eq!(sessions.iter().map(|s| s.calls).sum::<u64>(), calls.len() as u64);
            for pair in sessions.windows(2) {
                prop_assert!(pair[0].end() <= pair[1].start || pair[1].first_at - pair[0].last_at > LENGTH);
                prop_assert!(pair[0].last_at < pair[1].first_at && pair[0].start < pair[1].start);
            }
            // Reading on from the start of any session gives the same as reading everything.
            for session in &sessions {
                let rest: Vec<Used> = calls.iter().filter(|call| call.at >= session.first_at).cloned().collect();
                prop_assert_eq!(&sorted(&rest)[0], session);
            }
        }
    }
}
