//! The feeds against Amazon on loopback: what they ask, what they make of documented answers, and with whose keys.

mod costs;
mod keys;
mod logs;
mod usage;

use serde_json::{Value, json};

use super::Config;
use crate::providers::account::{Account, Opened};
use crate::providers::http::loopback::{Loopback, Seen};

const KEYS: [&str; 2] = ["AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"];

/// An account at `server`, with more settings.
fn open(server: &Loopback, more: &Value) -> Opened {
    let mut settings = json!({ "endpoint_url": server.base_url, "regions": ["us-east-1"] });
    let (Some(all), Some(more)) = (settings.as_object_mut(), more.as_object()) else { panic!("no settings") };
    all.extend(more.clone());
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

fn with_keys(server: &Loopback) -> Opened {
    open(server, &json!({ "access_key_id": KEYS[0], "secret_access_key": KEYS[1] }))
}

/// The operation that a request asks for.
fn operation(asked: &Seen) -> &str {
    asked.header("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default()
}

fn body(asked: &Seen) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}
