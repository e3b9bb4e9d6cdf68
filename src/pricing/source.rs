//! Where the published price list is found.

/// The list that the `genai-prices` project publishes, for [`Catalog::from_json`](super::Catalog::from_json).
pub const DEFAULT_URL: &str = genai_prices::REMOTE_DATA_URL;

/// A larger answer is not the list, which has about 0.8 MB.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
