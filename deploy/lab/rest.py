"""What the lab asks of Airflow over its REST API: healthy, status, ran, pool, reports, mend. Standard library only."""

import json
import os
import sys
import time
import urllib.request
from urllib.error import HTTPError
from pathlib import Path

BASE = f"http://127.0.0.1:{os.environ['LAB_AIRFLOW_PORT']}"
DAGS = ("orders", "customers", "reports")
POOL = {"pool": "shop_db", "slots": 4, "description": "Sessions on the shop's database.", "include_deferred": False}


def call(method, path, body=None, token=None):
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def login():
    password = Path(os.environ["LAB_DIR"], "airflow.password").read_text().strip()
    return call("POST", "/auth/token", {"username": "pipewright", "password": password})["access_token"]


def healthy():
    """Fails until the API, the scheduler and the DAG processor report in and both DAGs are known."""
    health = call("GET", "/api/v2/monitor/health")
    if any(health[part]["status"] != "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
        sys.exit(f"not healthy yet: {health}")
    token = login()
    for dag in DAGS:
        call("GET", f"/api/v2/dags/{dag}", token=token)


def status():
    token = login()
    for dag in DAGS:
        state = call("GET", f"/api/v2/dags/{dag}", token=token)
        print(f"airflow:dag/{dag}" + (" (paused)" if state["is_paused"] else ""))
        runs = call("GET", f"/api/v2/dags/{dag}/dagRuns?limit=3&order_by=-run_after", token=token)["dag_runs"]
        for run in runs:
            print(f"  {run['dag_run_id']}  {run['state']}")
            if run["state"] == "failed":
                print_failures(dag, run["dag_run_id"], token)


def ran():
    """Fails until orders has succeeded once, so that a breakage is seen as a change."""
    if not call("GET", "/api/v2/dags/orders/dagRuns?state=success&limit=1", token=login())["dag_runs"]:
        sys.exit("orders has not succeeded yet")


def print_failures(dag, run, token):
    path = f"/api/v2/dags/{dag}/dagRuns/{urllib.request.quote(run)}/taskInstances"
    for task in call("GET", f"{path}?state=failed", token=token)["task_instances"]:
        log = call("GET", f"{path}/{task['task_id']}/logs/{task['try_number']}", token=token)
        print(f"    {task['task_id']} try {task['try_number']}: {error_of(log)}")


def error_of(log):
    for line in reversed(log["content"]):
        for error in line.get("error_detail") or []:
            return f"{error['exc_type']}: {error['exc_value'].splitlines()[0]}"
    return "no exception in the log"


def unpause(token):
    for dag in DAGS:
        call("PATCH", f"/api/v2/dags/{dag}?update_mask=is_paused", {"is_paused": False}, token)


def pool():
    """Makes the pool that reports uses, unless it is there; what a limit was set to stays."""
    token = login()
    try:
        call("GET", f"/api/v2/pools/{POOL['pool']}", token=token)
    except HTTPError:
        call("POST", "/api/v2/pools", {"name" if key == "pool" else key: value for key, value in POOL.items()}, token)


def reports():
    """Starts a run of reports, after one of a single part that succeeds: else the DAG's last change would be to blame."""
    token = login()
    path = "/api/v2/dags/reports/dagRuns"
    rehearsal = call("POST", path, {"logical_date": None, "conf": {"parts": 1}}, token)["dag_run_id"]
    for _ in range(60):
        state = call("GET", f"{path}/{urllib.request.quote(rehearsal)}", token=token)["state"]
        if state in ("success", "failed"):
            break
        time.sleep(1)
    if state != "success":
        sys.exit(f"the rehearsal of reports is {state}")
    call("POST", path, {"logical_date": None}, token)


def mend():
    """Ends what runs of reports, gives its pool what it had, and unpauses every DAG."""
    token = login()
    for run in call("GET", "/api/v2/dags/reports/dagRuns?state=running&state=queued", token=token)["dag_runs"]:
        call("PATCH", f"/api/v2/dags/reports/dagRuns/{urllib.request.quote(run['dag_run_id'])}", {"state": "failed"}, token)
    call("PATCH", f"/api/v2/pools/{POOL['pool']}", POOL, token)
    unpause(token)


if __name__ == "__main__":
    try:
        {"healthy": healthy, "status": status, "ran": ran, "pool": pool, "reports": reports, "mend": mend}[sys.argv[1]]()
    except OSError as err:
        sys.exit(f"airflow at {BASE}: {err}")
