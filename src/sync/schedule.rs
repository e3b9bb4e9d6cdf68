//! When feeds are woken: by cron, or every so often.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use super::handle::Handle;
use crate::domain::clock::Clock;
use crate::domain::names::Provider;

/// How often the clockwork asks whether it is time.
const EVERY_SECOND: &str = "* * * * * *";

/// A time table.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    Cron { text: String, cron: Box<Cron>, zone: Tz },
    Every(Duration),
}

/// A text that is no time table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("`{0}` is neither `every 15m` nor a cron expression of five or six fields: {1}")]
    Cron(String, String),
    #[error("`{0}` is not a time zone; write it as in `Europe/Berlin` or `UTC`")]
    Zone(String),
    #[error("`{0}` is too often: providers allow no more than once a minute")]
    TooOften(String),
}

impl Schedule {
    /// Reads `every 15m`, or a cron expression with or without seconds, in a time zone.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn parse(text: &str, zone: &str) -> Result<Self, ScheduleError> {
        let zone = Tz::from_str(zone).map_err(|_| ScheduleError::Zone(zone.to_owned()))?;
        let wrong = |why: &dyn fmt::Display| ScheduleError::Cron(text.to_owned(), why.to_string());
        if let Some(every) = text.trim().strip_prefix("every ") {
            let every = humantime::parse_duration(every.trim()).map_err(|error| wrong(&error))?;
            return if every < Duration::from_secs(60) {
                Err(ScheduleError::TooOften(text.to_owned()))
            } else {
                Ok(Self::Every(every))
            };
        }
        let fields = text.split_whitespace().count();
        let full = if fields == 5 { format!("0 {text}") } else { text.trim().to_owned() };
        let parser = CronParser::builder().seconds(Seconds::Required).build();
        let cron = parser.parse(&full).map_err(|error| wrong(&error))?;
        if full.split_whitespace().next().is_some_and(|seconds| seconds.parse::<u8>().is_err()) {
            return Err(ScheduleError::TooOften(text.to_owned()));
        }
        Ok(Self::Cron { text: full, cron: Box::new(cron), zone })
    }

    /// The next time after `now`.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Cron { cron, zone, .. } => {
                let next = cron.find_next_occurrence(&now.with_timezone(zone), false).ok()?;
                Some(next.with_timezone(&Utc))
            }
            Self::Every(every) => Some(now + TimeDelta::from_std(*every).ok()?),
        }
    }

    /// The longest time that should pass between two runs.
    #[must_use]
    pub fn interval(&self, now: DateTime<Utc>) -> Duration {
        match self {
            Self::Every(every) => *every,
            Self::Cron { .. } => {
                // A week has all of a week's gaps, such as its end; what is rarer shows in a few of its own.
                let week = now + TimeDelta::days(8);
                let times = std::iter::successors(self.next(now), |time| self.next(*time));
                let times: Vec<_> = times
                    .enumerate()
                    .take_while(|(index, time)| *index < 4 || *time <= week)
                    .map(|(_, time)| time)
                    .collect();
                let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(TimeDelta::days(1));
                longest.to_std().unwrap_or_default()
            }
        }
    }

    fn job(&self, handle: Handle, provider: Provider, clock: Clock) -> Result<Job, JobSchedulerError> {
        match self {
            Self::Cron { text, zone, .. } => Job::new_tz(text, *zone, move |_, _| {
                let _woken = handle.wake(Some(provider));
            }),
            Self::Every(every) => {
                let mut beat = Beat::starting(*every, clock.now());
                Job::new(EVERY_SECOND, move |_, _| {
                    if beat.is_due(clock.now()) {
                        let _woken = handle.wake(Some(provider));
                    }
                })
            }
        }
    }
}

/// Every so often by the clock on the wall, however it moves. The clockwork's own repetition counts missed times one by one, and
/// never comes back from a machine's sleep that was longer than the interval.
#[derive(Debug)]
struct Beat {
    every: TimeDelta,
    last: DateTime<Utc>,
}

impl Beat {
    fn starting(every: Duration, now: DateTime<Utc>) -> Self {
        Self { every: TimeDelta::from_std(every).unwrap_or(TimeDelta::MAX), last: now }
    }

    /// Whether it is time again; once for however many times were missed.
    fn is_due(&mut self, now: DateTime<Utc>) -> bool {
        let was_put_back = now < self.last;
        let is_due = self.every <= now - self.last;
        if is_due || was_put_back {
            self.last = now;
        }
        is_due
    }
}

/// Starts the clockwork. It only wakes feeds; each feed's own task does the work.
///
/// # Errors
///
/// The scheduler's.
pub async fn start(
    schedules: impl IntoIterator<Item = (Provider, Schedule)>,
    handle: &Handle,
    clock: &Clock,
) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    for (provider, schedule) in schedules {
        scheduler.add(schedule.job(handle.clone(), provider, clock.clone())?).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn cron_is_read_with_and_without_seconds_and_in_a_zone() {
        let now = at("2026-11-22T10:07:00Z");
        let next = |text, zone| Schedule::parse(text, zone).unwrap().next(now).unwrap();
        assert_eq!(next("*/15 * * * *", "UTC"), at("2026-11-22T10:15:00Z"));
        assert_eq!(next("30 */15 * * * *", "UTC"), at("2026-11-22T10:15:30Z"));
        assert_eq!(next("0 6 * * *", "Europe/Berlin"), at("2026-11-23T05:00:00Z"));
        assert_eq!(next("every 20m", "UTC"), at("2026-11-22T10:27:00Z"));
    }

    #[test]
    fn the_longest_gap_counts_as_the_interval() {
        let now = at("2026-11-22T10:07:00Z");
        let hours = |text| Schedule::parse(text, "UTC").unwrap().interval(now).as_secs() / 3600;
        assert_eq!(hours("0 8-18 * * *"), 14);
        assert_eq!(hours("0 8-18 * * 1-5"), 62, "from Friday evening to Monday morning");
        assert_eq!(hours("0 0 1 * *"), 31 * 24);
        assert_eq!(hours("every 2h"), 2);
    }

    #[test]
    fn a_beat_goes_on_after_the_machine_has_slept_or_its_clock_was_put_back() {
        let mut beat = Beat::starting(Duration::from_secs(900), at("2026-11-22T10:00:00Z"));
        assert!(!beat.is_due(at("2026-11-22T10:14:59Z")));
        assert!(beat.is_due(at("2026-11-22T10:15:00Z")));
        assert!(!beat.is_due(at("2026-11-22T10:15:01Z")));
        assert!(beat.is_due(at("2026-11-23T08:00:00Z")));
        assert!(!beat.is_due(at("2026-11-23T08:00:01Z")), "missed times are made up for once");
        assert!(beat.is_due(at("2026-11-23T08:15:00Z")));
        assert!(!beat.is_due(at("2026-11-22T10:00:00Z")));
        assert!(beat.is_due(at("2026-11-22T10:15:00Z")));
    }

    #[test]
    fn what_is_no_time_table_is_said_clearly() {
        for (text, zone, says) in [
            ("every now", "UTC", "every 15m"),
            ("* * *", "UTC", "cron expression"),
            ("61 * * * *", "UTC", "cron expression"),
            ("* * * * *", "Mars/Base", "Mars/Base"),
            ("every 5s", "UTC", "too often"),
            ("* * * * * *", "UTC", "too often"),
        ] {
            let error = Schedule::parse(text, zone).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
