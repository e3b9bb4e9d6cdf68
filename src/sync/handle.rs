//! The door through which others wake feeds.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::domain::names::{AccountName, FeedName, Provider};

/// Wakes feed tasks; cron and "sync now" do nothing else.
#[derive(Clone, Default)]
pub struct Handle {
    feeds: Arc<Vec<(AccountName, FeedName, Arc<Notify>)>>,
}

impl Handle {
    #[must_use]
    pub fn new(feeds: Vec<(AccountName, FeedName, Arc<Notify>)>) -> Self {
        Self { feeds: Arc::new(feeds) }
    }

    /// Wakes every feed of `provider`, or of all; returns how many. A wake-up during a run means one more run.
    #[must_use = "nobody may be there to wake"]
    pub fn wake(&self, provider: Option<Provider>) -> usize {
        let chosen = self.feeds.iter().filter(|(account, ..)| provider.is_none_or(|wanted| wanted == account.provider));
        chosen.map(|(.., notify)| notify.notify_one()).count()
    }
}
