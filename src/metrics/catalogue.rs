//! Every family of the page: the one source for registration, `docs/metrics.md` and the dashboards.

use std::borrow::Cow;

use prometheus_client::registry::{self, Metric, Registry};

use super::PREFIX;
use crate::domain::money::Currency;

/// What a family is to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Gauge,
    Counter,
    Histogram,
    /// Always 1; the labels carry the facts.
    Info,
}

impl Kind {
    /// The type as text 0.0.4 knows it, which has no infos.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge | Self::Info => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// What the values of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Money, in the currency that sums are told in.
    Currency,
    Ratio,
    Seconds,
    /// Whatever the name says.
    Count,
}

impl Unit {
    /// How it stands in names: for money the code of the currency in lower case.
    fn suffix(self, currency: Currency) -> Option<Cow<'static, str>> {
        match self {
            Self::Currency => Some(currency.as_str().to_ascii_lowercase().into()),
            Self::Ratio => Some("ratio".into()),
            Self::Seconds => Some("seconds".into()),
            Self::Count => None,
        }
    }
}

/// Which daemons show a family, when several share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// One alone: what the database says, which would count and alert as often as it is shown.
    ByLeader,
    /// Each for itself: what it has done and how it is.
    ByEach,
}

/// One family.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Without prefix, unit and the suffix that the kind adds; this is what registration takes.
    pub stem: &'static str,
    pub unit: Unit,
    pub kind: Kind,
    /// One line without a full stop, which registration adds. See [`Spec::help`] for other currencies than the dollar.
    pub help: &'static str,
    pub labels: &'static [&'static str],
    pub shown: Shown,
}

impl Spec {
    /// The name that samples and queries use where sums are told in `currency`, such as `llmtally_spend_today_usd`; of a
    /// histogram, without `_bucket`.
    #[must_use]
    pub fn name(&self, currency: Currency) -> String {
        let mut name = format!("{PREFIX}_{}", self.stem);
        let suffix = match self.kind {
            Kind::Gauge | Kind::Histogram => None,
            Kind::Counter => Some("total".into()),
            Kind::Info => Some("info".into()),
        };
        for part in self.unit.suffix(currency).into_iter().chain(suffix) {
            name.push('_');
            name.push_str(&part);
        }
        name
    }

    /// What the family means where sums are told in `currency`. Changes in dollars are always counted, those in that currency too.
    #[must_use]
    pub fn help(&self, currency: Currency) -> Cow<'static, str> {
        if currency == Currency::USD || !self.help.contains(DOLLARS) {
            return self.help.into();
        }
        self.help.replace(DOLLARS, &format!("{DOLLARS} or {currency}")).into()
    }

    /// The same family, shown by each daemon for itself.
    const fn by_each(self) -> Self {
        Self { shown: Shown::ByEach, ..self }
    }

    /// Puts a handle that counts for itself on the page: events and times, never money.
    pub fn register(&self, registry: &mut Registry, handle: impl Metric) {
        match self.open_metrics_unit(Currency::default()) {
            Some(unit) => registry.register_with_unit(self.stem, self.help, unit, handle),
            None => registry.register(self.stem, self.help, handle),
        }
    }

    pub(super) fn open_metrics_unit(&self, currency: Currency) -> Option<registry::Unit> {
        self.unit.suffix(currency).map(|unit| registry::Unit::Other(unit.into_owned()))
    }

    /// Values of the family add up, so that the smallest may share one series.
    #[must_use]
    pub fn folds(&self) -> bool {
        self.kind == Kind::Gauge && self.labels.contains(&"model")
    }
}

