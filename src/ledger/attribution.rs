//! Who used it: use that was priced without naming anybody is shared out by a second answer that names them.

use rust_decimal::Decimal;

use super::split::{split, split_money, sum};
use crate::domain::names::Billing;
use crate::domain::spend::{Price, PricedUsage};
use crate::domain::usage::{Dimensions, UsageRecord};

/// Splits use that tells neither key nor user over `attribution`, by quantity; every unit and all money is kept. Use that another
/// account is billed for is left alone.
///
/// The finest of these that has any weight decides: the same model, meter, tier and prompt size; without the prompt size; the same
/// model and meter; the same model, by tokens. Where the second answer names no models, all of it weighs on each. Use that nobody is
/// named for stays as it is.
#[must_use]
pub fn attribute(usage: Vec<PricedUsage>, attribution: &[UsageRecord]) -> Vec<PricedUsage> {
    if attribution.is_empty() {
        return usage;
    }
    // Where the priced answer names projects, one without a name is a project too, such as a default workspace.
    let told = Told {
        projects: usage.iter().any(|used| used.billing != Billing::Included && used.dims.project.is_some()),
        models: attribution.iter().any(|weight| weight.dims.model.is_some()),
    };
    usage.into_iter().flat_map(|used| shares(used, attribution, &told)).collect()
}

/// What the answers tell apart.
struct Told {
    /// The priced one.
    projects: bool,
    /// The one that names.
    models: bool,
}

fn shares(used: PricedUsage, attribution: &[UsageRecord], told: &Told) -> Vec<PricedUsage> {
    if used.billing == Billing::Included || used.dims.api_key.is_some() || used.dims.user.is_some() {
        return vec![used];
    }
    let compatible = |weight: &&UsageRecord| {
        (!told.models || weight.dims.model == used.dims.model)
            && (!told.projects || weight.dims.project == used.dims.project)
    };
    let candidates: Vec<&UsageRecord> = attribution.iter().filter(compatible).collect();
    let grains: [fn(&PricedUsage, &UsageRecord) -> bool; 4] = [
        |used, weight| same_rate(used, weight) && weight.dims.prompt_over == used.dims.prompt_over,
        same_rate,
        |used, weight| weight.meter == used.meter,
        |_, weight| weight.meter.token_type().is_some(),
    ];
    let split = grains.into_iter().find_map(|matches| {
        let mut chosen: Vec<&UsageRecord> =
            candidates.iter().copied().filter(|weight| matches(&used, weight)).collect();
        chosen.sort_by(|a, b| who(&a.dims).cmp(&who(&b.dims)));
        let groups: Vec<&[&UsageRecord]> = chosen.chunk_by(|a, b| who(&a.dims) == who(&b.dims)).collect();
        parts(&used, &groups)
    });
    split.unwrap_or_else(|| vec![used])
}

fn same_rate(used: &PricedUsage, weight: &UsageRecord) -> bool {
    weight.meter == used.meter && weight.dims.service_tier == used.dims.service_tier
}

fn parts(used: &PricedUsage, groups: &[&[&UsageRecord]]) -> Option<Vec<PricedUsage>> {
    let weights: Vec<Decimal> = groups.iter().map(|group| sum(group.iter().map(|weight| weight.quantity))).collect();
    let quantities = split(used.quantity, &weights, used.quantity.normalize().scale())?;
    let money = match used.price {
        // Money follows the whole units, so that the rate is the same in every part.
        Price::Rated(usd) => split_money(usd, &quantities).or_else(|| split_money(usd, &weights))?,
        Price::Free | Price::Unpriced => vec![Decimal::ZERO; quantities.len()],
    };
    let named = groups.iter().zip(quantities.into_iter().zip(money));
    let named = named.filter(|(_, (quantity, money))| !quantity.is_zero() || !money.is_zero());
    let parts: Vec<PricedUsage> = named
        .filter_map(|(group, (quantity, money))| {
            let dims = &group.first()?.dims;
            let price = if let Price::Rated(_) = used.price { Price::Rated(money) } else { used.price };
            let mut part = PricedUsage { quantity, price, ..used.clone() };
            part.dims.project = dims.project.clone().or(part.dims.project);
            part.dims.api_key.clone_from(&dims.api_key);
            part.dims.user.clone_from(&dims.user);
            Some(part)
        })
        .collect();
    (!parts.is_empty()).then_some(parts)
}

