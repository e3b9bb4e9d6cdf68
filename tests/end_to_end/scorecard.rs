//! Everything that vendors do wrong, done to one daemon: each fault is named, and in the end the ledger is the bill.

mod card;
mod drill;

use sqlx::PgPool;

use self::card::{CARD, ELSEWHERE};
use self::drill::Drill;

#[test]
fn every_fault_of_the_card_is_a_documented_failure_mode() {
    let document = include_str!("../../docs/failure-modes.md");
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in &CARD {
        assert!(document.contains(line.fault), "docs/failure-modes.md does not name: {}", line.fault);
        assert!(document.contains(line.metric.0), "docs/failure-modes.md does not name: {}", line.metric.0);
    }
    for (fault, test) in ELSEWHERE {
        assert!(document.contains(fault), "docs/failure-modes.md does not name: {fault}");
        assert!(document.contains(test), "docs/failure-modes.md does not name: {test}");
    }
}

#[sqlx::test(migrations = false)]
async fn every_fault_is_named_and_none_moves_the_ledger_from_the_bill(pool: PgPool) {
    let mut drill = Drill::start(&pool).await;
    let mut told = Vec::new();
    for line in &CARD {
        told.push(drill.run(line).await);
    }
    drill.finish(&pool).await;
    println!("{}", told.join("\n"));
    ELSEWHERE.iter().for_each(|(fault, test)| println!("{fault:<44} {test}"));
    println!("{} faults at both vendors: all named, ledger = bill on every final day, nothing doubled", CARD.len());
}