const fn gauge(stem: &'static str, unit: Unit, labels: &'static [&'static str], help: &'static str) -> Spec {
    Spec { stem, unit, kind: Kind::Gauge, help, labels, shown: Shown::ByLeader }
}

const fn counter(stem: &'static str, labels: &'static [&'static str], help: &'static str) -> Spec {
    Spec { stem, unit: Unit::Count, kind: Kind::Counter, help, labels, shown: Shown::ByLeader }
}

const fn info(stem: &'static str, labels: &'static [&'static str], help: &'static str) -> Spec {
    Spec { stem, unit: Unit::Count, kind: Kind::Info, help, labels, shown: Shown::ByLeader }
}

/// How a help says that only these are counted.
const DOLLARS: &str = "US dollars";

const NONE: &[&str] = &[];
const ACCOUNT: &[&str] = &["provider", "account"];
const COMBINATION: &[&str] = &["provider", "account", "project", "model"];
const TOKENS: &[&str] = &["provider", "account", "project", "model", "token_type"];
const READING: &[&str] = &["provider", "account", "scope", "unit"];
const FEED: &[&str] = &["provider", "account", "feed"];
const BUDGET: &[&str] = &["budget"];

// Windows are whole UTC days; rolling ones include today.

pub static SPEND_TODAY: Spec =
    gauge("spend_today", Unit::Currency, COMBINATION, "Spend of the current UTC day, from the ledger as last synced");
pub static SPEND_YESTERDAY: Spec = gauge(
    "spend_yesterday",
    Unit::Currency,
    COMBINATION,
    "Spend of the previous UTC day, from the ledger as last synced",
);
pub static SPEND_7D: Spec = gauge(
    "spend_7d",
    Unit::Currency,
    COMBINATION,
    "Spend of the last 7 UTC days with today, from the ledger as last synced",
);
pub static SPEND_30D: Spec = gauge(
    "spend_30d",
    Unit::Currency,
    COMBINATION,
    "Spend of the last 30 UTC days with today, from the ledger as last synced",
);
pub static SPEND_MONTH_TO_DATE: Spec = gauge(
    "spend_month_to_date",
    Unit::Currency,
    COMBINATION,
    "Spend of the current UTC month, from the ledger as last synced",
);
pub static SPEND_PREVIOUS_MONTH: Spec = gauge(
    "spend_previous_month",
    Unit::Currency,
    COMBINATION,
    "Spend of the previous UTC month, from the ledger as last synced",
);
pub static SPEND_PROVISIONAL: Spec = gauge(
    "spend_provisional_month_to_date",
    Unit::Currency,
    ACCOUNT,
    "Part of the spend of the current UTC month that the provider may still change",
);
pub static BILLED: Spec = gauge(
    "billed_month_to_date",
    Unit::Currency,
    ACCOUNT,
    "What the provider has billed for the current UTC month so far: usage, credits and fees",
);
pub static ESTIMATED: Spec =
    gauge("estimated_month_to_date", Unit::Currency, ACCOUNT, "Metered use of the current UTC month at list prices");
pub static DRIFT: Spec = gauge(
    "drift",
    Unit::Ratio,
    ACCOUNT,
    "Estimated over billed minus 1, over rows that both cover on settled days of the last 30 days",
);
pub static TOKENS_TODAY: Spec = gauge(
    "tokens_today",
    Unit::Count,
    TOKENS,
    "Tokens of the current UTC day; token types are disjoint, output includes reasoning",
);
pub static TOKENS_MONTH_TO_DATE: Spec = gauge(
    "tokens_month_to_date",
    Unit::Count,
    TOKENS,
    "Tokens of the current UTC month; token types are disjoint, output includes reasoning",
);
pub static REQUESTS_TODAY: Spec = gauge(
    "requests_today",
    Unit::Count,
    COMBINATION,
    "Requests of the current UTC day; absent where the provider does not tell",
);
pub static REQUESTS_MONTH_TO_DATE: Spec = gauge(
    "requests_month_to_date",
    Unit::Count,
    COMBINATION,
    "Requests of the current UTC month; absent where the provider does not tell",
);
pub static SUBSCRIPTION_VALUE: Spec = gauge(
    "subscription_value_month_to_date",
    Unit::Currency,
    ACCOUNT,
    "What the use that a plan covers would cost at list prices this UTC month; never part of spend",
);
pub static SUBSCRIPTION_FEE: Spec = gauge(
    "subscription_fee_month_to_date",
    Unit::Currency,
    ACCOUNT,
    "Fees of plans and seats for the current UTC month so far; part of spend",
);
pub static SUBSCRIPTION_VALUE_RATIO: Spec = gauge(
    "subscription_value",
    Unit::Ratio,
    ACCOUNT,
    "Value of the use over the fees of this UTC month so far; above 1 the plan pays off",
);
pub static SESSION_TOKENS: Spec = gauge(
    "session_tokens",
    Unit::Count,
    ACCOUNT,
    "Tokens of all kinds in the open session of five hours, as far as local logs show it",
);
pub static SESSION_COST: Spec =
    gauge("session_cost", Unit::Currency, ACCOUNT, "Calls of the open session at list prices; never part of spend");
pub static SESSION_START: Spec = gauge("session_start_timestamp", Unit::Seconds, ACCOUNT, "Start of the open session");
pub static SESSION_END: Spec = gauge("session_end_timestamp", Unit::Seconds, ACCOUNT, "End of the open session");
pub static SESSION_EXHAUSTED: Spec = gauge(
    "session_exhausted_timestamp",
    Unit::Seconds,
    ACCOUNT,
    "When the open session reaches its token limit at its present rate; absent where it does not",
);
pub static SESSION_TOKEN_LIMIT: Spec =
    gauge("session_token_limit", Unit::Count, ACCOUNT, "Tokens that the plan allows in a session, as configured");
pub static SESSION_PROJECTED_TOKENS: Spec = gauge(
    "session_projected_tokens",
    Unit::Count,
    ACCOUNT,
    "Tokens of the open session at its end if it goes on at its present rate; absent where there is no rate",
);
pub static SESSION_PROJECTED_COST: Spec = gauge(
    "session_projected_cost",
    Unit::Currency,
    ACCOUNT,
    "Calls of the open session at list prices at its end if it goes on at its present rate",
);
pub static CREDIT_BALANCE: Spec = gauge(
    "credit_balance",
    Unit::Currency,
    READING,
    "Prepaid money that is left, by the latest rate of its currency; absent without a rate",
);
pub static CREDIT_EXHAUSTED: Spec = gauge(
    "credit_exhausted_timestamp",
    Unit::Seconds,
    READING,
    "When the balance reaches 0 at the pace of the last 7 days; absent where it does not fall",
);
pub static QUOTA_USED: Spec = gauge("quota_used", Unit::Count, READING, "Used part of an allowance, in its unit");
pub static QUOTA_LIMIT: Spec =
    gauge("quota_limit", Unit::Count, READING, "Size of an allowance, in its unit; absent where there is no limit");
pub static QUOTA_RESET: Spec =
    gauge("quota_reset_timestamp", Unit::Seconds, READING, "When the used part of an allowance starts again from 0");
pub static QUOTA_EXHAUSTED: Spec = gauge(
    "quota_exhausted_timestamp",
    Unit::Seconds,
    READING,
    "When an allowance is used up at the pace of the last 7 days; absent where it starts again before",
);
pub static UNPRICED_TOKENS: Spec = gauge(
    "unpriced_tokens_month_to_date",
    Unit::Count,
    &["provider", "model"],
    "Tokens of the current UTC month for which the price list has no price",
);
pub static PROJECT_INFO: Spec =
    info("project", &["provider", "account", "project", "project_name"], "Names of project ids");

pub static BUDGET_LIMIT: Spec = gauge("budget_limit", Unit::Currency, BUDGET, "Limit of the budget for one period");
pub static BUDGET_SPENT: Spec =
    gauge("budget_spent", Unit::Currency, BUDGET, "Spend in the scope of the budget in its current period");
pub static BUDGET_SPENT_RATIO: Spec =
    gauge("budget_spent", Unit::Ratio, BUDGET, "Spend in the current period over the limit of the budget");
pub static BUDGET_ELAPSED: Spec =
    gauge("budget_period_elapsed", Unit::Ratio, BUDGET, "Elapsed part of the current period of the budget");
pub static BUDGET_START: Spec =
    gauge("budget_period_start_timestamp", Unit::Seconds, BUDGET, "Start of the current period of the budget");
pub static BUDGET_END: Spec =
    gauge("budget_period_end_timestamp", Unit::Seconds, BUDGET, "End of the current period of the budget");
pub static BUDGET_THRESHOLD: Spec = gauge(
    "budget_threshold",
    Unit::Ratio,
    &["budget", "threshold", "severity", "basis"],
    "Share of the limit at which somebody wants to know",
);
pub static BUDGET_INFO: Spec = info("budget", &["budget", "period", "scope"], "Period and scope of the budget");

pub static DATA_THROUGH: Spec =
    gauge("data_through_timestamp", Unit::Seconds, FEED, "End of the latest time that the feed has answered for");
pub static SYNC_LAST_SUCCESS: Spec =
    gauge("sync_last_success_timestamp", Unit::Seconds, FEED, "When the feed was last brought up to date");
pub static SYNC_NEXT_ATTEMPT: Spec =
    gauge("sync_next_attempt_timestamp", Unit::Seconds, FEED, "When the feed runs next");
pub static SYNC_MAX_AGE: Spec =
    gauge("sync_max_age", Unit::Seconds, FEED, "Age of the last success beyond which the feed is late");
pub static FEED_UP: Spec = gauge("feed_up", Unit::Count, FEED, "1 if the last run of the feed succeeded, else 0");
pub static BACKFILL_PROGRESS: Spec =
    gauge("backfill_progress", Unit::Ratio, FEED, "Part of the wanted history that the feed has fetched");
pub static VANISHED_ANSWERS: Spec = gauge(
    "vanished_answers",
    Unit::Count,
    FEED,
    "Days whose latest answer would erase most of what is stored; held back until a later run confirms it",
);
pub static RESTATED: Spec = Spec {
    stem: "restated",
    unit: Unit::Currency,
    kind: Kind::Counter,
    help: "Changes of settled days by the provider, by the time of observation; charges in US dollars only",
    labels: &["provider", "account", "direction"],
    shown: Shown::ByLeader,
};

pub static SERIES_FOLDED: Spec =
    gauge("series_folded", Unit::Count, NONE, "Series of all families that share the series called other");
pub static BUILD_INFO: Spec = info("build", &["version"], "The running version").by_each();
pub static DATABASE_UP: Spec = gauge(
    "database_up",
    Unit::Count,
    NONE,
    "1 if the database answered last; the other families keep their last good values",
)
.by_each();
pub static LEADER: Spec =
    gauge("leader", Unit::Count, NONE, "1 on the one daemon of a database that shows the figures, else 0").by_each();

// Registered by handles that live beside their code.

pub static SYNC_RUNS: Spec = counter("sync_runs", FEED, "Runs of the feed").by_each();
pub static SYNC_FAILURES: Spec =
    counter("sync_failures", &["provider", "account", "feed", "reason"], "Runs of the feed that failed").by_each();
pub static SYNC_RECORDS: Spec = counter("sync_records", FEED, "Records that the feed has fetched").by_each();
pub static SYNC_DURATION: Spec = Spec {
    stem: "sync_duration",
    unit: Unit::Seconds,
    kind: Kind::Histogram,
    help: "How long a run of the feed takes",
    labels: FEED,
    shown: Shown::ByEach,
};
pub static PROVIDER_REQUESTS: Spec =
    counter("provider_requests", &["provider", "account", "code"], "HTTP requests to the provider by status code")
        .by_each();
pub static PROVIDER_RATE_LIMITED_UNTIL: Spec = gauge(
    "provider_rate_limited_until_timestamp",
    Unit::Seconds,
    ACCOUNT,
    "Until when the provider has asked to be left alone",
)
.by_each();
pub static PROVIDER_SHAPE_CHANGES: Spec = counter(
    "provider_shape_changes",
    ACCOUNT,
    "Fields, notations and kinds of things that answers of the provider did not have before",
)
.by_each();

/// Every family that this version exposes.
pub static ALL: [&Spec; 60] = [
    &SPEND_TODAY,
    &SPEND_YESTERDAY,
    &SPEND_7D,
    &SPEND_30D,
    &SPEND_MONTH_TO_DATE,
    &SPEND_PREVIOUS_MONTH,
    &SPEND_PROVISIONAL,
    &BILLED,
    &ESTIMATED,
    &DRIFT,
    &TOKENS_TODAY,
    &TOKENS_MONTH_TO_DATE,
    &REQUESTS_TODAY,
    &REQUESTS_MONTH_TO_DATE,
    &SUBSCRIPTION_VALUE,
    &SUBSCRIPTION_FEE,
    &SUBSCRIPTION_VALUE_RATIO,
    &SESSION_TOKENS,
    &SESSION_COST,
    &SESSION_START,
    &SESSION_END,
    &SESSION_EXHAUSTED,
    &SESSION_TOKEN_LIMIT,
    &SESSION_PROJECTED_TOKENS,
    &SESSION_PROJECTED_COST,
    &CREDIT_BALANCE,
    &CREDIT_EXHAUSTED,
    &QUOTA_USED,
    &QUOTA_LIMIT,
    &QUOTA_RESET,
    &QUOTA_EXHAUSTED,
    &UNPRICED_TOKENS,
    &PROJECT_INFO,
    &BUDGET_LIMIT,
    &BUDGET_SPENT,
    &BUDGET_SPENT_RATIO,
    &BUDGET_ELAPSED,
    &BUDGET_START,
    &BUDGET_END,
    &BUDGET_THRESHOLD,
    &BUDGET_INFO,
    &DATA_THROUGH,
    &SYNC_LAST_SUCCESS,
    &SYNC_NEXT_ATTEMPT,
    &SYNC_MAX_AGE,
    &FEED_UP,
    &BACKFILL_PROGRESS,
    &VANISHED_ANSWERS,
    &RESTATED,
    &SERIES_FOLDED,
    &BUILD_INFO,
    &DATABASE_UP,
    &LEADER,
    &SYNC_RUNS,
    &SYNC_FAILURES,
    &SYNC_RECORDS,
    &SYNC_DURATION,
    &PROVIDER_REQUESTS,
    &PROVIDER_RATE_LIMITED_UNTIL,
    &PROVIDER_SHAPE_CHANGES,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_is_the_catalogue() {
        let document = include_str!("../../docs/metrics.md");
        let rows: BTreeSet<&str> = document.lines().filter(|line| line.starts_with("| `llmtally_")).collect();
        let expected: BTreeSet<String> = ALL
            .iter()
            .map(|spec| {
                let labels: Vec<String> = spec.labels.iter().map(|label| format!("`{label}`")).collect();
                let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
                let shown = if spec.shown == Shown::ByEach { " (on each daemon)" } else { "" };
                format!(
                    "| `{}` | {} | {labels} | {}{shown} |",
                    spec.name(Currency::USD),
                    spec.kind.as_str(),
                    spec.help(Currency::USD)
                )
            })
            .collect();
        let expected_rows: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        assert_eq!(rows, expected_rows, "\n{}\n", expected.iter().cloned().collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn names_are_unique_and_help_needs_no_escapes() {
        let names: BTreeSet<String> = ALL.iter().map(|spec| spec.name(Currency::USD)).collect();
        assert_eq!(names.len(), ALL.len());
        for spec in ALL {
            assert!(!spec.help.contains(['"', '\\', '\n']) && !spec.help.ends_with('.'), "{}", spec.stem);
        }
    }

    #[test]
    fn money_has_the_suffix_of_its_currency_and_nothing_else_changes() {
        for spec in ALL {
            let (dollars, francs) = (spec.name(Currency::USD), spec.name("CHF".parse().unwrap()));
            let expected = if spec.unit == Unit::Currency { dollars.replace("_usd", "_chf") } else { dollars.clone() };
            assert_eq!((francs, dollars.contains("_usd")), (expected, spec.unit == Unit::Currency), "{}", spec.stem);
        }
        assert_eq!(RESTATED.name(Currency::EUR), "llmtally_restated_eur_total");
        assert!(RESTATED.help(Currency::EUR).ends_with("charges in US dollars or EUR only"));
    }
}
