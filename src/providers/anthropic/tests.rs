//! The feeds against a vendor on loopback that answers with the documented samples.

use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::domain::usage::{Meter, UsageRecord};
use crate::providers::account::Account as _;
use crate::providers::feed::{Feed, FeedKind, FetchError};
use crate::providers::http::loopback::{KEY, Loopback, Seen, reply};

fn day(date: &str) -> Day {
    date.parse().unwrap()
}

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn owned(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn two_days() -> Window {
    Window::new(day("2026-11-20"), day("2026-11-22")).unwrap()
}

fn refusal(status: u16, kind: &str, message: &str) -> Response {
    reply(
        status,
        json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}).to_string(),
    )
}

/// The feeds of an account, by name.
struct Account(Vec<NamedFeed>);

impl Account {
    fn new(server: &Loopback, config: &Config) -> Self {
        let config = Config { api_key: Some(KEY.into()), base_url: server.base_url.clone(), ..config.clone() };
        Self(config.open(&server.wire()).unwrap().feeds)
    }

    fn kind(&self, name: &str) -> &FeedKind {
        &self.0.iter().find(|feed| feed.name.0 == name).unwrap().kind
    }

    fn costs(&self) -> &dyn Feed<CostRecord> {
        let FeedKind::Costs(feed) = self.kind("costs") else { panic!("costs are no costs") };
        feed.as_ref()
    }

    fn usage(&self, name: &str) -> &dyn Feed<UsageRecord> {
        let FeedKind::Usage(_, feed) = self.kind(name) else { panic!("{name} is no usage") };
        feed.as_ref()
    }
}

fn account(server: &Loopback) -> Account {
    Account::new(server, &Config::default())
}

fn analytics(server: &Loopback) -> Account {
    Account::new(server, &Config { analytics: true, ..Config::default() })
}

/// Answers `path` with a fixture and everything else with 404.
fn only(path: &'static str, fixture: &'static str) -> impl Fn(&Seen, usize) -> Response {
    move |seen, _| if seen.path == path { reply(200, fixture) } else { refusal(404, "not_found_error", "Not found") }
}

const COSTS: &str = "/v1/organizations/cost_report";
const COST_REPORT: &str = include_str!("fixtures/cost_report.json");

#[tokio::test]
async fn costs_are_cents_in_either_form() {
    let server = Loopback::start(only(COSTS, COST_REPORT)).await;
    let records = account(&server).costs().fetch(two_days()).await.unwrap();

    assert!(records.iter().all(|record| record.at == at("2026-11-20T00:00:00Z")));
    let amounts: Vec<_> = records.iter().map(|record| record.amount.amount).collect();
    assert_eq!(amounts, ["4.1280375", "4.1280375", "0.12", "0.3", "-0.075"].map(dec));
    let meters: Vec<_> = records.iter().map(|record| record.meter).collect();
    let expected = [Some(Meter::Input), Some(Meter::CacheWrite1h), Some(Meter::Output), Some(Meter::WebSearches), None];
    assert_eq!(meters, expected);

    let [standard, batch, fast, search, new] = records.try_into().unwrap();
    assert_eq!(standard.line_item, owned("Claude Sonnet 4.6 Usage - Input Tokens"));
    assert_eq!((standard.dims.project, standard.dims.service_tier, standard.dims.region), (None, None, None));
    assert_eq!((batch.dims.project, batch.dims.model), (owned("wrkspc_01Example"), owned("claude-opus-4-8")));
    assert_eq!((batch.dims.service_tier, batch.dims.region), (owned("batch"), owned("us")));
    assert_eq!((standard.dims.prompt_over, batch.dims.prompt_over), (0, 200_000));
    assert_eq!((fast.dims.service_tier, search.dims.model), (owned("fast"), None));
    assert_eq!(new.line_item, owned("something_new"));
}

#[tokio::test]
async fn costs_are_asked_for_whole_days() {
    let server = Loopback::start(only(COSTS, COST_REPORT)).await;
    account(&server).costs().fetch(two_days()).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.values("starting_at"), ["2026-11-20T00:00:00Z"]);
    assert_eq!(seen.values("ending_at"), ["2026-11-22T00:00:00Z"]);
    assert_eq!((seen.values("bucket_width"), seen.values("limit")), (vec!["1d"], vec!["31"]));
    assert_eq!(seen.values("group_by[]"), ["workspace_id", "description"]);
    assert_eq!((seen.header("anthropic-version"), seen.header("anthropic-beta")), (Some("2023-06-01"), None));
}

