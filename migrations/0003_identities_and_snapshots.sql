-- Whose an account is, as the provider knows it, and what providers say of now.

-- The provider's own ids of what an account bills. Two connections to the same one are one account.
CREATE TABLE account_identities (
    provider text NOT NULL,
    identity text NOT NULL,
    account_id integer NOT NULL REFERENCES accounts,
    PRIMARY KEY (provider, identity)
);
CREATE INDEX account_identities_by_account ON account_identities (account_id);

-- Balances and quotas, as often as they were asked for.
CREATE TABLE snapshots (
    taken_at timestamptz NOT NULL,
    account_id integer NOT NULL REFERENCES accounts,
    feed text NOT NULL,
    -- A key's label or the like; empty for the account as a whole.
    scope text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('balance', 'quota')),
    -- A currency code, or what is counted.
    unit text NOT NULL,
    -- What is left of a balance, what is used of a quota.
    value numeric NOT NULL,
    quota_limit numeric,
    resets_at timestamptz,
    PRIMARY KEY (account_id, feed, scope, kind, unit, taken_at)
);

-- The latest reading of each, and those before it.
CREATE VIEW reporting.snapshots AS
SELECT s.taken_at AS time, a.provider, a.name AS account, s.feed, s.scope, s.kind, s.unit, s.value, s.quota_limit,
       s.resets_at, a.configured,
       s.taken_at = max(s.taken_at) OVER (PARTITION BY s.account_id, s.feed) AS latest
FROM snapshots s
JOIN accounts a ON a.id = s.account_id;
