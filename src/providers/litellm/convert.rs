//! From the proxy's nested sums to our records.

use std::collections::BTreeMap;
use std::ops::{AddAssign, SubAssign};

use rust_decimal::Decimal;

use super::api::{DayPart, KeyOwner, Metrics};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::number::Number;

/// What the proxy calls requests without a model, or without a key.
const NO_MODEL: &str = "unknown-model";
const NO_KEY: &str = "unattributed";
/// The proxy adds up floats: two of its sums may differ by less than this many US dollars.
const DUST: Decimal = Decimal::from_parts(1, 0, 0, false, 9);

/// What one key did with one model on one day.
type Place = (Day, Dimensions);

/// US dollars and counts, all to be added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    spend: Decimal,
    flat: Decimal,
    prompt: Decimal,
    read: Decimal,
    written: Decimal,
    output: Decimal,
    requests: Decimal,
}

impl From<&Metrics> for Sums {
    fn from(metrics: &Metrics) -> Self {
        let or_none = |number: Option<Number>| number.map_or(Decimal::ZERO, |number| number.0);
        Self {
            spend: metrics.spend.0,
            flat: or_none(metrics.flat_cost),
            prompt: or_none(metrics.prompt_tokens),
            read: or_none(metrics.cache_read_input_tokens),
            written: or_none(metrics.cache_creation_input_tokens),
            output: or_none(metrics.completion_tokens),
            requests: or_none(metrics.api_requests),
        }
    }
}

impl Sums {
    fn with(&mut self, other: Self, act: impl Fn(&mut Decimal, Decimal)) {
        act(&mut self.spend, other.spend);
        act(&mut self.flat, other.flat);
        act(&mut self.prompt, other.prompt);
        act(&mut self.read, other.read);
        act(&mut self.written, other.written);
        act(&mut self.output, other.output);
        act(&mut self.requests, other.requests);
    }

    /// The same without what only the adding of floats has left.
    fn swept(mut self) -> Self {
        for money in [&mut self.spend, &mut self.flat] {
            if money.abs() < DUST {
                *money = Decimal::ZERO;
            }
        }
        self
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.with(other, |sum, more| *sum += more);
    }
}

impl SubAssign for Sums {
    fn sub_assign(&mut self, other: Self) {
        self.with(other, |sum, less| *sum -= less);
    }
}

/// What the proxy reckons for the days, and what capacity costs whether it is used or not.
pub(super) fn costs(parts: &[(Day, DayPart)]) -> Vec<CostRecord> {
    let mut records = Vec::new();
    for ((day, dims), sums) in places(parts) {
        let record = |line_item: Option<String>, category, amount, quantity: Option<Decimal>| CostRecord {
            at: day.start(),
            dims: dims.clone(),
            meter: None,
            line_item,
            category,
            amount: Money::usd(amount),
            quantity,
            unit: quantity.map(|_| "requests".to_owned()),
        };
        if !sums.spend.is_zero() {
            records.push(record(dims.model.clone(), ChargeCategory::Usage, sums.spend, Some(sums.requests)));
        }
        if !sums.flat.is_zero() {
            records.push(record(Some("flat_cost".to_owned()), ChargeCategory::Fee, sums.flat, None));
        }
    }
    records
}

/// Tokens and requests of the days.
pub(super) fn usage(parts: &[(Day, DayPart)]) -> Vec<UsageRecord> {
    let mut records = Vec::new();
    for ((day, dims), sums) in places(parts) {
        let quantities = [
            (Meter::Input, sums.prompt - sums.read - sums.written),
            (Meter::CacheRead, sums.read),
            (Meter::CacheWrite, sums.written),
            (Meter::Output, sums.output),
            (Meter::Requests, sums.requests),
        ];
        let used = quantities.into_iter().filter(|(_, quantity)| *quantity > Decimal::ZERO);
        records.extend(used.map(|(meter, quantity)| UsageRecord {
            at: day.start(),
            dims: dims.clone(),
            meter,
            quantity,
        }));
    }
    records
}

/// The finest sums that there are, and what they leave of the coarser ones: capacity has no key, and older proxies keep
/// requests without a model out of the models.
fn places(parts: &[(Day, DayPart)]) -> BTreeMap<Place, Sums> {
    let mut places: BTreeMap<Place, Sums> = BTreeMap::new();
    let mut add = |day: Day, dims: Dimensions, sums: Sums| *places.entry((day, dims)).or_default() += sums;
    for (day, part) in parts {
        let mut rest = Sums::from(&part.metrics);
        for (name, of_model) in &part.breakdown.models {
            let model = Some(name.clone()).filter(|name| name != NO_MODEL);
            let whole = Sums::from(&of_model.metrics);
            rest -= whole;
            let mut without_key = whole;
            for (hash, of_key) in &of_model.api_key_breakdown {
                let sums = Sums::from(&of_key.metrics);
                without_key -= sums;
                add(*day, dims(model.clone(), hash, &of_key.metadata), sums);
            }
            add(*day, Dimensions { model, ..Dimensions::default() }, without_key.swept());
        }
        add(*day, Dimensions::default(), rest.swept());
    }
    places
}

fn dims(model: Option<String>, hash: &str, owner: &KeyOwner) -> Dimensions {
    let told = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    Dimensions {
        project: told(&owner.team_id),
        api_key: Some(hash.to_owned()).filter(|hash| hash != NO_KEY),
        user: told(&owner.user_id),
        model,
        ..Dimensions::default()
    }
}
