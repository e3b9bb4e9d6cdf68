//! From stored rows to what the ledger reckons with: priced, and every row in the part that it plays.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{LedgerAccount, Rates};
use crate::domain::cost::CostRecord;
use crate::domain::money::Currency;
use crate::domain::names::{Billing, Provider};
use crate::domain::period::Day;
use crate::domain::spend::{Bill, BilledCost, DayFacts, Price, PricedUsage, Quote};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::ledger::naming::name;
use crate::ledger::pricer::Pricer;
use crate::store::calls::StoredCall;
use crate::store::ledger::StoredDay;

/// Digits after the point of an estimate: sums of a year then stay within the 28 digits of a decimal.
const ESTIMATE_SCALE: u32 = 15;

pub(super) fn priced(
    day: Day,
    mut stored: StoredDay,
    account: &LedgerAccount,
    pricer: &dyn Pricer,
    rates: &Rates<'_>,
) -> DayFacts {
    let provider = account.name.provider;
    let usd_rates = usd_rates(&stored.costs, day, rates);
    if let Some(billing) = account.billing {
        stored.calls.iter_mut().for_each(|call| call.billing = billing);
    }
    // Calls that a measuring feed reports as well only tell who made them.
    let calls_are_measured = !account.cost_feeds.is_empty() && !stored.measured.is_empty();
    let (named, counted): (Vec<StoredCall>, Vec<StoredCall>) =
        stored.calls.into_iter().partition(|call| calls_are_measured && call.billing == Billing::Metered);

    let priced = |record: UsageRecord, billing| price(record, billing, provider, pricer);
    // Where another account has the bill, all that is measured here is included there.
    let by_calls = |used: Vec<UsageRecord>, is_counted: bool| if is_counted { name(used, &stored.named) } else { used };
    let included = by_calls(stored.included, stored.measured.is_empty());
    let measured = by_calls(stored.measured, true).into_iter().map(|record| {
        let billing = account.pays(&record.dims);
        priced(record, billing)
    });
    let mut usage: Vec<PricedUsage> = measured.collect();
    usage.extend(included.into_iter().map(|record| priced(record, Billing::Included)));
    usage.extend(counted.iter().flat_map(|call| price_call(call, provider, pricer)));

    let mut attribution = stored.attribution;
    attribution.extend(named.iter().flat_map(records));
    DayFacts {
        day,
        bill: match (stored.answered, stored.settled) {
            (false, _) if account.cost_feeds.is_empty() => Bill::None,
            (false, _) => Bill::Awaited,
            (true, false) => Bill::Open(billed(stored.costs, provider, pricer)),
            (true, true) => Bill::Final(billed(stored.costs, provider, pricer)),
        },
        usage,
        attribution,
        leaves_out: account.leaves_out.clone(),
        usd_rates,
    }
}

fn usd_rates(costs: &[CostRecord], day: Day, rates: &Rates<'_>) -> BTreeMap<Currency, Decimal> {
    let mut known = BTreeMap::new();
    for currency in costs.iter().map(|cost| cost.amount.currency).filter(|currency| *currency != Currency::USD) {
        if !known.contains_key(&currency) {
            known.extend(rates(currency, day).map(|(rate, _)| (currency, rate)));
        }
    }
    known
}

fn billed(costs: Vec<CostRecord>, provider: Provider, pricer: &dyn Pricer) -> Vec<BilledCost> {
    let name = |record: &CostRecord| {
        record.dims.model.as_ref()?;
        // The name of a model does not depend on what is counted.
        pricer.price(provider, record.at, &record.dims, record.meter.unwrap_or(Meter::Input), Decimal::ZERO).model
    };
    costs.into_iter().map(|record| BilledCost { model: name(&record), record }).collect()
}

fn price(record: UsageRecord, billing: Billing, provider: Provider, pricer: &dyn Pricer) -> PricedUsage {
    let UsageRecord { at, dims, meter, quantity } = record;
    let Quote { model, price } = pricer.price(provider, at, &dims, meter, quantity);
    PricedUsage { dims, model, meter, quantity, price: rounded(price), billing }
}

/// A call's prompt decides on its price; after that, calls of every size add up.
fn price_call(call: &StoredCall, provider: Provider, pricer: &dyn Pricer) -> Vec<PricedUsage> {
    // A prompt of n tokens is one of more than n − 1.
    let over = u32::try_from(call.prompt_tokens.saturating_sub(1)).unwrap_or(u32::MAX);
    let asked = Dimensions { prompt_over: over, ..call.dims.clone() };
    call.meters
        .iter()
        .map(|(meter, quantity)| {
            let quantity = Decimal::from(quantity);
            let Quote { model, price } = pricer.price(provider, call.at, &asked, meter, quantity);
            let (dims, billing) = (call.dims.clone(), call.billing);
            PricedUsage { dims, model, meter, quantity, price: rounded(price), billing }
        })
        .collect()
}

/// US dollars at list prices; what has no price counts nothing.
pub(in crate::sync) fn call_cost(call: &StoredCall, provider: Provider, pricer: &dyn Pricer) -> Decimal {
    let costs = price_call(call, provider, pricer).into_iter().filter_map(|usage| match usage.price {
        Price::Rated(usd) => Some(usd),
        Price::Free | Price::Unpriced => None,
    });
    costs.fold(Decimal::ZERO, Decimal::saturating_add)
}

fn rounded(price: Price) -> Price {
    match price {
        Price::Rated(usd) => Price::Rated(usd.round_dp(ESTIMATE_SCALE)),
        Price::Free | Price::Unpriced => price,
    }
}

fn records(call: &StoredCall) -> Vec<UsageRecord> {
    let record = |(meter, quantity)| UsageRecord {
        at: call.at,
        dims: call.dims.clone(),
        meter,
        quantity: Decimal::from(quantity),
    };
    call.meters.iter().map(record).collect()
}
