//! One sync run of one feed: plan, fetch, store, window by window.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::error::RunError;
use super::identity::Standing;
use super::leases::Lease;
use super::plan::{self, Mark, Marks, Reach};
use super::purse;
use crate::domain::call_log::LogBatch;
use crate::domain::clock::Clock;
use crate::domain::names::{AccountId, AccountName, Billing, FeedName};
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRole;
use crate::providers::feed::{CallLog, Feed, FeedKind, FeedPolicy, FetchError, NamedFeed};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::call_log::Sorted;
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

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    pub windows: usize,
    pub rows: usize,
    pub changed_days: usize,
    pub held_days: usize,
    pub restated: usize,
    /// Whether a person may want to hear of it: facts have changed or are held back.
    pub news: bool,
}

impl Ran {
    fn add(&mut self, stored: &Stored) {
        self.windows += 1;
        self.rows += stored.rows;
        self.changed_days += stored.changed.len();
        self.held_days += stored.held.len();
        self.restated += stored.restated.len();
        self.news |= !stored.changed.is_empty() || !stored.held.is_empty();
    }
}

/// Where a run reports each window, so that somebody can watch.
pub trait Watch: Send + Sync {
    /// `done` of `total` windows (of a log: mebibytes) are stored; the ledger has something to do when `changed`.
    fn window(&self, done: usize, total: usize, changed: bool);

    /// The run is over and written down.
    fn ended(&self);
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
            FeedKind::Calls(billing, log) => self.log(fence, *billing, log.as_ref(), watch).await,
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

    /// Stores a log batch by batch; what is stored is not read again.
    async fn log(
        &self,
        fence: &Fence,
        billing: Billing,
        log: &dyn CallLog,
        watch: &dyn Watch,
    ) -> Result<Ran, RunError> {
        let mut reading = self.store.reading(fence, billing).await?;
        let mut batches = log.read(self.store.log_positions(self.id).await?);
        let (mut ran, mut days) = (Ran::default(), BTreeSet::new());
        let mut next = sorted(&mut batches).await?;
        while let Some(part) = next {
            // The next part is sorted out while the database is busy with this one.
            let (added, following) = tokio::join!(reading.add(&part), sorted(&mut batches));
            let added = added?;
            let (done, total) = part.progress();
            ran.windows += 1;
            ran.rows += added.calls;
            ran.news |= added.calls > 0;
            watch.window(mebibytes(done), mebibytes(total), added.calls > 0);
            days.extend(added.days);
            ran.changed_days = days.len();
            if self.shutdown.asked() {
                return Err(FetchError::Stopped.into());
            }
            next = following?;
        }
        Ok(ran)
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

/// The next part of a log; `None` behind the last.
async fn sorted(batches: &mut mpsc::Receiver<Result<LogBatch, FetchError>>) -> Result<Option<Sorted>, FetchError> {
    let Some(batch) = batches.recv().await.transpose()? else { return Ok(None) };
    let sorted = tokio::task::spawn_blocking(|| Sorted::from(batch)).await;
    // It does not fail, but for a runtime that is going away.
    sorted.map(Some).map_err(|_| FetchError::Stopped)
}

/// At least one, so that a short log shows progress, too.
fn mebibytes(bytes: u64) -> usize {
    usize::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(usize::MAX).max(1)
}
