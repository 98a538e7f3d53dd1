-- Puts shop.orders back as sql/shop.sql made it, whatever was renamed or retyped: a column keeps its number.
-- Run as the superuser on the database shop; does nothing when all is well.
\set ON_ERROR_STOP on
SET lock_timeout = '5s';

SELECT format('DROP VIEW pipewright.%I CASCADE', viewname) FROM pg_views WHERE schemaname = 'pipewright'
\gexec

CREATE TEMP TABLE healthy (attnum int, attname name, type text);
INSERT INTO healthy VALUES
    (1, 'order_id', 'bigint'), (2, 'customer_id', 'bigint'), (3, 'amount', 'numeric(12,2)'),
    (4, 'currency', 'text'), (5, 'status', 'text'), (6, 'created_at', 'timestamp with time zone');

SELECT format('ALTER TABLE shop.orders RENAME COLUMN %I TO %I', a.attname, h.attname)
FROM pg_attribute a JOIN healthy h USING (attnum)
WHERE a.attrelid = 'shop.orders'::regclass AND a.attname <> h.attname
\gexec

SELECT format('ALTER TABLE shop.orders ALTER COLUMN %I TYPE %s USING %1$I::%2$s', h.attname, h.type)
FROM pg_attribute a JOIN healthy h USING (attnum)
WHERE a.attrelid = 'shop.orders'::regclass AND format_type(a.atttypid, a.atttypmod) <> h.type
\gexec
