//! The Anthropic feeds against the sandbox: what they read is what was billed, or an error, whatever goes wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use llmtally::domain::clock::Clock;
use llmtally::domain::cost::CostRecord;
use llmtally::domain::names::{AccountName, Provider};
use llmtally::domain::period::{Day, Window};
use llmtally::domain::usage::{Meter, UsageRecord};
use llmtally::providers::anthropic::{Config, feeds, organization};
use llmtally::providers::feed::{Feed, FeedKind, FetchError, NamedFeed};
use llmtally::providers::http::{Http, HttpConfig, HttpMetrics, Limits, shared_client};
use llmtally::sandbox::{Fault, Options, RetryAfter, Sandbox, Tampering, Vendor};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

struct Scene {
    sandbox: Sandbox,
    http: Arc<Http>,
    config: Config,
    today: Day,
}

impl Scene {
    async fn start() -> Self {
        let clock = Clock::fixed("2026-11-22T14:05:00Z".parse().unwrap());
        let today = clock.today();
        let sandbox = Sandbox::start(Options::new(clock.clone())).await.unwrap();
        let config = Config {
            api_key: Some(sandbox.anthropic_key().into()),
            base_url: sandbox.anthropic_url(),
            ..Config::default()
        };
        let http = Http::new(HttpConfig {
            client: shared_client().unwrap(),
            account: AccountName { provider: Provider::Anthropic, account: "default".to_owned() },
            base_url: config.base_url.clone(),
            auth: config.auth().unwrap(),
            headers: config.headers(),
            limits: Limits {
                backoff_base: Duration::from_millis(1),
                max_attempts: 3,
                min_gap: Duration::ZERO,
                ..Limits::default()
            },
            clock,
            stop: CancellationToken::new(),
            metrics: HttpMetrics::default(),
        });
        Self { sandbox, http: Arc::new(http.unwrap()), config, today }
    }

    fn feed(&self, name: &str) -> NamedFeed {
        feeds(&self.config, &self.http).into_iter().find(|feed| feed.name.0 == name).unwrap()
    }

    fn costs(&self) -> Box<dyn Feed<CostRecord>> {
        let FeedKind::Costs(feed) = self.feed("costs").kind else { panic!("costs are no costs") };
        feed
    }

    fn usage(&self, name: &str) -> Box<dyn Feed<UsageRecord>> {
        let FeedKind::Usage(_, feed) = self.feed(name).kind else { panic!("{name} is no usage") };
        feed
    }

    /// The last `days` days, today included.
    fn last(&self, days: u32) -> Window {
        Window::new(self.today.minus(days - 1), self.today.next()).unwrap()
    }
}

/// All records of the window, asked for in as many pieces as the feed wants.
async fn all<R>(feed: &dyn Feed<R>, window: Window) -> Vec<R> {
    let mut records = Vec::new();
    let mut first = window.first();
    while first < window.end() {
        let end = first.plus(feed.policy().days_per_fetch).min(window.end());
        records.extend(feed.fetch(Window::new(first, end).unwrap()).await.unwrap());
        first = end;
    }
    records
}

fn total_by_day(records: &[CostRecord]) -> BTreeMap<Day, Decimal> {
    let mut totals = BTreeMap::new();
    for record in records {
        *totals.entry(Day::of(record.at)).or_default() += record.amount.amount;
    }
    totals
}

fn total_by_meter(records: &[UsageRecord]) -> BTreeMap<(Day, Option<String>, Meter), Decimal> {
    let mut totals = BTreeMap::new();
    for record in records {
        *totals.entry((Day::of(record.at), record.dims.model.clone(), record.meter)).or_default() += record.quantity;
    }
    totals
}

#[tokio::test]
async fn costs_are_the_bill_to_the_last_digit() {
    let scene = Scene::start().await;
    let window = scene.last(70);
    let totals = total_by_day(&all(&*scene.costs(), window).await);
    for day in window.days() {
        let billed = scene.sandbox.bill(Vendor::Anthropic, day).unwrap();
        assert_eq!(totals.get(&day).copied().unwrap_or_default(), billed, "{day}");
    }
    assert!(totals.values().filter(|total| **total > Decimal::ZERO).count() > 60);
}

#[tokio::test]
async fn the_same_use_is_seen_by_price_and_by_user() {
    let scene = Scene::start().await;
    let window = scene.last(10);
    let pricing = all(&*scene.usage("usage.pricing"), window).await;
    let attribution = all(&*scene.usage("usage.attribution"), window).await;
    assert!(pricing.len() > 100);
    assert_eq!(total_by_meter(&pricing), total_by_meter(&attribution));
    assert!(pricing.iter().any(|record| record.dims.service_tier.as_deref() == Some("batch")));
    assert!(attribution.iter().any(|record| record.dims.project.is_some() && record.dims.api_key.is_some()));
}

