//! What a quantity cost on the day it was used.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::list::{List, Listed};
use super::memo::Memo;
use super::normalise::candidates;
use super::overrides::{Overrides, Row};
use super::rules::{self, Seller};
use super::tier::Tier;
use super::units;
use crate::domain::names::Provider;
use crate::domain::period::Day;
use crate::domain::spend::{Price, Quote};
use crate::domain::usage::{Dimensions, Meter};

/// One price list with its overrides; never changes, so that equal rows get equal prices.
pub struct Catalog {
    list: Arc<List>,
    /// SHA-256 of the list's text; `None` for the bundled one.
    checksum: Option<[u8; 32]>,
    overrides: Overrides,
    models: Memo<(Seller, String), Arc<Model>>,
}

/// Why a text is no price list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    #[error("price list: {0}")]
    Malformed(String),
    /// It would make all of a provider's use unpriced.
    #[error("price list: no models of `{0}`")]
    Incomplete(&'static str),
}

/// What a name means.
#[derive(Default)]
struct Model {
    /// As written, then plainer, then the list's id.
    names: Vec<String>,
    listed: Option<Listed>,
    canonical: Option<String>,
}

impl Catalog {
    /// The list that this program was built with.
    #[must_use]
    pub fn bundled(overrides: Overrides) -> Self {
        Self { list: Arc::new(List::bundled()), checksum: None, overrides, models: Memo::default() }
    }

    /// A list in the format of [`source::DEFAULT_URL`](super::source::DEFAULT_URL).
    ///
    /// # Errors
    ///
    /// The text is no such list, or has no models of a provider that we price.
    pub fn from_json(json: &[u8], overrides: Overrides) -> Result<Self, CatalogError> {
        let list = List::from_json(json).map_err(|error| CatalogError::Malformed(error.to_string()))?;
        if let Some(missing) = Seller::NEEDED.into_iter().find(|seller| list.models(*seller).is_empty()) {
            return Err(CatalogError::Incomplete(missing.id()));
        }
        let checksum = Some(Self::checksum_of(json));
        Ok(Self { list: Arc::new(list), checksum, overrides, models: Memo::default() })
    }

    /// SHA-256 of the list's text; `None` for the bundled list.
    #[must_use]
    pub fn checksum(&self) -> Option<&[u8; 32]> {
        self.checksum.as_ref()
    }

    /// What tells the list from others: its checksum, or the version of the program that brought it.
    #[must_use]
    pub fn name(&self) -> String {
        match self.checksum {
            Some(checksum) => format!("{checksum:02x?}"),
            None => concat!("built into ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The checksum that a catalogue of this text has.
    #[must_use]
    pub fn checksum_of(json: &[u8]) -> [u8; 32] {
        Sha256::digest(json).into()
    }

    #[must_use]
    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    /// The price of `quantity` units of `meter`, used at `at`.
    ///
    /// `dims.prompt_over` decides on long-context rates, never the quantity: a row may be the sum of many requests. It is
    /// read as [`Dimensions`] says, so a single request with a prompt of `n` tokens is one "over" `n - 1`.
    #[must_use]
    pub fn price(
        &self,
        provider: Provider,
        at: DateTime<Utc>,
        dims: &Dimensions,
        meter: Meter,
        quantity: Decimal,
    ) -> Quote {
        let seller = Seller::of(provider);
        let model = self.model(seller, dims.model.as_deref());
        let rate = self.rate(seller, &model, Day::of(at), dims, meter);
        let price = match rate.and_then(|(amount, per)| quantity.checked_mul(amount)?.checked_div(per)) {
            Some(cost) => Price::Rated(cost.normalize()),
            None if quantity.is_zero() => Price::Rated(Decimal::ZERO),
            None if rules::is_free(seller, model.canonical.as_deref(), meter) => Price::Free,
            None => Price::Unpriced,
        };
        Quote { model: model.canonical.clone(), price }
    }

    fn model(&self, seller: Seller, name: Option<&str>) -> Arc<Model> {
        let Some(name) = name else { return Arc::default() };
        self.models.get((seller, name.to_owned()), |_| {
            let mut names = candidates(name);
            let find = |seller: &Seller| names.iter().find_map(|name| self.list.find(*seller, name));
            let listed = [seller].iter().chain(seller.passes_on()).find_map(find);
            let id = listed.as_ref().map(|listed| listed.id.to_string());
            names.extend(id.clone().filter(|id| !names.contains(id)));
            let canonical = id.or_else(|| self.overrides.name(seller, &names));
            Arc::new(Model { names, listed, canonical })
        })
    }

    /// US dollars and the number of units that they are for.
    fn rate(
        &self,
        seller: Seller,
        model: &Model,
        day: Day,
        dims: &Dimensions,
        meter: Meter,
    ) -> Option<(Decimal, Decimal)> {
        let tier = Tier::of(dims.service_tier.as_deref());
        let prompt_over = dims.prompt_over;
        let row = Row { seller, names: &model.names, day, tier: &tier, prompt_over, meter };
        if let Some(rate) = self.overrides.rate(&row) {
            return Some((rate, Decimal::ONE));
        }
        let (listed_meter, multiple) = rules::derived(meter);
        let per = units::unit(listed_meter)?.per.into();
        let rate = match &model.listed {
            Some(listed) => self.listed_rate(listed, day, &tier, listed_meter, prompt_over)?,
            None if rules::is_tool(meter) && dims.model.is_none() => self.list.common_rate(seller, day, meter)?,
            None => return None,
        };
        let factor = multiple * rules::region_factor(seller, dims.region.as_deref(), meter);
        Some((rate * factor, per))
    }

    fn listed_rate(&self, model: &Listed, day: Day, tier: &Tier, meter: Meter, prompt_over: u32) -> Option<Decimal> {
        let rate = |day, tier: &Tier| self.list.rate(model, day, tier, meter, prompt_over);
        if *tier == Tier::Standard || self.list.knows_tier(model, day, tier) {
            return rate(day, tier);
        }
        let standard = rate(day, &Tier::Standard)?;
        let verified = rules::day_with_known_tiers(day);
        if self.list.knows_tier(model, verified, tier) {
            return (standard * rate(verified, tier)?).checked_div(rate(verified, &Tier::Standard)?);
        }
        rules::tier_factor(model.seller, &model.id, tier, meter).map(|factor| standard * factor)
    }
}
