//! `GET /v1/organizations/usage_report/messages`: tokens by day, hour or minute.

use serde_json::{Map, Value, json};

use super::super::buckets::{Width, page};
use super::super::company::Vendor;
use super::super::params::{Accepts, Arrays, Params};
use super::super::refusal::Refusal;
use super::super::state::State;
use super::super::streams::{Meter, Stream, Work};
use super::super::table::{Cell, Dims, Row, group};
use super::super::time::{Minute, Span};
use super::super::weather::usage_until;
use super::super::world::Volume;
use super::{backwards, envelope, instant, lines, start};

const DIMENSIONS: [&str; 9] = [
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "speed",
    "workspace_id",
];
/// Query arrays that filter, each with its dimension.
const FILTERS: [(&str, &str); 9] = [
    ("account_ids", "account_id"),
    ("api_key_ids", "api_key_id"),
    ("context_window", "context_window"),
    ("inference_geos", "inference_geo"),
    ("models", "model"),
    ("service_account_ids", "service_account_id"),
    ("service_tiers", "service_tier"),
    ("speeds", "speed"),
    ("workspace_ids", "workspace_id"),
];
const MAX_DIMENSIONS: usize = 5;

pub(super) fn answer(state: &State, query: &[(String, String)], fast_mode: bool) -> Result<Value, Refusal> {
    let mut many: Vec<_> = FILTERS.iter().map(|(parameter, _)| *parameter).collect();
    many.push("group_by");
    let params = Params::read(
        query,
        &Accepts {
            arrays: Arrays::Brackets,
            one: &["starting_at", "ending_at", "bucket_width", "limit", "page"],
            many: &many,
        },
    )?;
    let group_by = params.group_by(&DIMENSIONS)?;
    if group_by.len() > MAX_DIMENSIONS {
        return Err(Refusal::bad("group_by", format!("at most {MAX_DIMENSIONS} dimensions can be combined")));
    }
    if !fast_mode && (group_by.contains(&"speed") || !params.many("speeds").is_empty()) {
        return Err(Refusal::bad("speed", "speed needs the fast mode beta header"));
    }
    let width = Width::parse(params.one("bucket_width"))?;
    let limit = params.limit(width.default_limit(), width.max_limit())?;
    let from = width.snap(start(&params)?);
    let to = match instant(&params, "ending_at")? {
        Some(to) if width.snap(to) == to => to,
        Some(to) => width.end_after(to),
        None => width.end_after(Minute::of(state.now()).max(from)),
    };
    if to <= from {
        return Err(backwards());
    }
    let page = page(Span { from, to }, width, limit, params.one("page"), &params.fingerprint())?;
    let filters: Vec<_> = FILTERS.iter().map(|(parameter, dimension)| (*dimension, params.many(parameter))).collect();
    let reported = usage_until(state.now());
    Ok(envelope(&page, |span| {
        let wanted = |stream: &Stream| stream.vendor == Vendor::Anthropic && stream.work != Work::CodeExecution;
        let traffic = state.world.traffic(wanted, span.until(reported));
        let rows = traffic
            .map(|(stream, volume)| Row { dims: dims(stream), measure: volume })
            .filter(|row| filters.iter().all(|(dimension, allowed)| row.passes(dimension, allowed)));
        group(rows, &group_by).into_iter().map(|row| result(row, fast_mode)).collect()
    }))
}

fn dims(stream: &Stream) -> Dims {
    let account = stream.user.filter(|_| stream.key.is_none());
    vec![
        ("account_id", Cell::maybe(account.map(|user| user.id(Vendor::Anthropic)))),
        ("api_key_id", Cell::maybe(stream.key)),
        ("context_window", Cell::text(lines::context_window(stream))),
        ("inference_geo", Cell::text(lines::inference_geo(stream))),
        ("model", Cell::maybe(stream.model)),
        ("service_account_id", Cell::Null),
        ("service_tier", Cell::text(lines::service_tier(stream))),
        ("speed", Cell::text(lines::speed(stream))),
        ("workspace_id", Cell::maybe(stream.site)),
    ]
}

/// The four input counters share no token.
fn result(row: Row<Volume>, fast_mode: bool) -> Value {
    let mut result: Map<_, _> = row.dims.into_iter().map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect();
    if !fast_mode {
        result.remove("speed");
    }
    let volume = row.measure;
    result.insert("uncached_input_tokens".into(), volume.of(Meter::Input).into());
    let written = json!({
        "ephemeral_5m_input_tokens": volume.of(Meter::CacheWrite),
        "ephemeral_1h_input_tokens": volume.of(Meter::CacheWriteLong),
    });
    result.insert("cache_creation".into(), written);
    result.insert("cache_read_input_tokens".into(), volume.of(Meter::Cached).into());
    result.insert("output_tokens".into(), volume.of(Meter::Output).into());
    result.insert("server_tool_use".into(), json!({ "web_search_requests": volume.of(Meter::ToolCalls) }));
    Value::Object(result)
}
