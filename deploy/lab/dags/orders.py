"""shop.orders to warehouse.fact_orders: the pipeline that `lab break` breaks.

Table names of the source are unqualified on purpose: the role's search_path looks in the schema pipewright
first, where a compatibility view can stand in for a table whose columns have changed.
"""

import csv
import os
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from airflow.sdk import dag, get_current_context, task

import shopdb

BATCH = 5000  # rows a run; a backlog drains over several runs
EUR = {"EUR": Decimal("1"), "USD": Decimal("0.92"), "GBP": Decimal("1.17")}
LANDING = Path(os.environ.get("LAB_DIR", ".")) / "landing"


def landing_file():
    run_id = get_current_context()["run_id"]
    return LANDING / f"orders-{run_id.replace(':', '').replace('+', '_')}.csv"


@dag(
    schedule=os.environ.get("LAB_SCHEDULE", "* * * * *"),
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0, "execution_timeout": timedelta(seconds=45), "owner": "data-platform"},
    tags=["shop"],
)
def orders():
    @task
    def extract():
        """Copies the orders above the warehouse's highest order_id to a file; returns the range."""
        with shopdb.warehouse() as db, db.cursor() as cur:
            cur.execute("SELECT coalesce(max(order_id), 0) FROM fact_orders")
            low = cur.fetchone()[0]
        LANDING.mkdir(exist_ok=True)
        with shopdb.source() as db, db.cursor() as cur, landing_file().open("w") as out:
            cur.execute("SELECT coalesce(max(order_id), 0) FROM orders")
            high = min(cur.fetchone()[0], low + BATCH)
            cur.copy_expert(
                "COPY (SELECT order_id, customer_id, amount, currency, created_at FROM orders"
                f" WHERE order_id > {low} AND order_id <= {high} ORDER BY order_id) TO STDOUT WITH CSV HEADER",
                out,
            )
            rows = cur.rowcount
        print(f"extracted {rows} orders ({low}, {high}] to {landing_file().name}")
        return {"low": low, "high": high, "rows": rows}

    @task
    def validate(batch):
        """Compares the file with the source: row count, and no negative or missing amount."""
        with shopdb.source() as db, db.cursor() as cur:
            cur.execute(
                "SELECT count(*), count(*) FILTER (WHERE amount < 0), coalesce(sum(amount), 0) FROM orders"
                " WHERE order_id > %s AND order_id <= %s",
                (batch["low"], batch["high"]),
            )
            rows, negative, total = cur.fetchone()
        if negative:
            raise ValueError(f"{negative} of {rows} orders have a negative amount")
        if rows != batch["rows"]:
            raise ValueError(f"the file has {batch['rows']} orders, the source has {rows}")
        print(f"validated {rows} orders, total amount {total}")
        return batch

    @task
    def transform(batch):
        """Converts amounts to euros and stages the rows under the run's id."""
        run_id = get_current_context()["run_id"]
        with landing_file().open() as lines:
            rows = [
                (
                    run_id,
                    int(row["order_id"]),
                    int(row["customer_id"]),
                    round(Decimal(row["amount"]) * EUR[row["currency"]], 2),
                    row["created_at"],
                )
                for row in csv.DictReader(lines)
            ]
        with shopdb.warehouse() as db, db.cursor() as cur:
            cur.execute("DELETE FROM stage_orders WHERE run_id = %s", (run_id,))
            cur.executemany("INSERT INTO stage_orders VALUES (%s, %s, %s, %s, %s)", rows)
        print(f"staged {len(rows)} orders")
        return batch

    @task
    def load(batch):
        """Moves the run's staged rows into fact_orders; running it again changes nothing."""
        run_id = get_current_context()["run_id"]
        with shopdb.warehouse() as db, db.cursor() as cur:
            cur.execute(
                "INSERT INTO fact_orders (order_id, customer_id, amount_eur, ordered_at)"
                " SELECT order_id, customer_id, amount_eur, ordered_at FROM stage_orders WHERE run_id = %s"
                " ON CONFLICT (order_id) DO UPDATE SET amount_eur = excluded.amount_eur, loaded_at = now()",
                (run_id,),
            )
            loaded = cur.rowcount
            cur.execute("DELETE FROM stage_orders WHERE run_id = %s", (run_id,))
        landing_file().unlink(missing_ok=True)
        print(f"loaded {loaded} orders up to {batch['high']}")

    load(transform(validate(extract())))


orders()
