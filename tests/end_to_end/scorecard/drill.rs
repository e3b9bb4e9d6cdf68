//! Doing the lines of the card to a running daemon, and holding what it tells against them.

use std::path::PathBuf;

use llmtally::domain::period::Day;
use llmtally::sandbox::{Fault, Tampering, Vendor};
use reqwest::{Method, StatusCode};
use sqlx::PgPool;

use super::card::{Done, Line};
use crate::support::bill::half_stored;
use crate::support::daemon::Daemon;
use crate::support::scene::{ANTHROPIC, OPENAI, Scene};
use crate::support::wait::{eventually, so};

/// The history that the daemon fetches by itself.
const DAYS: u32 = 8;
/// Both vendors' newest settled day is so many days ago.
const SETTLED: u32 = 4;
/// After so many calm runs the daemon knows what is usual.
const CALM: usize = 3;
/// More often than a fault can happen until it is called off.
const LASTS: u32 = 1000;
const TOKEN: &str = "open sesame";
/// Waits and pauses in seconds where a vendor gets minutes, and settled days that every run looks at again.
const HASTE: [(&str, &str); 7] = [
    ("SYNC__PATIENCE__TIMEOUT", "5s"),
    ("SYNC__PATIENCE__GAP", "0s"),
    ("SYNC__PATIENCE__PAUSE", "20ms"),
    ("SYNC__PATIENCE__RETRY", "500ms"),
    ("SYNC__PATIENCE__REST", "100ms"),
    ("SYNC__RECHECK_EVERY", "0s"),
    ("SYNC__SCHEDULE", "every 1m"),
];

pub(crate) struct Drill {
    scene: Scene,
    daemon: Daemon,
}

impl Drill {
    /// A daemon that is up to date with both vendors and has seen some calm.
    pub(crate) async fn start(pool: &PgPool) -> Self {
        let mut scene = Scene::empty(DAYS).await.in_database_of(pool);
        for (name, value) in HASTE {
            scene.set(&format!("LLMTALLY__{name}"), value);
        }
        scene.set("LLMTALLY__HTTP__TOKEN", TOKEN);
        let address = scene.sandbox.address();
        let accounts = [
            (Vendor::OpenAi, OPENAI, scene.sandbox.openai_key()),
            (Vendor::Anthropic, ANTHROPIC, scene.sandbox.anthropic_key()),
        ];
        for (vendor, account, key) in accounts {
            let file = write_key(&scene, vendor, key);
            scene.add(&format!("{account}\napi_key_file = '{}'\nbase_url = 'http://{address}'", file.display()));
        }
        let daemon = scene.serve().await;
        let drill = Self { scene, daemon };
        drill.scene.until_ledger_is_bill(&drill.daemon, &Vendor::ALL).await;
        for _ in 0..CALM {
            drill.run_all().await;
        }
        drill
    }

    /// Has the fault happen, waits until it is named and over, and tells what named it.
    pub(crate) async fn run(&mut self, line: &Line) -> String {
        let (family, labels) = line.metric;
        let mut before = Vec::new();
        for vendor in Vendor::ALL {
            before.push((vendor, self.measured(vendor, family, labels).await));
        }
        let mark = self.daemon.program.words().len();
        self.cause(&line.done).await;
        self.wake().await;
        eventually(async || {
            for (vendor, before) in &before {
                let now = self.measured(*vendor, family, labels).await;
                so(now > *before, format!("{}: {family} of {} stays at {before}", line.fault, vendor.name()))?;
                let words = self.daemon.program.words();
                let about = format!("\"account\":\"{}/", vendor.name());
                let named = |told: &str| told.contains(&about) && line.words.iter().all(|word| told.contains(word));
                so(words[mark..].lines().any(named), format!("{}: no log line of {}", line.fault, vendor.name()))?;
            }
            Ok::<_, String>(())
        })
        .await;
        self.cure(&line.done).await;
        format!("{:<44} {family}{{{}}} · “{}”", line.fault, labels.join(","), line.words.join(" … "))
    }

