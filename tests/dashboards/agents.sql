INSERT INTO accounts (provider, name) VALUES ('claude_code', 'team');

-- Three calls of two conversations, the last of them just now.
INSERT INTO calls (at, account_id, key, billing, session, project, model, prompt_tokens, meters)
SELECT now() - n * INTERVAL '1 hour', a.id, 'msg_' || n, 'subscription', 's-' || n / 2, '/home/ada/shop', model, 100, meters::jsonb
FROM accounts a,
     (VALUES (0, 'opus', '{"input": 25, "cache_read": 50, "cache_write": 20, "cache_write_1h": 5, "output": 10, "requests": 1}'),
             (1, 'opus', '{"input": 50, "cache_read": 50, "output": 10}'),
             (2, 'haiku', '{"input": 20, "cache_read": 80, "output": 10}')) AS call (n, model, meters)
WHERE a.provider = 'claude_code';

-- A session that is two hours old, and one that is over.
INSERT INTO sessions (account_id, start_at, first_at, last_at, calls, tokens, cost_usd)
SELECT a.id, now() - age, now() - age, now() - age + INTERVAL '1 hour', 2, 1200, 1.5
FROM accounts a, unnest(ARRAY[INTERVAL '2 hours', INTERVAL '20 hours']) AS age
WHERE a.provider = 'claude_code';

-- Use that a plan covers, and the plan's fee.
INSERT INTO spend (day, account_id, seq, project, model_raw, model, meter, category, billing, basis, provisional, quantity,
                   currency, amount, billed, estimated, comparable, unpriced, amount_usd, billed_usd)
SELECT (now() AT TIME ZONE 'UTC')::date, a.id, seq, project, model, model, meter, category, 'subscription', basis, true, quantity,
       'USD', amount, 0, estimated, false, false, amount, 0
FROM accounts a,
     (VALUES (1, '/home/ada/shop', 'opus', 'input', 'usage', 'estimated', 95, 0, 50),
             (2, NULL, NULL, NULL, 'fee', 'fee', 0, 20, NULL))
         AS part (seq, project, model, meter, category, basis, quantity, amount, estimated)
WHERE a.provider = 'claude_code';
