-- The source. Run as the superuser on the database shop, once; the tables belong to app.
\set ON_ERROR_STOP on
BEGIN;
CREATE SCHEMA shop AUTHORIZATION app;
CREATE SCHEMA pipewright AUTHORIZATION pipewright;
GRANT USAGE ON SCHEMA shop TO etl, pipewright;
GRANT USAGE ON SCHEMA pipewright TO etl;
ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA shop GRANT SELECT ON TABLES TO etl, pipewright;
ALTER DEFAULT PRIVILEGES FOR ROLE pipewright IN SCHEMA pipewright GRANT SELECT ON TABLES TO etl;

SET ROLE app;
CREATE TABLE shop.customers (
    customer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email       text NOT NULL,
    country     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE shop.orders (
    order_id    bigint NOT NULL PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    amount      numeric(12,2) NOT NULL,
    currency    text NOT NULL,
    status      text NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE SEQUENCE shop.order_ids;

-- New orders, as the shop's own application writes them. Columns go by position and amount is cast by
-- assignment, so a renamed or retyped column does not stop the shop from selling.
CREATE FUNCTION shop.take_orders(n int, since interval) RETURNS void LANGUAGE sql AS $$
    INSERT INTO shop.orders
    SELECT nextval('shop.order_ids'), 1 + floor(random() * 400)::bigint,
           round((5 + random() * 495)::numeric, 2),
           (ARRAY['EUR', 'EUR', 'EUR', 'USD', 'GBP'])[1 + floor(random() * 5)::int],
           (ARRAY['paid', 'paid', 'paid', 'shipped', 'refunded'])[1 + floor(random() * 5)::int],
           now() - since + i * (since / n)
    FROM generate_series(1, n) AS i
$$;

INSERT INTO shop.customers (email, country)
SELECT 'customer' || i || '@example.com', (ARRAY['DE', 'FR', 'NL', 'US', 'GB'])[1 + i % 5]
FROM generate_series(1, 400) AS i;
SELECT shop.take_orders(2000, '7 days');
COMMIT;
