package gym

import (
	"math/rand/v2"

	pipewright "github.com/pipewright/pipewright"
)

// phrases are what systems write for each trouble, modelled on their documented
// messages. Several troubles share phrases, as they do in the world.
var phrases = [troubles][]string{
	timedOut: {
		"psycopg2.OperationalError: could not connect to server: Connection timed out",
		"java.net.SocketTimeoutException: connect timed out",
		"botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: https://{host}.internal/",
		"{id} Task timed out after 30.03 seconds",
		"java.net.SocketTimeoutException: Read timed out",
		"could not translate host name \"{host}\" to address: Temporary failure in name resolution",
		"dial tcp {ip}:5432: connect: no route to host",
	},
	refused: {
		"connection to server at \"{ip}\", port 5432 failed: Connection refused",
		"dial tcp {ip}:5439: connect: connection refused",
		"FATAL:  the database system is shutting down",
		"java.net.ConnectException: Connection refused (Connection refused)",
		"psycopg2.OperationalError: could not connect to server: Connection timed out",
	},
	reset: {
		"java.net.SocketException: Connection reset by peer",
		"psycopg2.OperationalError: server closed the connection unexpectedly",
		"SSL SYSCALL error: EOF detected",
		"java.net.SocketTimeoutException: Read timed out",
	},
	denied: {
		"psycopg2.OperationalError: FATAL:  password authentication failed for user \"etl\"",
		"An error occurred (ExpiredToken) when calling the GetObject operation: The provided token has expired.",
		"An error occurred (AccessDeniedException) when calling the GetSecretValue operation: User is not authorized to perform: secretsmanager:GetSecretValue",
		"requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: http://{host}/api",
		"psycopg2.errors.InsufficientPrivilege: permission denied for table orders",
	},
	tooManySessions: {
		"FATAL:  sorry, too many clients already",
		"FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
		"sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
		"psycopg2.OperationalError: connection to server at \"{ip}\", port 5432 failed: FATAL:  too many connections for role \"etl\"",
	},
	rateLimited: {
		"An error occurred (ThrottlingException) when calling the GetJobRun operation: Rate exceeded",
		"429 Client Error: Too Many Requests for url: http://{host}/v1/score",
		"com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate. (Status Code: 503; Error Code: SlowDown)",
		"ConcurrentRunsExceededException: Concurrent runs exceeded for {name}",
	},
	slowedDown: {
		"INFO rate limiter: waiting for a permit, {n} s so far",
		"WARN {name}: concurrency limit of 2 reached, {n} items wait",
		"WARN {name} is still running after {n} s",
	},
	inputMissing: {
		"airflow.exceptions.AirflowSensorTimeout: Sensor has timed out; run duration of 3605.2 seconds exceeds the specified timeout of 3600.0.",
		"org.apache.spark.sql.AnalysisException: [PATH_NOT_FOUND] Path does not exist: s3://raw/{name}/dt=2026-01-07.",
		"Dependencies not met for task instance, dependency 'Trigger Rule' FAILED",
		"source freshness check failed: table is stale by {n}00 s",
		"WARN {name}: 0 rows in the last window",
	},
	noColumn: {
		"psycopg2.errors.UndefinedColumn: column \"{col}\" does not exist",
		"org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `{col}` cannot be resolved.",
		"KeyError: '{col}'",
		"cannot resolve '`{col}`' given input columns: [o.order_id, o.created_at]",
	},
	extraColumn: {
		"ERROR: COPY {name} failed: extra column(s) found, detail in stl_load_errors",
		"ValueError: 14 columns passed, passed data had 15 columns",
		"pyarrow.lib.ArrowInvalid: Schema at index 3 was different: unexpected field {col}",
		"INSERT has more expressions than target columns",
	},
	wrongType: {
		"psycopg2.errors.UndefinedFunction: operator does not exist: text * integer",
		"psycopg.errors.InvalidTextRepresentation: invalid input syntax for type integer: \"12.90 EUR\"",
		"ValueError: could not convert string to float: '12,90'",
		"TypeError: unsupported operand type(s) for *: 'decimal.Decimal' and 'str'",
		"SparkNumberFormatException: [CAST_INVALID_INPUT] The value '12.90 EUR' of the type \"STRING\" cannot be cast to \"DECIMAL(10,2)\"",
	},
	badRows: {
		"psycopg2.errors.NotNullViolation: null value in column \"{col}\" of relation \"fact_orders\" violates not-null constraint",
		"data quality check failed: {n} of 5000 rows have no {col}",
		"psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint \"fact_orders_pkey\"",
		"ValueError: could not convert string to float: 'n/a'",
		"UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
		"KeyError: '{col}'",
	},
	lagging: {
		"[SOURCE_CAPTURE  ]W:  Reading from source is paused. Disk usage limit or slot wait, {n} s behind",
		"[SOURCE_CAPTURE  ]I:  replication slot \"dms_slot\" is active for PID {pid}",
		"WARN {name}: source latency {n} s",
		"[TASK_MANAGER    ]I:  Task error notification received from subtask 0, thread 0 [1022502] Stop Reason RECOVERABLE_ERROR Error Level RECOVERABLE",
	},
	logGone: {
		"ERROR: requested WAL segment 0000000100000A3F000000{n} has already been removed",
		"[SOURCE_CAPTURE  ]E:  Log position is no longer available; the task must be reloaded",
		"[TASK_MANAGER    ]I:  Stop Reason FATAL_ERROR Error Level FATAL",
	},
	outOfMemory: {
		"java.lang.OutOfMemoryError: Java heap space",
		"Reason: Container killed by YARN for exceeding memory limits. 5.6 GB of 5.5 GB physical memory used.",
		"RequestId: {id} Error: Runtime exited with error: signal: killed",
		"Last State: Terminated Reason: OOMKilled Exit Code: 137",
		"ExecutorLostFailure (executor 7 exited unrelated to the running tasks)",
		"org.apache.spark.shuffle.FetchFailedException: connection closed by executor 7, Connection reset by peer",
	},
	hung: {
		"Heartbeat time limit exceeded!",
		"Detected zombie job: {'msg': 'Executor reports task instance finished although it is running'}",
		"airflow.exceptions.AirflowTaskTimeout: Timeout, PID: {pid}",
		"ExecutorLostFailure (executor 7 exited unrelated to the running tasks) Reason: Executor heartbeat timed out after 128411 ms",
		"Received SIGTERM. Terminating subprocesses.",
	},
	crashed: {
		"Back-off restarting failed container in pod {name}-7d9c6b5f4-x2x8k",
		"Last State: Terminated Reason: Error Exit Code: 139",
		"Warning  Unhealthy  Liveness probe failed: context deadline exceeded",
		"dial tcp {ip}:8080: connect: connection refused",
		"Last State: Terminated Reason: OOMKilled Exit Code: 137",
	},
	deviceLost: {
		"RuntimeError: CUDA error: an illegal memory access was encountered",
		"NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.",
		"RuntimeError: No CUDA GPUs are available",
		"Warning  Unhealthy  Readiness probe failed: HTTP probe failed with statuscode: 503",
		"0/6 nodes are available: 6 Insufficient nvidia.com/gpu.",
	},
	codeError: {
		"AttributeError: 'NoneType' object has no attribute 'strip'",
		"KeyError: '{col}'",
		"TypeError: unsupported operand type(s) for +: 'int' and 'str'",
		"java.lang.NullPointerException: Cannot invoke \"String.trim()\" because \"s\" is null",
		"[ERROR] Runtime.ImportModuleError: Unable to import module 'handler': No module named 'pydantic'",
		"IndexError: list index out of range",
	},
	configError: {
		"ValueError: invalid configuration: batch_size must be positive",
		"KeyError: 'WAREHOUSE_SCHEMA'",
		"FileNotFoundError: [Errno 2] No such file or directory: '/etc/jobs/settings.json'",
		"botocore.exceptions.ParamValidationError: Invalid parameter Role",
	},
	serverErrors: {
		"\"POST /v1/score HTTP/1.1\" 503 Service Unavailable",
		"ValueError: X has 31 features, but RandomForestClassifier is expecting 32 features as input: prediction failed",
		"upstream connect error or disconnect/reset before headers",
		"mlflow.exceptions.MlflowException: Failed to enforce schema of data with schema of model: Model is missing inputs",
	},
	inaccurate: {
		"model accuracy dropped below 0.86: 0.81 over the last day",
		"WARN drift-monitor: data drift detected for feature order_amount, PSI 0.31 over 0.2",
		"WARN quality: precision below its bar for 3 windows",
	},
	slow: {
		"\"POST /v1/score HTTP/1.1\" 504 Gateway Timeout",
		"WARN {name}: p99 latency {n}0 ms over 300 ms",
		"upstream request timeout",
		"context deadline exceeded while reading features",
		"java.net.SocketTimeoutException: Read timed out",
	},
	stale: {
		"WARN {name}: serving features that are {n}00 s old",
		"WARN cache: entry for {name} was not refreshed since the last materialization",
		"source freshness check failed: table is stale by {n}00 s",
		"model accuracy dropped below 0.86: 0.83 over the last day",
	},
	lockWait: {
		"psycopg2.errors.LockNotAvailable: canceling statement due to lock timeout",
		"LOG:  process {pid} still waiting for AccessShareLock on relation 16402 of database 16384 after 1000.123 ms",
		"psycopg2.errors.QueryCanceled: canceling statement due to statement timeout",
		"airflow.exceptions.AirflowTaskTimeout: Timeout, PID: {pid}",
	},
	deadlocked: {
		"ERROR:  deadlock detected DETAIL:  Process {pid} waits for ShareLock on transaction 1234; blocked by process 4712.",
		"ERROR: 1023 DETAIL: Serializable isolation violation on table - 1256109, transactions forming the cycle are: 15749004, 15748971",
		"Lock wait timeout exceeded; try restarting transaction",
		"psycopg2.errors.LockNotAvailable: canceling statement due to lock timeout",
	},
	queued: {
		"ERROR:  Query ({n}) cancelled by WLM abort action of Query Monitoring Rule \"queue_over_300s\"",
		"query {n} has been waiting in WLM queue 6 for 412 s",
		"psycopg2.errors.QueryCanceled: canceling statement due to statement timeout",
		"redshift_connector.error.OperationalError: query timed out after 900 s",
	},
	diskFull: {
		"java.io.IOException: No space left on device",
		"ERROR: Disk Full DETAIL: error: Disk Full code: 1016 context: node: 0",
		"ERROR:  could not extend file \"base/16384/16402\": No space left on device",
	},
}

