//! Whole files, as people have them.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::mapping::OneOrMore;
use super::*;
use crate::domain::cost::ChargeCategory;
use crate::domain::usage::Meter;

fn today() -> Day {
    "2026-11-23".parse().unwrap()
}

fn mapping(columns: &[(Field, &str)], fixed: &[(Field, &str)]) -> Mapping {
    Mapping {
        columns: columns.iter().map(|(field, name)| (*field, OneOrMore(vec![(*name).to_owned()]))).collect(),
        fixed: fixed.iter().map(|(field, value)| (*field, (*value).to_owned())).collect(),
        ..Mapping::default()
    }
}

fn simple() -> Mapping {
    mapping(&[(Field::Date, "Date"), (Field::Amount, "Cost")], &[(Field::Currency, "USD")])
}

fn bytes(text: &str) -> impl Read + use<> {
    io::Cursor::new(text.as_bytes().to_vec())
}

fn good(text: &str, mapping: &Mapping) -> Reading {
    let reading = read(bytes(text), mapping, today()).unwrap();
    assert_eq!(reading.complaints, []);
    reading
}

/// Day and amount of each record.
fn amounts(reading: &Reading) -> Vec<(String, String)> {
    let records = reading.records.iter();
    records.map(|record| (Day::of(record.at).to_string(), record.amount.amount.to_string())).collect()
}

fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(day, amount)| ((*day).to_owned(), (*amount).to_owned())).collect()
}

#[test]
fn a_mapped_file_is_read_with_every_field() {
    let text = "\u{feff}When;What it cost;Cur;Team;Key;Who;Mail;Model;Tier;Text;Kind;Count;Of;M\n\
        2026-11-20T23:30:00-02:00;-1.5e-3;eur;web;robot;u1;ada@example.com;gpt-5;Standard;\"a; b\";CREDIT;12;tokens;input\n";
    let given = mapping(
        &[
            (Field::Date, "When"),
            (Field::Amount, "what it cost"),
            (Field::Currency, "Cur"),
            (Field::Project, "Team"),
            (Field::ApiKeyName, "Key"),
            (Field::User, "Who"),
            (Field::UserName, "Mail"),
            (Field::Model, "Model"),
            (Field::ServiceTier, "Tier"),
            (Field::LineItem, "Text"),
            (Field::Category, "Kind"),
            (Field::Quantity, "Count"),
            (Field::Unit, "Of"),
            (Field::Meter, "M"),
        ],
        &[],
    );
    let reading = good(text, &given);
    let [record] = reading.records.as_slice() else { panic!("{reading:?}") };
    assert_eq!(record.at.to_rfc3339(), "2026-11-21T00:00:00+00:00");
    assert_eq!((record.amount.amount.to_string(), record.amount.currency), ("-0.0015".to_owned(), Currency::EUR));
    assert_eq!(record.dims.project.as_deref(), Some("web"));
    // The name of a key is all that is known of it; a user has both.
    assert_eq!((record.dims.api_key.as_deref(), record.dims.user.as_deref()), (Some("robot"), Some("u1")));
    assert_eq!((record.dims.model.as_deref(), record.dims.service_tier.as_deref()), (Some("gpt-5"), None));
    assert_eq!((record.category, record.meter), (ChargeCategory::Credit, Some(Meter::Input)));
    assert_eq!(record.line_item.as_deref(), Some("a; b"));
    assert_eq!((record.quantity, record.unit.as_deref()), (Some(Decimal::from(12)), Some("tokens")));
    let names: Vec<_> = reading.names.iter().map(|entry| (entry.id.as_str(), entry.name.as_str())).collect();
    assert_eq!(names, [("u1", "ada@example.com")]);
}

#[test]
fn times_come_in_every_agreed_notation() {
    let mut text = "Date,Cost\n".to_owned();
    for time in [
        "2026-11-20",
        "2026-11-20T01:00:00Z",
        "2026-11-19T20:00:00.5-05:00",
        "2026-11-20 23:59:59",
        "2026-11-20 23:59:59.123 UTC",
        "2026-11-20T00:00Z",
        "2026-11-20 00:00",
        "1763596800",
        "1795132800.0",
    ] {
        writeln!(text, "{time},1").unwrap();
    }
    // 1763596800 is the same day of the year before.
    assert_eq!(amounts(&good(&text, &simple())), own(&[("2025-11-20", "1"), ("2026-11-20", "8")]));
}

