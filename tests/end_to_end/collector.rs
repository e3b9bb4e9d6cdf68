//! The page as a collector gets it, and what happens where there is no good one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

use llmtally::domain::clock::Clock;
use llmtally::domain::money::Currency;
use llmtally::metrics::catalogue::{self, Shown};
use reqwest::Method;
use sqlx::{ConnectOptions, PgPool};

use crate::monitoring::{READINGS, synced};
use crate::support::collector::{Collector, Mood};
use crate::support::daemon::Daemon;
use crate::support::page::Series;
use crate::support::place::free_port;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

const HEADER_SECRET: &str = "hush-4711";
const TOKEN: &str = "open sesame";
/// A counter that the database keeps, which has no start that a daemon knows.
const RESTATED: &str = "llmtally_restated_usd_total";
const SPEND: &str = "llmtally_spend_month_to_date_usd";

/// Tells the collector so often.
fn tell(scene: &mut Scene, collector: &str, every: &str) {
    scene.set("OTEL_EXPORTER_OTLP_ENDPOINT", collector);
    scene.set("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization=Bearer%20{HEADER_SECRET},x-team=blue"));
    scene.set("OTEL_METRIC_EXPORT_INTERVAL", every);
    scene.set("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
}

/// What the collector holds, whoever said it.
fn held(collector: &Collector) -> BTreeMap<Series, f64> {
    collector.state().into_iter().map(|((_, series), value)| (series, value)).collect()
}

/// Lines of the log that say so.
fn lines(daemon: &Daemon, words: &str) -> usize {
    daemon.program.words().lines().filter(|line| line.contains(words)).count()
}

/// Waits for so many requests from now on.
async fn until_more(collector: &Collector, more: usize) {
    let before = collector.letters().len();
    eventually(async || so(collector.letters().len() >= before + more, "nothing more is sent")).await;
}

#[sqlx::test(migrations = false)]
async fn all_that_a_scrape_shows_arrives_and_counters_go_on_from_one_start(pool: PgPool) {
    let collector = Collector::start(Mood::Takes).await;
    let mut scene = synced(&pool).await;
    scene.add("[[budgets]]\nname = 'everything'\nlimit = 1000\n");
    sqlx::raw_sql(READINGS).execute(&pool).await.expect("readings");
    tell(&mut scene, &collector.url(), "1000");
    scene.set("LLMTALLY__HTTP__TOKEN", TOKEN);
    let before = Clock::system().now();
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;

    let agree = async || {
        eventually(async || {
            let (page, told) = (daemon.page().await.all(), held(&collector));
            let differ: Vec<_> = page.iter().filter(|(series, value)| told.get(series) != Some(value)).collect();
            let strange: Vec<_> = told.keys().filter(|series| !page.contains_key(series)).collect();
            so(differ.is_empty() && strange.is_empty(), format!("{differ:?} differ, {strange:?} are on no page"))
        })
        .await;
    };
    agree().await;
    let told: BTreeSet<String> = collector.points().into_iter().map(|point| point.metric).collect();
    let page = daemon.page().await;
    let shown: BTreeSet<String> = page.types().into_iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(told, shown);
    assert_eq!(told.len(), catalogue::ALL.len());

    let runs = |collector: &Collector| {
        let runs = held(collector).into_iter().filter(|(series, _)| series.name == "llmtally_sync_runs_total");
        runs.map(|(_, runs)| runs).sum::<f64>()
    };
    let ran = runs(&collector);
    // Feeds rest between two runs: as if that time had passed.
    let rested = "UPDATE feed_status SET last_attempt_at = last_attempt_at - interval '1 day'";
    sqlx::query(rested).execute(&pool).await.expect("a statement");
    daemon.request(Method::POST, "/api/v1/sync").bearer_auth(TOKEN).send().await.expect("an answer");
    eventually(async || so(runs(&collector) > ran, "no run was counted")).await;
    agree().await;

    meanings_are_kept(&collector, before.timestamp_nanos_opt().expect("nanoseconds").unsigned_abs());
    secrets_stay_here(&collector, &daemon, &scene, &pool);
    assert!(daemon.stop().await.success());
}

/// Units, times and what counters promise.
fn meanings_are_kept(collector: &Collector, before: u64) {
    let mut counters: BTreeMap<_, (u64, Vec<(Series, f64)>)> = BTreeMap::new();
    let mut starts = BTreeSet::new();
    for point in collector.points() {
        let name = &point.metric;
        let unit = match name.trim_end_matches("_total") {
            name if name.ends_with("_usd") => "{USD}",
            name if name.ends_with("_seconds") => "s",
            name if name.ends_with("_ratio") => "1",
            _ => "",
        };
        assert_eq!(point.unit, unit, "{name}");
        if point.monotonic && name != RESTATED {
            assert!(point.start >= before && point.start < point.time, "{name} counts since {}", point.start);
            starts.insert(point.start);
        } else {
            assert_eq!(point.start, 0, "{name}");
        }
        let Some(samples) = point.samples.as_ref().filter(|_| point.monotonic) else { continue };
        let was = counters.insert(point.identity(), (point.time, samples.clone()));
        let (time, was) = was.unwrap_or((before, samples.clone()));
        assert!(point.time > time, "{name} does not move on");
        let rises = was.iter().zip(samples).all(|((series, one), (same, other))| series == same && one <= other);
        assert!(rises, "{name} fell from {was:?} to {samples:?}");
    }
    assert_eq!(starts.len(), 1, "all counts of a process have one start");
}

