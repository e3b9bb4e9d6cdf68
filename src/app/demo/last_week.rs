//! What an llmtally that ran last week would have in its database today and could not fetch: vendors tell balances and quotas as
//! of now only. So the same adapters ask the same company at last week's hours. Exchange rates come along, so that the first
//! bill in euros need not wait for somebody to miss them.

use anyhow::{Context, Result};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use futures::future::try_join_all;

use super::super::feeds::{self, Ground};
use crate::config::Config;
use crate::currency::{File, Fixing, parse};
use crate::domain::clock::Clock;
use crate::domain::period::Day;
use crate::metrics;
use crate::providers::feed::FeedKind;
use crate::providers::http::{HttpMetrics, download};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::lease::Fence;
use crate::store::locks::Locks;
use crate::store::rates::RateRow;
use crate::sync::run::Job;

/// A day more than the pace of a balance is taken from.
const DAYS: u32 = 8;
const STEP: TimeDelta = TimeDelta::hours(6);
/// All rates of the sandbox are much less.
const MAX_BYTES: usize = 1 << 20;

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
    exchange_rates(&config.currency.url, store, Day::of(until)).await
}

async fn read(job: &Job, fences: &[Fence], store: &Store, at: DateTime<Utc>) -> Result<()> {
    let FeedKind::Snapshots(gauge) = &job.feed.kind else { return Ok(()) };
    let Some(fence) = fences.iter().find(|fence| fence.is_for(job.id, job.name().0)) else { return Ok(()) };
    let readings = gauge.read().await.with_context(|| format!("{} {}", job.account, job.name()))?;
    Ok(store.add_snapshots(fence, &readings, at).await?)
}

async fn exchange_rates(url: &str, store: &Store, today: Day) -> Result<()> {
    let file = download(&format!("{url}/{}", File::Since1999.name()), MAX_BYTES).await?;
    let fixings = parse(&file).with_context(|| format!("exchange rates of {today}"))?;
    let rows = fixings.into_iter().map(|Fixing { day, currency, per_euro }| RateRow { day, currency, per_euro });
    store.save_exchange_rates(&rows.collect::<Vec<_>>()).await?;
    Ok(())
}
