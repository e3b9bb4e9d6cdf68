-- Accounts that people import files or balances into.

-- True once something was imported: the account belongs to the ledger whatever the configuration says. Its charges are facts of
-- the feed `import`, or `import.<source>` where several files add up on the same days.
ALTER TABLE accounts ADD COLUMN imported boolean NOT NULL DEFAULT false;

-- As before, and balances that a person told of an account without a connection.
CREATE OR REPLACE VIEW reporting.snapshots AS
SELECT s.taken_at AS time, a.provider, a.name AS account, s.feed, s.scope, s.kind, s.unit, s.value, s.quota_limit,
       s.resets_at,
       CASE WHEN s.kind = 'balance' THEN s.value * rate.usd END AS value_usd
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
