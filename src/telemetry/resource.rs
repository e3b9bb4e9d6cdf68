//! Who speaks: the same in spans and metrics.

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as Attribute};
use opentelemetry_proto::tonic::resource::v1;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};

use super::endpoint::Otlp;

/// Who we are; `OTEL_RESOURCE_ATTRIBUTES` adds to it and may say otherwise.
pub(super) fn resource(instance: &str) -> Resource {
    let own = [
        KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance.to_owned()),
    ];
    Resource::builder_empty()
        .with_attributes(own)
        .with_detectors(&[Box::new(TelemetryResourceDetector), Box::new(EnvResourceDetector::new())])
        .build()
}

impl Otlp {
    /// The same as a message, for what does not go through the SDK.
    #[must_use]
    pub fn resource(&self) -> v1::Resource {
        let resource = resource(&self.instance);
        let attributes = resource.iter().map(|(key, value)| Attribute {
            key: key.to_string(),
            value: Some(AnyValue::from(value.clone())),
            ..Attribute::default()
        });
        v1::Resource { attributes: attributes.collect(), ..v1::Resource::default() }
    }
}
