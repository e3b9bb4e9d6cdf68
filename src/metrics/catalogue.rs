//! Every family of the page: the one source for registration, `docs/metrics.md` and the dashboards.

mod spec;

pub use spec::{Kind, Shown, Spec, Unit};

use crate::measures;
use spec::Unit::{Count, Currency, Ratio, Seconds};
use spec::{counter, gauge, info, measured};

const NONE: &[&str] = &[];
const ACCOUNT: &[&str] = &["provider", "account"];
const COMBINATION: &[&str] = &["provider", "account", "project", "model"];
const TOKENS: &[&str] = &["provider", "account", "project", "model", "token_type"];
const READING: &[&str] = &["provider", "account", "scope", "unit"];
const FEED: &[&str] = &["provider", "account", "feed"];
const BUDGET: &[&str] = &["budget"];

/// The table: a name in code, then what the family is and means.
macro_rules! families {
    ($($name:ident = $spec:expr;)*) => {
        $(pub static $name: Spec = $spec;)*

        /// Every family that this version exposes.
        pub static ALL: &[&Spec] = &[$(&$name),*];
    };
}

families! {
    // Spend. Windows are whole UTC days; rolling ones include today.
    SPEND_TODAY = gauge("spend_today", Currency, COMBINATION,
        "Spend of the current UTC day, from the ledger as last synced");
    SPEND_YESTERDAY = gauge("spend_yesterday", Currency, COMBINATION,
        "Spend of the previous UTC day, from the ledger as last synced");
    SPEND_7D = gauge("spend_7d", Currency, COMBINATION,
        "Spend of the last 7 UTC days with today, from the ledger as last synced");
    SPEND_30D = gauge("spend_30d", Currency, COMBINATION,
        "Spend of the last 30 UTC days with today, from the ledger as last synced");
    SPEND_MONTH_TO_DATE = gauge("spend_month_to_date", Currency, COMBINATION,
        "Spend of the current UTC month, from the ledger as last synced");
    SPEND_PREVIOUS_MONTH = gauge("spend_previous_month", Currency, COMBINATION,
        "Spend of the previous UTC month, from the ledger as last synced");
    SPEND_PROVISIONAL = gauge("spend_provisional_month_to_date", Currency, ACCOUNT,
        "Part of the spend of the current UTC month that the provider may still change");
    BILLED = gauge("billed_month_to_date", Currency, ACCOUNT,
        "What the provider has billed for the current UTC month so far: usage, credits and fees");
    ESTIMATED = gauge("estimated_month_to_date", Currency, ACCOUNT,
        "Metered use of the current UTC month at list prices");
    DRIFT = gauge("drift", Ratio, ACCOUNT,
        "Estimated over billed minus 1, over rows that both cover on settled days of the last 30 days");
    SUBSCRIPTION_VALUE = gauge("subscription_value_month_to_date", Currency, ACCOUNT,
        "What the use that a plan covers would cost at list prices this UTC month; never part of spend");
    SUBSCRIPTION_FEE = gauge("subscription_fee_month_to_date", Currency, ACCOUNT,
        "Fees of plans and seats for the current UTC month so far; part of spend");
    SUBSCRIPTION_VALUE_RATIO = gauge("subscription_value", Ratio, ACCOUNT,
        "Value of the use over the fees of this UTC month so far; above 1 the plan pays off");
    UNPRICED_TOKENS = gauge("unpriced_tokens_month_to_date", Count, &["provider", "model"],
        "Tokens of the current UTC month for which the price list has no price");
    RESTATED = counter("restated", Currency, &["provider", "account", "direction"],
        "Changes of settled days by the provider, by the time of observation; charges in US dollars only");

    // Use.
    TOKENS_TODAY = gauge("tokens_today", Count, TOKENS,
        "Tokens of the current UTC day; token types are disjoint, output includes reasoning");
    TOKENS_MONTH_TO_DATE = gauge("tokens_month_to_date", Count, TOKENS,
        "Tokens of the current UTC month; token types are disjoint, output includes reasoning");
    REQUESTS_TODAY = gauge("requests_today", Count, COMBINATION,
        "Requests of the current UTC day; absent where the provider does not tell");
    REQUESTS_MONTH_TO_DATE = gauge("requests_month_to_date", Count, COMBINATION,
        "Requests of the current UTC month; absent where the provider does not tell");

    // Sessions.
    SESSION_TOKENS = gauge("session_tokens", Count, ACCOUNT,
        "Tokens of all kinds in the open session of five hours, as far as local logs show it");
    SESSION_COST = gauge("session_cost", Currency, ACCOUNT,
        "Calls of the open session at list prices; never part of spend");
    SESSION_START = gauge("session_start_timestamp", Seconds, ACCOUNT,
        "Start of the open session");
    SESSION_END = gauge("session_end_timestamp", Seconds, ACCOUNT,
        "End of the open session");
    SESSION_EXHAUSTED = gauge("session_exhausted_timestamp", Seconds, ACCOUNT,
        "When the open session reaches its token limit at its present rate; absent where it does not");
    SESSION_TOKEN_LIMIT = gauge("session_token_limit", Count, ACCOUNT,
        "Tokens that the plan allows in a session, as configured");
    SESSION_PROJECTED_TOKENS = gauge("session_projected_tokens", Count, ACCOUNT,
        "Tokens of the open session at its end if it goes on at its present rate; absent where there is no rate");
    SESSION_PROJECTED_COST = gauge("session_projected_cost", Currency, ACCOUNT,
        "Calls of the open session at list prices at its end if it goes on at its present rate");

    // Balances and quotas.
    CREDIT_BALANCE = gauge("credit_balance", Currency, READING,
        "Prepaid money that is left, by the latest rate of its currency; absent without a rate");
    CREDIT_EXHAUSTED = gauge("credit_exhausted_timestamp", Seconds, READING,
        "When the balance reaches 0 at the pace of the last 7 days; absent where it does not fall");
    QUOTA_USED = gauge("quota_used", Count, READING,
        "Used part of an allowance, in its unit");
    QUOTA_LIMIT = gauge("quota_limit", Count, READING,
        "Size of an allowance, in its unit; absent where there is no limit");
    QUOTA_RESET = gauge("quota_reset_timestamp", Seconds, READING,
        "When the used part of an allowance starts again from 0");
    QUOTA_EXHAUSTED = gauge("quota_exhausted_timestamp", Seconds, READING,
        "When an allowance is used up at the pace of the last 7 days; absent where it starts again before");

    // Budgets.
    BUDGET_LIMIT = gauge("budget_limit", Currency, BUDGET,
        "Limit of the budget for one period");
    BUDGET_SPENT = gauge("budget_spent", Currency, BUDGET,
        "Spend in the scope of the budget in its current period");
    BUDGET_SPENT_RATIO = gauge("budget_spent", Ratio, BUDGET,
        "Spend in the current period over the limit of the budget");
    BUDGET_ELAPSED = gauge("budget_period_elapsed", Ratio, BUDGET,
        "Elapsed part of the current period of the budget");
    BUDGET_START = gauge("budget_period_start_timestamp", Seconds, BUDGET,
        "Start of the current period of the budget");
    BUDGET_END = gauge("budget_period_end_timestamp", Seconds, BUDGET,
        "End of the current period of the budget");
    BUDGET_THRESHOLD = gauge("budget_threshold", Ratio, &["budget", "threshold", "severity", "basis"],
        "Share of the limit at which somebody wants to know");
    BUDGET_INFO = info("budget", &["budget", "period", "scope"],
        "Period and scope of the budget");

    // Feeds.
    DATA_THROUGH = gauge("data_through_timestamp", Seconds, FEED,
        "End of the latest time that the feed has answered for");
    SYNC_LAST_SUCCESS = gauge("sync_last_success_timestamp", Seconds, FEED,
        "When the feed was last brought up to date");
    SYNC_NEXT_ATTEMPT = gauge("sync_next_attempt_timestamp", Seconds, FEED,
        "When the feed runs next");
    SYNC_MAX_AGE = gauge("sync_max_age", Seconds, FEED,
        "Age of the last success beyond which the feed is late");
    FEED_UP = gauge("feed_up", Count, FEED,
        "1 if the last run of the feed succeeded, else 0");
    BACKFILL_PROGRESS = gauge("backfill_progress", Ratio, FEED,
        "Part of the wanted history that the feed has fetched");
    VANISHED_ANSWERS = gauge("vanished_answers", Count, FEED,
        "Days whose latest answer would erase most of what is stored; held back until a later run confirms it");
    SYNC_RUNS = measured(&measures::SYNC_RUNS);
    SYNC_FAILURES = measured(&measures::SYNC_FAILURES);
    SYNC_RECORDS = measured(&measures::SYNC_RECORDS);
    SYNC_DURATION = measured(&measures::SYNC_DURATION);

    // Vendors.
    PROVIDER_REQUESTS = measured(&measures::PROVIDER_REQUESTS);
    PROVIDER_RATE_LIMITED_UNTIL = measured(&measures::PROVIDER_RATE_LIMITED_UNTIL);
    PROVIDER_SHAPE_CHANGES = measured(&measures::PROVIDER_SHAPE_CHANGES);

    // Names.
    PROJECT_INFO = info("project", &["provider", "account", "project", "project_name"],
        "Names of project ids");

    // The daemon.
    SERIES_FOLDED = gauge("series_folded", Count, NONE,
        "Series of all families that share the series called other");
    BUILD_INFO = info("build", &["version"],
        "The running version").by_each();
    DATABASE_UP = gauge("database_up", Count, NONE,
        "1 if the database answered last; the other families keep their last good values").by_each();
    LEADER = gauge("leader", Count, NONE,
        "1 on the one daemon of a database that shows the figures, else 0").by_each();
}

#[cfg(test)]
mod tests;
