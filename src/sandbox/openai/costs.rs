//! `GET /v1/organization/costs`: dollars by UTC day.

use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::super::bill;
use super::super::buckets::{Width, page};
use super::super::company::{OPENAI_ORGANIZATION, ORGANIZATION_NAME, Person, SITES, Vendor};
use super::super::params::{Accepts, Arrays, Params};
use super::super::refusal::Refusal;
use super::super::state::State;
use super::super::table::{Cell, Cost, Row, group};
use super::super::time::Span;
use super::{envelope, lines, object, range};

const DIMENSIONS: [&str; 5] = ["project_id", "user_id", "line_item", "api_key_id", "api_source"];
/// 2025-12-06: before it the vendor kept no cost by key.
const COSTS_BY_KEY_SINCE: i64 = 1_764_979_200;
const BYTE_DAYS_PER_GIB_HOUR: u64 = 1_073_741_824 / 24;

pub(super) fn answer(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = Params::read(
        query,
        &Accepts {
            arrays: Arrays::Either,
            one: &["start_time", "end_time", "bucket_width", "limit", "page"],
            many: &["group_by", "project_ids", "api_key_ids", "line_items"],
        },
    )?;
    if Width::parse(params.one("bucket_width"))? != Width::Day {
        return Err(Refusal::bad("bucket_width", "costs are kept by '1d' only"));
    }
    let group_by = params.group_by(&DIMENSIONS)?;
    let limit = params.limit(7, 180)?;
    let asked = range(state, &params, Width::Day)?;
    refuse_early(&params, &group_by, asked.from.seconds())?;

    let to = if Width::Day.snap(asked.to) == asked.to { asked.to } else { Width::Day.end_after(asked.to) };
    let whole_days = Span { from: Width::Day.snap(asked.from), to };
    let page = page(whole_days, Width::Day, limit, params.one("page"), &params.fingerprint())?;
    Ok(envelope(&page, |day| results(state, &params, &group_by, day)))
}

fn refuse_early(params: &Params, group_by: &[&str], start: i64) -> Result<(), Refusal> {
    let asks = |dimension: &str| group_by.contains(&dimension);
    if start >= COSTS_BY_KEY_SINCE {
        return Ok(());
    }
    if asks("api_key_id") {
        return Err(Refusal::bad("group_by", "api_key_id is not available before 2025-12-06"));
    }
    if asks("user_id") && (asks("project_id") || params.one("project_ids").is_some()) {
        return Err(Refusal::bad("group_by", "user_id cannot be combined with project_id for this range"));
    }
    Ok(())
}

fn results(state: &State, params: &Params, group_by: &[&str], span: Span) -> Vec<Value> {
    let day = span.from.day();
    let charges = bill::charges(state.world, &state.weather, Vendor::OpenAi, day, state.now());
    let (projects, keys) = (params.many("project_ids"), params.many("api_key_ids"));
    let line_items = params.many("line_items");
    let rows = charges.iter().map(lines::row).filter(|row| {
        row.passes("project_id", &projects) && row.passes("api_key_id", &keys) && row.passes("line_item", &line_items)
    });
    // On some days the vendor writes amounts as text and on others as numbers.
    let as_number = (span.from.hours() / 24).is_multiple_of(3);
    group(rows, group_by).into_iter().map(|row| result(row, as_number)).collect()
}

fn result(row: Row<Cost>, as_number: bool) -> Value {
    let cell = |wanted: &str| match row.dims.iter().find(|(name, _)| *name == wanted) {
        Some((_, Cell::Text(text))) => Some(text.clone()),
        _ => None,
    };
    let project = cell("project_id");
    let user = cell("user_id");
    let line = cell("line_item");
    let mut result = object(row.dims);
    result.insert("object".into(), "organization.costs.result".into());
    result.insert("amount".into(), json!({ "value": amount(row.measure.amount, as_number), "currency": "usd" }));
    result.insert("quantity".into(), line.as_deref().map_or(Value::Null, |line| quantity(line, row.measure.quantity)));
    result.insert("quantity_unit".into(), json!(line.as_deref().and_then(lines::unit)));
    // No document mentions the rest.
    let name = project.and_then(|id| SITES.iter().find(|site| site.id == id)).map(|site| site.name);
    let email = user.and_then(|id| Person::all().find(|person| person.id(Vendor::OpenAi) == id)).map(Person::email);
    result.insert("project_name".into(), json!(name));
    result.insert("user_email".into(), json!(email));
    result.insert("organization_id".into(), OPENAI_ORGANIZATION.into());
    result.insert("organization_name".into(), ORGANIZATION_NAME.into());
    Value::Object(result)
}

fn amount(amount: Decimal, as_number: bool) -> Value {
    if as_number {
        return number(&amount.normalize().to_string());
    }
    if amount.is_zero() { "0E-6176".into() } else { format!("{amount:.18}").into() }
}

/// A float even where only whole numbers make sense.
fn quantity(line_item: &str, quantity: u64) -> Value {
    match lines::unit(line_item) {
        Some("gibibyte_hours") => {
            number(&format!("{:.6}", Decimal::from(quantity) / Decimal::from(BYTE_DAYS_PER_GIB_HOUR)))
        }
        _ if line_item == "Service credit" => Value::Null,
        _ => number(&format!("{quantity}.0")),
    }
}

/// The text as a JSON number, digit for digit.
fn number(text: &str) -> Value {
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}
