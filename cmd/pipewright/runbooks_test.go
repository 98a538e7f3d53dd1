package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/config"
)

func TestRunbooksAreReadWithoutTheirSecrets(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "etl"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "etl", "orders.md"), []byte("# Memory\nConnect with postgres://ann:hunter2secret@db/shop\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no runbook"), 0o600))
	b, err := binderOf(config.Config{Runbooks: dir})
	require.NoError(t, err)
	require.Len(t, b.books, 1)
	store, err := openStore(t.Context(), config.Store{Path: filepath.Join(t.TempDir(), "s.db")}, false)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	books, err := b.redacted(t.Context(), store)
	require.NoError(t, err)
	text, ok := books.Lines("runbook:file/etl/orders.md", 1, 2)
	require.True(t, ok)
	require.Contains(t, text, "# Memory\nConnect with postgres://")
	require.NotContains(t, text, "hunter2secret")
	_, err = binderOf(config.Config{Runbooks: filepath.Join(dir, "nowhere")})
	require.ErrorContains(t, err, "runbooks:")
}
