//! What the vendor refuses is sorted by what can be done about it, and tells nobody's secrets.

use std::time::Duration;

use chrono::TimeDelta;
use llmtally::providers::feed::FetchError;
use llmtally::providers::http::Limits;
use llmtally::sandbox::{Fault, RetryAfter};

use crate::record::fetch;
use crate::stage::{ALWAYS, BRIEFLY, Stage, limits};

#[tokio::test]
async fn what_passes_changes_nothing() {
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds() {
            let right = fetch(feed, stage.two_days()).await.unwrap();
            for fault in [
                Fault::TooManyRequests(RetryAfter::Absent),
                Fault::TooManyRequests(RetryAfter::Seconds(0)),
                Fault::TooManyRequests(RetryAfter::Date(0)),
                Fault::TooManyRequests(RetryAfter::VendorReset(0)),
                Fault::Status(500),
                Fault::Status(503),
                Fault::Status(529),
                Fault::Gateway,
                Fault::Reset,
                Fault::Delay(Duration::from_millis(5)),
            ] {
                let answer = stage.fetch_under(feed, BRIEFLY, fault).await;
                let records = answer.unwrap_or_else(|error| panic!("{name}, {fault:?}: {error}"));
                assert_eq!(records, right, "{name}, {fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_rate_limit_says_until_when_and_is_not_tried() {
    const WAIT: u32 = 600;
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds() {
            for after in [RetryAfter::Seconds(WAIT), RetryAfter::Date(WAIT), RetryAfter::VendorReset(WAIT)] {
                stage.order(ALWAYS, Fault::TooManyRequests(after));
                let error = fetch(feed, stage.two_days()).await.unwrap_err();
                let asked = ALWAYS - stage.sandbox.faults().pending();
                stage.sandbox.faults().clear();
                let FetchError::RateLimited { until } = stage.discreet(error) else { panic!("{name}, {after:?}") };
                assert_eq!(until, stage.clock.now() + TimeDelta::seconds(WAIT.into()), "{name}, {after:?}");
                assert_eq!(asked, 1, "{name}, {after:?}");
            }
            let unsaid = stage.fetch_under(feed, ALWAYS, Fault::TooManyRequests(RetryAfter::Absent)).await;
            let Err(FetchError::RateLimited { until }) = unsaid else { panic!("{name}: {unsaid:?}") };
            assert!(until > stage.clock.now(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_refused_key_says_which_one_is_needed() {
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds() {
            for fault in [Fault::RevokedKey, Fault::Status(401), Fault::Status(403)] {
                let error = stage.fetch_under(feed, ALWAYS, fault).await.unwrap_err();
                let FetchError::Unauthorized(text) = error else { panic!("{name}, {fault:?}: {error}") };
                for help in stage.api.key_help {
                    assert!(text.contains(help), "{name}, {fault:?}: no word of `{help}` in {text}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_failure_that_lasts_is_unavailable_and_a_refusal_rejected() {
    for stage in Stage::all().await {
        for (name, feed) in stage.day_feeds() {
            for (fault, reason) in [
                (Fault::Status(500), "unavailable"),
                (Fault::Status(503), "unavailable"),
                (Fault::Status(529), "unavailable"),
                (Fault::Gateway, "unavailable"),
                (Fault::Status(422), "rejected"),
            ] {
                let error = stage.fetch_under(feed, ALWAYS, fault).await.unwrap_err();
                assert_eq!(error.reason(), reason, "{name}, {fault:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unavailable() {
    let impatient = Limits { timeout: Duration::from_millis(40), max_attempts: 2, ..limits() };
    for stage in Stage::all_with(impatient).await {
        for (name, feed) in stage.day_feeds() {
            let error = stage.fetch_under(feed, ALWAYS, Fault::Delay(Duration::from_secs(3600))).await.unwrap_err();
            assert_eq!(error.reason(), "unavailable", "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for stage in Stage::all_at(&format!("http://{closed}")).await {
        for (name, feed) in stage.day_feeds() {
            let error = stage.discreet(fetch(feed, stage.two_days()).await.unwrap_err());
            assert_eq!(error.reason(), "unavailable", "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn a_daemon_that_stops_stops_asking() {
    for stage in Stage::all().await {
        stage.stop.cancel();
        for (name, feed) in stage.day_feeds() {
            let error = fetch(feed, stage.two_days()).await.unwrap_err();
            assert_eq!(error.reason(), "stopped", "{name}: {error}");
        }
    }
}
