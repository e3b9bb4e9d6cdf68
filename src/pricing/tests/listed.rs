use super::*;

const TODAY: &str = "2026-11-20";

#[test]
fn use_is_priced_at_the_rates_of_its_day() {
    let catalog = bundled();
    let input = |day| million(&catalog, Provider::OpenAi, day, &dims("o3"), Meter::Input);
    assert_eq!(input("2025-06-09"), rated("10"));
    assert_eq!(input("2025-06-10"), rated("2"));
}

#[test]
fn prices_are_the_decimals_of_the_list() {
    let catalog = bundled();
    for (provider, model, meter, expected) in [
        (Provider::Anthropic, "claude-sonnet-4-6", Meter::CacheRead, "0.3"),
        (Provider::Anthropic, "claude-haiku-5-5", Meter::CacheWrite, "0.125"),
        (Provider::OpenAi, "gpt-4o-mini", Meter::CacheRead, "0.075"),
        (Provider::OpenAi, "gpt-realtime", Meter::OutputAudio, "64"),
        (Provider::OpenAi, "tts-1", Meter::Characters, "15"),
        (Provider::OpenAi, "whisper-1", Meter::Seconds, "100"),
        (Provider::Anthropic, "claude-opus-5", Meter::WebSearches, "10000"),
    ] {
        assert_eq!(million(&catalog, provider, TODAY, &dims(model), meter), rated(expected), "{model} {meter}");
    }
}

#[test]
fn who_passes_models_on_has_the_prices_of_whose_they_are() {
    let catalog = bundled();
    let input = |provider, model: &str| million(&catalog, provider, TODAY, &dims(model), Meter::Input);
    assert_eq!(input(Provider::Cursor, "composer-2.5"), rated("0.5"));
    for (vendor, model) in [(Provider::Anthropic, "claude-opus-5"), (Provider::OpenAi, "gpt-5.5")] {
        assert_eq!(input(Provider::Cursor, model), input(vendor, model), "{model}");
        let included = Dimensions { service_tier: Some("included".into()), ..dims(model) };
        assert_eq!(
            million(&catalog, Provider::Cursor, TODAY, &included, Meter::Input),
            input(vendor, model),
            "{model}"
        );
    }
    assert_eq!(input(Provider::Cursor, "default"), Price::Unpriced);
    assert_eq!(input(Provider::Anthropic, "gpt-5.5"), Price::Unpriced);
}

#[test]
fn long_context_follows_the_prompts_and_never_the_size_of_the_row() {
    let catalog = bundled();
    let price = |provider, model: &str, prompt_over, meter| {
        million(&catalog, provider, TODAY, &Dimensions { prompt_over, ..dims(model) }, meter)
    };
    let sonnet = |prompt_over, meter| price(Provider::Anthropic, "claude-sonnet-4-5", prompt_over, meter);
    assert_eq!(sonnet(0, Meter::Input), rated("3"));
    assert_eq!(sonnet(199_999, Meter::Output), rated("15"));
    assert_eq!(sonnet(200_000, Meter::Output), rated("22.5"));
    assert_eq!(sonnet(200_000, Meter::CacheWrite1h), rated("12"));
    let gpt = |prompt_over, meter| price(Provider::OpenAi, "gpt-5.5", prompt_over, meter);
    assert_eq!(gpt(271_999, Meter::CacheRead), rated("0.5"));
    assert_eq!(gpt(272_000, Meter::CacheRead), rated("1"));
    assert_eq!(gpt(900_000, Meter::Output), rated("45"));
}

#[test]
fn batch_costs_half_also_before_the_list_knew_it() {
    let catalog = bundled();
    let batch = |model: &str| Dimensions { service_tier: Some("batch".into()), ..dims(model) };
    let input = |provider, model: &str, day| million(&catalog, provider, day, &batch(model), Meter::Input);
    assert_eq!(input(Provider::OpenAi, "o3", TODAY), rated("1"));
    assert_eq!(input(Provider::OpenAi, "o3", "2025-06-09"), rated("5"));
    assert_eq!(input(Provider::Anthropic, "claude-sonnet-4-5", TODAY), rated("1.5"));
    assert_eq!(input(Provider::Anthropic, "claude-sonnet-4-5", "2025-12-01"), rated("1.5"));
    // Retired before the list began to carry batch rates.
    assert_eq!(input(Provider::Anthropic, "claude-3-opus-20240229", "2025-06-01"), rated("7.5"));
    for model in ["claude-opus-5", "claude-3-7-sonnet-latest"] {
        let searches = million(&catalog, Provider::Anthropic, TODAY, &batch(model), Meter::WebSearches);
        assert_eq!(searches, rated("10000"), "no batch rate is published for searches");
    }
}

#[test]
fn tiers_keep_their_ratio_on_days_before_the_list_verified_them() {
    let catalog = bundled();
    let sol = |day, tier: &str, meter| {
        let dims = Dimensions { service_tier: Some(tier.into()), ..dims("gpt-5.6-sol") };
        million(&catalog, Provider::OpenAi, day, &dims, meter)
    };
    assert_eq!(sol(TODAY, "priority", Meter::Output), rated("40"));
    assert_eq!(sol("2026-09-01", "priority", Meter::Output), rated("40"));
    // Before its price fell on 2026-08-21: twice and half of 5 and 30.
    assert_eq!(sol("2026-08-20", "priority", Meter::Input), rated("10"));
    assert_eq!(sol("2026-08-20", "flex", Meter::Output), rated("15"));
}

