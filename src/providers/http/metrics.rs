//! What vendors were asked, and when they want to be left alone.

use chrono::{DateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::names::AccountName;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountLabels {
    provider: &'static str,
    account: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    provider: &'static str,
    account: String,
    /// A status, or `timeout`, `network`, `too_large`.
    code: String,
}

/// The families of all accounts.
#[derive(Debug, Clone, Default)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    rate_limited_until: Family<AccountLabels, Gauge>,
    shape_changes: Family<AccountLabels, Counter>,
}

impl HttpMetrics {
    #[must_use = "measures go nowhere without the handle"]
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "provider_requests",
            "Requests to provider APIs, each attempt by itself",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "provider_rate_limited_until_timestamp",
            "Until when the provider has asked to be left alone; 0 for never",
            Unit::Seconds,
            metrics.rate_limited_until.clone(),
        );
        registry.register(
            "provider_shape_changes",
            "Fields, notations and kinds of things that answers of the provider did not have before",
            metrics.shape_changes.clone(),
        );
        metrics
    }

    pub(super) fn of(&self, account: &AccountName) -> AccountMetrics {
        let metrics = AccountMetrics { families: self.clone(), account: account.clone() };
        // The series exist from the start, so that a rate over them does not miss the first event.
        drop(metrics.families.requests.get_or_create(&metrics.request_labels("200".to_owned())));
        drop(metrics.families.rate_limited_until.get_or_create(&metrics.labels()));
        drop(metrics.families.shape_changes.get_or_create(&metrics.labels()));
        metrics
    }
}

/// The measures of one account.
pub(super) struct AccountMetrics {
    families: HttpMetrics,
    account: AccountName,
}

impl AccountMetrics {
    pub(super) fn count(&self, code: String) {
        self.families.requests.get_or_create(&self.request_labels(code)).inc();
    }

    pub(super) fn rate_limited_until(&self, until: DateTime<Utc>) {
        self.families.rate_limited_until.get_or_create(&self.labels()).set(until.timestamp());
    }

    pub(super) fn shape_changed(&self) {
        self.families.shape_changes.get_or_create(&self.labels()).inc();
    }

    fn labels(&self) -> AccountLabels {
        AccountLabels { provider: self.account.provider.as_str(), account: self.account.account.clone() }
    }

    fn request_labels(&self, code: String) -> RequestLabels {
        let AccountLabels { provider, account } = self.labels();
        RequestLabels { provider, account, code }
    }
}
