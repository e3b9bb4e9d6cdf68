//! Keys of a machine's role, from its metadata (IMDSv2: nothing is told without a token).

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::vault::{Keys, Source};
use super::{Lent, nearby, not_found};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Auth, Http, SetupError, Wire, secret_header};

const ROLES: &str = "latest/meta-data/iam/security-credentials/";

pub(super) struct Instance {
    http: Http,
}

impl Instance {
    pub(super) fn new(wire: &Wire, url: &str) -> Result<Self, SetupError> {
        Ok(Self { http: Http::new(nearby(wire).to(url, Auth::none()))? })
    }

    async fn text(&self, ask: &Ask) -> Result<String, FetchError> {
        let answer = self.http.fetch(ask).await?;
        Ok(String::from_utf8_lossy(&answer.body).trim().to_owned())
    }

    async fn ask(&self) -> Result<Keys, FetchError> {
        let seconds = (HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds"), HeaderValue::from_static("60"));
        let headers = HeaderMap::from_iter([seconds]);
        let token = Ask { method: Some(Method::PUT), headers, ..Ask::get("latest/api/token") };
        let token = secret_header(&self.text(&token).await?)?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-aws-ec2-metadata-token"), token)]);
        let with_token = |path: String| Ask { headers: headers.clone(), ..Ask::get(path) };
        let roles = self.text(&with_token(ROLES.to_owned())).await?;
        let role = roles.lines().next().unwrap_or_default();
        let lent: Lent = self.http.json(&with_token(format!("{ROLES}{role}"))).await?;
        Ok(lent.into())
    }
}

#[async_trait]
impl Source for Instance {
    async fn load(&self) -> Result<Keys, FetchError> {
        self.ask().await.map_err(|error| not_found("the metadata of this machine", error))
    }
}
