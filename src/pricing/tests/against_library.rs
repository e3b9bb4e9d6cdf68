//! For every single request our sum over meters is the library's total.

use std::collections::BTreeMap;

use genai_prices::{Calculator, PriceRequest, Usage};
use proptest::prelude::*;

use super::*;
use crate::pricing::rules::Seller;

const DAYS: [&str; 7] =
    ["2024-02-29", "2025-06-09", "2025-06-10", "2026-03-12", "2026-03-13", "2026-08-21", "2026-11-20"];
const TIERS: [Option<&str>; 5] = [None, Some("batch"), Some("flex"), Some("priority"), Some("fast")];
const EDGES: [u32; 4] = [100_000, 200_000, 272_000, 1_000_000];

const PROMPT: [Meter; 8] = [
    Meter::Input,
    Meter::CacheRead,
    Meter::CacheWrite,
    Meter::CacheWrite1h,
    Meter::InputAudio,
    Meter::CacheReadAudio,
    Meter::InputImage,
    Meter::CacheReadImage,
];
const OTHERS: [Meter; 7] = [
    Meter::Output,
    Meter::OutputAudio,
    Meter::OutputImage,
    Meter::Characters,
    Meter::Seconds,
    Meter::WebSearches,
    Meter::FileSearches,
];

type Meters = BTreeMap<Meter, u32>;

/// The library's keys contain one another; written out here apart from the code under test.
fn usage(meters: &Meters) -> Usage {
    let sum = |counted: &[Meter]| counted.iter().filter_map(|meter| meters.get(meter)).map(|n| f64::from(*n)).sum();
    Usage::from([
        ("input_tokens", sum(&PROMPT)),
        ("cache_read_tokens", sum(&[Meter::CacheRead, Meter::CacheReadAudio, Meter::CacheReadImage])),
        ("cache_write_tokens", sum(&[Meter::CacheWrite, Meter::CacheWrite1h])),
        ("cache_write_1h_tokens", sum(&[Meter::CacheWrite1h])),
        ("input_audio_tokens", sum(&[Meter::InputAudio, Meter::CacheReadAudio])),
        ("cache_audio_read_tokens", sum(&[Meter::CacheReadAudio])),
        ("input_image_tokens", sum(&[Meter::InputImage, Meter::CacheReadImage])),
        ("cache_image_read_tokens", sum(&[Meter::CacheReadImage])),
        ("output_tokens", sum(&[Meter::Output, Meter::OutputAudio, Meter::OutputImage])),
        ("output_audio_tokens", sum(&[Meter::OutputAudio])),
        ("output_image_tokens", sum(&[Meter::OutputImage])),
        ("input_characters", sum(&[Meter::Characters])),
        ("audio_seconds", sum(&[Meter::Seconds])),
        ("input_audio_seconds", sum(&[Meter::Seconds])),
        ("web_searches", sum(&[Meter::WebSearches])),
        ("storage_searches", sum(&[Meter::FileSearches])),
    ])
}

fn library(provider: Provider, model: &str, day: &str, tier: Option<&str>, meters: &Meters) -> f64 {
    let usage = usage(meters);
    let mut request = PriceRequest::new(model, &usage).with_provider_id(provider.as_str()).with_timestamp(noon(day));
    match tier {
        Some("batch") => request = request.with_price_context("processing", "batch"),
        Some(tier) => request = request.with_price_context("service_tier", tier),
        None => {}
    }
    Calculator::bundled().calculate(&request).unwrap().total_price
}

fn ours(catalog: &Catalog, provider: Provider, model: &str, day: &str, tier: Option<&str>, meters: &Meters) -> Decimal {
    let prompt: u32 = PROMPT.iter().filter_map(|meter| meters.get(meter)).sum();
    let dims =
        Dimensions { service_tier: tier.map(str::to_owned), prompt_over: prompt.saturating_sub(1), ..dims(model) };
    let costs = meters.iter().map(|(meter, n)| catalog.price(provider, noon(day), &dims, *meter, (*n).into()).price);
    costs.map(|price| if let Price::Rated(cost) = price { cost } else { Decimal::ZERO }).sum()
}

