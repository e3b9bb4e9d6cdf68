-- Facts are what providers said; the ledger is derived from them; people read schema `reporting`.
-- Every table that may become a hypertable has its time column in the primary key.

CREATE TABLE accounts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    name text NOT NULL,
    -- False once the account has left the configuration; its history stays.
    configured boolean NOT NULL DEFAULT true,
    UNIQUE (provider, name)
);

CREATE TABLE directory (
    account_id integer NOT NULL REFERENCES accounts,
    kind text NOT NULL CHECK (kind IN ('project', 'api_key', 'user')),
    id text NOT NULL,
    name text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind, id)
);

-- The mark of a day that a feed has answered for.
CREATE TABLE feed_days (
    account_id integer NOT NULL REFERENCES accounts,
    feed text NOT NULL,
    day date NOT NULL,
    grain text NOT NULL CHECK (grain IN ('hour', 'day')),
    fetched_at timestamptz NOT NULL,
    settled boolean NOT NULL,
    rows integer NOT NULL,
    -- Money of a cost feed, units of a usage feed; null where amounts of several currencies do not add up.
    amount numeric,
    checksum bytea NOT NULL,
    -- When an answer that would erase most of the day was first seen; null when nothing is held back.
    vanished_at timestamptz,
    PRIMARY KEY (account_id, feed, day)
);

-- What the last run of a feed came to; one row a feed.
CREATE TABLE feed_status (
    account_id integer NOT NULL REFERENCES accounts,
    feed text NOT NULL,
    last_attempt_at timestamptz NOT NULL,
    last_success_at timestamptz,
    next_attempt_at timestamptz,
    -- Null after a success, else a reason from a closed set and what a person needs to know.
    failure_reason text,
    failure_message text,
    PRIMARY KEY (account_id, feed)
);

-- A provider changed what it had reported.
CREATE TABLE restatements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts,
    feed text NOT NULL,
    day date NOT NULL,
    seen_at timestamptz NOT NULL,
    -- True when the day was settled before: the bill moved after it had been final.
    was_settled boolean NOT NULL,
    currency char(3) NOT NULL,
    old_amount numeric NOT NULL,
    new_amount numeric NOT NULL
);

CREATE TABLE cost_records (
    at timestamptz NOT NULL,
    account_id integer NOT NULL,
    feed text NOT NULL,
    seq integer NOT NULL,
    project text,
    api_key text,
    user_id text,
    model text,
    service_tier text,
    region text,
    prompt_over integer NOT NULL,
    meter text,
    line_item text,
    category text NOT NULL,
    amount numeric NOT NULL,
    currency char(3) NOT NULL,
    quantity numeric,
    unit text,
    PRIMARY KEY (account_id, feed, at, seq)
);
-- The ledger reads a day of all feeds.
CREATE INDEX cost_records_by_time ON cost_records (account_id, at);

CREATE TABLE usage_records (
    at timestamptz NOT NULL,
    account_id integer NOT NULL,
    feed text NOT NULL,
    seq integer NOT NULL,
    role text NOT NULL CHECK (role IN ('measured', 'attribution', 'included')),
    project text,
    api_key text,
    user_id text,
    model text,
    service_tier text,
    region text,
    prompt_over integer NOT NULL,
    meter text NOT NULL,
    quantity numeric NOT NULL,
    PRIMARY KEY (account_id, feed, at, seq)
);
CREATE INDEX usage_records_by_time ON usage_records (account_id, at);

-- One row a call that a log holds. The key lives in `call_keys`, which outlives the row.
CREATE TABLE calls (
    at timestamptz NOT NULL,
    account_id integer NOT NULL,
    key text NOT NULL,
    billing text NOT NULL CHECK (billing IN ('metered', 'subscription', 'included')),
    session text,
    project text,
    api_key text,
    user_id text,
    model text,
    service_tier text,
    region text,
    prompt_tokens bigint NOT NULL,
    -- {"input": 7, "output": 222, …} in units of each meter.
    meters jsonb NOT NULL,
    PRIMARY KEY (account_id, key, at)
);
CREATE INDEX calls_by_time ON calls (account_id, at);

