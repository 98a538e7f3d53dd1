//go:build unix

package killtest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pipewright/pipewright/tools/plant"
	"github.com/stretchr/testify/require"
)

// world is a plant in a process of its own, with the record that it keeps of
// every act.
type world struct {
	url, record string
	process     *process
}

// startWorld starts a plant on a free port.
func startWorld(t *testing.T, seed int, more ...string) *world {
	t.Helper()
	w := &world{record: filepath.Join(t.TempDir(), "record.jsonl")}
	args := append([]string{"plant", "--listen", "127.0.0.1:0", "--record", w.record, "--seed", strconv.Itoa(seed), "--speed", "240", "--faults", "3m", "--history", "24h"}, more...)
	w.process = start(t, binary, args...)
	select {
	case url, ok := <-w.process.lines:
		require.True(t, ok, "the plant did not start: %s", w.process.stderr())
		w.url = url
	case <-time.After(soon):
		t.Fatal("the plant does not start")
	}
	return w
}

// acts reads the record: one line an act, in the order in which they happened.
func (w *world) acts(t *testing.T) []plant.Recorded {
	t.Helper()
	b, err := os.ReadFile(w.record)
	require.NoError(t, err)
	var out []plant.Recorded
	for line := range bytes.Lines(b) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		var r plant.Recorded
		require.NoError(t, json.Unmarshal(line, &r), "%s", line)
		out = append(out, r)
	}
	return out
}
