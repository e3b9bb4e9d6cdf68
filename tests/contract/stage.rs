//! One account of one kind, connected to a sandbox of its own.

use std::time::Duration;

use llmtally::domain::clock::Clock;
use llmtally::domain::names::AccountName;
use llmtally::domain::period::{Day, Window};
use llmtally::providers::account::{Identity, Opened};
use llmtally::providers::feed::{Directory, FeedKind, FetchError, Gauge, NamedFeed};
use llmtally::providers::http::{HttpMetrics, Limits, Wire, shared_client};
use llmtally::sandbox::{Fault, Options, Sandbox};
use tokio_util::sync::CancellationToken;

use crate::kinds::{Api, apis};
use crate::record::{Record, fetch, policy};

/// More often than anybody asks.
pub(crate) const ALWAYS: u32 = u32::MAX;
/// One less than attempts are made.
pub(crate) const BRIEFLY: u32 = 2;

pub(crate) struct Stage {
    pub(crate) api: &'static Api,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) founded: Day,
    pub(crate) stop: CancellationToken,
    keys: Vec<&'static str>,
    opened: Opened,
}

/// Attempts follow each other at once, so that no test waits.
pub(crate) fn limits() -> Limits {
    Limits {
        max_attempts: BRIEFLY + 1,
        backoff_base: Duration::from_millis(1),
        min_gap: Duration::ZERO,
        ..Limits::default()
    }
}

impl Stage {
    pub(crate) async fn all() -> Vec<Self> {
        Self::all_with(limits()).await
    }

    pub(crate) async fn all_with(limits: Limits) -> Vec<Self> {
        let mut stages = Vec::new();
        for api in apis() {
            stages.push(Self::start(api, &limits, None).await);
        }
        stages
    }

    /// Asks at an address where nobody answers.
    pub(crate) async fn all_at(address: &str) -> Vec<Self> {
        let mut stages = Vec::new();
        for api in apis() {
            stages.push(Self::start(api, &limits(), Some(address)).await);
        }
        stages
    }

    async fn start(api: &'static Api, limits: &Limits, address: Option<&str>) -> Self {
        let clock = Clock::fixed("2026-11-22T14:05:00Z".parse().unwrap());
        // More than a year ago: vendors tell less of days that long past.
        let founded = Day::from_ymd(2025, 11, 15).unwrap();
        let sandbox = Sandbox::start(Options { founded, ..Options::new(clock.clone()) }).await.unwrap();
        let served = format!("http://{}", sandbox.address());
        let connection = (api.connect)(address.unwrap_or(&served));
        let stop = CancellationToken::new();
        let wire = Wire {
            client: shared_client().unwrap(),
            account: AccountName { provider: api.provider, account: "default".to_owned() },
            limits: limits.clone(),
            clock: clock.clone(),
            stop: stop.clone(),
            metrics: HttpMetrics::default(),
        };
        let opened = connection.account.open(&wire).unwrap();
        Self { api, sandbox, clock, founded, stop, keys: connection.keys, opened }
    }

    /// Whose account it is.
    pub(crate) fn identity(&self) -> Option<&dyn Identity> {
        self.opened.identity.as_deref()
    }

    pub(crate) fn feeds(&self) -> &[NamedFeed] {
        &self.opened.feeds
    }

    /// The feeds that answer for days, each with what to call it.
    pub(crate) fn day_feeds(&self) -> impl Iterator<Item = (String, &NamedFeed)> {
        let of_days = self.opened.feeds.iter().filter(|feed| policy(feed).is_some());
        of_days.map(|feed| (format!("{}: {}", self.api.name, feed.name), feed))
    }

    /// Those of which the company has some use or cost.
    pub(crate) fn used_feeds(&self) -> impl Iterator<Item = (String, &NamedFeed)> {
        self.day_feeds().filter(|(_, feed)| !self.api.unused.contains(&feed.name.0))
    }

    /// Of these, the ones whose answers may have several pages.
    pub(crate) fn paged_feeds(&self) -> impl Iterator<Item = (String, &NamedFeed)> {
        self.used_feeds().filter(|(_, feed)| !self.api.unpaged.contains(&feed.name.0))
    }

    /// The feeds that tell of now.
    pub(crate) fn gauges(&self) -> impl Iterator<Item = (String, &dyn Gauge)> {
        self.opened.feeds.iter().filter_map(|feed| match &feed.kind {
            FeedKind::Snapshots(gauge) | FeedKind::Purse(gauge) => {
                Some((format!("{}: {}", self.api.name, feed.name), gauge.as_ref()))
            }
            _ => None,
        })
    }

    pub(crate) fn directory(&self) -> Option<&dyn Directory> {
        self.opened.feeds.iter().find_map(|feed| match &feed.kind {
            FeedKind::Directory(directory) => Some(directory.as_ref()),
            _ => None,
        })
    }

    /// Two days whose figures no longer change.
    pub(crate) fn two_days(&self) -> Window {
        let today = self.clock.today();
        Window::new(today.minus(6), today.minus(4)).unwrap()
    }

    /// Whether the feed answers for days that are so long past.
    pub(crate) fn tells(&self, feed: &NamedFeed, first: Day) -> bool {
        let days = policy(feed).and_then(|policy| policy.history_days);
        days.is_none_or(|days| self.clock.today().minus(days) <= first)
    }

    /// The next so many requests, whichever they are, meet the fault.
    pub(crate) fn order(&self, times: u32, fault: Fault) {
        self.sandbox.faults().next(times, self.api.target, "", fault);
    }

    /// What the feed answers for two days while a fault lasts.
    pub(crate) async fn fetch_under(
        &self,
        feed: &NamedFeed,
        times: u32,
        fault: Fault,
    ) -> Result<Vec<Record>, FetchError> {
        self.order(times, fault);
        let answer = fetch(feed, self.two_days()).await;
        self.sandbox.faults().clear();
        answer.map_err(|error| self.discreet(error))
    }

    /// The error, once it has been seen to hold neither the key nor the address.
    pub(crate) fn discreet(&self, error: FetchError) -> FetchError {
        let text = format!("{error} {error:?}");
        let secrets = self.keys.iter().flat_map(|key| [*key, key.rsplit_once('-').map_or(*key, |(_, end)| end)]);
        for telltale in secrets.chain(["http://", "127.0.0.1"]) {
            assert!(!text.contains(telltale), "{}: {text}", self.api.name);
        }
        error
    }
}
