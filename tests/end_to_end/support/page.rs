//! What a scrape says.

use std::collections::BTreeMap;

/// A page in text 0.0.4.
pub(crate) struct Page(pub(crate) String);

impl Page {
    /// The samples of a family whose labels contain all of `parts`, such as `provider="openai"`.
    pub(crate) fn samples(&self, family: &str, parts: &[&str]) -> Vec<f64> {
        let samples = self.0.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let wanted = name == family && parts.iter().all(|part| labels.contains(part));
            wanted.then(|| value.parse().expect("a number"))
        });
        samples.collect()
    }

    pub(crate) fn sum(&self, family: &str, parts: &[&str]) -> f64 {
        self.samples(family, parts).iter().sum()
    }

    /// Names and types of the families, as the page declares them.
    pub(crate) fn types(&self) -> Vec<(&str, &str)> {
        self.0.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
    }
}

/// A name and its labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
}

impl Page {
    /// Everything that it says. Values of labels must be without quotes.
    pub(crate) fn all(&self) -> BTreeMap<Series, f64> {
        let samples = self.0.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a sample");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            assert!(!line.contains('\\'), "a label with an escape: {line}");
            let words: Vec<&str> = labels.strip_suffix('}').expect("an end").split('"').collect();
            let labels = words.chunks_exact(2).map(|pair| {
                let name = pair[0].trim_start_matches(',').strip_suffix('=').expect("a label");
                (name.to_owned(), pair[1].to_owned())
            });
            (Series { name: name.to_owned(), labels: labels.collect() }, value.parse().expect("a number"))
        });
        samples.collect()
    }
}
