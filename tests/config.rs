//! A configuration is right, or every problem in it is named in one go, and no secret is ever shown.

use std::path::PathBuf;
use std::time::Duration;

use llmtally::config::{Environment, Loaded, Problems, PushInterval, listener, load, masked};
use llmtally::domain::names::{AccountName, Provider};
use llmtally::telemetry::Endpoint;

fn variables(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What comes of a file with this text and these variables, and the file's name.
fn read(text: &str, environment: &[(&str, &str)]) -> (Result<Loaded, Problems>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("llmtally.toml");
    std::fs::write(&file, text).unwrap();
    (load(Some(&file), &variables(environment)), file.display().to_string())
}

fn problems(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let (result, file) = read(text, environment);
    let problems = result.expect_err("this is no good configuration").0;
    problems.iter().map(|problem| problem.to_string().replace(&file, "FILE")).collect()
}

fn assert_named(wanted: &str, found: &[String]) {
    assert!(found.iter().any(|line| line.contains(wanted)), "`{wanted}` is not in {found:#?}");
}

#[test]
fn nothing_given_is_a_good_configuration() {
    let loaded = load(None, &Environment::default()).unwrap();
    assert_eq!(loaded.config.http.listen.port(), 9847);
    assert!(loaded.config.accounts.names().is_empty());
}

#[test]
fn the_environment_is_over_the_file_and_the_file_over_the_defaults() {
    let file = "[metrics]\nmax_series = 7\n[sync]\nbackfill_days = 9\n";
    let (result, _) = read(file, &[("LLMTALLY__METRICS__MAX_SERIES", "8")]);
    let config = result.unwrap().config;
    assert_eq!((config.metrics.max_series, config.sync.backfill_days, config.sync.recheck_days), (8, 9, 45));
}

#[test]
fn all_problems_are_named_at_once_with_key_source_and_what_is_allowed() {
    let file = r#"
        [http]
        listen = "nowhere"
        [sync]
        schedule = "61 * * * *"
        time_zone = "Mars/Base"
        colour = "blue"
        [metrics]
        max_series = "many"
        [accounts.openai.shop]
        api_key_file = "/does/not/exist"
        [[budgets]]
        name = "all"
        limit = -5
        [[budgets]]
        name = "all"
        limit = 5
        period = "decade"
    "#;
    let found = problems(file, &[("LLMTALLY__STORAGE__TIMESCALE", "maybe")]);
    for wanted in [
        "http.listen (FILE): ",
        "sync.colour (FILE): unknown key; allowed here: schedule, ",
        "metrics.max_series (FILE): must be ",
        "storage.timescale (environment variable LLMTALLY__STORAGE__TIMESCALE): `maybe` is none of: auto, off, require",
        "period (FILE): `decade` is none of: day, week, month, quarter, year",
    ] {
        assert_named(wanted, &found);
    }
}

#[test]
fn what_types_cannot_say_is_named_at_once_too() {
    let file = r#"
        [sync]
        schedule = "61 * * * *"
        time_zone = "UTC"
        [sync.patience]
        timeout = "0s"
        [accounts.openai.shop]
        api_key_file = "/does/not/exist"
        [accounts.anthropic.lab]
        [[budgets]]
        name = "all"
        limit = -5
        [[budgets]]
        name = "all"
        limit = 5
    "#;
    let found = problems(file, &[]);
    for wanted in [
        "sync.schedule (FILE): `61 * * * *` is neither `every 15m` nor a cron expression",
        "sync.patience.timeout (FILE): must be more than 0",
        "accounts.openai.shop.api_key_file (FILE): cannot read `/does/not/exist`",
        "accounts.anthropic.lab (FILE): `api_key` or `api_key_file` is missing",
        "budgets.0.limit (FILE): must be more than 0, is -5",
        "budgets.1.name (FILE): there is another budget `all`",
    ] {
        assert_named(wanted, &found);
    }
}

#[test]
fn what_would_silently_count_nothing_is_named() {
    let file = r#"
        [storage]
        max_connections = 0
        [accounts.claude_code.team]
        paths = ["/tmp"]
        [[plans]]
        name = "Max"
        provider = "claude_code"
        monthly_price = 200
        [[plans]]
        name = "Pro"
        provider = "claude_code"
        account = "team"
        monthly_price = -20
        currency = "EUR"
        from = "2026-11-02"
        until = "2026-11-01"
        [[budgets]]
        name = "all"
        limit = 5
        scope = { provider = ["openai", "open-ai"] }
    "#;
    let known: Vec<_> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
    let known = known.join(", ");
    assert_eq!(
        problems(file, &[("LLMTALLY__SYNC__BACKFILL_DAYS", "4000000000")]),
        [
            format!("budgets.0.scope.provider (FILE): `open-ai` is none of: {known}").as_str(),
            "plans.0.account (FILE): there is no [accounts.claude_code.default], so the fee would count nowhere",
            "plans.1.monthly_price (FILE): must not be negative, is -20",
            "plans.1.until (FILE): is before `from`",
            "storage.max_connections (FILE): must be at least 1",
            "sync.backfill_days (environment variable LLMTALLY__SYNC__BACKFILL_DAYS): must be 3660 at most",
        ]
    );
}

#[test]
fn sums_are_told_in_a_currency_that_has_a_rate() {
    let told = |file: &str, environment: &[(&str, &str)]| {
        read(file, environment).0.map(|loaded| loaded.config.currency.reporting.to_string())
    };
    let reporting = |name| [("LLMTALLY__CURRENCY__REPORTING", name)];
    assert_eq!(told("", &[]).unwrap(), "USD");
    assert_eq!(told("", &reporting("eur")).unwrap(), "EUR");
    assert_eq!(told("[currency]\nreporting = 'CHF'\n", &[]).unwrap(), "CHF");
    let fixed = "[currency]\nrefresh = 'off'\n[currency.rates]\nTWD = '0.031'\nEUR = '1.1'\n";
    assert_eq!(told(fixed, &reporting("TWD")).unwrap(), "TWD");
    assert_eq!(told(fixed, &reporting("EUR")).unwrap(), "EUR");
    for (file, name, complaint) in [
        ("", "TWD", "the European Central Bank publishes no rate of TWD: set `currency.rates.TWD`"),
        (fixed, "GBP", "GBP has no rate: `currency.refresh` is off, and `currency.rates.GBP` is not set"),
        ("", "euro", "`euro` is not a three-letter currency code"),
    ] {
        let found = problems(file, &reporting(name));
        let source = "environment variable LLMTALLY__CURRENCY__REPORTING";
        assert_eq!(found, [format!("currency.reporting ({source}): {complaint}")]);
    }
}

#[test]
fn a_plan_is_in_the_reporting_currency_unless_it_says_otherwise() {
    let plans = |currency: &str| {
        format!(
            "[accounts.claude_code.team]\npaths = ['/tmp']\n\
             [[plans]]\nname = 'Max'\nprovider = 'claude_code'\naccount = 'team'\nmonthly_price = 200\n{currency}"
        )
    };
    let price = |currency: &str, reporting: &str| {
        let config = read(&plans(currency), &[("LLMTALLY__CURRENCY__REPORTING", reporting)]).0.unwrap().config;
        let team = AccountName { provider: Provider::ClaudeCode, account: "team".to_owned() };
        config.plans_of(&team)[0].price.currency.to_string()
    };
    assert_eq!((price("", "USD"), price("", "EUR")), ("USD".to_owned(), "EUR".to_owned()));
    assert_eq!(price("currency = 'USD'", "EUR"), "USD");
    assert_eq!(price("currency = 'EUR'", "USD"), "EUR");
    let found = problems(&plans("currency = 'XAU'"), &[]);
    assert_eq!(
        found,
        ["plans.0.currency (FILE): the European Central Bank publishes no rate of XAU: set `currency.rates.XAU`"]
    );
}

#[test]
fn a_time_zone_is_checked() {
    let found = problems("[sync]\ntime_zone = \"Mars/Base\"\n", &[]);
    assert_eq!(
        found,
        ["sync.time_zone (FILE): `Mars/Base` is not a time zone; write it as in `Europe/Berlin` or `UTC`"]
    );
}

#[test]
fn the_plain_names_that_people_have_work_alone() {
    let environment = [
        ("OPENAI_API_KEY", "sk-one"),
        ("OPENAI_API_KEY_SHOP", "sk-two"),
        ("ANTHROPIC_ADMIN_KEY", "sk-ant"),
        ("MONTHLY_BUDGET", "500"),
        ("REFRESH_INTERVAL", "30m"),
        ("PATH", "/bin"),
    ];
    let config = load(None, &variables(&environment)).unwrap().config;
    let names: Vec<String> = config.accounts.names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["openai/default", "openai/shop", "anthropic/default"]);
    assert_eq!((config.budgets[0].name.as_str(), config.budgets[0].limit.to_string().as_str()), ("monthly", "500"));
    assert_eq!(config.sync.schedule, "every 30m");
}

