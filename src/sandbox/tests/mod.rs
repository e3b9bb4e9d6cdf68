//! The sandbox over real HTTP: its answers agree with its bill, whatever the grouping, and its faults are as ordered.

mod anthropic;
mod consistency;
mod faults;
mod money;
mod openai;
mod prices;
mod seasons;

use std::sync::Once;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Options, Sandbox, Vendor};
use crate::domain::clock::Clock;
use crate::domain::period::Day;

/// A Wednesday, in the middle of an hour.
const NOON: &str = "2026-11-18T12:34:56Z";

struct Lab {
    sandbox: Sandbox,
    clock: Clock,
    http: reqwest::Client,
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn buckets(&self) -> &Vec<Value> {
        self.body["data"].as_array().expect("data is a list")
    }

    fn rows(&self) -> impl Iterator<Item = &Value> {
        self.buckets().iter().flat_map(|bucket| bucket["results"].as_array().expect("results is a list"))
    }
}

impl Lab {
    async fn open() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        let clock = Clock::fixed(instant(NOON));
        let mut options = Options::new(clock.clone());
        adjust(&mut options);
        Self { sandbox: Sandbox::start(options).await.expect("a loopback port"), clock, http: client() }
    }

    fn set(&self, now: &str) {
        self.clock.set(instant(now));
    }

    async fn get(&self, vendor: Vendor, path: &str, query: &[(&str, &str)]) -> Answer {
        self.send(self.request(vendor, path, query)).await.expect("an answer")
    }

    async fn openai(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.get(Vendor::OpenAi, path, query).await
    }

    async fn anthropic(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.get(Vendor::Anthropic, path, query).await
    }

    fn request(&self, vendor: Vendor, path: &str, query: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let request = match vendor {
            Vendor::OpenAi => self
                .http
                .get(format!("{}/organization/{path}", self.sandbox.openai_url()))
                .bearer_auth(self.sandbox.openai_key()),
            Vendor::Anthropic => self
                .http
                .get(format!("{}/v1/organizations/{path}", self.sandbox.anthropic_url()))
                .header("x-api-key", self.sandbox.anthropic_key())
                .header("anthropic-version", "2023-06-01"),
        };
        request.query(query)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        Ok(Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox must not be tested with the adapters' own client")]
fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    // Another test may have installed it already, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::new()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// Unix seconds as text.
fn seconds(text: &str) -> String {
    instant(text).timestamp().to_string()
}

/// A money value that is text or a number, `0E-6176` included.
fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if text.to_ascii_uppercase().starts_with("0E") { Decimal::ZERO } else { text.parse().expect("a decimal") }
}

/// Every subset of the names, the empty one first.
fn subsets<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    let chosen = |mask: usize| (0..names.len()).filter(move |bit| mask >> bit & 1 == 1);
    (0..1 << names.len()).map(|mask| chosen(mask).map(|bit| names[bit]).collect()).collect()
}
