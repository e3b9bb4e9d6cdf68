//! `GET /v1/organization/usage/…`: what was used, by day, hour or minute.

use serde_json::{Map, Value};

use super::super::buckets::{Width, page};
use super::super::company::Vendor;
use super::super::params::{Accepts, Arrays, Params};
use super::super::refusal::Refusal;
use super::super::state::State;
use super::super::streams::{Lane, Meter, Stream, Work};
use super::super::table::{Cell, Dims, Row, group};
use super::super::weather::usage_until;
use super::super::world::Volume;
use super::{envelope, lines, object, range};

struct Endpoint {
    path: &'static str,
    object: &'static str,
    /// The kind of work that it counts; `None` where it never counts any.
    work: Option<Work>,
    dimensions: &'static [&'static str],
    /// Query arrays that filter, each with its dimension.
    filters: &'static [(&'static str, &'static str)],
}

const PLAIN: &[&str] = &["project_id", "user_id", "api_key_id", "model"];
const TOKENS: &[&str] = &["project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "api_source"];
const PLAIN_FILTERS: &[(&str, &str)] =
    &[("project_ids", "project_id"), ("user_ids", "user_id"), ("api_key_ids", "api_key_id"), ("models", "model")];
const PROJECT_FILTER: &[(&str, &str)] = &[("project_ids", "project_id")];

const fn plain(path: &'static str, object: &'static str, work: Work) -> Endpoint {
    Endpoint { path, object, work: Some(work), dimensions: PLAIN, filters: PLAIN_FILTERS }
}

static ENDPOINTS: [Endpoint; 11] = [
    Endpoint { dimensions: TOKENS, ..plain("completions", "organization.usage.completions.result", Work::Completion) },
    Endpoint {
        path: "decisions",
        object: "organization.usage.decisions.result",
        work: None,
        dimensions: TOKENS,
        filters: PLAIN_FILTERS,
    },
    plain("embeddings", "organization.usage.embeddings.result", Work::Embedding),
    plain("moderations", "organization.usage.moderations.result", Work::Moderation),
    plain("audio_speeches", "organization.usage.audio_speeches.result", Work::Speech),
    plain("audio_transcriptions", "organization.usage.audio_transcriptions.result", Work::Transcription),
    Endpoint {
        path: "images",
        object: "organization.usage.images.result",
        work: None,
        dimensions: &["project_id", "user_id", "api_key_id", "model", "size", "source"],
        filters: &[
            ("project_ids", "project_id"),
            ("user_ids", "user_id"),
            ("api_key_ids", "api_key_id"),
            ("models", "model"),
            ("sizes", "size"),
            ("sources", "source"),
        ],
    },
    Endpoint {
        path: "vector_stores",
        object: "organization.usage.vector_stores.result",
        work: Some(Work::VectorStore),
        dimensions: &["project_id"],
        filters: PROJECT_FILTER,
    },
    Endpoint {
        path: "code_interpreter_sessions",
        object: "organization.usage.code_interpreter_sessions.result",
        work: Some(Work::CodeInterpreter),
        dimensions: &["project_id"],
        filters: PROJECT_FILTER,
    },
    Endpoint {
        path: "file_search_calls",
        object: "organization.usage.file_searches.result",
        work: Some(Work::FileSearch),
        dimensions: &["project_id", "user_id", "api_key_id", "vector_store_id"],
        filters: &[
            ("project_ids", "project_id"),
            ("user_ids", "user_id"),
            ("api_key_ids", "api_key_id"),
            ("vector_store_ids", "vector_store_id"),
        ],
    },
    Endpoint {
        path: "web_search_calls",
        object: "organization.usage.web_searches.result",
        work: Some(Work::WebSearch),
        dimensions: &["project_id", "user_id", "api_key_id", "model", "context_level", "api_source"],
        filters: &[
            ("project_ids", "project_id"),
            ("user_ids", "user_id"),
            ("api_key_ids", "api_key_id"),
            ("models", "model"),
            ("context_levels", "context_level"),
        ],
    },
];

pub(super) fn answer(state: &State, path: &str, query: &[(String, String)]) -> Result<Value, Refusal> {
    let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == path).ok_or_else(|| Refusal::not_found(path))?;
    let mut one = vec!["start_time", "end_time", "bucket_width", "limit", "page"];
    if endpoint.dimensions.contains(&"batch") {
        one.push("batch");
    }
    let mut many: Vec<_> = endpoint.filters.iter().map(|(parameter, _)| *parameter).collect();
    many.push("group_by");
    let params = Params::read(query, &Accepts { arrays: Arrays::Either, one: &one, many: &many })?;

    let width = Width::parse(params.one("bucket_width"))?;
    let limit = params.limit(width.default_limit(), width.max_limit())?;
    let group_by = params.group_by(endpoint.dimensions)?;
    let batch = params.flag("batch")?;
    let range = range(state, &params, width)?;
    let page = page(range, width, limit, params.one("page"), &params.fingerprint())?;
    let filters: Vec<_> =
        endpoint.filters.iter().map(|(parameter, dimension)| (*dimension, params.many(parameter))).collect();
    let reported = usage_until(state.now());
    Ok(envelope(&page, |span| {
        let wanted = |stream: &Stream| {
            stream.vendor == Vendor::OpenAi
                && Some(stream.work) == endpoint.work
                && batch.is_none_or(|batch| batch == (stream.lane == Lane::Batch))
        };
        let traffic = state.world.traffic(wanted, span.until(reported));
        let rows = traffic
            .map(|(stream, volume)| Row { dims: dims(endpoint, stream), measure: volume })
            .filter(|row| filters.iter().all(|(dimension, allowed)| row.passes(dimension, allowed)));
        group(rows, &group_by).into_iter().map(|row| result(endpoint, row)).collect()
    }))
}