#[test]
fn googles_plain_names_make_an_account_together_only() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.json");
    std::fs::write(&key, "hush").unwrap();
    let key = ("GOOGLE_APPLICATION_CREDENTIALS", key.to_str().unwrap());
    let project = ("GOOGLE_PROJECT_ID", "shop-prod-123");
    for alone in [key, project] {
        assert!(load(None, &variables(&[alone])).unwrap().config.accounts.google.is_empty());
    }
    let config = load(None, &variables(&[key, project])).unwrap().config;
    let account = &config.accounts.google["default"];
    assert_eq!(account.project.to_string(), "shop-prod-123");
    assert_eq!(account.service_account_key_file.as_deref(), Some(std::path::Path::new(key.1)));
}

#[test]
fn a_proxys_plain_names_make_an_account_together_only() {
    let (url, key) = (("LITELLM_PROXY_URL", "https://litellm.example.com"), ("LITELLM_PROXY_API_KEY", "sk-1"));
    let accounts = |environment: &[(&str, &str)]| load(None, &variables(environment)).unwrap().config.accounts;
    for alone in [url, key] {
        assert!(accounts(&[alone]).litellm.is_empty(), "{}", alone.0);
    }
    let together = accounts(&[url, key, ("CURSOR_ADMIN_KEY", "key_1"), ("CURSOR_API_KEY", "a user's")]);
    assert_eq!(together.litellm["default"].base_url.as_deref(), Some(url.1));
    assert_eq!(together.cursor.keys().collect::<Vec<_>>(), ["default"]);
}

