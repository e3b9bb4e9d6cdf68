//! One `[[price]]` entry: for which rows it holds, and what it says.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::Row;
use super::amount::Amount;
use super::date;
use crate::domain::names::Provider;
use crate::domain::period::Day;
use crate::domain::usage::Meter;
use crate::pricing::rules::Seller;
use crate::pricing::tier::Tier;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    provider: Provider,
    model: Option<String>,
    model_prefix: Option<String>,
    #[serde(default, deserialize_with = "date::read")]
    pub(super) from: Option<Day>,
    #[serde(default, deserialize_with = "date::read")]
    until: Option<Day>,
    service_tier: Option<String>,
    #[serde(default)]
    pub(super) prompt_over: u32,
    #[serde(default)]
    per_million: BTreeMap<Meter, Amount>,
    #[serde(default)]
    per_unit: BTreeMap<Meter, Amount>,
}

/// How closely an entry names a model; the last is the closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Specificity {
    Any,
    /// With the prefix's length.
    Prefix(usize),
    /// With the number of names that are plainer than the one that fits.
    Exact(usize),
}

impl Entry {
    /// What serde cannot see.
    pub(super) fn check(&self) -> Result<(), String> {
        let seller = match self.provider {
            Provider::ClaudeCode => Some(Provider::Anthropic),
            Provider::Codex => Some(Provider::OpenAi),
            _ => None,
        };
        if let Some(seller) = seller {
            return Err(format!("`provider = \"{}\"` has no prices of its own; write `{seller}`", self.provider));
        }
        if self.model.is_some() && self.model_prefix.is_some() {
            return Err("`model` and `model_prefix` exclude each other".into());
        }
        if [&self.model, &self.model_prefix].into_iter().flatten().any(|name| name.trim().is_empty()) {
            return Err("`model` and `model_prefix` must not be empty; leave them out to mean every model".into());
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until <= from
        {
            return Err(format!("`until` ({until}) must be after `from` ({from})"));
        }
        if self.per_million.is_empty() && self.per_unit.is_empty() {
            return Err("an entry needs `per_million` or `per_unit` with a price for at least one meter".into());
        }
        match self.per_million.keys().find(|meter| self.per_unit.contains_key(meter)) {
            Some(meter) => Err(format!("`{meter}` stands in both `per_million` and `per_unit`")),
            None => Ok(()),
        }
    }

    /// `None` when the entry is about another model.
    pub(super) fn specificity(&self, seller: Seller, names: &[String]) -> Option<Specificity> {
        if Seller::of(self.provider) != seller {
            return None;
        }
        match (&self.model, &self.model_prefix) {
            (Some(model), _) => {
                let found = names.iter().position(|name| name.eq_ignore_ascii_case(model.trim()))?;
                Some(Specificity::Exact(names.len() - found))
            }
            (None, Some(prefix)) => {
                let prefix = prefix.trim().to_lowercase();
                names.iter().any(|name| name.starts_with(&prefix)).then_some(Specificity::Prefix(prefix.len()))
            }
            (None, None) => Some(Specificity::Any),
        }
    }

    /// The model's name in the entry.
    pub(super) fn name(&self) -> Option<String> {
        let prefix = self.model_prefix.as_deref().map(|prefix| prefix.trim().trim_end_matches(['-', ':', '@', '/']));
        let name = self.model.as_deref().map(str::trim).or(prefix)?;
        Some(name.to_lowercase())
    }

    /// US dollars for one unit, if the entry holds for the row's day, tier and prompts and names its meter.
    pub(super) fn rate(&self, row: &Row<'_>) -> Option<Decimal> {
        let begun = self.from.is_none_or(|from| from <= row.day);
        let over = self.until.is_some_and(|until| until <= row.day);
        let same_tier = Tier::of(self.service_tier.as_deref()) == *row.tier;
        if !begun || over || !same_tier || row.prompt_over < self.prompt_over {
            return None;
        }
        let million = || self.per_million.get(&row.meter).map(|amount| amount.0 / Decimal::from(1_000_000));
        self.per_unit.get(&row.meter).map(|amount| amount.0).or_else(million)
    }
}
