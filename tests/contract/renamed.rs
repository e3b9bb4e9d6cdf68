//! A field that gets another name never takes money away unseen.

use llmtally::providers::feed::FeedKind;
use llmtally::sandbox::{Fault, Guest, Target, Vendor};

use crate::record::{fetch, totals};
use crate::stage::{ALWAYS, Stage};

/// Fields that hold what is charged, and what holds these.
fn fields(target: Target) -> &'static [&'static str] {
    match target {
        Target::Vendor(Vendor::OpenAi) => &["data", "results", "object", "amount", "value", "start_time"],
        Target::Vendor(Vendor::Anthropic) => &["data", "results", "amount", "starting_at"],
        Target::Guest(guest) => match guest {
            Guest::Azure => &["properties", "columns", "rows", "name"],
            Guest::Google => &["jobComplete", "schema", "fields", "rows", "f", "v"],
            Guest::AppOptimize => &["columns", "name", "rows", "currency_code", "units", "nanos"],
            Guest::Bedrock => &["ResultsByTime", "TimePeriod", "Groups", "Keys", "Metrics", "UnblendedCost", "Amount"],
            Guest::OpenRouter => &["data", "date", "usage"],
            Guest::Mistral => &["billing_metric", "timestamp", "value", "prices", "price", "currency"],
            Guest::HuggingFace => &["usage", "inferenceProviders", "usedNanoUsd", "jobs", "usedMicroUsd"],
            Guest::Copilot => &["usageItems", "grossAmount", "discountAmount", "sku", "date"],
            Guest::LiteLlm => &["results", "date", "metrics", "spend"],
            Guest::Cursor => &["usageEvents", "timestamp"],
            Guest::Xai => &["timeSeries", "limitReached", "dataPoints", "timestamp", "values"],
            Guest::Together => &["data", "date", "line_items", "cost", "currency"],
            Guest::Fireworks => &["accounts", "lineItems", "totalCost", "currencyCode"],
            // They bill no days.
            Guest::ElevenLabs | Guest::DeepSeek => &[],
        },
    }
}

#[tokio::test]
async fn a_renamed_field_is_malformed_unless_nothing_is_lost() {
    let mut lost = Vec::new();
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds().filter(|(_, feed)| matches!(feed.kind, FeedKind::Costs(_))) {
            let right = totals(&fetch(feed, stage.two_days()).await.unwrap());
            for field in fields(stage.api.target) {
                match stage.fetch_under(feed, ALWAYS, Fault::Renamed(field, "sandbox_renamed")).await {
                    Ok(records) if totals(&records) != right => lost.push(format!("{name}: {field}")),
                    Err(error) if error.reason() != "malformed" => lost.push(format!("{name}: {field}: {error}")),
                    _ => {}
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
