//! The landing page, for people who open the address in a browser: the figures of the month, and the way to everything else.

use std::fmt::Write;

use axum::extract::State;
use axum::response::Html;
use rust_decimal::Decimal;

use super::ApiState;
use crate::domain::money::{Currency, Money};
use crate::domain::period::{Day, Window};
use crate::store::reporting::{Dimension, Spend, SpendFilter};

const HEAD: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>llmtally</title>\n",
    "<style>\n:root{color-scheme:light dark}\n",
    "body{font:16px/1.6 system-ui,sans-serif;margin:3rem auto;max-width:44rem;padding:0 1.25rem}\n",
    "h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.05rem}\n",
    "p{margin:.25rem 0}.quiet{opacity:.7}\n",
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n",
    "th,td{padding:.4rem .6rem;border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent);text-align:right}\n",
    "th{font-weight:500;opacity:.7}th:first-child,td:first-child{text-align:left}\n",
    "tfoot td{font-weight:600;border-bottom:0}dt{margin-top:.5rem}dd{margin:0;opacity:.8}\n",
    "a{color:color-mix(in srgb,#2a6fdb 80%,currentColor)}\n",
    "@media(max-width:30rem){table{font-size:.85rem}th,td{padding:.4rem .2rem}}\n</style>\n",
    "<h1>llmtally</h1>\n<p class=\"quiet\">What your teams spend on LLMs. Version ",
    env!("CARGO_PKG_VERSION"),
    ".</p>\n",
);

const LINKS: &str = "<h2>More</h2>\n<dl>\n\
    <dt><a href=\"/api/v1/spend?group_by=provider,model\">Spend of this month by model</a>\
    <dd>JSON; <code>group_by</code>, <code>from</code>, <code>to</code> and filters ask for anything else\n\
    <dt><a href=\"/api/v1/spend?group_by=day,project\">Spend of this month by day and project</a><dd>JSON\n\
    <dt><a href=\"/api/v1/sync\">Feeds</a><dd>how up to date each one is, JSON\n\
    <dt><a href=\"/metrics\">Metrics</a><dd>what Prometheus scrapes\n\
    <dt><a href=\"/-/ready\">Ready?</a> <a href=\"/-/healthy\">Healthy?</a><dd>for load balancers and containers\n\
    </dl>\n</html>\n";

/// A provider's spend.
struct Line {
    provider: String,
    today: Decimal,
    month: Decimal,
    provisional: Decimal,
}

/// Answers without a database as well: whoever looks for what is wrong comes here first.
pub(super) async fn page(State(state): State<ApiState>) -> Html<String> {
    let figures = figures(&state).await;
    let figures = figures.unwrap_or_else(|_| {
        "<p>The figures are not there: <a href=\"/-/ready\">what is in the way</a>.</p>\n".to_owned()
    });
    Html(format!("{HEAD}{figures}{LINKS}"))
}

async fn figures(state: &ApiState) -> sqlx::Result<String> {
    let today = state.clock.today();
    let feeds = state.store.feed_status().await?;
    let failed = feeds.iter().filter(|feed| feed.failure_reason.is_some()).count();
    let (currency, lines) = lines(state, today).await?;
    let mut html = table(today, currency, &lines);
    let feeds = match (feeds.len(), failed) {
        (0, _) => "No feed has run yet.".to_owned(),
        (1, 0) => "The one feed is up to date.".to_owned(),
        (all, 0) => format!("All {all} feeds are up to date."),
        (all, failed) => format!("{failed} of {all} feeds failed at their last run."),
    };
    // Writing to a string does not fail.
    let _ = writeln!(html, "<p class=\"quiet\">{feeds}</p>");
    Ok(html)
}

async fn lines(state: &ApiState, today: Day) -> sqlx::Result<(Currency, Vec<Line>)> {
    let month = Window::new(today.month_start(), today.next()).unwrap_or(Window::single(today));
    let by = [Dimension::Provider, Dimension::Day];
    let mut lines: Vec<Line> = Vec::new();
    let Spend { currency, groups } = state.store.spend(month, &by, &SpendFilter::default(), i64::MAX).await?;
    for group in groups {
        let provider = group.provider.unwrap_or_default();
        let at = lines.iter().position(|line| line.provider == provider).unwrap_or_else(|| {
            lines.push(Line { provider, today: Decimal::ZERO, month: Decimal::ZERO, provisional: Decimal::ZERO });
            lines.len() - 1
        });
        let Some(line) = lines.get_mut(at) else { continue };
        line.month = line.month.saturating_add(group.spend);
        line.provisional = line.provisional.saturating_add(group.provisional);
        if group.day == Some(today) {
            line.today = line.today.saturating_add(group.spend);
        }
    }
    lines.sort_by(|one, other| other.month.cmp(&one.month).then_with(|| one.provider.cmp(&other.provider)));
    Ok((currency, lines))
}

fn table(today: Day, currency: Currency, lines: &[Line]) -> String {
    let sum = |part: fn(&Line) -> Decimal| lines.iter().map(part).fold(Decimal::ZERO, Decimal::saturating_add);
    let row = |name: &str, today, month, provisional| {
        let [today, month, provisional] =
            [today, month, provisional].map(|amount| written(Money::new(amount, currency)));
        format!("<tr><td>{name}<td>{today}<td>{month}<td>{provisional}\n")
    };
    let body: String = lines.iter().map(|line| row(&line.provider, line.today, line.month, line.provisional)).collect();
    let total = row("Together", sum(|line| line.today), sum(|line| line.month), sum(|line| line.provisional));
    format!(
        "<h2>Spend, {today} UTC</h2>\n<table>\n<thead><tr><th>Provider<th>Today<th>Month to date<th>of it provisional\n\
         <tbody>\n{body}<tfoot>\n{total}</table>\n"
    )
}

/// As in `$1,234.50`.
fn written(Money { amount, currency }: Money) -> String {
    let text = format!("{:.2}", amount.abs().round_dp(2));
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount.round_dp(2).is_sign_negative() && !amount.round_dp(2).is_zero() { "-" } else { "" };
    format!("{sign}{}{grouped}.{cents}", currency.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_read_it() {
        let of = |text: &str, currency: &str| written(Money::new(text.parse().unwrap(), currency.parse().unwrap()));
        let dollars = ["0", "-0.001", "999.995", "1234.5", "-1234567.891"].map(|text| of(text, "USD"));
        assert_eq!(dollars, ["$0.00", "$0.00", "$1,000.00", "$1,234.50", "-$1,234,567.89"]);
        assert_eq!([of("-1234.5", "EUR"), of("-1234.5", "CHF")], ["-€1,234.50", "-CHF\u{a0}1,234.50"]);
    }
}