#[test]
fn amazons_names_make_an_account_only_as_a_pair() {
    let accounts = |environment: &[(&str, &str)]| load(None, &variables(environment)).unwrap().config.accounts;
    let lone = [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "AKIA1"), ("AWS_SESSION_TOKEN", "t")];
    assert!(accounts(&lone).names().is_empty());
    let pair = accounts(&[&lone[..], &[("AWS_SECRET_ACCESS_KEY", "0123")]].concat());
    let bedrock = &pair.bedrock["default"];
    assert_eq!(bedrock.access_key_id.as_deref(), Some("AKIA1"));
    assert_eq!(bedrock.regions, ["eu-west-1"]);
    assert!(bedrock.secret_access_key.is_some() && bedrock.session_token.is_some());
}

#[test]
fn the_admin_key_is_preferred_to_a_key_for_inference() {
    let environment = [("OPENAI_API_KEY", "sk-proj-inference"), ("OPENAI_ADMIN_KEY", "sk-admin")];
    let config = load(None, &variables(&environment)).unwrap().config;
    use secrecy::ExposeSecret;
    assert_eq!(config.accounts.openai["default"].api_key.as_ref().unwrap().expose_secret(), "sk-admin");
}

#[test]
fn the_same_key_twice_is_one_account_too_many() {
    let found = problems("", &[("OPENAI_API_KEY", "sk-one"), ("OPENAI_API_KEY_SHOP", "sk-one")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("has the same key as accounts.openai.default"), "{found:?}");
}

#[test]
fn a_secret_that_looks_like_a_number_is_a_text_and_never_shown() {
    let secret = "000123456789";
    for name in ["OPENAI_API_KEY", "LLMTALLY__ACCOUNTS__OPENAI__DEFAULT__API_KEY", "LLMTALLY__HTTP__TOKEN"] {
        let environment = variables(&[(name, secret)]);
        let loaded = load(None, &environment).unwrap();
        let shown = format!("{loaded:?} {environment:?} {:?} {:?}", loaded.config, masked(&loaded.values));
        assert!(!shown.contains("123456789"), "{name}: {shown}");
        assert!(shown.contains("***"), "{name}");
    }
}

#[test]
fn an_address_is_shown_without_its_user_and_password() {
    let file = "[accounts.openai.default]\napi_key = 'sk'\nbase_url = 'https://me:hunter@2@proxy.example/v1?to=a@b'\n";
    let (loaded, _) = read(file, &[]);
    let shown = toml::to_string(&masked(&loaded.unwrap().values)).unwrap();
    assert!(shown.contains("https://***@proxy.example/v1?to=a@b") && !shown.contains("hunter"), "{shown}");
}

#[test]
fn a_wrong_secret_is_not_quoted() {
    for file in [
        "[http]\ntoken = 987654321987\n",
        "[accounts.openai.default]\napi_key = 987654321987\n",
        "[accounts.openai.default]\napi_key = [\"987654321987\"]\n",
        "[accounts.openai.default]\napi_key = \"987654321987\n",
        "[storage]\ndatabase_url = { url = \"987654321987\" }\n",
    ] {
        let found = problems(file, &[]);
        assert!(!format!("{found:?}").contains("98765"), "{found:?}");
    }
}

#[test]
fn a_secret_from_a_file_is_named_where_it_cannot_be_read() {
    let found = problems("", &[("ANTHROPIC_API_KEY_FILE", "/nowhere/key")]);
    assert!(found[0].contains("accounts.anthropic.default.api_key_file (environment variable ANTHROPIC_API_KEY_FILE)"));
    assert!(found[0].contains("/nowhere/key"), "{found:?}");
}

#[test]
fn the_standard_variables_say_where_spans_go() {
    let headers = "authorization=Bearer%20hush";
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"), ("OTEL_EXPORTER_OTLP_HEADERS", headers)];
    let file = "[telemetry]\notlp_endpoint = \"http://elsewhere:4318\"\n";
    let (result, _) = read(file, &environment);
    let loaded = result.unwrap();
    let telemetry = &loaded.config.telemetry;
    let wanted = Endpoint::try_from("http://collector:4318/".to_owned()).unwrap();
    assert_eq!(telemetry.otlp_endpoint, Some(wanted), "the environment is over the file");
    assert_eq!(telemetry.headers().unwrap()["authorization"], "Bearer hush");
    let shown = format!("{:?} {:?}", loaded.config, masked(&loaded.values));
    assert!(!shown.contains("hush") && shown.contains("***"), "{shown}");
    assert!(load(None, &Environment::default()).unwrap().config.telemetry.otlp_endpoint.is_none());
}

#[test]
fn metrics_are_sent_every_minute_unless_somebody_says_otherwise() {
    let every = |file: &str, environment: &[(&str, &str)]| {
        read(file, environment).0.unwrap().config.telemetry.otlp_metrics_interval
    };
    let (seconds, off) = (|seconds| PushInterval::Every(Duration::from_secs(seconds)), PushInterval::Off);
    let file = "[telemetry]\notlp_metrics_interval = \"5m\"\n";
    assert_eq!(every("", &[]), seconds(60));
    assert_eq!(every(file, &[]), seconds(300));
    assert_eq!(every(file, &[("OTEL_METRIC_EXPORT_INTERVAL", "15000")]), seconds(15));
    assert_eq!(every("[telemetry]\notlp_metrics_interval = \"off\"\n", &[]), off);
    assert_eq!(every(file, &[("LLMTALLY__TELEMETRY__OTLP_METRICS_INTERVAL", "off")]), off);
    for wrong in ["0", "10", "soon", "-5"] {
        let found = problems("", &[("OTEL_METRIC_EXPORT_INTERVAL", wrong)]);
        assert!(found.len() == 1 && found[0].contains("telemetry.otlp_metrics_interval"), "{wrong}: {found:?}");
    }
}

#[test]
fn an_endpoint_with_credentials_and_headers_that_are_none_are_refused_without_a_quote() {
    let found = problems("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:98765@collector")]);
    assert!(
        found[0].starts_with("telemetry.otlp_endpoint (environment variable OTEL_EXPORTER_OTLP_ENDPOINT): must be")
    );
    assert!(!found[0].contains("98765"), "{found:?}");
    let found = problems("[telemetry]\notlp_headers = \"98765\"\n", &[]);
    assert_eq!(
        found,
        ["telemetry.otlp_headers (FILE): must be of the form `name=value,other=value`, with values percent-encoded"]
    );
    let found = problems("", &[("OTEL_EXPORTER_OTLP_HEADERS_FILE", "/nowhere/headers")]);
    assert!(found[0].starts_with("telemetry.otlp_headers_file (environment variable"), "{found:?}");
}

