//! What is due: a pure decision from the marks of days, the policy of the feed and the time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::period::{Day, Window};
use crate::providers::feed::FeedPolicy;

/// What is known of a day that a feed has answered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub fetched_at: DateTime<Utc>,
    pub settled: bool,
    /// An answer that would erase most of the day waits for confirmation.
    pub held: bool,
}

pub type Marks = BTreeMap<Day, Mark>;

/// How far back to look, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Days before today that a first run fills.
    pub backfill_days: u32,
    /// Settled days this young are looked at again now and then: a bill can still be corrected.
    pub recheck_days: u32,
    pub recheck_every: TimeDelta,
}

/// The windows to fetch now, most wanted first: today, yesterday and days that may still change, then holes going back,
/// then settled days whose last look is long ago. Days beyond the provider's history are left alone.
#[must_use]
pub fn due(policy: &FeedPolicy, marks: &Marks, reach: &Reach, now: DateTime<Utc>) -> Vec<Window> {
    let today = Day::of(now);
    let oldest = oldest(policy, now);
    let answered = |day: &Day| oldest.is_none_or(|oldest| oldest <= *day);

    let moving = marks.iter().filter(|(day, mark)| **day <= today && (!mark.settled || mark.held));
    let fresh: BTreeSet<Day> =
        moving.map(|(day, _)| *day).chain([today, today.previous()]).filter(|day| answered(day)).collect();

    let holes = (0..=reach.backfill_days).map(|back| today.minus(back));
    let holes = holes.filter(|day| answered(day) && !marks.contains_key(day) && !fresh.contains(day)).collect();

    let young = today.minus(reach.recheck_days);
    let stale = marks.range(..=today).filter(|(day, mark)| {
        let long_ago = policy.second_look && **day >= young && now - mark.fetched_at >= reach.recheck_every;
        // Read while the clock was ahead: when that was, and whether the day was over, nobody knows.
        let in_future = mark.fetched_at > now;
        mark.settled && !fresh.contains(day) && answered(day) && (long_ago || in_future)
    });
    let stale = stale.map(|(day, _)| *day).collect();

    [fresh, holes, stale].iter().flat_map(|days| windows(days, policy.days_per_fetch)).collect()
}

/// The first day that the provider still answers for; `None` where it forgets nothing.
#[must_use]
pub fn oldest(policy: &FeedPolicy, now: DateTime<Utc>) -> Option<Day> {
    policy.history_days.map(|days| Day::of(now).minus(days))
}

/// The windows that a person asked for, newest first, whatever the marks say.
#[must_use]
pub fn asked(policy: &FeedPolicy, wanted: Window, now: DateTime<Utc>) -> Vec<Window> {
    let (today, oldest) = (Day::of(now), oldest(policy, now));
    let days = wanted.days().filter(|day| *day <= today && oldest.is_none_or(|oldest| oldest <= *day)).collect();
    windows(&days, policy.days_per_fetch)
}

