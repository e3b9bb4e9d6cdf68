//! Who used it, as single calls tell: everybody gets the part of measured use that their own calls come to, and what no call
//! tells of stays nobody's.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::split::{split, sum};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};

/// Project, key and user.
type Who = (Option<String>, Option<String>, Option<String>);
/// What each comes to.
type People = BTreeMap<Who, Decimal>;

/// `used`, which holds each combination once, with the names that `calls` give to parts of it; every unit is kept. A call
/// names use of the same model, meter, tier, region and prompt size only. Calls that come to more than was measured share it out.
#[must_use]
pub fn name(used: Vec<UsageRecord>, calls: &[UsageRecord]) -> Vec<UsageRecord> {
    let mut made: BTreeMap<(Dimensions, Meter), People> = BTreeMap::new();
    for call in calls {
        let (what, who) = apart(&call.dims);
        let quantity = made.entry((what, call.meter)).or_default().entry(who).or_default();
        *quantity = quantity.saturating_add(call.quantity);
    }
    used.into_iter().flat_map(|record| parts(record, &mut made)).collect()
}

fn parts(record: UsageRecord, made: &mut BTreeMap<(Dimensions, Meter), People>) -> Vec<UsageRecord> {
    let (what, who) = apart(&record.dims);
    let is_named = who != Who::default();
    let Some(mut people) = made.remove(&(what, record.meter)).filter(|_| !is_named) else { return vec![record] };
    let rest = record.quantity.saturating_sub(sum(people.values().copied()));
    if rest >= Decimal::ZERO {
        *people.entry(Who::default()).or_default() += rest;
    } else {
        let told: Vec<Decimal> = people.values().copied().collect();
        let Some(shares) = split(record.quantity, &told, record.quantity.normalize().scale()) else {
            return vec![record];
        };
        people.values_mut().zip(shares).for_each(|(quantity, share)| *quantity = share);
    }
    let part = |((project, api_key, user), quantity)| {
        let dims = Dimensions { project, api_key, user, ..record.dims.clone() };
        UsageRecord { dims, quantity, ..record.clone() }
    };
    people.into_iter().filter(|(_, quantity)| !quantity.is_zero()).map(part).collect()
}

/// What was used, and who used it.
fn apart(dims: &Dimensions) -> (Dimensions, Who) {
    let mut what = dims.clone();
    let who = (what.project.take(), what.api_key.take(), what.user.take());
    (what, who)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::testing::{day, dec};

    fn record(user: Option<&str>, model: &str, region: &str, meter: Meter, quantity: Decimal) -> UsageRecord {
        let [user, model, region] = [user, Some(model), Some(region)].map(|text| text.map(str::to_owned));
        let dims = Dimensions { user, model, region, ..Dimensions::default() };
        UsageRecord { at: day().start(), dims, meter, quantity }
    }

    fn input(user: Option<&str>, quantity: &str) -> UsageRecord {
        record(user, "nova", "us-east-1", Meter::Input, dec(quantity))
    }

    /// Users with their quantities.
    fn told(records: &[UsageRecord]) -> Vec<(&str, String)> {
        let quantity = |record: &UsageRecord| record.quantity.normalize().to_string();
        records.iter().map(|record| (record.dims.user.as_deref().unwrap_or("-"), quantity(record))).collect()
    }

    #[test]
    fn everybody_gets_their_own_calls_and_nobody_the_rest() {
        let calls = [input(Some("ada"), "30"), input(Some("bob"), "5"), input(Some("ada"), "2"), input(None, "1")];
        let named = name(vec![input(None, "100")], &calls);
        assert_eq!(told(&named), [("-", "63".to_owned()), ("ada", "32".to_owned()), ("bob", "5".to_owned())]);
    }

    #[test]
    fn calls_beyond_what_was_measured_share_it_out() {
        let calls = [input(Some("ada"), "30"), input(Some("bob"), "10")];
        let named = name(vec![input(None, "8")], &calls);
        assert_eq!(told(&named), [("ada", "6".to_owned()), ("bob", "2".to_owned())]);
    }

    #[test]
    fn calls_of_something_else_name_nobody() {
        let used = vec![input(None, "100")];
        for other in [
            record(Some("ada"), "opus", "us-east-1", Meter::Input, Decimal::ONE),
            record(Some("ada"), "nova", "eu-central-1", Meter::Input, Decimal::ONE),
            record(Some("ada"), "nova", "us-east-1", Meter::Output, Decimal::ONE),
        ] {
            assert_eq!(name(used.clone(), &[other]), used);
        }
        let own = vec![input(Some("eve"), "100")];
        assert_eq!(name(own.clone(), &[input(Some("ada"), "1")]), own, "somebody is named already");
    }

    fn any_record(users: usize) -> impl Strategy<Value = UsageRecord> {
        let region = prop::sample::select(vec!["us-east-1", "eu-central-1"]);
        let meter = prop::sample::select(vec![Meter::Input, Meter::Output]);
        (0..=users, region, meter, 0_u64..1_000).prop_map(|(user, region, meter, quantity)| {
            record(["ada", "bob"].get(user).copied(), "nova", region, meter, quantity.into())
        })
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_and_nobody_gets_what_others_called(
            calls in prop::collection::vec(any_record(2), 0..12),
            quantities in prop::collection::vec(0_u64..3_000, 4),
        ) {
            let whats = [("us-east-1", Meter::Input), ("us-east-1", Meter::Output), ("eu-central-1", Meter::Input), ("eu-central-1", Meter::Output)];
            let used: Vec<_> =
                whats.iter().zip(quantities).map(|((region, meter), quantity)| record(None, "nova", region, *meter, quantity.into())).collect();
            let named = name(used.clone(), &calls);
            for measured in &used {
                let same = |other: &&UsageRecord| (&other.dims.region, other.meter) == (&measured.dims.region, measured.meter);
                let of = |records: &[UsageRecord], user: Option<&str>| -> Decimal {
                    let theirs = records.iter().filter(same).filter(|record| record.dims.user.as_deref() == user);
                    theirs.map(|record| record.quantity).sum()
                };
                let whole: Decimal = named.iter().filter(same).map(|record| record.quantity).sum();
                prop_assert_eq!(whole, measured.quantity);
                let called: Decimal = calls.iter().filter(same).map(|record| record.quantity).sum();
                for user in ["ada", "bob"] {
                    let (got, made) = (of(&named, Some(user)), of(&calls, Some(user)));
                    prop_assert!(got <= made);
                    prop_assert!(got == made || called > measured.quantity);
                }
            }
        }
    }
}
