//! Series that were there and are not any more. A scrape notices by itself; who is only told things has to be told this, too,
//! or a figure that another daemon shows next counts twice for minutes.

use std::collections::BTreeMap;

use super::stream::{Stream, Value};

/// Adds to `now` what `before` has and `now` has not, as ended.
pub(super) fn mark<'a>(now: &mut Vec<Stream<'a>>, before: Vec<Stream<'a>>) {
    let places: BTreeMap<String, usize> =
        now.iter().enumerate().map(|(place, stream)| (stream.name.clone(), place)).collect();
    for mut was in before {
        was.series.values_mut().for_each(|value| *value = Value::Ended);
        match places.get(&was.name) {
            Some(place) => {
                let stream = &mut now[*place];
                for (labels, ended) in was.series {
                    stream.series.entry(labels).or_insert(ended);
                }
            }
            None => now.push(was),
        }
    }
}
