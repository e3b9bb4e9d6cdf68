//! One request and its answer.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use secrecy::SecretString;

use super::failure::{Failure, Refusal};
use super::scrub::scrub;
use super::{Answer, Ask, Body, Http, Outgoing, Proof, client, refusal, retry};
use crate::providers::feed::FetchError;

/// More of an error page tells nobody anything.
const MAX_ERROR_BODY: usize = 64 << 10;

/// A request, but for its proof.
pub(super) struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Body>,
}

impl Request {
    pub(super) fn outgoing(&self) -> Outgoing<'_> {
        let body = self.body.as_ref().map_or(&[][..], |body| &body.bytes);
        Outgoing { method: &self.method, url: &self.url, headers: &self.headers, body }
    }

    /// What no text may repeat.
    pub(super) fn secrets(&self, proof: &Proof) -> Vec<SecretString> {
        let in_body = self.body.iter().flat_map(|body| &body.secrets);
        in_body.chain(&proof.secrets).cloned().collect()
    }
}

impl Http {
    pub(super) fn request(&self, ask: &Ask) -> Result<Request, FetchError> {
        let elsewhere =
            || FetchError::Malformed("the next page is on another server, which is not followed".to_owned());
        let mut url = self.base.join(ask.path.trim_start_matches('/')).map_err(|_| elsewhere())?;
        // A key goes to the server that it was meant for and to no other.
        if url.origin() != self.base.origin() {
            return Err(elsewhere());
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        let mut headers = self.headers.clone();
        headers.extend(ask.headers.clone());
        if let Some(body) = &ask.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(body.content_type));
        }
        Ok(Request { method: ask.method(), url, headers, body: ask.body.clone() })
    }

    pub(super) async fn exchange(
        &self,
        request: &Request,
        proof: &Proof,
        secrets: &[SecretString],
    ) -> Result<Answer, Failure> {
        let sent = self.client.request(request.method.clone(), request.url.clone()).timeout(self.limits.timeout);
        let sent = sent.headers(request.headers.clone()).headers(proof.headers.clone());
        let sent = match &request.body {
            Some(body) => sent.body(body.bytes.clone()),
            None => sent,
        };
        let mut response = sent.send().await.map_err(|error| network(error, secrets))?;
        let status = response.status();
        if status.is_success() {
            let headers = response.headers().clone();
            let body = read(&mut response, self.limits.max_body, secrets).await?;
            return Ok(Answer { status: status.as_u16(), headers, body });
        }
        let asked_wait = retry::asked_wait(response.headers(), self.clock.now());
        let should_retry = retry::should_retry(response.headers());
        // The status says enough where the text does not arrive.
        let body = read(&mut response, self.limits.max_body.min(MAX_ERROR_BODY), secrets).await.unwrap_or_default();
        Err(Failure::Refused(Refusal {
            status: status.as_u16(),
            verdict: (self.judge)(status.as_u16(), &body),
            message: refusal::message(&body, secrets),
            asked_wait,
            should_retry,
        }))
    }
}

/// The decompressed body, as long as it stays within `limit` bytes.
async fn read(response: &mut reqwest::Response, limit: usize, secrets: &[SecretString]) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| network(error, secrets))? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn network(error: reqwest::Error, secrets: &[SecretString]) -> Failure {
    if error.is_timeout() { Failure::Timeout } else { Failure::Network(scrub(&client::causes(error), secrets)) }
}

/// The label `code`: a status, or why there is none.
pub(super) fn code(result: &Result<Answer, Failure>) -> String {
    match result {
        Ok(answer) => answer.status.to_string(),
        Err(Failure::Refused(refusal)) => refusal.status.to_string(),
        Err(Failure::Timeout) => "timeout".to_owned(),
        Err(Failure::Network(_)) => "network".to_owned(),
        Err(Failure::TooLarge(_)) => "too_large".to_owned(),
    }
}
