//! Where a collector is, and what it wants to see before it takes anything.

use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Where spans and metrics go, and who says so.
#[derive(Debug, Clone)]
pub struct Otlp {
    /// Brings its time-out to connect and its TLS.
    pub client: reqwest::Client,
    pub endpoint: Endpoint,
    /// From [`headers`].
    pub headers: HeaderMap,
    /// `service.instance.id`: what tells this daemon from others, and stays the same when it is started again.
    pub instance: String,
}

/// A collector's address, such as `http://collector:4318`: the path `/v1/traces` comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Url);

/// The text is left out: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("must be an http or https address such as `http://collector:4318`, without credentials, query or fragment")]
pub struct NoEndpoint;

impl TryFrom<String> for Endpoint {
    type Error = NoEndpoint;

    fn try_from(text: String) -> Result<Self, NoEndpoint> {
        let url = Url::parse(&format!("{}/", text.trim().trim_end_matches('/'))).map_err(|_| NoEndpoint)?;
        let open = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && open && bare;
        usable.then_some(Self(url)).ok_or(NoEndpoint)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Endpoint {
    /// Where a signal goes, such as `traces`.
    pub(super) fn of(&self, signal: &str) -> String {
        format!("{}v1/{signal}", self.0)
    }
}

/// The text is left out: it is a secret.
#[derive(Debug, thiserror::Error)]
#[error("must be of the form `name=value,other=value`, with values percent-encoded")]
pub struct NoHeaders;

/// The headers in `text`, in the form of `OTEL_EXPORTER_OTLP_HEADERS`.
///
/// # Errors
///
/// Any part that is no header: a collector that refuses everything would be found much later.
pub fn headers(text: &SecretString) -> Result<HeaderMap, NoHeaders> {
    let parts = text.expose_secret().split(',').map(str::trim).filter(|part| !part.is_empty());
    let parse = |part: &str| {
        let (name, value) = part.split_once('=').ok_or(NoHeaders)?;
        let name: HeaderName = name.trim().parse().map_err(|_| NoHeaders)?;
        let value = percent_decode_str(value.trim()).decode_utf8().map_err(|_| NoHeaders)?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| NoHeaders)?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    parts.map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_plain_address_with_or_without_a_path() {
        let traces = |text: &str| Endpoint::try_from(text.to_owned()).map(|endpoint| endpoint.of("traces")).ok();
        assert_eq!(traces("http://collector:4318").as_deref(), Some("http://collector:4318/v1/traces"));
        assert_eq!(traces("https://otel.example/team/").as_deref(), Some("https://otel.example/team/v1/traces"));
        for wrong in [
            "",
            "collector:4318",
            "grpc://collector:4317",
            "http://me:secret@collector",
            "http://c/?key=1",
            "http://c/#x",
        ] {
            assert_eq!(traces(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn headers_are_decoded_and_never_printed() {
        let read = headers(&"authorization=Bearer%20hush, x-team = blue,".into()).unwrap();
        assert_eq!(read["authorization"], "Bearer hush");
        assert_eq!(read["x-team"], "blue");
        assert!(!format!("{read:?}").contains("hush"));
        for wrong in ["authorization", "a b=c", "x=%0d%0aevil: 1", "x=%ff"] {
            assert!(headers(&wrong.into()).is_err(), "{wrong}");
        }
    }
}
