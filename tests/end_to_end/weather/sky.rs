//! A daemon under a clock that the test moves, and what it tells of each vendor.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use llmtally::domain::period::{Day, Window};
use llmtally::sandbox::{Fault, Sandbox, Target};
use rust_decimal::Decimal;
use sqlx::PgPool;

use super::house::{BILLED, name};
use crate::support::clock::Time;
use crate::support::daemon::Daemon;
use crate::support::page::Page;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

/// The history that the daemon fetches by itself.
const DAYS: u32 = 8;
/// Every vendor's bill of a day is final so many days later, and every feed knows it.
const FINAL_AFTER: u32 = 7;
/// A morning on which no month begins while the story lasts.
const START: &str = "2026-05-08T09:00:00Z";

/// What a vendor charges on a day, whatever the currency.
type Bills = BTreeMap<(String, Day), Decimal>;

/// What goes wrong at a vendor.
pub(crate) struct Trouble {
    pub(crate) target: Target,
    pub(crate) fault: Fault,
    /// The label of failed runs.
    pub(crate) reason: &'static str,
    /// Words of one line of the log about the account.
    pub(crate) words: &'static [&'static str],
}

pub(crate) struct Sky {
    pub(crate) daemon: Daemon,
    scene: Scene,
    time: Time,
    first: Day,
    pool: PgPool,
}

impl Sky {
    /// A daemon that is up to date with everybody.
    pub(crate) async fn fair(pool: &PgPool) -> Self {
        let time = Time::starting(START.parse().expect("a time"));
        let mut scene = Scene::at(time.vendors.clone(), DAYS).await.in_database_of(pool);
        time.rule(&mut scene);
        for (name, value) in [("GAP", "0s"), ("PAUSE", "20ms"), ("REST", "0s")] {
            scene.set(&format!("LLMTALLY__SYNC__PATIENCE__{name}"), value);
        }
        scene.add("[currency]\nrefresh = 'off'\nrates.EUR = '1.25'");
        scene.add_everybody();
        let daemon = scene.serve().await;
        daemon.until_synced().await;
        let first = scene.today().minus(DAYS);
        Self { daemon, scene, time, first, pool: pool.clone() }
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.scene.sandbox
    }

