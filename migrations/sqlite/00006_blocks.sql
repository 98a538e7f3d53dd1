-- Log records in blocks: up to a thousand records of a resource, packed, in a row. The
-- rows of the old table are packed when the store opens the next time (internal/sqlite),
-- a portion in each transaction, and the table is dropped after the last.

-- +goose Up
ALTER TABLE lines RENAME TO line_rows;
DROP TABLE lines_text;
DROP INDEX lines_by_resource;
DROP INDEX lines_by_time;
DROP INDEX lines_by_uid;

-- id and first are the ids of the block's last and first record: resource * 2^36 + line. It
-- is named after its last, so that a block into which others are merged is the newest.
-- The records of a resource lie in its blocks in order of arrival. Times are unix
-- nanoseconds; of a record without a time, the smallest integer.
CREATE TABLE line_blocks (
    id       INTEGER PRIMARY KEY,
    first    INTEGER NOT NULL,
    n        INTEGER NOT NULL, -- records
    words    INTEGER NOT NULL, -- of all their texts
    size     INTEGER NOT NULL, -- bytes of their texts
    first_at INTEGER NOT NULL, -- earliest time of a record
    last_at  INTEGER NOT NULL, -- and latest
    since    INTEGER,          -- earliest since 1970, if there is one
    levels   INTEGER NOT NULL  -- bit set of the levels that occur: 1 debug, 2 info, 4 warn, 8 error, 16 another
) STRICT;
CREATE INDEX line_blocks_by_start ON line_blocks (first_at);
CREATE INDEX line_blocks_by_end ON line_blocks (last_at);
CREATE INDEX line_blocks_by_resource_start ON line_blocks (id >> 36, first_at);
CREATE INDEX line_blocks_by_resource_end ON line_blocks (id >> 36, last_at);

CREATE TABLE line_packs (
    id   INTEGER PRIMARY KEY,
    pack BLOB NOT NULL -- package internal/block
) STRICT;

-- Which names are in a block: from first to last of a stem (the first ten bytes of a name).
-- A record that comes again is looked for in the blocks whose names overlap with its own.
-- Names made of the record itself are kept under the resource, by their time.
CREATE TABLE line_names (
    stem  BLOB NOT NULL,
    last  INTEGER NOT NULL,
    block INTEGER NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (stem, last, block)
) WITHOUT ROWID, STRICT;
CREATE INDEX line_names_by_block ON line_names (block);

CREATE TABLE line_totals (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    lines INTEGER NOT NULL,
    words INTEGER NOT NULL
) STRICT;
INSERT INTO line_totals VALUES (1, 0, 0);

-- The distinct words of each block, already cut and folded as package internal/block
-- does it, and a term for each run. Where in a record they stand is found by looking.
CREATE VIRTUAL TABLE lines_text USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = 'ascii'
);
