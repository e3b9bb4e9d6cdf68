//! Families as a `prometheus_client` collector: the only place where money becomes a float.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, LabelSetEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use rust_decimal::Decimal;

use super::PREFIX;
use super::catalogue::Kind;
use super::encode;
use super::family::Family;
use crate::domain::money::Currency;

#[derive(Debug)]
struct Families {
    currency: Currency,
    families: Vec<Family>,
}

/// The families in OpenMetrics, without the end mark.
pub(super) fn encode_families(currency: Currency, families: Vec<Family>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Families { currency, families }));
    encode::open_metrics(&registry)
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        for Family { spec, series } in self.families.iter().filter(|family| !family.series.is_empty()) {
            let unit = spec.open_metrics_unit(self.currency);
            let help = format!("{}.", spec.help(self.currency));
            let mut metric = encoder.encode_descriptor(spec.stem, &help, unit.as_ref(), metric_type(spec.kind))?;
            for (values, point) in series {
                let labels = Labels { names: spec.labels, values };
                let value = float(point.value);
                match spec.kind {
                    Kind::Info => metric.encode_info(&labels)?,
                    Kind::Counter => {
                        metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)?;
                    }
                    // Braces around nothing would be allowed, but nobody writes them.
                    Kind::Gauge if values.is_empty() => metric.encode_gauge(&value)?,
                    Kind::Gauge | Kind::Histogram => metric.encode_family(&labels)?.encode_gauge(&value)?,
                }
            }
        }
        Ok(())
    }
}

fn metric_type(kind: Kind) -> MetricType {
    match kind {
        // No histogram is collected from a summary.
        Kind::Gauge | Kind::Histogram => MetricType::Gauge,
        Kind::Counter => MetricType::Counter,
        Kind::Info => MetricType::Info,
    }
}

/// The float that is nearest to the decimal, which is then printed with no more digits than it takes.
fn float(value: Decimal) -> f64 {
    value.normalize().to_string().parse().unwrap_or(f64::NAN)
}

struct Labels<'a> {
    names: &'a [&'static str],
    values: &'a [Arc<str>],
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> fmt::Result {
        use prometheus_client::encoding::EncodeLabel;

        self.names
            .iter()
            .zip(self.values)
            .try_for_each(|(name, value)| (*name, &**value).encode(encoder.encode_label()))
    }
}