#[test]
fn what_the_doors_lack_is_named_and_who_only_asks_the_daemon_does_not_mind() {
    let folder = tempfile::tempdir().unwrap();
    let pair = rcgen::generate_simple_self_signed(["llmtally".to_owned()]).unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let cert = write("cert.pem", &pair.cert.pem());
    let tokens = write("tokens.toml", "[one]\ntoken = 'hush-hush'\n");
    let file = format!(
        "[http]\ntoken = 'hush'\ntoken_file = '/nowhere/token'\n[http.tls]\ncert_file = '{cert}'\nkey_file = '{cert}'\n\
         [http.auth]\ntokens_file = '{tokens}'\n"
    );
    let found = problems(&file, &[]);
    let both = problems(&file.replace(&tokens, "/nowhere/tokens.toml").replace(&cert, "/nowhere/pair.pem"), &[]);
    for (found, wanted) in [
        (&found, "http.tls.key_file (FILE): `"),
        (&found, "http.auth.tokens_file (FILE): `"),
        (&found, "http.token_file (FILE): give the value or the file, not both"),
        (&both, "http.tls.cert_file (FILE): cannot read `/nowhere/pair.pem`"),
        (&both, "http.auth.tokens_file (FILE): cannot read `/nowhere/tokens.toml`"),
    ] {
        assert!(found.iter().any(|line| line.starts_with(wanted)), "`{wanted}` is not in {found:#?}");
        assert!(!format!("{found:?}").contains("hush"), "{found:?}");
    }
    let half = problems("[http.tls]\ncert_file = '/nowhere'\n", &[]);
    assert_eq!(half, ["http.tls (FILE): `key_file` is missing"]);

    let config = folder.path().join("llmtally.toml");
    std::fs::write(&config, &file).unwrap();
    let http = listener(Some(&config), &Environment::default()).unwrap();
    assert!(http.tls.is_some() && http.listen.port() == 9847);
    std::fs::write(&config, "[http]\nlisten = 'nowhere'\n").unwrap();
    assert!(listener(Some(&config), &Environment::default()).is_err());
}

