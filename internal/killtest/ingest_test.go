//go:build unix

package killtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// logged is how many records the log has that is ingested: some batches.
const logged = 90_000

// aLog writes a log whose records are numbered.
func aLog(t *testing.T) (path, db string) {
	t.Helper()
	var text strings.Builder
	for n := range logged {
		fmt.Fprintf(&text, "2026-11-20 03:%02d:%02d,000 INFO etl: step %d of %x\n", n/60%60, n%60, n, uint64(n+1)*0x9e3779b97f4a7c15)
	}
	path = filepath.Join(t.TempDir(), "night.log")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	return path, filepath.Join(filepath.Dir(path), "p.db")
}

// requireSteps checks that the store has the first records of the log, each once and in
// their order, and can find them by their words.
func requireSteps(t *testing.T, db string) (n int) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	lines, err := s.Logs(context.Background(), pipewright.LogQuery{Limit: 1_000_000})
	require.NoError(t, err)
	seen := map[int64]string{}
	for _, l := range lines {
		seen[l.Line] = l.Text
	}
	require.Len(t, seen, len(lines))
	for i := range lines {
		require.True(t, strings.HasPrefix(seen[int64(i+1)], fmt.Sprintf("etl: step %d of ", i)), "record %d is %q", i+1, seen[int64(i+1)])
	}
	for _, i := range []int{0, len(lines) / 2, len(lines) - 1} {
		if i >= 0 && i < len(lines) {
			hits, err := s.Logs(context.Background(), pipewright.LogQuery{Text: fmt.Sprintf("%x", uint64(i+1)*0x9e3779b97f4a7c15)})
			require.NoError(t, err)
			require.Len(t, hits, 1)
		}
	}
	return len(lines)
}

func ingestAll(t *testing.T, log, db string) {
	t.Helper()
	out, err := exec.Command(binary, "ingest", "logs", log, "--db", db).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, logged, requireSteps(t, db))
}

// TestAnIngestOntoAFullDisk says so in one sentence, keeps what was stored, and goes on
// from there when there is room.
func TestAnIngestOntoAFullDisk(t *testing.T) {
	log, db := aLog(t)
	out, err := exec.Command("sh", "-c", `ulimit -f 6000; exec "$@"`, "sh", binary, "ingest", "logs", log, "--db", db).CombinedOutput() // 3 MB
	require.Equal(t, 1, exitCode(err), "%s", out)
	assert.Regexp(t, `^pipewright: [^\n]*(disk is full|cannot be read or written)[^\n]*\n$`, string(out))
	assert.Less(t, requireSteps(t, db), logged)
	ingestAll(t, log, db)
}

// TestAnIngestThatIsKilled is killed at several moments: what it had stored is there
// once, and the next one goes on.
func TestAnIngestThatIsKilled(t *testing.T) {
	log, db := aLog(t)
	cut := 0
	for _, size := range []int64{1, 400_000, 1_000_000, 2_000_000} {
		cmd := exec.Command(binary, "ingest", "logs", log, "--db", db)
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return written(db) >= size }, soon, time.Millisecond, "the store does not grow")
		_ = cmd.Process.Kill() // or it has ended
		if err := cmd.Wait(); exitCode(err) == -1 {
			cut++
		}
		if requireSteps(t, db) == logged {
			break
		}
	}
	assert.Positive(t, cut, "none was killed before its end")
	ingestAll(t, log, db)
}

// written is the size of a store with its log of what was written ahead.
func written(db string) (size int64) {
	for _, path := range []string{db, db + "-wal"} {
		if file, err := os.Stat(path); err == nil {
			size += file.Size()
		}
	}
	return size
}
