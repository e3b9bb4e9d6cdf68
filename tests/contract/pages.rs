//! Pages are followed to the end, or nothing is told.

use llmtally::sandbox::{Fault, Tampering};

use crate::record::{fetch, sorted};
use crate::stage::{ALWAYS, BRIEFLY, Stage};

/// Several pages for every feed, whether it pages hours, days or people.
const SHORT: Fault = Fault::ShortPages(1);

#[tokio::test]
async fn short_pages_hold_what_one_long_page_holds() {
    for stage in Stage::all().await {
        for (name, feed) in stage.paged_feeds() {
            let whole = fetch(feed, stage.two_days()).await.unwrap();
            assert!(!whole.is_empty(), "{name}");
            let paged = stage.fetch_under(feed, ALWAYS, SHORT).await.unwrap();
            assert_eq!(sorted(paged), sorted(whole), "{name}");
        }
    }
}

#[tokio::test]
async fn a_page_that_fails_fails_the_window_unless_it_recovers() {
    for stage in Stage::all().await {
        for (name, feed) in stage.paged_feeds() {
            let whole = fetch(feed, stage.two_days()).await.unwrap();
            let later_page =
                |times, fault| stage.sandbox.faults().next(times, stage.api.target, stage.api.later_page, fault);
            later_page(BRIEFLY, Fault::Status(503));
            let recovered = stage.fetch_under(feed, ALWAYS, SHORT).await.unwrap();
            assert_eq!(sorted(recovered), sorted(whole), "{name}");

            for (fault, reason) in [
                (Fault::Status(503), "unavailable"),
                (Fault::Reset, "unavailable"),
                (Fault::Truncated, "malformed"),
                (Fault::Status(422), "rejected"),
            ] {
                later_page(ALWAYS, fault);
                let error = stage.fetch_under(feed, ALWAYS, SHORT).await.unwrap_err();
                assert_eq!(error.reason(), reason, "{name}, {fault:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_that_comes_again_is_malformed() {
    for stage in Stage::all().await {
        for (name, feed) in stage.paged_feeds() {
            let circle = Fault::Tampered(Tampering::RepeatedCursor);
            let error = stage.fetch_under(feed, ALWAYS, circle).await.unwrap_err();
            assert_eq!(error.reason(), "malformed", "{name}: {error}");
        }
    }
}
