package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A batch that could not be stored is asked for again with the cursor before it, though
// the one after it has been read by then.
func TestWhatWasReadAheadLeavesNoGap(t *testing.T) {
	const lines = 2*pollRecords + 3
	var text strings.Builder
	for i := range lines {
		fmt.Fprintf(&text, "2026-11-20 03:10:30,1 INFO etl: step %d\n", i)
	}
	path := filepath.Join(t.TempDir(), "night.log")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	f := &logFile{path: path, resource: "file:log/night"}
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	cursor, stored := "", 0
	for poll := 0; !f.drained(); poll++ {
		b, err := f.Poll(t.Context(), cursor, now)
		require.NoError(t, err)
		require.Contains(t, b.Lines[0].Text, fmt.Sprintf("step %d", stored))
		if poll%2 == 1 || f.drained() { // the others were not stored
			cursor, stored = b.Cursor, stored+len(b.Lines)
		}
	}
	require.Equal(t, lines, stored)
}
