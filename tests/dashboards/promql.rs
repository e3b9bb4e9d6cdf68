//! PromQL parses, asks for families and labels that the catalogue has, and uses counters as counters.

use std::collections::{BTreeMap, BTreeSet};

use llmtally::domain::money::Currency;
use llmtally::metrics::catalogue::{self, Kind};
use promql_parser::label::Matchers;
use promql_parser::parser::{Expr, VectorSelector, parse};
use promql_parser::util::{ExprVisitor, walk_expr};

/// What Prometheus itself adds to every series.
const TARGET_LABELS: [&str; 2] = ["job", "instance"];

#[test]
fn dashboards_ask_for_what_is_exposed() {
    for currency in [Currency::USD, Currency::EUR] {
        let mut asked = 0;
        for board in crate::boards::all_in(currency) {
            for (title, expr) in crate::boards::promql(&board) {
                asked += 1;
                check(&title, &expr.replace("$__rate_interval", "5m").replace("$__range", "1d"), currency);
            }
        }
        assert!(asked > 0);
    }
}

/// Panics with `place` in the message when the expression cannot work.
pub(crate) fn check(place: &str, expr: &str, currency: Currency) {
    let parsed = parse(expr).unwrap_or_else(|error| panic!("{place}: {error}\n{expr}"));
    let mut selectors = Selectors::default();
    walk_expr(&mut selectors, &parsed).unwrap();
    for (selector, over_range) in &selectors.found {
        let name = selector.name.as_deref().unwrap_or_default();
        if name == "up" {
            continue;
        }
        let families: BTreeMap<String, &catalogue::Spec> =
            catalogue::ALL.iter().map(|spec| (spec.name(currency), *spec)).collect();
        let family = families.get(name).unwrap_or_else(|| panic!("{place}: no family `{name}`"));
        let known: BTreeSet<&str> = family.labels.iter().copied().chain(TARGET_LABELS).collect();
        for label in labels(&selector.matchers) {
            assert!(known.contains(label), "{place}: `{name}` has no label `{label}`");
        }
        assert_eq!(
            *over_range,
            family.kind == Kind::Counter,
            "{place}: counters, and only they, are asked for an increase"
        );
    }
}

fn labels(matchers: &Matchers) -> impl Iterator<Item = &str> {
    matchers.matchers.iter().chain(matchers.or_matchers.iter().flatten()).map(|matcher| matcher.name.as_str())
}

#[derive(Default)]
struct Selectors {
    /// Each selector, and whether it asks for a range.
    found: Vec<(VectorSelector, bool)>,
}

impl ExprVisitor for Selectors {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Self::Error> {
        match expr {
            Expr::VectorSelector(selector) => self.found.push((selector.clone(), false)),
            Expr::MatrixSelector(matrix) => self.found.push((matrix.vs.clone(), true)),
            _ => {}
        }
        Ok(true)
    }
}
