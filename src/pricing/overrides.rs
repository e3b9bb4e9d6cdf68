//! Prices of one's own, over the published list: contract prices, and models that it lacks.
//!
//! A TOML file of `[[price]]` entries, which `docs/prices.md` describes. The entry that says most about a row wins: a
//! named model over a prefix over neither, then the larger `prompt_over`, then the later `from`, then the later entry.

mod amount;
mod date;
mod entry;

use super::rules::Seller;
use super::tier::Tier;
use crate::domain::period::Day;
use crate::domain::usage::Meter;
use entry::{Entry, Specificity};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Entries of an overrides file; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    entries: Vec<Entry>,
}

/// Why a text is no overrides file, with the line and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price overrides, line {line}: {message}")]
pub struct OverridesError {
    pub line: usize,
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    price: Vec<toml::Spanned<Entry>>,
}

/// A row, as far as it decides which entry holds.
pub(super) struct Row<'a> {
    pub(super) seller: Seller,
    /// The model as written, then its plainer forms, then the list's id.
    pub(super) names: &'a [String],
    pub(super) day: Day,
    pub(super) tier: &'a Tier,
    pub(super) prompt_over: u32,
    pub(super) meter: Meter,
}

impl Overrides {
    /// Reads the text of an overrides file.
    ///
    /// # Errors
    ///
    /// The first mistake, with its line.
    pub fn parse(text: &str) -> Result<Self, OverridesError> {
        let fail = |at: usize, message: String| {
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            OverridesError { line, message }
        };
        let file: File = toml::from_str(text)
            .map_err(|error| fail(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        let mut entries = Vec::with_capacity(file.price.len());
        for entry in file.price {
            let at = entry.span().start;
            let entry = entry.into_inner();
            entry.check().map_err(|message| fail(at, message))?;
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// US dollars for one unit, if an entry prices the row.
    pub(super) fn rate(&self, row: &Row<'_>) -> Option<Decimal> {
        let priced = self.entries.iter().filter_map(|entry| {
            let specificity = entry.specificity(row.seller, row.names)?;
            let rate = entry.rate(row)?;
            Some(((specificity, entry.prompt_over, entry.from), rate))
        });
        priced.max_by_key(|(rank, _)| *rank).map(|(_, rate)| rate)
    }

    /// The name of a model that only overrides know: the entry's, so that snapshots below one prefix fold.
    pub(super) fn name(&self, seller: Seller, names: &[String]) -> Option<String> {
        let named = self.entries.iter().filter_map(|entry| {
            let specificity = entry.specificity(seller, names)?;
            (specificity != Specificity::Any).then(|| (specificity, entry.name()))
        });
        named.max_by_key(|(specificity, _)| *specificity).and_then(|(_, name)| name)
    }
}
