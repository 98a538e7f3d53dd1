-- What the language model cost, one row a day (UTC). Not in the audit chain: it bounds
-- what is spent and decides nothing.

-- +goose Up
CREATE TABLE model_spend (
    day    TEXT PRIMARY KEY, -- 2026-01-31
    calls  INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    cost   REAL NOT NULL -- in the units of the configuration's prices
) STRICT;
