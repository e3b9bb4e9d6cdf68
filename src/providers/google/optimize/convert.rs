//! Rows of reports as charges of UTC days, read as rows of the export are.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::api::{Amount, ReportedRow};
use super::pacific;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::providers::feed::FetchError;
use crate::providers::google::api::BilledRow;
use crate::providers::google::{convert, sku};
use crate::providers::number::Number;

/// What the export's services are called: reports tell no ids of services.
const PRODUCTS: [&str; 3] = ["Vertex AI", "Gemini API", "Agentic Applications"];

/// What models cost in `window`, by day, project, product, SKU and place.
pub(super) fn costs(rows: Vec<ReportedRow>, window: Window) -> Result<Vec<CostRecord>, FetchError> {
    let mut sums: BTreeMap<_, Decimal> = BTreeMap::new();
    for row in rows {
        let unknown = || FetchError::Malformed(format!("`{}` in a report is no hour of Pacific time", row.hour));
        let day = pacific::day_of(&row.hour).ok_or_else(unknown)?;
        let (product, sku) = (row.product_display_name, row.sku);
        if window.contains(day) && is_of_models(product.as_deref(), sku.as_deref()) {
            let key = (day, row.project, product, sku, row.location, row.cost.currency_code);
            *sums.entry(key).or_default() += amount(&row.cost);
        }
    }
    let billed = sums.into_iter().map(|((day, project, service, sku, location, currency), sum)| BilledRow {
        day,
        project,
        service,
        sku,
        location,
        cost_type: None,
        currency,
        unit: None,
        quantity: None,
        gross: Number(sum),
        credits: Number(Decimal::ZERO),
    });
    Ok(billed.flat_map(convert::costs).collect())
}

/// Names of products change; an SKU that names a model is one of a model's, whatever the product is called by now.
fn is_of_models(product: Option<&str>, sku: Option<&str>) -> bool {
    let (product, sku) = (product.unwrap_or_default(), sku.unwrap_or_default());
    PRODUCTS.contains(&product) || product.starts_with("Claude") || sku::parse(product, sku).model.is_some()
}

fn amount(amount: &Amount) -> Decimal {
    let part = |number: Option<Number>| number.map(|number| number.0).unwrap_or_default();
    part(amount.units) + part(amount.nanos) * Decimal::new(1, 9)
}
