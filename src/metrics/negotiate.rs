//! Which of our two formats, and whether compressed: what the headers of a scrape ask for.

/// A format of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4.
    Classic,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The format that `Accept` likes better. Text where it names neither: a person with a browser or curl asks.
    #[must_use]
    pub fn negotiate(accept: &str) -> Self {
        let open = best(accept, &["application/openmetrics-text"], "1.0.0");
        let classic = best(accept, &["text/plain", "text/*", "*/*"], "0.0.4");
        if open > 0 && open >= classic { Self::OpenMetrics } else { Self::Classic }
    }
}

/// Whether `Accept-Encoding` lets an answer be compressed with gzip.
#[must_use]
pub fn accepts_gzip(accept_encoding: &str) -> bool {
    let quality = |wanted: &str| {
        let mut ranges = accept_encoding.split(',').map(Range::parse);
        ranges.find(|range| range.name.eq_ignore_ascii_case(wanted)).map(|range| range.quality)
    };
    quality("gzip").or_else(|| quality("x-gzip")).or_else(|| quality("*")).is_some_and(|quality| quality > 0)
}

/// The quality of the first, most precise of `names` that is asked for in this version or in any.
fn best(accept: &str, names: &[&str], version: &str) -> u16 {
    let of_name = |name: &&str| {
        let ranges = accept.split(',').map(Range::parse).filter(|range| range.name.eq_ignore_ascii_case(name));
        ranges.filter(|range| range.version.is_none_or(|wanted| wanted == version)).map(|range| range.quality).max()
    };
    names.iter().find_map(of_name).unwrap_or(0)
}

struct Range<'a> {
    name: &'a str,
    version: Option<&'a str>,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Self { name: parts.next().unwrap_or_default(), version: None, quality: 1000 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim() {
                "version" => range.version = Some(value),
                "q" | "Q" => range.quality = thousandths(value),
                _ => {}
            }
        }
        range
    }
}

/// `0.5` is 500; what is no quality between 0 and 1 is 0.
fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" => 1000,
        "0" => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_that_the_scraper_prefers() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                          application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,\
                          text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        for (accept, expected) in [
            (prometheus, Format::OpenMetrics),
            ("", Format::Classic),
            ("*/*", Format::Classic),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Classic),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("application/openmetrics-text; version=\"1.0.0\"; q=0.4, text/plain; q=0.5", Format::Classic),
            ("application/openmetrics-text;q=0.4, text/plain;version=1.0.0;q=0.9", Format::OpenMetrics),
            ("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", Format::Classic),
            ("application/openmetrics-text;q=0, text/plain;q=0", Format::Classic),
            ("application/openmetrics-text;q=nonsense", Format::Classic),
            ("Application/OpenMetrics-Text;Q=1.000", Format::OpenMetrics),
        ] {
            assert_eq!(Format::negotiate(accept), expected, "{accept}");
        }
    }

    #[test]
    fn gzip_only_for_those_who_read_it() {
        for (header, expected) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("*", true),
            ("*;q=0.1, gzip;q=0", false),
            ("", false),
            ("br, deflate", false),
            ("gzip;q=0.000", false),
            ("gzipped", false),
        ] {
            assert_eq!(accepts_gzip(header), expected, "{header}");
        }
    }
}
