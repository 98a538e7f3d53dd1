package sim

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

func (p *Plant) glueLine(r *run, level pipewright.Level, class, text string) {
	word := map[pipewright.Level]string{pipewright.Info: "INFO", pipewright.Warn: "WARN", pipewright.Err: "ERROR"}[level]
	p.say(r, level, fmt.Sprintf("%s %s %s: %s", p.now.Format("06/01/02 15:04:05"), word, class, text))
}

func glueStart(p *Plant, r *run) {
	p.glueLine(r, pipewright.Info, "GlueContext", fmt.Sprintf("job %s run %s: 10 workers %s", p.names.of(r.job.id), r.id, workerType(r.job.memory.limit)))
	p.glueLine(r, pipewright.Info, "DAGScheduler", fmt.Sprintf("Submitting 96 missing tasks from ResultStage 3 (%d records)", int(r.rows)))
	if p.dice("warn", r.job.n, r.slot.Unix()).Float64() < 0.06 {
		p.glueLine(r, pipewright.Warn, "TaskSetManager", p.oneOf(r,
			"Lost task 12.0 in stage 3.0 (TID 431): ExecutorLostFailure (executor 4 exited unrelated to the running tasks); it is tried again",
			"Stage 3 contains a task of very large size (1184 KiB); the maximum recommended task size is 1000 KiB",
			"spilling in-memory map of 412 MB to disk (1 time so far)"))
	}
}

func glueSuccess(p *Plant, r *run) {
	to := p.path(dagOrders, r.slot)
	if t := r.job.fills(); t != "" {
		to = p.names.of(t)
	}
	p.glueLine(r, pipewright.Info, "FileFormatWriter", fmt.Sprintf("Write Job committed: %d rows to %s", int(r.rows), to))
	p.glueLine(r, pipewright.Info, "ApplicationMaster", "Final app status: SUCCEEDED, exitCode: 0")
	if t := r.job.fills(); t != "" {
		p.line(t, pipewright.Info, r.id, fmt.Sprintf("COPY %s: %d row(s) loaded, 0 rejected", p.names.of(t), int(r.rows)))
	}
}

func glueFailure(p *Plant, r *run, f failure) {
	if f.quiet {
		p.glueLine(r, pipewright.Info, "ApplicationMaster", "Final app status: FAILED, exitCode: 1")
		return
	}
	p.glueLine(r, pipewright.Err, "ApplicationMaster", "User class threw exception: "+sparkError(p, r, f)+sparkFrames)
	p.glueLine(r, pipewright.Info, "ApplicationMaster", "Final app status: FAILED, exitCode: 15")
}

const sparkFrames = "\n\tat org.apache.spark.sql.execution.QueryExecution.toRdd(QueryExecution.scala:163)" +
	"\n\tat org.apache.spark.sql.Dataset.foreachPartition(Dataset.scala:2931)" +
	"\n\tat GlueApp$.main(script.scala:88)"

func glueShort(p *Plant, r *run, f failure) string {
	switch {
	case f.quiet:
		return "Command failed with exit code 1"
	case f.code == outOfMemory:
		return p.oneOf(r, "An error occurred while calling o118.pyWriteDynamicFrame. Java heap space",
			"Command failed with exit code 137: container killed by YARN for exceeding memory limits",
			"Job aborted due to stage failure: ExecutorLostFailure, container killed by YARN")
	case f.code == killed, f.code == cancelled:
		return "run was stopped"
	}
	return firstLine(sparkError(p, r, f))
}

// sparkError is the exception that reached the driver, with its causes.
func sparkError(p *Plant, r *run, f failure) string {
	switch f.code {
	case unreachable:
		return p.oneOf(r, "java.sql.SQLException: could not open a connection to jdbc://"+p.host(f.at)+"\nCaused by: java.net.SocketTimeoutException: connect timed out",
			"java.sql.SQLException: I/O error while sending to "+p.host(f.at)+"\nCaused by: java.net.SocketException: Connection reset by peer",
			"java.sql.SQLException: no answer from "+p.host(f.at)+"\nCaused by: java.net.SocketTimeoutException: Read timed out")
	case noColumn:
		return fmt.Sprintf("org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `%s` cannot be resolved. Did you mean one of the following? [%s]",
			f.column, suggestions(p.table(f.at)))
	case wrongType:
		return fmt.Sprintf("org.apache.spark.sql.AnalysisException: [DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve \"(%s * fx)\": the left and right operands have incompatible types (\"STRING\" and \"DECIMAL\")", f.column)
	case badRows:
		return fmt.Sprintf("java.lang.IllegalStateException: data quality rule failed: %s is known for 7 %% of rows, must be over 95 %%", f.column)
	case outOfMemory:
		return p.oneOf(r, fmt.Sprintf("org.apache.spark.SparkException: Job aborted due to stage failure: Task 61 in stage 3.0 failed 4 times, host %s\nCaused by: java.lang.OutOfMemoryError: Java heap space", "ip-10-0-4-23"),
			fmt.Sprintf("org.apache.spark.SparkException: Job aborted: ExecutorLostFailure (executor 7): Container killed by YARN for exceeding memory limits. %.1f GB of %.1f GB physical memory used", r.job.memory.limit*r.job.memory.unit/1024*1.01, r.job.memory.limit*r.job.memory.unit/1024),
			"org.apache.spark.shuffle.FetchFailedException: connection closed by executor 7\nCaused by: java.io.IOException: Connection reset by peer\nCaused by: java.lang.OutOfMemoryError: Java heap space")
	case queueTimeout:
		return "java.sql.SQLException: COPY failed\nCaused by: com.amazon.redshift.util.RedshiftException: " + p.queueError(r)
	case writeLost:
		return fmt.Sprintf("org.apache.spark.SparkException: Task failed while writing rows to %s\nCaused by: org.apache.spark.SparkException: Job aborted due to stage failure: ExecutorLostFailure (executor 5 exited: host was reclaimed)", p.names.of(f.at))
	case unfinished:
		return fmt.Sprintf("java.lang.IllegalStateException: %s holds rows of %s without a _SUCCESS marker: an earlier write was not finished", p.names.of(f.at), slotName(r.job.append.slot))
	case missingInput:
		return "org.apache.spark.sql.AnalysisException: [PATH_NOT_FOUND] Path does not exist: " + p.path(f.at, r.slot)
	}
	return p.oneOf(r, "org.apache.spark.SparkException: Job aborted due to stage failure: Task 9 in stage 3.0 failed 4 times",
		"java.io.IOException: No space left on device in local dir of executor 2")
}

func suggestions(t *table) string {
	out := ""
	for i, c := range t.columns {
		if i > 0 {
			out += ", "
		}
		out += "`" + c.name + "`"
	}
	return out
}

func workerType(limit float64) string { return fmt.Sprintf("G.%dX", int(limit)) }
