//! Keys of a container, as ECS and EKS Pod Identity give them.

use async_trait::async_trait;
use reqwest::Url;
use reqwest::header::AUTHORIZATION;

use super::vault::{Keys, Source};
use super::{Lent, nearby, not_found};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Auth, Credential, Http, SetupError, Wire};

pub(super) struct Container {
    http: Http,
    address: String,
}

impl Container {
    pub(super) fn new(wire: &Wire, url: &str, token: Option<Credential>) -> Result<Self, SetupError> {
        let auth = token.map_or_else(Auth::none, |token| Auth::header(AUTHORIZATION, token));
        let server = Url::parse(url).map_err(|_| SetupError::BaseUrl)?.origin().ascii_serialization();
        Ok(Self { http: Http::new(nearby(wire).to(&server, auth))?, address: url.to_owned() })
    }
}

#[async_trait]
impl Source for Container {
    async fn load(&self) -> Result<Keys, FetchError> {
        let ask = Ask { name: Some("container credentials"), ..Ask::get(&self.address) };
        let lent: Lent = self.http.json(&ask).await.map_err(|error| not_found("the container", error))?;
        Ok(lent.into())
    }
}