fn secrets_stay_here(collector: &Collector, daemon: &Daemon, scene: &Scene, pool: &PgPool) {
    let letters = collector.letters();
    let resource = letters[0].resource();
    assert_eq!(resource["service.name"], "llmtally");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(resource["deployment.environment.name"], "test");
    assert!(!resource["service.instance.id"].is_empty());
    for letter in letters.iter() {
        assert_eq!(letter.resource(), resource, "one daemon is one resource");
        assert_eq!(letter.headers["authorization"], format!("Bearer {HEADER_SECRET}"));
        assert_eq!(letter.headers["x-team"], "blue");
        assert_eq!(letter.headers["content-type"], "application/x-protobuf");
    }
    let database = pool.connect_options().to_url_lossy().to_string();
    let bodies = letters.iter().map(|letter| String::from_utf8_lossy(&letter.body).into_owned());
    for text in bodies.chain([daemon.program.words()]) {
        for secret in [HEADER_SECRET, TOKEN, scene.sandbox.openai_key(), scene.sandbox.anthropic_key(), &database] {
            assert!(!text.contains(secret), "a secret got out");
        }
    }
}

#[sqlx::test(migrations = false)]
async fn the_last_values_go_out_at_the_stop_and_end_there(pool: PgPool) {
    let collector = Collector::start(Mood::Takes).await;
    let mut scene = synced(&pool).await;
    // Nothing is due between the start and the stop.
    tell(&mut scene, &collector.url(), "3600000");
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let spent = daemon.page().await.sum(SPEND, &[]);
    assert!(spent > 0.0 && collector.points().iter().all(|point| point.metric != SPEND), "it was sent before");
    assert!(daemon.stop().await.success());

    let points = collector.points();
    let of_spend = points.iter().filter(|point| point.metric == SPEND);
    let (last, ends): (Vec<_>, Vec<_>) = of_spend.partition(|point| point.samples.is_some());
    let sum: f64 = last.iter().flat_map(|point| point.samples.iter().flatten()).map(|(_, value)| value).sum();
    assert!((sum - spent).abs() < 1e-6, "{sum} was sent, {spent} was shown");
    assert_eq!(ends.len(), last.len());
    assert!(ends.iter().all(|end| end.time > last[0].time));
    assert!(collector.state().is_empty(), "a daemon that is gone shows {:?}", collector.state());
}

/// Syncs from nothing beside a collector of this mood, which gets so many requests meanwhile.
async fn beside(pool: &PgPool, mood: Mood, requests: usize) -> (Scene, Collector, Daemon) {
    let collector = Collector::start(mood).await;
    let mut scene = Scene::new(3).await.in_database_of(pool);
    tell(&mut scene, &collector.url(), "1000");
    let daemon = scene.serve().await;
    daemon.until_synced().await;
    assert!(daemon.page().await.sum("llmtally_sync_runs_total", &[]) > 0.0);
    eventually(async || so(collector.letters().len() >= requests, "nobody tells the collector")).await;
    (scene, collector, daemon)
}

/// The collector takes everything from now on: it gets the latest values, and nothing of what it has missed.
async fn until_told_again(collector: &Collector, daemon: &Daemon) {
    let missed = collector.letters().iter().map(|letter| letter.time()).max().expect("a request");
    collector.becomes(Mood::Takes);
    eventually(async || {
        let (page, told) = (daemon.page().await.all(), held(collector));
        so(page == told, format!("{} series on the page, {} arrived", page.len(), told.len()))
    })
    .await;
    let taken: Vec<u64> =
        collector.letters().iter().filter(|letter| letter.taken).map(|letter| letter.time()).collect();
    assert!(taken.iter().all(|time| *time > missed), "an old page was kept");
    assert!(taken.is_sorted_by(|one, next| one < next), "a page was sent twice");
}

