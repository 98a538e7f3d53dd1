-- Telemetry: what intake saw. Resources and series are numbered once and
-- referred to by number. Every time is unix nanoseconds, UTC; a time that is
-- not known is the smallest integer.

-- +goose Up
CREATE TABLE resources (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    observed   INTEGER NOT NULL DEFAULT 0, -- 0: only an edge names it so far
    labels     TEXT NOT NULL DEFAULT '{}',
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL
) STRICT;

CREATE TABLE edges (
    up   INTEGER NOT NULL REFERENCES resources (id),
    down INTEGER NOT NULL REFERENCES resources (id),
    PRIMARY KEY (up, down)
) WITHOUT ROWID, STRICT;

CREATE TABLE cursors (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- id is resource * 2^36 + line, so a resource's lines lie together in order of arrival.
CREATE TABLE lines (
    id       INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    level    TEXT NOT NULL,
    run      TEXT NOT NULL,
    uid      BLOB NOT NULL, -- 16 bytes of SHA-256 over the resource and the source's own name for the line
    text     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX lines_by_uid ON lines (uid);
CREATE INDEX lines_by_resource ON lines (resource, at);
CREATE INDEX lines_by_time ON lines (at);

-- "_" separates words like every other mark: a word with marks in it, such as
-- orders_etl or jr_12ab, is searched as a phrase of its parts, so that both
-- the whole and each part are found.
CREATE VIRTUAL TABLE lines_text USING fts5 (
    text,
    content = 'lines',
    content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2"
);

CREATE TABLE series (
    id       INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL REFERENCES resources (id),
    metric   TEXT NOT NULL,
    UNIQUE (resource, metric)
) STRICT;

CREATE TABLE points (
    series INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    value  REAL NOT NULL,
    PRIMARY KEY (series, at)
) WITHOUT ROWID, STRICT;

CREATE TABLE runs (
    resource INTEGER NOT NULL,
    run      TEXT NOT NULL,
    attempt  INTEGER NOT NULL,
    state    TEXT NOT NULL,
    started  INTEGER NOT NULL,
    ended    INTEGER NOT NULL,
    error    TEXT NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (resource, run, attempt)
) WITHOUT ROWID, STRICT;
CREATE INDEX runs_by_resource ON runs (resource, started);
CREATE INDEX runs_by_time ON runs (started);

CREATE TABLE changes (
    id          TEXT PRIMARY KEY,
    resource    INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    summary     TEXT NOT NULL,
    was         TEXT NOT NULL,
    became      TEXT NOT NULL,
    who         TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_resource ON changes (resource, at);
CREATE INDEX changes_by_time ON changes (at);

CREATE TABLE schemas (
    resource INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    columns  TEXT NOT NULL,
    PRIMARY KEY (resource, at)
) WITHOUT ROWID, STRICT;

CREATE TABLE settings (
    resource INTEGER NOT NULL,
    key      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    value    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    who      TEXT NOT NULL,
    PRIMARY KEY (resource, key, at)
) WITHOUT ROWID, STRICT;
