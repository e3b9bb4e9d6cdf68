//! Answers that tell more than one thing of the same days, and the feeds that are made of them.

use async_trait::async_trait;

use super::feed::{Feed, FeedPolicy, FetchError};
use crate::domain::period::Window;

/// What a vendor tells of whole days in lines of one kind: costs can be read from them, and use as well.
#[async_trait]
pub(crate) trait Statement: Clone + Send + Sync + 'static {
    type Line;

    /// Of every feed that is made of the lines.
    fn policy(&self) -> FeedPolicy;

    /// All lines of the days of `window`, or an error. Never a part of them.
    async fn lines(&self, window: Window) -> Result<Vec<Self::Line>, FetchError>;

    /// The feed of the records that `convert` reads from the lines.
    fn feed<R, F>(&self, convert: F) -> Extract<Self, F>
    where
        F: Fn(&[Self::Line]) -> Result<Vec<R>, FetchError> + Send + Sync,
    {
        Extract { statement: self.clone(), convert }
    }
}

/// The records of one kind that a statement holds.
pub(crate) struct Extract<S, F> {
    statement: S,
    convert: F,
}

#[async_trait]
impl<S, F, R> Feed<R> for Extract<S, F>
where
    S: Statement,
    F: Fn(&[S::Line]) -> Result<Vec<R>, FetchError> + Send + Sync,
    R: Send + 'static,
{
    fn policy(&self) -> FeedPolicy {
        self.statement.policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<R>, FetchError> {
        let lines = self.statement.lines(window).await?;
        (self.convert)(&lines)
    }
}
