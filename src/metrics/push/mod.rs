//! The page to a collector, by OTLP: what a scrape would read now goes out, at an interval, and nothing waits for it.

mod ended;
mod message;
mod read;
mod request;
mod stream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Publisher;
use super::page::Parts;
use crate::domain::clock::Clock;
use crate::telemetry::{FLUSH, Hourly, Otlp, Post, Refusal};
use message::Times;

/// Sends pages. Nothing queues: a page that is not taken is not kept, because the next one says all that it said.
pub struct Pusher {
    publisher: Arc<Publisher>,
    post: Post,
    resource: Resource,
    every: Duration,
    clock: Clock,
    /// Since when the daemon's own counters count.
    started: DateTime<Utc>,
    /// When something was sent last.
    sent: DateTime<Utc>,
    /// What the collector took last: what is missing in the next page has ended.
    taken: Parts,
    complaints: Complaints,
}

/// What was said about the collector.
#[derive(Default)]
struct Complaints {
    lines: Hourly,
    /// A line said that nothing is taken, and none that this is over.
    open: bool,
}

impl Pusher {
    /// Sends what `publisher` shows every so often. The counters in its registry start with this moment.
    #[must_use]
    pub fn new(publisher: Arc<Publisher>, otlp: &Otlp, every: Duration, clock: Clock) -> Self {
        let started = clock.now();
        Self {
            publisher,
            post: Post::new(otlp, "metrics"),
            resource: otlp.resource(),
            every,
            clock,
            started,
            sent: started,
            taken: Parts::default(),
            complaints: Complaints::default(),
        }
    }

    /// Sends until stopped, then once more, and says that all series end with this daemon: another may show them next.
    /// The last words take a few seconds at most.
    pub async fn keep(mut self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let sending = async {
            loop {
                ticks.tick().await;
                self.push(self.publisher.page().parts()).await;
            }
        };
        let _: Option<()> = stop.run_until_cancelled(sending).await;
        let last = async {
            self.push(self.publisher.page().parts()).await;
            self.push(Parts::default()).await;
        };
        // A collector that is away has been complained about.
        let _ = tokio::time::timeout(FLUSH, last).await;
    }

    async fn push(&mut self, parts: Parts) {
        // Receivers refuse what is not newer, by the millisecond, than what they have, as after a clock was put back.
        self.sent = self.clock.now().max(self.sent + TimeDelta::milliseconds(1));
        let times = Times::new(self.started, self.sent);
        let (before, now, resource) = (self.taken.clone(), parts.clone(), self.resource.clone());
        // A large page takes a while.
        let making = tokio::task::spawn_blocking(move || request::make(&before, &now, times, &resource));
        let Ok(messages) = making.await else { return };
        for message in messages {
            match self.post.send(message).await {
                Ok(answer) => self.complaints.about_points(&self.post, &answer),
                // What is left would fare no better.
                Err(refusal) => return self.complaints.about(&self.post, &refusal),
            }
        }
        self.complaints.settle(&self.post);
        self.taken = parts;
    }
}

impl Complaints {
    fn about(&mut self, post: &Post, refusal: &Refusal) {
        if self.lines.due(Instant::now()) {
            self.open = true;
            warn!("{} does not take metrics: {refusal}; the latest values are sent again", post.endpoint());
        }
    }

    /// What a collector that takes a message may still leave out of it.
    fn about_points(&mut self, post: &Post, answer: &[u8]) {
        let answer = ExportMetricsServiceResponse::decode(answer).unwrap_or_default();
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_data_points);
        if rejected > 0 && self.lines.due(Instant::now()) {
            warn!("{} rejects {rejected} points of metrics, and may say why in its own log", post.endpoint());
        }
    }

    fn settle(&mut self, post: &Post) {
        if std::mem::take(&mut self.open) {
            info!("{} takes metrics again", post.endpoint());
        }
    }
}

#[cfg(test)]
mod tests;
