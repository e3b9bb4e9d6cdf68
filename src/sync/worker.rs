//! The task of a feed: waits for its lease, sleeps until woken, runs, decides when to try again.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tracing::{Span, debug, info, instrument, warn};

use super::error::RunError;
use super::leases::{Lease, Leases};
use super::metrics::FeedMetrics;
use super::retry::{limited_until, rest, retry_at, until};
use super::run::{Job, Ran, Wanted, Watch};
use super::schedule::Schedule;
use crate::providers::feed::FetchError;
use crate::store::lease::WriteError;
use crate::store::status::RunEnd;
use crate::telemetry::count;

/// How long a command waits for a feed that a daemon works on: at rest, the daemon lets it.
const COMMAND_WAITS: Duration = Duration::from_secs(5);
/// How long a daemon leaves a feed to whoever has asked for it.
const MAKE_WAY: Duration = Duration::from_secs(3);

/// Which runs the log tells of without being asked for more; failures always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Always,
    News,
}

/// Why a feed's task lets go of it.
enum End {
    /// The daemon stops.
    Stopped,
    /// Somebody else may have it by now.
    Lost,
    /// Somebody has asked for it.
    Asked,
}

/// A feed's own task.
pub struct Worker {
    pub job: Job,
    pub leases: Leases,
    pub metrics: FeedMetrics,
    /// Somebody wants a run; a wake-up during a run means one more.
    pub wake: Arc<Notify>,
    pub watch: Arc<dyn Watch>,
    pub schedule: Schedule,
    /// The first back-off after failures that may pass by themselves; each further one is twice as long.
    pub first_retry: TimeDelta,
}

impl Worker {
    /// Works whenever the feed is this daemon's, until asked to stop.
    pub async fn work(self) {
        let stop = self.job.shutdown.soft();
        while let Some(lease) = stop.run_until_cancelled(self.leases.take(self.job.id, self.job.name())).await {
            match self.hold(&lease).await {
                End::Stopped => return,
                End::Lost => {}
                End::Asked => {
                    drop(lease);
                    stop.run_until_cancelled(tokio::time::sleep(MAKE_WAY)).await;
                }
            }
        }
    }

    /// Runs the feed as long as it is ours. The first run begins at once.
    async fn hold(&self, lease: &Lease) -> End {
        let mut failures = 0;
        self.wake.notify_one();
        let mut retry = None;
        let mut limited = None;
        // The first run and one after failures are told of even where they bring nothing new.
        let mut told = Told::Always;
        loop {
            tokio::select! {
                biased;
                () = self.job.shutdown.soft().cancelled() => return End::Stopped,
                () = lease.lost() => return End::Lost,
                () = lease.asked() => return End::Asked,
                () = async {
                    self.woken(retry).await;
                    self.rested(limited).await;
                } => {}
            }
            let result = self.attempt(lease, Wanted::Due, told).await;
            told = if result.is_ok() { Told::News } else { Told::Always };
            failures = if result.is_ok() { 0 } else { failures + 1 };
            limited = result.as_ref().err().and_then(limited_until);
            let again = |error: RunError| retry_at(&error, failures, self.first_retry, self.job.clock.now());
            retry = result.err().and_then(again);
            if let Some(at) = retry {
                self.save(lease, at).await;
            }
        }
    }

    /// One run, logged, counted and written down.
    ///
    /// # Errors
    ///
    /// Those of the run, or that another process is busy with the feed.
    pub async fn once(&self, wanted: Wanted) -> Result<Ran, RunError> {
        let (id, feed) = (self.job.id, self.job.name());
        let lease = tokio::time::timeout(COMMAND_WAITS, self.leases.take(id, feed));
        match self.job.shutdown.soft().run_until_cancelled(lease).await {
            Some(Ok(lease)) => self.attempt(&lease, wanted, Told::Always).await,
            Some(Err(_)) => Err(RunError::Busy(self.job.store.holder(id, feed).await?)),
            None => Err(FetchError::Stopped.into()),
        }
    }

