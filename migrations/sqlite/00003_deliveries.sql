-- Due work of the surfaces: messages on their way out, clicks on their way in.
-- Not in the audit chain: what a click asks for is a request, and that is.

-- +goose Up
CREATE TABLE deliveries (
    n       INTEGER PRIMARY KEY,
    queue   TEXT NOT NULL,
    key     TEXT NOT NULL,
    lane    TEXT NOT NULL,
    version INTEGER NOT NULL,
    body    BLOB NOT NULL,
    state   TEXT NOT NULL,
    made    INTEGER NOT NULL, -- unix nanoseconds, like due and leased
    due     INTEGER NOT NULL,
    leased  INTEGER NOT NULL, -- until when somebody is at it
    tries   INTEGER NOT NULL,
    ref     TEXT NOT NULL,
    note    TEXT NOT NULL,
    UNIQUE (queue, key)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (queue, due) WHERE state = 'due';
CREATE INDEX deliveries_lane ON deliveries (queue, lane, n) WHERE state = 'due';
CREATE INDEX deliveries_by_ref ON deliveries (queue, ref) WHERE ref <> '';

CREATE UNIQUE INDEX requests_by_key ON requests (body ->> '$.key');
