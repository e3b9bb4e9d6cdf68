//! Exchange rates: as the European Central Bank publishes them, and as the ledger asks for them.

mod ecb;
mod plan;
mod table;

use std::sync::{Arc, PoisonError, RwLock};

pub use self::ecb::{Fixing, ParseError, is_published, parse};
pub use self::plan::{File, Held, wanted};
pub use self::table::{DAYS_AHEAD, RateTable};

/// The rates that hold now. Whoever asks for them keeps the table it got, whatever comes next.
#[derive(Debug, Default)]
pub struct Rates(RwLock<Arc<RateTable>>);

impl Rates {
    #[must_use]
    pub fn new(table: RateTable) -> Self {
        Self(RwLock::new(Arc::new(table)))
    }

    #[must_use]
    pub fn current(&self) -> Arc<RateTable> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn replace(&self, table: RateTable) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }
}
