//! OpenAI's projects, keys and users.

use serde_json::{Value, json};

use super::super::company::{KEYS, Key, Person, SITES, Site, Vendor};
use super::super::params::{Accepts, Arrays, Params};
use super::super::refusal::Refusal;
use super::super::state::State;

pub(super) fn projects(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = read(query, &["limit", "after", "include_archived"], &[])?;
    let archived_too = params.flag("include_archived")?.unwrap_or(false);
    let shown = sites().filter(|site| archived_too || archived_at(state, site).is_none());
    list(&params, shown.map(|site| describe_project(state, site)).collect())
}

pub(super) fn project(state: &State, id: &str, query: &[(String, String)]) -> Result<Value, Refusal> {
    read(query, &[], &[])?;
    Ok(describe_project(state, find(id)?))
}

pub(super) fn keys(state: &State, project: &str, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = read(query, &["limit", "after", "owner_project_access"], &[])?;
    let access = params.one("owner_project_access").unwrap_or("any");
    if !["active", "inactive", "any"].contains(&access) {
        return Err(Refusal::bad("owner_project_access", format!("'{access}' is not an access")));
    }
    let site = find(project)?;
    let of_project = KEYS.iter().filter(|key| access != "inactive" && key.site == Some(site.id));
    list(&params, of_project.map(|key| describe_key(state, key)).collect())
}

pub(super) fn users(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = read(query, &["limit", "after"], &["emails"])?;
    let emails = params.many("emails");
    let shown = Person::all().filter(|person| emails.is_empty() || emails.contains(&person.email()));
    let describe = |person: Person| {
        json!({
            "object": "organization.user",
            "id": person.id(Vendor::OpenAi),
            "name": person.name(),
            "email": person.email(),
            "role": if person == Person(0) { "owner" } else { "reader" },
            "added_at": state.founded_at(0).timestamp(),
        })
    };
    list(&params, shown.map(describe).collect())
}

fn read(query: &[(String, String)], one: &[&str], many: &[&str]) -> Result<Params, Refusal> {
    Params::read(query, &Accepts { arrays: Arrays::Either, one, many })
}

fn sites() -> impl Iterator<Item = &'static Site> {
    SITES.iter().filter(|site| site.vendor == Vendor::OpenAi)
}

fn find(id: &str) -> Result<&'static Site, Refusal> {
    sites().find(|site| site.id == id).ok_or_else(|| Refusal::not_found(id))
}

fn archived_at(state: &State, site: &Site) -> Option<i64> {
    let at = state.founded_at(site.archived_after?);
    (at <= state.now()).then(|| at.timestamp())
}

fn describe_project(state: &State, site: &Site) -> Value {
    let archived_at = archived_at(state, site);
    json!({
        "object": "organization.project",
        "id": site.id,
        "name": site.name,
        "created_at": state.founded_at(0).timestamp(),
        "archived_at": archived_at,
        "status": if archived_at.is_some() { "archived" } else { "active" },
        "external_key_id": null,
        "residency": "GLOBAL",
    })
}

fn describe_key(state: &State, key: &Key) -> Value {
    let created_at = state.founded_at(0).timestamp();
    let owner = match key.owner {
        Some(person) => json!({ "type": "user", "user": {
            "id": person.id(Vendor::OpenAi), "email": person.email(), "name": person.name(),
            "created_at": created_at, "role": "member",
        } }),
        None => json!({ "type": "service_account", "service_account": {
            "id": format!("svc_acct_{}", key.name), "name": key.name, "created_at": created_at, "role": "member",
        } }),
    };
    json!({
        "object": "organization.project.api_key",
        "id": key.id,
        "name": key.name,
        "redacted_value": "sk-proj-***000",
        "created_at": created_at,
        "last_used_at": null,
        "owner_project_access": "active",
        "owner": owner,
    })
}

/// One page of a list, which goes on after the last id.
fn list(params: &Params, all: Vec<Value>) -> Result<Value, Refusal> {
    let limit = params.limit(20, 100)?;
    let from = match params.one("after") {
        None => 0,
        Some(after) => {
            let at = all.iter().position(|item| item["id"] == after);
            at.ok_or_else(|| Refusal::bad("after", format!("no object with id '{after}'")))? + 1
        }
    };
    let has_more = all.len() > from + limit;
    let data: Vec<_> = all.into_iter().skip(from).take(limit).collect();
    Ok(json!({
        "object": "list",
        "first_id": data.first().map(|item| &item["id"]),
        "last_id": data.last().map(|item| &item["id"]),
        "has_more": has_more,
        "data": data,
    }))
}
