//! The bill against the usage at prices worked out by hand, so that a slip of three digits cannot hide in a table.

use rust_decimal::Decimal;

use super::{Lab, decimal, seconds};

/// Tokens of one model and lane on 2026-11-10, and what a line of the bill makes of them per million.
async fn openai_rate(lab: &Lab, filter: &[(&str, &str)], counter: &str, line: &str) -> Decimal {
    let (start, end) = (seconds("2026-11-10T00:00:00Z"), seconds("2026-11-11T00:00:00Z"));
    let range = [("start_time", start.as_str()), ("end_time", end.as_str())];
    let usage: Vec<_> = range.iter().chain(filter).copied().collect();
    let usage = lab.openai("usage/completions", &usage).await;
    let tokens: Decimal = usage.rows().map(|row| decimal(&row[counter])).sum();
    let costs: Vec<_> = range.into_iter().chain([("group_by[]", "line_item"), ("line_items[]", line)]).collect();
    let costs = lab.openai("costs", &costs).await;
    let amount: Decimal = costs.rows().map(|row| decimal(&row["amount"]["value"])).sum();
    (amount / tokens * Decimal::from(1_000_000)).round_dp(6)
}

#[tokio::test]
async fn openai_bills_by_lane_and_contract() {
    let lab = Lab::open().await;
    let batch = [("models", "gpt-4o-mini-2024-07-18"), ("batch", "true")];
    let line = "batch | gpt-4o-mini-2024-07-18, output";
    // Half of $0.60.
    assert_eq!(openai_rate(&lab, &batch, "output_tokens", line).await, Decimal::new(30, 2));

    let priority = [("models", "gpt-5.6-sol"), ("project_ids", "proj_SbSupport")];
    let line = "priority | gpt-5.6-sol, cached input";
    // Twice $0.40, less 6 %.
    assert_eq!(openai_rate(&lab, &priority, "input_cached_tokens", line).await, Decimal::new(752, 3));

    let luna = [("models", "gpt-5.6-luna")];
    // $0.20 since the end of July, less 6 %.
    assert_eq!(openai_rate(&lab, &luna, "input_tokens", "gpt-5.6-luna, input").await, Decimal::new(188, 3));
    let dear = openai_rate_on_first_day(&lab).await;
    // $1.00 before, and no contract yet.
    assert_eq!(dear, Decimal::ONE);
}

/// The company is founded on 2026-07-21, before the price of one model fell.
async fn openai_rate_on_first_day(lab: &Lab) -> Decimal {
    let (start, end) = (seconds("2026-07-21T00:00:00Z"), seconds("2026-07-22T00:00:00Z"));
    let query = [
        ("start_time", start.as_str()),
        ("end_time", end.as_str()),
        ("group_by[]", "line_item"),
        ("line_items[]", "gpt-5.6-luna, input"),
    ];
    let answer = lab.openai("costs", &query).await;
    let row = answer.rows().next().expect("a row");
    (decimal(&row["amount"]["value"]) / decimal(&row["quantity"]) * Decimal::from(1_000_000)).round_dp(6)
}

#[tokio::test]
async fn anthropic_bills_cents_less_eight_percent() {
    let lab = Lab::open().await;
    let range = [("starting_at", "2026-11-10T00:00:00Z"), ("ending_at", "2026-11-11T00:00:00Z")];
    let usage: Vec<_> = range.into_iter().chain([("models[]", "claude-opus-4-8")]).collect();
    let usage = lab.anthropic("usage_report/messages", &usage).await;
    let cost: Vec<_> = range.into_iter().chain([("group_by[]", "description")]).collect();
    let cost = lab.anthropic("cost_report", &cost).await;
    let cents = |what: &str| {
        let row = cost.rows().find(|row| row["token_type"] == what && row["model"] == "claude-opus-4-8");
        decimal(&row.expect("a line")["amount"])
    };
    let row = usage.rows().next().expect("a row");
    let written = decimal(&row["cache_creation"]["ephemeral_1h_input_tokens"]);
    let per_million = cents("cache_creation.ephemeral_1h_input_tokens") / written * Decimal::from(1_000_000);
    // $10 with a tenth more for the region, less 8 %: $10.12, in cents.
    assert_eq!(per_million.round_dp(4), Decimal::from(1_012));
    let searches = decimal(&row["server_tool_use"]["web_search_requests"]);
    let fee = cost.rows().find(|row| row["cost_type"] == "web_search").expect("a line");
    assert_eq!(decimal(&fee["amount"]) / searches, Decimal::ONE, "one cent for a search");
}
