"""The failed Glue runs that aws.py puts in: for each kind, how the run ended and what its driver logged.

The texts are written for the lab after the formats that the Glue, Spark and S3 documentation shows. A log
line is (seconds before the end of the run, text); lines of one entry that belong together share its time.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    state: str  # as in JobRunState
    seconds: int  # execution time
    message: str  # as in ErrorMessage
    log: tuple  # of (seconds before the end, level and logger, text)


TASK = "org.apache.spark.scheduler.TaskSetManager"
ANALYZER = "com.amazonaws.services.glue.log.GlueLogger"
LAUNCH = "com.amazonaws.services.glue.ProcessLauncher"

FAULTS = {
    "memory": Fault(
        "FAILED",
        1127,
        "An error occurred while calling o131.pyWriteDynamicFrame. Job aborted due to stage failure: Task 17 in stage"
        " 9.0 failed 4 times, most recent failure: Lost task 17.3 in stage 9.0 (TID 412) (172.34.18.61 executor 4):"
        " ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: Remote RPC client"
        " disassociated. Likely due to containers exceeding thresholds, or network issues. Check driver logs for WARN"
        " messages.",
        (
            (640, "INFO", TASK, "Starting task 17.0 in stage 9.0 (TID 389) (172.34.18.61, executor 2, partition 17, PROCESS_LOCAL, 5112 bytes)"),
            (412, "WARN", TASK, "Lost task 17.0 in stage 9.0 (TID 389) (172.34.18.61 executor 2): java.lang.OutOfMemoryError: Java heap space\n"
                "\tat java.util.Arrays.copyOf(Arrays.java:3332)\n"
                "\tat org.apache.spark.unsafe.map.BytesToBytesMap.allocate(BytesToBytesMap.java:829)\n"
                "\tat org.apache.spark.sql.execution.UnsafeFixedWidthAggregationMap.<init>(UnsafeFixedWidthAggregationMap.java:111)\n"
                "\tat org.apache.spark.scheduler.Task.run(Task.scala:138)\n"
                "\tat org.apache.spark.executor.Executor$TaskRunner.run(Executor.scala:548)\n"
                "\tat java.lang.Thread.run(Thread.java:750)"),
            (300, "ERROR", "org.apache.spark.scheduler.TaskSchedulerImpl", "Lost executor 2 on 172.34.18.61: Remote RPC client disassociated. Likely due to containers exceeding thresholds, or network issues. Check driver logs for WARN messages."),
            (180, "WARN", TASK, "Lost task 17.2 in stage 9.0 (TID 405) (172.34.22.9 executor 3): java.lang.OutOfMemoryError: GC overhead limit exceeded"),
            (41, "ERROR", "org.apache.spark.scheduler.TaskSchedulerImpl", "Lost executor 4 on 172.34.18.61: Command exited with code 137"),
            (40, "ERROR", TASK, "Task 17 in stage 9.0 failed 4 times; aborting job"),
        ),
    ),
    "schema": Fault(
        "FAILED",
        74,
        "AnalysisException: Column 'customer_id' does not exist. Did you mean one of the following? [orders.buyer_id,"
        " orders.order_id, orders.currency, orders.created_at, orders.amount]",
        (
            (20, "INFO", "org.apache.spark.sql.execution.datasources.InMemoryFileIndex", "It took 212 ms to list leaf files for 1 paths."),
            (6, "WARN", "org.apache.spark.sql.catalyst.util.package", "Truncated the string representation of a plan since it was too large."),
            (3, "ERROR", ANALYZER, "Traceback (most recent call last):\n"
                '  File "/tmp/orders_etl.py", line 58, in <module>\n'
                '    orders = raw.select("order_id", "customer_id", "amount", "currency", "created_at")\n'
                '  File "/opt/amazon/spark/python/lib/pyspark.zip/pyspark/sql/dataframe.py", line 2023, in select\n'
                "    jdf = self._jdf.select(self._jcols(*cols))\n"
                "pyspark.sql.utils.AnalysisException: Column 'customer_id' does not exist. Did you mean one of the following? [orders.buyer_id, orders.order_id, orders.currency, orders.created_at, orders.amount];"),
        ),
    ),
    "throttled": Fault(
        "FAILED",
        388,
        "An error occurred while calling o117.pyWriteDynamicFrame. Please reduce your request rate. (Service: Amazon"
        " S3; Status Code: 503; Error Code: SlowDown; Request ID: 7Q2N8F0KXW4R1D5T)",
        (
            (210, "WARN", TASK, "Lost task 3.0 in stage 6.0 (TID 210) (172.34.20.14 executor 1): com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown; Request ID: 3M9C5V7YB2H6J1PL)"),
            (95, "WARN", TASK, "Lost task 3.1 in stage 6.0 (TID 233) (172.34.22.9 executor 3): com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown; Request ID: 7Q2N8F0KXW4R1D5T)"),
            (12, "ERROR", TASK, "Task 3 in stage 6.0 failed 4 times; aborting job"),
        ),
    ),
    "denied": Fault(
        "FAILED",
        52,
        "An error occurred while calling o89.getDynamicFrame. Access Denied (Service: Amazon S3; Status Code: 403;"
        " Error Code: AccessDenied; Request ID: K4T8Z1VQ6E9W3S0A)",
        (
            (5, "ERROR", ANALYZER, "Traceback (most recent call last):\n"
                '  File "/tmp/orders_etl.py", line 41, in <module>\n'
                '    raw = glueContext.create_dynamic_frame.from_options("s3", {"paths": ["s3://shop-raw/orders/"]}, "parquet")\n'
                "py4j.protocol.Py4JJavaError: An error occurred while calling o89.getDynamicFrame.\n"
                ": com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: K4T8Z1VQ6E9W3S0A)"),
        ),
    ),
    "timeout": Fault(
        "TIMEOUT",
        2700,
        "Job run exceeded its timeout of 45 minutes.",
        (
            (1500, "INFO", TASK, "Finished task 198.0 in stage 9.0 (TID 640) in 4127 ms on 172.34.20.14 (executor 1) (199/200)"),
            (900, "WARN", "org.apache.spark.HeartbeatReceiver", "Removing executor 3 with no recent heartbeats: 132117 ms exceeds timeout 120000 ms"),
            (880, "INFO", TASK, "Starting task 7.1 in stage 9.0 (TID 641) (172.34.22.9, executor 5, partition 7, PROCESS_LOCAL, 5112 bytes)"),
            (0, "ERROR", LAUNCH, "Shutting down driver: job run timed out"),
        ),
    ),
}
