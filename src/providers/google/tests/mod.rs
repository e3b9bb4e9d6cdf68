//! The feeds against Google on loopback: what they ask, and what they make of the documented answers.

mod costs;
mod grants;
mod reports;
mod settings;
mod usage;

use std::time::Duration;

use serde_json::{Value, json};

use super::Config;
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::Limits;
use crate::providers::http::loopback::{Loopback, Seen, reply};

const TOKEN: &str = r#"{"access_token":"ya29.c.test","expires_in":3599,"token_type":"Bearer"}"#;
const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
const QUERIES: &str = "/bigquery/v2/projects/shop/queries";
const JOB: &str = "/bigquery/v2/projects/shop/queries/job_abc";
const SERIES: &str = "/v3/projects/shop/timeSeries";

/// A machine of Google's, on which nothing but `answer` has to be asked for.
async fn google(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |seen, _| {
        let (status, body) = if seen.path == METADATA { (200, TOKEN.to_owned()) } else { answer(seen) };
        reply(status, body)
    })
    .await
}

fn settings(server: &Loopback, more: Value) -> Config {
    let mut settings = json!({
        "project": "shop",
        "billing_table": "shop.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01",
        "bigquery_url": server.base_url,
        "monitoring_url": server.base_url,
        "optimize_url": server.base_url,
        "metadata_url": server.base_url,
    });
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
    serde_json::from_value(settings).unwrap()
}

fn feed(server: &Loopback, more: Value, name: &str) -> FeedKind {
    let mut wire = server.wire();
    wire.limits = Limits {
        max_attempts: 1,
        min_gap: Duration::ZERO,
        backoff_base: Duration::from_millis(1),
        ..Limits::default()
    };
    let opened = settings(server, more).open(&wire).unwrap();
    opened.feeds.into_iter().find(|feed| feed.name.0 == name).unwrap().kind
}

async fn usage(server: &Loopback, name: &str, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
    let FeedKind::Usage(_, feed) = feed(server, json!({}), name) else { panic!("{name} is a usage feed") };
    feed.fetch(window).await
}

/// The days from `first` to `last`, both included.
fn days(first: &str, last: &str) -> Window {
    Window::new(first.parse().unwrap(), last.parse::<Day>().unwrap().next()).unwrap()
}
