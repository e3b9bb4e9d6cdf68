//! Several daemons on one database: each day is fetched once, and one of them shows the figures, whatever happens to whom.

use std::collections::BTreeSet;
use std::time::Duration;

use llmtally::domain::money::Currency;
use llmtally::metrics::catalogue::{self, Shown};
use llmtally::sandbox::{Fault, Vendor};
use nix::sys::signal::Signal;
use reqwest::{Method, StatusCode};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::PgPool;

use crate::support::bill::ledger;
use crate::support::daemon::Daemon;
use crate::support::page::Page;
use crate::support::place::free_port;
use crate::support::prometheus::Prometheus;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

const SPEND: &str = "llmtally_spend_7d_usd";
const LEADER: &str = "llmtally_leader";

/// Ends the connections on which daemons hold their leases, as a failing network would.
async fn cut_leases(pool: &PgPool) -> usize {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'llmtally leases' AND datname = current_database()";
    sqlx::query(cut).fetch_all(pool).await.expect("an answer").len()
}

/// The leader first, then the others, once one of them leads.
async fn sorted(daemons: Vec<Daemon>) -> Vec<Daemon> {
    let leader = eventually(async || {
        let mut leaders = Vec::new();
        for (place, daemon) in daemons.iter().enumerate() {
            daemon.until_ready().await;
            if daemon.page().await.samples(LEADER, &[]) == [1.0] {
                leaders.push(place);
            }
        }
        match leaders.as_slice() {
            [leader] => Ok(*leader),
            _ => Err(format!("{} leaders", leaders.len())),
        }
    });
    let leader = leader.await;
    let mut daemons = daemons;
    daemons.swap(0, leader);
    daemons
}

fn families(page: &Page) -> BTreeSet<String> {
    page.types().into_iter().map(|(name, _)| name.to_owned()).collect()
}

fn shown_by_each() -> BTreeSet<String> {
    catalogue::ALL.iter().filter(|spec| spec.shown == Shown::ByEach).map(|spec| spec.name(Currency::USD)).collect()
}

async fn until_leader(daemon: &Daemon) {
    eventually(async || {
        let page = daemon.page().await;
        so(page.samples(LEADER, &[]) == [1.0] && page.sum(SPEND, &[]) > 0.0, "no heir")
    })
    .await;
}

#[sqlx::test(migrations = false)]
async fn three_daemons_ask_for_everything_once_and_one_shows_the_figures(pool: PgPool) {
    let mut scene = Scene::new(6).await.in_database_of(&pool);
    scene.set("LLMTALLY__HTTP__TOKEN", "open sesame");
    let daemons = vec![scene.serve().await, scene.serve().await, scene.serve().await];
    let mut daemons = sorted(daemons).await;
    scene.until_ledger_is_bill(&daemons[0], &Vendor::ALL).await;
    let mut visits = scene.sandbox.visits();
    // Each daemon may ask whose the accounts are; windows have a first day.
    visits.retain(|question, _| question.contains("start"));
    let twice: Vec<_> = visits.iter().filter(|(_, times)| **times > 1).collect();
    assert!(visits.len() > 20 && twice.is_empty(), "of {} questions {twice:?} were asked again", visits.len());

    let spend = ledger(&daemons[0], scene.final_days()).await;
    assert!(daemons[0].page().await.sum(SPEND, &[]) > 0.0);
    for follower in &daemons[1..] {
        let page = follower.page().await;
        assert_eq!(page.samples(LEADER, &[]), [0.0]);
        let strange: Vec<_> = families(&page).difference(&shown_by_each()).cloned().collect();
        assert!(strange.is_empty(), "a follower shows {strange:?}");
        assert_eq!(ledger(follower, scene.final_days()).await, spend, "the API tells something else");
    }

    // Feeds rest between two runs: as if that time had passed.
    sqlx::query("UPDATE feed_status SET last_attempt_at = last_attempt_at - interval '1 day'")
        .execute(&pool)
        .await
        .expect("a statement");
    let runs = async |daemons: &[Daemon]| {
        let mut sum = 0.0;
        for daemon in daemons {
            sum += daemon.page().await.sum("llmtally_sync_runs_total", &["provider=\"anthropic\""]);
        }
        sum
    };
    let before = runs(&daemons).await;
    let ask = daemons[2].request(Method::POST, "/api/v1/sync?provider=anthropic").bearer_auth("open sesame");
    assert_eq!(ask.send().await.expect("an answer").status(), StatusCode::ACCEPTED);
    eventually(async || so(runs(&daemons).await > before + 4.5, "a follower was asked, and nobody ran")).await;
    for daemon in &mut daemons {
        assert!(daemon.stop().await.success());
    }
}