async fn beside_one_that_refuses(pool: &PgPool, status: u16) {
    let (_scene, collector, mut daemon) = beside(pool, Mood::Refuses(status), 3).await;
    assert_eq!(lines(&daemon, "does not take metrics"), 1, "{}", daemon.program.words());
    assert_eq!(lines(&daemon, &format!("status {status}; the latest values")), 1);
    assert!(held(&collector).is_empty());
    until_told_again(&collector, &daemon).await;
    eventually(async || so(lines(&daemon, "takes metrics again") == 1, "it is not said")).await;
    collector.becomes(Mood::Refuses(status));
    until_more(&collector, 3).await;
    assert_eq!(lines(&daemon, "does not take metrics"), 1, "one line an hour");
    assert_eq!(lines(&daemon, "secrets-in-an-answer"), 0);
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn a_collector_that_fails_costs_one_line_and_gets_the_latest_page_later(pool: PgPool) {
    beside_one_that_refuses(&pool, 500).await;
}

#[sqlx::test(migrations = false)]
async fn a_collector_that_finds_fault_with_a_page_gets_the_next(pool: PgPool) {
    beside_one_that_refuses(&pool, 400).await;
}

#[sqlx::test(migrations = false)]
async fn a_collector_that_leaves_points_out_costs_one_line(pool: PgPool) {
    let (_scene, collector, mut daemon) = beside(&pool, Mood::Picks, 3).await;
    assert_eq!(lines(&daemon, "rejects 3 points"), 1, "{}", daemon.program.words());
    assert_eq!(lines(&daemon, "secrets-in-an-answer"), 0);
    until_more(&collector, 2).await;
    assert_eq!(lines(&daemon, "rejects 3 points"), 1);
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn a_collector_that_hangs_delays_neither_sync_nor_scrape_nor_the_stop(pool: PgPool) {
    // It never answers, so whatever is done here is done without it.
    let (_scene, collector, mut daemon) = beside(&pool, Mood::Hangs, 1).await;
    let letters = collector.letters().len();
    assert!(daemon.stop().await.success());
    assert!(collector.letters().len() >= letters && held(&collector).is_empty());
    assert!(daemon.program.words().contains("stopped"));
}

#[sqlx::test(migrations = false)]
async fn a_collector_that_is_away_costs_one_line_and_may_come_back(pool: PgPool) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let mut scene = Scene::new(3).await.in_database_of(&pool);
    tell(&mut scene, &format!("http://{address}"), "1000");
    let mut daemon = scene.serve().await;
    daemon.until_synced().await;
    eventually(async || so(lines(&daemon, "does not take metrics") == 1, daemon.program.words())).await;
    let collector = Collector::start_at(address, Mood::Takes).await;
    eventually(async || so(held(&collector) == daemon.page().await.all(), "the page does not arrive")).await;
    assert_eq!(lines(&daemon, "does not take metrics"), 1);
    assert!(daemon.stop().await.success());
}

/// A daemon that tells under this name.
async fn named(scene: &Scene, instance: &str) -> Daemon {
    let mut command = scene.command(&[]);
    command.env("OTEL_RESOURCE_ATTRIBUTES", format!("service.instance.id={instance}"));
    Daemon::start(&mut command).await
}

#[sqlx::test(migrations = false)]
async fn figures_of_several_daemons_arrive_once_before_and_after_the_leader_stops(pool: PgPool) {
    let collector = Collector::start(Mood::Takes).await;
    let mut scene = synced(&pool).await;
    tell(&mut scene, &collector.url(), "1000");
    let mut leader = named(&scene, "first").await;
    leader.until_ready().await;
    let mut heir = named(&scene, "second").await;
    heir.until_ready().await;
    let spent = leader.page().await.sum(SPEND, &[]);
    let sum = || {
        let state = collector.state();
        let spend = state.iter().filter(|((_, series), _)| series.name == SPEND);
        let (who, values): (BTreeSet<&str>, Vec<f64>) =
            spend.map(|((instance, _), value)| (instance.as_str(), *value)).unzip();
        (who.into_iter().map(str::to_owned).collect::<Vec<_>>(), values.iter().sum::<f64>())
    };
    let by = |name: &str| {
        let (who, spent_there) = sum();
        so(who == [name] && (spent_there - spent).abs() < 1e-6, format!("{who:?} tell of {spent_there}, not {spent}"))
    };
    eventually(async || by("first")).await;
    assert!(leader.stop().await.success());
    eventually(async || by("second")).await;
    assert!(heir.stop().await.success());

    let by_leader: BTreeSet<String> = catalogue::ALL
        .iter()
        .filter(|spec| spec.shown == Shown::ByLeader)
        .map(|spec| spec.name(Currency::USD))
        .collect();
    let points = collector.points();
    let followed = points.iter().filter(|point| point.instance == "second").take_while(|point| {
        let leads = point.metric == "llmtally_leader" && point.samples.as_ref().is_some_and(|of| of[0].1 > 0.0);
        !leads
    });
    // A page begins with the figures, so those of the first page of a leader come just before it says that it leads.
    let first = followed.clone().last().map(|point| point.time);
    let early: Vec<_> =
        followed.filter(|point| Some(point.time) != first && by_leader.contains(&point.metric)).collect();
    assert!(early.is_empty(), "a follower tells of {early:?}");
}
