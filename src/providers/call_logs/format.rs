//! What an agent's log means.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::call_log::{Call, SessionClaim};

/// The files of one agent: one JSON object a line, and lines are only added, or one document. Formats are no published contracts, so that
/// everything may be absent.
pub(in crate::providers) trait Format: Send + Sync + 'static {
    /// What earlier lines of a file mean for later ones.
    type State: Clone + Serialize + DeserializeOwned;

    /// Where below a configured folder the log is.
    fn folders(&self, root: &Path) -> Vec<PathBuf>;

    /// Is a file with this path a part of the log?
    fn holds(&self, path: &Path) -> bool;

    /// Is the file one document, which is written anew as a whole? Then it is read as a line is.
    fn is_document(&self, _path: &Path) -> bool {
        false
    }

    /// What holds before the first line of a file.
    fn start(&self, path: &Path) -> Self::State;

    /// Takes in one line, or a document.
    fn read(&self, line: &[u8], state: &mut Self::State, found: &mut Findings);
}

/// What lines tell.
#[derive(Debug, Default)]
pub(in crate::providers) struct Findings {
    pub(in crate::providers) calls: Vec<Call>,
    pub(in crate::providers) claims: Vec<SessionClaim>,
    /// Lines that should have been read and could not be.
    pub(in crate::providers) broken: usize,
}

/// A text in a line; it is copied only where it holds escapes.
#[derive(Debug, Deserialize)]
pub(in crate::providers) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

/// A text that says something, and that a database can hold.
pub(in crate::providers) fn text<T: AsRef<str> + Into<String>>(text: Option<T>) -> Option<String> {
    let holds = |text: &str| !text.is_empty() && !text.contains('\0');
    text.filter(|text| holds(text.as_ref())).map(Into::into)
}

/// A time that can be one of a call, as the database keeps it: what has no clock writes the year 1 or 1970, and each day since then
/// would be built.
pub(in crate::providers) fn time(at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    // A leap second is the first of the next minute, and maybe day, to the database.
    let at = DateTime::from_timestamp_micros(at?.timestamp_micros())?;
    // No agent is older.
    (2020..2100).contains(&at.year()).then_some(at)
}
