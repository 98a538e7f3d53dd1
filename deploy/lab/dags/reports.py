"""A day's figures by hour, each read by a task of its own: `lab break sessions_exhausted` starts a run.

Four tasks run at once, as the pool shop_db lets in, and each holds a session for some seconds; the role may have
two. So half of them fail and are tried again, over and over, until fewer run at once.
"""

from datetime import datetime, timedelta, timezone

from airflow.sdk import dag, get_current_context, task

import shopdb

PARTS = 14
SECONDS = 5  # that a session is held


@dag(
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 30,
        "retry_delay": timedelta(seconds=3),
        "execution_timeout": timedelta(seconds=45),
        "owner": "data-platform",
        "pool": "shop_db",
    },
    tags=["shop", "writes:none"],
)
def reports():
    @task
    def split():
        """The parts to read: as many as the run was started with, for a rehearsal one."""
        return list(range(get_current_context()["dag_run"].conf.get("parts", PARTS)))

    @task
    def read(part):
        with shopdb.reports() as db, db.cursor() as cur:
            cur.execute("SELECT pg_sleep(%s)", (SECONDS,))
            cur.execute("SELECT current_date, %s::int", (part,))
            print(f"read part {part} of {PARTS}: {cur.fetchone()[0]}")

    read.expand(part=split())


reports()
