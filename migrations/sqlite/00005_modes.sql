-- How far people let Pipewright go alone, one row a (fault class, action pattern,
-- environment). Covered by the audit chain like the rest of the ledger.

-- +goose Up
CREATE TABLE modes (
    scope TEXT PRIMARY KEY,
    body  TEXT NOT NULL,
    rung  TEXT GENERATED ALWAYS AS (coalesce(body ->> '$.rung', '')) VIRTUAL -- empty: taken back
) STRICT;
