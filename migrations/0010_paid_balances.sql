-- The part of a balance that was paid for: what falls of it is spend, while granted credit that is used or expires is none.
ALTER TABLE snapshots
    DROP CONSTRAINT snapshots_kind_check,
    ADD CONSTRAINT snapshots_kind_check CHECK (kind IN ('balance', 'quota', 'paid'));
