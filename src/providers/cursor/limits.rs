//! `limits`: how much of their spending limits members have used in the billing cycle.

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde_json::json;

use super::api::{MemberSpend, SpendPage};
use super::desk::Desk;
use crate::domain::money::Currency;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::providers::feed::{FetchError, Gauge};

const PAGE_SIZE: u32 = 100;
/// No honest list is longer.
const MAX_PAGES: u32 = 1000;

pub(super) struct Limits {
    pub(super) desk: Desk,
}

#[async_trait]
impl Gauge for Limits {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let mut readings = Vec::new();
        for page in 1..=MAX_PAGES {
            let question = json!({ "page": page, "pageSize": PAGE_SIZE });
            let answer: SpendPage = self.desk.post("teams/spend", &question).await?;
            readings.extend(answer.team_member_spend.iter().filter_map(reading));
            // A page without anybody ends the list, whatever it says.
            let is_last = answer.total_pages.is_none_or(|pages| pages.0 <= page.into());
            if is_last || answer.team_member_spend.is_empty() {
                return Ok(readings);
            }
        }
        Err(FetchError::Malformed("teams/spend does not come to an end of its pages".to_owned()))
    }
}

/// The quota of a member who has a limit.
fn reading(member: &MemberSpend) -> Option<Snapshot> {
    let limit = member.effective_per_user_limit_dollars.or(member.monthly_limit_dollars)?;
    let reading = Reading::Quota {
        unit: Currency::USD.to_string(),
        used: member.spend_cents.0 * Decimal::new(1, 2),
        limit: Some(limit.0),
        // When the cycle began is told, when it ends is not.
        resets_at: None,
    };
    Some(Snapshot { scope: member.email.clone()?, reading })
}