    #[instrument(name = "sync_run", level = "debug", skip_all, fields(
        provider = self.job.account.provider.as_str(), account = self.job.account.account, feed = self.job.name().0,
        windows, rows, changed_days, held_days, outcome, otel.status_code,
    ))]
    async fn attempt(&self, lease: &Lease, wanted: Wanted, told: Told) -> Result<Ran, RunError> {
        let (account, feed) = (&self.job.account, self.job.name());
        let began = self.job.clock.now();
        let clock = tokio::time::Instant::now();
        let result = self.job.run(lease, wanted, self.watch.as_ref()).await;
        let elapsed = clock.elapsed();
        let (seconds, ms) = (elapsed.as_secs_f64(), u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        match &result {
            Ok(ran) => {
                self.metrics.run_ended(seconds, None);
                self.metrics.stored(ran.rows);
                if ran.news || told == Told::Always {
                    info!(
                        %account, %feed, windows = ran.windows, rows = ran.rows, changed_days = ran.changed_days,
                        held_days = ran.held_days, ms, "synced"
                    );
                } else {
                    debug!(%account, %feed, windows = ran.windows, ms, "synced, nothing is new");
                }
            }
            Err(RunError::Fetch(FetchError::Stopped)) => info!(%account, %feed, "sync stopped between windows"),
            Err(error) => {
                self.metrics.run_ended(seconds, Some(error.reason()));
                warn!(%account, %feed, reason = error.reason(), ms, "sync failed: {error}");
            }
        }
        trace(&result);
        self.write_down(lease, began, &result).await;
        self.watch.ended();
        result
    }

    async fn write_down(&self, lease: &Lease, began: DateTime<Utc>, result: &Result<Ran, RunError>) {
        let failure = match result {
            Ok(_) => None,
            // Neither says anything about the provider: the next start begins with a run, and so does who has the feed now.
            Err(RunError::Fetch(FetchError::Stopped) | RunError::Fenced) => return,
            Err(error) => Some((error.reason(), error.to_string())),
        };
        let failure = failure.as_ref().map(|(reason, text)| (*reason, text.as_str()));
        let end = RunEnd { at: began, failure, next_attempt: self.schedule.next(self.job.clock.now()) };
        if let Err(error) = self.job.store.save_run(lease.fence(), end).await {
            self.unwritten(&error);
        }
    }

    fn unwritten(&self, error: &WriteError) {
        let (account, feed) = (&self.job.account, self.job.name());
        warn!(%account, %feed, "the state of the feed could not be written down: {error}");
    }

    /// Waits for a wake-up or the time of a retry.
    async fn woken(&self, retry: Option<DateTime<Utc>>) {
        let wait = async {
            match retry {
                Some(at) => tokio::time::sleep(until(at, self.job.clock.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.wake.notified() => {}
            () = wait => {}
        }
    }

    /// Keeps the feed's own minimum interval and the vendor's rate limit, whoever asks.
    async fn rested(&self, limited: Option<DateTime<Utc>>) {
        let now = self.job.clock.now();
        let last = self.job.store.last_attempt(self.job.id, self.job.name().0).await.ok().flatten();
        let pause = last.map_or(Duration::ZERO, |last| rest(last, self.job.feed.min_interval, now));
        let pause = limited.map_or(pause, |limited| pause.max(until(limited, now)));
        tokio::time::sleep(pause).await;
    }

    async fn save(&self, lease: &Lease, retry_at: DateTime<Utc>) {
        if let Err(error) = self.job.store.save_next_attempt(lease.fence(), retry_at).await {
            self.unwritten(&error);
        }
    }
}

/// Writes the outcome onto the run's span: figures and a reason, never the text of an error.
fn trace(result: &Result<Ran, RunError>) {
    let span = Span::current();
    match result {
        Ok(ran) => {
            span.record("windows", count(ran.windows));
            span.record("rows", count(ran.rows));
            span.record("changed_days", count(ran.changed_days));
            span.record("held_days", count(ran.held_days));
            span.record("outcome", "synced");
        }
        Err(error) => {
            span.record("outcome", error.reason());
            // Asking the daemon to stop is no failure.
            if !matches!(error, RunError::Fetch(FetchError::Stopped)) {
                span.record("otel.status_code", "ERROR");
            }
        }
    }
}
