-- A currency that sums are told in. The ledger stays in US dollars: another choice is another set of rates, and no day is built again.

CREATE TABLE reporting_currency (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    currency char(3) NOT NULL
);
INSERT INTO reporting_currency (currency) VALUES ('USD');

-- Units of that currency for one US dollar, for every UTC day of the ledger and some days to come; none for the dollar itself.
-- Both tables are written together by the daemon that leads.
CREATE TABLE reporting_rates (
    day date PRIMARY KEY,
    per_usd numeric NOT NULL CHECK (per_usd > 0)
);

CREATE VIEW reporting.rates AS
SELECT day, day::timestamp AT TIME ZONE 'UTC' AS time, (SELECT currency FROM reporting_currency) AS currency, per_usd
FROM reporting_rates;

-- What is billed in the reporting currency is taken as it is, to the last digit. The rest goes by way of its dollars and the rate of
-- its day; 12 digits after the point keep sums within what a decimal of 28 digits holds. Null while a rate is not known.
CREATE OR REPLACE VIEW reporting.spend AS
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
       s.tags,
       (SELECT currency FROM reporting_currency) AS reporting_currency,
       CASE
           WHEN (SELECT currency = 'USD' FROM reporting_currency) THEN s.amount_usd
           WHEN s.currency = (SELECT currency FROM reporting_currency) THEN s.amount
           ELSE round(s.amount_usd * r.per_usd, 12)
       END AS amount_reported,
       CASE
           WHEN (SELECT currency = 'USD' FROM reporting_currency) THEN s.billed_usd
           WHEN s.currency = (SELECT currency FROM reporting_currency) THEN s.billed
           ELSE round(s.billed_usd * r.per_usd, 12)
       END AS billed_reported,
       CASE
           WHEN (SELECT currency = 'USD' FROM reporting_currency) THEN s.estimated
           ELSE round(s.estimated * r.per_usd, 12)
       END AS estimated_reported
FROM spend s
JOIN accounts a ON a.id = s.account_id
LEFT JOIN directory p ON p.account_id = s.account_id AND p.kind = 'project' AND p.id = s.project
LEFT JOIN directory k ON k.account_id = s.account_id AND k.kind = 'api_key' AND k.id = s.api_key
LEFT JOIN directory u ON u.account_id = s.account_id AND u.kind = 'user' AND u.id = s.user_id
LEFT JOIN reporting_rates r ON r.day = s.day;

CREATE OR REPLACE VIEW reporting.spend_daily AS
SELECT day, time, provider, account, project, project_name, model,
       sum(amount_usd) FILTER (WHERE is_spend) AS spend_usd,
       sum(amount_usd) FILTER (WHERE is_spend AND provisional) AS provisional_usd,
       sum(billed_usd) FILTER (WHERE is_spend) AS billed_usd,
       sum(estimated) FILTER (WHERE billing = 'metered') AS estimated_usd,
       sum(amount_usd) FILTER (WHERE category = 'tax') AS tax_usd,
       sum(estimated) FILTER (WHERE billing = 'subscription') AS subscription_value_usd,
       (SELECT currency FROM reporting_currency) AS currency,
       sum(amount_reported) FILTER (WHERE is_spend) AS spend,
       sum(amount_reported) FILTER (WHERE is_spend AND provisional) AS provisional,
       sum(billed_reported) FILTER (WHERE is_spend) AS billed,
       sum(estimated_reported) FILTER (WHERE billing = 'metered') AS estimated,
       sum(amount_reported) FILTER (WHERE category = 'tax') AS tax,
       sum(estimated_reported) FILTER (WHERE billing = 'subscription') AS subscription_value
FROM reporting.spend
GROUP BY day, time, provider, account, project, project_name, model;

-- As before; its sums always were those of the reporting currency, which was the dollar.
CREATE OR REPLACE VIEW reporting.reconciliation AS
SELECT s.day, s.time, s.provider, s.account,
       bool_or(s.provisional) AS provisional,
       sum(s.billed_reported) FILTER (WHERE s.category = 'usage') AS billed,
       sum(s.estimated_reported) FILTER (WHERE s.billing = 'metered') AS estimated,
       sum(s.billed_reported) FILTER (WHERE s.comparable AND NOT s.provisional AND s.billed_usd IS NOT NULL)
           AS comparable_billed,
       sum(s.estimated_reported) FILTER (WHERE s.comparable AND NOT s.provisional AND s.billed_usd IS NOT NULL)
           AS comparable_estimated,
       sum(s.billed_reported) FILTER (WHERE s.basis = 'unallocated') AS unallocated,
       sum(s.estimated_reported) FILTER (WHERE s.billing = 'metered' AND NOT s.comparable AND NOT s.provisional)
           AS estimated_only,
       (SELECT currency FROM reporting_currency) AS currency
FROM reporting.spend s
GROUP BY s.day, s.time, s.provider, s.account;

-- What a provider changed in a third currency is shown, and counted nowhere.
CREATE OR REPLACE VIEW reporting.restatements AS
SELECT r.seen_at AS time, a.provider, a.name AS account, r.feed, r.day, r.was_settled, r.currency,
       r.old_amount, r.new_amount, r.new_amount - r.old_amount AS change,
       (SELECT currency FROM reporting_currency) AS reporting_currency,
       CASE r.currency
           WHEN (SELECT currency FROM reporting_currency) THEN r.new_amount - r.old_amount
           WHEN 'USD' THEN round((r.new_amount - r.old_amount) * rate.per_usd, 12)
       END AS change_reported
