//! `invocation_logs`: who made the calls that CloudWatch counts, from the logs that Bedrock writes into buckets.

mod bucket;
mod listing;
mod place;
mod record;
mod tally;
mod who;

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::future::FutureExt;
use futures::stream::{self, StreamExt};
use tokio::sync::{Mutex, OnceCell};

use self::bucket::Bucket;
use self::listing::{Entry, Object};
use self::record::Calls;
use self::tally::Tally;
use super::cloud::{Cloud, S3_AT_ONCE};
use super::config::LogPlace;
use super::identity::Caller;
use crate::domain::clock::Clock;
use crate::domain::names::AccountName;
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::account::Identity;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::http::SetupError;

/// Logs are there some minutes after the calls; those that come much later are rare.
const SETTLES_AFTER_DAYS: u32 = 1;
/// So many logs that cannot be read, before one that can, mean that none can.
const REFUSALS: usize = 10;

/// The logs of an account's own calls, in one bucket or several.
pub(super) struct InvocationLogs {
    name: AccountName,
    clock: Clock,
    caller: Caller,
    /// The account's number.
    number: OnceCell<String>,
    places: Vec<(LogPlace, Bucket)>,
    /// Days that may still change: of these only what is new is read.
    open: Mutex<BTreeMap<Day, Tally>>,
    days: u32,
}

/// A log that is not read yet.
struct Unread<'a> {
    bucket: &'a Bucket,
    region: String,
    object: Object,
}

impl Unread<'_> {
    /// What errors and logs call it.
    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket.name, self.object.key)
    }

    async fn calls(self) -> (Self, Result<Calls, FetchError>) {
        let calls = match self.bucket.get(&self.object.key).await {
            Ok(content) => understood(content).await,
            Err(error) => Err(error),
        };
        (self, calls)
    }
}

impl InvocationLogs {
    /// Logs of the last `days` days, in buckets that are in `region` unless they say otherwise.
    pub(super) fn new(
        cloud: &Cloud<'_>,
        caller: Caller,
        places: &[LogPlace],
        region: &str,
        days: u32,
    ) -> Result<Self, SetupError> {
        let bucket = |place: &LogPlace| {
            let http = cloud.s3(&place.bucket, place.region.as_deref().unwrap_or(region))?;
            Ok((place.clone(), Bucket::new(http, &place.bucket)))
        };
        let places = places.iter().map(bucket).collect::<Result<_, SetupError>>()?;
        let (name, clock) = (cloud.account().clone(), cloud.clock().clone());
        Ok(Self { name, clock, caller, number: OnceCell::new(), places, open: Mutex::default(), days })
    }

    async fn number(&self) -> Result<&str, FetchError> {
        let ask = || async {
            let number = self.caller.ids().await?.pop();
            number.ok_or_else(|| FetchError::Malformed("GetCallerIdentity names no account".to_owned()))
        };
        Ok(self.number.get_or_try_init(ask).await?)
    }

    /// Reads the logs of `day` that `tally` does not know yet.
    async fn read(&self, day: Day, tally: &mut Tally) -> Result<(), FetchError> {
        let unread = self.unread(day, tally).await?;
        let total = unread.len();
        let fetches: Vec<_> = unread.into_iter().map(|log| log.calls().boxed()).collect();
        let mut fetches = stream::iter(fetches).buffered(S3_AT_ONCE);
        let mut left_out = LeftOut::default();
        while let Some((log, calls)) = fetches.next().await {
            let place = log.place();
            match calls {
                Ok(Calls { calls, broken }) => {
                    if let Some(first) = broken.first() {
                        let what = format!("{} lines are not as documented, the first is line {first}", broken.len());
                        left_out.push(FetchError::Malformed(format!("{place}: {what}")));
                    }
                    // Where most lines are broken, the others may not mean what they seem to.
                    if broken.len() <= calls.len() {
                        tally.add(log.object, &log.region, day, calls);
                    }
                }
                // Old logs may be deleted at any time.
                Err(FetchError::Rejected { status: 404, .. }) => {}
                Err(FetchError::Malformed(why)) => left_out.push(FetchError::Malformed(format!("{place}: {why}"))),
                Err(FetchError::Unauthorized(why)) => {
                    left_out.push(FetchError::Unauthorized(format!("{place}: {why}")));
                }
                Err(error) => return Err(error),
            }
            if tally.is_empty() && left_out.count >= REFUSALS {
                break;
            }
        }
        left_out.told(&self.name, day, total, tally.is_empty())
    }

