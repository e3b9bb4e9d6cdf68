//! Vendors: one folder each, all with the same files. A provider is a list of feeds and nothing more.

pub mod account;
pub mod anthropic;
pub mod azure;
pub mod bedrock;
pub mod call_logs;
pub mod claude_code;
pub mod codex;
pub mod copilot;
pub mod cursor;
pub mod deepseek;
pub mod elevenlabs;
pub mod feed;
pub mod fireworks;
pub mod gemini_cli;
pub mod google;
pub mod http;
pub mod huggingface;
pub mod keyed;
pub mod litellm;
pub mod mistral;
mod number;
pub mod openai;
pub mod openrouter;
mod statement;
pub mod together;
mod words;
pub mod xai;
