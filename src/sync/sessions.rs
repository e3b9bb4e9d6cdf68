//! Keeping sessions up with the calls: priced, sorted, written from the first one that changed.

use rust_decimal::Decimal;

use super::ledger::call_cost;
use crate::analysis::sessions::{Session, Sorter, Used};
use crate::domain::names::{AccountId, Provider};
use crate::ledger::pricer::Pricer;
use crate::store::Store;
use crate::store::calls::StoredCall;
use crate::store::sessions::SessionRow;

/// Builds what is due of an account's sessions again; returns how many.
///
/// # Errors
///
/// The database's; what was not finished stays due.
pub async fn rebuild(
    store: &Store,
    pricer: &dyn Pricer,
    account: AccountId,
    provider: Provider,
) -> sqlx::Result<usize> {
    let Some(due) = store.due_sessions(account).await? else { return Ok(0) };
    let (mut sorter, mut rows, mut after) = (Sorter::default(), Vec::new(), None);
    loop {
        let calls = store.calls_from(account, due.from, after).await?;
        let Some((key, last)) = calls.last() else { break };
        after = Some((last.at, key.clone()));
        let used = calls.iter().map(|(_, call)| used(call, provider, pricer));
        rows.extend(used.filter_map(|used| sorter.take(&used)).map(row));
    }
    rows.extend(sorter.finish().map(row));
    store.replace_sessions(account, due, &rows).await?;
    Ok(rows.len())
}

fn used(call: &StoredCall, provider: Provider, pricer: &dyn Pricer) -> Used {
    let tokens = call.meters.iter().filter(|(meter, _)| meter.token_type().is_some());
    Used {
        at: call.at,
        tokens: tokens.fold(0, |sum: u64, (_, units)| sum.saturating_add(units)),
        cost: call_cost(call, provider, pricer),
    }
}

fn row(session: Session) -> SessionRow {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    SessionRow {
        start_at: session.start,
        first_at: session.first_at,
        last_at: session.last_at,
        calls: signed(session.calls),
        tokens: signed(session.tokens),
        // As finely as anybody reads it.
        cost_usd: session.cost.round_dp(9).max(Decimal::ZERO),
    }
}
