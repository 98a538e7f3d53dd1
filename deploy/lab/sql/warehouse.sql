-- The target. Run as the superuser on the database warehouse, once; the ETL role owns nothing.
\set ON_ERROR_STOP on
BEGIN;
CREATE SCHEMA warehouse AUTHORIZATION app;
GRANT USAGE ON SCHEMA warehouse TO etl, pipewright;

SET ROLE app;
CREATE TABLE warehouse.stage_orders (
    run_id      text NOT NULL,
    order_id    bigint NOT NULL,
    customer_id bigint NOT NULL,
    amount_eur  numeric(12,2) NOT NULL,
    ordered_at  timestamptz NOT NULL
);
CREATE TABLE warehouse.fact_orders (
    order_id    bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    amount_eur  numeric(12,2) NOT NULL,
    ordered_at  timestamptz NOT NULL,
    loaded_at   timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE warehouse.dim_customers (
    customer_id bigint PRIMARY KEY,
    email       text NOT NULL,
    country     text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA warehouse TO etl;
GRANT SELECT ON ALL TABLES IN SCHEMA warehouse TO pipewright;
COMMIT;
