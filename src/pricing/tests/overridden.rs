use super::*;

const FILE: &str = r#"
[[price]]
provider = "openai"
model = "gpt-4o"
from = "2026-01-01"
until = 2026-07-01
per_million = { input = 1.75, output = "7.5" }

[[price]]
provider = "openai"
model_prefix = "acme-large-"
per_million = { input = 0.3 }

[[price]]
provider = "openai"
model_prefix = "acme-large-"
service_tier = "batch"
prompt_over = 1000
per_million = { input = 0.1 }

[[price]]
provider = "openai"
per_unit = { sessions = 0.03 }

[[price]]
provider = "anthropic"
model = "claude-opus-5"
per_million = { input = 0 }
"#;

fn overridden() -> Catalog {
    Catalog::bundled(Overrides::parse(FILE).unwrap())
}

#[test]
fn an_override_beats_the_list_while_it_holds_and_for_its_meters() {
    let catalog = overridden();
    let price = |day, model: &str, meter| million(&catalog, Provider::OpenAi, day, &dims(model), meter);
    assert_eq!(price("2025-12-31", "gpt-4o", Meter::Input), rated("2.5"));
    assert_eq!(price("2026-01-01", "gpt-4o", Meter::Input), rated("1.75"));
    assert_eq!(price("2026-06-30", "gpt-4o-2024-11-20", Meter::Output), rated("7.5"), "snapshots are the model, too");
    assert_eq!(price("2026-06-30", "gpt-4o", Meter::CacheRead), rated("1.25"));
    assert_eq!(price("2026-07-01", "gpt-4o", Meter::Input), rated("2.5"));
    let batch = Dimensions { service_tier: Some("batch".into()), ..dims("gpt-4o") };
    let batch = million(&catalog, Provider::OpenAi, "2026-06-30", &batch, Meter::Input);
    assert_eq!(batch, rated("1.25"), "the list's batch price");
}

#[test]
fn an_override_adds_what_the_list_lacks() {
    let catalog = overridden();
    let quote = |dims: &Dimensions, meter| {
        catalog.price(Provider::OpenAi, noon("2026-11-20"), dims, meter, Decimal::from(1_000_000))
    };
    let acme = quote(&dims("acme-large-2026-05-01"), Meter::Input);
    assert_eq!(acme, Quote { model: Some("acme-large".into()), price: rated("0.3") });
    let output = quote(&dims("acme-large-2026-05-01"), Meter::Output);
    assert_eq!(output, Quote { model: Some("acme-large".into()), price: Price::Unpriced });
    assert_eq!(quote(&Dimensions::default(), Meter::Sessions).price, rated("30000"));

    let batch =
        |prompt_over| Dimensions { service_tier: Some("batch".into()), prompt_over, ..dims("acme-large-2026-05-01") };
    assert_eq!(quote(&batch(999), Meter::Input).price, Price::Unpriced);
    assert_eq!(quote(&batch(1000), Meter::Input).price, rated("0.1"));
}

#[test]
fn claude_code_pays_the_prices_of_anthropic_and_nothing_can_be_a_price() {
    let price = million(&overridden(), Provider::ClaudeCode, "2026-11-20", &dims("claude-opus-5"), Meter::Input);
    assert_eq!(price, rated("0"));
}

#[test]
fn a_mistake_is_named_with_its_line_and_what_is_allowed() {
    let entry = "[[price]]\nprovider = \"openai\"\n";
    for (text, line, words) in [
        (format!("{entry}modle = \"x\"\n"), 3, vec!["modle", "model_prefix", "per_million"]),
        (format!("{entry}per_million = {{ inputs = 1 }}\n"), 3, vec!["inputs", "input", "cache_read"]),
        (format!("{entry}per_million = {{ input = -1 }}\n"), 3, vec!["-1", "0 or more"]),
        (format!("{entry}per_million = {{ input = \"a lot\" }}\n"), 3, vec!["a lot"]),
        (format!("{entry}per_million = {{ input = nan }}\n"), 3, vec!["NaN"]),
        (format!("{entry}from = \"yesterday\"\n"), 3, vec!["yesterday", "2026-01-31"]),
        (format!("{entry}from = 20260101\n"), 3, vec!["2026-01-31"]),
        (format!("{entry}from = 2026-01-01T10:00:00Z\n"), 3, vec!["2026-01-31"]),
        ("[[price]]\nprovider = \"opnai\"\n".into(), 2, vec!["opnai", "anthropic"]),
        ("[[price]]\nprovider = \"claude_code\"\n".into(), 1, vec!["claude_code", "anthropic"]),
        (format!("\n{entry}"), 2, vec!["per_million", "per_unit"]),
        (format!("{entry}model = \"a\"\nmodel_prefix = \"b\"\n"), 1, vec!["exclude"]),
        (format!("{entry}model = \" \"\n"), 1, vec!["empty"]),
        (
            format!("{entry}from = \"2026-02-01\"\nuntil = \"2026-02-01\"\nper_unit = {{ images = 1 }}\n"),
            1,
            vec!["until", "2026-02-01"],
        ),
        (format!("{entry}per_million = {{ input = 1 }}\nper_unit = {{ input = 1 }}\n"), 1, vec!["input", "both"]),
        ("[[prices]]\n".into(), 1, vec!["prices", "price"]),
    ] {
        let error = Overrides::parse(&text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        for word in words {
            assert!(error.message.contains(word), "{text}: {error} does not say {word}");
        }
    }
}

#[test]
fn the_example_of_the_documentation_holds() {
    let page = include_str!("../../../docs/prices.md");
    let (_, example) = page.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let catalog = Catalog::bundled(Overrides::parse(example).unwrap());
    let price = |day, dims: &Dimensions, meter| million(&catalog, Provider::OpenAi, day, dims, meter);
    assert_eq!(price("2026-03-01", &dims("gpt-5.5"), Meter::Input), rated("4.25"));
    assert_eq!(price("2027-01-01", &dims("gpt-5.5"), Meter::Input), rated("5"));
    let batch = Dimensions { service_tier: Some("batch".into()), ..dims("ft:gpt-5.5:acme::1") };
    assert_eq!(price("2026-03-01", &batch, Meter::Output), rated("22.5"));
    assert_eq!(price("2026-03-01", &Dimensions::default(), Meter::Sessions), rated("30000"));
}
