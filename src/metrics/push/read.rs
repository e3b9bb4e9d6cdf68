//! Our own page as values again. The handles of the registry give themselves away as text only, and what goes out should be
//! what a scrape reads, to the last digit.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::stream::{Buckets, Kind, Labels, Stream, Value};

/// The families of a page of OpenMetrics, or of a part of one. Those without series are left out.
pub(super) fn read(page: &str) -> Vec<Stream<'_>> {
    let mut streams: Vec<Stream<'_>> = Vec::new();
    let mut help = "";
    for line in page.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("HELP"), Some(_), text) => help = text.unwrap_or_default(),
                (Some("TYPE"), Some(family), Some(kind)) => {
                    streams.push(stream(family, kind, std::mem::take(&mut help)))
                }
                (Some("UNIT"), Some(_), Some(unit)) => {
                    streams.iter_mut().last().into_iter().for_each(|s| s.unit = unit)
                }
                _ => {}
            }
        } else if let (Some(stream), Some(sample)) = (streams.last_mut(), sample(line)) {
            add(stream, sample);
        }
    }
    streams.retain(|stream| !stream.series.is_empty());
    streams
}

fn stream<'a>(family: &str, kind: &str, help: &'a str) -> Stream<'a> {
    let (suffix, kind) = match kind {
        "counter" => ("_total", Kind::Counter),
        "histogram" => ("", Kind::Histogram),
        "info" => ("_info", Kind::Gauge),
        _ => ("", Kind::Gauge),
    };
    Stream { name: format!("{family}{suffix}"), kind, help, unit: "", series: BTreeMap::new() }
}

struct Sample<'a> {
    name: &'a str,
    labels: Labels<'a>,
    value: &'a str,
}

fn add<'a>(stream: &mut Stream<'a>, mut sample: Sample<'a>) {
    let Ok(number) = sample.value.parse::<f64>() else { return };
    let Some(part) = sample.name.strip_prefix(stream.name.as_str()) else { return };
    if stream.kind != Kind::Histogram {
        stream.series.insert(sample.labels, Value::Number(number));
        return;
    }
    let bound = sample.labels.iter().position(|(name, _)| *name == "le").map(|at| sample.labels.remove(at).1);
    let held = stream.series.entry(sample.labels).or_insert_with(|| Value::Buckets(Buckets::default()));
    let Value::Buckets(buckets) = held else { return };
    let whole = || sample.value.parse().unwrap_or_default();
    match (part, bound.and_then(|bound| bound.parse::<f64>().ok())) {
        ("_sum", _) => buckets.sum = number,
        ("_count", _) => buckets.count = whole(),
        ("_bucket", Some(bound)) if bound.is_finite() => buckets.up_to.push((bound, whole())),
        _ => {}
    }
}

/// A line such as `name{label="value"} 1`; our page has neither times nor exemplars.
fn sample(line: &str) -> Option<Sample<'_>> {
    let (series, value) = line.rsplit_once(' ')?;
    let Some((name, rest)) = series.split_once('{') else {
        return Some(Sample { name: series, labels: Labels::new(), value });
    };
    let mut rest = rest.strip_suffix('}')?;
    let mut labels = Labels::new();
    while !rest.is_empty() {
        let (label, text) = rest.split_once("=\"")?;
        let end = closing_quote(text)?;
        labels.push((label, unescaped(&text[..end])));
        let after = &text[end + 1..];
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    Some(Sample { name, labels, value })
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some(other) => other,
                None => character,
            },
            other => other,
        });
    }
    Cow::Owned(plain)
}
