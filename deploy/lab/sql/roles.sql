-- Roles and databases. Run as the superuser on the database postgres; safe to run again.
-- Passwords come from files under $LAB_DIR, so they never show in a command line.
\set ON_ERROR_STOP on
\set airflow_password `cat "$LAB_DIR/airflow-db.password"`
\set app_password `cat "$LAB_DIR/app.password"`
\set etl_password `cat "$LAB_DIR/etl.password"`
\set reports_password `cat "$LAB_DIR/reports.password"`
\set pipewright_password `cat "$LAB_DIR/pipewright.password"`
\set store_password `cat "$LAB_DIR/store.password"`

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['airflow', 'app', 'etl', 'reports', 'pipewright', 'store']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE airflow PASSWORD :'airflow_password';
ALTER ROLE app PASSWORD :'app_password';
ALTER ROLE etl PASSWORD :'etl_password';
-- Two sessions at once, so that more tasks than that overload it for real.
ALTER ROLE reports PASSWORD :'reports_password' CONNECTION LIMIT 2;
ALTER ROLE pipewright PASSWORD :'pipewright_password';
-- Pipewright's own store, in tests: each makes a database and drops it again.
ALTER ROLE store CREATEDB PASSWORD :'store_password';

-- Pipewright sees every session and may cancel or end those of ordinary roles.
GRANT pg_read_all_stats, pg_signal_backend TO pipewright;

SELECT format('CREATE DATABASE %I OWNER %I', db, owner)
FROM (VALUES ('airflow', 'airflow'), ('shop', 'app'), ('warehouse', 'app')) AS wanted (db, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = db)
\gexec

-- The pipeline reads unqualified names. The schema pipewright is empty while all is well; a compatibility
-- view put there is found before the table of the same name in shop, and dropping it undoes the remap.
ALTER ROLE etl IN DATABASE shop SET search_path = pipewright, shop;
ALTER ROLE etl IN DATABASE warehouse SET search_path = warehouse;
ALTER ROLE etl SET lock_timeout = '8s';
ALTER ROLE etl SET statement_timeout = '30s';
