//! Billed cost, in the words of FOCUS.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::names::UnknownName;
use super::usage::{Dimensions, Meter};

/// FOCUS `ChargeCategory`, with plans and seats (`Fee`) apart from prepaid `Purchase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeCategory {
    Usage,
    Credit,
    Fee,
    Tax,
    Purchase,
    Adjustment,
}

impl ChargeCategory {
    pub const ALL: [Self; 6] = [Self::Usage, Self::Credit, Self::Fee, Self::Tax, Self::Purchase, Self::Adjustment];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Credit => "credit",
            Self::Fee => "fee",
            Self::Tax => "tax",
            Self::Purchase => "purchase",
            Self::Adjustment => "adjustment",
        }
    }

    /// Spend is net usage plus fixed fees; the rest stands beside it.
    #[must_use]
    pub fn is_spend(self) -> bool {
        matches!(self, Self::Usage | Self::Credit | Self::Fee)
    }
}

impl FromStr for ChargeCategory {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|category| category.as_str() == name);
        found.ok_or_else(|| UnknownName { kind: "charge category", name: name.to_owned() })
    }
}

/// What a provider charges for the hour or day that starts at `at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRecord {
    pub at: DateTime<Utc>,
    pub dims: Dimensions,
    /// What the line item counts, where that could be read from it.
    pub meter: Option<Meter>,
    /// The provider's own text of the charge, kept as it came.
    pub line_item: Option<String>,
    pub category: ChargeCategory,
    pub amount: Money,
    pub quantity: Option<Decimal>,
    /// The unit of `quantity` in the provider's words.
    pub unit: Option<String>,
}
