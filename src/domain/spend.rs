//! What goes into the ledger and what comes out of it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::cost::{ChargeCategory, CostRecord};
use super::money::Currency;
use super::names::Billing;
use super::period::Day;
use super::usage::{Dimensions, Meter, UsageRecord};

/// What the price list says of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// US dollars for the whole quantity, at the rates of the day of use.
    Rated(Decimal),
    /// Nobody charges for this meter by itself, such as requests.
    Free,
    /// The list does not know the model, or does not price the meter.
    Unpriced,
}

/// Use of one meter on one day, with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedUsage {
    pub dims: Dimensions,
    /// The name under which the price list knows the model.
    pub model: Option<String>,
    pub meter: Meter,
    pub quantity: Decimal,
    pub price: Price,
    pub billing: Billing,
}

/// The answer of a price list for one meter of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The name under which the price list knows the model.
    pub model: Option<String>,
    pub price: Price,
}

/// A line of the bill, with the model under the name of the price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledCost {
    pub record: CostRecord,
    pub model: Option<String>,
}

/// What the provider has said that it charges for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill {
    /// Nobody sends a bill for this account: the estimate is all there will ever be.
    None,
    /// No cost feed has answered for the day yet, which is not the same as a bill of nothing.
    Awaited,
    /// The lines so far; they may still change.
    Open(Vec<BilledCost>),
    /// The lines do not change any more.
    Final(Vec<BilledCost>),
}

/// Everything that is known of one account's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFacts {
    pub day: Day,
    pub bill: Bill,
    pub usage: Vec<PricedUsage>,
    /// The same use by project, key and user: weights only.
    pub attribution: Vec<UsageRecord>,
    /// Service tiers whose use the bill leaves out.
    pub leaves_out: BTreeSet<String>,
    /// US dollars for one unit of each other currency of the bill, where known.
    pub usd_rates: BTreeMap<Currency, Decimal>,
}

impl DayFacts {
    /// US dollars for one unit of `currency`.
    #[must_use]
    pub fn usd_rate(&self, currency: Currency) -> Option<Decimal> {
        if currency == Currency::USD { Some(Decimal::ONE) } else { self.usd_rates.get(&currency).copied() }
    }
}

/// How the money of a row got there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A billed line as the provider wrote it.
    Billed,
    /// A share of a billed line, by estimated cost.
    Allocated,
    /// Use × price list, where the bill does not reach yet.
    Estimated,
    /// A billed line that no use explains.
    Unallocated,
    /// A plan's fee for the day.
    Fee,
    /// The row carries no money, only use.
    None,
}

impl Basis {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Allocated => "allocated",
            Self::Estimated => "estimated",
            Self::Unallocated => "unallocated",
            Self::Fee => "fee",
            Self::None => "none",
        }
    }
}

/// A row of the ledger: money and use of one combination on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendRow {
    pub dims: Dimensions,
    /// The name under which the price list knows the model.
    pub model: Option<String>,
    pub meter: Option<Meter>,
    pub line_item: Option<String>,
    pub category: ChargeCategory,
    pub billing: Billing,
    pub basis: Basis,
    /// The figure may still change.
    pub provisional: bool,
    pub quantity: Decimal,
    pub currency: Currency,
    /// The best figure, in `currency`.
    pub amount: Decimal,
    /// The part of `amount` that the provider has billed.
    pub billed: Decimal,
    /// Use × price list in US dollars; `None` where the list does not know.
    pub estimated: Option<Decimal>,
    /// Bill and use both cover the row, so that it counts for drift.
    pub comparable: bool,
    pub unpriced: bool,
    pub tags: BTreeMap<String, String>,
}

/// The key under which effective and list rates are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateKey {
    pub model: String,
    pub meter: Meter,
    pub service_tier: Option<String>,
}
