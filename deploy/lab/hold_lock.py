"""A forgotten migration: one real session that locks a table and then sits idle in its transaction.

    hold_lock.py DATABASE TABLE SECONDS

It ends when the server ends the session (pg_terminate_backend), on SIGTERM, or after SECONDS.
"""

import os
import select
import sys

import psycopg2
from psycopg2 import extensions

database, table, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
db = psycopg2.connect(
    host="127.0.0.1", port=os.environ["LAB_PG_PORT"], dbname=database, user="app", application_name="adhoc_migration"
)
schema, name = table.split(".")
with db.cursor() as cur:
    cur.execute(
        f"LOCK TABLE {extensions.quote_ident(schema, cur)}.{extensions.quote_ident(name, cur)} IN ACCESS EXCLUSIVE MODE"
    )
print(f"holding {table} in backend {db.info.backend_pid}", flush=True)
# An idle session's socket becomes readable only when the server closes it.
select.select([db.fileno()], [], [], seconds)
