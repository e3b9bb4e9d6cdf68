INSERT INTO accounts (provider, name) VALUES ('claude_code', 'team');

-- Three calls of two conversations, the last of them just now.
INSERT INTO calls (at, account_id, key, billing, session, project, model, prompt_tokens,
    input, cache_read, cache_write, cache_write_1h, output, requests)
SELECT now() - n * INTERVAL '1 hour', a.id, 'msg_' || n, 'subscription', 's-' || n / 2, '/home/ada/shop', model, 100,
       input, cache_read, cache_write, cache_write_1h, output, 1
FROM accounts a,
     (VALUES (0, 'opus', 25, 50, 20, 5, 10), (1, 'opus', 50, 50, 0, 0, 10), (2, 'haiku', 20, 80, 0, 0, 10))
         AS call (n, model, input, cache_read, cache_write, cache_write_1h, output)
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
