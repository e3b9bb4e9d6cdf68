//! What vendors were asked, and when they want to be left alone.

use chrono::{DateTime, Utc};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::domain::names::AccountName;
use crate::measures::{PROVIDER_RATE_LIMITED_UNTIL, PROVIDER_REQUESTS, PROVIDER_SHAPE_CHANGES, Series};

/// The families of all accounts.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: Series<Counter, 3>,
    rate_limited_until: Series<Gauge, 2>,
    shape_changes: Series<Counter, 2>,
}

impl Default for HttpMetrics {
    /// On no page.
    fn default() -> Self {
        Self::register(&mut Registry::default())
    }
}

impl HttpMetrics {
    #[must_use = "measures go nowhere without the handle"]
    pub fn register(registry: &mut Registry) -> Self {
        Self {
            requests: PROVIDER_REQUESTS.register(registry),
            rate_limited_until: PROVIDER_RATE_LIMITED_UNTIL.register(registry),
            shape_changes: PROVIDER_SHAPE_CHANGES.register(registry),
        }
    }

    pub(super) fn of(&self, account: &AccountName) -> AccountMetrics {
        let values = [account.provider.as_str(), &account.account];
        let metrics = AccountMetrics {
            account: account.clone(),
            requests: self.requests.clone(),
            rate_limited_until: self.rate_limited_until.of(values),
            shape_changes: self.shape_changes.of(values),
        };
        // On the page from the start, as the others are.
        drop(metrics.requests("200"));
        metrics
    }
}

/// The measures of one account.
pub(super) struct AccountMetrics {
    account: AccountName,
    requests: Series<Counter, 3>,
    rate_limited_until: Gauge,
    shape_changes: Counter,
}

impl AccountMetrics {
    /// `code` is a status, or `timeout`, `network`, `too_large`.
    pub(super) fn count(&self, code: &str) {
        self.requests(code).inc();
    }

    pub(super) fn rate_limited_until(&self, until: DateTime<Utc>) {
        self.rate_limited_until.set(until.timestamp());
    }

    pub(super) fn shape_changed(&self) {
        self.shape_changes.inc();
    }

    fn requests(&self, code: &str) -> Counter {
        self.requests.of([self.account.provider.as_str(), &self.account.account, code])
    }
}