fn assert_agreement(
    catalog: &Catalog,
    provider: Provider,
    model: &str,
    day: &str,
    tier: Option<&str>,
    meters: &Meters,
) {
    let expected = library(provider, model, day, tier, meters);
    // Where the list does not know the tier, the library answers with the standard price and we follow the vendor.
    if tier.is_some() && expected.to_bits() == library(provider, model, day, None, meters).to_bits() {
        return;
    }
    let found: f64 = ours(catalog, provider, model, day, tier, meters).to_string().parse().unwrap();
    let what = format!("{model} {day} {tier:?} {meters:?}: {found} instead of {expected}");
    assert!((found - expected).abs() < 1e-9, "{what}");
}

fn models() -> Vec<(Provider, String)> {
    let mut models = Vec::new();
    for (seller, provider) in [(Seller::OpenAi, Provider::OpenAi), (Seller::Anthropic, Provider::Anthropic)] {
        let listed = Calculator::bundled().providers().find(|listed| listed.id() == seller.id()).unwrap();
        // Some ids are patterns, which their own rule does not match.
        let ids = listed.models().map(|model| model.id().to_owned());
        models.extend(ids.filter(|id| catalog_knows(seller, id)).map(|id| (provider, id)));
    }
    models
}

fn catalog_knows(seller: Seller, id: &str) -> bool {
    let usage = Usage::new();
    let request = PriceRequest::new(id, &usage).with_provider_id(seller.id()).with_timestamp(noon(DAYS[0]));
    Calculator::bundled().calculate(&request).is_ok_and(|answer| answer.model_id == id)
}

/// Every meter at once, with a prompt of exactly `prompt` tokens.
fn everything(prompt: u32) -> Meters {
    let share = prompt / 9;
    let mut meters: Meters = PROMPT.into_iter().map(|meter| (meter, share)).collect();
    meters.insert(Meter::Input, prompt - 7 * share);
    meters.extend(OTHERS.into_iter().zip([1_717, 333, 90, 4_321, 61, 3, 2]));
    meters
}

#[test]
fn every_model_on_both_sides_of_every_edge() {
    let catalog = bundled();
    let models = models();
    assert!(models.len() > 100, "{}", models.len());
    for (provider, model) in &models {
        let prompts = EDGES.iter().flat_map(|edge| [edge - 1, *edge, edge + 1]).chain([1, 9_000]);
        for meters in prompts.map(everything) {
            for day in DAYS {
                assert_agreement(&catalog, *provider, model, day, None, &meters);
            }
            for tier in TIERS {
                assert_agreement(&catalog, *provider, model, DAYS[6], tier, &meters);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_single_request(
        model in prop::sample::select(models()),
        day in prop::sample::select(DAYS.to_vec()),
        tier in prop::sample::select(TIERS.to_vec()),
        meters in prop::collection::btree_map(
            prop::sample::select([PROMPT.as_slice(), &OTHERS].concat()), 0_u32..300_000, 0..6),
    ) {
        let (provider, model) = model;
        assert_agreement(&bundled(), provider, &model, day, tier, &meters);
    }

    #[test]
    fn a_row_costs_what_its_requests_cost(
        model in prop::sample::select(models()),
        requests in prop::collection::vec((0_u32..90_000, 0_u32..5_000), 1..40),
    ) {
        let (provider, model) = model;
        let catalog = bundled();
        let price = |meter, quantity: u32| {
            match catalog.price(provider, noon(DAYS[6]), &dims(&model), meter, quantity.into()).price {
                Price::Rated(cost) => cost,
                Price::Free | Price::Unpriced => Decimal::ZERO,
            }
        };
        let single: Decimal =
            requests.iter().map(|(input, output)| price(Meter::Input, *input) + price(Meter::Output, *output)).sum();
        let row = price(Meter::Input, requests.iter().map(|(input, _)| input).sum())
            + price(Meter::Output, requests.iter().map(|(_, output)| output).sum());
        prop_assert_eq!(single, row);
    }
}
