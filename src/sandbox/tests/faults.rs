//! Faults happen as ordered, and no more often.

use std::time::Duration;

use serde_json::json;

use super::super::tamper::AGAIN;
use super::super::{Fault, RetryAfter, Tampering, Vendor};
use super::{Answer, Lab, decimal, seconds};

async fn costs(lab: &Lab) -> reqwest::Result<Answer> {
    let start = seconds("2026-11-01T00:00:00Z");
    lab.send(lab.request(Vendor::OpenAi, "costs", &[("start_time", start.as_str()), ("group_by[]", "line_item")])).await
}

async fn faulty(lab: &Lab, fault: Fault) -> reqwest::Result<Answer> {
    lab.sandbox.faults().next(1, Vendor::OpenAi, "costs", fault);
    let answer = costs(lab).await;
    assert_eq!(lab.sandbox.faults().pending(), 0);
    assert_eq!(costs(lab).await.expect("an answer").status, 200, "after {fault:?}");
    answer
}

#[tokio::test]
async fn refusals_have_the_vendors_shape() {
    let lab = Lab::open().await;
    for (fault, status, retry_after) in [
        (Fault::TooManyRequests(RetryAfter::Absent), 429, None),
        (Fault::TooManyRequests(RetryAfter::Seconds(7)), 429, Some("7")),
        (Fault::TooManyRequests(RetryAfter::Date(64)), 429, Some("Wed, 18 Nov 2026 12:36:00 GMT")),
        (Fault::Status(503), 503, None),
        (Fault::RevokedKey, 401, None),
    ] {
        let answer = faulty(&lab, fault).await.expect("an answer");
        let header = answer.headers.get("retry-after").map(|value| value.to_str().expect("text"));
        assert_eq!((answer.status, header), (status, retry_after), "{fault:?}");
        assert!(answer.body["error"]["message"].is_string(), "{fault:?}");
    }
    let gateway = faulty(&lab, Fault::Gateway).await.expect("an answer");
    assert_eq!((gateway.status, gateway.headers["content-type"].to_str().expect("text")), (502, "text/html"));

    let reset = Fault::TooManyRequests(RetryAfter::VendorReset(64));
    let own = faulty(&lab, reset).await.expect("an answer");
    assert_eq!(own.headers["x-ratelimit-reset-requests"], "1m4s");
    lab.sandbox.faults().next(1, Vendor::Anthropic, "me", reset);
    let answer = lab.anthropic("me", &[]).await;
    assert_eq!(answer.headers["anthropic-ratelimit-requests-reset"], "2026-11-18T12:36:00Z");
    assert_eq!((answer.body["type"].clone(), answer.headers.get("retry-after")), (json!("error"), None));
}

#[tokio::test]
async fn bodies_break() {
    let lab = Lab::open().await;
    assert!(faulty(&lab, Fault::Reset).await.is_err());
    for fault in [Fault::Truncated, Fault::InvalidJson] {
        let answer = faulty(&lab, fault).await.expect("the transport is content");
        assert_eq!((answer.status, answer.body), (200, serde_json::Value::Null), "{fault:?}");
    }
    let late = faulty(&lab, Fault::Delay(Duration::from_millis(5))).await.expect("an answer");
    assert_eq!(late.body, costs(&lab).await.expect("an answer").body);
}

#[tokio::test]
async fn bodies_are_wrong() {
    let lab = Lab::open().await;
    let right = costs(&lab).await.expect("an answer");
    let tampered = async |tampering| faulty(&lab, Fault::Tampered(tampering)).await.expect("an answer");

    let vanished = tampered(Tampering::VanishedRow).await;
    assert_eq!(vanished.rows().count() + 1, right.rows().count());
    let empty = tampered(Tampering::EmptyDay).await;
    let filled = |answer: &Answer| answer.buckets().iter().filter(|bucket| bucket["results"] != json!([])).count();
    assert_eq!((filled(&empty) + 1, empty.buckets().len()), (filled(&right), right.buckets().len()));
    assert!(tampered(Tampering::WrongTypes).await.rows().all(|row| row["amount"] == json!([])));
    assert!(tampered(Tampering::NoAmount).await.rows().all(|row| row["amount"].is_null()));
    let unknown = tampered(Tampering::Unknown).await;
    assert!(unknown.rows().all(|row| row["sandbox_surprise"].is_object()));
    assert!(unknown.rows().any(|row| row["quantity_unit"] == "brand_new"));
}

#[tokio::test]
async fn amounts_change_their_notation_and_not_their_value() {
    let lab = Lab::open().await;
    let amounts = |answer: &Answer| answer.rows().map(|row| row["amount"]["value"].clone()).collect::<Vec<_>>();
    let right = amounts(&costs(&lab).await.expect("an answer"));
    let other = faulty(&lab, Fault::Tampered(Tampering::OtherNotation)).await.expect("an answer");
    let other = amounts(&other);
    assert_eq!(right.len(), other.len());
    for (right, other) in right.iter().zip(&other) {
        assert_eq!(right.is_string(), other.is_number(), "{right} {other}");
        assert_eq!(decimal(right), decimal(other));
    }
}

