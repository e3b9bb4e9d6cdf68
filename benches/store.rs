//! How fast facts are stored, from memory and from a provider's pages, against a raw COPY of the same rows.

mod database;
mod facts;
mod table;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use database::{Result, Scratch, timed};
use facts::{MODELS, replace, used};
use llmtally::domain::clock::Clock;
use llmtally::domain::names::{AccountName, Provider};
use llmtally::domain::period::{Day, Window};
use llmtally::domain::usage::{UsageRecord, UsageRole};
use llmtally::providers::account::Account;
use llmtally::providers::feed::{Feed, FeedKind};
use llmtally::providers::http::{HttpMetrics, Limits, Wire, shared_client};
use llmtally::providers::openai;
use llmtally::store::lease::Fence;
use llmtally::store::record::UsageFact;
use serde_json::json;
use table::ROUNDS;
use tokio_util::sync::CancellationToken;

/// Each with two models and four meters: 200 rows an hour.
const KEYS: u32 = 25;
const WEEKS: u32 = 4;
const FEED: &str = "usage.completions";

#[tokio::main]
async fn main() -> Result<()> {
    Scratch::lend(measure).await
}

async fn measure(scratch: &Scratch) -> Result<()> {
    let fence = scratch.fence(FEED).await?;
    let weeks = weeks()?;
    let month = Window::new(weeks[0].first(), weeks[weeks.len() - 1].end()).ok_or("no month")?;
    let records: Vec<UsageFact> = month.days().flat_map(|day| used(day, KEYS)).collect();

    let now = month.end().start();
    let mut stored = Vec::new();
    let mut again = Vec::new();
    for _ in 0..ROUNDS {
        scratch.run("TRUNCATE usage_records, feed_days").await?;
        stored.push(timed(replace(scratch, &fence, month, &records, now)).await?.0);
        again.push(timed(replace(scratch, &fence, month, &records, now)).await?.0);
    }
    let feed = feed(weeks.clone()).await?;
    let mut synced = Vec::new();
    for _ in 0..ROUNDS {
        scratch.run("TRUNCATE usage_records, feed_days").await?;
        synced.push(timed(sync(scratch, &fence, feed.as_ref(), &weeks)).await?.0);
    }
    let raw = scratch.raw_copy("usage_records").await?;
    table::head("a raw COPY");
    let best = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default();
    table::line("facts: stored from memory", records.len(), best(stored), raw);
    table::line("facts: fetched, normalised and stored", records.len(), best(synced), raw);
    table::line("facts: compared, nothing new", records.len(), best(again), raw);
    Ok(())
}

fn weeks() -> Result<Vec<Window>> {
    let first: Day = "2026-03-02".parse()?;
    let week =
        |number| Window::new(first.plus(7 * number), first.plus(7 * (number + 1))).ok_or_else(|| "no week".into());
    (0..WEEKS).map(week).collect()
}

/// What a sync run does, a week at a time.
async fn sync(scratch: &Scratch, fence: &Fence, feed: &dyn Feed<UsageRecord>, weeks: &[Window]) -> Result<usize> {
    let mut rows = 0;
    for week in weeks {
        let records = feed.fetch(*week).await?;
        let facts: Vec<_> = records.into_iter().map(|record| UsageFact { role: UsageRole::Measured, record }).collect();
        rows += replace(scratch, fence, *week, &facts, week.end().start()).await?.rows;
    }
    Ok(rows)
}

/// The real adapter over a server on loopback that has its answers ready.
async fn feed(weeks: Vec<Window>) -> Result<Box<dyn Feed<UsageRecord>>> {
    let answers: Arc<Vec<(String, String)>> =
        Arc::new(weeks.iter().map(|week| (week.first().start().timestamp().to_string(), page(*week))).collect());
    let handler = async move |Query(query): Query<std::collections::BTreeMap<String, String>>| {
        let asked = query.get("start_time");
        let answer = answers.iter().find(|(start, _)| Some(start) == asked).map(|(_, page)| page.clone());
        ([(CONTENT_TYPE, "application/json")], answer.unwrap_or_default())
    };
    let app = Router::new().route("/v1/organization/usage/completions", get(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let config = openai::Config { api_key: Some("sk-admin-bench".into()), base_url, ..openai::Config::default() };
    let wire = Wire {
        client: shared_client()?,
        account: AccountName { provider: Provider::OpenAi, account: "default".to_owned() },
        limits: Limits { min_gap: Duration::ZERO, ..Limits::default() },
        clock: Clock::system(),
        stop: CancellationToken::new(),
        metrics: HttpMetrics::default(),
    };
    let feeds = config.open(&wire)?.feeds;
    let feed = feeds.into_iter().find(|feed| feed.name.0 == FEED).ok_or("no such feed")?;
    let FeedKind::Usage(_, feed) = feed.kind else { return Err("not a usage feed".into()) };
    Ok(feed)
}

/// The provider's answer for a week: the same rows as from memory.
fn page(week: Window) -> String {
    let hours = (week.first().start().timestamp()..week.end().start().timestamp()).step_by(3600);
    let results = || {
        (0..KEYS).flat_map(|key| {
            MODELS.map(|model| {
                json!({
                    "object": "organization.usage.completions.result",
                    "input_tokens": 20_014 * (key + 1), "input_cached_tokens": 10_007 * (key + 1),
                    "output_tokens": 10_007 * (key + 1), "input_audio_tokens": 0, "output_audio_tokens": 0,
                    "num_model_requests": 10_007 * (key + 1),
                    "project_id": format!("proj_Zk1example{}", key % 5),
                    "user_id": format!("user-R3example{key:04}"), "api_key_id": format!("key_Q7example{key:04}"),
                    "model": model, "batch": false, "service_tier": null,
                })
            })
        })
    };
    let bucket = |start: i64| json!({"object": "bucket", "start_time": start, "end_time": start + 3600, "results": results().collect::<Vec<_>>()});
    json!({"object": "page", "data": hours.map(bucket).collect::<Vec<_>>(), "has_more": false, "next_page": null})
        .to_string()
}
