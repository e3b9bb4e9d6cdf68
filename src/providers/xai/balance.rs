//! The feed `balance`: prepaid credit that is left.

use async_trait::async_trait;
use rust_decimal::Decimal;

use super::api::PrepaidBalance;
use super::team::Team;
use crate::domain::money::Money;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::providers::feed::{FetchError, Gauge};
use crate::providers::http::Ask;

pub(super) struct Balance {
    pub(super) team: Team,
}

#[async_trait]
impl Gauge for Balance {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let path = format!("v1/billing/teams/{}/prepaid/balance", self.team.id().await?);
        let answer: PrepaidBalance =
            self.team.http.json(&Ask { name: Some("prepaid/balance"), ..Ask::get(path) }).await?;
        // The vendor's books: credit is below zero, in cents.
        let left = answer.total.map(|total| Money::usd(-total.val.0 / Decimal::ONE_HUNDRED));
        let readings = left.map(|left| Snapshot { scope: String::new(), reading: Reading::Balance(left) });
        Ok(readings.into_iter().collect())
    }
}