    /// Lets time pass, until the schedule has had every feed run in the new time.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        let runs = async || {
            let page = self.daemon.page().await;
            let lines = page.0.lines().filter(|line| line.starts_with("llmtally_sync_runs_total{"));
            lines.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let before = runs().await;
        self.time.pass(time);
        eventually(async || {
            let same: Vec<_> = runs().await.intersection(&before).cloned().collect();
            so(same.is_empty(), format!("have not run again: {same:?}"))
        })
        .await;
    }

    /// The days whose bills no longer move.
    fn final_days(&self) -> Window {
        Window::new(self.first, self.scene.today().minus(FINAL_AFTER).next()).expect("days")
    }

    fn bills(&self, targets: &[Target]) -> Bills {
        let lines = self.final_days().days().flat_map(|day| targets.iter().map(move |target| (*target, day)));
        let bills = lines.map(|(target, day)| {
            let amount = self.sandbox().bill_of(target, day).expect("a day of business");
            ((name(target).to_owned(), day), amount.normalize())
        });
        bills.filter(|(_, amount)| !amount.is_zero()).collect()
    }

    /// What the vendors charge according to the view that everybody reads, in the currency of each bill, without estimates.
    async fn ledgers(&self, targets: &[Target]) -> Bills {
        let names: Vec<&str> = targets.iter().map(|target| name(*target)).collect();
        let rows: Vec<(String, Day, Decimal)> = sqlx::query_as(
            "SELECT provider, day, sum(amount) FROM reporting.spend
             WHERE provider = ANY($1) AND day >= $2 AND day < $3 AND category <> 'purchase' AND NOT provisional
             GROUP BY provider, day HAVING sum(amount) <> 0",
        )
        .bind(names)
        .bind(self.final_days().first())
        .bind(self.final_days().end())
        .fetch_all(&self.pool)
        .await
        .expect("the view");
        rows.into_iter().map(|(provider, day, amount)| ((provider, day), amount.normalize())).collect()
    }

    /// Waits until each vendor's ledger is its own bill on every final day, to the last digit.
    pub(crate) async fn until_ledgers_are_bills(&self, targets: &[Target]) {
        let bills = self.bills(targets);
        let billed: BTreeSet<&str> = bills.keys().map(|(provider, _)| provider.as_str()).collect();
        assert_eq!(billed.len(), targets.len(), "nothing to compare for some");
        eventually(async || {
            let ledgers = self.ledgers(targets).await;
            let keys: BTreeSet<_> = ledgers.keys().chain(bills.keys()).collect();
            let wrong = keys.into_iter().find(|key| ledgers.get(*key) != bills.get(*key));
            match wrong {
                Some(key) => Err(format!("{key:?}: {:?} instead of {:?}", ledgers.get(key), bills.get(key))),
                None => Ok(()),
            }
        })
        .await;
    }

    /// Providers with a feed whose last run has failed.
    pub(crate) async fn down(&self) -> BTreeSet<&'static str> {
        let page = self.daemon.page().await;
        let is_down = |target: &Target| samples(&page, "llmtally_feed_up", *target).iter().any(|up| *up < 0.5);
        BILLED.iter().filter(|target| is_down(target)).map(|target| name(*target)).collect()
    }

    /// How far each vendor's bill has been told.
    pub(crate) async fn through(&self) -> BTreeMap<&'static str, f64> {
        let page = self.daemon.page().await;
        let through = |target: Target| {
            let labels = [provider(target), "feed=\"costs\"".to_owned()];
            page.sum("llmtally_data_through_timestamp_seconds", &labels.each_ref().map(String::as_str))
        };
        BILLED.iter().map(|target| (name(*target), through(*target))).collect()
    }

    pub(crate) async fn until_troubles_are_told(&self, troubles: &[Trouble]) {
        for Trouble { target, reason, words, .. } in troubles {
            let (vendor, about) = (name(*target), format!("\"account\":\"{}/", name(*target)));
            eventually(async || {
                let page = self.daemon.page().await;
                let labels = [provider(*target), format!("reason=\"{reason}\""), "feed=\"costs\"".to_owned()];
                let failures = page.sum("llmtally_sync_failures_total", &labels.each_ref().map(String::as_str));
                so(failures > 0.0, format!("{vendor}: no failure is {reason}"))?;
                let told = self.daemon.program.words();
                let named = |line: &str| line.contains(&about) && words.iter().all(|word| line.contains(word));
                so(told.lines().any(named), format!("{vendor}: no line of the log has {words:?}"))
            })
            .await;
        }
    }

    pub(crate) async fn until_shape_change_is_told(&self, target: Target) {
        eventually(async || {
            let changes = samples(&self.daemon.page().await, "llmtally_provider_shape_changes_total", target);
            so(changes.iter().sum::<f64>() > 0.0, format!("{}: no shape has changed", name(target)))
        })
        .await;
    }

    /// Nobody else's feeds have failed, not even once.
    pub(crate) async fn assert_only_down(&self, troubles: &[Trouble]) {
        let troubled: BTreeSet<&str> = troubles.iter().map(|trouble| name(trouble.target)).collect();
        assert_eq!(self.down().await, troubled);
        let page = self.daemon.page().await;
        for target in BILLED.into_iter().filter(|target| !troubled.contains(name(*target))) {
            let failures: f64 = samples(&page, "llmtally_sync_failures_total", target).iter().sum();
            assert!(failures < 0.5, "{}: {failures} runs have failed", name(target));
        }
    }

    /// Who is in trouble says so by how far its data reaches, and the others have gone on by a day.
    pub(crate) async fn assert_stood_still(&self, troubles: &[Trouble], before: &BTreeMap<&'static str, f64>) {
        let troubled: BTreeSet<&str> = troubles.iter().map(|trouble| name(trouble.target)).collect();
        for (vendor, through) in self.through().await {
            let stood_still = through - before[vendor] < 1.0;
            assert_eq!(stood_still, troubled.contains(vendor), "{vendor}: from {} to {through}", before[vendor]);
        }
    }

    pub(crate) async fn until_all_is_up(&self) {
        eventually(async || {
            let down = self.down().await;
            so(down.is_empty(), format!("{down:?} are down"))
        })
        .await;
    }

    /// The page shows the ledger of each vendor, in US dollars.
    pub(crate) async fn assert_page_is_ledger(&self) {
        let since = self.scene.today().minus(29);
        for target in BILLED {
            eventually(async || {
                let ledger: Decimal = sqlx::query_scalar(
                    "SELECT sum(amount_usd) FROM reporting.spend WHERE provider = $1 AND day >= $2 AND is_spend",
                )
                .bind(name(target))
                .bind(since)
                .fetch_one(&self.pool)
                .await
                .expect("the view");
                let page: f64 = samples(&self.daemon.page().await, "llmtally_spend_30d_usd", target).iter().sum();
                let off = (Decimal::from_f64_retain(page).unwrap_or_default() - ledger).abs();
                so(off < Decimal::new(1, 6), format!("{}: {page} on the page, {ledger} in the ledger", name(target)))
            })
            .await;
        }
    }
}

fn provider(target: Target) -> String {
    format!("provider=\"{}\"", name(target))
}

fn samples(page: &Page, family: &str, target: Target) -> Vec<f64> {
    page.samples(family, &[&provider(target)])
}
