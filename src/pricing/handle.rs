//! The one catalogue that everybody prices with, replaced as a whole.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::catalog::{Catalog, CatalogError};

/// A shared handle on the current [`Catalog`]; clones see the same one.
#[derive(Clone)]
pub struct Prices {
    current: Arc<ArcSwap<Catalog>>,
}

/// What a downloaded list did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    Replaced,
    /// The list is the one that is in use already.
    Unchanged,
}

impl Prices {
    #[must_use]
    pub fn new(catalog: Catalog) -> Self {
        Self { current: Arc::new(ArcSwap::from_pointee(catalog)) }
    }

    /// The catalogue of this moment: price one whole run with it, so that all rows follow the same list.
    #[must_use]
    pub fn current(&self) -> Arc<Catalog> {
        self.current.load_full()
    }

    /// Puts a downloaded list in the place of the current one and keeps the overrides.
    ///
    /// # Errors
    ///
    /// The list cannot be used; the current one stays.
    pub fn refresh(&self, json: &[u8]) -> Result<Refresh, CatalogError> {
        let current = self.current();
        if current.checksum() == Some(&Catalog::checksum_of(json)) {
            return Ok(Refresh::Unchanged);
        }
        let next = Catalog::from_json(json, current.overrides().clone())?;
        self.current.store(Arc::new(next));
        Ok(Refresh::Replaced)
    }
}
