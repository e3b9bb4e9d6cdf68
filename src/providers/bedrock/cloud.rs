//! Amazon's services: where they are, by what name requests are signed for them, and how they are asked.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::keys::vault::Vault;
use super::refusal::{explain, judge};
use super::sign::{Scope, Signed};
use crate::domain::clock::Clock;
use crate::domain::names::AccountName;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Auth, Body, Http, HttpConfig, Page, SetupError, Wire};

/// Between the starts of two requests for what is in a bucket.
const S3_GAP: Duration = Duration::from_millis(10);
/// How many of them there are at a time.
pub(super) const S3_AT_ONCE: usize = 4;

/// All connections of an account are made here, with the same keys.
pub(super) struct Cloud<'a> {
    wire: &'a Wire,
    /// One address for all services, as of a stand-in.
    endpoint: Option<&'a str>,
    vault: Arc<Vault>,
}

impl<'a> Cloud<'a> {
    pub(super) fn new(wire: &'a Wire, endpoint: Option<&'a str>, vault: Vault) -> Self {
        Self { wire, endpoint, vault: Arc::new(vault) }
    }

    /// Cost Explorer is in one region of each partition.
    pub(super) fn cost_explorer(&self, region: &str) -> Result<Rpc, SetupError> {
        let home = match partition(region) {
            Partition::Commercial => "us-east-1",
            Partition::China => "cn-northwest-1",
            Partition::Government => "us-gov-west-1",
            Partition::European => "eusc-de-east-1",
        };
        let http = self.connect("ce", home)?;
        Ok(Rpc {
            http,
            content_type: "application/x-amz-json-1.1",
            target: "AWSInsightsIndexService",
            region: home.into(),
        })
    }

    pub(super) fn cloudwatch(&self, region: &str) -> Result<Rpc, SetupError> {
        let http = self.connect("monitoring", region)?;
        let (content_type, target) = ("application/x-amz-json-1.0", "GraniteServiceVersion20100801");
        Ok(Rpc { http, content_type, target, region: region.to_owned() })
    }

    pub(super) fn sts(&self, region: &str) -> Result<Http, SetupError> {
        self.connect("sts", region)
    }

    /// A bucket, whose server answers thousands of requests a second.
    pub(super) fn s3(&self, bucket: &str, region: &str) -> Result<Http, SetupError> {
        let address = bucket_address(self.endpoint, bucket, region);
        let mut wire = self.wire.clone();
        wire.limits.min_gap = wire.limits.min_gap.min(S3_GAP);
        wire.limits.max_concurrent = wire.limits.max_concurrent.max(S3_AT_ONCE);
        self.connect_to(&wire, &address, "s3", region)
    }

    pub(super) fn account(&self) -> &AccountName {
        &self.wire.account
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.wire.clock
    }

    fn connect(&self, service: &'static str, region: &str) -> Result<Http, SetupError> {
        let usual = || format!("https://{service}.{region}.{}", partition(region).domain());
        let address = self.endpoint.map_or_else(usual, str::to_owned);
        self.connect_to(self.wire, &address, service, region)
    }

    fn connect_to(&self, wire: &Wire, address: &str, service: &'static str, region: &str) -> Result<Http, SetupError> {
        let scope = Scope { service, region: region.to_owned() };
        let auth = Auth::of(Signed::new(scope, Arc::clone(&self.vault), wire.clock.clone()));
        Http::new(HttpConfig { judge, ..wire.to(address, auth) })
    }
}

/// Where a bucket is asked.
fn bucket_address(endpoint: Option<&str>, bucket: &str, region: &str) -> String {
    let domain = partition(region).domain();
    match endpoint {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        // Certificates are good for names without a further dot.
        None if bucket.contains('.') => format!("https://s3.{region}.{domain}/{bucket}"),
        None => format!("https://{bucket}.s3.{region}.{domain}"),
    }
}

/// A part of Amazon's cloud that shares neither keys nor bills with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Partition {
    Commercial,
    China,
    Government,
    European,
}

fn partition(region: &str) -> Partition {
    match region.split('-').next() {
        Some("cn") => Partition::China,
        Some("us") if region.starts_with("us-gov-") => Partition::Government,
        Some("eusc") => Partition::European,
        _ => Partition::Commercial,
    }
}

impl Partition {
    fn domain(self) -> &'static str {
        match self {
            Self::Commercial | Self::Government => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::European => "amazonaws.eu",
        }
    }
}

/// A service that is asked for operations in JSON.
pub(super) struct Rpc {
    http: Http,
    content_type: &'static str,
    target: &'static str,
    pub(super) region: String,
}

impl Rpc {
    /// All items of all pages of the answer; `cursor` is the field of `body` that asks for the next one.
    ///
    /// # Errors
    ///
    /// As [`Http::pages`], with what the keys lack where they are refused.
    pub(super) async fn pages<P: Page>(
        &self,
        operation: &'static str,
        body: &Value,
        cursor: &str,
    ) -> Result<Vec<P::Item>, FetchError> {
        let target = HeaderValue::try_from(format!("{}.{operation}", self.target)).map_err(|error| {
            // An operation is a name of ours.
            FetchError::Malformed(error.to_string())
        })?;
        let ask = |body: &Value| Ask {
            name: Some(operation),
            headers: HeaderMap::from_iter([(HeaderName::from_static("x-amz-target"), target.clone())]),
            ..Ask::post("", Body::bytes(self.content_type, body.to_string().into_bytes()))
        };
        let next = |token: String| {
            let mut body = body.clone();
            body[cursor] = Value::String(token);
            ask(&body)
        };
        self.http.pages_by::<P>(&ask(body), next).await.map_err(explain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_in_one_partition() {
        for (region, domain) in [
            ("us-east-1", "amazonaws.com"),
            ("eu-central-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ] {
            assert_eq!(partition(region).domain(), domain, "{region}");
        }
        assert_eq!(partition("us-gov-west-1"), Partition::Government);
    }

    #[test]
    fn a_bucket_has_a_server_of_its_own_where_its_name_allows() {
        for (endpoint, bucket, region, expected) in [
            (None, "acme-logs", "eu-central-1", "https://acme-logs.s3.eu-central-1.amazonaws.com"),
            (None, "logs.acme.com", "us-east-1", "https://s3.us-east-1.amazonaws.com/logs.acme.com"),
            (None, "acme-logs", "cn-north-1", "https://acme-logs.s3.cn-north-1.amazonaws.com.cn"),
            (Some("http://127.0.0.1:9000/"), "acme-logs", "us-east-1", "http://127.0.0.1:9000/acme-logs"),
        ] {
            assert_eq!(bucket_address(endpoint, bucket, region), expected);
        }
    }
}
