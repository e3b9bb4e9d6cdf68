//! One question to a vendor, and its answer.

use std::fmt;

use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde::Serialize;

/// A request below the connection's base address: a GET, or with a body a POST. Vendors are only ever asked; a POST that
/// fails is repeated like a GET.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// What errors and logs call the request where its path does not tell, such as an operation of an RPC.
    pub name: Option<&'static str>,
    /// Another method than the body tells, such as the PUT by which machines of a cloud ask for a token.
    pub method: Option<Method>,
    /// Without a leading slash, such as `v1/organization/costs`; or a whole address on the same server, as some vendors
    /// give for the next page.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Beyond the connection's own headers.
    pub headers: HeaderMap,
    pub body: Option<Body>,
}

impl Ask {
    /// A plain GET of `path`.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// A POST of `body` to `path`.
    #[must_use]
    pub fn post(path: impl Into<String>, body: Body) -> Self {
        Self { path: path.into(), body: Some(body), ..Self::default() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn method(&self) -> Method {
        let usual = if self.body.is_some() { Method::POST } else { Method::GET };
        self.method.clone().unwrap_or(usual)
    }
}

/// What a POST carries.
#[derive(Clone)]
pub struct Body {
    pub(super) content_type: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) secrets: Vec<SecretString>,
}

impl Body {
    /// # Errors
    ///
    /// A value that JSON has no form for.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self { content_type: "application/json", bytes: serde_json::to_vec(value)?, secrets: Vec::new() })
    }

    /// JSON under a name of the vendor's own, such as `application/x-amz-json-1.1`.
    #[must_use]
    pub fn bytes(content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { content_type, bytes, secrets: Vec::new() }
    }

    /// `application/x-www-form-urlencoded`, holding `secrets` that no text may repeat.
    #[must_use]
    pub fn form(fields: &[(&str, &str)], secrets: Vec<SecretString>) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self { content_type: "application/x-www-form-urlencoded", bytes: text.into_bytes(), secrets }
    }
}

impl fmt::Debug for Body {
    /// Without the content, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.bytes.len(), self.content_type)
    }
}

/// A vendor's success.
#[derive(Debug)]
pub struct Answer {
    /// 200 to 299.
    pub status: u16,
    pub headers: HeaderMap,
    /// Decompressed.
    pub body: Vec<u8>,
}
