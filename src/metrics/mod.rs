//! The page that Prometheus reads: the ledger's summary turned into families, encoded once, served many times.

pub mod catalogue;
pub mod family;
pub mod page;
pub mod publisher;
pub mod push;
pub mod summary;
pub mod update;

mod cap;
mod collect;
mod encode;
mod negotiate;
mod spans;

use prometheus_client::registry::Registry;

pub use negotiate::{Format, accepts_gzip};
pub use publisher::Publisher;
pub use push::Pusher;
pub use summary::{Facts, FeedSchedule, Settings, Summary};

/// The prefix of every name on the page.
pub const PREFIX: &str = "llmtally";

/// Where the counters that live beside their code are registered, before the [`Publisher`] takes it.
#[must_use]
pub fn registry() -> Registry {
    Registry::with_prefix(PREFIX)
}