#[test]
fn tiers_and_places_have_their_prices_or_none() {
    let catalog = bundled();
    let output = |provider, model: &str, tier: &str, region: Option<&str>| {
        let dims = Dimensions { service_tier: Some(tier.into()), region: region.map(str::to_owned), ..dims(model) };
        million(&catalog, provider, TODAY, &dims, Meter::Output)
    };
    assert_eq!(output(Provider::OpenAi, "gpt-4o", "default", None), rated("10"));
    assert_eq!(output(Provider::OpenAi, "gpt-4o", "priority", None), rated("17"));
    assert_eq!(output(Provider::OpenAi, "gpt-3.5-turbo", "priority", None), Price::Unpriced);
    assert_eq!(output(Provider::OpenAi, "gpt-4o", "scale", None), Price::Unpriced);
    assert_eq!(output(Provider::Anthropic, "claude-opus-4-6", "fast", None), rated("150"));
    assert_eq!(output(Provider::ClaudeCode, "claude-opus-4-8", "fast", None), rated("50"));
    assert_eq!(output(Provider::Anthropic, "claude-opus-4-6", "priority", None), Price::Unpriced);
    assert_eq!(output(Provider::Anthropic, "claude-opus-4-6", "standard", Some("us")), rated("27.5"));
    assert_eq!(output(Provider::Anthropic, "claude-opus-4-6", "standard", Some("global")), rated("25"));
    assert_eq!(output(Provider::Anthropic, "claude-opus-4-6", "batch", Some("us")), rated("13.75"));
}

#[test]
fn writes_that_live_longer_cost_twice_the_input() {
    let catalog = bundled();
    for (provider, model, meter) in [
        (Provider::Anthropic, "claude-opus-4-5", Meter::CacheWrite1h),
        (Provider::ClaudeCode, "claude-haiku-4-5-20251001", Meter::CacheWrite1h),
        (Provider::OpenAi, "gpt-6-sol", Meter::CacheWrite12h),
    ] {
        let price = |meter| million(&catalog, provider, TODAY, &dims(model), meter);
        let (Price::Rated(write), Price::Rated(input)) = (price(meter), price(Meter::Input)) else {
            panic!("{model} has no price");
        };
        assert_eq!(write, input * Decimal::TWO, "{model}");
    }
}

#[test]
fn what_nobody_charges_for_is_free_and_what_the_list_lacks_is_unpriced() {
    let catalog = bundled();
    let quote = |model: Option<&str>, meter| {
        let dims = Dimensions { model: model.map(str::to_owned), ..Dimensions::default() };
        catalog.price(Provider::OpenAi, noon(TODAY), &dims, meter, Decimal::ONE_HUNDRED)
    };
    let unknown = Quote { model: None, price: Price::Unpriced };
    assert_eq!(quote(Some("gpt-99-nova"), Meter::Input), unknown);
    assert_eq!(quote(None, Meter::Input), unknown);
    assert_eq!(quote(None, Meter::StorageBytes), unknown);
    assert_eq!(quote(None, Meter::Sessions), unknown);
    assert_eq!(quote(Some("gpt-99-nova"), Meter::Requests).price, Price::Free);
    assert_eq!(quote(Some("omni-moderation-latest"), Meter::Input).price, Price::Free);
    assert_eq!(quote(Some("text-embedding-3-small"), Meter::Output).price, Price::Unpriced);
    assert_eq!(quote(Some("gpt-4o"), Meter::Seconds).price, Price::Unpriced);
    let nothing = catalog.price(Provider::OpenAi, noon(TODAY), &dims("gpt-99-nova"), Meter::Input, Decimal::ZERO);
    assert_eq!(nothing.price, rated("0"), "no use needs no price");
    assert_eq!(quote(None, Meter::FileSearches).price, rated("0.25"), "tools have one price for all models");
}

#[test]
fn names_fold_to_the_id_of_the_list() {
    let catalog = bundled();
    for (provider, written, canonical) in [
        (Provider::OpenAi, "gpt-4o-2024-08-06", Some("gpt-4o")),
        (Provider::OpenAi, "gpt-4o-2024-05-13", Some("gpt-4o-2024-05-13")),
        (Provider::OpenAi, "openai/gpt-5.5:nitro", Some("gpt-5.5")),
        (Provider::OpenAi, "azure/eu/gpt-5-mini", Some("gpt-5-mini")),
        (Provider::OpenAi, "ft:gpt-4o-2024-08-06:org:n:abc", Some("ft:gpt-4o")),
        (Provider::OpenAi, "ft:gpt-99-2026-01-01:org:n:abc", None),
        (Provider::OpenAi, "gemini-2.5-pro-preview-06-05", None),
        (Provider::OpenAi, "accounts/fireworks/models/deepseek-v4-pro", None),
        (Provider::Anthropic, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some("claude-sonnet-4-5")),
        (
            Provider::Anthropic,
            "arn:aws:bedrock:us-east-1:111122223333:inference-profile/global.anthropic.claude-opus-5",
            Some("claude-opus-5"),
        ),
        (Provider::ClaudeCode, "vertex_ai/claude-sonnet-4-5@20250929", Some("claude-sonnet-4-5")),
        (Provider::ClaudeCode, "claude-opus-4-6[1m]", Some("claude-opus-4-6")),
        (Provider::ClaudeCode, "claude-fable-5", Some("claude-fable-5")),
        (Provider::Anthropic, "claude-orchid-9", None),
    ] {
        let quote = catalog.price(provider, noon(TODAY), &dims(written), Meter::Input, Decimal::ONE);
        assert_eq!(quote.model.as_deref(), canonical, "{written}");
        assert_eq!(quote.price != Price::Unpriced, canonical.is_some(), "{written}");
    }
}
