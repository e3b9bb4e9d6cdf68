//! Tokens from the documented answers of Azure Monitor.

use super::*;
use crate::domain::usage::{Meter, UsageRecord};

const ACCOUNT: &str = "/subscriptions/0000/resourcegroups/rg1/providers/microsoft.cognitiveservices/accounts/acct1";
const NOTHING: &str = r#"{"value": []}"#;

async fn serve(models: &'static str, openai: &'static str) -> Loopback {
    vendor(move |seen, _| match seen.path.rsplit('/').next().unwrap() {
        "accounts" => reply(200, include_str!("../fixtures/accounts.json")),
        "deployments" => reply(200, include_str!("../fixtures/deployments.json")),
        _ if seen.values("metricnames")[0].contains("ProcessedPromptTokens") => reply(200, openai),
        _ => reply(200, models),
    })
    .await
}

async fn read(models: &'static str, openai: &'static str) -> Result<Vec<UsageRecord>, FetchError> {
    usage(&open(&serve(models, openai).await), day("2026-11-01")).await
}

/// Hour, model, meter and quantity of each record.
fn told(records: &[UsageRecord]) -> Vec<(u32, &str, Meter, String)> {
    use chrono::Timelike;
    let told = |record: &UsageRecord| (record.at.hour(), record.meter, record.quantity.to_string());
    let rows = records.iter().map(|record| (record.dims.model.as_deref().unwrap_or_default(), told(record)));
    rows.map(|(model, (hour, meter, quantity))| (hour, model, meter, quantity)).collect()
}

#[tokio::test]
async fn a_deployment_has_the_model_that_is_listed_and_its_own_name_when_it_is_gone() {
    let records = read(NOTHING, include_str!("../fixtures/metrics_openai.json")).await.unwrap();
    let expected = [
        (0, "gpt-5-mini-2025-08-07", Meter::Input, "12345".to_owned()),
        (5, "gpt-4o-gone", Meter::Input, "70".to_owned()),
    ];
    assert_eq!(told(&records), expected);
    assert!(records.iter().all(|record| record.dims.project.as_deref() == Some(ACCOUNT)));
    let regions: Vec<_> = records.iter().map(|record| record.dims.region.as_deref()).collect();
    assert_eq!(regions, [Some("global"), None]);
}

/// The two families count the same requests of a deployment.
#[tokio::test]
async fn what_both_families_count_counts_once() {
    let (models, openai) =
        (include_str!("../fixtures/metrics_models.json"), include_str!("../fixtures/metrics_openai.json"));
    let records = read(models, openai).await.unwrap();
    let expected = [
        (0, "gpt-5-mini-2025-08-07", Meter::Input, "12000".to_owned()),
        (3, "gpt-5-mini-2025-08-07", Meter::Input, "5".to_owned()),
        (5, "gpt-4o-gone", Meter::Input, "70".to_owned()),
    ];
    assert_eq!(told(&records), expected);
}

#[tokio::test]
async fn only_accounts_with_models_are_asked_for_whole_days_of_every_deployment() {
    let server = serve(NOTHING, NOTHING).await;
    usage(&open(&server), day("2026-11-01")).await.unwrap();
    let asked: Vec<Seen> =
        server.seen().into_iter().filter(|seen| seen.path.ends_with("/Microsoft.Insights/metrics")).collect();
    let filters: Vec<_> = asked.iter().map(|seen| seen.values("$filter")[0]).collect();
    let all = "ModelDeploymentName eq '*'";
    assert_eq!(filters, [format!("{all} and ModelName eq '*' and ModelVersion eq '*'").as_str(), all]);
    for seen in &asked {
        assert!(seen.path.contains("/accounts/acct1/"), "{}", seen.path);
        assert_eq!(seen.values("timespan"), ["2026-11-01T00:00:00Z/2026-11-02T00:00:00Z"]);
        assert_eq!((seen.values("interval"), seen.values("aggregation")), (vec!["PT1H"], vec!["Total"]));
        assert_eq!(seen.values("top"), ["1000"]);
    }
}

#[tokio::test]
async fn a_metric_that_failed_is_no_empty_one() {
    const FAILED: &str =
        r#"{"value": [{"name": {"value": "InputTokens"}, "errorCode": "InternalError", "timeseries": []}]}"#;
    const OTHER: &str = r#"{"value": [{"name": {"value": "TotalCalls"}, "timeseries": []}]}"#;
    assert_eq!(read(FAILED, NOTHING).await.unwrap_err().reason(), "unavailable");
    assert_eq!(read(OTHER, NOTHING).await.unwrap_err().reason(), "malformed");
}
