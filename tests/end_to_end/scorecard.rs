//! Everything that vendors do wrong, done to one daemon: each fault is named, and in the end the ledger is the bill.

mod card;
mod drill;

use sqlx::PgPool;

use self::card::CARD;
use self::drill::Drill;

#[sqlx::test(migrations = false)]
async fn every_fault_is_named_and_none_moves_the_ledger_from_the_bill(pool: PgPool) {
    let mut drill = Drill::start(&pool).await;
    let mut told = Vec::new();
    for line in &CARD {
        told.push(drill.run(line).await);
    }
    drill.finish(&pool).await;
    println!("{}", told.join("\n"));
    println!("{} faults at both vendors: all named, ledger = bill on every final day, nothing doubled", CARD.len());
}
