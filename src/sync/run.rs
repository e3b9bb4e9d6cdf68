//! One sync run of one feed: plan, fetch, store, window by window.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tracing::{info, warn};

pub use super::ran::{Ran, Watch};

use super::error::RunError;
use super::identity::Standing;
use super::leases::Lease;
use super::plan::{self, Mark, Marks, Reach};
use super::{calls, purse};
use crate::domain::clock::Clock;
use crate::domain::names::{AccountId, AccountName, FeedName};
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRole;
use crate::providers::feed::{Feed, FeedKind, FeedPolicy, FetchError, NamedFeed};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::facts::{Answer, Falls, Stored};
use crate::store::lease::{Fence, WriteError};
use crate::store::record::{Record, UsageFact};

/// A window that the provider refuses does not stop those behind it; so many mean that it refuses them all.
const REFUSALS: usize = 3;

/// One feed of one account and everything that a run needs.
pub struct Job {
    pub account: AccountName,
    pub id: AccountId,
    /// Shared by the feeds of the account.
    pub standing: Arc<Standing>,
    pub feed: NamedFeed,
    pub store: Store,
    pub clock: Clock,
    pub reach: Reach,
    pub falls: Falls,
    pub shutdown: Shutdown,
}

/// Which days a run is for.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// What the plan says is due.
    Due,
    /// Days that a person named.
    Days(Window),
}

impl Job {
    #[must_use]
    pub fn name(&self) -> FeedName {
        self.feed.name
    }

    /// Brings the feed up to date. Stops between windows when asked to, and at once when the lease is lost.
    ///
    /// # Errors
    ///
    /// The first window that cannot be fetched or stored ends the run, but for one that the provider refuses or answers with
    /// nonsense: that is what its failure says once the others are done.
    pub async fn run(&self, lease: &Lease, wanted: Wanted, watch: &dyn Watch) -> Result<Ran, RunError> {
        let work = self.work(lease.fence(), wanted, watch);
        tokio::select! {
            biased;
            // A transaction that has begun is rolled back.
            () = self.shutdown.hard().cancelled() => Err(FetchError::Stopped.into()),
            () = lease.lost() => Err(RunError::Fenced),
            done = work => done,
        }
    }

    async fn work(&self, fence: &Fence, wanted: Wanted, watch: &dyn Watch) -> Result<Ran, RunError> {
        self.standing.check(&self.store, self.id).await?;
        match &self.feed.kind {
            FeedKind::Costs(feed) => self.windows(feed.as_ref(), fence, wanted, watch, |record| record).await,
            FeedKind::Usage(role, feed) => {
                let role: UsageRole = *role;
                self.windows(feed.as_ref(), fence, wanted, watch, move |record| UsageFact { role, record }).await
            }
            FeedKind::Directory(directory) => {
                let entries = directory.list().await?;
                self.store.save_directory(fence, &entries, self.clock.now()).await?;
                watch.window(1, 1, false);
                Ok(Ran { windows: 1, rows: entries.len(), ..Ran::default() })
            }
            FeedKind::Snapshots(gauge) => {
                let taken = gauge.read().await?;
                self.store.add_snapshots(fence, &taken, self.clock.now()).await?;
                watch.window(1, 1, false);
                Ok(Ran { windows: 1, rows: taken.len(), ..Ran::default() })
            }
            FeedKind::Purse(gauge) => {
                let (taken, now) = (gauge.read().await?, self.clock.now());
                self.store.add_snapshots(fence, &taken, now).await?;
                let stored = purse::settle(&self.store, fence, &self.marks().await?, now).await?;
                watch.window(1, 1, !stored.changed.is_empty());
                let mut ran = Ran { rows: taken.len(), ..Ran::default() };
                ran.add(&stored);
                Ok(ran)
            }
            FeedKind::Calls(billing, log) => {
                calls::read(&self.store, fence, *billing, log.as_ref(), &self.shutdown, watch).await
            }
        }
    }

