"""A stand-in for AWS Glue and CloudWatch Logs: moto's server, plus runs that moto cannot make.

    aws.py PORT FAULT      FAULT is none or a key of glue_faults.FAULTS

Jobs, log groups, streams and lines go in through the API with boto3, as any client would write them. A run
that has ended, and a run that failed, cannot be made through moto's API, so those are put straight into the
memory of the server, which runs in a thread of this process. A run that is started later goes STARTING,
RUNNING, SUCCEEDED by itself, five seconds each.
"""

import signal
import sys
from datetime import datetime, timedelta, timezone

import boto3
import moto.glue.models as glue_models
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.server import ThreadedMotoServer

from glue_faults import FAULTS, LAUNCH, TASK

HOST, REGION = "127.0.0.1", "us-east-1"
HOUR = timedelta(hours=1)
# job: seconds that a good run takes, minutes ago that its last run ended, workers
JOBS = {"orders_etl": (412, 6, 4), "customers_etl": (138, 21, 2)}
GOOD_RUNS = 6


class JobRun(glue_models.FakeJobRun):
    """moto's run, with what a real answer also carries: log group, true times and an error message."""

    error = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.completed_on = None

    def as_dict(self):
        run = super().as_dict()
        now = datetime.now(timezone.utc).replace(tzinfo=None)  # moto keeps UTC without a zone
        if self.completed_on is None and run["JobRunState"] == "SUCCEEDED":
            self.completed_on = self.modified_on = now
        run["LogGroupName"] = "/aws-glue/jobs"
        run["GlueVersion"] = "4.0"
        run["ExecutionTime"] = int(((self.completed_on or now) - self.started_on).total_seconds())
        run["CompletedOn"], run["LastModifiedOn"] = self.completed_on, self.modified_on
        if self.completed_on is None:
            del run["CompletedOn"]
        if self.error:
            run["ErrorMessage"] = self.error
        return run


class Job(glue_models.FakeJob):
    """moto's job, whose runs come newest first, as Glue answers."""

    def get_job_runs(self):
        return sorted(super().get_job_runs(), key=lambda run: run.started_on, reverse=True)


class Lab:
    def __init__(self, port, now):
        options = {
            "endpoint_url": f"http://{HOST}:{port}",
            "region_name": REGION,
            "aws_access_key_id": "lab",
            "aws_secret_access_key": "lab",
        }
        self.glue, self.logs = boto3.client("glue", **options), boto3.client("logs", **options)
        self.now = now
        for group in ("error", "output"):
            self.logs.create_log_group(logGroupName=f"/aws-glue/jobs/{group}")

    def create_job(self, job):
        self.glue.create_job(
            Name=job,
            Role="arn:aws:iam::123456789012:role/shop-glue",
            Command={"Name": "glueetl", "ScriptLocation": f"s3://shop-code/{job}.py", "PythonVersion": "3"},
            GlueVersion="4.0",
            WorkerType="G.1X",
            NumberOfWorkers=JOBS[job][2],
            Timeout=45,
            MaxRetries=0,
        )

    def put_run(self, job, ended, state, seconds, error=None):
        """Adds a run that has ended, straight to the server's memory; returns its id."""
        run_id = self.glue.start_job_run(JobName=job)["JobRunId"]
        run = glue_models.glue_backends[DEFAULT_ACCOUNT_ID][REGION].get_job_run(job, run_id)
        naive = ended.replace(tzinfo=None)
        run.status, run.error = state, error
        run.started_on = naive - timedelta(seconds=seconds)
        run.completed_on = run.modified_on = naive
        return run_id

    def put_log(self, group, stream, lines):
        """Writes (time, text) lines, oldest first."""
        self.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": int(at.timestamp() * 1000), "message": text} for at, text in sorted(lines)]
        self.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def put_good_run(self, job, ended, seconds):
        run_id = self.put_run(job, ended, "SUCCEEDED", seconds)
        lines = [(seconds - 4, "INFO", LAUNCH, "Launching driver"), (2, "INFO", TASK, "Finished task 199.0 in stage 9.0 (TID 611)")]
        self.put_log("/aws-glue/jobs/error", run_id, driver_log(ended, lines))
        self.put_log("/aws-glue/jobs/output", run_id, [(ended, f"{job}: committed job bookmark")])

    def put_bad_run(self, job, ended, fault):
        run_id = self.put_run(job, ended, fault.state, fault.seconds, fault.message)
        launch = (fault.seconds - 4, "INFO", LAUNCH, "Launching driver")
        last = (0, "ERROR", LAUNCH, f"Error from Python:{fault.message}")
        self.put_log("/aws-glue/jobs/error", run_id, driver_log(ended, [launch, *fault.log, last]))
        started = ended - timedelta(seconds=fault.seconds)
        self.put_log("/aws-glue/jobs/output", run_id, [(started, f"{job}: reading from s3://shop-raw/orders/")])

    def fill(self, fault):
        for job, (seconds, minutes_ago, _) in JOBS.items():
            self.create_job(job)
            last = self.now - timedelta(minutes=minutes_ago)
            failed = fault if job == "orders_etl" else None
            for n in range(GOOD_RUNS, 0, -1):
                self.put_good_run(job, last - n * HOUR, seconds + 7 * n % 23)
            if failed:
                self.put_bad_run(job, last, failed)
            else:
                self.put_good_run(job, last, seconds)


def driver_log(ended, lines):
    """Turns (seconds before the end, level, logger, text) into timed lines as Spark's driver prints them."""
    timed = [(ended - timedelta(seconds=before), level, logger, text) for before, level, logger, text in lines]
    return [(at, f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} {level} [main] {logger}: {text}") for at, level, logger, text in timed]


def main(port, fault):
    glue_models.FakeJobRun, glue_models.FakeJob = JobRun, Job
    state_manager.set_transition("glue::job_run", {"progression": "time", "seconds": 5})
    server = ThreadedMotoServer(HOST, port, verbose=False)
    server.start()
    Lab(port, datetime.now(timezone.utc)).fill(FAULTS.get(fault))
    print(f"Glue and CloudWatch Logs on {HOST}:{port}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    if sys.argv[2] not in ("none", *FAULTS):
        sys.exit(f"FAULT must be none or one of: {' '.join(FAULTS)}")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]), sys.argv[2])
