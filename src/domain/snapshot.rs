//! What a provider says of now, and of no day: balances and quotas.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::money::Money;

/// One reading. `scope` tells several of an account apart, such as a key's label; it is empty for the account as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub scope: String,
    pub reading: Reading,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Prepaid money that is left; below zero where it is overdrawn.
    Balance(Money),
    /// The part of a balance that was paid for, which a purse's charges are made from; no figure of its own.
    Paid(Money),
    /// How much of an allowance is used.
    Quota {
        /// `characters`, `requests`, `credits`, or a currency code in upper case.
        unit: String,
        used: Decimal,
        /// `None` where there is no limit.
        limit: Option<Decimal>,
        /// When `used` starts again from 0.
        resets_at: Option<DateTime<Utc>>,
    },
}

/// What was left of the paid part of a balance at a time, in one of its currencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub at: DateTime<Utc>,
    pub left: Money,
}