fn who(dims: &Dimensions) -> (Option<&str>, Option<&str>, Option<&str>) {
    (dims.project.as_deref(), dims.api_key.as_deref(), dims.user.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::Meter;
    use crate::ledger::testing::{dec, dims, usage};

    fn weight(project: &str, key: &str, model: &str, tier: Option<&str>, meter: Meter, quantity: &str) -> UsageRecord {
        let mut dims = dims(project, model);
        dims.api_key = Some(key.to_owned());
        dims.service_tier = tier.map(str::to_owned);
        UsageRecord { at: crate::ledger::testing::day().start(), dims, meter, quantity: dec(quantity) }
    }

    fn parts_of(used: PricedUsage, attribution: &[UsageRecord]) -> Vec<(String, String, String)> {
        let text = |part: &PricedUsage| {
            let key = part.dims.api_key.clone().unwrap_or_default();
            let Price::Rated(usd) = part.price else { return (key, part.quantity.to_string(), "-".to_owned()) };
            (key, part.quantity.to_string(), usd.normalize().to_string())
        };
        attribute(vec![used], attribution).iter().map(text).collect()
    }

    fn nobody() -> PricedUsage {
        let mut used = usage("", "opus", Meter::Input, "10", "0.3");
        used.dims.project = None;
        used
    }

    #[test]
    fn the_same_model_meter_and_tier_decides_first() {
        let attribution = [
            weight("a", "k1", "opus", None, Meter::Input, "1"),
            weight("a", "k2", "opus", None, Meter::Input, "2"),
            weight("a", "k3", "opus", Some("batch"), Meter::Input, "900"),
            weight("a", "k4", "opus", None, Meter::Output, "900"),
            weight("a", "k5", "haiku", None, Meter::Input, "900"),
        ];
        let expected = [("k1", "3", "0.09"), ("k2", "7", "0.21")];
        let expected = expected.map(|(key, quantity, usd)| (key.to_owned(), quantity.to_owned(), usd.to_owned()));
        assert_eq!(parts_of(nobody(), &attribution), expected);
    }

    #[test]
    fn large_prompts_go_to_those_who_sent_them() {
        let mut used = nobody();
        used.dims.prompt_over = 200_000;
        let mut large = weight("a", "k1", "opus", None, Meter::Input, "1");
        large.dims.prompt_over = 200_000;
        let attribution = [large, weight("a", "k2", "opus", None, Meter::Input, "999")];
        assert_eq!(parts_of(used, &attribution), [("k1".to_owned(), "10".to_owned(), "0.3".to_owned())]);
    }

    #[test]
    fn coarser_matches_help_out_and_strangers_do_not() {
        let keys = |attribution: &[UsageRecord]| -> Vec<String> {
            parts_of(nobody(), attribution).into_iter().map(|(key, ..)| key).collect()
        };
        assert_eq!(keys(&[weight("a", "k3", "opus", Some("batch"), Meter::Input, "9")]), ["k3"]);
        assert_eq!(keys(&[weight("a", "k4", "opus", None, Meter::Output, "9")]), ["k4"]);
        assert_eq!(keys(&[weight("a", "k5", "haiku", None, Meter::Input, "9")]), [""]);
    }

    #[test]
    fn an_answer_without_models_weighs_on_all_of_them() {
        let people = [("k1", "1"), ("k2", "3")].map(|(key, quantity)| {
            let mut weight = weight("a", key, "", None, Meter::Input, quantity);
            weight.dims.model = None;
            weight
        });
        let expected = [("k1", "3", "0.09"), ("k2", "7", "0.21")];
        let expected = expected.map(|(key, quantity, usd)| (key.to_owned(), quantity.to_owned(), usd.to_owned()));
        assert_eq!(parts_of(nobody(), &people), expected);
        let paid_by_a_plan = PricedUsage { billing: Billing::Subscription, ..nobody() };
        assert_eq!(parts_of(paid_by_a_plan, &people), expected);
        let billed_elsewhere = PricedUsage { billing: Billing::Included, ..nobody() };
        assert_eq!(parts_of(billed_elsewhere, &people).len(), 1);
    }

    #[test]
    fn use_that_names_somebody_is_left_alone() {
        let mut named = nobody();
        named.dims.api_key = Some("mine".to_owned());
        let attribution = [weight("a", "k1", "opus", None, Meter::Input, "1")];
        assert_eq!(attribute(vec![named.clone()], &attribution), [named]);
    }

    #[test]
    fn a_named_project_only_shares_within_itself() {
        let used = usage("a", "opus", Meter::Input, "10", "0.3");
        let attribution =
            [weight("a", "k1", "opus", None, Meter::Input, "1"), weight("b", "k2", "opus", None, Meter::Input, "99")];
        assert_eq!(parts_of(used, &attribution), [("k1".to_owned(), "10".to_owned(), "0.3".to_owned())]);
    }
}
