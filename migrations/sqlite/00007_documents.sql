-- What is searched: documents, the meanings that they share, and vectors. A template of
-- log records in an hour is one document; a meaning is embedded once however many
-- documents have it.

-- +goose Up
CREATE TABLE templates (
    id         TEXT PRIMARY KEY,
    joined     TEXT NOT NULL,    -- the template that it turned out to be an instance of; empty: none
    text       TEXT NOT NULL,    -- variables as <*>
    meaning    TEXT NOT NULL,    -- one of its records
    terms      TEXT NOT NULL,
    level      TEXT NOT NULL,
    count      INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    examples   TEXT NOT NULL,    -- JSON
    samples    TEXT NOT NULL     -- JSON: by variable, words seen there
) WITHOUT ROWID, STRICT;

-- The miner's state, piece by piece: all of them, in order, are the whole.
CREATE TABLE mined (
    n    INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE meanings (
    id    INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    kind  TEXT NOT NULL,
    hash  BLOB NOT NULL, -- 16 bytes of SHA-256 over kind and text
    text  TEXT NOT NULL,
    terms TEXT NOT NULL,
    UNIQUE (hash)
) STRICT;

-- The words of a meaning, cut and stemmed by retrieval: found again the same on any store.
CREATE VIRTUAL TABLE meanings_text USING fts5 (
    terms,
    content = '',
    contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 0"
);

CREATE TABLE documents (
    name       TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    resource   INTEGER NOT NULL, -- 0: of none
    run        TEXT NOT NULL,
    at         INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    level      TEXT NOT NULL,
    meaning    INTEGER NOT NULL,
    template   TEXT NOT NULL,    -- empty: not of log records
    count      INTEGER NOT NULL,
    source     TEXT NOT NULL,    -- what it cites; empty: its resource
    first_line INTEGER NOT NULL,
    last_line  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX documents_by_meaning ON documents (meaning, at);
CREATE INDEX documents_by_resource ON documents (resource, at);
CREATE INDEX documents_by_time ON documents (at);
CREATE INDEX documents_by_template ON documents (template, resource, at) WHERE template <> '';

CREATE TABLE spaces (
    id         INTEGER PRIMARY KEY,
    model      TEXT NOT NULL UNIQUE, -- name and version
    dimensions INTEGER NOT NULL,
    ready      INTEGER NOT NULL
) STRICT;

CREATE TABLE vectors (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    space   INTEGER NOT NULL,
    meaning INTEGER NOT NULL,
    body    BLOB NOT NULL, -- float32, little-endian
    UNIQUE (space, meaning)
) STRICT;
CREATE INDEX vectors_by_meaning ON vectors (meaning);
