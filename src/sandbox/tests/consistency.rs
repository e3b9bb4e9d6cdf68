//! However a report is grouped or cut, it comes to the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use super::super::streams::{Meter, Stream};
use super::super::time::{Minute, Span};
use super::super::world::{Volume, World};
use super::{Lab, Vendor, day, decimal, seconds, subsets};

#[tokio::test]
async fn openai_costs_come_to_the_bill_in_every_grouping() {
    let lab = Lab::open().await;
    let start = seconds("2026-09-20T00:00:00Z");
    for names in subsets(&["project_id", "user_id", "line_item", "api_key_id", "api_source"]) {
        let mut query = vec![("start_time", start.as_str()), ("limit", "180")];
        query.extend(names.iter().map(|name| ("group_by[]", *name)));
        let answer = lab.openai("costs", &query).await;
        assert_eq!(answer.buckets().len(), 60);
        for bucket in answer.buckets() {
            let of = day(&bucket["start_time_iso"].as_str().expect("text")[..10]);
            let rows = bucket["results"].as_array().expect("a list");
            let sum: Decimal = rows.iter().map(|row| decimal(&row["amount"]["value"])).sum();
            assert_eq!(Some(sum), lab.sandbox.bill(Vendor::OpenAi, of), "{of} by {names:?}");
        }
    }
}

#[tokio::test]
async fn anthropic_cost_comes_to_the_bill_in_every_grouping() {
    let lab = Lab::open().await;
    for names in subsets(&["workspace_id", "description"]) {
        let mut query = vec![("starting_at", "2026-10-20T00:00:00Z"), ("limit", "31")];
        query.extend(names.iter().map(|name| ("group_by[]", *name)));
        let answer = lab.anthropic("cost_report", &query).await;
        assert_eq!(answer.buckets().len(), 30);
        for bucket in answer.buckets() {
            let of = day(&bucket["starting_at"].as_str().expect("text")[..10]);
            let rows = bucket["results"].as_array().expect("a list");
            let cents: Decimal = rows.iter().map(|row| decimal(&row["amount"])).sum();
            assert_eq!(
                Some(cents / Decimal::ONE_HUNDRED),
                lab.sandbox.bill(Vendor::Anthropic, of),
                "{of} by {names:?}"
            );
        }
    }
}

#[tokio::test]
async fn usage_comes_to_the_same_in_every_grouping_and_width() {
    let lab = Lab::open().await;
    let (start, end) = (seconds("2026-11-11T00:00:00Z"), seconds("2026-11-12T00:00:00Z"));
    let range = [("start_time", start.as_str()), ("end_time", end.as_str())];
    let whole = counters(lab.openai("usage/completions", &range).await.rows());
    assert!(whole["output_tokens"] > 0);
    let grouped = ["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"];
    for names in subsets(&grouped) {
        let query: Vec<_> = range.into_iter().chain(names.iter().map(|name| ("group_by", *name))).collect();
        assert_eq!(counters(lab.openai("usage/completions", &query).await.rows()), whole, "by {names:?}");
    }
    for (width, limit) in [("1h", "24"), ("1m", "1440")] {
        let query: Vec<_> = range.into_iter().chain([("bucket_width", width), ("limit", limit)]).collect();
        assert_eq!(counters(lab.openai("usage/completions", &query).await.rows()), whole, "by {width}");
    }
}

#[tokio::test]
async fn paging_shows_every_bucket_once() {
    let lab = Lab::open().await;
    let start = seconds("2026-10-01T07:30:00Z");
    let by_line = [("start_time", start.as_str()), ("group_by[]", "line_item")];
    paged_equals_whole(&lab, Vendor::OpenAi, "costs", &by_line, "180").await;
    let by_hour = [("start_time", start.as_str()), ("bucket_width", "1h"), ("end_time", "1791072000")];
    paged_equals_whole(&lab, Vendor::OpenAi, "usage/completions", &by_hour, "168").await;
    let messages = [("starting_at", "2026-11-01T00:00:00Z"), ("group_by[]", "model")];
    paged_equals_whole(&lab, Vendor::Anthropic, "usage_report/messages", &messages, "31").await;
    paged_equals_whole(&lab, Vendor::Anthropic, "usage_report/claude_code", &[("starting_at", "2026-11-11")], "999")
        .await;
}

async fn paged_equals_whole(lab: &Lab, vendor: Vendor, path: &str, query: &[(&str, &str)], all: &str) {
    let whole: Vec<_> = query.iter().copied().chain([("limit", all)]).collect();
    let whole = lab.get(vendor, path, &whole).await;
    assert_eq!(whole.body["has_more"], false, "{path}");
    let mut pages = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query: Vec<_> = query.iter().copied().chain([("limit", "4")]).collect();
        query.extend(cursor.as_deref().map(|cursor| ("page", cursor)));
        let answer = lab.get(vendor, path, &query).await;
        assert!((1..=4).contains(&answer.buckets().len()), "{path}");
        pages.extend(answer.buckets().clone());
        cursor = answer.body["next_page"].as_str().map(ToOwned::to_owned);
        assert_eq!(answer.body["has_more"], cursor.is_some(), "{path}");
        if cursor.is_none() {
            break;
        }
    }
    assert!(pages.len() > 4);
    assert_eq!(&pages, whole.buckets(), "{path}");
}

/// The sums of all whole numbers in the rows, by name.
fn counters<'a>(rows: impl Iterator<Item = &'a Value>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (name, value) in rows.flat_map(|row| row.as_object().expect("a row is an object")) {
        if let Some(value) = value.as_u64() {
            *sums.entry(name.clone()).or_default() += value;
        }
    }
    sums
}

fn used(world: World, from: u64, to: u64) -> Volume {
    let start = Minute::of(day("2026-11-10").start());
    let at = |offset: u64| Minute::of_seconds(start.seconds() + i64::try_from(offset * 60).expect("small"));
    let mut sum = Volume::default();
    for (_, volume) in world.traffic(|_: &Stream| true, Span { from: at(from), to: at(to) }) {
        sum.add(&volume);
    }
    sum
}

proptest! {
    #[test]
    fn traffic_adds_up_wherever_it_is_cut(seed: u64, mut cuts in prop::collection::vec(0_u64..3_000, 3)) {
        let world = World { seed, founded: day("2026-10-01"), anomaly: day("2026-11-10") };
        cuts.sort_unstable();
        let mut parts = used(world, cuts[0], cuts[1]);
        parts.add(&used(world, cuts[1], cuts[2]));
        let whole = used(world, cuts[0], cuts[2]);
        for meter in Meter::ALL {
            prop_assert_eq!(parts.of(meter), whole.of(meter));
        }
    }
}
