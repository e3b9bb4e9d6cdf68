-- Several daemons on one database. Who works on a feed holds a session lock; the epoch tells its writes from those of somebody
-- who has lost that lock without knowing it yet.
CREATE TABLE feed_leases (
    account_id integer NOT NULL REFERENCES accounts,
    feed text NOT NULL,
    -- Goes up whenever the feed is taken; writes with an older one are refused.
    epoch bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    -- Where the holder's connection comes from, as the server sees it; null for one through a socket on the server itself.
    holder text,
    PRIMARY KEY (account_id, feed)
);
