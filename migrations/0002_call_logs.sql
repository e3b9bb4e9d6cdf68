-- Logs of single calls on this machine: how far each file is read, what the programs say of themselves, and five-hour sessions.

-- Decides which of several lines of a call holds, in whatever order they are read: the most output, then the later line, then
-- the larger digest. Calls from before this migration give way to the first line that is as good.
ALTER TABLE call_keys
    ADD COLUMN line_at timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN digest bigint NOT NULL DEFAULT 0;

-- Written in the transaction that writes the calls, so that no line is lost or read twice.
CREATE TABLE log_positions (
    account_id integer NOT NULL REFERENCES accounts,
    path text NOT NULL,
    device bigint NOT NULL,
    inode bigint NOT NULL,
    size bigint NOT NULL,
    modified_at timestamptz NOT NULL,
    -- Everything before this byte is read; it is the first of a line.
    read_to bigint NOT NULL,
    -- Digest of the first and the last bytes that were read: other content under the same name has another.
    fingerprint bigint NOT NULL,
    -- What earlier lines of the file mean for later ones.
    state jsonb NOT NULL,
    PRIMARY KEY (account_id, path)
);

-- What a program reckons its own session to have come to; a cross-check, never spend.
CREATE TABLE session_claims (
    account_id integer NOT NULL REFERENCES accounts,
    session text NOT NULL,
    cost_usd numeric NOT NULL,
    tokens bigint NOT NULL,
    PRIMARY KEY (account_id, session)
);

-- Five-hour windows in which a subscription counts tokens, as far as local logs show them; derived from `calls`.
CREATE TABLE sessions (
    account_id integer NOT NULL REFERENCES accounts,
    start_at timestamptz NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    calls bigint NOT NULL,
    tokens bigint NOT NULL,
    cost_usd numeric NOT NULL,
    PRIMARY KEY (account_id, start_at)
);

-- Times from which sessions have to be built again; only added to, by the transaction that changes calls.
CREATE TABLE sessions_dirty (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX sessions_dirty_by_account ON sessions_dirty (account_id);

-- A session is open as long as its end has not come. Cost is at list prices; burn rates are null where all calls fell at once.
CREATE VIEW reporting.sessions AS
SELECT s.start_at AS time, s.start_at, s.start_at + interval '5 hours' AS end_at, s.first_at, s.last_at,
       a.provider, a.name AS account, s.calls, s.tokens, s.cost_usd,
       s.tokens / nullif(extract(epoch FROM s.last_at - s.first_at) / 60, 0) AS tokens_per_minute,
       s.cost_usd / nullif(extract(epoch FROM s.last_at - s.first_at) / 3600, 0) AS cost_usd_per_hour
FROM sessions s
JOIN accounts a ON a.id = s.account_id;

-- What the program says of a session beside what its lines hold. Calls beside the conversation are only in the first.
CREATE VIEW reporting.session_claims AS
SELECT a.provider, a.name AS account, p.session, c.first_at AS time, p.cost_usd AS claimed_usd, p.tokens AS claimed_tokens,
       c.tokens, p.tokens - c.tokens AS missing_tokens
FROM session_claims p
JOIN accounts a ON a.id = p.account_id
JOIN (
    SELECT account_id, session, min(at) AS first_at,
           sum((
               SELECT sum(units::numeric) FROM jsonb_each_text(meters) AS counted (meter, units)
               WHERE meter IN ('input', 'cache_read', 'cache_write', 'cache_write_1h', 'output')
           )) AS tokens
    FROM calls
    WHERE session IS NOT NULL
    GROUP BY account_id, session
) c ON c.account_id = p.account_id AND c.session = p.session;
