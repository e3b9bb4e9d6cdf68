//! A window is answered as a whole, for its own days and no others.

use llmtally::domain::period::{Day, Grain, Window};
use llmtally::providers::feed::{FeedKind, NamedFeed};
use rust_decimal::Decimal;

use crate::record::{Record, fetch, policy, sorted, totals};
use crate::stage::Stage;

impl Stage {
    /// One day and as many as the feed takes; settled, running, long past, and from before there was anything.
    fn windows(&self, feed: &NamedFeed) -> Vec<Window> {
        let (today, days) = (self.clock.today(), policy(feed).unwrap().days_per_fetch);
        let long = |first: Day| Window::new(first, first.plus(days)).unwrap();
        let all = [
            Window::single(today.minus(5)),
            Window::single(today),
            long(today.next().minus(days)),
            long(Day::from_ymd(2025, 12, 1).unwrap()),
            long(self.founded.minus(2)),
            Window::single(self.founded.minus(9)),
        ];
        all.into_iter().filter(|window| self.tells(feed, window.first())).collect()
    }
}

fn starts_a(grain: Grain, record: &Record) -> bool {
    let seconds = match grain {
        Grain::Hour => 3_600,
        Grain::Day => 86_400,
    };
    record.at().timestamp() % seconds == 0
}

#[tokio::test]
async fn records_lie_in_their_window_at_the_grain_of_the_feed() {
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds() {
            let policy = policy(feed).unwrap();
            let mut seen = 0;
            for window in stage.windows(feed) {
                let records = fetch(feed, window).await.unwrap_or_else(|error| panic!("{name}, {window}: {error}"));
                for record in &records {
                    assert!(window.contains(Day::of(record.at())), "{name}, {window}: {record:?}");
                    assert!(starts_a(policy.grain, record), "{name}, {window}: {record:?}");
                }
                seen += records.len();
            }
            assert_eq!(seen == 0, stage.api.unused.contains(&feed.name.0), "{name}: {seen} records");
        }
    }
}

#[tokio::test]
async fn a_window_is_the_sum_of_its_days_and_the_same_twice() {
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds() {
            let windows = stage.windows(feed);
            for window in windows.into_iter().filter(|window| window.len() > 1 && stage.founded < window.first()) {
                let whole = fetch(feed, window).await.unwrap();
                let mut days = Vec::new();
                for day in window.days() {
                    days.extend(fetch(feed, Window::single(day)).await.unwrap());
                }
                // Names of what one window is refused and another is not may differ, sums may not.
                assert_eq!(totals(&whole), totals(&days), "{name}, {window}");
                let again = fetch(feed, window).await.unwrap();
                assert_eq!(sorted(whole), sorted(again), "{name}, {window}");
            }
        }
    }
}

#[tokio::test]
async fn costs_are_the_bill_to_the_last_digit() {
    for stage in Stage::all().await {
        let costs = stage.feeds().iter().filter(|feed| matches!(feed.kind, FeedKind::Costs(_)));
        for feed in costs {
            let (mut billed_days, mut days_of_business) = (0, 0);
            for window in stage.windows(feed) {
                let mut charged = fetch(feed, window).await.unwrap();
                // What others were paid may stand beside it.
                charged.retain(Record::is_charged);
                let totals = totals(&charged);
                for day in window.days() {
                    let billed = stage.sandbox.bill_of(stage.api.target, day).unwrap_or_default();
                    let told = totals.get(&(day, "amount")).copied().unwrap_or_default();
                    assert_eq!(told, billed, "{}: {day}", stage.api.name);
                    billed_days += u32::from(billed > Decimal::ZERO);
                    let is_over = day < stage.clock.today().minus(5);
                    days_of_business += u32::from(stage.founded <= day && is_over);
                }
            }
            // Nearly every day costs something; a free allowance may cover a few.
            assert!(
                days_of_business > 5 && billed_days * 10 > days_of_business * 9,
                "{}: {billed_days} of {days_of_business} days",
                stage.api.name
            );
        }
    }
}

#[tokio::test]
async fn days_without_anything_are_empty_and_no_error() {
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds().filter(|(_, feed)| stage.tells(feed, stage.founded.minus(7))) {
            let before = Window::new(stage.founded.minus(7), stage.founded).unwrap();
            assert_eq!(fetch(feed, before).await.unwrap(), [], "{name}");
            let across = Window::new(stage.founded.minus(2), stage.founded.plus(2)).unwrap();
            let founded = Window::new(stage.founded, stage.founded.plus(2)).unwrap();
            let (across, founded) = (fetch(feed, across).await.unwrap(), fetch(feed, founded).await.unwrap());
            assert_eq!(sorted(across), sorted(founded), "{name}");
        }
    }
}
