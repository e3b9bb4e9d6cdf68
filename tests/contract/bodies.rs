//! What arrives is read as documented: strictly where it counts, and with patience for what is new.

use llmtally::sandbox::{Fault, Tampering};

use crate::record::{fetch, totals};
use crate::stage::{ALWAYS, Stage};

#[tokio::test]
async fn a_broken_body_is_an_error_and_no_part_of_an_answer() {
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds() {
            for (fault, reason) in
                [(Fault::Reset, "unavailable"), (Fault::Truncated, "malformed"), (Fault::InvalidJson, "malformed")]
            {
                let error = stage.fetch_under(feed, ALWAYS, fault).await.unwrap_err();
                assert_eq!(error.reason(), reason, "{name}, {fault:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn wrong_types_are_malformed() {
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds() {
            let answer = stage.fetch_under(feed, ALWAYS, Fault::Tampered(Tampering::WrongTypes)).await;
            let error = answer.expect_err(&name);
            assert_eq!(error.reason(), "malformed", "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn numbers_may_be_text_and_text_numbers() {
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds() {
            let right = fetch(feed, stage.two_days()).await.unwrap();
            let other = stage.fetch_under(feed, ALWAYS, Fault::Tampered(Tampering::OtherNotation)).await;
            assert_eq!(other.unwrap_or_else(|error| panic!("{name}: {error}")), right, "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_new_loses_neither_money_nor_use() {
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds() {
            let right = fetch(feed, stage.two_days()).await.unwrap();
            let new = stage.fetch_under(feed, ALWAYS, Fault::Tampered(Tampering::Unknown)).await;
            let new = new.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(totals(&new), totals(&right), "{name}");
        }
    }
}

/// Taking a day's rows away must take away that day's records and nothing else.
#[tokio::test]
async fn an_emptied_day_leaves_the_others_as_they_are() {
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds() {
            let right = fetch(feed, stage.two_days()).await.unwrap();
            let fewer = stage.fetch_under(feed, ALWAYS, Fault::Tampered(Tampering::EmptyDay)).await.unwrap();
            assert!(fewer.iter().all(|record| right.contains(record)), "{name}");
            let gone: Vec<_> =
                right.iter().filter(|record| !fewer.contains(record)).map(|record| record.at()).collect();
            assert!(gone.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {gone:?}");
        }
    }
}
