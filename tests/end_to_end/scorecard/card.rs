//! The card: what goes wrong, and what has to name it.

use std::time::Duration;

use llmtally::sandbox::{Fault, RetryAfter, Tampering};

/// One fault, which meets the feed `costs` of both vendors.
pub(crate) struct Line {
    pub(crate) fault: &'static str,
    pub(crate) done: Done,
    /// The family that goes up for each vendor, and labels beside `provider`.
    pub(crate) metric: (&'static str, &'static [&'static str]),
    /// Words of one line of the log about each vendor's account.
    pub(crate) words: &'static [&'static str],
}

pub(crate) enum Done {
    /// The next so many requests for bills meet the fault.
    Next(u32, Fault),
    /// Every request for the bills of settled days does, until it is called off.
    Settled(Fault),
    /// A settled day was first read before the vendor had written its bill.
    Late,
    /// A settled day is billed anew.
    Restated,
    /// The keys are revoked, and new ones are put into the key files once that was told.
    Revoked,
}

const REQUESTS: &str = "llmtally_provider_requests_total";
const FAILURES: &str = "llmtally_sync_failures_total";
const SHAPES: &str = "llmtally_provider_shape_changes_total";
const RESTATED: &str = "llmtally_restated_usd_total";
const VANISHED: &str = "llmtally_vanished_answers";

const MALFORMED: &[&str] = &["feed=\"costs\"", "reason=\"malformed\""];
/// Longer than the daemon of the drill waits for an answer.
const TOO_LONG: Duration = Duration::from_secs(7);

const fn limited(after: RetryAfter) -> Done {
    Done::Next(2, Fault::TooManyRequests(after))
}

const fn tampered(tampering: Tampering) -> Done {
    Done::Settled(Fault::Tampered(tampering))
}

#[rustfmt::skip]
pub(crate) const CARD: [Line; 21] = [
    Line { fault: "a settled day that was written late", done: Done::Late,
           metric: (RESTATED, &["direction=\"up\""]), words: &["changed the bill of a settled day"] },
    Line { fault: "429 with Retry-After in seconds", done: limited(RetryAfter::Seconds(1)),
           metric: (REQUESTS, &["code=\"429\""]), words: &["waiting until", "rate limit"] },
    Line { fault: "429 with Retry-After as a date", done: limited(RetryAfter::Date(1)),
           metric: (REQUESTS, &["code=\"429\""]), words: &["waiting until", "rate limit"] },
    Line { fault: "429 with the vendor's own reset header", done: limited(RetryAfter::VendorReset(1)),
           metric: (REQUESTS, &["code=\"429\""]), words: &["waiting until", "rate limit"] },
    Line { fault: "429 without a word on when", done: limited(RetryAfter::Absent),
           metric: (REQUESTS, &["code=\"429\""]), words: &["waiting until", "rate limit"] },
    Line { fault: "a burst of 503", done: Done::Next(3, Fault::Status(503)),
           metric: (REQUESTS, &["code=\"503\""]), words: &["retrying", "status 503"] },
    Line { fault: "500 for longer than a run tries", done: Done::Next(8, Fault::Status(500)),
           metric: (FAILURES, &["feed=\"costs\"", "reason=\"unavailable\""]), words: &["sync failed", "status 500"] },
    Line { fault: "a gateway's page of HTML", done: Done::Next(1, Fault::Gateway),
           metric: (REQUESTS, &["code=\"502\""]), words: &["retrying", "502 Bad Gateway"] },
    Line { fault: "an answer slower than the timeout", done: Done::Next(1, Fault::Delay(TOO_LONG)),
           metric: (REQUESTS, &["code=\"timeout\""]), words: &["retrying", "no answer in time"] },
    Line { fault: "a connection that breaks in the middle", done: Done::Next(1, Fault::Reset),
           metric: (REQUESTS, &["code=\"network\""]), words: &["retrying", "connection"] },
    Line { fault: "JSON that ends in the middle", done: Done::Next(1, Fault::Truncated),
           metric: (FAILURES, MALFORMED), words: &["sync failed", "not as documented", "EOF"] },
    Line { fault: "what is no JSON", done: Done::Next(1, Fault::InvalidJson),
           metric: (FAILURES, MALFORMED), words: &["sync failed", "not as documented"] },
    Line { fault: "amounts of a wrong type", done: tampered(Tampering::WrongTypes),
           metric: (FAILURES, MALFORMED), words: &["sync failed", "not as documented"] },
    Line { fault: "a page cursor that repeats", done: Done::Next(9, Fault::Tampered(Tampering::RepeatedCursor)),
           metric: (FAILURES, MALFORMED), words: &["sync failed", "repeated its page cursor"] },
    Line { fault: "unknown fields, and new values of old ones", done: tampered(Tampering::Unknown),
           metric: (SHAPES, &[]), words: &["the new field `.data[].results[].sandbox_surprise`"] },
    Line { fault: "amounts with an exponent", done: Done::Settled(Fault::Exponents),
           metric: (SHAPES, &[]), words: &["as a number with an exponent"] },
    Line { fault: "numbers as text, and text as numbers", done: tampered(Tampering::OtherNotation),
           metric: (SHAPES, &[]), words: &["` as ", "which was not there before"] },
    Line { fault: "a row that vanishes from a settled day", done: tampered(Tampering::VanishedRow),
           metric: (RESTATED, &["direction=\"down\""]), words: &["changed the bill of a settled day"] },
    Line { fault: "a whole day that comes back empty", done: tampered(Tampering::EmptyDay),
           metric: (VANISHED, &["feed=\"costs\""]), words: &["has vanished from the provider's answer"] },
    Line { fault: "a settled day that is billed anew", done: Done::Restated,
           metric: (RESTATED, &[]), words: &["changed the bill of a settled day"] },
    Line { fault: "a revoked key, then a new one in its file", done: Done::Revoked,
           metric: (FAILURES, &["feed=\"costs\"", "reason=\"unauthorized\""]), words: &["sync failed", "status 401"] },
];

/// Faults that want a daemon of their own, and the test that does them.
#[rustfmt::skip]
pub(crate) const ELSEWHERE: [(&str, &str); 4] = [
    ("two keys to one organization", "tests/end_to_end/accounts.rs::two_keys_to_one_organization_count_once"),
    ("a subscription that two clients may read", "tests/end_to_end/accounts.rs::a_subscription_that_two_clients_may_read_counts_once"),
    ("a day on which three of many vendors are in trouble", "tests/end_to_end/weather.rs::a_day_of_trouble_at_three_vendors_leaves_every_ledger_at_its_bill"),
    ("a clock that jumps", "tests/end_to_end/weather.rs::a_day_of_trouble_at_three_vendors_leaves_every_ledger_at_its_bill"),
];
