//! Token counts that contain one another, made disjoint.

use rust_decimal::Decimal;

use super::api::UsageResult;
use crate::domain::usage::Meter;
use crate::providers::number::Number;

/// A quantity from which parts are taken; no part is larger than what is left.
struct Rest(Decimal);

impl Rest {
    fn take(&mut self, wanted: Decimal) -> Decimal {
        let part = wanted.clamp(Decimal::ZERO, self.0);
        self.0 -= part;
        part
    }
}

/// Disjoint token meters of a completions result that sum up to `input` + `output`, whatever the details say.
///
/// The vendor's totals are the truth. Details that contradict them lose in this order: text, image and audio within
/// the fresh and the cached tokens, then cache writes, then cached tokens.
pub(super) fn disjoint(input: Decimal, output: Decimal, result: &UsageResult) -> Vec<(Meter, Decimal)> {
    let mut fresh = Rest(input.max(Decimal::ZERO));
    let mut cached = Rest(fresh.take(cached(fresh.0, result)));
    let mut written = Rest(fresh.take(written(result)));
    let mut output = Rest(output.max(Decimal::ZERO));
    let meters = [
        (Meter::InputAudio, fresh.take(count(result.input_audio_tokens))),
        (Meter::InputImage, fresh.take(count(result.input_image_tokens))),
        (Meter::Input, fresh.0),
        (Meter::CacheReadAudio, cached.take(count(result.input_cached_audio_tokens))),
        (Meter::CacheReadImage, cached.take(count(result.input_cached_image_tokens))),
        (Meter::CacheRead, cached.0),
        (Meter::CacheWrite12h, written.take(count(result.input_cache_write_12h_tokens))),
        (Meter::CacheWrite, written.0),
        (Meter::OutputAudio, output.take(count(result.output_audio_tokens))),
        (Meter::OutputImage, output.take(count(result.output_image_tokens))),
        (Meter::Output, output.0),
    ];
    meters.into()
}

/// Cached tokens of every modality: as told, else the sum of the modalities, else what is neither fresh nor written.
fn cached(input: Decimal, result: &UsageResult) -> Decimal {
    let parts = [result.input_cached_text_tokens, result.input_cached_audio_tokens, result.input_cached_image_tokens];
    let by_modality = || parts.iter().any(Option::is_some).then(|| parts.into_iter().map(count).sum());
    let by_remainder = || result.input_uncached_tokens.map(|uncached| input - count(Some(uncached)) - written(result));
    result.input_cached_tokens.map(|told| told.0).or_else(by_modality).or_else(by_remainder).unwrap_or_default()
}

fn written(result: &UsageResult) -> Decimal {
    let by_life = || count(result.input_cache_write_30m_tokens) + count(result.input_cache_write_12h_tokens);
    result.input_cache_write_tokens.map_or_else(by_life, |told| count(Some(told)))
}

fn count(told: Option<Number>) -> Decimal {
    told.map_or(Decimal::ZERO, |number| number.0.max(Decimal::ZERO))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn number(value: i64) -> Option<Number> {
        Some(Number(value.into()))
    }

    fn consistent(parts: &BTreeMap<Meter, i64>) -> UsageResult {
        let sum = |meters: &[Meter]| meters.iter().map(|meter| parts[meter]).sum::<i64>();
        let one = |meter: Meter| number(parts[&meter]);
        UsageResult {
            input_uncached_tokens: number(sum(&[Meter::Input, Meter::InputAudio, Meter::InputImage])),
            input_cached_tokens: number(sum(&[Meter::CacheRead, Meter::CacheReadAudio, Meter::CacheReadImage])),
            input_cached_text_tokens: one(Meter::CacheRead),
            input_cached_audio_tokens: one(Meter::CacheReadAudio),
            input_cached_image_tokens: one(Meter::CacheReadImage),
            input_cache_write_tokens: number(sum(&[Meter::CacheWrite, Meter::CacheWrite12h])),
            input_cache_write_30m_tokens: one(Meter::CacheWrite),
            input_cache_write_12h_tokens: one(Meter::CacheWrite12h),
            input_audio_tokens: one(Meter::InputAudio),
            input_image_tokens: one(Meter::InputImage),
            output_audio_tokens: one(Meter::OutputAudio),
            output_image_tokens: one(Meter::OutputImage),
            ..UsageResult::default()
        }
    }

    fn token_meters() -> Vec<Meter> {
        Meter::ALL.into_iter().filter(|meter| meter.token_type().is_some() && *meter != Meter::CacheWrite1h).collect()
    }

    proptest! {
        #[test]
        fn consistent_details_come_back_as_the_parts_they_were_made_of(
            counts in prop::collection::vec(0..1_000_000_i64, 11),
            withheld in 0..4_u8,
        ) {
            let parts: BTreeMap<Meter, i64> = token_meters().into_iter().zip(counts).collect();
            prop_assert_eq!(parts.len(), 11);
            let mut result = consistent(&parts);
            // The vendor may leave out a figure that follows from the others.
            match withheld {
                1 => result.input_cached_tokens = None,
                2 => result.input_cache_write_tokens = None,
                3 => (result.input_cached_tokens, result.input_cached_text_tokens, result.input_uncached_tokens) =
                    (None, number(parts[&Meter::CacheRead]), None),
                _ => {}
            }
            let output: i64 = parts.iter().filter(|(meter, _)| meter.as_str().starts_with("output")).map(|(_, n)| n).sum();
            let input = parts.values().sum::<i64>() - output;
            let meters: BTreeMap<Meter, Decimal> = disjoint(input.into(), output.into(), &result).into_iter().collect();
            let expected: BTreeMap<Meter, Decimal> = parts.into_iter().map(|(meter, n)| (meter, n.into())).collect();
            prop_assert_eq!(meters, expected);
        }

        #[test]
        fn contradictory_details_neither_add_nor_lose_tokens(
            totals in (0..1_000_i64, 0..1_000_i64),
            details in prop::collection::vec(prop::option::of(-500..1_500_i64), 12),
        ) {
            let detail = |index: usize| details[index].and_then(number);
            let result = UsageResult {
                input_uncached_tokens: detail(0),
                input_cached_tokens: detail(1),
                input_cached_text_tokens: detail(2),
                input_cached_audio_tokens: detail(3),
                input_cached_image_tokens: detail(4),
                input_cache_write_tokens: detail(5),
                input_cache_write_30m_tokens: detail(6),
                input_cache_write_12h_tokens: detail(7),
                input_audio_tokens: detail(8),
                input_image_tokens: detail(9),
                output_audio_tokens: detail(10),
                output_image_tokens: detail(11),
                ..UsageResult::default()
            };
            let meters = disjoint(totals.0.into(), totals.1.into(), &result);
            prop_assert!(meters.iter().all(|(_, quantity)| !quantity.is_sign_negative()));
            let sum: Decimal = meters.iter().map(|(_, quantity)| quantity).sum();
            prop_assert_eq!(sum, Decimal::from(totals.0 + totals.1));
        }
    }

    #[test]
    fn cached_tokens_follow_from_uncached_ones_where_nothing_else_tells() {
        let result = UsageResult {
            input_uncached_tokens: number(60),
            input_cache_write_tokens: number(10),
            ..UsageResult::default()
        };
        let meters: BTreeMap<Meter, Decimal> = disjoint(100.into(), 0.into(), &result).into_iter().collect();
        assert_eq!(meters[&Meter::CacheRead], 30.into());
        assert_eq!(meters[&Meter::Input], 60.into());
    }
}