fn dims(endpoint: &Endpoint, stream: &Stream) -> Dims {
    let cell = |dimension: &'static str| match dimension {
        "project_id" => Cell::maybe(stream.site),
        "user_id" => Cell::maybe(stream.user.map(|user| user.id(Vendor::OpenAi))),
        "api_key_id" => Cell::maybe(stream.key),
        "model" => Cell::maybe(stream.model),
        "batch" => Cell::Flag(stream.lane == Lane::Batch),
        "service_tier" => Cell::text(match stream.lane {
            Lane::Priority => "priority",
            Lane::Flex => "flex",
            Lane::Standard | Lane::Batch | Lane::Fast => "default",
        }),
        "api_source" => Cell::text(lines::api_source(stream)),
        "vector_store_id" => Cell::text("vs_SbManuals"),
        "context_level" => Cell::text("medium"),
        _ => Cell::Null,
    };
    endpoint.dimensions.iter().map(|dimension| (*dimension, cell(dimension))).collect()
}

fn result(endpoint: &Endpoint, row: Row<Volume>) -> Value {
    let mut result: Map<String, Value> = object(row.dims);
    result.insert("object".into(), endpoint.object.into());
    for (name, value) in counters(endpoint.path, &row.measure) {
        result.insert(name.into(), value.into());
    }
    Value::Object(result)
}

fn counters(path: &str, volume: &Volume) -> Vec<(&'static str, u64)> {
    let requests = ("num_model_requests", volume.of(Meter::Requests));
    match path {
        "embeddings" | "moderations" => vec![("input_tokens", volume.of(Meter::Input)), requests],
        "audio_speeches" => vec![("characters", volume.of(Meter::Characters)), requests],
        "audio_transcriptions" => vec![("seconds", volume.of(Meter::Seconds)), requests],
        "vector_stores" => vec![("usage_bytes", volume.of(Meter::StoredBytes))],
        "code_interpreter_sessions" => vec![("num_sessions", volume.of(Meter::ToolCalls))],
        "file_search_calls" => vec![("num_requests", volume.of(Meter::ToolCalls))],
        "web_search_calls" => vec![("num_requests", volume.of(Meter::ToolCalls)), requests],
        _ => tokens(volume, requests),
    }
}

/// `input_tokens` contains everything that went in and `output_tokens` everything that came out.
fn tokens(volume: &Volume, requests: (&'static str, u64)) -> Vec<(&'static str, u64)> {
    let (text, cached, written) = (volume.of(Meter::Input), volume.of(Meter::Cached), volume.of(Meter::CacheWrite));
    let (audio_in, audio_out) = (volume.of(Meter::AudioInput), volume.of(Meter::AudioOutput));
    vec![
        ("input_tokens", text + cached + written + audio_in),
        ("output_tokens", volume.of(Meter::Output) + audio_out),
        requests,
        ("input_uncached_tokens", text + audio_in),
        ("input_cached_tokens", cached),
        ("input_cache_write_tokens", written),
        ("input_cache_write_30m_tokens", written),
        ("input_cache_write_12h_tokens", 0),
        ("input_text_tokens", text),
        ("output_text_tokens", volume.of(Meter::Output)),
        ("input_cached_text_tokens", cached),
        ("input_audio_tokens", audio_in),
        ("input_cached_audio_tokens", 0),
        ("output_audio_tokens", audio_out),
        ("input_image_tokens", 0),
        ("input_cached_image_tokens", 0),
        ("output_image_tokens", 0),
    ]
}