#[test]
fn everything_that_is_wrong_is_said_with_its_line_and_what_is_allowed() {
    let text = "Date,Cost,Cur,Key\n\
        2026-11-20,1,USD,\n\
        20.11.2026,\"1,234.50\",Dollar,sk-proj-abcdefghijklmnopqrstuvwxyz0123456789\n\
        11/20/2026,$5,USD,\n\
        \n\
        2026-11-24,1,USD,\n\
        1763596800000,,USD,\n\
        20261101,1\n\
        1000000000,1,USD,\"two\nlines\"\n\
        never,1,USD,\n";
    let given = mapping(
        &[(Field::Date, "Date"), (Field::Amount, "Cost"), (Field::Currency, "Cur"), (Field::ApiKey, "Key")],
        &[],
    );
    // Windows ends lines otherwise, which is no reason to count them otherwise.
    let windows = read(bytes(&text.replace('\n', "\r\n")), &given, today()).unwrap();
    let reading = read(bytes(text), &given, today()).unwrap();
    assert_eq!(windows.complaints, reading.complaints);
    let said: Vec<_> =
        reading.complaints.iter().map(|said| (said.line, said.column.as_str(), said.value.as_str())).collect();
    let expected = [
        (3, "Date", "20.11.2026"),
        (3, "Cost", "1,234.50"),
        (3, "Cur", "Dollar"),
        (3, "Key", "…"),
        (4, "Date", "11/20/2026"),
        (4, "Cost", "$5"),
        (6, "Date", "2026-11-24"),
        (7, "Date", "1763596800000"),
        (7, "Cost", ""),
        (8, "", ""),
        (9, "Date", "1000000000"),
        (11, "Date", "never"),
    ];
    assert_eq!(said, expected);
    assert_eq!((reading.bad_lines, reading.lines), (7, 1));
    let why = |index: usize| reading.complaints[index].message.as_str();
    assert!(why(0).contains("2026-11-30") && why(0).contains("Unix seconds"), "{}", why(0));
    assert!(why(1).contains("nothing between thousands"), "{}", why(1));
    assert!(why(3).contains("never stored"), "{}", why(3));
    assert!(why(7).contains("milliseconds"), "{}", why(7));
    assert!(why(9).contains("2 fields") && why(9).contains('4'), "{}", why(9));
}

#[test]
fn a_text_that_can_be_no_name_is_a_bad_line() {
    let given = mapping(
        &[(Field::Date, "Date"), (Field::Amount, "Cost"), (Field::Model, "Model")],
        &[(Field::Currency, "USD")],
    );
    let text = |length: usize| format!("Date,Cost,Model\n2026-11-01,1,{}\n", "m".repeat(length));
    let of = |length| read(bytes(&text(length)), &given, today()).unwrap();
    assert_eq!((of(1000).bad_lines, of(1000).lines), (0, 1));
    let reading = of(1001);
    assert_eq!((reading.bad_lines, reading.lines), (1, 0));
    let complaint = &reading.complaints[0];
    assert_eq!((complaint.line, complaint.column.as_str()), (2, "Model"));
    assert!(complaint.message.contains("1000") && complaint.value.len() < 100, "{}", complaint.message);
}

#[test]
fn complaints_are_counted_beyond_those_that_are_kept() {
    let text = format!("Date,Cost\n{}", "never,1\n".repeat(COMPLAINTS + 7));
    let reading = read(bytes(&text), &simple(), today()).unwrap();
    assert_eq!((reading.complaints.len(), reading.bad_lines), (COMPLAINTS, 107));
}

#[test]
fn a_mapping_that_does_not_fit_names_the_columns_that_there_are() {
    let refused = |text: &str, given: &Mapping| read(bytes(text), given, today()).unwrap_err().to_string();
    let missing = refused("Day,Cost\n", &mapping(&[(Field::Amount, "Cost")], &[]));
    assert!(missing.contains("date, currency") && missing.contains("Day, Cost"), "{missing}");
    let other = refused("Day,Cost\n", &simple());
    assert!(other.contains("`Date`") && other.contains("Day, Cost"), "{other}");
    assert!(refused("Date,Cost,Cost\n", &simple()).contains("several columns `Cost`"));
    let euro = mapping(&[(Field::Date, "Date"), (Field::Amount, "Cost")], &[(Field::Currency, "€")]);
    assert!(refused("Date,Cost\n", &euro).contains("three letters"));
    assert!(refused("", &simple()).contains("empty"));
    assert!(refused("PK\u{3}\u{4}rest", &simple()).contains("spreadsheet"));
}

const FOCUS: &str = "BilledCost,BillingCurrency,ChargeCategory,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,\
    ConsumedQuantity,ConsumedUnit,ServiceName,SkuId,SubAccountId,SubAccountName,x_Model\n\
    10.00,USD,Usage,NULL,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,5,Tokens,Bedrock,sku-1,111,Web,opus\n\
    100,USD,Purchase,Commitment,2026-11-01 00:00:00,2026-12-01 00:00:00,NULL,NULL,Bedrock,sku-2,111,Web,\n\
    -2,EUR,Credit,Thanks,2026-11-01T06:00:00Z,2026-11-02T06:00:00Z,,,Bedrock,,111,Web,\n\
    77,USD,Usage,Instance,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,,,EC2,,111,Web,\n";

