use futures::stream;

use super::columns::NAMES;
use super::*;

fn row(project_name: &str, amount: &str) -> ExportRow {
    ExportRow {
        day: "2026-11-22".parse().unwrap(),
        provider: "openai".to_owned(),
        account: "default".to_owned(),
        project: "proj_1".to_owned(),
        project_name: project_name.to_owned(),
        api_key: String::new(),
        api_key_name: String::new(),
        user_id: String::new(),
        user_name: String::new(),
        model: "gpt-5".to_owned(),
        service_tier: "standard".to_owned(),
        meter: Some("input".to_owned()),
        line_item: None,
        category: "credit".to_owned(),
        billing: "metered".to_owned(),
        basis: "billed".to_owned(),
        provisional: true,
        unpriced: false,
        quantity: "12".to_owned(),
        currency: "EUR".to_owned(),
        amount: amount.to_owned(),
        billed: amount.to_owned(),
        estimated_usd: None,
        amount_usd: None,
        billed_usd: None,
        tags: r#"{"team": "=blue"}"#.to_owned(),
        reporting_currency: "EUR".to_owned(),
        amount_reported: Some(amount.to_owned()),
        billed_reported: Some(amount.to_owned()),
        estimated_reported: None,
    }
}

async fn export(rows: Vec<sqlx::Result<ExportRow>>, format: Format) -> (Result<u64, ExportError>, String) {
    let mut out = Vec::new();
    let result = write(stream::iter(rows), format, &mut out).await;
    (result, String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn csv_keeps_digits_and_disarms_formulas() {
    let names = ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\tx", "a, \"b\"\nc", "plain = text"];
    let rows = names.map(|name| Ok(row(name, "-0.00000000000000000000000000000000123"))).into();
    let (count, text) = export(rows, Format::Csv).await;
    assert_eq!(count.unwrap(), 7);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), NAMES.to_vec());
    let column = |name| NAMES.iter().position(|column| *column == name).unwrap();
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    let found: Vec<&str> = records.iter().map(|record| &record[column("project_name")]).collect();
    let expected = ["'=HYPERLINK(\"http://x\")", "'+1", "'-1", "'@SUM(A1)", "'\tx", "a, \"b\"\nc", "plain = text"];
    assert_eq!(found, expected);
    assert_eq!(&records[0][column("amount")], "-0.00000000000000000000000000000000123");
    assert_eq!((&records[0][column("amount_usd")], &records[0][column("tags")]), ("", r#"{"team": "=blue"}"#));
}

#[tokio::test]
async fn json_is_one_document_of_texts() {
    let rows = vec![Ok(row("=a", "0.1000")), Ok(row("b", "9"))];
    let (count, text) = export(rows, Format::Json).await;
    assert_eq!((count.unwrap(), text.lines().count()), (2, 4));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = &document[0];
    assert_eq!((&first["amount"], &first["project_name"]), (&"0.1000".into(), &"=a".into()));
    assert_eq!((&first["line_item"], &first["provisional"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!((&first["tags"]["team"], &document[1]["day"]), (&"=blue".into(), &"2026-11-22".into()));
    let (_, empty) = export(Vec::new(), Format::Json).await;
    assert_eq!(serde_json::from_str::<Vec<()>>(&empty).unwrap(), []);
}

#[tokio::test]
async fn a_part_is_never_taken_for_the_whole() {
    let rows = vec![Ok(row("a", "1")), Err(sqlx::Error::PoolClosed)];
    let (result, text) = export(rows, Format::Json).await;
    assert!(matches!(result, Err(ExportError::Read(_))));
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
}

/// A reader that has left, as `head` does.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_has_left_is_told_apart() {
    for format in [Format::Csv, Format::Json] {
        // More than any buffer takes.
        let rows = (0..1_000).map(|_| Ok(row("a", "1")));
        let error = write(stream::iter(rows), format, Gone).await.unwrap_err();
        assert!(matches!(&error, ExportError::Write(cause) if cause.kind() == io::ErrorKind::BrokenPipe), "{error:?}");
    }
}

#[test]
fn the_document_has_every_column() {
    let document = include_str!("../../docs/export.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: Vec<&str> = rows.map(|(name, _)| name).collect();
    assert_eq!(documented, NAMES);
}
