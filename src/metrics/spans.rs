//! The windows that stand in the names of families, in whole UTC days.

use crate::domain::period::{Day, Window};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Today,
    Yesterday,
    Days7,
    Days30,
    MonthToDate,
    PreviousMonth,
}

impl Span {
    pub(super) const ALL: [Self; 6] =
        [Self::Today, Self::Yesterday, Self::Days7, Self::Days30, Self::MonthToDate, Self::PreviousMonth];

    pub(super) fn window(self, today: Day) -> Window {
        let (first, end) = match self {
            Self::Today => (today, today.next()),
            Self::Yesterday => (today.previous(), today),
            Self::Days7 => (today.minus(6), today.next()),
            Self::Days30 => (today.minus(29), today.next()),
            Self::MonthToDate => (today.month_start(), today.next()),
            Self::PreviousMonth => (today.minus_months(1), today.month_start()),
        };
        Window::new(first, end).unwrap_or(Window::single(today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolling_windows_include_today_and_months_are_calendar_months() {
        let today: Day = "2026-03-01".parse().unwrap();
        let windows = Span::ALL.map(|span| span.window(today).to_string());
        assert_eq!(
            windows,
            [
                "2026-03-01",
                "2026-02-28",
                "2026-02-23..2026-03-01",
                "2026-01-31..2026-03-01",
                "2026-03-01",
                "2026-02-01..2026-02-28",
            ]
        );
    }
}
