//! Anthropic's workspaces, keys and users.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::super::company::{ANTHROPIC_ORGANIZATION, KEYS, Key, ORGANIZATION_NAME, Person, SITES, Site, Vendor};
use super::super::params::{Accepts, Arrays, Params};
use super::super::refusal::Refusal;
use super::super::state::State;

pub(super) fn me(query: &[(String, String)]) -> Result<Value, Refusal> {
    read(query, &[], &[])?;
    Ok(json!({ "id": ANTHROPIC_ORGANIZATION, "type": "organization", "name": ORGANIZATION_NAME }))
}

pub(super) fn workspaces(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = read(query, &["limit", "after_id", "before_id", "include_archived", "include_default"], &["ids"])?;
    let archived_too = params.flag("include_archived")?.unwrap_or(false);
    let ids = params.many("ids");
    let shown = SITES.iter().filter(|site| {
        site.vendor == Vendor::Anthropic
            && (archived_too || archived_at(state, site).is_none())
            && (ids.is_empty() || ids.iter().any(|id| id == site.id))
    });
    list(&params, shown.map(|site| workspace(state, site)).collect())
}

pub(super) fn keys(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let one = ["limit", "after_id", "before_id", "status", "workspace_id", "created_by_user_id"];
    let params = read(query, &one, &[])?;
    let all = KEYS.iter().filter(|key| key.vendor == Vendor::Anthropic).map(|key| describe_key(state, key));
    let shown = all.filter(|key| {
        params.one("status").is_none_or(|status| key["status"] == status)
            && params.one("workspace_id").is_none_or(|workspace| key["scope"]["workspace_id"] == workspace)
            && params.one("created_by_user_id").is_none_or(|user| key["created_by"]["id"] == user)
    });
    list(&params, shown.collect())
}

pub(super) fn users(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = read(query, &["limit", "after_id", "before_id", "email"], &[])?;
    let shown = Person::all().filter(|person| params.one("email").is_none_or(|email| person.email() == email));
    let describe = |person: Person| {
        json!({
            "id": person.id(Vendor::Anthropic),
            "type": "user",
            "name": person.name(),
            "email": person.email(),
            "role": if person == Person(0) { "admin" } else { "developer" },
            "added_at": created_at(state),
        })
    };
    list(&params, shown.map(describe).collect())
}

fn read(query: &[(String, String)], one: &[&str], many: &[&str]) -> Result<Params, Refusal> {
    Params::read(query, &Accepts { arrays: Arrays::Brackets, one, many })
}

fn created_at(state: &State) -> String {
    state.founded_at(0).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn archived_at(state: &State, site: &Site) -> Option<String> {
    let at = state.founded_at(site.archived_after?);
    (at <= state.now()).then(|| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn workspace(state: &State, site: &Site) -> Value {
    json!({
        "id": site.id,
        "type": "workspace",
        "name": site.name,
        "created_at": created_at(state),
        "archived_at": archived_at(state, site),
        "display_color": "#6C5BB9",
        "data_residency": { "workspace_geo": "us", "allowed_inference_geos": "unrestricted", "default_inference_geo": "global" },
        "tags": {},
    })
}

/// Half the keys have the older shape, with the workspace at the top level.
fn describe_key(state: &State, key: &Key) -> Value {
    let archived = SITES.iter().find(|site| key.site == Some(site.id)).and_then(|site| archived_at(state, site));
    let mut value = json!({
        "id": key.id,
        "type": "api_key",
        "name": key.name,
        "status": if archived.is_some() { "archived" } else { "active" },
        "partial_key_hint": "sk-ant-api03-R2D...igAA",
        "created_at": created_at(state),
        "created_by": { "id": key.owner.map(|owner| owner.id(Vendor::Anthropic)), "type": "user" },
        "expires_at": null,
    });
    if key.name.len().is_multiple_of(2) {
        value["workspace_id"] = json!(key.site);
    } else {
        value["scope"] = match key.site {
            Some(site) => json!({ "type": "workspace", "workspace_id": site }),
            None => json!({ "type": "organization" }),
        };
    }
    value
}

/// One page of a list, which goes on after the last id.
fn list(params: &Params, all: Vec<Value>) -> Result<Value, Refusal> {
    let limit = params.limit(20, 1_000)?;
    let position = |name: &str| match params.one(name) {
        None => Ok(None),
        Some(id) => {
            let at = all.iter().position(|item| item["id"] == id);
            at.map(Some).ok_or_else(|| Refusal::bad(name, format!("no object with id '{id}'")))
        }
    };
    let after = position("after_id")?.map_or(0, |at| at + 1);
    let before = position("before_id")?.unwrap_or(all.len());
    let has_more = before > after + limit;
    let data: Vec<_> = all.into_iter().take(before).skip(after).take(limit).collect();
    Ok(json!({
        "first_id": data.first().map(|item| &item["id"]),
        "last_id": data.last().map(|item| &item["id"]),
        "has_more": has_more,
        "data": data,
    }))
}
