//! Query parameters: an unknown one is an error that names the known ones.

use axum::extract::Query;
use axum::http::Uri;

use super::error::ApiError;

/// The parameters of one request, all of them allowed.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn parse(uri: &Uri, allowed: &[&str]) -> Result<Self, ApiError> {
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
            return Err(ApiError::bad_query("the query is not written as name=value&…"));
        };
        for (name, value) in &pairs {
            if !allowed.contains(&name.as_str()) {
                let hint = format!("allowed are {}", allowed.join(", "));
                return Err(ApiError::bad_query(format!("unknown parameter `{name}`")).hint(hint));
            }
            if value.is_empty() || value.contains('\0') {
                return Err(ApiError::bad_query(format!("parameter `{name}` has no usable value")));
            }
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter that may stand there once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.values(name);
        let first = values.next();
        match values.next() {
            Some(_) => Err(ApiError::bad_query(format!("parameter `{name}` stands there twice"))),
            None => Ok(first),
        }
    }

    /// The values of a parameter that may be repeated.
    pub(super) fn many(&self, name: &str) -> Vec<String> {
        self.values(name).map(str::to_owned).collect()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}
