//! The columns of an export, the same in all formats.

use crate::store::reporting::ExportRow;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Words that people or vendors chose.
    Text(&'a str),
    /// Our own words, days and decimals: never more than they look like.
    Plain(String),
    Flag(bool),
    /// A JSON object.
    Object(&'a str),
    Nothing,
}

/// What the columns are called, in order; `docs/export.md` says what they mean.
pub(super) const NAMES: [&str; 30] = [
    "day",
    "provider",
    "account",
    "project",
    "project_name",
    "api_key",
    "api_key_name",
    "user",
    "user_name",
    "model",
    "service_tier",
    "meter",
    "line_item",
    "category",
    "billing",
    "basis",
    "provisional",
    "unpriced",
    "quantity",
    "currency",
    "amount",
    "billed",
    "estimated_usd",
    "amount_usd",
    "billed_usd",
    "tags",
    "reporting_currency",
    "amount_reported",
    "billed_reported",
    "estimated_reported",
];

/// The values of a row in the order of [`NAMES`].
pub(super) fn cells(row: &ExportRow) -> [Cell<'_>; 30] {
    let optional = |text: &'_ Option<String>| text.clone().map_or(Cell::Nothing, Cell::Plain);
    [
        Cell::Plain(row.day.to_string()),
        Cell::Text(&row.provider),
        Cell::Text(&row.account),
        Cell::Text(&row.project),
        Cell::Text(&row.project_name),
        Cell::Text(&row.api_key),
        Cell::Text(&row.api_key_name),
        Cell::Text(&row.user_id),
        Cell::Text(&row.user_name),
        Cell::Text(&row.model),
        Cell::Text(&row.service_tier),
        optional(&row.meter),
        row.line_item.as_deref().map_or(Cell::Nothing, Cell::Text),
        Cell::Plain(row.category.clone()),
        Cell::Plain(row.billing.clone()),
        Cell::Plain(row.basis.clone()),
        Cell::Flag(row.provisional),
        Cell::Flag(row.unpriced),
        Cell::Plain(row.quantity.clone()),
        Cell::Plain(row.currency.clone()),
        Cell::Plain(row.amount.clone()),
        Cell::Plain(row.billed.clone()),
        optional(&row.estimated_usd),
        optional(&row.amount_usd),
        optional(&row.billed_usd),
        Cell::Object(&row.tags),
        Cell::Plain(row.reporting_currency.clone()),
        optional(&row.amount_reported),
        optional(&row.billed_reported),
        optional(&row.estimated_reported),
    ]
}
