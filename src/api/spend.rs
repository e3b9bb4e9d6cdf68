//! Spend by whatever people ask for. `from` is the first day and `to` the first day that is left out, both in UTC.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rust_decimal::Decimal;
use serde::Serialize;

use super::ApiState;
use super::error::ApiError;
use super::params::Params;
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use crate::store::reporting::{Dimension, Spend, SpendFilter, SpendGroup};

const PARAMETERS: [&str; 7] = ["from", "to", "group_by", "provider", "account", "project", "model"];
/// Three years.
const MAX_DAYS: u32 = 1096;
const MAX_ROWS: usize = 10_000;

#[derive(Serialize)]
pub(super) struct Answer {
    from: Day,
    /// Not included.
    to: Day,
    /// Of all amounts.
    currency: Currency,
    group_by: Vec<&'static str>,
    rows: Vec<Row>,
    total: Amounts,
}

/// Only the dimensions that were asked for are there; an empty text means that the provider does not tell.
#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(flatten)]
    amounts: Amounts,
}

/// Texts, because a float would not hold them.
#[derive(Serialize, Default)]
struct Amounts {
    spend: Decimal,
    /// Part of `spend` that may still change.
    provisional: Decimal,
    /// What the provider has billed of it.
    billed: Decimal,
    /// Charges without an exchange rate yet, which no amount here holds.
    unconverted_rows: i64,
}

struct Question {
    window: Window,
    group_by: Vec<Dimension>,
    filter: SpendFilter,
}

pub(super) async fn spend(State(state): State<ApiState>, uri: Uri) -> Result<Json<Answer>, ApiError> {
    let question = Question::parse(&Params::parse(&uri, &PARAMETERS)?, state.clock.today())?;
    let Question { window, group_by, filter } = &question;
    let limit = i64::try_from(MAX_ROWS + 1).unwrap_or(i64::MAX);
    let Spend { currency, groups } = state.store.spend(*window, group_by, filter, limit).await?;
    if groups.len() > MAX_ROWS {
        let error = ApiError::bad_query(format!("the answer has more than {MAX_ROWS} rows"));
        return Err(error.hint("group by fewer dimensions, or ask for fewer days"));
    }
    let mut total = Amounts::default();
    let mut rows = Vec::with_capacity(groups.len());
    for group in groups {
        let row = Row::from(group);
        total.add(&row.amounts);
        rows.push(row);
    }
    Ok(Json(Answer {
        from: window.first(),
        to: window.end(),
        currency,
        group_by: group_by.iter().map(|dimension| dimension.as_str()).collect(),
        rows,
        total,
    }))
}

impl Question {
    /// Without `from` and `to`: this month up to and with today.
    fn parse(params: &Params, today: Day) -> Result<Self, ApiError> {
        let from = day(params, "from")?.unwrap_or_else(|| today.month_start());
        let to = day(params, "to")?.unwrap_or_else(|| today.next());
        let window = Window::new(from, to).ok_or_else(|| {
            ApiError::bad_query("`from` is not before `to`").hint("`to` is the first day that is left out")
        })?;
        if window.len() > MAX_DAYS {
            return Err(ApiError::bad_query(format!("more than {MAX_DAYS} days")).hint("ask for fewer days"));
        }
        let mut group_by: Vec<Dimension> = Vec::new();
        for name in params.one("group_by")?.into_iter().flat_map(|names| names.split(',')) {
            let dimension = name.trim().parse().map_err(|error| {
                let known = Dimension::ALL.map(Dimension::as_str).join(", ");
                ApiError::bad_query(format!("{error}")).hint(format!("dimensions are {known}"))
            })?;
            if !group_by.contains(&dimension) {
                group_by.push(dimension);
            }
        }
        let filter = SpendFilter {
            provider: params.many("provider"),
            account: params.many("account"),
            project: params.many("project"),
            model: params.many("model"),
        };
        Ok(Self { window, group_by, filter })
    }
}

/// A day that the database can hold, and that an account can have been billed for.
fn day(params: &Params, name: &str) -> Result<Option<Day>, ApiError> {
    let Some(text) = params.one(name)? else { return Ok(None) };
    let day = text.parse::<Day>().ok().filter(|day| ("2000".."2200").contains(&day.to_string().as_str()));
    let error = || ApiError::bad_query(format!("`{name}` is no day")).hint("write it as 2026-11-22");
    day.map(Some).ok_or_else(error)
}

impl Amounts {
    fn add(&mut self, other: &Self) {
        self.spend = self.spend.saturating_add(other.spend);
        self.provisional = self.provisional.saturating_add(other.provisional);
        self.billed = self.billed.saturating_add(other.billed);
        self.unconverted_rows += other.unconverted_rows;
    }
}

impl From<SpendGroup> for Row {
    fn from(group: SpendGroup) -> Self {
        Self {
            day: group.day,
            month: group.month.map(|month| month.date().format("%Y-%m").to_string()),
            provider: group.provider,
            account: group.account,
            project: group.project,
            project_name: group.project_name,
            model: group.model,
            service_tier: group.service_tier,
            token_type: group.token_type,
            api_key: group.api_key,
            user: group.user,
            amounts: Amounts {
                spend: group.spend.normalize(),
                provisional: group.provisional.normalize(),
                billed: group.billed.normalize(),
                unconverted_rows: group.unconverted,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_parameter_and_limit() {
        let document = include_str!("../../docs/api.md");
        let dimensions = Dimension::ALL.map(|dimension| format!("`{}`", dimension.as_str())).join(", ");
        assert!(document.contains(&format!("commas: {dimensions} |")), "{dimensions}");
        for parameter in PARAMETERS {
            assert!(document.lines().any(|line| line.starts_with("| `") && line.contains(&format!("`{parameter}`"))));
        }
        assert!(document.contains(&format!("At most {MAX_DAYS} days and {MAX_ROWS} rows.")));
    }
}