    async fn cause(&mut self, done: &Done) {
        let today = self.scene.today();
        if matches!(done, Done::Late) {
            self.scene.days += 1;
        }
        let first = today.minus(self.scene.days);
        let faults = self.scene.sandbox.faults();
        for vendor in Vendor::ALL {
            match done {
                Done::Next(times, fault) => faults.next(*times, vendor, bills(vendor), *fault),
                Done::Settled(fault) => faults.next(LASTS, vendor, &bills_from(vendor, first), *fault),
                Done::Late => faults.next(1, vendor, &bills_from(vendor, first), Fault::Tampered(Tampering::EmptyDay)),
                Done::Restated => self.scene.sandbox.restate(vendor, today.minus(SETTLED + 1)),
                Done::Revoked => faults.replace_key(vendor, new_key(vendor)),
            }
        }
        if matches!(done, Done::Late) {
            let day = first.to_string();
            self.scene.told(&["backfill", "--from", &day, "--to", &day]).await;
            assert_eq!(self.scene.sandbox.faults().pending(), 0, "nobody asked for the bill of {day}");
        }
    }

    /// Waits until the daemon is well again: what passes by itself gets no help.
    async fn cure(&self, done: &Done) {
        match done {
            Done::Revoked => {
                for vendor in Vendor::ALL {
                    write_key(&self.scene, vendor, new_key(vendor));
                }
            }
            Done::Next(_, Fault::Status(_) | Fault::TooManyRequests(_)) => {}
            _ => {
                self.scene.sandbox.faults().clear();
                self.wake().await;
            }
        }
        eventually(async || {
            let page = self.daemon.page().await;
            let up = page.samples("llmtally_feed_up", &[]);
            so(up.iter().all(|up| *up > 0.5), "a feed is down")?;
            so(page.sum("llmtally_vanished_answers", &[]) < 0.5, "a day is held back")
        })
        .await;
        self.scene.until_ledger_is_bill(&self.daemon, &Vendor::ALL).await;
    }

    /// Nothing is missing, nothing is there twice, and the daemon ends well.
    pub(crate) async fn finish(mut self, pool: &PgPool) {
        assert!(self.daemon.stop().await.success());
        self.scene.assert_complete().await;
        assert_eq!(half_stored(pool).await, 0);
    }

    async fn measured(&self, vendor: Vendor, family: &str, labels: &[&str]) -> f64 {
        let provider = format!("provider=\"{}\"", vendor.name());
        let labels: Vec<&str> = labels.iter().copied().chain([provider.as_str()]).collect();
        self.daemon.page().await.sum(family, &labels)
    }

    async fn wake(&self) {
        let answer = self.daemon.request(Method::POST, "/api/v1/sync").bearer_auth(TOKEN).send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::ACCEPTED);
    }

    /// One more run of every feed.
    async fn run_all(&self) {
        let runs = async || self.daemon.page().await.samples("llmtally_sync_runs_total", &[]);
        let before = runs().await;
        self.wake().await;
        eventually(async || {
            let now = runs().await;
            so(now.iter().zip(&before).all(|(now, before)| now > before), "a feed has not run again")
        })
        .await;
    }
}

fn write_key(scene: &Scene, vendor: Vendor, key: &str) -> PathBuf {
    scene.place.write(&format!("{}.key", vendor.name()), key)
}

fn new_key(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::OpenAi => "sk-admin-sandbox-new",
        Vendor::Anthropic => "sk-ant-admin01-sandbox-new",
    }
}

/// Part of every request for bills.
fn bills(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::OpenAi => "organization/costs?",
        Vendor::Anthropic => "cost_report?",
    }
}

/// Part of the requests for bills from `day` on.
fn bills_from(vendor: Vendor, day: Day) -> String {
    let bills = bills(vendor);
    match vendor {
        Vendor::OpenAi => format!("{bills}start_time={}", day.start().timestamp()),
        Vendor::Anthropic => format!("{bills}starting_at={day}"),
    }
}
