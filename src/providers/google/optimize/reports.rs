//! Reports, from the order to the last page. They are made while one waits, and live for a day.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::api::{Operation, ReportPage, ReportedRow};
use crate::domain::period::Window;
use crate::providers::feed::FetchError;
use crate::providers::google::settings::ProjectId;
use crate::providers::http::{Ask, Body, Http, Wire};

const DIMENSIONS: [&str; 5] = ["project", "product_display_name", "sku", "location", "hour"];
/// The most that Google gives.
const PAGE_ROWS: u32 = 25_000;
/// With the usual pause these are ten minutes.
const MAX_POLLS: u32 = 60;
/// How many first pauses after a failure lie between two looks at a report: ten seconds, unless patience is set otherwise.
const PAUSES: u32 = 10;

pub(in crate::providers::google) struct Reports {
    http: Http,
    pause: Duration,
    stop: CancellationToken,
}

impl Reports {
    pub(in crate::providers::google) fn new(http: Http, wire: &Wire) -> Self {
        Self { http, pause: wire.limits.backoff_base.saturating_mul(PAUSES), stop: wire.stop.clone() }
    }

    /// What the project is charged for in the hours of `window`, and maybe in others.
    pub(super) async fn rows(&self, project: &ProjectId, window: Window) -> Result<Vec<ReportedRow>, FetchError> {
        let reports = format!("v1beta/projects/{project}/locations/global/reports");
        let id = format!("llmtally-{:032x}", fastrand::u128(..));
        if let Some(operation) = self.create(&reports, &id, project, window).await? {
            self.wait(operation).await?;
        }
        let report = format!("{reports}/{id}");
        let rows = self.read(&report).await?;
        self.delete(report).await;
        rows.into_iter().map(row).collect()
    }

    /// `None` where the report was made by an attempt whose answer got lost: the id is nobody else's.
    async fn create(
        &self,
        reports: &str,
        id: &str,
        project: &ProjectId,
        window: Window,
    ) -> Result<Option<Operation>, FetchError> {
        let (start, end) = (window.first(), window.end());
        let order = json!({
            "scopes": [{ "project": format!("projects/{project}") }],
            "dimensions": DIMENSIONS,
            "metrics": ["cost"],
            // Whole hours of UTC are whole hours of Pacific time: the report is of these days exactly.
            "filter": format!("hour >= timestamp('{start}T00:00:00Z') && hour < timestamp('{end}T00:00:00Z')"),
        });
        match self.http.json(&Ask::post(reports, body(&order)).with("reportId", id)).await {
            Ok(operation) => Ok(Some(operation)),
            Err(FetchError::Rejected { status: 409, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn wait(&self, mut operation: Operation) -> Result<(), FetchError> {
        for _ in 0..MAX_POLLS {
            if let Some(failure) = operation.error {
                let (code, message) = (failure.code, failure.message);
                return Err(FetchError::Unavailable(format!("the report failed with code {code}: {message}")));
            }
            if operation.done {
                return Ok(());
            }
            self.pause().await?;
            let path = format!("v1beta/{}", operation.name);
            operation = self.http.json(&Ask { name: Some("v1beta/operations"), ..Ask::get(path) }).await?;
        }
        Err(unfinished())
    }

    async fn read(&self, report: &str) -> Result<Vec<Result<Map<String, Value>, FetchError>>, FetchError> {
        let page = |asked: Value| Ask {
            name: Some("v1beta/reports:read"),
            ..Ask::post(format!("{report}:read"), body(&asked))
        };
        let first = page(json!({ "pageSize": PAGE_ROWS }));
        for _ in 0..MAX_POLLS {
            let next = |cursor: String| page(json!({ "pageSize": PAGE_ROWS, "pageToken": cursor }));
            match self.http.pages_by::<ReportPage>(&first, next).await {
                Err(error) if is_early(&error) => self.pause().await?,
                answer => return answer,
            }
        }
        Err(unfinished())
    }

    /// A report that stays goes by itself, so nothing depends on it.
    async fn delete(&self, report: String) {
        let ask = Ask { name: Some("v1beta/reports"), method: Some(Method::DELETE), ..Ask::get(report) };
        if let Err(error) = self.http.fetch(&ask.with("allowMissing", "true")).await {
            tracing::debug!(%error, "report not deleted");
        }
    }

    async fn pause(&self) -> Result<(), FetchError> {
        self.stop.run_until_cancelled(tokio::time::sleep(self.pause)).await.ok_or(FetchError::Stopped)
    }
}

fn body(value: &Value) -> Body {
    Body::bytes("application/json", value.to_string().into_bytes())
}

/// An operation may have ended before its report can be read.
fn is_early(error: &FetchError) -> bool {
    match error {
        FetchError::Rejected { status: 404, .. } => true,
        FetchError::Rejected { status: 400, message } => message.to_lowercase().contains("not ready"),
        _ => false,
    }
}

fn unfinished() -> FetchError {
    FetchError::Unavailable("the report does not come to its end".to_owned())
}

fn row(cells: Result<Map<String, Value>, FetchError>) -> Result<ReportedRow, FetchError> {
    serde_json::from_value(Value::Object(cells?))
        .map_err(|error| FetchError::Malformed(format!("row of a report is not as asked for: {error}")))
}