#[tokio::test]
async fn an_error_document_is_no_empty_day() {
    for body in [r#"{"type":"error"}"#, r#"{"data":null}"#, r#"{"data":[{"starting_at":"2026-11-20T00:00:00Z"}]}"#] {
        let server = Loopback::start(move |_, _| reply(200, body)).await;
        let error = account(&server).costs().fetch(two_days()).await.unwrap_err();
        assert!(matches!(error, FetchError::Malformed(_)), "{body}: {error}");
    }
    let null_amount = COST_REPORT.replace(r#""412.80375""#, "null");
    let server = Loopback::start(move |_, _| reply(200, null_amount.clone())).await;
    let error = account(&server).costs().fetch(two_days()).await.unwrap_err().to_string();
    assert!(error.contains("amount is null"), "{error}");
}

fn usage_pages(seen: &Seen, _: usize) -> Response {
    match seen.values("page").as_slice() {
        [] => reply(200, include_str!("fixtures/usage_page_1.json")),
        ["page_MjAyNi0xMS0yMFQwMjowMDowMFo="] => reply(200, include_str!("fixtures/usage_page_2.json")),
        page => refusal(400, "invalid_request_error", &format!("page {page:?}")),
    }
}

#[tokio::test]
async fn usage_is_disjoint_meters_by_hour_from_all_pages() {
    let server = Loopback::start(usage_pages).await;
    let window = Window::single(day("2026-11-20"));
    let records = account(&server).usage("usage.pricing").fetch(window).await.unwrap();

    let first = at("2026-11-20T00:00:00Z");
    let of = |instant| records.iter().filter(move |record| record.at == instant);
    let quantities: Vec<_> = of(first).map(|record| (record.meter, record.quantity)).collect();
    let expected = [
        (Meter::Input, dec("15320")),
        (Meter::CacheRead, dec("220400")),
        (Meter::CacheWrite, dec("4100")),
        (Meter::CacheWrite1h, dec("900")),
        (Meter::Output, dec("8123")),
        (Meter::WebSearches, dec("3")),
    ];
    assert_eq!(quantities, expected);
    let dims = &of(first).next().unwrap().dims;
    assert_eq!((&dims.service_tier, &dims.region, dims.prompt_over), (&None, &None, 0));

    let second: Vec<_> = of(at("2026-11-20T02:00:00Z")).collect();
    let quantities: Vec<_> = second.iter().map(|record| (record.meter, record.quantity)).collect();
    assert_eq!(quantities, [(Meter::Input, dec("7")), (Meter::Output, dec("11"))]);
    let dims = &second[0].dims;
    assert_eq!((dims.service_tier.as_deref(), dims.region.as_deref()), (Some("fast"), Some("us")));
    assert_eq!(dims.prompt_over, 200_000);
    assert_eq!(records.len(), 8);
}

#[tokio::test]
async fn every_page_is_asked_with_the_same_question() {
    let server = Loopback::start(usage_pages).await;
    account(&server).usage("usage.pricing").fetch(Window::single(day("2026-11-20"))).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    let dimensions = ["model", "service_tier", "context_window", "inference_geo", "speed"];
    for seen in seen {
        assert_eq!(seen.values("group_by[]"), dimensions);
        assert_eq!((seen.values("bucket_width"), seen.values("limit")), (vec!["1h"], vec!["168"]));
        assert_eq!(seen.header("anthropic-beta"), Some("fast-mode-2026-02-01"));
    }
}

#[tokio::test]
async fn a_refused_speed_is_left_out_from_then_on() {
    let server = Loopback::start(|seen, before| match seen.values("group_by[]").contains(&"speed") {
        true => refusal(400, "invalid_request_error", "group_by: speed is not available"),
        false => usage_pages(seen, before),
    })
    .await;
    let account = account(&server);
    let feed = account.usage("usage.pricing");
    for _ in 0..2 {
        assert_eq!(feed.fetch(Window::single(day("2026-11-20"))).await.unwrap().len(), 8);
    }
    let with_speed = |seen: &Seen| seen.values("group_by[]").contains(&"speed");
    assert_eq!(server.seen().iter().map(with_speed).collect::<Vec<_>>(), [true, false, false, false, false]);
    assert!(server.seen().iter().all(|seen| seen.header("anthropic-beta").is_some() == with_speed(seen)));
}

#[tokio::test]
async fn another_refusal_is_not_blamed_on_speed() {
    let server = Loopback::start(|_, _| refusal(400, "invalid_request_error", "no")).await;
    let account = account(&server);
    let feed = account.usage("usage.pricing");
    for requests in [2, 4] {
        let error = feed.fetch(Window::single(day("2026-11-20"))).await.unwrap_err();
        assert_eq!(error.to_string(), "status 400: no");
        assert_eq!(server.seen().len(), requests);
    }
}

#[tokio::test]
async fn attribution_tells_workspace_key_and_size_of_prompts() {
    let body = json!({"has_more": false, "next_page": null, "data": [{
        "starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z",
        "results": [{"output_tokens": 5, "workspace_id": "wrkspc_01Example", "api_key_id": "apikey_01Example",
                     "model": "claude-opus-4-8", "service_tier": "batch", "context_window": "200k-1M"}]}]});
    let server = Loopback::start(move |_, _| reply(200, body.to_string())).await;
    let records = account(&server).usage("usage.attribution").fetch(Window::single(day("2026-11-20"))).await.unwrap();
    let [UsageRecord { dims, meter: Meter::Output, .. }] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((&dims.project, &dims.api_key), (&owned("wrkspc_01Example"), &owned("apikey_01Example")));
    assert_eq!((dims.prompt_over, &dims.service_tier), (200_000, &owned("batch")));
    let seen = server.seen().remove(0);
    assert_eq!(seen.values("group_by[]"), ["workspace_id", "api_key_id", "model", "service_tier", "context_window"]);
    assert_eq!((seen.values("bucket_width"), seen.values("limit")), (vec!["1d"], vec!["31"]));
}

#[tokio::test]
async fn a_wrong_key_is_told_which_key_is_needed() {
    for (status, kind, said) in
        [(401, "authentication_error", "invalid x-api-key"), (403, "permission_error", "Admin scope required")]
    {
        let server = Loopback::start(move |_, _| refusal(status, kind, said)).await;
        let error = account(&server).costs().fetch(two_days()).await.unwrap_err();
        assert!(matches!(error, FetchError::Unauthorized(_)));
        let text = error.to_string();
        assert!(text.starts_with(&format!("status {status}: {said}; ")), "{text}");
        assert!(text.contains("sk-ant-admin") && text.contains("Settings → Admin keys"), "{text}");
    }
}

#[tokio::test]
async fn claude_code_is_read_day_by_day_and_summed_over_terminals() {
    let server = Loopback::start(|seen, _| match seen.values("starting_at").as_slice() {
        ["2026-11-20"] => reply(200, include_str!("fixtures/claude_code.json")),
        _ => reply(200, r#"{"data":[],"has_more":false,"next_page":null}"#),
    })
    .await;
    let records = account(&server).usage("usage.claude_code").fetch(two_days()).await.unwrap();
    let of = |user: Option<&str>| {
        let chosen = records.iter().filter(|record| record.dims.user.as_deref() == user);
        chosen.map(|record| (record.meter, record.quantity)).collect::<Vec<_>>()
    };
    let expected = [
        (Meter::Input, dec("10000")),
        (Meter::CacheRead, dec("510000")),
        (Meter::CacheWrite, dec("22000")),
        (Meter::Output, dec("4100")),
    ];
    assert_eq!(of(Some("dev@example.com")), expected);
    assert_eq!(of(None), [(Meter::Output, dec("3"))]);
    assert_eq!(of(Some("subscriber@example.com")), []);
    let days: Vec<_> = server.seen().iter().map(|seen| seen.values("starting_at").join(",")).collect();
    assert_eq!(days, ["2026-11-20", "2026-11-21"]);

    let server = Loopback::start(|_, _| reply(200, include_str!("fixtures/claude_code.json"))).await;
    let error = account(&server).usage("usage.claude_code").fetch(two_days()).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
}

const ANALYTICS: &str = "/v1/organizations/analytics/cost";
const ANALYTICS_COST: &str = include_str!("fixtures/analytics_cost.json");

#[tokio::test]
async fn analytics_tell_key_model_and_requests() {
    let server = Loopback::start(only(ANALYTICS, ANALYTICS_COST)).await;
    let records = analytics(&server).costs().fetch(two_days()).await.unwrap();
    let [keyed, bare] = records.try_into().unwrap();
    assert_eq!(
        (keyed.amount.amount, keyed.quantity, keyed.unit),
        (dec("12.504375"), Some(dec("311")), owned("requests"))
    );
    assert_eq!((keyed.dims.api_key, keyed.line_item), (owned("apikey_01Example"), owned("messages_api")));
    assert_eq!((keyed.dims.project, keyed.dims.service_tier), (owned("wrkspc_01Example"), None));
    assert_eq!((bare.amount.amount, bare.quantity, bare.unit), (dec("0.0025"), None, None));

    let seen = server.seen().remove(0);
    assert_eq!(seen.header("anthropic-beta"), Some("analytics-usage-cost-2026-08-24"));
    assert_eq!((seen.values("time_bucket_width"), seen.values("limit")), (vec!["1d"], vec!["1000"]));
    assert_eq!(seen.values("group_by[]").len(), 5);

    let error = analytics(&server).costs().fetch(Window::single(day("2026-11-21"))).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
}

#[tokio::test]
async fn refused_analytics_fall_back_and_failed_ones_do_not() {
    for (status, falls_back) in [(400, true), (403, true), (404, true), (503, false)] {
        let server = Loopback::start(move |seen, _| match seen.path.as_str() {
            COSTS => reply(200, COST_REPORT),
            _ => refusal(status, "any_error", "no"),
        })
        .await;
        let answer = analytics(&server).costs().fetch(two_days()).await;
        assert_eq!(answer.is_ok(), falls_back, "{status}");
        assert_eq!(server.seen().iter().any(|seen| seen.path == COSTS), falls_back, "{status}");
    }
}

#[tokio::test]
async fn names_are_those_of_the_living_and_the_archived() {
    let server = Loopback::start(|seen, _| match (seen.path.as_str(), seen.values("after_id").as_slice()) {
        ("/v1/organizations/workspaces", _) if seen.values("include_archived") == ["true"] => {
            reply(200, include_str!("fixtures/workspaces.json"))
        }
        ("/v1/organizations/api_keys", _) => reply(200, include_str!("fixtures/api_keys.json")),
        ("/v1/organizations/users", []) => reply(200, include_str!("fixtures/users_page_1.json")),
        ("/v1/organizations/users", ["user_01Example"]) => reply(200, include_str!("fixtures/users_page_2.json")),
        _ => refusal(404, "not_found_error", "Not found"),
    })
    .await;
    let account = account(&server);
    let FeedKind::Directory(directory) = account.kind("directory") else { panic!("the directory is none") };
    let entries = directory.list().await.unwrap();
    let entries: Vec<_> =
        entries.iter().map(|entry| (entry.kind.as_str(), entry.id.as_str(), entry.name.as_str())).collect();
    let expected = [
        ("project", "wrkspc_01Example", "Search"),
        ("project", "wrkspc_02Example", "Old prototype"),
        ("api_key", "apikey_01Example", "ci"),
        ("user", "user_01Example", "Dev Eloper"),
        ("user", "user_02Example", "ops@example.com"),
    ];
    assert_eq!(entries, expected);
}

#[test]
fn settings_are_few_and_no_others_are_taken() {
    let config: Config = serde_json::from_str(r#"{"api_key":"k"}"#).unwrap();
    assert_eq!((config.base_url.as_str(), config.analytics), ("https://api.anthropic.com", false));
    let required = |config: &Config| config.secrets().iter().all(|secret| secret.value.is_some() || !secret.required);
    assert!(required(&config) && !required(&Config::default()));
    assert!(serde_json::from_str::<Config>(r#"{"apikey":"k"}"#).is_err());
}
