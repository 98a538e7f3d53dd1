"""shop.customers to warehouse.dim_customers: the neighbour that stays healthy whatever `lab break` does."""

import os
from datetime import datetime, timedelta, timezone

from airflow.sdk import Asset, dag, task

import shopdb


@dag(
    schedule=os.environ.get("LAB_CUSTOMERS_SCHEDULE", "*/3 * * * *"),
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0, "execution_timeout": timedelta(seconds=45), "owner": "data-platform"},
    tags=["shop"],
)
def customers():
    @task
    def extract():
        with shopdb.replica() as db, db.cursor() as cur:
            cur.execute("SELECT customer_id, email, country FROM customers ORDER BY customer_id")
            rows = cur.fetchall()
        print(f"extracted {len(rows)} customers")
        return rows

    @task(outlets=[Asset("dim_customers")])
    def load(rows):
        with shopdb.warehouse() as db, db.cursor() as cur:
            cur.executemany(
                "INSERT INTO dim_customers VALUES (%s, %s, %s) ON CONFLICT (customer_id)"
                " DO UPDATE SET email = excluded.email, country = excluded.country",
                [tuple(row) for row in rows],
            )
        print(f"loaded {len(rows)} customers")

    load(extract())


customers()
