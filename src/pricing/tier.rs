//! Service tiers, as usage reports and overrides write them.

/// The way in which a request was served, where that has a price of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Tier {
    Standard,
    Batch,
    /// `flex`, `priority`, `fast`, …
    Named(String),
}

impl Tier {
    /// Reads `Dimensions::service_tier`; vendors write the standard tier in several ways.
    pub(super) fn of(service_tier: Option<&str>) -> Self {
        match service_tier.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            // `included` only says who pays: a plan.
            None | Some("" | "standard" | "default" | "included") => Self::Standard,
            Some("batch") => Self::Batch,
            Some(name) => Self::Named(name.to_owned()),
        }
    }

    /// The price library's context for the tier.
    pub(super) fn context(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Standard => None,
            Self::Batch => Some(("processing", "batch")),
            Self::Named(name) => Some(("service_tier", name)),
        }
    }
}