#[test]
fn a_missing_file_and_broken_toml_say_where() {
    let missing = load(Some(&PathBuf::from("/nowhere.toml")), &Environment::default()).unwrap_err();
    assert!(missing.to_string().starts_with("--config (/nowhere.toml): cannot be read"), "{missing}");
    let found = problems("[http\nlisten = 1", &[]);
    assert!(found[0].contains("line 1"), "{found:?}");
}

#[test]
fn the_example_shows_nothing_that_cannot_be_set() {
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/example.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut text = example.clone();
    let pair = rcgen::generate_simple_self_signed(["llmtally".to_owned()]).unwrap();
    let named: Vec<String> = example.split('"').filter(|text| text.starts_with('/')).map(str::to_owned).collect();
    for name in named {
        let content = match name.rsplit('/').next().unwrap() {
            "database-url" => "postgres://llmtally@localhost/llmtally".to_owned(),
            "fullchain.pem" => pair.cert.pem(),
            "privkey.pem" => pair.signing_key.serialize_pem(),
            "tokens.toml" => format!("[prometheus]\nsha256 = '{}'\nscopes = ['metrics']\n", "0".repeat(64)),
            other => format!("secret={other}"),
        };
        let file = folder.path().join(name.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        text = text.replace(&format!("\"{name}\""), &format!("\"{}\"", file.display()));
    }
    let (result, _) = read(&text, &[]);
    let loaded = result.unwrap();
    assert_eq!(loaded.config.budgets.len(), 2);
    let accounts = example.lines().filter(|line| line.starts_with("[accounts.")).count();
    assert_eq!(loaded.config.accounts.names().len(), accounts);
}

#[test]
fn azures_plain_names_make_an_account_only_with_its_secret() {
    let ids = [("AZURE_TENANT_ID", "t-1"), ("AZURE_CLIENT_ID", "c-1"), ("AZURE_SUBSCRIPTION_ID", "s-1,s-2")];
    assert!(load(None, &variables(&ids)).unwrap().config.accounts.azure.is_empty());

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    std::fs::write(&file, "hush\n").unwrap();
    let file = file.to_str().unwrap();
    for secret in [("AZURE_CLIENT_SECRET", "hush"), ("AZURE_CLIENT_SECRET_FILE", file)] {
        let loaded = load(None, &variables(&[&ids[..], &[secret]].concat())).unwrap();
        let account = &loaded.config.accounts.azure["default"];
        assert_eq!(account.tenant_id.as_ref().unwrap().to_string(), "t-1");
        assert_eq!(account.client_id.as_ref().unwrap().to_string(), "c-1");
        assert_eq!(account.client_secret_file.is_some(), secret.0.ends_with("_FILE"));
        let shown = format!("{loaded:?} {:?}", masked(&loaded.values));
        assert!(shown.contains("s-1,s-2") && !shown.contains("hush"), "{shown}");
    }
}
