//! `costs`: inference and jobs, asked for day by day.

use async_trait::async_trait;
use rust_decimal::Decimal;

use super::api::Sums;
use super::billing::Billing;
use super::convert::{self, Credit, Unit};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

pub(super) struct Costs {
    pub(super) billing: Billing,
}

impl Costs {
    /// What the month of `day` has used of its credit before the day.
    async fn credit_before(&self, day: Day) -> Result<Credit, FetchError> {
        let month = day.month_start();
        if month == day {
            return Ok(Credit::default());
        }
        let sums = self.billing.sums(month.start(), day.start()).await?;
        Ok(Credit::after(inference_dollars(&sums)))
    }
}

fn inference_dollars(sums: &Sums) -> Decimal {
    sums.inference_providers.as_ref().map_or(Decimal::ZERO, |inference| Unit::Nano.dollars(inference.used_nano_usd))
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut credit = self.credit_before(window.first()).await?;
        let mut records = Vec::new();
        for day in window.days() {
            if day == day.month_start() {
                credit = Credit::default();
            }
            let sums = self.billing.sums(day.start(), day.end()).await?;
            records.extend(sums.inference_providers.iter().flat_map(|used| convert::inference(day, used, &mut credit)));
            records.extend(sums.jobs.as_ref().and_then(|jobs| convert::jobs(day, jobs)));
        }
        Ok(records)
    }
}
