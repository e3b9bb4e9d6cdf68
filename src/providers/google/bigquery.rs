//! Queries, from the question to the last page of the answer.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::api::{JobReference, Results};
use super::refusal::explain_query;
use super::settings::ProjectId;
use super::sql::Query;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Body, Http, Page};

/// How long the server waits for the end of a query before it answers without one.
const WAIT_MS: u32 = 30_000;
/// A query of a billing export takes seconds; ten minutes are no query of ours any more.
const MAX_WAITS: u32 = 20;
const PAGE_ROWS: u32 = 5_000;

pub(super) struct BigQuery {
    pub(super) http: Http,
    pub(super) project: ProjectId,
    pub(super) location: Option<String>,
    pub(super) max_bytes_billed: u64,
}

impl BigQuery {
    /// All rows of the answer to `query`.
    pub(super) async fn rows<T: DeserializeOwned>(&self, query: Query) -> Result<Vec<T>, FetchError> {
        let rows = self.cells(query).await.map_err(explain_query)?;
        rows.into_iter().map(row).collect()
    }

    async fn cells(&self, query: Query) -> Result<Vec<Result<Map<String, Value>, FetchError>>, FetchError> {
        let path = format!("bigquery/v2/projects/{}/queries", self.project);
        let first: Results = self.http.json(&Ask::post(&path, self.body(query)?)).await?;
        if first.job_complete && first.page_token.as_ref().is_none_or(String::is_empty) {
            return Ok(first.into_parts().items);
        }
        let unnamed = || FetchError::Malformed(format!("{path} has more to say and names no job"));
        let ask = results(&path, first.job_reference.as_ref().ok_or_else(unnamed)?);
        if !first.job_complete {
            self.wait(&ask).await?;
        }
        self.http.pages::<Results>(&ask.with("maxResults", PAGE_ROWS.to_string()), "pageToken").await
    }

    /// Asks until the query has ended, without its rows; the server takes its time over each answer.
    async fn wait(&self, results: &Ask) -> Result<(), FetchError> {
        let ask = results.clone().with("maxResults", "0");
        for _ in 0..MAX_WAITS {
            if self.http.json::<Results>(&ask).await?.job_complete {
                return Ok(());
            }
        }
        Err(FetchError::Unavailable("the query does not come to its end".to_owned()))
    }

    fn body(&self, query: Query) -> Result<Body, FetchError> {
        let mut asked = json!({
            "query": query.text,
            // Legacy SQL is still what holds where nothing is said.
            "useLegacySql": false,
            "parameterMode": "NAMED",
            "queryParameters": query.parameters,
            "maxResults": PAGE_ROWS,
            "timeoutMs": WAIT_MS,
            "maximumBytesBilled": self.max_bytes_billed.to_string(),
            // Repeated after a broken connection, the query runs and costs once.
            "requestId": format!("{:032x}", fastrand::u128(..)),
            "labels": { "tool": "llmtally" },
        });
        if let Some(location) = &self.location {
            asked["location"] = json!(location);
        }
        Body::json(&asked).map_err(|error| FetchError::Malformed(format!("query cannot be written: {error}")))
    }
}

/// The question for the results of a job, as long as it takes.
fn results(path: &str, job: &JobReference) -> Ask {
    let ask = Ask::get(format!("{path}/{}", job.job_id)).with("timeoutMs", WAIT_MS.to_string());
    match &job.location {
        Some(location) => ask.with("location", location),
        None => ask,
    }
}

fn row<T: DeserializeOwned>(cells: Result<Map<String, Value>, FetchError>) -> Result<T, FetchError> {
    serde_json::from_value(Value::Object(cells?))
        .map_err(|error| FetchError::Malformed(format!("row of a query is not as asked for: {error}")))
}
