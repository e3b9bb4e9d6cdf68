//! The ledger, the page and the bill agree.

use llmtally::domain::period::{Day, Window};
use llmtally::sandbox::Vendor;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::PgPool;

use crate::support::bill::{amount, bill, is_final};
use crate::support::daemon::Daemon;
use crate::support::scene::Scene;
use crate::support::transcripts::{self, CALLS, Tokens};
use crate::support::wait::{eventually, so};

/// Reaches the first day of the previous month, whatever the month.
const DAYS: u32 = 62;
const PROVIDERS: [&str; 2] = ["openai", "anthropic"];

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

fn windows(today: Day) -> [(&'static str, Window); 6] {
    let window = |first, end| Window::new(first, end).expect("days");
    let (month, tomorrow) = (today.month_start(), today.next());
    [
        ("llmtally_spend_today_usd", window(today, tomorrow)),
        ("llmtally_spend_yesterday_usd", window(today.previous(), today)),
        ("llmtally_spend_7d_usd", window(today.minus(6), tomorrow)),
        ("llmtally_spend_30d_usd", window(today.minus(29), tomorrow)),
        ("llmtally_spend_month_to_date_usd", window(month, tomorrow)),
        ("llmtally_spend_previous_month_usd", window(month.minus_months(1), month)),
    ]
}

async fn spend(daemon: &Daemon, provider: &str, window: Window) -> f64 {
    let (from, to) = (window.first(), window.end());
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={to}&provider={provider}")).await;
    amount(&answer["total"]["spend"]).to_f64().expect("a number")
}

#[sqlx::test(migrations = false)]
async fn spend_is_the_bill_and_every_window_of_the_page_agrees(pool: PgPool) {
    let mut scene = Scene::new(DAYS).await.in_database_of(&pool);
    let transcripts = transcripts::write(&scene.place, scene.now());
    scene.add(&transcripts);
    let mut daemon = scene.serve().await;
    scene.until_ledger_is_bill(&daemon, &Vendor::ALL).await;

    for provider in PROVIDERS {
        for (family, window) in windows(scene.today()) {
            let label = format!("provider=\"{provider}\"");
            eventually(async || {
                let (page, ledger) =
                    (daemon.page().await.sum(family, &[&label]), spend(&daemon, provider, window).await);
                so(near(page, ledger), format!("{family} of {provider}: {page} on the page, {ledger} in the ledger"))
            })
            .await;
        }
    }
    let month = windows(scene.today())[5].1;
    if is_final(&scene.sandbox, month.last()) {
        for provider in PROVIDERS {
            let owed: Decimal =
                bill(&scene.sandbox, month).iter().filter(|((_, of), _)| of == provider).map(|(_, usd)| *usd).sum();
            let page =
                daemon.page().await.sum("llmtally_spend_previous_month_usd", &[&format!("provider=\"{provider}\"")]);
            assert!(near(page, owed.to_f64().expect("a number")), "{provider}: {page} instead of {owed}");
        }
    }

    // Each call counts once, and what a plan covers is not spend.
    let tokens: u64 = CALLS.into_iter().map(Tokens::all).sum();
    let of_team = ["provider=\"claude_code\"", "account=\"team\"", "model=\"claude-opus-4-5\""];
    eventually(async || {
        let counted = daemon.page().await.sum("llmtally_tokens_month_to_date", &of_team);
        so(counted.to_u64() == Some(tokens), format!("{counted} tokens instead of {tokens}"))
    })
    .await;
    let page = daemon.page().await;
    assert!(near(page.sum("llmtally_spend_month_to_date_usd", &of_team[..1]), 0.0));
    assert!(page.sum("llmtally_subscription_value_month_to_date_usd", &of_team[..2]) > 0.0);
    assert!(daemon.stop().await.success());
}
