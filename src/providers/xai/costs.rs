//! The feed `costs`: what each kind of use cost on each day.

use async_trait::async_trait;

use super::api::{Usage, question};
use super::convert;
use super::team::Team;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::http::{Ask, Body};

pub(super) struct Costs {
    pub(super) team: Team,
}

impl Costs {
    async fn usage(&self, team: &str, window: Window) -> Result<Usage, FetchError> {
        let body = Body::json(&question(window));
        let body = body.map_err(|error| FetchError::Malformed(format!("question cannot be written: {error}")))?;
        let path = format!("v1/billing/teams/{team}/usage");
        self.team.http.json(&Ask { name: Some("usage"), ..Ask::post(path, body) }).await
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// Nothing says when a day is final.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    /// An answer that is not whole is thrown away, and its days are asked for in halves.
    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let team = self.team.id().await?;
        let (mut records, mut windows) = (Vec::new(), vec![window]);
        while let Some(window) = windows.pop() {
            let usage = self.usage(&team, window).await?;
            if usage.limit_reached {
                let [first, second] = halves(window)?;
                windows.extend([second, first]);
            } else {
                records.extend(convert::costs(window, &usage.time_series)?);
            }
        }
        Ok(records)
    }
}

fn halves(window: Window) -> Result<[Window; 2], FetchError> {
    let middle = window.first().plus(window.len() / 2);
    let halves = Window::new(window.first(), middle).zip(Window::new(middle, window.end()));
    let whole = || FetchError::Malformed(format!("usage of {window} is cut off, and a day is the least to ask for"));
    halves.map(<[Window; 2]>::from).ok_or_else(whole)
}
