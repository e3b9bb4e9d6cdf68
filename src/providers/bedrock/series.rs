//! Which of CloudWatch's metrics count what.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::api::Metric;
use super::model;
use crate::domain::usage::Meter;

/// A group of metrics that breaks them down by one dimension.
pub(super) struct Namespace {
    pub(super) name: &'static str,
    /// The dimension that names the model.
    model: &'static str,
    meters: &'static [(&'static str, Meter)],
}

/// Calls of Bedrock's older and of its newer endpoint: none is in both.
pub(super) const NAMESPACES: [Namespace; 2] = [
    Namespace {
        name: "AWS/Bedrock",
        model: "ModelId",
        meters: &[
            ("Invocations", Meter::Requests),
            ("InputTokenCount", Meter::Input),
            ("OutputTokenCount", Meter::Output),
            // Amazon's documents have two names for each of these; where a model has both, the first is read.
            ("CacheReadInputTokenCount", Meter::CacheRead),
            ("CacheReadInputTokens", Meter::CacheRead),
            ("CacheWriteInputTokenCount", Meter::CacheWrite),
            ("CacheWriteInputTokens", Meter::CacheWrite),
            ("OutputImageCount", Meter::Images),
        ],
    },
    Namespace {
        name: "AWS/BedrockMantle",
        model: "Model",
        meters: &[
            ("Inferences", Meter::Requests),
            ("TotalInputTokens", Meter::Input),
            ("TotalOutputTokens", Meter::Output),
        ],
    },
];

/// One metric of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    namespace: &'static str,
    dimension: &'static str,
    metric: &'static str,
    /// As it is called, which may be a resource name.
    called: String,
    pub(super) meter: Meter,
}

impl Series {
    /// The series of a namespace, each meter of each model once. What is broken down further, or not at all, is the same use.
    pub(super) fn of(namespace: &'static Namespace, metrics: &[Metric]) -> Vec<Self> {
        let mut series = BTreeMap::new();
        for (metric, meter) in namespace.meters {
            for found in metrics.iter().filter(|found| found.metric_name == *metric) {
                let [dimension] = found.dimensions.as_slice() else { continue };
                // The console adds a sum of its own.
                if dimension.name != namespace.model || dimension.value == "Across all" {
                    continue;
                }
                series.entry((dimension.value.clone(), *meter)).or_insert_with(|| Self {
                    namespace: namespace.name,
                    dimension: namespace.model,
                    metric,
                    called: dimension.value.clone(),
                    meter: *meter,
                });
            }
        }
        series.into_values().collect()
    }

    pub(super) fn model(&self) -> String {
        model::of_call(&self.called).to_owned()
    }

    /// The question for its sums by hour.
    pub(super) fn query(&self, id: &str) -> Value {
        let metric = json!({
            "Namespace": self.namespace,
            "MetricName": self.metric,
            "Dimensions": [{ "Name": self.dimension, "Value": self.called }],
        });
        json!({ "Id": id, "MetricStat": { "Metric": metric, "Period": 3600, "Stat": "Sum" }, "ReturnData": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::bedrock::api::Dimension;

    fn metric(name: &str, dimensions: &[(&str, &str)]) -> Metric {
        let dimension = |(name, value): &(&str, &str)| Dimension { name: (*name).into(), value: (*value).into() };
        Metric { metric_name: name.to_owned(), dimensions: dimensions.iter().map(dimension).collect() }
    }

    #[test]
    fn every_meter_of_a_model_is_read_once() {
        let nova = ("ModelId", "amazon.nova-lite-v1:0");
        let metrics = [
            metric("InputTokenCount", &[nova]),
            metric("InputTokenCount", &[("ModelId", "Across all")]),
            metric("InputTokenCount", &[nova, ("ImageSize", "512")]),
            metric("InputTokenCount", &[]),
            metric("CacheReadInputTokens", &[nova]),
            metric("CacheReadInputTokenCount", &[nova]),
            metric("InvocationLatency", &[nova]),
        ];
        let series = Series::of(&NAMESPACES[0], &metrics);
        let read: Vec<_> = series.iter().map(|series| (series.metric, series.meter)).collect();
        assert_eq!(read, [("InputTokenCount", Meter::Input), ("CacheReadInputTokenCount", Meter::CacheRead)]);
    }
}
