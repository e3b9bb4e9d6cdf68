//! The two questions to the billing export.

use serde_json::{Value, json};

use super::settings::BillingTable;
use crate::domain::period::{Day, Window};

/// Rows are written after the use that they are about; the margin is for clocks that differ.
const WRITTEN_BEFORE_DAYS: u32 = 2;

/// A query in standard SQL and its named parameters, as BigQuery's JSON has them.
pub(super) struct Query {
    pub(super) text: String,
    pub(super) parameters: Vec<Value>,
}

/// What is charged in `window`, by day, project and SKU.
///
/// Only partitions that can hold rows of these days are read. Credits are summed by row: joined, they would multiply costs.
/// Costs may be floats; as NUMERIC they are decimal to nine digits. Groups go by position, since `location` and others name a
/// column of the table as well.
pub(super) fn costs(table: &BillingTable, services: &[String], window: Window) -> Query {
    let text = format!(
        "SELECT
  FORMAT_TIMESTAMP('%F', usage_start_time, 'UTC') AS day,
  project.id AS project,
  service.description AS service,
  sku.description AS sku,
  location.location AS location,
  cost_type,
  currency,
  usage.unit AS unit,
  SUM(usage.amount) AS quantity,
  CAST(IFNULL(SUM(CAST(cost AS NUMERIC)), 0) AS STRING) AS gross,
  CAST(SUM(IFNULL((SELECT SUM(CAST(credit.amount AS NUMERIC)) FROM UNNEST(credits) AS credit), 0)) AS STRING) AS credits
FROM `{table}`
WHERE _PARTITIONTIME >= @written_since
  AND usage_start_time >= @start
  AND usage_start_time < @end
  AND (service.id IN UNNEST(@services) OR service.description LIKE 'Claude%')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
    );
    let parameters = vec![
        timestamp("written_since", window.first().minus(WRITTEN_BEFORE_DAYS)),
        timestamp("start", window.first()),
        timestamp("end", window.end()),
        texts("services", services),
    ];
    Query { text, parameters }
}

/// The latest name of every project that was charged for anything since `since`.
pub(super) fn projects(table: &BillingTable, since: Day) -> Query {
    let text = format!(
        "SELECT
  project.id AS id,
  MAX_BY(project.name, usage_start_time) AS name
FROM `{table}`
WHERE _PARTITIONTIME >= @written_since
  AND project.id IS NOT NULL
GROUP BY 1
ORDER BY 1"
    );
    Query { text, parameters: vec![timestamp("written_since", since)] }
}

fn timestamp(name: &str, day: Day) -> Value {
    let value = format!("{day}T00:00:00Z");
    json!({ "name": name, "parameterType": { "type": "TIMESTAMP" }, "parameterValue": { "value": value } })
}

fn texts(name: &str, values: &[String]) -> Value {
    let values: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
    json!({
        "name": name,
        "parameterType": { "type": "ARRAY", "arrayType": { "type": "STRING" } },
        "parameterValue": { "arrayValues": values },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn table() -> BillingTable {
        BillingTable::try_from("p-1.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01".to_owned()).unwrap()
    }

    /// Every `@name` of a text.
    fn named(text: &str) -> BTreeSet<&str> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.split('@').skip(1).map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())]).collect()
    }

    #[test]
    fn a_query_reads_few_partitions_and_has_all_its_parameters() {
        let window = Window::new("2026-11-01".parse().unwrap(), "2026-11-08".parse().unwrap()).unwrap();
        let services = ["C7E2-9256-1C43".to_owned(), "x' OR 1=1".to_owned()];
        for query in [costs(&table(), &services, window), projects(&table(), window.first())] {
            let given: BTreeSet<&str> = query.parameters.iter().map(|known| known["name"].as_str().unwrap()).collect();
            assert_eq!(named(&query.text), given);
            assert!(query.text.contains("WHERE _PARTITIONTIME >= @written_since\n  AND"), "{}", query.text);
            assert!(query.text.contains("FROM `p-1.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01`"));
            assert!(!query.text.contains("1=1") && !query.text.contains("SELECT *"), "{}", query.text);
        }
    }

    #[test]
    fn the_days_of_the_window_are_half_open_and_rows_may_be_written_earlier() {
        let query = costs(&table(), &[], Window::single("2026-11-01".parse().unwrap()));
        let value = |name: &str| {
            let found = query.parameters.iter().find(|known| known["name"] == name).unwrap();
            found["parameterValue"]["value"].as_str().unwrap()
        };
        assert_eq!(value("written_since"), "2026-10-30T00:00:00Z");
        assert_eq!((value("start"), value("end")), ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"));
        assert!(query.text.contains("usage_start_time >= @start\n  AND usage_start_time < @end"));
    }
}
