//! What an llmtally that ran last week would have in its database today and could not fetch: vendors tell balances and quotas as
//! of now only. So the same adapters ask the same company at last week's hours. Exchange rates come along, so that the first
//! bill in euros need not wait for somebody to miss them.

use anyhow::{Context, Result};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use futures::future::try_join_all;

use super::super::feeds::{self, Ground};
use super::exchange;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::metrics;
use crate::providers::feed::FeedKind;
use crate::providers::http::HttpMetrics;
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::lease::Fence;
use crate::store::locks::Locks;
use crate::sync::run::Job;

/// A day more than the pace of a balance is taken from.
const DAYS: u32 = 8;
const STEP: TimeDelta = TimeDelta::hours(8);

/// Reads every balance and quota of `config` at the hours before `until`, to which `clock` is set in turn; the vendors have to
/// live by the same clock.
///
/// # Errors
///
/// The database's, or a vendor that does not answer.
pub(super) async fn live_through(config: &Config, store: &Store, clock: &Clock, until: DateTime<Utc>) -> Result<()> {
    let ground = Ground {
        clock: clock.clone(),
        shutdown: Shutdown::new(),
        http: HttpMetrics::register(&mut metrics::registry()),
        limits: config.sync.patience.limits(),
    };
    let mut accounts = feeds::all(config, &ground)?;
    accounts.iter_mut().for_each(|account| account.feeds.retain(|feed| matches!(feed.kind, FeedKind::Snapshots(_))));
    accounts.retain(|account| !account.feeds.is_empty());
    let jobs = feeds::jobs(config, &ground, store, accounts).await?;
    let mut locks = Locks::open(store).await?;
    let wanted: Vec<_> = jobs.iter().map(|job| (job.id, job.name())).collect();
    let fences = locks.take(&wanted).await?;
    let first = until.duration_trunc(STEP)? - TimeDelta::days(DAYS.into());
    let hours = std::iter::successors(Some(first), |at| Some(*at + STEP)).take_while(|at| *at < until);
    for at in hours {
        clock.set(at);
        try_join_all(jobs.iter().map(|job| read(job, &fences, store, at))).await?;
    }
    clock.set(until);
    exchange::keep(&config.currency.url, store).await
}

async fn read(job: &Job, fences: &[Fence], store: &Store, at: DateTime<Utc>) -> Result<()> {
    let FeedKind::Snapshots(gauge) = &job.feed.kind else { return Ok(()) };
    let Some(fence) = fences.iter().find(|fence| fence.is_for(job.id, job.name().0)) else { return Ok(()) };
    let readings = gauge.read().await.with_context(|| format!("{} {}", job.account, job.name()))?;
    Ok(store.add_snapshots(fence, &readings, at).await?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::PgPool;

    use super::super::company;
    use super::*;
    use crate::config::Environment;
    use crate::domain::period::Day;
    use crate::sandbox::{Options, Sandbox};

    #[sqlx::test]
    async fn the_week_has_a_course_and_euros_have_a_rate(pool: PgPool) {
        let (now, store) = (Clock::system().now(), Store::new(pool));
        let options = Options { guests: company::GUESTS.to_vec(), ..Options::new(Clock::fixed(now)) };
        let (sandbox, past) = (Sandbox::start(options).await.unwrap(), Clock::fixed(now));
        let then = sandbox.at_time_of(past.clone()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config =
            company::config(folder.path(), Path::new("/nowhere"), &then, &Environment::default()).await.unwrap();
        live_through(&config, &store, &past, now).await.unwrap();
        // Doing it again changes nothing.
        live_through(&config, &store, &past, now).await.unwrap();

        let rows = store.snapshots_since(now - TimeDelta::days(20)).await.unwrap();
        let dollars: Vec<_> = rows.iter().filter(|row| row.provider == "deepseek" && row.unit == "USD").collect();
        assert!(dollars.len() > usize::try_from(DAYS).unwrap() && dollars.iter().all(|row| row.time <= now));
        assert!(dollars.windows(2).all(|pair| pair[0].value != pair[1].value));
        assert!(rows.iter().any(|row| row.provider == "elevenlabs" && row.kind == "quota"));
        let rates = store.exchange_rates().await.unwrap();
        assert!(rates.iter().any(|rate| rate.currency.as_str() == "USD" && rate.day < Day::of(now).minus(91)));
    }
}
