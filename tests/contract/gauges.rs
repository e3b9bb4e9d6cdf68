//! Readings of now fail as clearly as days do.

use std::time::Duration;

use llmtally::sandbox::{Fault, RetryAfter, Tampering};

use crate::stage::{ALWAYS, BRIEFLY, Stage};

#[tokio::test]
async fn a_reading_recovers_from_what_passes() {
    for stage in Stage::all().await {
        for (name, gauge) in stage.gauges() {
            let right = gauge.read().await.unwrap();
            assert!(!right.is_empty(), "{name}");
            for fault in [
                Fault::TooManyRequests(RetryAfter::Seconds(0)),
                Fault::Status(503),
                Fault::Gateway,
                Fault::Reset,
                Fault::Delay(Duration::from_millis(5)),
            ] {
                stage.order(BRIEFLY, fault);
                assert_eq!(gauge.read().await.unwrap(), right, "{name}, {fault:?}");
                stage.sandbox.faults().clear();
            }
            let notations = [Fault::Tampered(Tampering::OtherNotation), Fault::Tampered(Tampering::Unknown)];
            for fault in notations {
                stage.order(ALWAYS, fault);
                assert_eq!(gauge.read().await.unwrap(), right, "{name}, {fault:?}");
                stage.sandbox.faults().clear();
            }
        }
    }
}

#[tokio::test]
async fn a_reading_that_fails_says_why() {
    for stage in Stage::all().await {
        for (name, gauge) in stage.gauges() {
            for (fault, reason) in [
                (Fault::Status(503), "unavailable"),
                (Fault::Gateway, "unavailable"),
                (Fault::Reset, "unavailable"),
                (Fault::TooManyRequests(RetryAfter::Seconds(600)), "rate_limited"),
                (Fault::RevokedKey, "unauthorized"),
                (Fault::Truncated, "malformed"),
                (Fault::InvalidJson, "malformed"),
                (Fault::Tampered(Tampering::WrongTypes), "malformed"),
            ] {
                stage.order(ALWAYS, fault);
                let error = stage.discreet(gauge.read().await.expect_err(&name));
                stage.sandbox.faults().clear();
                assert_eq!(error.reason(), reason, "{name}, {fault:?}: {error}");
                if fault == Fault::RevokedKey {
                    let text = error.to_string();
                    assert!(stage.api.key_help.iter().all(|help| text.contains(help)), "{name}: {text}");
                }
            }
        }
    }
}
