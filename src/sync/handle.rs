//! The door through which others wake feeds.

use std::sync::Arc;

use tokio::sync::Notify;

use super::leases::{Leases, Word};
use crate::domain::names::{AccountName, FeedName, Provider};

/// Wakes feed tasks; cron and "sync now" do nothing else.
#[derive(Clone)]
pub struct Handle {
    leases: Leases,
    feeds: Arc<Vec<(AccountName, FeedName, Arc<Notify>)>>,
}

impl Handle {
    #[must_use]
    pub fn new(feeds: Vec<(AccountName, FeedName, Arc<Notify>)>, leases: Leases) -> Self {
        Self { leases, feeds: Arc::new(feeds) }
    }

    /// The same as [`Self::wake`], whichever daemon of the database works on a feed.
    #[must_use = "nobody may be there to wake"]
    pub fn wake_everywhere(&self, provider: Option<Provider>) -> usize {
        self.leases.tell(Word::Wake(provider));
        self.wake(provider)
    }

    /// Wakes every feed of `provider`, or of all; returns how many. A wake-up during a run means one more run.
    #[must_use = "nobody may be there to wake"]
    pub fn wake(&self, provider: Option<Provider>) -> usize {
        let chosen = self.feeds.iter().filter(|(account, ..)| provider.is_none_or(|wanted| wanted == account.provider));
        chosen.map(|(.., notify)| notify.notify_one()).count()
    }
}