CREATE TABLE call_keys (
    account_id integer NOT NULL REFERENCES accounts,
    key text NOT NULL,
    at timestamptz NOT NULL,
    output_tokens bigint NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE TABLE price_catalogs (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loaded_at timestamptz NOT NULL,
    checksum bytea NOT NULL UNIQUE,
    body bytea NOT NULL
);

-- Days whose facts changed after the ledger was last built from them: a list that is only added to, in the transaction that
-- changes the facts, so that writers of facts never wait for each other or for the ledger.
CREATE TABLE ledger_dirty (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts,
    day date NOT NULL
);
CREATE INDEX ledger_dirty_by_day ON ledger_dirty (account_id, day);

CREATE TABLE ledger_days (
    account_id integer NOT NULL REFERENCES accounts,
    day date NOT NULL,
    built_at timestamptz NOT NULL,
    settled boolean NOT NULL,
    PRIMARY KEY (account_id, day)
);

-- The ledger: derived, rebuilt a day at a time.
CREATE TABLE spend (
    day date NOT NULL,
    account_id integer NOT NULL,
    seq integer NOT NULL,
    project text,
    api_key text,
    user_id text,
    -- As the provider writes it, and the name under which the price list knows it.
    model_raw text,
    model text,
    service_tier text,
    meter text,
    line_item text,
    category text NOT NULL,
    billing text NOT NULL,
    -- How the money got here: billed as is, allocated from a coarser line, estimated, unallocated, or a plan's fee.
    basis text NOT NULL CHECK (basis IN ('billed', 'allocated', 'estimated', 'unallocated', 'fee', 'none')),
    provisional boolean NOT NULL,
    quantity numeric NOT NULL,
    currency char(3) NOT NULL,
    -- The best figure, in the billed currency.
    amount numeric NOT NULL,
    billed numeric NOT NULL,
    -- Use × price list in US dollars; null where the price list does not know the model or meter.
    estimated numeric,
    -- Use and bill both cover this row, so that it counts for drift.
    comparable boolean NOT NULL,
    unpriced boolean NOT NULL,
    -- Reporting currency; null while no exchange rate is known.
    amount_usd numeric,
    billed_usd numeric,
    exchange_rate numeric,
    exchange_rate_date date,
    tags jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, day, seq)
);
CREATE INDEX spend_by_day ON spend (day);

-- Ratio of effective to list rate over settled days. An empty meter is for all of a model, an empty model for the account.
CREATE TABLE calibrations (
    account_id integer NOT NULL REFERENCES accounts,
    model text NOT NULL,
    meter text NOT NULL,
    service_tier text NOT NULL,
    ratio numeric NOT NULL,
    -- False when the ratio is outside 0.5…2: shown, not used.
    applied boolean NOT NULL,
    billed numeric NOT NULL,
    estimated numeric NOT NULL,
    built_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, model, meter, service_tier)
);

-- What the server offers and what of it is used.
CREATE TABLE storage_features (
    name text PRIMARY KEY,
    value text NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now()
);

CREATE SCHEMA reporting;

-- Every amount that people see comes from here. One row a day and combination.
CREATE VIEW reporting.spend AS
SELECT s.day,
       s.day::timestamp AT TIME ZONE 'UTC' AS time,
       a.provider,
       a.name AS account,
       coalesce(s.project, '') AS project,
       coalesce(p.name, s.project, '') AS project_name,
       coalesce(s.api_key, '') AS api_key,
       coalesce(k.name, s.api_key, '') AS api_key_name,
       coalesce(s.user_id, '') AS user_id,
       coalesce(u.name, s.user_id, '') AS user_name,
       coalesce(s.model, s.model_raw, '') AS model,
       coalesce(s.service_tier, 'standard') AS service_tier,
       s.meter,
       CASE
           WHEN s.meter IN ('input', 'input_audio', 'input_image') THEN 'input'
           WHEN s.meter IN ('cache_read', 'cache_read_audio', 'cache_read_image') THEN 'cache_read'
           WHEN s.meter IN ('cache_write', 'cache_write_1h', 'cache_write_12h') THEN 'cache_write'
           WHEN s.meter IN ('output', 'output_audio', 'output_image') THEN 'output'
       END AS token_type,
       s.line_item,
       s.category,
       s.category IN ('usage', 'credit', 'fee') AS is_spend,
       s.billing,
       s.basis,
       s.provisional,
       s.comparable,
       s.unpriced,
       s.quantity,
       s.currency,
       s.amount,
       s.billed,
       s.estimated,
       s.amount_usd,
       s.billed_usd,
       s.tags
