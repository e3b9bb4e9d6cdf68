-- What nearly every call counts gets columns: a third less to store, and sums that take no JSON apart.
ALTER TABLE calls
    ADD COLUMN input bigint NOT NULL DEFAULT 0,
    ADD COLUMN cache_read bigint NOT NULL DEFAULT 0,
    ADD COLUMN cache_write bigint NOT NULL DEFAULT 0,
    ADD COLUMN cache_write_1h bigint NOT NULL DEFAULT 0,
    ADD COLUMN output bigint NOT NULL DEFAULT 0,
    ADD COLUMN requests bigint NOT NULL DEFAULT 0;

-- A compressed table changes so many rows at once only where it is allowed to; other servers keep the setting unread.
SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0;

-- From now on `meters` holds what has no column.
ALTER TABLE calls ALTER COLUMN meters SET DEFAULT '{}';
UPDATE calls
SET input = least(coalesce((meters ->> 'input')::numeric, 0), 9223372036854775807)::bigint,
    cache_read = least(coalesce((meters ->> 'cache_read')::numeric, 0), 9223372036854775807)::bigint,
    cache_write = least(coalesce((meters ->> 'cache_write')::numeric, 0), 9223372036854775807)::bigint,
    cache_write_1h = least(coalesce((meters ->> 'cache_write_1h')::numeric, 0), 9223372036854775807)::bigint,
    output = least(coalesce((meters ->> 'output')::numeric, 0), 9223372036854775807)::bigint,
    requests = least(coalesce((meters ->> 'requests')::numeric, 0), 9223372036854775807)::bigint,
    meters = meters - ARRAY['input', 'cache_read', 'cache_write', 'cache_write_1h', 'output', 'requests'];

-- Single calls, as logs and applications tell them; tokens are disjoint, and output includes reasoning.
CREATE OR REPLACE VIEW reporting.logged_calls AS
SELECT c.at AS time, a.provider, a.name AS account, coalesce(c.session, '') AS session, coalesce(c.project, '') AS project,
       coalesce(c.model, '') AS model, m.input, m.cache_read, m.cache_write, m.output,
       m.input + m.cache_read + m.cache_write + m.output AS tokens
FROM calls c
JOIN accounts a ON a.id = c.account_id
CROSS JOIN LATERAL (
    SELECT c.input + coalesce((c.meters ->> 'input_audio')::numeric, 0)
               + coalesce((c.meters ->> 'input_image')::numeric, 0) AS input,
           c.cache_read + coalesce((c.meters ->> 'cache_read_audio')::numeric, 0)
               + coalesce((c.meters ->> 'cache_read_image')::numeric, 0) AS cache_read,
           c.cache_write + coalesce((c.meters ->> 'cache_write_12h')::numeric, 0) + c.cache_write_1h AS cache_write,
           c.output + coalesce((c.meters ->> 'output_audio')::numeric, 0)
               + coalesce((c.meters ->> 'output_image')::numeric, 0) AS output
) m;

-- What the program says of a session beside what its lines hold. Calls beside the conversation are only in the first.
CREATE OR REPLACE VIEW reporting.session_claims AS
SELECT a.provider, a.name AS account, p.session, c.first_at AS time, p.cost_usd AS claimed_usd, p.tokens AS claimed_tokens,
       c.tokens, p.tokens - c.tokens AS missing_tokens
FROM session_claims p
JOIN accounts a ON a.id = p.account_id
JOIN (
    SELECT account_id, session, min(at) AS first_at,
           sum(input) + sum(cache_read) + sum(cache_write) + sum(cache_write_1h) + sum(output) AS tokens
    FROM calls
    WHERE session IS NOT NULL
    GROUP BY account_id, session
) c ON c.account_id = p.account_id AND c.session = p.session;
