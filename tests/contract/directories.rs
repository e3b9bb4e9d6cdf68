//! Names arrive from all pages, or not at all.

use std::collections::BTreeSet;

use llmtally::sandbox::{Fault, RetryAfter};

use crate::stage::{ALWAYS, BRIEFLY, Stage};

#[tokio::test]
async fn names_are_the_same_twice_and_on_however_many_pages() {
    for stage in Stage::all().await {
        let Some(directory) = stage.directory() else { continue };
        let whole: BTreeSet<_> = directory.list().await.unwrap().into_iter().collect();
        assert!(!whole.is_empty(), "{}", stage.api.name);
        for fault in [Fault::ShortPages(1), Fault::ShortPages(7), Fault::ShortPages(100)] {
            stage.order(ALWAYS, fault);
            let paged: BTreeSet<_> = directory.list().await.unwrap().into_iter().collect();
            stage.sandbox.faults().clear();
            assert_eq!(paged, whole, "{}, {fault:?}", stage.api.name);
        }
    }
}

#[tokio::test]
async fn a_list_that_fails_fails_unless_it_recovers() {
    for stage in Stage::all().await {
        let Some(directory) = stage.directory() else { continue };
        let whole = directory.list().await.unwrap();
        for (fault, reason) in [
            (Fault::Status(503), "unavailable"),
            (Fault::Reset, "unavailable"),
            (Fault::TooManyRequests(RetryAfter::Absent), "rate_limited"),
        ] {
            stage.order(BRIEFLY, fault);
            assert_eq!(directory.list().await.unwrap(), whole, "{}, {fault:?}", stage.api.name);
            stage.order(ALWAYS, fault);
            let error = stage.discreet(directory.list().await.unwrap_err());
            stage.sandbox.faults().clear();
            assert_eq!(error.reason(), reason, "{}, {fault:?}: {error}", stage.api.name);
        }
        for (fault, reason) in [
            (Fault::Truncated, "malformed"),
            (Fault::InvalidJson, "malformed"),
            (Fault::RevokedKey, "unauthorized"),
            (Fault::Status(403), "unauthorized"),
        ] {
            stage.order(ALWAYS, fault);
            let error = stage.discreet(directory.list().await.unwrap_err());
            stage.sandbox.faults().clear();
            assert_eq!(error.reason(), reason, "{}, {fault:?}: {error}", stage.api.name);
        }
    }
}
