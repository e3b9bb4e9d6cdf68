-- Exchange rates, and the rows that need them.

-- Units of a currency for one euro on a working day, as the European Central Bank publishes them.
CREATE TABLE exchange_rates (
    day date NOT NULL,
    currency char(3) NOT NULL,
    per_euro numeric NOT NULL CHECK (per_euro > 0),
    PRIMARY KEY (day, currency)
);

-- Few rows or none: finding them must not read the ledger.
CREATE INDEX spend_in_other_currencies ON spend (day) WHERE currency <> 'USD';

-- Every reading of a balance or quota. A balance is worth US dollars by the latest rate of its currency; null without one.
CREATE VIEW reporting.snapshots AS
SELECT s.taken_at AS time, a.provider, a.name AS account, s.feed, s.scope, s.kind, s.unit, s.value, s.quota_limit,
       s.resets_at,
       CASE WHEN s.kind = 'balance' THEN s.value * rate.usd END AS value_usd
FROM snapshots s
JOIN accounts a ON a.id = s.account_id AND a.configured
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
