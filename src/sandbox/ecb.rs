//! The European Central Bank, who fixes what a euro is worth on each working day.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Datelike, Weekday};
use rust_decimal::Decimal;

use super::state::State;
use super::world::World;
use crate::domain::money::Currency;
use crate::domain::period::Day;

/// What a euro is worth on average, in hundredths of a percent of the unit.
const UNITS: [(&str, u64); 4] = [("USD", 11_450), ("CNY", 81_900), ("GBP", 8_710), ("CHF", 9_340)];
/// Rates wander by so many parts of a thousand.
const SWING: u64 = 9;
/// Rates reach further back than the company, over the longest row of days on which the bank is closed.
const DAYS_BEFORE: u32 = 10;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().route("/ecb/{file}", get(file))
}

/// US dollars for a unit of the currency on the day, at the last fixing; `None` for what the bank does not fix.
pub(super) fn dollars(world: World, currency: Currency, day: Day) -> Option<Decimal> {
    if currency == Currency::USD {
        return Some(Decimal::ONE);
    }
    let fixed = (0..DAYS_BEFORE).map(|back| day.minus(back)).find(|day| is_open(*day))?;
    let dollar = per_euro(world, Currency::USD, fixed)?;
    if currency == Currency::EUR { Some(dollar) } else { dollar.checked_div(per_euro(world, currency, fixed)?) }
}

/// Units of the currency for a euro.
fn per_euro(world: World, currency: Currency, day: Day) -> Option<Decimal> {
    let (salt, (_, average)) = (0_u64..).zip(UNITS).find(|(_, (name, _))| *name == currency.as_str())?;
    let date = u64::try_from(day.since(world.founded.minus(DAYS_BEFORE))).ok()?;
    Some(Decimal::from(average * world.noise(&[9_001, salt, date], SWING)) / Decimal::from(10_000_000)).map(rounded)
}

fn rounded(rate: Decimal) -> Decimal {
    rate.round_dp(4)
}

fn is_open(day: Day) -> bool {
    !matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun)
}

/// The rate of a day comes out in the afternoon; here it is that of yesterday until tomorrow.
async fn file(Shared(state): Shared<Arc<State>>, Path(name): Path<String>) -> Response {
    let (world, today) = (state.world, Day::of(state.now()));
    let reach = world.founded.minus(DAYS_BEFORE);
    let past = || (1..).map(|back| today.minus(back)).take_while(|day| reach <= *day).filter(|day| is_open(*day));
    let days: Vec<Day> = match name.as_str() {
        "eurofxref-daily.xml" => past().take(1).collect(),
        "eurofxref-hist-90d.xml" => past().take_while(|day| today.minus(90) <= *day).collect(),
        "eurofxref-hist.xml" => past().collect(),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Envelope><Cube>".to_owned();
    for day in days {
        let rate = |(name, _): (&str, u64)| {
            let rate = per_euro(world, name.parse().ok()?, day)?;
            Some(format!("<Cube currency='{name}' rate='{rate}'/>"))
        };
        let rates: String = UNITS.into_iter().filter_map(rate).collect();
        let _ = write!(body, "<Cube time='{day}'>{rates}</Cube>");
    }
    body.push_str("</Cube></Envelope>");
    ([(header::CONTENT_TYPE, "text/xml")], body).into_response()
}
