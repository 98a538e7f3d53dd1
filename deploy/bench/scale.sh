#!/usr/bin/env bash
# Measures what deploy/SCALE.md is worked out from: scale.sh PIPEWRIGHT FOLDER [LINES [STORE]]
#
# PIPEWRIGHT is the binary, FOLDER an empty one for logs and stores, LINES how many lines in all
# (1,000,000), STORE a PostgreSQL URL of an empty database (default: an embedded file). It prints, for 50
# resources and for as many as 10,000, CPU seconds, the peak of memory, and bytes of the store; then what
# searches take. CPU time is what counts: wall time is also what else the machine does. It needs python3, GNU
# time, and sqlite3 or psql.
set -euo pipefail
bin=$(realpath "$1") dir=$2 lines=${3:-1000000} store=${4:-}
here=$(dirname "$(realpath "$0")")
mkdir -p "$dir"

timed() { # what, then the command: CPU and wall seconds, peak MB
	local what=$1
	shift
	/usr/bin/time -o "$dir/time" -f "%U %S %e %M" "$@" >"$dir/out" 2>"$dir/err" || { cat "$dir/err" >&2; exit 1; }
	awk -v what="$what" '{printf "%-44s cpu %8.2f s   wall %8.2f s   peak %5d MB\n", what, $1 + $2, $3, $4 / 1024}' "$dir/time"
}

size() { # bytes of the store
	if [[ $db == postgres* ]]; then
		psql -Atc 'SELECT pg_database_size(current_database())' "$db"
	else
		cat "$db"* 2>/dev/null | wc -c || true
	fi
}

count() { # what of the store
	if [[ $db == postgres* ]]; then psql -Atc "$1" "$db"; else sqlite3 "$db" "$1"; fi
}

for resources in 50 $((lines / 100 < 10000 ? lines / 100 : 10000)); do
	rm -rf "$dir/logs"
	python3 "$here/scale.py" "$dir/logs" "$resources" $((lines / resources))
	db=${store:-$dir/$resources.db}
	before=$(size)
	timed "ingest $lines lines of $resources resources" "$bin" ingest logs "$dir/logs" --db "$db" --json
	awk -v n="$lines" -v raw="$(cat "$dir"/logs/* | wc -c)" -v b="$(($(size) - before))" 'BEGIN {printf "%-44s %.0f bytes a line raw, %.0f stored\n", "", raw / n, b / n}'
	printf '%-44s %s documents, %s templates, %s vectors\n' "" "$(count 'SELECT count(*) FROM documents')" \
		"$(count "SELECT count(*) FROM templates WHERE joined = ''")" "$(count 'SELECT count(*) FROM vectors')"
	for query in "retried query" "lost the connection" "scheduler received checkpoint of session"; do
		timed "search of everything: $query" "$bin" search "$query" --db "$db" --limit 10 --json
	done
	timed "search of one resource: lost the connection" "$bin" search "lost the connection" --source file:log/job-00007.log --db "$db" --limit 10 --json
	timed "what is stored of it, by line" "$bin" search --source file:log/job-00007.log --lines 1-50 --db "$db" --json
	[[ -z $store ]] || break # one database, one round
done