// generic lines name no trouble.
var generic = []string{
	"Task failed with exception",
	"Command failed with exit code 1",
	"Job aborted due to stage failure: Task 9 in stage 3.0 failed 4 times",
	"ERROR {name}: giving up after {n} s",
	"Marking task as FAILED. dag_id={name}",
}

// strange lines are of a kind that no catalogue knows.
var strange = []string{
	"panic: assertion 0x{n} in shard planner",
	"ERROR E-{n}: quorum epoch mismatch on {name}",
	"fatal: unexpected token in manifest v{n}",
}

// plain lines are written whether anything is wrong or not.
var plain = []string{
	"INFO {name}: {n} rows read",
	"INFO starting {name}, attempt 1",
	"INFO heartbeat ok",
	"INFO {name} is waiting for the next window",
}

// lines are what was written, 0 to 5 records.
func (s *scene) lines(t trouble, id pipewright.ResourceID, noise Noise) []string {
	said, _ := s.said(t, noise)
	for i := range said {
		said[i] = fill(said[i], id, derive(s.seed, "line", uint64(i)))
	}
	return said
}

// said are the wordings of what was written, without names and numbers, and
// the place of the first that is not generic; -1: there is none.
func (s *scene) said(t trouble, noise Noise) (out []string, telling int) {
	r := stream(s.seed, "lines")
	quiet, unknown, wrong := coin(r, s.p[pQuiet]), coin(r, noise.UnknownLine), coin(r, noise.MisleadingLine)
	telling = -1
	say := func(bank []string, tells bool) {
		if len(bank) == 0 {
			return
		}
		if tells && telling < 0 {
			telling = len(out)
		}
		out = append(out, bank[r.IntN(len(bank))])
	}
	switch {
	case quiet:
		return nil, -1
	case unknown:
		say(strange, true)
	default:
		speak(t, r, say)
	}
	if wrong {
		say(phrases[1+r.IntN(int(troubles)-1)], true)
	}
	for range min(r.IntN(3), 5-len(out)) {
		say(plain, false)
	}
	return out, telling
}

// speak says what fails, mostly in its own words.
func speak(t trouble, r *rand.Rand, say func(bank []string, tells bool)) {
	if coin(r, .5) {
		say(generic, false)
	}
	if coin(r, .88) {
		say(phrases[t], true)
	}
	if coin(r, .25) {
		say(phrases[t], true)
	}
}
