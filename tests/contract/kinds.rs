//! The table of providers: a new one is one more entry.

use llmtally::domain::names::{Billing, Provider};
use llmtally::providers::account::Account;
use llmtally::providers::feed::NamedFeed;
use llmtally::providers::{anthropic, claude_code, codex, copilot, deepseek, openai};
use llmtally::sandbox::{Guest, Sandbox, Target, Vendor};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::Path;

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
    /// Who stands in for the vendor.
    pub(crate) target: Target,
    /// Feeds whose answers are never more than one page.
    pub(crate) unpaged: &'static [&'static str],
    /// With the vendor's servers below an address such as `http://127.0.0.1:9000`.
    pub(crate) connect: fn(&str) -> Connection,
    /// What a person has to read when the key is refused.
    pub(crate) key_help: &'static [&'static str],
    /// Feeds of whose use the made-up company has none.
    pub(crate) unused: &'static [&'static str],
}

pub(crate) struct Connection {
    /// No text may repeat them.
    pub(crate) keys: Vec<&'static str>,
    pub(crate) account: Box<dyn Account>,
}

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
        target: Target::Vendor(Vendor::OpenAi),
        unpaged: &[],
        connect: |address| {
            let (key, base_url) = (Sandbox::OPENAI_KEY, format!("{address}/v1"));
            let config: openai::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["admin key", "sk-admin-", "platform.openai.com", "api.usage.read"],
        unused: &["usage.decisions", "usage.images"],
    }),
    Kind::Api(Api {
        provider: Provider::Anthropic,
        name: "anthropic",
        target: Target::Vendor(Vendor::Anthropic),
        unpaged: &[],
        connect: |address| anthropic(address, false),
        key_help: ANTHROPIC_KEY_HELP,
        unused: &[],
    }),
    // The sandbox has no analytics, as most organisations: the classic report has to stand in.
    Kind::Api(Api {
        provider: Provider::Anthropic,
        name: "anthropic with analytics",
        target: Target::Vendor(Vendor::Anthropic),
        unpaged: &[],
        connect: |address| anthropic(address, true),
        key_help: ANTHROPIC_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Copilot,
        name: "copilot",
        target: Target::Guest(Guest::Copilot),
        unpaged: &["costs"],
        connect: |address| {
            let (key, base_url) = (Sandbox::COPILOT_KEY, format!("{address}/copilot"));
            let settings_of = json!({ "api_key": key, "base_url": base_url, "organization": "example" });
            let config: copilot::Config = settings(settings_of);
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["organisation owner", "Administration"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::DeepSeek,
        name: "deepseek",
        target: Target::Guest(Guest::DeepSeek),
        unpaged: &[],
        connect: |address| {
            let (key, base_url) = (Sandbox::DEEPSEEK_KEY, format!("{address}/deepseek"));
            let config: deepseek::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["API key", "platform.deepseek.com"],
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
];

const ANTHROPIC_KEY_HELP: &[&str] = &["Admin key", "sk-ant-admin", "Settings → Admin keys"];

fn anthropic(address: &str, analytics: bool) -> Connection {
    let key = Sandbox::ANTHROPIC_KEY;
    let config: anthropic::Config = settings(json!({ "api_key": key, "base_url": address, "analytics": analytics }));
    Connection { keys: vec![key], account: Box::new(config) }
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
