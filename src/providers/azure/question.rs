//! What Cost Management is asked.

use serde_json::{Value, json};

use super::settings::Id;
use crate::domain::period::Window;
use crate::providers::http::{Ask, Body};

const VERSION: &str = "2025-03-01";
/// The most that a page may hold.
const ROWS: &str = "5000";

/// Whose charges: Azure sells some models itself, others through its marketplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shop {
    /// Everything that is metered on accounts. The label of the service has changed over the years, the type has not.
    Accounts,
    /// Everything of the marketplace, of which models are only a part.
    Marketplace,
}

/// How much is asked for: agreements differ in what they allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Full,
    /// What every agreement tells.
    Plain,
}

/// The first page of the answer to `question`.
pub(super) fn first_page(subscription: &Id, question: Body) -> Ask {
    let path = format!("subscriptions/{subscription}/providers/Microsoft.CostManagement/query");
    Ask::post(path, question).with("api-version", VERSION).with("$top", ROWS)
}

/// Daily charges in the billed currency; both ends of the period are in it.
pub(super) fn body(window: Window, shop: Shop, detail: Detail) -> Value {
    let (aggregations, groups): (&[&str], &[&str]) = match detail {
        Detail::Full => {
            (&["Cost", "UsageQuantity"], &["ResourceId", "Meter", "MeterSubcategory", "ChargeType", "UnitOfMeasure"])
        }
        Detail::Plain => (&["Cost"], &["ResourceId", "Meter"]),
    };
    let aggregation: serde_json::Map<String, Value> =
        aggregations.iter().map(|name| ((*name).to_owned(), json!({ "name": name, "function": "Sum" }))).collect();
    let grouping: Vec<Value> = groups.iter().map(|name| json!({ "type": "Dimension", "name": name })).collect();
    let (dimension, value) = match shop {
        Shop::Accounts => ("ResourceType", "microsoft.cognitiveservices/accounts"),
        Shop::Marketplace => ("PublisherType", "Marketplace"),
    };
    json!({
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {
            "from": format!("{}T00:00:00Z", window.first()),
            "to": format!("{}T23:59:59Z", window.last()),
        },
        "dataset": {
            "granularity": "Daily",
            "aggregation": aggregation,
            "grouping": grouping,
            "filter": { "dimensions": { "name": dimension, "operator": "In", "values": [value] } },
        },
    })
}
