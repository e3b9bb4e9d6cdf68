//! The published list: which model a name means, and what a unit of a meter costs.
//!
//! The library prices single requests and exports no rates, so rates are read off its answers to synthetic requests
//! that hold one meter only. A row of a usage report is the sum of many requests: asking the library for its total would
//! put it over every long-context threshold.

use std::sync::Arc;

use genai_prices::{Calculator, PriceRequest, Usage};
use rust_decimal::Decimal;

use super::memo::Memo;
use super::rules::Seller;
use super::steps::Steps;
use super::tier::Tier;
use super::units::{MILLION, Side, Unit, unit};
use crate::domain::money::parse_decimal;
use crate::domain::period::Day;
use crate::domain::usage::Meter;

/// A model that the list knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Listed {
    pub(super) seller: Seller,
    /// The list's id of the model, to which snapshots and aliases fold.
    pub(super) id: Arc<str>,
    /// A name that the list matches to the model; not every id is one.
    reference: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RateKey {
    model: Listed,
    day: Day,
    tier: Tier,
    meter: Meter,
}

enum Table {
    Bundled(&'static Calculator),
    Loaded(Box<Calculator>),
}

pub(super) struct List {
    table: Table,
    rates: Memo<RateKey, Arc<Steps>>,
    common: Memo<(Seller, Day, Meter), Option<Decimal>>,
}

impl List {
    pub(super) fn bundled() -> Self {
        Self::new(Table::Bundled(Calculator::bundled()))
    }

    pub(super) fn from_json(json: &[u8]) -> genai_prices::Result<Self> {
        Ok(Self::new(Table::Loaded(Box::new(Calculator::from_json(json)?))))
    }

    fn new(table: Table) -> Self {
        Self { table, rates: Memo::default(), common: Memo::default() }
    }

    fn calculator(&self) -> &Calculator {
        match &self.table {
            Table::Bundled(calculator) => calculator,
            Table::Loaded(calculator) => calculator,
        }
    }

    /// The ids of all models of `seller`.
    pub(super) fn models(&self, seller: Seller) -> Vec<&str> {
        let found = self.calculator().providers().find(|provider| provider.id() == seller.id());
        found.map(|provider| provider.models().map(|model| model.id()).collect()).unwrap_or_default()
    }

    /// The model that `name` means, if the list matches it as it stands.
    pub(super) fn find(&self, seller: Seller, name: &str) -> Option<Listed> {
        let usage = Usage::new();
        let request = PriceRequest::new(name, &usage).with_provider_id(seller.id());
        let id = self.calculator().calculate(&request.with_timestamp(std::time::UNIX_EPOCH)).ok()?.model_id;
        Some(Listed { seller, id: id.into(), reference: name.into() })
    }

    /// What the list's unit of `meter` costs on `day` in US dollars, for requests whose prompts are all larger than
    /// `prompt_over` tokens; `None` where the list has no price.
    pub(super) fn rate(
        &self,
        model: &Listed,
        day: Day,
        tier: &Tier,
        meter: Meter,
        prompt_over: u32,
    ) -> Option<Decimal> {
        let key = RateKey { model: model.clone(), day, tier: tier.clone(), meter };
        let steps = self.rates.get(key, |key| Arc::new(self.read_off(key)));
        steps.rate(prompt_over)
    }

    /// Whether the list has rates of its own for `tier`; it answers with standard rates where it has none.
    pub(super) fn knows_tier(&self, model: &Listed, day: Day, tier: &Tier) -> bool {
        let rate = |tier: &Tier, meter| self.rate(model, day, tier, meter, 0);
        [Meter::Input, Meter::Output].into_iter().any(|meter| rate(tier, meter) != rate(&Tier::Standard, meter))
    }

    /// The standard rate of `meter` where all of the seller's models that have one have the same: the price of a tool,
    /// whose use vendors report without a model.
    pub(super) fn common_rate(&self, seller: Seller, day: Day, meter: Meter) -> Option<Decimal> {
        self.common.get((seller, day, meter), |_| {
            let models = self.models(seller).into_iter().filter_map(|id| self.find(seller, id));
            let mut rates =
                models.filter_map(|model| self.read_off(&RateKey { model, day, tier: Tier::Standard, meter }).rate(0));
            let first = rates.next()?;
            rates.all(|rate| rate == first).then_some(first)
        })
    }

    fn read_off(&self, key: &RateKey) -> Steps {
        match unit(key.meter) {
            None => Steps::flat(None),
            Some(unit) if unit.side == Side::Apart => Steps::flat(self.ask(key, &unit, 0)),
            Some(unit) => Steps::find(|prompt| self.ask(key, &unit, prompt)),
        }
    }

    /// The rate in a request with a prompt of `prompt` tokens that uses nothing but the key's meter.
    fn ask(&self, key: &RateKey, unit: &Unit, prompt: u32) -> Option<Decimal> {
        let quantity = f64::from(match unit.side {
            Side::Prompt => prompt,
            Side::Output => MILLION,
            Side::Apart => unit.per,
        });
        let mut usage = Usage::from([("input_tokens", f64::from(prompt))]);
        usage.extend(unit.keys.iter().map(|usage_key| (*usage_key, quantity)));
        let mut request = PriceRequest::new(&key.model.reference, &usage)
            .with_provider_id(key.model.seller.id())
            .with_timestamp(key.day.start());
        if let Some((name, value)) = key.tier.context() {
            request = request.with_price_context(name, value);
        }
        let answer = self.calculator().calculate(&request).ok()?;
        let cost = match unit.side {
            Side::Prompt => answer.input_price,
            Side::Output => answer.output_price,
            Side::Apart => answer.total_price,
        };
        as_printed(cost / quantity * f64::from(unit.per))
    }
}

/// The decimal that stands in the list: its floats carry about 16 digits, its prices have fewer than 12.
///
/// A price of nothing reads like a missing one; the list has none for the sellers that we know.
fn as_printed(rate: f64) -> Option<Decimal> {
    if rate > 0.0 { parse_decimal(&format!("{rate:.11e}")).ok() } else { None }
}