#[test]
fn focus_needs_no_mapping_and_takes_more() {
    let mut given = mapping(&[(Field::Model, "x_Model")], &[]);
    given.only.insert("ServiceName".to_owned(), OneOrMore(vec!["Bedrock".to_owned()]));
    let reading = good(FOCUS, &given);
    assert_eq!((reading.preset, reading.lines, reading.left_out), (Some(Preset::Focus), 3, 1));
    let sums: Vec<_> =
        reading.sums().into_iter().map(|(currency, sum)| (currency.to_string(), sum.normalize())).collect();
    assert_eq!(sums, [("EUR".to_owned(), Decimal::from(-2)), ("USD".to_owned(), Decimal::from(110))]);
    // A commitment for November is a thirtieth a day, the days to come included.
    let bought: Vec<_> = reading.records.iter().filter(|record| record.category == ChargeCategory::Purchase).collect();
    assert_eq!(bought.len(), 30);
    assert_eq!(Day::of(bought[29].at).to_string(), "2026-11-30");
    // Six hours of the credit's period lie on the next day.
    let credits: Vec<_> = reading.records.iter().filter(|record| record.category == ChargeCategory::Credit).collect();
    let parts: Vec<String> = credits.iter().map(|record| record.amount.amount.normalize().to_string()).collect();
    assert_eq!(parts, ["-1.5", "-0.5"]);
    let used = reading.records.iter().find(|record| record.category == ChargeCategory::Usage).unwrap();
    assert_eq!((used.line_item.as_deref(), used.dims.model.as_deref()), (Some("sku-1"), Some("opus")));
    assert_eq!((used.dims.project.as_deref(), reading.names[0].name.as_str()), (Some("111"), "Web"));
}

#[test]
fn openais_cost_file_is_known_and_its_empty_buckets_are_no_charge() {
    let text = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,\
        organization_id,organization_name\n\
        1761955200,1762041600,2025-11-01T00:00:00+00:00,2025-11-02T00:00:00+00:00,0.8958740000000000,usd,\"batch | gpt-5, input\",\
        proj_1,org-1,Us\n\
        1762041600,1762128000,2025-11-02T00:00:00+00:00,2025-11-03T00:00:00+00:00,,,,,,\n";
    let reading = good(text, &Mapping::default());
    assert_eq!((reading.preset, reading.lines, reading.blank), (Some(Preset::OpenAiCosts), 1, 1));
    assert_eq!(amounts(&reading), own(&[("2025-11-01", "0.895874")]));
    let record = &reading.records[0];
    assert_eq!(record.line_item.as_deref(), Some("batch | gpt-5, input"));
    assert_eq!((record.dims.model.as_deref(), record.meter), (Some("gpt-5"), Some(Meter::Input)));
    assert_eq!(record.dims.service_tier.as_deref(), Some("batch"));
}