#[tokio::test]
async fn pages_can_be_shorter_than_asked_for() {
    let lab = Lab::open().await;
    let answer = faulty(&lab, Fault::ShortPages(2)).await.expect("an answer");
    assert_eq!((answer.buckets().len(), &answer.body["has_more"]), (2, &json!(true)));
}

#[tokio::test]
async fn a_repeated_cursor_leads_in_a_circle() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-01T00:00:00Z");
    lab.sandbox.faults().next(3, Vendor::OpenAi, "costs", Fault::Tampered(Tampering::RepeatedCursor));
    let first = lab.openai("costs", &[("start_time", &start)]).await;
    for _ in 0..2 {
        let again = lab.openai("costs", &[("start_time", &start), ("page", AGAIN)]).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!((&again.body["has_more"], &again.body["next_page"]), (&json!(true), &json!(AGAIN)));
    }
    assert_eq!(lab.openai("costs", &[("start_time", &start), ("page", AGAIN)]).await.status, 400);
}

#[tokio::test]
async fn a_fault_meets_only_its_vendor_and_path() {
    let lab = Lab::open().await;
    lab.sandbox.faults().next(2, Vendor::Anthropic, "cost_report", Fault::Status(529));
    assert_eq!(costs(&lab).await.expect("an answer").status, 200);
    assert_eq!(lab.anthropic("workspaces", &[]).await.status, 200);
    let query = [("starting_at", "2026-11-10T00:00:00Z")];
    let overloaded = lab.anthropic("cost_report", &query).await;
    assert_eq!((overloaded.status, &overloaded.body["error"]["type"]), (529, &json!("overloaded_error")));
    assert_eq!(lab.sandbox.faults().pending(), 1);
    lab.sandbox.faults().clear();
    assert_eq!(lab.anthropic("cost_report", &query).await.status, 200);
}

#[tokio::test]
async fn a_fault_can_spare_the_first_page() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-01T00:00:00Z");
    lab.sandbox.faults().next(1, Vendor::OpenAi, "page=", Fault::Status(500));
    let first = lab.openai("costs", &[("start_time", &start)]).await;
    let cursor = first.body["next_page"].as_str().expect("there is more");
    let statuses = [
        lab.openai("costs", &[("start_time", &start), ("page", cursor)]).await.status,
        lab.openai("costs", &[("start_time", &start), ("page", cursor)]).await.status,
    ];
    assert_eq!((first.status, statuses), (200, [500, 200]));
}

#[tokio::test]
async fn a_dropped_sandbox_serves_no_more() {
    let lab = Lab::open().await;
    let request = lab.request(Vendor::OpenAi, "users", &[]);
    drop(lab.sandbox);
    // The port closes once the server task has been told.
    let refused = async {
        while request.try_clone().expect("no body").send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("the port closes");
}

#[tokio::test]
async fn exponents_are_the_same_amounts() {
    let lab = Lab::open().await;
    let right = costs(&lab).await.expect("an answer");
    let other = faulty(&lab, Fault::Exponents).await.expect("an answer");
    let amounts = |answer: &Answer| answer.rows().map(|row| row["amount"]["value"].clone()).collect::<Vec<_>>();
    let exact = |value: &serde_json::Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        rust_decimal::Decimal::from_scientific(&text).unwrap_or_else(|_| decimal(value)).normalize()
    };
    for (right, other) in amounts(&right).iter().zip(&amounts(&other)) {
        assert_eq!(exact(right), exact(other), "{right} {other}");
    }
    assert!(
        amounts(&other).iter().any(|value| value.is_number() && value.to_string().to_ascii_uppercase().contains('E'))
    );
}

#[tokio::test]
async fn a_replaced_key_opens_and_the_old_one_no_longer() {
    let lab = Lab::open().await;
    for (vendor, path, header, prefix) in
        [(Vendor::OpenAi, "users", "authorization", "Bearer "), (Vendor::Anthropic, "me", "x-api-key", "")]
    {
        assert_eq!(lab.get(vendor, path, &[]).await.status, 200);
        lab.sandbox.faults().replace_key(vendor, "sk-second");
        assert_eq!(lab.get(vendor, path, &[]).await.status, 401);
        let mut request = lab.request(vendor, path, &[]).build().expect("a request");
        request.headers_mut().insert(header, format!("{prefix}sk-second").parse().expect("a header"));
        assert_eq!(lab.http.execute(request).await.expect("an answer").status(), 200);
    }
}
