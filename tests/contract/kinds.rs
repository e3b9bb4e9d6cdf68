//! The table of providers: a new one is one more entry.

use std::path::Path;
use std::sync::Arc;

use llmtally::domain::names::{Billing, Provider};
use llmtally::providers::feed::NamedFeed;
use llmtally::providers::http::{Auth, Http};
use llmtally::providers::{anthropic, claude_code, codex, gemini_cli, openai};
use llmtally::sandbox::{Sandbox, Vendor};
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::json;

/// How to set up one kind of account.
pub(crate) enum Kind {
    Api(Api),
    Log(Log),
}

/// An account at a vendor for whom the sandbox stands in.
pub(crate) struct Api {
    pub(crate) provider: Provider,
    /// The provider, and what is special about its settings.
    pub(crate) name: &'static str,
    pub(crate) vendor: Vendor,
    pub(crate) connect: fn(&Sandbox) -> Connection,
    /// What a person has to read when the key is refused.
    pub(crate) key_help: &'static [&'static str],
    /// Feeds of whose use the made-up company has none.
    pub(crate) unused: &'static [&'static str],
}

pub(crate) struct Connection {
    pub(crate) key: &'static str,
    pub(crate) base_url: String,
    pub(crate) auth: Auth,
    pub(crate) headers: HeaderMap,
    pub(crate) feeds: Box<Feeds>,
}

type Feeds = dyn FnOnce(&Arc<Http>) -> Vec<NamedFeed>;

/// A log of calls in a folder.
pub(crate) struct Log {
    pub(crate) provider: Provider,
    pub(crate) feeds: fn(&Path) -> Vec<NamedFeed>,
    /// The path of a file of the log, by a number.
    pub(crate) file: fn(u32) -> String,
    /// The line of a call, by its key.
    pub(crate) line: fn(&str) -> String,
}

pub(crate) const KINDS: &[Kind] = &[
    Kind::Api(Api {
        provider: Provider::OpenAi,
        name: "openai",
        vendor: Vendor::OpenAi,
        connect: |sandbox| {
            let key = sandbox.openai_key();
            let config: openai::Config = settings(json!({ "api_key": key, "base_url": sandbox.openai_url() }));
            Connection {
                key,
                base_url: config.base_url.clone(),
                auth: config.auth().unwrap(),
                headers: HeaderMap::new(),
                feeds: Box::new(move |http| openai::feeds(&config, http)),
            }
        },
        key_help: &["admin key", "sk-admin-", "platform.openai.com", "api.usage.read"],
        unused: &["usage.decisions", "usage.images"],
    }),
    Kind::Api(Api {
        provider: Provider::Anthropic,
        name: "anthropic",
        vendor: Vendor::Anthropic,
        connect: |sandbox| anthropic(sandbox, false),
        key_help: ANTHROPIC_KEY_HELP,
        unused: &[],
    }),
    // The sandbox has no analytics, as most organisations: the classic report has to stand in.
    Kind::Api(Api {
        provider: Provider::Anthropic,
        name: "anthropic with analytics",
        vendor: Vendor::Anthropic,
        connect: |sandbox| anthropic(sandbox, true),
        key_help: ANTHROPIC_KEY_HELP,
        unused: &[],
    }),
    Kind::Log(Log {
        provider: Provider::ClaudeCode,
        feeds: |folder| claude_code::feeds(&settings(json!({ "paths": [folder] })), Billing::Subscription),
        file: |number| format!("projects/-home-dev-shop/s-{number}.jsonl"),
        line: |key| {
            json!({
                "timestamp": "2026-11-22T10:00:00Z", "sessionId": "s-1", "cwd": "/home/dev/shop", "nobody_knows": [1, {}],
                "message": { "id": key, "model": "claude-opus-4-8", "usage": { "output_tokens": 7, "new_tokens": {} } },
            })
            .to_string()
        },
    }),
    Kind::Log(Log {
        provider: Provider::Codex,
        feeds: |folder| codex::feeds(&settings(json!({ "paths": [folder] })), Billing::Subscription),
        file: |number| format!("sessions/2026/11/22/rollout-{number}.jsonl"),
        line: |key| {
            json!({
                "timestamp": "2026-11-22T10:00:00Z", "type": "token_usage_record", "nobody_knows": [1, {}],
                "payload": { "response_id": key, "usage": { "output_tokens": 7, "total_tokens": 7, "new_tokens": {} } },
            })
            .to_string()
        },
    }),
    Kind::Log(Log {
        provider: Provider::GeminiCli,
        feeds: |folder| gemini_cli::feeds(&settings(json!({ "paths": [folder] })), Billing::Subscription),
        // A chat goes on in one file, but subagents have files of their own.
        file: |number| format!("tmp/shop/chats/session-{number}.jsonl"),
        line: |key| {
            json!({
                "sessionId": "s-1", "id": key, "timestamp": "2026-11-22T10:00:00Z", "nobody_knows": [1, {}],
                "model": "gemini-3.1-pro", "tokens": { "output": 7, "total": 7, "new": {} },
            })
            .to_string()
        },
    }),
];

const ANTHROPIC_KEY_HELP: &[&str] = &["Admin key", "sk-ant-admin", "Settings → Admin keys"];

fn anthropic(sandbox: &Sandbox, analytics: bool) -> Connection {
    let key = sandbox.anthropic_key();
    let config: anthropic::Config =
        settings(json!({ "api_key": key, "base_url": sandbox.anthropic_url(), "analytics": analytics }));
    Connection {
        key,
        base_url: config.base_url.clone(),
        auth: config.auth().unwrap(),
        headers: config.headers(),
        feeds: Box::new(move |http| anthropic::feeds(&config, http)),
    }
}

/// Settings as a configuration file brings them.
fn settings<T: DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn apis() -> impl Iterator<Item = &'static Api> {
    KINDS.iter().filter_map(|kind| if let Kind::Api(api) = kind { Some(api) } else { None })
}

pub(crate) fn logs() -> impl Iterator<Item = &'static Log> {
    KINDS.iter().filter_map(|kind| if let Kind::Log(log) = kind { Some(log) } else { None })
}
