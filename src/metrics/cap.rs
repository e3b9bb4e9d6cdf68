//! A bound on the series of a family: the smallest share one called `other`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::catalogue::{Kind, Spec};
use super::family::{Family, Labels, Point};

/// The value of the labels of what was folded.
const OTHER: &str = "other";

/// The labels that folding gives up first; provider and account stay readable.
const FINE: [&str; 2] = ["project", "model"];

/// A series that is in stays in until one outside weighs this many times as much.
const LOYALTY: Decimal = Decimal::from_parts(125, 0, 0, false, 2);

/// Folds families, and remembers which series it kept so that they do not come and go at the cut.
#[derive(Debug)]
pub(super) struct Cap {
    max_series: usize,
    kept: HashMap<&'static Spec, BTreeSet<Labels>>,
}

impl Cap {
    /// At least one series a family.
    pub(super) fn new(max_series: usize) -> Self {
        Self { max_series: max_series.max(1), kept: HashMap::new() }
    }

    /// Families of at most the maximum of series each, and how many series share `other` or were left out.
    pub(super) fn apply(&mut self, families: &[Family]) -> (Vec<Family>, usize) {
        let mut folded = 0;
        let mut capped = Vec::with_capacity(families.len());
        for family in families {
            let excess = family.series.len().saturating_sub(self.max_series);
            if excess == 0 {
                self.kept.remove(family.spec);
                capped.push(family.clone());
            } else if family.spec.folds() {
                let (family, lost) = self.fold(family);
                folded += lost;
                capped.push(family);
            } else if family.spec.kind == Kind::Info {
                // A name that is missing makes no sum wrong.
                let series = family.series.iter().take(self.max_series);
                capped.push(Family {
                    spec: family.spec,
                    series: series.map(|(key, point)| (key.clone(), *point)).collect(),
                });
                folded += excess;
            } else {
                capped.push(family.clone());
            }
        }
        (capped, folded)
    }

    fn fold(&mut self, family: &Family) -> (Family, usize) {
        let spec = family.spec;
        let other = Arc::<str>::from(OTHER);
        let fine = |labels: &Labels| fold_labels(spec, labels, &FINE, &other);
        let everything = |labels: &Labels| fold_labels(spec, labels, spec.labels, &other);
        let shared: BTreeSet<Labels> = family.series.keys().map(fine).collect();
        // Room is set aside for the shared series; should they alone fill the page, there is only one of them.
        let coarse = shared.len() > self.max_series / 2;
        let places = self.max_series - if coarse { 1 } else { shared.len() };

        let incumbents = self.kept.remove(spec).unwrap_or_default();
        let mut ranked: Vec<(Decimal, bool, &Labels, Point)> = Vec::with_capacity(family.series.len());
        for (labels, point) in &family.series {
            let loyal = incumbents.contains(labels);
            let weight = if loyal { point.weight.saturating_mul(LOYALTY) } else { point.weight };
            ranked.push((weight, loyal, labels, *point));
        }
        ranked.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));

        let mut capped = Family::new(spec);
        let mut kept = BTreeSet::new();
        for (rank, (_, _, labels, point)) in ranked.into_iter().enumerate() {
            if rank < places {
                kept.insert(labels.clone());
                capped.add(labels.clone(), point);
            } else {
                capped.add(if coarse { everything(labels) } else { fine(labels) }, point);
            }
        }
        self.kept.insert(spec, kept);
        (capped, family.series.len() - places)
    }
}

fn fold_labels(spec: &Spec, labels: &Labels, given_up: &[&str], other: &Arc<str>) -> Labels {
    let folded = spec.labels.iter().zip(labels);
    folded.map(|(name, value)| if given_up.contains(name) { other.clone() } else { value.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::catalogue::{SPEND_TODAY, SYNC_MAX_AGE};
    use super::*;

    fn of(series: &[(&str, i64)]) -> Family {
        let mut family = Family::new(&SPEND_TODAY);
        for (model, cents) in series {
            let value = Decimal::new(*cents, 2);
            let labels = ["openai", "default", "p", model].map(Arc::from).to_vec();
            family.add(labels, Point { value, weight: value.abs() });
        }
        family
    }

    fn models(family: &Family) -> Vec<&str> {
        family.series.keys().map(|labels| &*labels[3]).collect()
    }

    fn sum(family: &Family) -> Decimal {
        family.series.values().map(|point| point.value).sum()
    }

    #[test]
    fn the_smallest_share_a_series() {
        let mut cap = Cap::new(3);
        let (capped, folded) = cap.apply(&[of(&[("a", 500), ("b", 1), ("c", -300), ("d", 2), ("e", 3)])]);
        let others = ["openai", "default", "other", "other"].map(Arc::from).to_vec();
        assert_eq!(models(&capped[0]), ["other", "a", "c"]);
        assert_eq!(capped[0].series[&others].value, Decimal::new(6, 2));
        assert_eq!(folded, 3);
    }

    #[test]
    fn a_series_leaves_only_when_it_is_clearly_smaller() {
        let mut cap = Cap::new(2);
        let mut kept = |b, c| models(&cap.apply(&[of(&[("a", 5), ("b", b), ("c", c)])]).0[0]).join(" ");
        assert_eq!(kept(100, 99), "other b");
        assert_eq!(kept(100, 124), "other b");
        assert_eq!(kept(100, 126), "other c");
        assert_eq!(kept(126, 126), "other c");
    }

    #[test]
    fn too_many_accounts_share_a_single_series() {
        let mut all = Family::new(&SPEND_TODAY);
        for account in 0..9 {
            let labels = ["openai", &account.to_string(), "p", "m"].map(Arc::from).to_vec();
            all.add(labels, Point { value: Decimal::ONE, weight: Decimal::ONE });
        }
        let (capped, _) = Cap::new(4).apply(&[all]);
        assert_eq!(capped[0].series.len(), 4);
        assert_eq!(capped[0].series[&vec![Arc::from(OTHER); 4]].value, Decimal::from(6));
    }

    #[test]
    fn what_does_not_add_up_is_never_folded() {
        let mut ages = Family::new(&SYNC_MAX_AGE);
        for feed in ["costs", "usage", "directory"] {
            ages.set(["openai", "default", feed], Decimal::ONE);
        }
        assert_eq!(Cap::new(1).apply(std::slice::from_ref(&ages)), (vec![ages], 0));
    }

    proptest! {
        #[test]
        fn folding_keeps_the_sum_and_the_bound(
            rounds in prop::collection::vec(
                prop::collection::btree_map(("[a-e]", "p|other", "[a-f]{1,3}|other"), -10_000i64..10_000, 0..60),
                1..4,
            ),
            max_series in 1usize..40,
        ) {
            let mut cap = Cap::new(max_series);
            for round in rounds {
                let mut all = Family::new(&SPEND_TODAY);
                for ((account, project, model), cents) in round {
                    let value = Decimal::new(cents, 2);
                    let labels = ["openai", &account, &project, &model].map(Arc::from).to_vec();
                    all.add(labels, Point { value, weight: value.abs() });
                }
                let (capped, folded) = cap.apply(std::slice::from_ref(&all));
                prop_assert_eq!(sum(&capped[0]), sum(&all));
                prop_assert!(capped[0].series.len() <= max_series);
                prop_assert_eq!(folded > 0, all.series.len() > max_series);
            }
        }
    }
}
