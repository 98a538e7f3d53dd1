package plant

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

var (
	glueJobs   = []string{"glue:job"}
	functions  = []string{"lambda:function"}
	airflows   = []string{"airflow:dag", "airflow:task"}
	warehouses = []string{"redshift:cluster"}
	captures   = []string{"dms:task"}
	servers    = []string{"k8s:deployment"}
	tables     = []string{"postgres:table"}
)

const (
	runAgain    = "the run succeeds"
	nothingUndo = "nothing to undo: a run that succeeded stays"
	noReboot    = "nothing to undo: what was killed runs again"
	idleJob     = "no run of the job is active"
	activeJob   = "a run is active already; starting another one would be refused"
	failedTask  = "a run of it failed and nothing of it is running"
	noFailed    = "no run of it failed, so there is nothing to run again"
	activeTask  = "it is running; a second attempt would queue behind it"
	bigger      = "there is a bigger size"
	smaller     = "there is a smaller size"
	biggest     = "it has the biggest size already"
	smallest    = "it has the smallest size already"
)

// deeds are the action kinds of the plant, all but the remap, whose arguments
// have to be derived. A retry names no run: it runs again what failed last, so
// that every try of a back-off is the same action.
var deeds = []deed{
	{kind: "glue.retry", targets: glueJobs, risk: pipewright.R0, hops: 0, expected: 4 * time.Minute,
		before: idleJob, after: runAgain, undo: nothingUndo, unless: "running", busy: activeJob, needs: []string{"failed"}, lacking: noFailed, again: true,
		dryRun: "aws glue start-job-run --job-name {name} (again, for {failed})"},
	{kind: "glue.backoff_retry", targets: glueJobs, risk: pipewright.R0, hops: 0, expected: 4 * time.Minute,
		before: idleJob, after: runAgain, undo: nothingUndo, unless: "running", busy: activeJob, needs: []string{"failed"}, lacking: noFailed, again: true,
		dryRun: "aws glue start-job-run --job-name {name} (again, for {failed})"},
	{kind: "glue.scale_up", targets: glueJobs, risk: pipewright.R1, hops: 0, expected: 5 * time.Minute,
		before: bigger, after: "the run succeeds on the bigger workers", undo: "glue.scale_down sets the worker type back", inverse: "glue.scale_down",
		unless: "running", busy: activeJob, needs: []string{"next_size"}, lacking: biggest, args: []string{"next_size"}, again: true,
		dryRun: "aws glue start-job-run --job-name {name} --worker-type {next_size} (now {size})"},
	{kind: "glue.scale_down", targets: glueJobs, risk: pipewright.R1, hops: 0, expected: time.Minute,
		before: smaller, after: "the next run uses the smaller workers", undo: "glue.scale_up sets the worker type back", inverse: "glue.scale_up",
		needs: []string{"smaller_size"}, lacking: smallest,
		dryRun: "aws glue update-job --job-name {name} --worker-type {smaller_size} (now {size})"},

	{kind: "glue.reload", targets: glueJobs, risk: pipewright.R2, hops: 1, expected: 5 * time.Minute,
		before: "a slot of its table is broken and none of its runs is active", after: "the slot is whole, each row once", undo: "cannot be undone: what was deleted is written again by the run that follows",
		unless: "running", busy: activeJob, needs: []string{"broken"}, lacking: "no slot of its table holds a part of its rows, or rows twice", args: []string{"broken"},
		dryRun: "DELETE FROM the job's table WHERE slot = '{broken}'; aws glue start-job-run --job-name {name} (slot {broken})"},

	{kind: "lambda.retry", targets: functions, risk: pipewright.R0, hops: 0, expected: time.Minute,
		before: "its last batch failed", after: "the batch is processed", undo: nothingUndo, unless: "running", busy: activeJob, needs: []string{"failed"}, lacking: noFailed, again: true,
		dryRun: "aws lambda invoke --function-name {name} --invocation-type Event (the batch of {failed})"},
	{kind: "lambda.scale_up", targets: functions, risk: pipewright.R1, hops: 0, expected: 2 * time.Minute,
		before: bigger, after: "the batch is processed with more memory", undo: "lambda.scale_down sets the memory back", inverse: "lambda.scale_down",
		needs: []string{"next_size"}, lacking: biggest, args: []string{"next_size"}, again: true,
		dryRun: "aws lambda update-function-configuration --function-name {name} --memory-size {next_size} (now {size})"},
	{kind: "lambda.scale_down", targets: functions, risk: pipewright.R1, hops: 0, expected: time.Minute,
		before: smaller, after: "the next batch has less memory", undo: "lambda.scale_up sets the memory back", inverse: "lambda.scale_up",
		needs: []string{"smaller_size"}, lacking: smallest,
		dryRun: "aws lambda update-function-configuration --function-name {name} --memory-size {smaller_size} (now {size})"},
	{kind: "lambda.rollback", targets: functions, risk: pipewright.R1, hops: 1, expected: time.Minute,
		before: "an earlier version is published", after: "batches succeed on the earlier version", undo: "lambda.rollback points the alias to the later version again", inverse: "lambda.rollback",
		needs: []string{"other_version"}, lacking: "there is no other version",
		dryRun: "aws lambda update-alias --function-name {name} --name live --function-version {other_version} (now {version})"},

	{kind: "airflow.retry", targets: airflows, risk: pipewright.R0, hops: 0, expected: 5 * time.Minute,
		before: failedTask, after: runAgain, undo: nothingUndo, unless: "running", busy: activeTask, needs: []string{"failed"}, lacking: noFailed, again: true,
		dryRun: "airflow tasks clear {dag} --task-regex ^{task}$ --downstream --yes (run {failed})"},
	{kind: "airflow.backoff_retry", targets: airflows, risk: pipewright.R0, hops: 0, expected: 5 * time.Minute,
		before: failedTask, after: runAgain, undo: nothingUndo, unless: "running", busy: activeTask, needs: []string{"failed"}, lacking: noFailed, again: true,
		dryRun: "airflow tasks clear {dag} --task-regex ^{task}$ --downstream --yes (run {failed})"},
	{kind: "airflow.restart", targets: airflows, risk: pipewright.R1, hops: 1, expected: 5 * time.Minute,
		before: "a run of it is active", after: "the run goes on and succeeds", undo: noReboot, needs: []string{"running"}, lacking: "nothing of it is running", again: true,
		dryRun: "kill the running attempt of {task} and run it again: airflow tasks clear {dag} --task-regex ^{task}$ --only-running --yes (run {running})"},
	{kind: "airflow.cancel", targets: airflows, risk: pipewright.R1, hops: 1, expected: time.Minute,
		before: "a run of it is active", after: "the run is ended and its worker is free", undo: "airflow.retry runs it again", inverse: "airflow.retry", needs: []string{"running"}, lacking: "nothing of it is running",
		dryRun: "set {task} of run {running} of {dag} to failed"},

	{kind: "ec2.restart", targets: []string{"ec2:instance"}, risk: pipewright.R1, hops: 1, expected: 5 * time.Minute,
		before: "the instance is not rebooting", after: "its heartbeat is fresh and tasks make progress", undo: noReboot,
		dryRun: "aws ec2 reboot-instances --instance-ids {name} (running tasks on it are killed and tried again)"},

	{kind: "redshift.cancel", targets: warehouses, risk: pipewright.R1, hops: 0, expected: 2 * time.Minute,
		before: "a session blocks others", after: "the queue drains", undo: "nothing to undo: the session's owner has to run it again", needs: []string{"pid"}, lacking: "no session blocks another", args: []string{"pid"},
		dryRun: "SELECT pg_terminate_backend({pid})"},
	{kind: "redshift.scale_up", targets: warehouses, risk: pipewright.R1, hops: 1, expected: 15 * time.Minute,
		before: bigger, after: "the queue drains with twice the slots", undo: "redshift.scale_down sets the slots back", inverse: "redshift.scale_down",
		unless: "sizing", busy: "a resize is under way", needs: []string{"next_slots"}, lacking: biggest, args: []string{"next_slots"},
		dryRun: "aws redshift resize-cluster --cluster-identifier {name} ({next_slots} slots, now {slots}; open transfers are cut)"},
	{kind: "redshift.scale_down", targets: warehouses, risk: pipewright.R1, hops: 1, expected: 15 * time.Minute,
		before: smaller, after: "the cluster has half the slots", undo: "redshift.scale_up sets the slots back", inverse: "redshift.scale_up",
		unless: "sizing", busy: "a resize is under way", needs: []string{"smaller_slots"}, lacking: smallest,
		dryRun: "aws redshift resize-cluster --cluster-identifier {name} ({smaller_slots} slots, now {slots}; open transfers are cut)"},
	{kind: "redshift.retry", targets: []string{"redshift:cluster", "redshift:table"}, risk: pipewright.R0, hops: 0, expected: 5 * time.Minute,
		before: "a load into it failed", after: "the load succeeds", undo: nothingUndo, needs: []string{"failed"}, lacking: noFailed, again: true,
		dryRun: "COPY again (the load of {failed})"},

	{kind: "dms.restart", targets: captures, risk: pipewright.R1, hops: 1, expected: 10 * time.Minute,
		before: "the task exists", after: "lag_seconds falls", undo: "nothing to undo: it goes on where it stopped",
		dryRun: "aws dms stop-replication-task, then start-replication-task --start-replication-task-type resume-processing ({name})"},
	{kind: "dms.retry", targets: captures, risk: pipewright.R0, hops: 0, expected: 2 * time.Minute,
		before: "the task exists", after: "lag_seconds falls", undo: "nothing to undo",
		dryRun: "aws dms start-replication-task --start-replication-task-type resume-processing ({name})"},

	{kind: "k8s.restart", targets: servers, risk: pipewright.R1, hops: 0, expected: 4 * time.Minute,
		before: "the deployment exists", after: "replicas are ready and error_rate is back", undo: "nothing to undo: the same version runs",
		dryRun: "kubectl -n {namespace} rollout restart deployment/{name}"},
	{kind: "k8s.scale_up", targets: servers, risk: pipewright.R1, hops: 0, expected: 4 * time.Minute,
		before: bigger, after: "latency_p99_ms is back", undo: "k8s.scale_down sets the replicas back", inverse: "k8s.scale_down", needs: []string{"next_replicas"}, lacking: biggest, args: []string{"next_replicas"},
		dryRun: "kubectl -n {namespace} scale deployment/{name} --replicas={next_replicas} (now {replicas})"},
	{kind: "k8s.scale_down", targets: servers, risk: pipewright.R1, hops: 0, expected: 4 * time.Minute,
		before: smaller, after: "fewer replicas run", undo: "k8s.scale_up sets the replicas back", inverse: "k8s.scale_up", needs: []string{"smaller_replicas"}, lacking: smallest,
		dryRun: "kubectl -n {namespace} scale deployment/{name} --replicas={smaller_replicas} (now {replicas})"},
	{kind: "k8s.rollback", targets: servers, risk: pipewright.R1, hops: 0, expected: 5 * time.Minute,
		before: "a previous revision exists", after: "error_rate and latency_p99_ms are back", undo: "k8s.rollback goes forward again", inverse: "k8s.rollback", needs: []string{"previous_image"}, lacking: "there is no previous revision",
		dryRun: "kubectl -n {namespace} rollout undo deployment/{name} ({previous_image}, now {image})"},

	{kind: "postgres.cancel", targets: []string{"postgres:db", "postgres:table"}, risk: pipewright.R1, hops: 0, expected: 2 * time.Minute,
		before: "a session blocks others", after: "no session waits", undo: "nothing to undo: the application opens another session", needs: []string{"pid"}, lacking: "no session blocks another", args: []string{"pid"},
		dryRun: "SELECT pg_terminate_backend({pid})"},
	{kind: "postgres.rollback", targets: tables, risk: pipewright.R2, hops: 1, expected: time.Minute,
		before: "a compatibility view exists", after: "readers see the table itself", undo: "postgres.remap puts the view back", inverse: "postgres.remap", needs: []string{"view"}, lacking: "there is no compatibility view",
		dryRun: "DROP VIEW {view}"},
}

// remap is declared like the others and prepared by prepareRemap.
var remap = deed{kind: "postgres.remap", targets: tables, risk: pipewright.R2, hops: 1, expected: 16 * time.Minute,
	before: "a column that readers know is gone or has another type, and its successor is known",
	after:  "the next run reads the old columns and succeeds",
	undo:   "postgres.rollback drops the view", inverse: "postgres.rollback"}