#[sqlx::test(migrations = false)]
async fn figures_are_counted_once_before_and_after_a_stop_and_a_kill_of_the_leader(pool: PgPool) {
    let scene = Scene::new(6).await.in_database_of(&pool);
    let daemons = sorted(vec![scene.serve().await, scene.serve().await]).await;
    scene.until_ledger_is_bill(&daemons[0], &Vendor::ALL).await;
    let spare = scene.serve().await;
    let addresses: Vec<_> = daemons.iter().chain([&spare]).map(|daemon| daemon.address).collect();
    let prometheus = Prometheus::start(&scene.place, &addresses, free_port());
    let mut daemons: Vec<Daemon> = daemons.into_iter().chain([spare]).collect();

    for end in [Signal::SIGTERM, Signal::SIGKILL] {
        until_summed(&scene, &prometheus, &daemons).await;
        let mut leader = daemons.remove(0);
        leader.program.signal(end);
        let status = leader.program.end().await;
        assert_eq!(status.success(), end == Signal::SIGTERM, "{status}");
        // Whoever of the others inherits; the first of `daemons` from now on.
        let heir = eventually(async || {
            for (place, daemon) in daemons.iter().enumerate() {
                if daemon.page().await.samples(LEADER, &[]) == [1.0] {
                    return Ok(place);
                }
            }
            Err("no heir")
        });
        let heir = heir.await;
        daemons.swap(0, heir);
        until_leader(&daemons[0]).await;
    }
    until_summed(&scene, &prometheus, &daemons).await;
    assert!(daemons[0].stop().await.success());
    scene.assert_complete().await;
}

