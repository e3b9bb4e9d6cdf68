//! Workspaces and keys.

use axum::http::{HeaderMap, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Refused, books, known, number, refused};
use crate::sandbox::guests::room::PAGE_LIMIT;
use crate::sandbox::state::State;

pub(super) const OWNER: &str = "user_2dHFtSandbox";
const ORGANIZATION: &str = "org_2dHFtSandbox";
const MAIN: &str = "0df9e665-d932-5740-b2c7-b52af1600001";
const LAB: &str = "0df9e665-d932-5740-b2c7-b52af1600002";
const WORKSPACES: [(&str, &str); 2] = [(MAIN, "Default"), (LAB, "Lab")];

pub(super) struct Key {
    pub(super) hash: &'static str,
    name: &'static str,
    label: &'static str,
    pub(super) workspace: &'static str,
    /// US dollars a month.
    limit: Option<u32>,
    disabled: bool,
}

#[rustfmt::skip]
pub(super) const KEYS: [Key; 3] = [
    Key { hash: "f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de46299200001", name: "Shop", label: "sk-or-v1-0e6...0001",
        workspace: MAIN, limit: Some(900), disabled: false },
    Key { hash: "f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de46299200002", name: "Support", label: "sk-or-v1-0e6...0002",
        workspace: MAIN, limit: None, disabled: true },
    Key { hash: "f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de46299200003", name: "Lab", label: "sk-or-v1-0e6...0003",
        workspace: LAB, limit: Some(40), disabled: false },
];
/// Items of a page of keys.
const PAGE: usize = 100;

/// `GET /key`: a management key spends nothing, any other is the shop's.
pub(super) fn own(state: &State, is_management: bool) -> Value {
    let mut own = if is_management { usage(Decimal::ZERO) } else { key(state, 0) };
    if is_management {
        (own["limit"], own["limit_remaining"], own["limit_reset"]) = (Value::Null, Value::Null, Value::Null);
    }
    own["include_byok_in_limit"] = json!(false);
    own["expires_at"] = Value::Null;
    own["label"] = if is_management { "sk-or-v1-5a9...0000" } else { KEYS[0].label }.into();
    own["is_free_tier"] = json!(false);
    own["is_management_key"] = json!(is_management);
    own["is_provisioning_key"] = json!(is_management);
    own["rate_limit"] = json!({ "requests": -1, "interval": "10s", "note": "deprecated" });
    own["creator_user_id"] = json!(OWNER);
    own["organization_id"] = json!(ORGANIZATION);
    own["free_model_daily_requests"] = json!({ "limit": 1000, "used": 12, "remaining": 988 });
    own["budgets"] = json!([]);
    own
}

/// `GET /keys`: without a workspace those of the default one.
pub(super) fn list(state: &State, headers: &HeaderMap, query: &[(String, String)]) -> Result<Value, Refused> {
    let param = known(query, &["offset", "include_disabled", "include_expired", "workspace_id"])?;
    let workspace = param("workspace_id").unwrap_or(MAIN);
    let with_disabled = param("include_disabled") == Some("true");
    let wanted = |key: &Key| key.workspace == workspace && (with_disabled || !key.disabled);
    let all = KEYS.iter().enumerate().filter(|(_, key)| wanted(key)).map(|(index, _)| key(state, index)).collect();
    page(all, headers, param("offset"), PAGE).map(Value::Array)
}

/// `GET /workspaces`, and how many there are.
pub(super) fn workspaces(headers: &HeaderMap, query: &[(String, String)]) -> Result<(Vec<Value>, usize), Refused> {
    let param = known(query, &["offset", "limit"])?;
    let limit = param("limit").map_or(Ok(50), str::parse).ok().filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or_else(|| refused(StatusCode::BAD_REQUEST, "limit must be between 1 and 100"))?;
    let all = WORKSPACES.map(|(id, name)| {
        json!({
            "id": id, "name": name, "slug": name.to_lowercase(), "description": null,
            "created_at": "2026-01-05T10:30:00Z", "created_by": OWNER, "updated_at": null,
            "default_guardrail_id": "595d5849-7e86-51fd-a7c0-705c34e4afff", "default_image_model": null,
            "default_provider_sort": null, "default_text_model": null, "include_byok_in_budgets": false,
            "io_logging_api_key_ids": null, "io_logging_sampling_rate": 1, "is_data_discount_logging_enabled": true,
            "is_observability_broadcast_enabled": false, "is_observability_io_logging_enabled": false,
        })
    });
    Ok((page(all.to_vec(), headers, param("offset"), limit)?, WORKSPACES.len()))
}

fn page(all: Vec<Value>, headers: &HeaderMap, offset: Option<&str>, limit: usize) -> Result<Vec<Value>, Refused> {
    let offset = offset.map_or(Ok(0), str::parse::<usize>);
    let offset = offset.map_err(|_| refused(StatusCode::BAD_REQUEST, "offset must be a number"))?;
    let ordered = headers.get(PAGE_LIMIT).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(all.into_iter().skip(offset).take(ordered.unwrap_or(limit)).collect())
}

fn key(state: &State, index: usize) -> Value {
    let Some(key) = KEYS.get(index) else { return Value::Null };
    let mut value = usage(books::today(state, |route| route.key == index));
    let limit = key.limit.map(Decimal::from);
    let left = limit.map(|limit| limit - limit / Decimal::from(4));
    value["hash"] = json!(key.hash);
    value["name"] = json!(key.name);
    value["label"] = json!(key.label);
    value["disabled"] = json!(key.disabled);
    value["workspace_id"] = json!(key.workspace);
    value["limit"] = limit.map_or(Value::Null, number);
    value["limit_remaining"] = left.map_or(Value::Null, number);
    value["limit_reset"] = json!(key.limit.map(|_| "monthly"));
    value["include_byok_in_limit"] = json!(false);
    value["creator_user_id"] = json!(OWNER);
    value["created_at"] = json!("2026-01-05T10:30:00Z");
    value["updated_at"] = Value::Null;
    value["expires_at"] = Value::Null;
    value
}

/// Only the day's figure is told apart here.
fn usage(today: Decimal) -> Value {
    let mut value = json!({});
    for name in ["usage", "usage_daily", "usage_weekly", "usage_monthly"] {
        value[name] = number(today);
        value[format!("byok_{name}")] = json!(0);
    }
    value
}
