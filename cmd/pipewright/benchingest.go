package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// ingestRounds is how often the lines of each system are repeated.
const ingestRounds = 20

// benchIngest is how fast lines come into a new embedded store: read, redacted, indexed
// and committed, as `pipewright ingest logs` does it; how long the processors were busy with
// it, which does not depend on who else is on the machine; and how large the store is.
func (p program) benchIngest(ctx context.Context, systems []loghubSystem) (_ []figure, err error) {
	dir, err := os.MkdirTemp("", "pipewright-bench-")
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "make a folder for the store: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	logs, lines := filepath.Join(dir, "logs"), 0
	if err := os.Mkdir(logs, 0o700); err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "make a folder for the logs: %w", err)
	}
	for _, s := range systems {
		text := strings.Repeat(strings.Join(s.whole, "\n")+"\n", ingestRounds)
		if err := os.WriteFile(filepath.Join(logs, s.name+".log"), []byte(text), 0o600); err != nil {
			return nil, pipewright.Errorf(pipewright.Unavailable, "write the log of %s: %w", s.name, err)
		}
		lines += len(s.whole) * ingestRounds
	}
	var out, errs bytes.Buffer
	p.out, p.err = &out, &errs
	var report ingestion
	db, busy := filepath.Join(dir, "store.db"), processorTime()
	if code := run(ctx, p, []string{"ingest", "logs", logs, "--db", db, "--json"}); code != 0 {
		return nil, pipewright.Errorf(pipewright.Unavailable, "ingest the logs: %s", strings.TrimSpace(errs.String()))
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "read what the ingest says: %w", err)
	}
	busy = processorTime() - busy
	file, err := os.Stat(db)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "measure the store: %w", err)
	}
	n := float64(lines)
	return []figure{
		{What: "ingest, embedded store", Of: "all", Measured: n / report.Seconds, Goal: 200_000, Unit: "lines/s"},
		{What: "ingest, time on a processor", Of: "all", Measured: busy.Seconds() / n * 1e6, Unit: "s a million lines"},
		{What: "ingest, size of the store", Of: "all", Measured: float64(file.Size()) / n, Unit: "bytes/line"},
	}, nil
}
