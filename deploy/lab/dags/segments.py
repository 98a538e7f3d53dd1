"""Counts customers by country whenever customers has loaded them: who reads what a run of it announced."""

from datetime import datetime, timedelta, timezone

from airflow.sdk import Asset, dag, task

import shopdb


@dag(
    schedule=[Asset("dim_customers")],
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0, "execution_timeout": timedelta(seconds=45), "owner": "data-platform"},
    tags=["shop", "writes:none"],
)
def segments():
    @task
    def count():
        with shopdb.warehouse() as db, db.cursor() as cur:
            cur.execute("SELECT country, count(*) FROM dim_customers GROUP BY country ORDER BY country")
            print(f"customers by country: {cur.fetchall()}")

    count()


segments()
