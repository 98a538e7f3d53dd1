package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/sqlite"
)

func TestLinesTypedBeforeAreKeptWithoutSecretsForOnePersonAndStore(t *testing.T) {
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "a.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	p := program{env: func(k string) string { return map[string]string{"XDG_STATE_HOME": dir}[k] }}
	open := func(name string) past {
		h, err := p.pastOf(t.Context(), store, name, config.Config{})
		require.NoError(t, err)
		return h
	}
	h := open(store.Path())
	h.add("why did orders fail?\nTraceback")
	h.add("postgres://etl:hunter2secret@db.internal/shop is down")
	h.add(" not for the next time")

	again := open(store.Path())
	require.Len(t, again.lines, 2)
	assert.Equal(t, "why did orders fail?\nTraceback", again.lines[0], "lines that belong together stay so")
	assert.NotContains(t, again.lines[1], "hunter2secret")
	info, err := os.Stat(h.path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Empty(t, open(filepath.Join(dir, "b.db")).lines, "another store has lines of its own")

	require.NoError(t, os.WriteFile(h.path, []byte(strings.Repeat("\"x\"\n", 2*keptLines+1)+"broken\n"), 0o600))
	assert.Len(t, open(store.Path()).lines, keptLines)
	b, err := os.ReadFile(h.path)
	require.NoError(t, err)
	assert.Equal(t, keptLines, strings.Count(string(b), "\n"), "a long file is cut down")

	p.env = func(string) string { return "" }
	nowhere := open(store.Path())
	nowhere.add("x")
	assert.Empty(t, nowhere.path, "without a home nothing is kept")
}

func TestAConversationIsNeverSavedOverAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "talk.txt")
	require.NoError(t, saveNew(name, "first"))
	require.ErrorContains(t, saveNew(name, "second"), "exists already")
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "first", string(b))
}
