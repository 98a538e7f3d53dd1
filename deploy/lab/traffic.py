"""The shop's application: takes a few orders every LAB_TRAFFIC_SECONDS (10), straight at the database."""

import os
import random
import time

import psycopg2

PAUSE = float(os.environ.get("LAB_TRAFFIC_SECONDS", "10"))


def take_orders():
    db = psycopg2.connect(
        host="127.0.0.1", port=os.environ["LAB_PG_PORT"], dbname="shop", user="app",
        application_name="shop_app", connect_timeout=5, options="-c lock_timeout=5s",
    )
    try:
        with db, db.cursor() as cur:
            cur.execute("SELECT shop.take_orders(%s, '10 seconds')", (random.randint(1, 6),))
    finally:
        db.close()


while True:
    try:
        take_orders()
    except psycopg2.Error as err:
        print(time.strftime("%FT%TZ", time.gmtime()), str(err).splitlines()[0], flush=True)
    time.sleep(PAUSE)
