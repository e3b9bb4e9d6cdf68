//! Cursor's answers, as far as they are read. Any number may come as text; amounts are cents, with fractions.

use serde::Deserialize;

use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// A page of `POST /teams/filtered-usage-events`, the newest events first.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sheet {
    /// Of all pages.
    pub(super) total_usage_events_count: Option<Number>,
    pagination: Pagination,
    pub(super) usage_events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    has_next_page: bool,
    /// The first is 1.
    current_page: Option<Number>,
}

/// One request to a model.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    /// Milliseconds since 1970.
    pub(super) timestamp: Number,
    /// Absent for service accounts.
    pub(super) user_email: Option<String>,
    pub(super) model: Option<String>,
    /// How it is paid for, in words: `Usage-based`, `Included in Business`, …
    pub(super) kind: Option<String>,
    /// Absent from older answers.
    pub(super) is_chargeable: Option<bool>,
    pub(super) is_free_bugbot: Option<bool>,
    /// Absent where the event is not charged by its tokens.
    pub(super) token_usage: Option<TokenUsage>,
    /// With Cursor's fee; absent from older answers.
    pub(super) charged_cents: Option<Number>,
    pub(super) cursor_token_fee: Option<Number>,
}

/// Disjoint counts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenUsage {
    pub(super) input_tokens: Option<Number>,
    pub(super) output_tokens: Option<Number>,
    pub(super) cache_write_tokens: Option<Number>,
    pub(super) cache_read_tokens: Option<Number>,
    /// Without Cursor's fee.
    pub(super) total_cents: Option<Number>,
}

impl Page for Sheet {
    type Item = Self;

    fn into_parts(self) -> PageParts<Self> {
        let has_more = self.pagination.has_next_page;
        let next = self.pagination.current_page.and_then(|page| u64::try_from(page.0).ok()?.checked_add(1));
        PageParts { items: vec![self], has_more, cursor: next.map(|page| page.to_string()) }
    }
}

/// `GET /teams/members`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberList {
    pub(super) team_members: Vec<Member>,
}

/// One who is or was a member.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

/// A page of `POST /teams/spend`: of the billing cycle that runs now.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpendPage {
    pub(super) team_member_spend: Vec<MemberSpend>,
    pub(super) total_pages: Option<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberSpend {
    pub(super) email: Option<String>,
    /// Beyond what the plan includes, which is what limits are for.
    pub(super) spend_cents: Number,
    /// The limit that holds, wherever it was set.
    pub(super) effective_per_user_limit_dollars: Option<Number>,
    pub(super) monthly_limit_dollars: Option<Number>,
}

/// `GET /teams/audit-logs`, which repeats what it was asked for.
#[derive(Debug, Deserialize)]
pub(super) struct AuditLog {
    pub(super) params: Option<AuditParams>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditParams {
    pub(super) team_id: Option<Number>,
}
