//! Who may scrape, read and refresh.

mod sent;
mod tokens;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use secrecy::SecretString;

use self::sent::Sent;
use self::tokens::Tokens;
use super::error::ApiError;
use super::watched::{FileProblem, Watched};

pub(super) use self::tokens::Scope;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The tokens that open routes. Without any, everybody may read and nobody may refresh.
#[derive(Clone, Default)]
pub struct Keys {
    /// Of the file that names everybody who may do anything.
    named: Option<Arc<Watched<Tokens>>>,
    /// The one of `http.token`, which may only refresh.
    refresh: Option<Arc<Watched<Tokens>>>,
}

impl Keys {
    /// Only who is named in `file` may do anything, and only what it says there.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn with_tokens_file(self, file: &Path) -> Result<Self, FileProblem> {
        let path = file.to_owned();
        let named = Watched::open(vec![path.clone()], move || Tokens::read(&path))?;
        Ok(Self { named: Some(Arc::new(named)), ..self })
    }

    /// Whoever shows what `read` returns may refresh; it is asked again when `file` changes.
    ///
    /// # Errors
    ///
    /// What `read` says.
    pub fn with_refresh(
        self,
        file: Option<PathBuf>,
        read: impl Fn() -> Result<SecretString, FileProblem> + Send + Sync + 'static,
    ) -> Result<Self, FileProblem> {
        let refresh = Watched::open(Vec::from_iter(file), move || Ok(Tokens::refresh(&read()?)))?;
        Ok(Self { refresh: Some(Arc::new(refresh)), ..self })
    }

    /// Does reading take a token?
    #[must_use]
    pub fn guard_reading(&self) -> bool {
        self.named.is_some()
    }

    /// Lets pass who shows a token that has `scope`, as `Bearer`, or as `Basic` with its name for the user.
    async fn admit(&self, headers: &HeaderMap, scope: Scope) -> Result<(), ApiError> {
        if scope != Scope::Sync && !self.guard_reading() {
            return Ok(());
        }
        if self.named.is_none() && self.refresh.is_none() {
            let error = ApiError::new(StatusCode::FORBIDDEN, "forbidden", "no API token is configured");
            return Err(error.hint("set one in the configuration to allow it"));
        }
        let sent = Sent::of(headers);
        let mut known = None;
        for source in [&self.named, &self.refresh].into_iter().flatten() {
            let tokens = source.current().await;
            if let Some(token) = sent.as_ref().and_then(|sent| tokens.find(sent)) {
                if token.opens(scope) {
                    return Ok(());
                }
                known = Some(token.name().to_owned());
            }
        }
        Err(match known {
            Some(name) => ApiError::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                format!("the token `{name}` does not have the scope `{}`", scope.as_str()),
            ),
            None => ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", "the token is missing or wrong")
                .hint("send `authorization: Bearer …`, or the token as the password of its name"),
        })
    }
}

/// The route, for who may.
pub(super) fn guarded<S: Clone + Send + Sync + 'static>(
    keys: &Keys,
    scope: Scope,
    route: MethodRouter<S>,
) -> MethodRouter<S> {
    route.route_layer(from_fn_with_state((keys.clone(), scope), check))
}

async fn check(State((keys, scope)): State<(Keys, Scope)>, request: Request, next: Next) -> Response {
    // A browser shows the password that it remembers on behalf of other sites, too.
    let site = request.headers().get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    if scope == Scope::Sync && site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return ApiError::new(StatusCode::FORBIDDEN, "forbidden", "another site asks for this").into_response();
    }
    match keys.admit(request.headers(), scope).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}
