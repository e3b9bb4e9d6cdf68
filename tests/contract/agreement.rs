//! Feeds of one account tell of the same company.

use std::collections::BTreeMap;

use llmtally::domain::period::{Day, Window};
use llmtally::domain::usage::{TokenType, UsageRecord};
use llmtally::providers::feed::{FeedKind, UsageRole};
use rust_decimal::Decimal;

use crate::record::{Record, fetch_all};
use crate::stage::Stage;

impl Stage {
    /// The use that all feeds of the role report for the last ten days.
    async fn usage(&self, wanted: UsageRole) -> Vec<UsageRecord> {
        let today = self.clock.today();
        let window = Window::new(today.minus(9), today.next()).unwrap();
        let mut usage = Vec::new();
        for feed in self.feeds() {
            if matches!(feed.kind, FeedKind::Usage(role, _) if role == wanted) {
                let records = fetch_all(feed, window).await;
                usage.extend(records.into_iter().filter_map(|record| match record {
                    Record::Usage(usage) => Some(usage),
                    Record::Cost(_) => None,
                }));
            }
        }
        usage
    }
}

fn sums<K: Ord>(usage: &[UsageRecord], key: impl Fn(&UsageRecord) -> K) -> BTreeMap<(Day, K), Decimal> {
    let mut sums = BTreeMap::new();
    for record in usage {
        *sums.entry((Day::of(record.at), key(record))).or_default() += record.quantity;
    }
    sums
}

#[tokio::test]
async fn use_by_user_is_the_use_that_is_counted() {
    for stage in Stage::all().await {
        let by_user = stage.usage(UsageRole::Attribution).await;
        if by_user.is_empty() {
            continue;
        }
        let measured = stage.usage(UsageRole::Measured).await;
        let names_models = by_user.iter().any(|record| record.dims.model.is_some());
        let by_meter = |record: &UsageRecord| (record.dims.model.clone().filter(|_| names_models), record.meter);
        assert_eq!(sums(&by_user, by_meter), sums(&measured, by_meter), "{}", stage.api.name);
        assert!(by_user.iter().any(|UsageRecord { dims, .. }| dims.project.is_some() || dims.user.is_some()));
    }
}

#[tokio::test]
async fn use_that_calls_name_is_what_is_counted_of_the_same_models() {
    for stage in Stage::all().await {
        let mut named = stage.usage(UsageRole::Named).await;
        if named.is_empty() {
            continue;
        }
        let mut measured = stage.usage(UsageRole::Measured).await;
        let what = |record: &UsageRecord| (record.dims.model.clone(), record.dims.region.clone(), record.meter);
        let whole = sums(&measured, what);
        for (key, part) in sums(&named, what) {
            let counted = whole.get(&key).copied().unwrap_or_default();
            assert!(part <= counted, "{}: {key:?}: {part} of {counted}", stage.api.name);
        }
        // Calls of the last hours are counted before they are logged.
        let is_over = |record: &UsageRecord| Day::of(record.at) < stage.clock.today().previous();
        named.retain(is_over);
        measured.retain(|record| is_over(record) && named.iter().any(|named| named.dims.model == record.dims.model));
        assert_eq!(sums(&named, what), sums(&measured, what), "{}", stage.api.name);
        assert!(named.iter().all(|record| record.dims.user.is_some()), "{}", stage.api.name);
    }
}

#[tokio::test]
async fn included_use_is_a_part_of_what_is_counted() {
    for stage in Stage::all().await {
        let included = stage.usage(UsageRole::Included).await;
        // Where no feed counts at all, another account does.
        let counts = stage.feeds().iter().any(|feed| matches!(feed.kind, FeedKind::Usage(UsageRole::Measured, _)));
        if included.is_empty() || !counts {
            continue;
        }
        let measured = stage.usage(UsageRole::Measured).await;
        // How long a cache was written for may not be told in both.
        let by_type =
            |record: &UsageRecord| (record.dims.model.clone(), record.meter.token_type().map(TokenType::as_str));
        let whole = sums(&measured, by_type);
        for (key, part) in sums(&included, by_type) {
            let counted = whole.get(&key).copied().unwrap_or_default();
            assert!(part <= counted, "{}: {key:?}: {part} of {counted}", stage.api.name);
        }
    }
}

#[tokio::test]
async fn every_id_has_a_name() {
    for stage in Stage::all().await {
        let Some(directory) = stage.directory() else { continue };
        let entries = directory.list().await.unwrap();
        let named = |kind: &str, id: &Option<String>| {
            id.as_ref().is_none_or(|id| entries.iter().any(|entry| entry.kind.as_str() == kind && entry.id == *id))
        };
        for (name, feed) in stage.day_feeds() {
            // Included use may tell names where the others tell ids.
            if matches!(feed.kind, FeedKind::Usage(UsageRole::Included, _)) {
                continue;
            }
            let today = stage.clock.today();
            // The first days are those of projects that are archived by now.
            let windows = [Window::single(stage.founded.plus(9)), Window::single(today.minus(5))];
            for window in windows.into_iter().filter(|window| stage.tells(feed, window.first())) {
                for record in fetch_all(feed, window).await {
                    let dims = record.dims();
                    assert!(named("project", &dims.project), "{name}: {dims:?}");
                    assert!(named("api_key", &dims.api_key), "{name}: {dims:?}");
                    assert!(named("user", &dims.user), "{name}: {dims:?}");
                }
            }
        }
    }
}
