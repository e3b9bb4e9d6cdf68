//! From Fireworks's lines to our records. Which categories and series there are is not documented.

use rust_decimal::Decimal;

use super::api::LineItem;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::usage::Dimensions;
use crate::providers::feed::FetchError;
use crate::providers::words;

/// What the account is charged for on the day.
pub(super) fn costs(slug: &str, day: Day, lines: &[LineItem]) -> Result<Vec<CostRecord>, FetchError> {
    lines.iter().map(|line| cost(slug, day, line)).collect()
}

fn cost(slug: &str, day: Day, line: &LineItem) -> Result<CostRecord, FetchError> {
    let amount = line.total_cost.value();
    let amount = amount.ok_or_else(|| FetchError::Malformed(format!("cost of {day} is beyond all bounds")))?;
    let kind = kind(line);
    Ok(CostRecord {
        at: day.start(),
        dims: Dimensions {
            project: Some(slug.to_owned()),
            model: model(line),
            service_tier: words::service_tier(&kind),
            ..Dimensions::default()
        },
        meter: words::meter(&kind),
        line_item: line_item(line),
        category: if amount < Decimal::ZERO { ChargeCategory::Credit } else { ChargeCategory::Usage },
        amount: Money::new(amount, line.total_cost.currency_code),
        quantity: line.quantity.map(|quantity| quantity.0),
        unit: None,
    })
}

fn kind(line: &LineItem) -> String {
    format!("{} {}", line.category.as_deref().unwrap_or_default(), line.series.as_deref().unwrap_or_default())
}

fn model(line: &LineItem) -> Option<String> {
    let groups_models = line.grouping_key.as_deref().is_some_and(|key| key.to_ascii_lowercase().contains("model"));
    line.grouping_value.clone().filter(|value| groups_models && !value.is_empty())
}

/// Everything that the vendor says of the line: `SERVERLESS: model=m, input`.
fn line_item(line: &LineItem) -> Option<String> {
    let told = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let group = told(&line.grouping_value).map(|value| match told(&line.grouping_key) {
        Some(key) => format!("{key}={value}"),
        None => value,
    });
    let rest: Vec<_> = group.into_iter().chain(told(&line.series)).collect();
    match (told(&line.category), rest.join(", ")) {
        (category, rest) if rest.is_empty() => category,
        (Some(category), rest) => Some(format!("{category}: {rest}")),
        (None, rest) => Some(rest),
    }
}
