-- Which words the records of a block hold, without their texts: what is counted and ranked
-- by words is read here, and texts are unpacked for what is shown. Blocks of before are
-- outlined when the store opens the next time (internal/sqlite), a portion in each transaction.

-- +goose Up
CREATE TABLE line_outlines (
    id   INTEGER PRIMARY KEY,
    body BLOB NOT NULL -- package internal/block; empty: too little is the same in the records
) STRICT;

ALTER TABLE line_totals ADD COLUMN writes INTEGER NOT NULL DEFAULT 0; -- how often blocks changed
-- Blocks up to this one are outlined, and all that were written since; the largest integer: all are.
ALTER TABLE line_totals ADD COLUMN outlined INTEGER NOT NULL DEFAULT 9223372036854775807;
UPDATE line_totals SET outlined = 0 WHERE EXISTS (SELECT 1 FROM line_blocks);

-- Which meanings have a document that fits is asked of an index alone.
DROP INDEX documents_by_resource;
CREATE INDEX documents_by_resource ON documents (resource, meaning, level, at);
DROP INDEX documents_by_meaning;
CREATE INDEX documents_by_meaning ON documents (meaning, at, until, level);
