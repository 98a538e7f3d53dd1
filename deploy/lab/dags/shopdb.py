"""Connections of the lab's pipelines. Passwords come from the file that PGPASSFILE names."""

import os

import psycopg2

HOST = "127.0.0.1"


def source():
    """The shop's database through its public address, which an outage can close."""
    return connect("shop", os.environ["LAB_SOURCE_PORT"])


def replica():
    """The shop's database through a second address, which stays up when the first is refused."""
    return connect("shop", os.environ["LAB_PG_PORT"])


def warehouse():
    return connect("warehouse", os.environ["LAB_PG_PORT"])


def reports():
    """The shop's database as the role of reports, which may have two sessions at once."""
    return connect("shop", os.environ["LAB_SOURCE_PORT"], "reports")


def connect(dbname, port, user="etl"):
    return psycopg2.connect(
        host=HOST, port=port, dbname=dbname, user=user, connect_timeout=5, application_name="orders_etl" if user == "etl" else user
    )
