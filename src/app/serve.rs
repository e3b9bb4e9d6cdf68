//! The daemon: serves from the first second, syncs once the database is there, stops without losing anything.

use std::io::IsTerminal;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::bells::FeedWatch;
use super::database::Database;
use super::house::House;
use super::page::Press;
use super::tasks::Tasks;
use super::{collector, door, prices, signals};
use crate::api::{self, ApiState, Readiness};
use crate::store::connect::{ConnectError, Patience};
use crate::store::health::Health;
use crate::sync::leases::Role;
use crate::sync::run::Watch;
use crate::sync::schedule;

const HEALTH_EVERY: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The reasons of `/-/ready`.
const DATABASE: &str = "database";
const LEDGER: &str = "ledger";

/// Serves and syncs until a signal.
///
/// # Errors
///
/// What keeps the daemon from working at all, a panic of one of its tasks included; a failing provider does not.
pub(super) async fn run(mut house: House, database: &Database) -> Result<()> {
    signals::watch(house.shutdown.clone(), house.config.sync.stop_grace)?;
    let readiness = Readiness::default();
    readiness.hold(DATABASE, "waiting for the database");
    readiness.hold(LEDGER, "the first page is not made yet");
    let tasks = Tasks::new(house.shutdown.clone());
    let served = CancellationToken::new();
    let door = door::open(&house.config.http).await?;
    let url = door::url(&door)?;
    let server = api::serve(door, router(&house, &readiness)?, served.clone());
    let server = tokio::spawn(tasks.guard("http", server));
    // Not guarded: the daemon is of use without it.
    let pusher = collector::pusher(&house)?.map(|pusher| tokio::spawn(pusher.keep(served.clone())));

    let shutdown = house.shutdown.clone();
    let mut worked = pin!(async {
        let prepared = shutdown.soft().run_until_cancelled(work(&mut house, database, &readiness, &tasks)).await;
        if matches!(prepared, Some(Ok(()))) && std::io::stderr().is_terminal() {
            info!("open {url} in a browser, stop with Ctrl-C");
        }
        match prepared {
            // The wait for the database heard of the stop first.
            Some(Err(error)) if !matches!(error.downcast_ref(), Some(ConnectError::Stopped)) => Err(error),
            _ => tasks.ended().await,
        }
    });
    let result = tokio::select! {
        result = &mut worked => result,
        () = database.lost() => {
            error!("the private database has ended: stopping, as only a new start brings it back");
            shutdown.insist();
            worked.await
        }
    };
    shutdown.insist();
    served.cancel();
    server.await?;
    if let Some(pusher) = pusher {
        let _ = pusher.await;
    }
    info!("stopped");
    result
}

fn router(house: &House, readiness: &Readiness) -> Result<axum::Router> {
    let http = &house.config.http;
    Ok(api::router(ApiState {
        store: house.store.clone(),
        publisher: Arc::clone(&house.publisher),
        readiness: readiness.clone(),
        sync: house.handle.clone(),
        clock: house.clock.clone(),
        keys: http.keys()?,
        tls: http.tls.is_some(),
        timeout: REQUEST_TIMEOUT,
    }))
}

/// Everything that needs the database. Returns once all of it runs.
async fn work(house: &mut House, database: &Database, readiness: &Readiness, tasks: &Tasks) -> Result<()> {
    database.prepare(&house.store, Patience::Endless, house.shutdown.soft()).await?;
    readiness.release(DATABASE);
    watch_database(house, readiness, tasks);
    prices::restore(&house.prices, &house.store, house.config.prices.refresh).await?;
    let exchange = house.exchange();
    exchange.restore().await?;
    house.retire_others().await?;
    let bells = house.bells.clone();
    let (workers, books) = house.staff(|_| Arc::new(FeedWatch::new(&bells)) as Arc<dyn Watch>).await?;

    tokio::spawn(tasks.guard("lease", house.keep_leases(Role::Daemon)));
    let providers = workers.iter().map(|worker| (worker.job.account.provider, worker.schedule.clone()));
    let schedules = providers.collect::<std::collections::BTreeMap<_, _>>();
    let scheduler = schedule::start(schedules, &house.handle, &house.clock).await?;
    for worker in workers {
        tasks.spawn(&format!("{} {}", worker.job.account, worker.job.name()), worker.work());
    }
    tasks.spawn("ledger", books.keep());
    let (refresh, url) = (house.config.prices.refresh, house.config.prices.url.clone());
    let (store, clock, shutdown) = (house.store.clone(), house.clock.clone(), house.shutdown.clone());
    let (prices, bells) = (Arc::clone(&house.prices), house.bells.clone());
    tasks.spawn("price", prices::keep(prices, store, refresh, url, clock, bells, shutdown));
    tasks.spawn("exchange rate", exchange.keep(house.bells.clone(), house.shutdown.clone()));
    let press = Press {
        store: house.store.clone(),
        publisher: Arc::clone(&house.publisher),
        settings: Arc::clone(&house.settings),
        clock: house.clock.clone(),
        bells: house.bells.clone(),
        leases: house.leases.clone(),
        shutdown: house.shutdown.clone(),
    };
    let readiness = readiness.clone();
    // Not waited for: while the others finish, the page still tells of them.
    tokio::spawn(tasks.guard("page", async move {
        press.keep(|| readiness.release(LEDGER)).await;
        // The clockwork lives as long as the page.
        drop(scheduler);
    }));
    Ok(())
}

fn watch_database(house: &House, readiness: &Readiness, tasks: &Tasks) {
    let mut health = house.store.watch_health(HEALTH_EVERY, house.shutdown.hard().clone());
    let (publisher, bells, readiness) = (Arc::clone(&house.publisher), house.bells.clone(), readiness.clone());
    publisher.set_database_up(true);
    tokio::spawn(tasks.guard("database watch", async move {
        while health.changed().await.is_ok() {
            let state = health.borrow_and_update().clone();
            publisher.set_database_up(state.is_up());
            match state {
                Health::Up => {
                    readiness.release(DATABASE);
                    bells.ledger.notify_one();
                }
                Health::Down(reason) => readiness.hold(DATABASE, reason),
            }
            // A new page has to wait for the database; this one says at once that it is away.
            if let Err(error) = publisher.refresh() {
                warn!("the page cannot be encoded: {error}");
            }
            bells.page.notify_one();
        }
    }));
}
