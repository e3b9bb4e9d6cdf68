//! How often a public table is fetched.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// How often a public table is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    Off,
    Every(Duration),
}

impl<'de> Deserialize<'de> for Refresh {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        let every = humantime::parse_duration(&text);
        let every =
            every.map_err(|_| de::Error::custom(format!("`{text}` is neither `off` nor a time such as `24h`")))?;
        if every < Duration::from_secs(3600) {
            return Err(de::Error::custom("once an hour is the most often that a public table is fetched"));
        }
        Ok(Self::Every(every))
    }
}
