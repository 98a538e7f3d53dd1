package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/internal/storetest"
	"github.com/stretchr/testify/require"
)

var backend = storetest.Backend{
	Fresh: func(t testing.TB) string { return filepath.Join(t.TempDir(), "store.db") },
	Open: func(t testing.TB, name string) storetest.Store {
		t.Helper()
		return open(t, name)
	},
	Exec: intrude,
}

func TestConformance(t *testing.T) { storetest.Run(t, backend) }

func BenchmarkStore(b *testing.B) { storetest.Bench(b, backend) }

// open opens a store; the caller closes it.
func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	require.NoError(t, err)
	return s
}

// intrude runs raw SQL on the file.
func intrude(t testing.TB, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	require.NoError(t, err)
}
