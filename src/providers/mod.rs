//! Vendors: one folder each, all with the same files. A provider is a list of feeds and nothing more.

pub mod account;
pub mod anthropic;
pub mod call_logs;
pub mod claude_code;
pub mod codex;
pub mod copilot;
pub mod deepseek;
pub mod feed;
pub mod http;
mod number;
pub mod openai;