#[test]
fn a_file_of_calls_is_a_charge_a_day_and_model_and_may_be_compressed() {
    let mut text = "generation_id,created_at,cost_total,tokens_prompt,model_permaslug,provider_name\n".to_owned();
    for call in 0..5_000 {
        writeln!(text, "gen-{call},2026-11-20 10:00:{:02},0.0000013,9,some/model,Vendor", call % 60).unwrap();
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let reading = read(io::Cursor::new(packed.finish().unwrap()), &Mapping::default(), today()).unwrap();
    assert_eq!((reading.preset, reading.lines), (Some(Preset::OpenRouterActivity), 5_000));
    assert_eq!(amounts(&reading), own(&[("2026-11-20", "0.0065")]));
}

#[test]
fn periods_have_bounds() {
    let given =
        mapping(&[(Field::Date, "From"), (Field::End, "To"), (Field::Amount, "Cost")], &[(Field::Currency, "USD")]);
    let of = |from: &str, to: &str| read(bytes(&format!("From,To,Cost\n{from},{to},30\n")), &given, today()).unwrap();
    // A date alone is in the period, a time is not.
    assert_eq!(of("2026-10-01", "2026-10-03").records.len(), 3);
    assert_eq!(of("2026-10-01", "2026-10-03T00:00:00Z").records.len(), 2);
    assert_eq!(of("2026-10-01", "2026-10-31").records.len(), 31);
    assert_eq!(of("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z").records.len(), 1);
    assert_eq!(of("2026-10-01", "2026-11-01").complaints[0].column, "To");
    assert_eq!(of("2026-10-02", "2026-10-01T00:00:00Z").bad_lines, 1);
}

#[test]
fn what_the_command_says_goes_before_the_file() {
    let file: Mapping =
        toml::from_str("columns = { date = 'Day', line_item = ['A', 'B'] }\nfixed = { currency = 'EUR' }").unwrap();
    let both = mapping(&[(Field::Currency, "Cur")], &[(Field::Date, "2026-11-01")]).over(file);
    assert_eq!(both.columns.keys().copied().collect::<Vec<_>>(), [Field::Currency, Field::LineItem]);
    assert_eq!(both.fixed.keys().copied().collect::<Vec<_>>(), [Field::Date]);
    assert!(toml::from_str::<Mapping>("columns = { colour = 'Day' }").is_err());
    assert!(toml::from_str::<Mapping>("fixd = {}").is_err());
}

#[test]
fn the_document_knows_every_field_and_its_example_is_good() {
    let document = include_str!("../../docs/import.md");
    let rows: String =
        document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | ")).map(|row| row.0).collect();
    for field in Field::ALL {
        assert!(rows.contains(&format!("{field}`")), "{field}");
    }
    let example: Mapping = toml::from_str(include_str!("../../examples/import-mapping.toml")).unwrap();
    let text = "Period start,Period end,Net amount,Workspace,Description,Product\n\
        2026-10-01,2026-10-31,31.00,web,,API\n2026-10-01,2026-10-31,5,web,,Seats\n";
    let reading = good(text, &example);
    assert_eq!((reading.left_out, reading.records.len()), (1, 31));
    assert_eq!(reading.records[0].line_item.as_deref(), Some("API"));
}

proptest! {
    /// Whatever is split and added up: the money of the file is the money of the records, to the last digit.
    #[test]
    fn no_digit_of_a_file_is_lost(
        lines in prop::collection::vec(
            (-1_000_000_000_000_i64..1_000_000_000_000, 0_u32..=12, 0_u32..20_000, 0_u32..2_600_000, 0_u8..3),
            1..60,
        ),
    ) {
        let mut text = "From,To,Cost,Model\n".to_owned();
        let mut expected = Decimal::ZERO;
        for (mantissa, scale, start, length, model) in lines {
            let amount = Decimal::new(mantissa, scale);
            expected += amount;
            let from = 1_700_000_000_u32 + start * 3_600;
            writeln!(text, "{from},{},{amount},m{model}", from + length).unwrap();
        }
        let given = mapping(
            &[(Field::Date, "From"), (Field::End, "To"), (Field::Amount, "Cost"), (Field::Model, "Model")],
            &[(Field::Currency, "USD")],
        );
        let reading = good(&text, &given);
        prop_assert_eq!(reading.sums()[&Currency::USD], expected);
        prop_assert!(reading.records.is_sorted_by_key(|record| record.at));
    }

    /// Lines in another order are the same charges.
    #[test]
    fn the_order_of_lines_does_not_matter(
        (lines, mixed) in prop::collection::vec((-99_999_i64..99_999, 0_u32..9, 1_u32..20), 1..40)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
    ) {
        let text = |lines: &[(i64, u32, u32)]| {
            let mut text = "Date,Cost\n".to_owned();
            for (mantissa, scale, day) in lines {
                writeln!(text, "2026-11-{day:02},{}", Decimal::new(*mantissa, *scale)).unwrap();
            }
            text
        };
        prop_assert_eq!(good(&text(&lines), &simple()).records, good(&text(&mixed), &simple()).records);
    }
}

/// Days that a file of these lines begins or ends in the middle of.
fn partly(lines: &str) -> Vec<String> {
    let columns = [(Field::Date, "Start"), (Field::End, "End"), (Field::Amount, "Cost")];
    let reading = good(&format!("Start,End,Cost\n{lines}"), &mapping(&columns, &[(Field::Currency, "USD")]));
    reading.partly.iter().map(Day::to_string).collect()
}

#[test]
fn a_file_of_another_time_zone_has_parts_of_its_first_and_last_day() {
    let month = "2026-10-01T00:00:00+02:00,2026-10-02T00:00:00+02:00,1\n2026-10-31T00:00:00+01:00,2026-11-01T00:00:00+01:00,1\n";
    assert_eq!(partly(month), ["2026-09-30", "2026-10-31"]);
    assert_eq!(partly("2026-10-05T09:13:00Z,,1\n2026-10-07T18:00:00Z,,1\n"), ["2026-10-05", "2026-10-07"]);
    for whole in [
        "2026-10-01,,1\n2026-10-31,,1\n",
        "2026-10-01,2026-10-31,1\n",
        "2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,1\n",
        "2026-10-01,,1\n2026-10-01T08:00:00Z,,1\n2026-10-02,,1\n",
    ] {
        assert_eq!(partly(whole), [""; 0], "{whole}");
    }
}
