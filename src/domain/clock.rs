//! The only source of "now".

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

use super::period::Day;

/// Tells the time: the system's, or one that a test or the demo sets.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Microseconds since the epoch of a clock that stands still; `None` follows the system.
    set: Option<Arc<AtomicI64>>,
}

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `now` until [`Clock::set`] moves it.
    #[must_use]
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self { set: Some(Arc::new(AtomicI64::new(now.timestamp_micros()))) }
    }

    /// Moves a fixed clock and all its clones; a system clock is not moved.
    pub fn set(&self, now: DateTime<Utc>) {
        if let Some(set) = &self.set {
            set.store(now.timestamp_micros(), Ordering::Relaxed);
        }
    }

    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.set {
            Some(set) => DateTime::from_timestamp_micros(set.load(Ordering::Relaxed)).unwrap_or_default(),
            None => Utc::now(),
        }
    }

    #[must_use]
    pub fn today(&self) -> Day {
        Day::of(self.now())
    }
}
