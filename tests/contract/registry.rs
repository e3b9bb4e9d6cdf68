//! Every provider is under contract, and the documents say of each feed what its code says.

use std::collections::BTreeSet;
use std::path::Path;

use llmtally::domain::names::Provider;
use llmtally::providers::feed::NamedFeed;

use crate::kinds::{KINDS, Kind};
use crate::record::policy;
use crate::stage::Stage;

#[test]
fn every_provider_is_in_the_table() {
    let listed: BTreeSet<Provider> = KINDS
        .iter()
        .map(|kind| match kind {
            Kind::Api(api) => api.provider,
            Kind::Log(log) => log.provider,
        })
        .collect();
    assert_eq!(listed, Provider::ALL.iter().copied().collect());
}

#[tokio::test]
async fn names_of_feeds_are_their_own_and_windows_hold_at_least_a_day() {
    for stage in Stage::all().await {
        let names: BTreeSet<_> = stage.feeds().iter().map(|feed| feed.name).collect();
        assert_eq!(names.len(), stage.feeds().len(), "{}", stage.api.name);
        let of_days = stage.feeds().iter().filter_map(policy);
        assert!(of_days.clone().count() + stage.gauges().count() > 0, "{}", stage.api.name);
        assert!(of_days.into_iter().all(|policy| policy.days_per_fetch > 0), "{}", stage.api.name);
        for unused in stage.api.unused {
            assert!(names.iter().any(|name| name.0 == *unused), "{}: no feed `{unused}`", stage.api.name);
        }
    }
}

#[tokio::test]
async fn whose_an_account_is_stays_the_same() {
    for stage in Stage::all().await {
        let Some(identity) = stage.identity() else { continue };
        let ids = identity.ids().await.unwrap();
        assert!(!ids.is_empty(), "{}", stage.api.name);
        assert_eq!(identity.ids().await.unwrap(), ids, "{}", stage.api.name);
    }
}

/// The first columns of a row of the table, as the code would write them.
fn row(provider: Provider, feed: &NamedFeed) -> [String; 5] {
    let days = |days: u32| format!("{days} days");
    let [grain, settles, history] = match policy(feed) {
        Some(policy) => [
            policy.grain.as_str().to_owned(),
            days(policy.settles_after_days),
            policy.history_days.map_or_else(|| "no limit known".to_owned(), days),
        ],
        None => ["–"; 3].map(str::to_owned),
    };
    [provider.to_string(), format!("`{}`", feed.name), grain, settles, history]
}

#[tokio::test]
async fn the_documented_table_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/providers/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let documented: BTreeSet<[String; 5]> = rows
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
            assert_eq!(cells.len(), 8, "{line}");
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{line}");
            cells[..5].to_vec().try_into().unwrap()
        })
        .collect();

    let mut coded = BTreeSet::new();
    for stage in Stage::all().await {
        coded.extend(stage.feeds().iter().map(|feed| row(stage.api.provider, feed)));
    }
    for log in crate::kinds::logs() {
        coded.extend((log.feeds)(Path::new("/nowhere")).iter().map(|feed| row(log.provider, feed)));
    }
    assert_eq!(documented, coded);
}
