//! Keys of a role that other keys may take on, such as one in the account that pays.

use async_trait::async_trait;

use super::vault::{Keys, Source};
use crate::providers::bedrock::refusal::explain;
use crate::providers::bedrock::xml;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Body, Http};

/// What the vendor's own log calls us.
const SESSION_NAME: &str = "llmtally";

pub(super) struct Role {
    /// Signs with the keys that take on the role.
    sts: Http,
    arn: String,
    external_id: Option<String>,
}

impl Role {
    pub(super) fn new(sts: Http, arn: String, external_id: Option<String>) -> Self {
        Self { sts, arn, external_id }
    }
}

#[async_trait]
impl Source for Role {
    async fn load(&self) -> Result<Keys, FetchError> {
        let name = "AssumeRole";
        let mut fields = vec![
            ("Action", name),
            ("Version", "2011-06-15"),
            ("RoleArn", self.arn.as_str()),
            ("RoleSessionName", SESSION_NAME),
        ];
        fields.extend(self.external_id.as_deref().map(|id| ("ExternalId", id)));
        let ask = Ask { name: Some(name), ..Ask::post("", Body::form(&fields, Vec::new())) };
        let answer = self.sts.fetch(&ask).await.map_err(explain)?;
        keys(&String::from_utf8_lossy(&answer.body))
            .ok_or_else(|| FetchError::Malformed(format!("answer of {name} is not as documented")))
    }
}

fn keys(xml: &str) -> Option<Keys> {
    let text = |name| xml::text(xml, name);
    Some(Keys {
        id: text("AccessKeyId")?,
        secret: text("SecretAccessKey")?.into(),
        session_token: Some(text("SessionToken")?.into()),
        expires_at: Some(text("Expiration")?.parse().ok()?),
    })
}
