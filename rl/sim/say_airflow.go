package sim

import (
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

func (p *Plant) airflowLine(r *run, level pipewright.Level, where, text string) {
	word := map[pipewright.Level]string{pipewright.Info: "INFO", pipewright.Warn: "WARNING", pipewright.Err: "ERROR"}[level]
	p.say(r, level, fmt.Sprintf("[%s] {%s} %s - %s", p.now.Format("2006-01-02T15:04:05.000-0700"), where, word, text))
}

func airflowStart(p *Plant, r *run) {
	_, task := p.names.task(r.job.id)
	p.airflowLine(r, pipewright.Info, "taskinstance.py:2890", fmt.Sprintf("Executing <Task(PythonOperator): %s> on %s, attempt %d of %d, on host %s",
		task, r.slot.Format("2006-01-02 15:04:05+00:00"), r.attempt, max(r.attempt, r.job.retries+1), p.names.of(r.job.worker.id)))
	if p.dice("warn", r.job.n, r.slot.Unix()).Float64() < 0.03 {
		p.airflowLine(r, pipewright.Warn, "warnings.py:110", p.oneOf(r,
			"DeprecationWarning: the context key execution_date is deprecated",
			"urllib3.connectionpool: Connection pool is full, discarding connection",
			"slow call: metadata query took 2.4 s"))
	}
}

func airflowSuccess(p *Plant, r *run) {
	dag, task := p.names.task(r.job.id)
	p.airflowLine(r, pipewright.Info, "logging_mixin.py:188", fmt.Sprintf("%s: %d rows", task, int(r.rows)))
	p.airflowLine(r, pipewright.Info, "taskinstance.py:1206", fmt.Sprintf("Marking task as SUCCESS. dag_id=%s, task_id=%s, run_id=%s", dag, task, r.id))
}

func airflowFailure(p *Plant, r *run, f failure) {
	dag, task := p.names.task(r.job.id)
	switch {
	case f.code == cancelled:
		p.airflowLine(r, pipewright.Warn, "local_task_job_runner.py:346", "State of this instance has been externally set to failed. Terminating instance.")
	case f.code == killed && !f.quiet:
		p.airflowLine(r, pipewright.Err, "taskinstance.py:3012", "Received SIGTERM. Terminating subprocesses: Task received SIGTERM signal")
	case f.code == zombie:
		p.airflowLine(r, pipewright.Err, "scheduler_job_runner.py:2120", fmt.Sprintf("Detected a task instance without a heartbeat (zombie): dag_id=%s, task_id=%s, last heartbeat %.0f s ago",
			dag, task, p.heartbeatAge(r.job.worker)))
	case f.quiet:
		p.airflowLine(r, pipewright.Err, "local_task_job_runner.py:266", "Task exited with return code 1")
	default:
		p.airflowLine(r, pipewright.Err, "taskinstance.py:3313", "Task failed with exception\n"+pyTrace(dag, task, "run_step(conn, sql, params)")+pythonError(p, r, f))
	}
	word := "FAILED"
	if r.attempt <= r.job.retries && f.code != cancelled {
		word = "UP_FOR_RETRY"
	}
	p.airflowLine(r, pipewright.Info, "taskinstance.py:1206", fmt.Sprintf("Marking task as %s. dag_id=%s, task_id=%s, run_id=%s", word, dag, task, r.id))
}

func pyTrace(file, function, call string) string {
	return fmt.Sprintf("Traceback (most recent call last):\n  File \"/opt/etl/%s.py\", line %d, in %s\n    %s\n", file, 40+len(function)*3, function, call)
}

func airflowShort(p *Plant, r *run, f failure) string {
	switch {
	case f.code == cancelled:
		return "set to failed from outside"
	case f.code == killed:
		return "task was killed"
	case f.code == zombie:
		return "no heartbeat"
	case f.quiet:
		return "task exited with return code 1"
	}
	first, _, _ := strings.Cut(pythonError(p, r, f), "\n")
	return first
}

// pythonError is the last part of a traceback.
func pythonError(p *Plant, r *run, f failure) string {
	switch f.code {
	case unreachable:
		return pythonNetwork(p, r, f)
	case noColumn:
		t := p.table(f.at)
		return fmt.Sprintf("psycopg.errors.UndefinedColumn: column %q does not exist\nLINE 1: SELECT %s FROM %s WHERE ...\n               ^", f.column, wanted(t), p.names.of(t.id))
	case wrongType:
		return p.oneOf(r, "TypeError: unsupported operand type(s) for +=: 'decimal.Decimal' and 'str'",
			fmt.Sprintf("psycopg.errors.UndefinedFunction: operator does not exist: text * integer\nHINT: column %q is of type %s", f.column, f.hint),
			fmt.Sprintf("psycopg.errors.DatatypeMismatch: column %q is of type numeric but expression is of type text", f.column))
	case badRows:
		return fmt.Sprintf("ValueError: check failed: 93 %% of the rows have a %s that is not known, the limit is 5 %%", f.column)
	case lockTimeout:
		return fmt.Sprintf("psycopg.errors.LockNotAvailable: canceling statement due to lock timeout\nCONTEXT: while locking a row of relation %q", p.names.of(f.at))
	case queueTimeout:
		return "redshift_connector.error.ProgrammingError: " + p.queueError(r)
	case missingInput:
		return "FileNotFoundError: Path does not exist: " + p.path(r.job.dag.id, r.slot)
	case flaky:
		return p.oneOf(r, "ConnectionResetError: [Errno 104] Connection reset by peer",
			"botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL",
			"OSError: [Errno 5] Input/output error")
	}
	return "RuntimeError: task failed"
}

func pythonNetwork(p *Plant, r *run, f failure) string {
	if f.at == warehouseID {
		return p.oneOf(r, "redshift_connector.error.InterfaceError: communication error: connect timed out: "+p.host(f.at),
			"ConnectionResetError: [Errno 104] Connection reset by peer",
			"redshift_connector.error.OperationalError: read timeout after 60 s: "+p.host(f.at))
	}
	return p.oneOf(r, fmt.Sprintf("psycopg.OperationalError: connection to server at %q failed: Connection timed out", p.host(f.at)),
		fmt.Sprintf("psycopg.OperationalError: could not connect to server: Connection refused\n\tIs the server running on %s?", p.host(f.at)),
		"psycopg.OperationalError: could not receive data from server: Connection reset by peer")
}

// queueError is what the warehouse tells a query that waited too long.
func (p *Plant) queueError(r *run) string {
	query := 480000 + p.dice("query", r.job.n, r.slot.Unix()).IntN(90000)
	if p.warehouse.aborts {
		return fmt.Sprintf("ERROR: 1023 DETAIL: Serializable isolation violation on table - %d, transactions forming the cycle are: %d, %d (pid:%d)", query/4, query*3, query*3+7, query/5)
	}
	return p.oneOf(r, fmt.Sprintf("Query (%d) cancelled by WLM abort action of a query monitoring rule", query),
		fmt.Sprintf("Query (%d) cancelled on system's request: statement timeout while waiting in queue", query))
}
