//! Which file of rates to ask for. Pure.

use chrono::{Datelike, Weekday};

use crate::domain::period::{Day, Window};

/// The file of 90 days is that of 90 calendar days; some are left, should a clock be wrong.
const SHORT_HISTORY_DAYS: u32 = 85;
/// The longest that the bank is closed is over Easter and over Christmas.
const LONGEST_CLOSED_DAYS: u32 = 5;

/// A file that the bank publishes; a later one holds all that an earlier one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    LatestDay,
    Last90Days,
    Since1999,
}

impl File {
    /// Its name below the address of all.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LatestDay => "eurofxref-daily.xml",
            Self::Last90Days => "eurofxref-hist-90d.xml",
            Self::Since1999 => "eurofxref-hist.xml",
        }
    }
}

/// The first and the last day of the rates that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub first: Day,
    pub last: Day,
}

/// The smallest file that fills what lacks for amounts from the day `needed` on; `None` where nothing does.
#[must_use]
pub fn wanted(needed: Option<Day>, held: Option<Held>, today: Day) -> Option<File> {
    let needed = needed?;
    let back_to = |day: Day| if day >= today.minus(SHORT_HISTORY_DAYS) { File::Last90Days } else { File::Since1999 };
    match held {
        // A first day after a weekend is preceded by the rate of Friday.
        None => Some(back_to(needed.minus(LONGEST_CLOSED_DAYS))),
        Some(held) if held.first > needed => Some(back_to(needed.minus(LONGEST_CLOSED_DAYS))),
        Some(held) if held.last >= today => None,
        // Only weekends can lie between: a working day that was missed would stay so.
        Some(held) if Window::new(held.last.next(), today).is_none_or(|between| between.days().all(is_weekend)) => {
            Some(File::LatestDay)
        }
        Some(held) => Some(back_to(held.last)),
    }
}

fn is_weekend(day: Day) -> bool {
    matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_file_that_is_enough_is_asked_for() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let today = day("2026-11-23");
        let held = |first: &str, last: &str| Some(Held { first: day(first), last: day(last) });
        for (needed, stored, file) in [
            (None, None, None),
            (Some("2026-11-01"), None, Some(File::Last90Days)),
            (Some("2026-01-01"), None, Some(File::Since1999)),
            (Some("2026-11-01"), held("2026-10-30", "2026-11-23"), None),
            (Some("2026-11-01"), held("2026-10-30", "2026-11-20"), Some(File::LatestDay)),
            (Some("2026-11-01"), held("2026-10-30", "2026-11-19"), Some(File::Last90Days)),
            (Some("2026-11-01"), held("2026-10-30", "2026-11-10"), Some(File::Last90Days)),
            (Some("2026-10-01"), held("2026-10-30", "2026-11-23"), Some(File::Last90Days)),
            (Some("2025-10-01"), held("2026-10-30", "2026-11-23"), Some(File::Since1999)),
            (Some("2025-10-01"), held("2025-01-01", "2026-01-23"), Some(File::Since1999)),
        ] {
            assert_eq!(wanted(needed.map(day), stored, today), file, "{needed:?} {stored:?}");
        }
    }
}
