//! A collector that takes nothing is worth a line, but not one for every batch.

use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_secs(3600);

/// Lets one line an hour through.
#[derive(Debug, Default)]
pub struct Hourly(Option<Instant>);

impl Hourly {
    /// Whether it is time for a line.
    pub fn due(&mut self, now: Instant) -> bool {
        let due = self.0.is_none_or(|told| now.saturating_duration_since(told) >= QUIET);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

/// What went wrong since it was last told.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    cause: Option<String>,
    lost: usize,
    lines: Hourly,
}

impl Trouble {
    /// Keeps the reason of the latest failure, of which the exporter knows only that there was one.
    pub(super) fn because(&self, cause: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cause = Some(cause);
    }

    /// Counts a batch that is lost; once an hour there is something to say.
    pub(super) fn lost(&self, spans: usize, now: Instant) -> Option<String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.lost += spans;
        if !state.lines.due(now) {
            return None;
        }
        let cause = state.cause.take().unwrap_or_else(|| "no reason is known".to_owned());
        Some(format!("{cause}; {} spans are lost", mem::take(&mut state.lost)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_failures_is_one_line_and_the_next_counts_what_was_lost_meanwhile() {
        let (trouble, start) = (Trouble::default(), Instant::now());
        trouble.because("status 500".to_owned());
        assert_eq!(trouble.lost(3, start).as_deref(), Some("status 500; 3 spans are lost"));
        for minute in 1..60 {
            assert_eq!(trouble.lost(1, start + Duration::from_secs(60 * minute)), None);
        }
        trouble.because("connection refused".to_owned());
        let later = trouble.lost(1, start + QUIET);
        assert_eq!(later.as_deref(), Some("connection refused; 60 spans are lost"));
    }
}
