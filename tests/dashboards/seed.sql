INSERT INTO accounts (provider, name) VALUES ('openai', 'acme'), ('anthropic', 'acme');
INSERT INTO directory (account_id, kind, id, name, seen_at) VALUES (1, 'project', 'proj_a', 'checkout', now());

-- Use of every day since two months ago: settled ones billed, the last two provisional.
INSERT INTO spend (day, account_id, seq, project, model_raw, model, meter, category, billing, basis, provisional, quantity,
                   currency, amount, billed, estimated, comparable, unpriced, amount_usd, billed_usd)
SELECT d::date, account_id, seq, project, model, model, 'input', 'usage', 'metered', 'billed',
       d::date > today - 2, 1000, 'USD', amount, amount, amount * 1.01, true, false, amount, amount
FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today) t,
     (VALUES (1, 1, 'proj_a', 'gpt-5', 10.25), (1, 2, 'proj_b', 'gpt-5-mini', 3.125), (2, 1, 'wrkspc_a', 'claude-sonnet', 7.0625))
         AS use (account_id, seq, project, model, amount),
     generate_series(date_trunc('month', today::timestamp) - INTERVAL '2 months', today::timestamp, INTERVAL '1 day') AS d;

-- A credit, a fee without project and model, and tax, which is no spend.
INSERT INTO spend (day, account_id, seq, category, billing, basis, provisional, quantity, currency, amount, billed,
                   comparable, unpriced, amount_usd, billed_usd)
SELECT today - 3, account_id, seq, category, 'metered', 'billed', false, 0, 'USD', amount, amount, false, false, amount, amount
FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today) t,
     (VALUES (1, 10, 'credit', -2.5), (1, 11, 'fee', 20), (1, 12, 'tax', 9.99)) AS other (account_id, seq, category, amount);

-- Use that has no price.
INSERT INTO spend (day, account_id, seq, project, model_raw, meter, category, billing, basis, provisional, quantity, currency,
                   amount, billed, comparable, unpriced, amount_usd, billed_usd)
SELECT (now() AT TIME ZONE 'UTC')::date - n, 2, 20, 'wrkspc_a', 'brand-new', 'output', 'usage', 'metered', 'none', false, 5000,
       'USD', 0, 0, false, true, 0, 0
FROM generate_series(0, 4) AS n;

INSERT INTO feed_status (account_id, feed, last_attempt_at, last_success_at, next_attempt_at, failure_reason, failure_message)
VALUES (1, 'costs', now(), now(), now() + INTERVAL '1 hour', NULL, NULL),
       (1, 'usage.completions', now(), now() - INTERVAL '3 hours', now(), 'rate_limited', 'rate limited'),
       (2, 'costs', now(), NULL, now(), NULL, NULL);
INSERT INTO feed_days (account_id, feed, day, grain, fetched_at, settled, rows, amount, checksum)
SELECT 1, 'costs', (now() AT TIME ZONE 'UTC')::date - n, 'day', now(), n > 1, 2, 13, 'x' FROM generate_series(0, 29) AS n;
INSERT INTO restatements (account_id, feed, day, seen_at, was_settled, currency, old_amount, new_amount)
VALUES (1, 'costs', (now() AT TIME ZONE 'UTC')::date - 5, now() - INTERVAL '1 day', true, 'USD', 12, 13.375);

-- A balance that falls, and an allowance that fills.
INSERT INTO snapshots (taken_at, account_id, feed, scope, kind, unit, value, quota_limit, resets_at)
SELECT now() - n * INTERVAL '1 hour', 1, 'balance', '', 'balance', 'USD', 20 + n, NULL::numeric, NULL::timestamptz
FROM generate_series(0, 30) AS n
UNION ALL
SELECT now() - n * INTERVAL '1 hour', 2, 'limits', 'shop', 'quota', 'requests', 500 - n, 1000, now() + INTERVAL '1 day'
FROM generate_series(0, 30) AS n;
