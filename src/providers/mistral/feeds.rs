//! The feeds: `costs`, `usage`, `usage.workspaces`, `directory` and `limits`.

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::admin::Admin;
use super::api::{Limit, SpendLimits};
use super::convert;
use crate::domain::cost::CostRecord;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::domain::period::{Day, Window};
use crate::domain::snapshot::{Reading, Snapshot};
use crate::domain::usage::UsageRecord;
use crate::providers::account::Identity;
use crate::providers::feed::{Directory, Feed, FeedPolicy, FetchError, Gauge};
use crate::providers::http::Ask;

/// `costs`: paid units times their price.
pub(super) struct Costs {
    pub(super) admin: Admin,
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// One question is for a month.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut records = Vec::new();
        for (month, rows) in self.admin.months(window, None).await? {
            convert::unpriced(&month, &rows).iter().for_each(|line_item| self.admin.miss_price(line_item));
            records.extend(convert::costs(&month, &rows)?);
        }
        Ok(records)
    }
}

/// `usage`: all units, free ones too.
pub(super) struct Usage {
    pub(super) admin: Admin,
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let rows = self.admin.months(window, None).await?.into_iter().flat_map(|(_, rows)| rows);
        Ok(rows.filter_map(|(day, row)| convert::usage(day, &row, None)).collect())
    }
}

/// `usage.workspaces`: the same once more, workspace by workspace.
pub(super) struct Workspaces {
    pub(super) admin: Admin,
}

#[async_trait]
impl Feed<UsageRecord> for Workspaces {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut records = Vec::new();
        for workspace in self.admin.workspaces().await? {
            let months = self.admin.months(window, Some(&workspace.id)).await?;
            let rows = months.into_iter().flat_map(|(_, rows)| rows);
            records.extend(rows.filter_map(|(day, row)| convert::usage(day, &row, Some(&workspace.id))));
        }
        Ok(records)
    }
}

/// `directory`, and whose the account is: no answer names the organisation, and its workspaces are nobody else's.
pub(super) struct Names {
    pub(super) admin: Admin,
}

#[async_trait]
impl Identity for Names {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(self.admin.workspaces().await?.into_iter().map(|workspace| workspace.id).collect())
    }
}

#[async_trait]
impl Directory for Names {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let workspaces = self.admin.workspaces().await?.into_iter();
        let entries = workspaces.filter_map(|workspace| {
            Some(DirectoryEntry { kind: DirectoryKind::Project, id: workspace.id, name: workspace.name? })
        });
        Ok(entries.collect())
    }
}

/// `limits`: this month's spend, as the vendor reckons it, and how much there may be.
pub(super) struct SpendLimit {
    pub(super) admin: Admin,
}

#[async_trait]
impl Gauge for SpendLimit {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let answer: SpendLimits = self.admin.get(&Ask::get("spend-limit")).await?;
        readings(&answer, self.admin.today())
    }
}

pub(super) fn readings(answer: &SpendLimits, today: Day) -> Result<Vec<Snapshot>, FetchError> {
    let malformed = |what: String| FetchError::Malformed(format!("answer of spend-limit is not as documented: {what}"));
    let mut readings = Vec::new();
    for (kind, limit) in answer.limits.kinds.iter().filter(|(_, limit)| limit.get("no_monthly_limit").is_some()) {
        let limit = Limit::deserialize(limit).map_err(|error| malformed(error.to_string()))?;
        let currency = answer.limits.currency.ok_or_else(|| malformed("there is no currency".to_owned()))?;
        let unlimited = limit.no_monthly_limit == Some(true);
        let reading = Reading::Quota {
            unit: currency.to_string(),
            used: limit.total_usage.or(limit.usage).map_or(Decimal::ZERO, |used| used.0),
            limit: limit.usage_limit.filter(|_| !unlimited).map(|limit| limit.0),
            resets_at: Some(today.plus_months(1).start()),
        };
        readings.push(Snapshot { scope: kind.clone(), reading });
    }
    Ok(readings)
}
