//! From texts to values, each refused with what is allowed instead.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;

use super::mapping::Field;
use crate::domain::cost::ChargeCategory;
use crate::domain::money::{Currency, parse_decimal};
use crate::domain::period::Day;
use crate::domain::usage::Meter;

/// No line of a bill comes near; a column of ids does.
const LARGEST: i64 = 1_000_000_000_000_000;

const TIMES: &str =
    "write 2026-11-30, 2026-11-30T12:00:00Z, 2026-11-30 12:00:00 or Unix seconds; a time without a zone is UTC";
const NAIVE: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// A date alone, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Date(Day),
    Moment(DateTime<Utc>),
}

impl Time {
    /// As the start of a period.
    pub(super) fn start(self) -> DateTime<Utc> {
        match self {
            Self::Date(day) => day.start(),
            Self::Moment(moment) => moment,
        }
    }

    /// The same as the first moment that is not in a period any more, as FOCUS has it.
    pub(super) fn exclusive(self) -> Self {
        Self::Moment(self.start())
    }

    /// As the end of a period: a date alone is the last day in it.
    pub(super) fn end(self) -> DateTime<Utc> {
        match self {
            Self::Date(day) => day.end(),
            Self::Moment(moment) => moment,
        }
    }
}

pub(super) fn time(text: &str) -> Result<Time, String> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(Time::Date(Day::of(date.and_time(chrono::NaiveTime::MIN).and_utc())));
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Time::Moment(moment.to_utc()));
    }
    let plain = text.strip_suffix(" UTC").or_else(|| text.strip_suffix('Z')).unwrap_or(text);
    if let Some(moment) = NAIVE.iter().find_map(|format| NaiveDateTime::parse_from_str(plain, format).ok()) {
        return Ok(Time::Moment(moment.and_utc()));
    }
    unix(text).map(Time::Moment)
}

/// Exports write counts of seconds as `1761955200` and as `1761955200.0`.
fn unix(text: &str) -> Result<DateTime<Utc>, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit()) {
        return Err(TIMES.to_owned());
    }
    if whole.len() == 13 {
        return Err(format!("these are milliseconds: {TIMES}"));
    }
    let seconds = whole.parse().ok().filter(|_| (9..=10).contains(&whole.len()));
    seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(|| TIMES.to_owned())
}

pub(super) fn amount(text: &str) -> Result<Decimal, String> {
    const DECIMAL: &str = "write a decimal such as 1234.56, -0.5 or 1.2e-7";
    if text.contains([',', '\'', ' ', '\u{a0}', '\u{202f}', '_']) {
        return Err(format!("{DECIMAL}: a point before the decimals, nothing between thousands"));
    }
    if text.chars().any(|c| !c.is_ascii_digit() && !"+-.eE".contains(c)) {
        return Err(format!("{DECIMAL}: digits only, the currency is a field of its own"));
    }
    let amount = parse_decimal(text).map_err(|_| DECIMAL.to_owned())?;
    if amount.abs() > Decimal::from(LARGEST) { Err("is more than a bill can say".to_owned()) } else { Ok(amount) }
}

pub(super) fn currency(text: &str) -> Result<Currency, String> {
    text.parse().map_err(|_| "write three letters such as USD".to_owned())
}

pub(super) fn category(text: &str) -> Result<ChargeCategory, String> {
    let allowed = || format!("write one of: {}", ChargeCategory::ALL.map(ChargeCategory::as_str).join(", "));
    text.to_ascii_lowercase().parse().map_err(|_| allowed())
}

pub(super) fn meter(text: &str) -> Result<Meter, String> {
    text.parse().map_err(|_| format!("write one of: {}", Meter::ALL.map(Meter::as_str).join(", ")))
}

/// `None` is the standard tier.
pub(super) fn service_tier(text: &str) -> Option<String> {
    let tier = text.to_ascii_lowercase();
    (!matches!(tier.as_str(), "standard" | "default")).then_some(tier)
}

/// Refuses what looks like a key itself: consoles show a name, an id or a few letters of it.
pub(super) fn api_key(text: &str) -> Result<String, String> {
    let whole = text.len() >= 30 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if whole && (text.starts_with("sk-") || text.starts_with("AIza") || text.starts_with("gsk_")) {
        return Err("looks like a key itself, which is never stored: map a column with its name or id".to_owned());
    }
    Ok(text.to_owned())
}

/// Whether `text` can be the value of `field`.
pub(super) fn check(field: Field, text: &str) -> Result<(), String> {
    match field {
        Field::Date | Field::End => time(text).map(drop),
        Field::Amount | Field::Quantity => amount(text).map(drop),
        Field::Currency => currency(text).map(drop),
        Field::Category => category(text).map(drop),
        Field::Meter => meter(text).map(drop),
        Field::ApiKey | Field::ApiKeyName => api_key(text).map(drop),
        _ if text.trim().is_empty() => Err("is blank".to_owned()),
        _ => Ok(()),
    }
}
