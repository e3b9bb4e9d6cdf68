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
