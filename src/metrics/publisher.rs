//! Makes pages and hands out the latest: a scrape reads memory, never the database or a vendor.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use rust_decimal::Decimal;

use super::cap::Cap;
use super::catalogue::{BUILD_INFO, DATABASE_UP, LEADER, SERIES_FOLDED};
use super::collect::encode_families;
use super::encode::open_metrics;
use super::family::Family;
use super::page::{Page, Texts};
use super::summary::Summary;

/// Holds the page and everything that it takes to make the next.
pub struct Publisher {
    page: ArcSwap<Page>,
    /// Counters and gauges of the daemon itself.
    registry: Registry,
    database_up: Gauge,
    leader: Gauge,
    making: Mutex<Making>,
}

struct Making {
    cap: Cap,
    summary: Texts,
    /// Only the leader shows a summary.
    leads: bool,
}

impl Publisher {
    /// `registry` comes from [`super::registry`], with the handles of other modules already in it.
    ///
    /// # Errors
    ///
    /// Where a metric in the registry cannot be encoded.
    pub fn new(mut registry: Registry, max_series: usize) -> Result<Self, fmt::Error> {
        let (database_up, leader) = (Gauge::default(), Gauge::default());
        let build = Info::new([(BUILD_INFO.labels[0], env!("CARGO_PKG_VERSION"))]);
        BUILD_INFO.register(&mut registry, build);
        DATABASE_UP.register(&mut registry, database_up.clone());
        LEADER.register(&mut registry, leader.clone());
        let making = Making { cap: Cap::new(max_series), summary: Texts::default(), leads: false };
        let publisher = Self { page: ArcSwap::default(), registry, database_up, leader, making: Mutex::new(making) };
        publisher.refresh()?;
        Ok(publisher)
    }

    /// The latest page.
    #[must_use]
    pub fn page(&self) -> Arc<Page> {
        self.page.load_full()
    }

    /// Shows on the next page whether the database answers; everything else stays as last known.
    pub fn set_database_up(&self, up: bool) {
        self.database_up.set(up.into());
    }

    /// Whether this daemon shows figures from now on. One that does not any more drops them at once, and a summary that is
    /// still in the making does not bring them back.
    ///
    /// # Errors
    ///
    /// Where a metric in the registry cannot be encoded.
    pub fn set_leader(&self, leads: bool) -> fmt::Result {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if making.leads == leads {
            return Ok(());
        }
        making.leads = leads;
        making.summary = Texts::default();
        self.leader.set(leads.into());
        self.swap(&making)
    }

    pub(super) fn leads(&self) -> bool {
        self.making.lock().unwrap_or_else(PoisonError::into_inner).leads
    }

    /// Replaces the page by one with the figures, where this daemon shows any. Encoding many series takes a while: call it from a thread that may block.
    ///
    /// # Errors
    ///
    /// Where a value cannot be encoded; the last good page stays.
    pub fn publish(&self, summary: &Summary) -> fmt::Result {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if !making.leads {
            return self.swap(&making);
        }
        let (mut families, folded) = making.cap.apply(summary.families());
        let mut series_folded = Family::new(&SERIES_FOLDED);
        series_folded.set([], Decimal::from(folded));
        families.push(series_folded);
        making.summary = Texts::new(encode_families(summary.currency(), families)?);
        self.swap(&making)
    }

    /// Replaces what the page says of the daemon itself; cheap, because the summary stays encoded as it is.
    ///
    /// # Errors
    ///
    /// Where a metric in the registry cannot be encoded; the last good page stays.
    pub fn refresh(&self) -> fmt::Result {
        self.swap(&self.making.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn swap(&self, making: &Making) -> fmt::Result {
        let own = Texts::new(open_metrics(&self.registry)?);
        self.page.store(Arc::new(Page::new([&making.summary, &own])));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
