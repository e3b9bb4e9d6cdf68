//! From GitHub's lines to ours.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::api::{Line, Metered};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::usage::Dimensions;
use crate::providers::feed::FetchError;

/// What one day is charged for: the reports by model, and of the bill of all products what they do not hold.
pub(super) fn costs(day: Day, metered: Vec<Metered>, lines: Vec<Line>) -> Result<Vec<CostRecord>, FetchError> {
    let told: BTreeSet<String> = metered.iter().map(|item| plain(&item.sku)).collect();
    let mut records = Vec::new();
    for item in metered {
        let dims = Dimensions { model: item.model, ..Dimensions::default() };
        let item = Charge {
            line_item: line_item(item.product.as_deref(), &item.sku),
            category: ChargeCategory::Usage,
            gross: item.gross_amount.0,
            discount: item.discount_amount.0,
            quantity: item.gross_quantity.0,
            unit: item.unit_type,
        };
        item.push(day, &dims, &mut records);
    }
    for line in lines.into_iter().filter(|line| is_copilot(line) && !told.contains(&plain(&line.sku))) {
        if Day::of(line.date) != day {
            return Err(FetchError::Malformed(format!("a line of {} is in the bill of {day}", line.date)));
        }
        let dims = Dimensions { project: line.organization_name.clone(), ..Dimensions::default() };
        let charge = Charge {
            line_item: line_item(Some(&line.product), &line.sku),
            category: if is_seat(&line) { ChargeCategory::Fee } else { ChargeCategory::Usage },
            gross: line.gross_amount.0,
            discount: line.discount_amount.0,
            quantity: line.quantity.0,
            unit: line.unit_type,
        };
        charge.push(day, &dims, &mut records);
    }
    Ok(records)
}

/// Both reports mean the same by `Copilot AI Credits` and `copilot_ai_credits`.
fn plain(sku: &str) -> String {
    sku.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Actions, storage and the like are no business of ours.
fn is_copilot(line: &Line) -> bool {
    line.product.to_lowercase().contains("copilot") || line.sku.to_lowercase().contains("copilot")
}

/// Seats are billed by the part of a month that they were held.
fn is_seat(line: &Line) -> bool {
    line.unit_type.as_deref().is_some_and(|unit| unit.to_lowercase().contains("month"))
}

fn line_item(product: Option<&str>, sku: &str) -> String {
    match product {
        Some(product) if !sku.starts_with(product) => format!("{product}: {sku}"),
        _ => sku.to_owned(),
    }
}

/// A price before what is included in the plan, and that part.
struct Charge {
    line_item: String,
    category: ChargeCategory,
    gross: Decimal,
    discount: Decimal,
    quantity: Decimal,
    unit: Option<String>,
}

impl Charge {
    fn push(self, day: Day, dims: &Dimensions, records: &mut Vec<CostRecord>) {
        let record = |category, amount, quantity| CostRecord {
            at: day.start(),
            dims: dims.clone(),
            meter: None,
            line_item: Some(self.line_item.clone()),
            category,
            amount: Money::usd(amount),
            quantity,
            unit: self.unit.clone(),
        };
        records.push(record(self.category, self.gross, Some(self.quantity)));
        if !self.discount.is_zero() {
            records.push(record(ChargeCategory::Credit, -self.discount, None));
        }
    }
}
