//! A day on which one vendor is down, one has revoked its key and one has changed its JSON: whom it does not concern goes on,
//! the page and the log say who and why, and every gap closes by itself.

mod house;
mod sky;

use chrono::TimeDelta;
use llmtally::sandbox::{Fault, Guest, Tampering, Target, Vendor};
use reqwest::StatusCode;
use sqlx::PgPool;

use self::house::BILLED;
use self::sky::{Sky, Trouble};
use crate::support::bill::half_stored;

const DOWN: Target = Target::Vendor(Vendor::Anthropic);
const REVOKED: Target = Target::Guest(Guest::Copilot);
const CHANGED: Target = Target::Guest(Guest::HuggingFace);
/// Changed as well, in what nobody needs.
const ADDED: Target = Target::Guest(Guest::Google);

/// What happens to whom, the labels of the counters that say so, and words of a line of the log.
const TROUBLES: [Trouble; 3] = [
    Trouble { target: DOWN, fault: Fault::Reset, reason: "unavailable", words: &["sync failed", "connection"] },
    Trouble {
        target: REVOKED,
        fault: Fault::RevokedKey,
        reason: "unauthorized",
        words: &["sync failed", "status 401"],
    },
    Trouble {
        target: CHANGED,
        fault: Fault::Renamed("usedNanoUsd", "usedUsd"),
        reason: "malformed",
        words: &["sync failed", "not as documented", "usedNanoUsd"],
    },
];

#[sqlx::test(migrations = false)]
async fn a_day_of_trouble_at_three_vendors_leaves_every_ledger_at_its_bill(pool: PgPool) {
    let mut sky = Sky::fair(&pool).await;
    sky.until_ledgers_are_bills(&BILLED).await;
    let before = sky.through().await;
    assert!(sky.down().await.is_empty(), "{:?}", sky.down().await);

    for trouble in &TROUBLES {
        sky.sandbox().faults().next(u32::MAX, trouble.target, "", trouble.fault);
    }
    sky.sandbox().faults().next(u32::MAX, ADDED, "", Fault::Tampered(Tampering::Unknown));
    for _ in 0..2 {
        sky.pass(TimeDelta::hours(12)).await;
    }
    let troubled: Vec<Target> = TROUBLES.iter().map(|trouble| trouble.target).collect();
    let others: Vec<Target> = BILLED.into_iter().filter(|target| !troubled.contains(target)).collect();
    // One more day is final now, and whoever can be asked has told of today.
    sky.until_ledgers_are_bills(&others).await;
    sky.until_troubles_are_told(&TROUBLES).await;
    sky.until_shape_change_is_told(ADDED).await;
    sky.assert_only_down(&TROUBLES).await;
    sky.assert_stood_still(&TROUBLES, &before).await;
    assert_eq!(sky.daemon.get("/-/ready").await.0, StatusCode::OK);
    assert_eq!(sky.daemon.get("/-/healthy").await.0, StatusCode::OK);

    // Nobody touches the daemon: the next scheduled run finds that all is well.
    sky.sandbox().faults().clear();
    sky.pass(TimeDelta::hours(2)).await;
    sky.until_all_is_up().await;
    // And when these days are final, each ledger is its bill.
    sky.pass(TimeDelta::days(8)).await;
    sky.until_ledgers_are_bills(&BILLED).await;
    sky.assert_page_is_ledger().await;
    assert!(sky.daemon.stop().await.success());
    assert_eq!(half_stored(&pool).await, 0);
}
