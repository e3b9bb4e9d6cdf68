//! The feed `costs`: what Azure bills, by day, account and meter.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::api::Row;
use super::arm::Arm;
use super::convert;
use super::question::{self, Detail, Shop};
use super::settings::{Id, Subscriptions};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::http::Body;

pub(super) struct Costs {
    arm: Arm,
    subscriptions: Subscriptions,
    /// Of whose agreements it was said that they tell fewer details; once is enough.
    told: Mutex<Vec<Id>>,
}

impl Costs {
    pub(super) fn new(arm: Arm, subscriptions: Subscriptions) -> Self {
        Self { arm, subscriptions, told: Mutex::default() }
    }

    /// Asks again for less where an agreement refuses details: a model less may be known, but no cent less billed.
    async fn rows(&self, subscription: &Id, window: Window, shop: Shop) -> Result<Vec<Row>, FetchError> {
        match self.ask(subscription, window, shop, Detail::Full).await {
            Err(FetchError::Rejected { status: 400, message }) => {
                self.tell(subscription, &message);
                self.ask(subscription, window, shop, Detail::Plain).await
            }
            answer => answer,
        }
    }

    fn tell(&self, subscription: &Id, said: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(subscription) {
            tracing::info!(%subscription, said, "azure refuses details of this agreement's costs, asking without");
            told.push(subscription.clone());
        }
    }

    async fn ask(&self, subscription: &Id, window: Window, shop: Shop, detail: Detail) -> Result<Vec<Row>, FetchError> {
        let body = Body::json(&question::body(window, shop, detail));
        let body = body.map_err(|error| FetchError::Malformed(format!("question for costs: {error}")))?;
        self.arm.query(&question::first_page(subscription, body.clone()), &body).await
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            days_per_fetch: 30,
            settles_after_days: 5,
            // 37 months, to the day.
            history_days: Some(1_095),
            // Reserved capacity is paid for by the hour, whatever is done with it.
            leaves_out: &["provisioned"],
            ..FeedPolicy::USUAL
        }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut records = Vec::new();
        for subscription in self.subscriptions.iter() {
            for shop in [Shop::Accounts, Shop::Marketplace] {
                for row in self.rows(subscription, window, shop).await? {
                    records.extend(convert::cost(&row, shop)?.filter(|record| holds(window, record)));
                }
            }
        }
        Ok(records)
    }
}

/// Azure may shift a period that it does not like instead of refusing it.
fn holds(window: Window, record: &CostRecord) -> bool {
    let inside = window.contains(Day::of(record.at));
    if !inside {
        tracing::warn!(at = %record.at, %window, "cost outside the window left out");
    }
    inside
}