    /// The policy of a feed that answers for days.
    #[must_use]
    pub fn policy(&self) -> Option<FeedPolicy> {
        match &self.feed.kind {
            FeedKind::Costs(feed) => Some(feed.policy()),
            FeedKind::Usage(_, feed) => Some(feed.policy()),
            FeedKind::Directory(_) | FeedKind::Snapshots(_) | FeedKind::Purse(_) | FeedKind::Calls(..) => None,
        }
    }

    async fn windows<F, R: Record>(
        &self,
        feed: &dyn Feed<F>,
        fence: &Fence,
        wanted: Wanted,
        watch: &dyn Watch,
        wrap: impl Fn(F) -> R + Send,
    ) -> Result<Ran, RunError>
    where
        F: Send,
    {
        let policy = feed.policy();
        if let Some(oldest) = plan::oldest(&policy, self.clock.now()) {
            self.release(fence, oldest).await?;
        }
        let marks = self.marks().await?;
        let due = match wanted {
            Wanted::Due => plan::due(&policy, &marks, &self.reach, self.clock.now()),
            Wanted::Days(window) => plan::asked(&policy, window, self.clock.now()),
        };
        let mut ran = Ran::default();
        let mut refused = Vec::new();
        for (done, window) in due.iter().enumerate() {
            if self.shutdown.asked() {
                return Err(FetchError::Stopped.into());
            }
            // Taken before the fetch: what the vendor adds meanwhile belongs to a later answer.
            let now = self.clock.now();
            let records = match feed.fetch(*window).await {
                Err(error @ (FetchError::Rejected { .. } | FetchError::Malformed(_))) => {
                    warn!(account = %self.account, feed = %self.feed.name, %window, "a window is left out: {error}");
                    refused.push(error);
                    if refused.len() == REFUSALS {
                        break;
                    }
                    continue;
                }
                answer => answer?,
            };
            let records: Vec<R> = records.into_iter().map(&wrap).collect();
            let answer = self.answer(&policy, fence, *window, &records, now);
            let stored = self.store.replace(&answer).await?;
            self.tell(&stored);
            ran.add(&stored);
            watch.window(done + 1, due.len(), !stored.changed.is_empty());
        }
        refused.into_iter().next().map_or(Ok(ran), |error| Err(error.into()))
    }

    fn answer<'a, R>(
        &self,
        policy: &FeedPolicy,
        fence: &'a Fence,
        window: Window,
        records: &'a [R],
        now: DateTime<Utc>,
    ) -> Answer<'a, R> {
        Answer {
            fence,
            grain: policy.grain,
            window,
            records,
            settles_after_days: policy.settles_after_days,
            falls: self.falls,
            now,
        }
    }

    /// The marks of the feed's days.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn marks(&self) -> sqlx::Result<Marks> {
        let marks = self.store.marks(self.id, self.feed.name.0).await?;
        let marks = marks
            .into_iter()
            .map(|mark| (mark.day, Mark { fetched_at: mark.fetched_at, settled: mark.settled, held: mark.held }));
        Ok(marks.collect())
    }

    /// A held day that the provider has forgotten keeps what is stored.
    async fn release(&self, fence: &Fence, oldest: Day) -> Result<(), WriteError> {
        for day in self.store.release_days(fence, oldest).await? {
            warn!(
                account = %self.account, feed = %self.feed.name, %day,
                "the provider does not answer for a held day any more: what is stored stays"
            );
        }
        Ok(())
    }

    fn tell(&self, stored: &Stored) {
        for day in &stored.held {
            warn!(
                account = %self.account, feed = %self.feed.name, %day,
                "most of a stored day has vanished from the provider's answer: held back until a later run confirms it"
            );
        }
        for day in &stored.restated {
            info!(account = %self.account, feed = %self.feed.name, %day, "the provider changed the bill of a settled day");
        }
    }
}
