-- Many calls at once. A first reading of logs brings them by the hundred thousand, and most of its time went into indexes.

-- Keys are compared byte by byte: nobody sorts them for people.
ALTER TABLE call_keys ALTER COLUMN key TYPE text COLLATE "C";
-- A look at the account for every single key costs more than the key; accounts are never deleted.
ALTER TABLE call_keys DROP CONSTRAINT call_keys_account_id_fkey;

-- One index instead of two: `call_keys` knows when each call was, so that a call is found by its time, too.
DO $$
BEGIN
    ALTER TABLE calls DROP CONSTRAINT calls_pkey;
    ALTER TABLE calls ALTER COLUMN key TYPE text COLLATE "C";
    ALTER TABLE calls ADD PRIMARY KEY (account_id, at, key);
    DROP INDEX calls_by_time;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'a compressed table keeps its indexes: storing many calls takes longer';
END
$$;

-- A session is open as long as its end has not come; what it comes to by then is reckoned at its present rate.
CREATE OR REPLACE VIEW reporting.sessions AS
SELECT s.start_at AS time, s.start_at, s.start_at + interval '5 hours' AS end_at, s.first_at, s.last_at,
       a.provider, a.name AS account, s.calls, s.tokens, s.cost_usd,
       r.tokens_per_minute, r.cost_usd_per_hour, o.is_open,
       CASE WHEN o.is_open THEN s.tokens + r.tokens_per_minute * o.hours_left * 60 END AS projected_tokens,
       CASE WHEN o.is_open THEN s.cost_usd + r.cost_usd_per_hour * o.hours_left END AS projected_cost_usd
FROM sessions s
JOIN accounts a ON a.id = s.account_id
CROSS JOIN LATERAL (
    SELECT s.tokens / nullif(extract(epoch FROM s.last_at - s.first_at) / 60, 0) AS tokens_per_minute,
           s.cost_usd / nullif(extract(epoch FROM s.last_at - s.first_at) / 3600, 0) AS cost_usd_per_hour
) r
CROSS JOIN LATERAL (
    SELECT s.start_at <= now() AND now() < s.start_at + interval '5 hours' AND now() - s.last_at < interval '5 hours'
               AS is_open,
           trunc(extract(epoch FROM s.start_at + interval '5 hours' - now())) / 3600 AS hours_left
) o;

-- Single calls, as logs and applications tell them; tokens are disjoint, and output includes reasoning.
CREATE VIEW reporting.logged_calls AS
SELECT c.at AS time, a.provider, a.name AS account, coalesce(c.session, '') AS session, coalesce(c.project, '') AS project,
       coalesce(c.model, '') AS model, m.input, m.cache_read, m.cache_write, m.output,
       m.input + m.cache_read + m.cache_write + m.output AS tokens
FROM calls c
JOIN accounts a ON a.id = c.account_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(units::numeric) FILTER (WHERE meter IN ('input', 'input_audio', 'input_image')), 0) AS input,
           coalesce(sum(units::numeric) FILTER (WHERE meter IN ('cache_read', 'cache_read_audio', 'cache_read_image')), 0)
               AS cache_read,
           coalesce(sum(units::numeric) FILTER (WHERE meter IN ('cache_write', 'cache_write_1h', 'cache_write_12h')), 0)
               AS cache_write,
           coalesce(sum(units::numeric) FILTER (WHERE meter IN ('output', 'output_audio', 'output_image')), 0) AS output
    FROM jsonb_each_text(c.meters) AS counted (meter, units)
) m;

-- What plans cost by UTC month, and what the use that they cover would have cost at list prices.
CREATE VIEW reporting.subscriptions AS
SELECT date_trunc('month', day)::date AS month, provider, account,
       coalesce(sum(estimated) FILTER (WHERE billing = 'subscription'), 0) AS value_usd,
       coalesce(sum(amount_usd) FILTER (WHERE category = 'fee'), 0) AS fee_usd
FROM reporting.spend
WHERE billing = 'subscription' OR category = 'fee'
GROUP BY date_trunc('month', day)::date, provider, account;
