//! A field that gets another name never takes money or use away unseen.

use llmtally::sandbox::{Fault, Guest, Target, Vendor};

use crate::record::{fetch, totals};
use crate::stage::{ALWAYS, Stage};

/// Fields that hold what is counted, and what holds these.
fn fields(target: Target) -> &'static [&'static str] {
    match target {
        Target::Vendor(Vendor::OpenAi) => {
            &["data", "results", "amount", "value", "start_time", "input_tokens", "output_tokens", "num_model_requests"]
        }
        Target::Vendor(Vendor::Anthropic) => {
            &["data", "results", "amount", "starting_at", "uncached_input_tokens", "output_tokens"]
        }
        Target::Guest(guest) => match guest {
            Guest::Azure => {
                &["properties", "columns", "rows", "name", "value", "timeseries", "data", "timeStamp", "total"]
            }
            Guest::Google => &[
                "jobComplete",
                "schema",
                "fields",
                "rows",
                "f",
                "v",
                "timeSeries",
                "points",
                "interval",
                "value",
                "int64Value",
            ],
            Guest::Bedrock => &["ResultsByTime", "TimePeriod", "Groups", "Keys", "Metrics", "UnblendedCost", "Amount"],
            Guest::OpenRouter => &["data", "date", "usage", "prompt_tokens", "completion_tokens", "requests"],
            Guest::Mistral => &["billing_metric", "timestamp", "value", "prices", "price", "currency"],
            Guest::HuggingFace => &["usage", "inferenceProviders", "usedNanoUsd", "jobs", "usedMicroUsd"],
            Guest::Copilot => &["usageItems", "grossAmount", "discountAmount", "sku", "date"],
            Guest::ElevenLabs => &["time", "usage"],
            Guest::DeepSeek => &[],
        },
    }
}

#[tokio::test]
async fn a_renamed_field_is_malformed_unless_nothing_is_lost() {
    let mut lost = Vec::new();
    for stage in Stage::all().await {
        for (name, feed) in stage.used_feeds() {
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