    async fn unread(&self, day: Day, tally: &Tally) -> Result<Vec<Unread<'_>>, FetchError> {
        let mut unread = Vec::new();
        for (place, bucket) in &self.places {
            let home = place.home(self.number().await?);
            let entries = bucket.list(&home, true).await?;
            if entries.is_empty() {
                let message = format!(
                    "there are no logs of calls below s3://{}/{home}: the logging settings of Bedrock tell bucket and prefix",
                    bucket.name
                );
                return Err(FetchError::Rejected { status: 404, message });
            }
            for region in entries {
                let Entry::Folder(region) = region else { continue };
                for folder in place::folders(&region, day, self.clock.today()) {
                    let name = region.strip_prefix(&home).unwrap_or(&region).trim_end_matches('/');
                    let is_new = |object: &Object| place::is_log(&object.key, &folder) && !tally.knows(object);
                    let objects = bucket.list(&folder, false).await?.into_iter().filter_map(|entry| match entry {
                        Entry::Object(object) => Some(object).filter(is_new),
                        Entry::Folder(_) => None,
                    });
                    unread.extend(objects.map(|object| Unread { bucket, region: name.to_owned(), object }));
                }
            }
        }
        Ok(unread)
    }

    fn is_open(&self, day: Day) -> bool {
        self.clock.today().minus(SETTLES_AFTER_DAYS + 1) <= day
    }
}

#[async_trait]
impl Feed<UsageRecord> for InvocationLogs {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            days_per_fetch: 1,
            settles_after_days: SETTLES_AFTER_DAYS,
            history_days: Some(self.days),
            second_look: false,
            ..FeedPolicy::USUAL
        }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut open = self.open.lock().await;
        open.retain(|day, _| self.is_open(*day));
        let mut records = Vec::new();
        for day in window.days() {
            let mut tally = open.remove(&day).unwrap_or_default();
            let read = self.read(day, &mut tally).await;
            records.extend(tally.records(day));
            // What was read before something went wrong is not read again.
            if self.is_open(day) {
                open.insert(day, tally);
            }
            read?;
        }
        Ok(records)
    }
}

/// The calls in a log's content, which may take a while to decompress.
async fn understood(content: Vec<u8>) -> Result<Calls, FetchError> {
    let calls = tokio::task::spawn_blocking(move || record::read(&content)).await;
    // It does not fail, but for a runtime that is going away.
    let calls = calls.map_err(|_| FetchError::Stopped)?;
    calls.map_err(|error| FetchError::Malformed(format!("cannot be decompressed: {error}")))
}

/// What of a day's logs could not be read.
#[derive(Default)]
struct LeftOut {
    count: usize,
    first: Option<FetchError>,
}

impl LeftOut {
    fn push(&mut self, error: FetchError) {
        self.count += 1;
        self.first.get_or_insert(error);
    }

    /// Names it, and fails where nothing else was read. The use that it would have named is still counted, as nobody's.
    fn told(self, account: &AccountName, day: Day, total: usize, nothing_read: bool) -> Result<(), FetchError> {
        match self.first {
            Some(error) if nothing_read => Err(error),
            Some(error) => {
                let count = self.count;
                tracing::warn!(%account, %day, "{count} of {total} new logs of calls cannot be read, or not as a whole: {error}");
                Ok(())
            }
            None => Ok(()),
        }
    }
}