/// Contiguous runs of `days`, cut to at most `limit` days from the newest end.
fn windows(days: &BTreeSet<Day>, limit: u32) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for day in days.iter().rev() {
        match windows.last_mut() {
            Some(last) if day.next() == last.first() && last.len() < limit => {
                *last = Window::new(*day, last.end()).unwrap_or(*last);
            }
            _ => windows.push(Window::single(*day)),
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(days_per_fetch: u32, history_days: Option<u32>) -> FeedPolicy {
        FeedPolicy { days_per_fetch, history_days, ..FeedPolicy::USUAL }
    }

    fn reach(backfill_days: u32) -> Reach {
        Reach { backfill_days, recheck_days: 45, recheck_every: TimeDelta::days(7) }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn shown(windows: &[Window]) -> Vec<String> {
        windows.iter().map(ToString::to_string).collect()
    }

    fn settled(day: Day) -> (Day, Mark) {
        (day, Mark { fetched_at: now() - TimeDelta::days(1), settled: true, held: false })
    }

    #[test]
    fn what_measures_forget_is_not_asked_for_again() {
        let today = Day::of(now());
        let long_ago = Mark { fetched_at: now() - TimeDelta::days(30), settled: true, held: false };
        let marks: Marks = (0..=20).map(|back| (today.minus(back), long_ago)).collect();
        let of =
            |policy: &FeedPolicy| due(policy, &marks, &reach(20), now()).iter().map(|window| window.len()).sum::<u32>();
        let bill = policy(1, None);
        assert_eq!((of(&bill), of(&FeedPolicy { second_look: false, ..bill })), (21, 2));
    }

    #[test]
    fn a_first_run_goes_from_today_back() {
        let plan = due(&policy(7, None), &Marks::new(), &reach(20), now());
        assert_eq!(
            shown(&plan),
            ["2026-11-21..2026-11-22", "2026-11-14..2026-11-20", "2026-11-07..2026-11-13", "2026-11-02..2026-11-06"]
        );
    }

    #[test]
    fn a_later_run_reads_what_may_change_and_fills_holes() {
        let today = Day::of(now());
        let mut marks: Marks = (4..=30).map(|back| settled(today.minus(back))).collect();
        marks.extend((0..4).map(|back| {
            let (day, mark) = settled(today.minus(back));
            (day, Mark { settled: false, ..mark })
        }));
        marks.remove(&today.minus(9));
        let plan = due(&policy(31, None), &marks, &reach(30), now());
        assert_eq!(shown(&plan), ["2026-11-19..2026-11-22", "2026-11-13"]);
    }

    #[test]
    fn a_held_day_is_asked_again() {
        let today = Day::of(now());
        let mut marks: Marks = (0..=30).map(|back| settled(today.minus(back))).collect();
        marks.entry(today.minus(10)).and_modify(|mark| mark.held = true);
        let plan = due(&policy(31, None), &marks, &reach(30), now());
        assert_eq!(shown(&plan), ["2026-11-21..2026-11-22", "2026-11-12"]);
    }

    #[test]
    fn settled_days_are_looked_at_again_after_a_while() {
        let today = Day::of(now());
        let mut marks: Marks = (0..=60).map(|back| settled(today.minus(back))).collect();
        for back in [20, 50] {
            marks.entry(today.minus(back)).and_modify(|mark| mark.fetched_at = now() - TimeDelta::days(8));
        }
        let plan = due(&policy(31, None), &marks, &reach(60), now());
        assert_eq!(shown(&plan), ["2026-11-21..2026-11-22", "2026-11-02"]);
    }

    #[test]
    fn days_that_were_read_by_a_clock_that_was_ahead_are_read_again() {
        let today = Day::of(now());
        let mut marks: Marks = (0..=60).map(|back| settled(today.minus(back))).collect();
        marks.entry(today.minus(50)).and_modify(|mark| mark.fetched_at = now() + TimeDelta::days(300));
        let tomorrow = Mark { fetched_at: now() + TimeDelta::days(300), settled: true, held: false };
        marks.insert(today.next(), tomorrow);
        let plan = due(&policy(31, None), &marks, &reach(60), now());
        assert_eq!(shown(&plan), ["2026-11-21..2026-11-22", "2026-10-03"]);
    }

    #[test]
    fn days_beyond_the_providers_history_are_left_alone() {
        let plan = due(&policy(7, Some(3)), &Marks::new(), &reach(365), now());
        assert_eq!(shown(&plan), ["2026-11-21..2026-11-22", "2026-11-19..2026-11-20"]);
        let wanted = Window::new(Day::of(now()).minus(10), Day::of(now()).plus(5)).unwrap();
        assert_eq!(shown(&asked(&policy(7, Some(3)), wanted, now())), ["2026-11-19..2026-11-22"]);
    }

    proptest! {
        /// Whatever was done before an interruption, what is due next completes the back-fill and nothing more.
        #[test]
        fn plans_are_resumable(done in proptest::collection::btree_set(0u32..60, 0..60), limit in 1u32..40) {
            let today = Day::of(now());
            let mut marks: Marks = done.iter().map(|back| settled(today.minus(*back))).collect();
            for window in due(&policy(limit, None), &marks, &reach(59), now()) {
                prop_assert!(window.len() <= limit);
                marks.extend(window.days().map(settled));
            }
            prop_assert_eq!(marks.len(), 60);
        }
    }
}