FROM spend s
JOIN accounts a ON a.id = s.account_id
LEFT JOIN directory p ON p.account_id = s.account_id AND p.kind = 'project' AND p.id = s.project
LEFT JOIN directory k ON k.account_id = s.account_id AND k.kind = 'api_key' AND k.id = s.api_key
LEFT JOIN directory u ON u.account_id = s.account_id AND u.kind = 'user' AND u.id = s.user_id;

-- Spend by day, provider, account, project and model: what dashboards add up.
CREATE VIEW reporting.spend_daily AS
SELECT day, time, provider, account, project, project_name, model,
       sum(amount_usd) FILTER (WHERE is_spend) AS spend_usd,
       sum(amount_usd) FILTER (WHERE is_spend AND provisional) AS provisional_usd,
       sum(billed_usd) FILTER (WHERE is_spend) AS billed_usd,
       sum(estimated) FILTER (WHERE billing = 'metered') AS estimated_usd,
       sum(amount_usd) FILTER (WHERE category = 'tax') AS tax_usd,
       sum(estimated) FILTER (WHERE billing = 'subscription') AS subscription_value_usd
FROM reporting.spend
GROUP BY day, time, provider, account, project, project_name, model;

-- Tokens and other units by day. Included use is counted by the account that bills it.
CREATE VIEW reporting.usage_daily AS
SELECT day, time, provider, account, project, project_name, model, meter, token_type, sum(quantity) AS quantity
FROM reporting.spend
WHERE billing <> 'included' AND meter IS NOT NULL AND quantity <> 0
GROUP BY day, time, provider, account, project, project_name, model, meter, token_type;

-- Bill against estimate, a day at a time, in the reporting currency. Drift counts only rows that both sides cover, on settled
-- days; what only one side covers stands beside it: charges that no use explains, and use that no charge is for.
CREATE VIEW reporting.reconciliation AS
SELECT s.day, s.time, s.provider, s.account,
       bool_or(s.provisional) AS provisional,
       sum(s.billed_usd) FILTER (WHERE s.category = 'usage') AS billed,
       sum(s.estimated) FILTER (WHERE s.billing = 'metered') AS estimated,
       sum(s.billed_usd) FILTER (WHERE s.comparable AND NOT s.provisional AND s.billed_usd IS NOT NULL)
           AS comparable_billed,
       sum(s.estimated) FILTER (WHERE s.comparable AND NOT s.provisional AND s.billed_usd IS NOT NULL)
           AS comparable_estimated,
       sum(s.billed_usd) FILTER (WHERE s.basis = 'unallocated') AS unallocated,
       sum(s.estimated) FILTER (WHERE s.billing = 'metered' AND NOT s.comparable AND NOT s.provisional)
           AS estimated_only
FROM reporting.spend s
GROUP BY s.day, s.time, s.provider, s.account;

-- Feeds of accounts that have left the configuration are nobody's worry any more.
CREATE VIEW reporting.sync_status AS
SELECT a.provider, a.name AS account, f.feed, f.last_attempt_at, f.last_success_at, f.next_attempt_at,
       f.failure_reason, f.failure_message, d.days, d.first_day, d.last_day, d.vanished
FROM feed_status f
JOIN accounts a ON a.id = f.account_id
LEFT JOIN LATERAL (
    SELECT count(*) AS days, min(day) AS first_day, max(day) AS last_day,
           count(*) FILTER (WHERE vanished_at IS NOT NULL) AS vanished
    FROM feed_days d WHERE d.account_id = f.account_id AND d.feed = f.feed
) d ON true
WHERE a.configured;

CREATE VIEW reporting.restatements AS
SELECT r.seen_at AS time, a.provider, a.name AS account, r.feed, r.day, r.was_settled, r.currency,
       r.old_amount, r.new_amount, r.new_amount - r.old_amount AS change
FROM restatements r
JOIN accounts a ON a.id = r.account_id;
