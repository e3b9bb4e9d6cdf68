//! Prices by the day of use: the published list, what it leaves out, and prices of one's own.

mod catalog;
mod handle;
mod list;
mod memo;
mod normalise;
mod overrides;
mod rules;
pub mod source;
mod steps;
mod tier;
mod units;

#[cfg(test)]
mod tests;

pub use catalog::{Catalog, CatalogError};
pub use handle::{Prices, Refresh};
pub use overrides::{Overrides, OverridesError};