FROM restatements r
JOIN accounts a ON a.id = r.account_id
LEFT JOIN reporting_rates rate ON rate.day = r.day;

-- List prices are in dollars; a session is worth what they were worth on the day on which it began.
CREATE OR REPLACE VIEW reporting.sessions AS
SELECT s.start_at AS time, s.start_at, s.start_at + interval '5 hours' AS end_at, s.first_at, s.last_at,
       a.provider, a.name AS account, s.calls, s.tokens, s.cost_usd,
       r.tokens_per_minute, r.cost_usd_per_hour, o.is_open,
       CASE WHEN o.is_open THEN s.tokens + r.tokens_per_minute * o.hours_left * 60 END AS projected_tokens,
       CASE WHEN o.is_open THEN s.cost_usd + r.cost_usd_per_hour * o.hours_left END AS projected_cost_usd,
       (SELECT currency FROM reporting_currency) AS currency,
       CASE (SELECT currency FROM reporting_currency)
           WHEN 'USD' THEN s.cost_usd ELSE round(s.cost_usd * rate.per_usd, 12)
       END AS cost,
       CASE (SELECT currency FROM reporting_currency)
           WHEN 'USD' THEN r.cost_usd_per_hour ELSE round(r.cost_usd_per_hour * rate.per_usd, 12)
       END AS cost_per_hour,
       CASE WHEN o.is_open THEN
           CASE (SELECT currency FROM reporting_currency)
               WHEN 'USD' THEN s.cost_usd + r.cost_usd_per_hour * o.hours_left
               ELSE round((s.cost_usd + r.cost_usd_per_hour * o.hours_left) * rate.per_usd, 12)
           END
       END AS projected_cost
FROM sessions s
JOIN accounts a ON a.id = s.account_id
LEFT JOIN reporting_rates rate ON rate.day = (s.start_at AT TIME ZONE 'UTC')::date
CROSS JOIN LATERAL (
    SELECT s.tokens / nullif(extract(epoch FROM s.last_at - s.first_at) / 60, 0) AS tokens_per_minute,
           s.cost_usd / nullif(extract(epoch FROM s.last_at - s.first_at) / 3600, 0) AS cost_usd_per_hour
) r
CROSS JOIN LATERAL (
    SELECT s.start_at <= now() AND now() < s.start_at + interval '5 hours' AND now() - s.last_at < interval '5 hours'
               AS is_open,
           trunc(extract(epoch FROM s.start_at + interval '5 hours' - now())) / 3600 AS hours_left
) o;

CREATE OR REPLACE VIEW reporting.subscriptions AS
SELECT date_trunc('month', day)::date AS month, provider, account,
       coalesce(sum(estimated) FILTER (WHERE billing = 'subscription'), 0) AS value_usd,
       coalesce(sum(amount_usd) FILTER (WHERE category = 'fee'), 0) AS fee_usd,
       (SELECT currency FROM reporting_currency) AS currency,
       CASE WHEN count(estimated) FILTER (WHERE billing = 'subscription') = 0 THEN 0
            ELSE sum(estimated_reported) FILTER (WHERE billing = 'subscription')
       END AS value,
       CASE WHEN count(*) FILTER (WHERE category = 'fee') = 0 THEN 0
            ELSE sum(amount_reported) FILTER (WHERE category = 'fee')
       END AS fee
FROM reporting.spend
WHERE billing = 'subscription' OR category = 'fee'
GROUP BY date_trunc('month', day)::date, provider, account;

-- As before, and a balance in the reporting currency by the latest rates.
CREATE OR REPLACE VIEW reporting.snapshots AS
SELECT s.taken_at AS time, a.provider, a.name AS account, s.feed, s.scope, s.kind, s.unit, s.value, s.quota_limit,
       s.resets_at,
       CASE WHEN s.kind = 'balance' THEN s.value * rate.usd END AS value_usd,
       (SELECT currency FROM reporting_currency) AS reporting_currency,
       CASE WHEN s.kind = 'balance' THEN
           CASE (SELECT currency FROM reporting_currency)
               WHEN s.unit::bpchar THEN s.value
               WHEN 'USD' THEN s.value * rate.usd
               ELSE round(s.value * rate.usd * (SELECT per_usd FROM reporting_rates ORDER BY day DESC LIMIT 1), 12)
           END
       END AS value_reported
FROM snapshots s
JOIN accounts a ON a.id = s.account_id AND (a.configured OR (a.imported AND split_part(s.feed, '.', 1) = 'import'))
LEFT JOIN LATERAL (
    SELECT CASE s.unit WHEN 'USD' THEN 1 WHEN 'EUR' THEN dollar.per_euro ELSE dollar.per_euro / own.per_euro END AS usd
    FROM (VALUES (1)) AS one (row)
    LEFT JOIN LATERAL (
        SELECT per_euro FROM exchange_rates WHERE currency = 'USD' ORDER BY day DESC LIMIT 1
    ) dollar ON true
    LEFT JOIN LATERAL (
        SELECT per_euro FROM exchange_rates WHERE currency = s.unit ORDER BY day DESC LIMIT 1
    ) own ON true
) rate ON true;
