//! Budgets: a limit on spend for a calendar period and a scope.

use chrono::Datelike;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::period::{Day, Window};

/// The calendar period in which a budget's limit holds, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BudgetPeriod {
    Day,
    /// Monday to Sunday.
    Week,
    #[default]
    Month,
    Quarter,
    Year,
}

impl BudgetPeriod {
    /// The whole period that contains `day`.
    #[must_use]
    pub fn around(self, day: Day) -> Window {
        let month = day.month_start();
        let (first, end) = match self {
            Self::Day => (day, day.next()),
            Self::Week => {
                let monday = day.minus(day.date().weekday().num_days_from_monday());
                (monday, monday.plus(7))
            }
            Self::Month => (month, month.plus_months(1)),
            Self::Quarter => {
                let first = month.minus_months(day.date().month0() % 3);
                (first, first.plus_months(3))
            }
            Self::Year => {
                let first = month.minus_months(day.date().month0());
                (first, first.plus_months(12))
            }
        };
        Window::new(first, end).unwrap_or(Window::single(day))
    }
}

/// How loud a crossed threshold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

impl Severity {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A share of the limit at which somebody wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// 0.8 is 80 % of the limit.
    pub ratio: Decimal,
    pub severity: Severity,
}

/// Which spend counts; an empty list counts everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    pub provider: Vec<String>,
    pub account: Vec<String>,
    pub project: Vec<String>,
    pub model: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    pub name: String,
    /// In the reporting currency, per period.
    pub limit: Decimal,
    pub period: BudgetPeriod,
    pub scope: Scope,
    pub thresholds: Vec<Threshold>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_the_calendar_one() {
        let day: Day = "2026-11-22".parse().unwrap();
        let around = |period: BudgetPeriod| period.around(day).to_string();
        assert_eq!(around(BudgetPeriod::Day), "2026-11-22");
        assert_eq!(around(BudgetPeriod::Week), "2026-11-16..2026-11-22");
        assert_eq!(around(BudgetPeriod::Month), "2026-11-01..2026-11-30");
        assert_eq!(around(BudgetPeriod::Quarter), "2026-10-01..2026-12-31");
        assert_eq!(around(BudgetPeriod::Year), "2026-01-01..2026-12-31");
    }
}
