-- The ledger: what the loop did and why. Every row here is covered by a record
-- of the audit chain, by the hash of its body. Columns other than the key are
-- generated from the body, so that nothing can be changed beside it.

-- +goose Up
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE events (
    seq      INTEGER PRIMARY KEY,
    body     TEXT NOT NULL,
    incident TEXT GENERATED ALWAYS AS (body ->> '$.incident') VIRTUAL
) STRICT;
CREATE INDEX events_by_incident ON events (incident, seq);

-- The fold of the events, kept so that no reader has to replay them. Not in
-- the chain: audit verify replays the events and compares.
CREATE TABLE incidents (
    id        TEXT PRIMARY KEY,
    opened_at INTEGER NOT NULL, -- unix nanoseconds
    body      TEXT NOT NULL,
    state     TEXT GENERATED ALWAYS AS (body ->> '$.state') VIRTUAL,
    resource  TEXT GENERATED ALWAYS AS (body ->> '$.resource') VIRTUAL
) STRICT;
CREATE INDEX incidents_by_state ON incidents (state);
CREATE INDEX incidents_by_opening ON incidents (opened_at);

CREATE TABLE reservations (
    key    TEXT PRIMARY KEY,
    body   TEXT NOT NULL,
    target TEXT GENERATED ALWAYS AS (body ->> '$.action.target') VIRTUAL,
    at     INTEGER GENERATED ALWAYS AS (body ->> '$.at_ns') VIRTUAL -- unix nanoseconds
) STRICT;
CREATE INDEX reservations_by_target ON reservations (target, at);
CREATE INDEX reservations_by_time ON reservations (at);

CREATE TABLE approvals (
    id    TEXT PRIMARY KEY,
    body  TEXT NOT NULL,
    state TEXT GENERATED ALWAYS AS (body ->> '$.state') VIRTUAL
) STRICT;
CREATE INDEX approvals_by_state ON approvals (state);

CREATE TABLE requests (
    id      TEXT PRIMARY KEY,
    body    TEXT NOT NULL,
    pending INTEGER GENERATED ALWAYS AS (coalesce(body ->> '$.result', '') = '') VIRTUAL
) STRICT;
CREATE INDEX requests_pending ON requests (pending);

CREATE TABLE pauses (
    resource TEXT PRIMARY KEY, -- empty: everywhere
    body     TEXT NOT NULL,
    lifted   INTEGER GENERATED ALWAYS AS (body ->> '$.lifted' IS NOT NULL) VIRTUAL
) STRICT;

CREATE TABLE outcomes (
    n    INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE policies (
    hash TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- The chain. body holds the row's new content where the row may change later
-- (approvals, requests, pauses); rows that never change hold it themselves.
CREATE TABLE audit (
    n         INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL, -- unix nanoseconds
    kind      TEXT NOT NULL,
    ref       TEXT NOT NULL,
    body      TEXT,
    body_hash TEXT NOT NULL,
    prev      TEXT NOT NULL,
    hash      TEXT NOT NULL
) STRICT;

CREATE TABLE threads (
    asker  TEXT NOT NULL,
    thread TEXT NOT NULL,
    body   BLOB NOT NULL,
    PRIMARY KEY (asker, thread)
) WITHOUT ROWID, STRICT;
