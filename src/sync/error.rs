//! Why a run ends without having brought its feed up to date, and what metrics call that.

use crate::providers::feed::FetchError;
use crate::store::lease::WriteError;

/// The reason of a run that the database stopped.
const DATABASE: &str = "database";
/// The reason of a run that ended because the feed is not this process's any more.
const FENCED: &str = "fenced";
/// The reason of a run that did not begin.
const SKIPPED: &str = "skipped";

/// Why a run ended early; what was stored before stays.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Standing(#[from] StandingError),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Nothing is lost: whoever has the feed now fetches the rest.
    #[error("the feed is not ours any more")]
    Fenced,
    /// Only commands are told: a daemon waits.
    #[error("another llmtally works on it{}", .0.as_ref().map(|who| format!(" ({who})")).unwrap_or_default())]
    Busy(Option<String>),
}

impl From<WriteError> for RunError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Fenced => Self::Fenced,
            WriteError::Database(error) => Self::Database(error),
        }
    }
}

impl RunError {
    /// The closed set of the label `reason`: a run that did not begin is not counted.
    pub fn reasons() -> impl Iterator<Item = &'static str> {
        FetchError::REASONS.into_iter().chain(StandingError::REASONS).chain([DATABASE, FENCED])
    }

    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.reason(),
            Self::Standing(error) => error.reason(),
            Self::Database(_) => DATABASE,
            Self::Fenced => FENCED,
            Self::Busy(_) => SKIPPED,
        }
    }
}

/// Why an account must not be synced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandingError {
    #[error("has the same organization as the account `{by}` ({id}), and would count it twice: remove one of the two")]
    Duplicate { by: String, id: String },
    #[error(
        "has the same organization as `{by}` ({id}), which has left the configuration: start again to go on with its history"
    )]
    Renamed { by: String, id: String },
    #[error("has a key to another organization than the one it has synced so far: give the account another name")]
    OtherOrganization,
}

impl StandingError {
    const REASONS: [&str; 2] = ["duplicate", "other_organization"];

    fn reason(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } | Self::Renamed { .. } => Self::REASONS[0],
            Self::OtherOrganization => Self::REASONS[1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lists_every_reason() {
        let document = include_str!("../../docs/metrics.md");
        let (_, list) = document.split_once("`reason` is one of ").expect("a list");
        let (list, _) = list.split_once(").\n").expect("its end");
        for reason in RunError::reasons() {
            assert!(list.contains(&format!("`{reason}`")), "{reason} is not in docs/metrics.md");
        }
    }
}