/// Waits until Prometheus has heard of who lives and of the leader, the first, and sees that from then on figures are counted once.
async fn until_summed(scene: &Scene, prometheus: &Prometheus, alive: &[Daemon]) {
    let leader = &alive[0];
    let spent: Decimal = {
        let (from, to) = (scene.today().minus(6), scene.today().next());
        let answer = leader.json(&format!("/api/v1/spend?from={from}&to={to}")).await;
        crate::support::bill::amount(&answer["total"]["spend"])
    };
    let spent = spent.to_f64().expect("a number");
    let sum = async || prometheus.query(&format!("sum({SPEND})"), "").await;
    let near = |sums: &[(String, f64)]| matches!(sums, [(_, sum)] if (sum - spent).abs() < 1e-6);
    let mut living: Vec<_> = alive.iter().map(|daemon| daemon.address.to_string()).collect();
    living.sort();
    eventually(async || {
        let mut up: Vec<_> = prometheus.query("up{job=\"llmtally\"} == 1", "instance").await;
        up.sort_by(|one, other| one.0.cmp(&other.0));
        so(up.into_iter().map(|(instance, _)| instance).eq(living.iter().cloned()), "the dead are not forgotten yet")
    })
    .await;
    eventually(async || {
        let sums = sum().await;
        so(near(&sums), format!("{sums:?} instead of {spent}"))
    })
    .await;
    // A few scrapes of everybody.
    for _ in 0..8 {
        let sums = sum().await;
        assert!(near(&sums), "{sums:?} instead of {spent}");
        let leaders = prometheus.query(&format!("sum({LEADER})"), "").await;
        assert!(matches!(leaders.as_slice(), [(_, 1.0)]), "{leaders:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[sqlx::test(migrations = false)]
async fn what_was_fetched_before_the_lease_was_lost_is_not_written_after_it(pool: PgPool) {
    let scene = Scene::new(6).await.in_database_of(&pool);
    scene.sandbox.faults().next(1, Vendor::OpenAi, "costs", Fault::Delay(Duration::from_secs(8)));
    let first = scene.serve().await;
    eventually(async || so(scene.sandbox.faults().pending() == 0, "nobody asked for the bill")).await;
    let second = scene.serve().await;
    second.until_ready().await;
    assert_eq!(cut_leases(&pool).await, 2);
    let failed = ["provider=\"openai\"", "feed=\"costs\"", "reason=\"fenced\""];
    eventually(async || {
        let fenced = first.page().await.sum("llmtally_sync_failures_total", &failed);
        so(fenced > 0.0, "the run goes on without a lease")
    })
    .await;
    let mut daemons = sorted(vec![first, second]).await;
    scene.until_ledger_is_bill(&daemons[0], &Vendor::ALL).await;
    for daemon in &mut daemons {
        assert!(daemon.stop().await.success());
    }
    scene.assert_complete().await;
}

#[sqlx::test(migrations = false)]
async fn a_daemon_that_froze_in_the_middle_of_a_fetch_wakes_up_as_a_follower(pool: PgPool) {
    let scene = Scene::new(6).await.in_database_of(&pool);
    scene.sandbox.faults().next(1, Vendor::OpenAi, "costs", Fault::Delay(Duration::from_secs(5)));
    let frozen = scene.serve().await;
    eventually(async || so(scene.sandbox.faults().pending() == 0, "nobody asked for the bill")).await;
    frozen.program.signal(Signal::SIGSTOP);
    let mut heir = scene.serve().await;
    eventually(async || {
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock%'";
        let daemons: i64 = sqlx::query_scalar(waits).fetch_one(&pool).await.expect("a count");
        so(daemons > 0, "the other daemon does not try")
    })
    .await;
    cut_leases(&pool).await;
    until_leader(&heir).await;
    scene.until_ledger_is_bill(&heir, &Vendor::ALL).await;
    let state = "SELECT md5(string_agg(d::text, '' ORDER BY d::text)) FROM feed_days d WHERE feed = 'costs'";
    let before: Option<String> = sqlx::query_scalar(state).fetch_one(&pool).await.expect("a digest");

    frozen.program.signal(Signal::SIGCONT);
    eventually(async || {
        let page = frozen.page().await;
        let alone = page.samples(LEADER, &[]) == [0.0] && page.samples(SPEND, &[]).is_empty();
        so(alone && page.sum("llmtally_sync_failures_total", &["reason=\"fenced\""]) > 0.0, page.0)
    })
    .await;
    let after: Option<String> = sqlx::query_scalar(state).fetch_one(&pool).await.expect("a digest");
    assert_eq!(before, after, "it wrote what somebody else had fetched since");
    assert!(heir.stop().await.success());
    until_leader(&frozen).await;
    frozen.kill().await;
}

#[sqlx::test(migrations = false)]
async fn a_command_works_on_feeds_at_rest_and_says_when_a_daemon_is_busy(pool: PgPool) {
    let scene = Scene::new(6).await.in_database_of(&pool);
    scene.sandbox.faults().next(1, Vendor::Anthropic, "cost_report", Fault::Delay(Duration::from_secs(60)));
    let mut daemon = scene.serve().await;
    let (yesterday, feeds) = (scene.today().previous().to_string(), ["backfill", "--json", "--from"]);
    let backfill = [&feeds[..], &[&yesterday, "--to", &yesterday]].concat();
    eventually(async || so(daemon.synced_feeds().await > 0 && scene.sandbox.faults().pending() == 0, "not yet")).await;
    let output = scene.run(&backfill).await;
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for feed in told["feeds"].as_array().expect("feeds") {
        if feed["feed"]["provider"] == "anthropic" && feed["feed"]["feed"] == "costs" {
            assert_eq!(feed["result"]["reason"], "skipped");
            let error = feed["result"]["error"].as_str().expect("a text");
            assert!(error.starts_with("another llmtally works on it (from 127.0.0.1, since 20"), "{error}");
        }
    }
    daemon.program.signal(Signal::SIGTERM);
    daemon.program.signal(Signal::SIGTERM);
    daemon.program.end().await;

    let mut daemon = scene.serve().await;
    daemon.until_synced().await;
    let told: serde_json::Value = serde_json::from_str(&scene.told(&backfill).await).expect("JSON");
    let feeds = told["feeds"].as_array().expect("feeds");
    assert!(feeds.iter().all(|feed| feed["result"]["error"].is_null()), "{told}");
    assert!(daemon.stop().await.success());
}
