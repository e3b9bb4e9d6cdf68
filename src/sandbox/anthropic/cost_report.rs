//! `GET /v1/organizations/cost_report`: cents by UTC day.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::super::bill;
use super::super::buckets::{Width, page};
use super::super::company::Vendor;
use super::super::params::{Accepts, Arrays, Params};
use super::super::refusal::Refusal;
use super::super::state::State;
use super::super::table::{Cost, Row, group};
use super::super::time::{Minute, Span};
use super::{backwards, envelope, instant, lines, start};

pub(super) fn answer(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let params = Params::read(
        query,
        &Accepts {
            arrays: Arrays::Brackets,
            one: &["starting_at", "ending_at", "bucket_width", "limit", "page"],
            many: &["group_by"],
        },
    )?;
    if Width::parse(params.one("bucket_width"))? != Width::Day {
        return Err(Refusal::bad("bucket_width", "input should be '1d'"));
    }
    let mut keep = params.group_by(&["workspace_id", "description"])?;
    if keep.contains(&"description") {
        keep.extend(lines::DESCRIBED);
    }
    let limit = params.limit(7, 31)?;
    let from = Width::Day.snap(start(&params)?);
    let to = match instant(&params, "ending_at")? {
        Some(to) => Width::Day.snap(to),
        None => Width::Day.end_after(Minute::of(state.now()).max(from)),
    };
    // A range within one day has both its ends snapped to the same midnight.
    if to <= from {
        return Err(backwards());
    }
    let page = page(Span { from, to }, Width::Day, limit, params.one("page"), &params.fingerprint())?;
    Ok(envelope(&page, |span| {
        let charges = bill::charges(state.world, &state.weather, Vendor::Anthropic, span.from.day(), state.now());
        group(charges.iter().filter_map(lines::row), &keep).into_iter().map(result).collect()
    }))
}

fn result(row: Row<Cost>) -> Value {
    let mut result: Map<_, _> = row.dims.into_iter().map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect();
    // Only a client that asks for fast mode by its beta header is told of speeds.
    result.remove("speed");
    let cents = (row.measure.amount * Decimal::ONE_HUNDRED).normalize();
    result.insert("amount".into(), cents.to_string().into());
    result.insert("currency".into(), "USD".into());
    Value::Object(result)
}
