use super::*;
use crate::pricing::{CatalogError, Prices, Refresh};

fn list(input: &str) -> String {
    let provider = |id: &str, model: &str| {
        format!(
            r#"{{"id": "{id}", "name": "{id}", "api_pattern": "https://{id}\\.example", "models": [
                {{"id": "{model}", "match": {{"equals": "{model}"}}, "prices": {{"input_mtok": {input}}}}}]}}"#
        )
    };
    format!("[{}, {}]", provider("openai", "gpt-4o"), provider("anthropic", "claude-orchid-9"))
}

fn input(prices: &Prices, model: &str) -> Price {
    million(&prices.current(), Provider::Anthropic, "2026-11-20", &dims(model), Meter::Input)
}

#[test]
fn a_new_list_replaces_the_old_one_for_every_holder_of_the_handle() {
    let prices = Prices::new(bundled());
    let elsewhere = prices.clone();
    assert_eq!(input(&elsewhere, "claude-orchid-9"), Price::Unpriced);
    assert_eq!(prices.refresh(list("7.25").as_bytes()), Ok(Refresh::Replaced));
    assert_eq!(input(&elsewhere, "claude-orchid-9"), rated("7.25"));
    assert_eq!(prices.refresh(list("7.25").as_bytes()), Ok(Refresh::Unchanged));
    assert_eq!(prices.refresh(list("8").as_bytes()), Ok(Refresh::Replaced));
    assert_eq!(input(&elsewhere, "claude-orchid-9"), rated("8"));
}

#[test]
fn a_broken_list_leaves_the_last_good_one_in_place() {
    let prices = Prices::new(bundled());
    prices.refresh(list("7.25").as_bytes()).unwrap();
    let cut = list("9");
    for (broken, incomplete) in [("<html>", false), (&cut[..cut.len() / 2], false), ("[]", true)] {
        let error = prices.refresh(broken.as_bytes()).unwrap_err();
        assert_eq!(matches!(error, CatalogError::Incomplete(_)), incomplete, "{error}");
        assert_eq!(input(&prices, "claude-orchid-9"), rated("7.25"));
    }
}

#[test]
fn overrides_survive_a_refresh() {
    let text = "[[price]]\nprovider = \"anthropic\"\nmodel = \"acme\"\nper_million = { input = 1 }";
    let prices = Prices::new(Catalog::bundled(Overrides::parse(text).unwrap()));
    prices.refresh(list("7.25").as_bytes()).unwrap();
    assert_eq!(input(&prices, "acme"), rated("1"));
    assert_eq!(input(&prices, "claude-orchid-9"), rated("7.25"));
}