#[tokio::test]
async fn claude_code_is_a_part_of_the_use() {
    let scene = Scene::start().await;
    let records = all(&*scene.usage("usage.claude_code"), scene.last(4)).await;
    assert!(records.iter().any(|record| record.dims.user.as_deref().is_some_and(|user| user.contains('@'))));
    let whole = total_by_meter(&all(&*scene.usage("usage.attribution"), scene.last(4)).await);
    for ((day, model, meter), part) in total_by_meter(&records) {
        // The report does not say for how long a cache was written.
        let meters = if meter == Meter::CacheWrite { vec![meter, Meter::CacheWrite1h] } else { vec![meter] };
        let of = |meter| whole.get(&(day, model.clone(), meter)).copied().unwrap_or_default();
        let counted: Decimal = meters.into_iter().map(of).sum();
        assert!(part <= counted, "{day} {model:?} {meter}: {part} of {counted}");
    }
}

#[tokio::test]
async fn every_id_of_the_use_has_a_name() {
    let scene = Scene::start().await;
    let FeedKind::Directory(directory) = scene.feed("directory").kind else { panic!("the directory is none") };
    let entries = directory.list().await.unwrap();
    let named = |kind: &str, id: &str| entries.iter().any(|entry| entry.kind.as_str() == kind && entry.id == id);
    for record in all(&*scene.usage("usage.attribution"), scene.last(31)).await {
        let dims = record.dims;
        assert!(dims.project.as_deref().is_none_or(|id| named("project", id)), "{dims:?}");
        assert!(dims.api_key.as_deref().is_none_or(|id| named("api_key", id)), "{dims:?}");
        assert!(dims.user.as_deref().is_none_or(|id| named("user", id)), "{dims:?}");
    }
    assert!(!organization(&scene.http).await.unwrap().id.is_empty());
}

#[tokio::test]
async fn analytics_that_are_not_there_leave_the_classic_report() {
    let mut scene = Scene::start().await;
    let classic = scene.costs().fetch(scene.last(3)).await.unwrap();
    scene.config.analytics = true;
    assert_eq!(scene.costs().fetch(scene.last(3)).await.unwrap(), classic);
}

#[tokio::test]
async fn what_passes_changes_nothing() {
    let scene = Scene::start().await;
    let right = total_by_day(&scene.costs().fetch(scene.last(5)).await.unwrap());
    for fault in [
        Fault::TooManyRequests(RetryAfter::Absent),
        Fault::TooManyRequests(RetryAfter::Seconds(0)),
        Fault::Status(500),
        Fault::Status(529),
        Fault::Gateway,
        Fault::Reset,
        Fault::Tampered(Tampering::Unknown),
    ] {
        scene.sandbox.faults().next(2, Vendor::Anthropic, "cost_report", fault);
        let records = scene.costs().fetch(scene.last(5)).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(total_by_day(&records), right, "{fault:?}");
        scene.sandbox.faults().clear();
    }
}

#[tokio::test]
async fn what_does_not_pass_is_an_error_and_no_part_of_an_answer() {
    let scene = Scene::start().await;
    for (fault, reason) in [
        (Fault::TooManyRequests(RetryAfter::Seconds(600)), "rate_limited"),
        (Fault::TooManyRequests(RetryAfter::Date(600)), "rate_limited"),
        (Fault::TooManyRequests(RetryAfter::AnthropicReset(600)), "rate_limited"),
        (Fault::Status(503), "unavailable"),
        (Fault::Reset, "unavailable"),
        (Fault::RevokedKey, "unauthorized"),
        (Fault::Status(403), "unauthorized"),
        (Fault::Status(404), "rejected"),
        (Fault::Truncated, "malformed"),
        (Fault::InvalidJson, "malformed"),
        (Fault::Tampered(Tampering::WrongTypes), "malformed"),
        (Fault::Tampered(Tampering::RepeatedCursor), "malformed"),
    ] {
        for path in ["cost_report", "usage_report/messages"] {
            scene.sandbox.faults().next(9, Vendor::Anthropic, path, fault);
            let error: FetchError = match path {
                "cost_report" => scene.costs().fetch(scene.last(5)).await.unwrap_err(),
                _ => scene.usage("usage.pricing").fetch(scene.last(5)).await.unwrap_err(),
            };
            assert_eq!(error.reason(), reason, "{path}, {fault:?}: {error}");
            assert!(!error.to_string().contains("admin01"), "{error}");
            scene.sandbox.faults().clear();
        }
    }
}
