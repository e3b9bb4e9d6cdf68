//! Their rows and samples as our records.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::api::BilledRow;
use super::monitoring::Sample;
use super::sku;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};

/// The service tier of use that provisioned throughput pays for.
pub(super) const DEDICATED: &str = "dedicated";

/// The charge of a row, and what Google gives back of it.
pub(super) fn costs(row: BilledRow) -> Vec<CostRecord> {
    let sku = sku::parse(row.service.as_deref().unwrap_or_default(), row.sku.as_deref().unwrap_or_default());
    let dims = Dimensions {
        project: row.project,
        model: sku.model,
        service_tier: sku.service_tier,
        region: row.location,
        prompt_over: sku.prompt_over,
        ..Dimensions::default()
    };
    let charge = CostRecord {
        at: row.day.start(),
        dims,
        meter: sku.meter,
        line_item: row.sku.or(row.service),
        category: category(row.cost_type.as_deref(), row.gross.0),
        amount: Money::new(row.gross.0, row.currency),
        quantity: row.quantity.map(|number| number.0),
        unit: row.unit,
    };
    let credit = CostRecord {
        category: ChargeCategory::Credit,
        amount: Money::new(row.credits.0, row.currency),
        quantity: None,
        unit: None,
        ..charge.clone()
    };
    if row.credits.0.is_zero() { vec![charge] } else { vec![charge, credit] }
}

/// A kind of cost that is not known is taken for use: it belongs to a service whose cost is asked for.
fn category(cost_type: Option<&str>, amount: Decimal) -> ChargeCategory {
    match cost_type {
        Some("tax") => ChargeCategory::Tax,
        Some("adjustment" | "rounding_error") => ChargeCategory::Adjustment,
        _ if amount < Decimal::ZERO => ChargeCategory::Credit,
        _ => ChargeCategory::Usage,
    }
}

/// `None` for a type of token that is not known.
pub(super) fn vertex(sample: &Sample) -> Option<UsageRecord> {
    let kind = sample.label("type").unwrap_or_default();
    let modality = sample.label("modality");
    let meter = match kind {
        "input" => input(modality),
        "output" => output(modality),
        "cache_read_input" => Meter::CacheRead,
        "cache_write_input" => Meter::CacheWrite,
        "cache_write_1h_input" => Meter::CacheWrite1h,
        _ => {
            tracing::warn!(kind, "unknown type of token skipped");
            return None;
        }
    };
    let told = |name: &str| sample.label(name).map(str::to_lowercase);
    let service_tier = match told("request_type") {
        Some(dedicated) if dedicated == DEDICATED => Some(dedicated),
        _ => told("shared_request_type").filter(|tier| tier != "standard"),
    };
    let dims = Dimensions {
        project: Some(sample.project.clone()),
        model: sample.label("model_user_id").map(str::to_owned),
        service_tier,
        region: sample.label("location").map(str::to_owned),
        ..Dimensions::default()
    };
    Some(UsageRecord { at: sample.at, dims, meter, quantity: sample.quantity })
}

pub(super) fn gemini_output(sample: &Sample) -> Option<UsageRecord> {
    let meter = output(sample.label("output_modality"));
    let dims = of_model(&sample.project, sample.label("model")?);
    Some(UsageRecord { at: sample.at, dims, meter, quantity: sample.quantity })
}

/// The same tokens count towards several limits, such as one a minute and one a day: the limit that saw most saw all.
pub(super) fn gemini_input(samples: &[Sample]) -> Vec<UsageRecord> {
    let mut most: BTreeMap<(DateTime<Utc>, &str, &str), BTreeMap<&str, Decimal>> = BTreeMap::new();
    for sample in samples {
        let Some(model) = sample.label("model") else { continue };
        let limits = most.entry((sample.at, &sample.project, model)).or_default();
        *limits.entry(sample.label("limit_name").unwrap_or_default()).or_default() += sample.quantity;
    }
    let records = most.into_iter().map(|((at, project, model), limits)| {
        let quantity = limits.into_values().max().unwrap_or_default();
        UsageRecord { at, dims: of_model(project, model), meter: Meter::Input, quantity }
    });
    records.collect()
}

fn of_model(project: &str, model: &str) -> Dimensions {
    Dimensions { project: Some(project.to_owned()), model: Some(model.to_owned()), ..Dimensions::default() }
}

/// Google charges images, films and documents as text, and sound apart.
fn input(modality: Option<&str>) -> Meter {
    if is(modality, "audio") { Meter::InputAudio } else { Meter::Input }
}

fn output(modality: Option<&str>) -> Meter {
    if is(modality, "audio") {
        Meter::OutputAudio
    } else if is(modality, "image") {
        Meter::OutputImage
    } else {
        Meter::Output
    }
}

fn is(modality: Option<&str>, wanted: &str) -> bool {
    modality.is_some_and(|modality| modality.eq_ignore_ascii_case(wanted))
}

/// One record for each hour, meter and set of dimensions, without those that are zero.
pub(super) fn summed(records: impl Iterator<Item = UsageRecord>) -> Vec<UsageRecord> {
    let mut sums: BTreeMap<_, Decimal> = BTreeMap::new();
    for record in records {
        *sums.entry((record.at, record.dims, record.meter)).or_default() += record.quantity;
    }
    let used = sums.into_iter().filter(|(_, quantity)| !quantity.is_zero());
    used.map(|((at, dims, meter), quantity)| UsageRecord { at, dims, meter, quantity }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Currency;
    use crate::providers::number::Number;

    proptest! {
        #[test]
        fn a_row_comes_to_what_it_costs_net_and_credits_are_credits(
            gross in -1_000_000_000_i64..1_000_000_000,
            credits in -1_000_000_000_i64..=0,
            cost_type in prop::option::of("(regular|tax|adjustment|rounding_error|brand_new)"),
        ) {
            let [gross, credits] = [gross, credits].map(|nanos| Decimal::new(nanos, 9));
            let records = costs(BilledRow {
                day: "2026-11-01".parse().unwrap(),
                project: None,
                service: None,
                sku: Some("Gemini 3.8 Flash Text Input - Predictions".to_owned()),
                location: None,
                cost_type,
                currency: Currency::USD,
                unit: None,
                quantity: None,
                gross: Number(gross),
                credits: Number(credits),
            });
            let net: Decimal = records.iter().map(|record| record.amount.amount).sum();
            prop_assert_eq!(net, gross + credits);
            let given: Vec<_> = records[1..].iter().map(|record| (record.category, record.amount.amount)).collect();
            let expected = (!credits.is_zero()).then_some((ChargeCategory::Credit, credits));
            prop_assert_eq!(given, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
