package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpenRefuses(t *testing.T) {
	ours := func(t *testing.T, dir string) string {
		path := filepath.Join(dir, "ours.db")
		require.NoError(t, open(t, path).Close())
		return path
	}
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string) string
		opts sqlite.Options
		kind pipewright.ErrorKind
		says string
	}{
		"a text file": {func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "notes.db")
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("these are notes ", 500)), 0o600))
			return path
		}, sqlite.Options{}, pipewright.Invalid, "is not a database"},
		"a short text file": {func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "notes.db")
			require.NoError(t, os.WriteFile(path, []byte("notes"), 0o600))
			return path
		}, sqlite.Options{}, pipewright.Invalid, "is not a database"},
		"another program's database": {func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "other.db")
			intrude(t, path, `CREATE TABLE bookmarks (url TEXT)`)
			return path
		}, sqlite.Options{}, pipewright.Invalid, "another program"},
		"a store from a newer version": {func(t *testing.T, dir string) string {
			path := ours(t, dir)
			intrude(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
			return path
		}, sqlite.Options{}, pipewright.Invalid, "newer pipewright"},
		"a missing directory": {func(t *testing.T, dir string) string {
			return filepath.Join(dir, "none", "store.db")
		}, sqlite.Options{}, pipewright.Invalid, "make the directory"},
		"a directory": {func(t *testing.T, dir string) string { return dir }, sqlite.Options{}, pipewright.Invalid, "directory"},
		"a missing file that must exist": {func(t *testing.T, dir string) string {
			return filepath.Join(dir, "store.db")
		}, sqlite.Options{Existing: true}, pipewright.NotFound, "there is no store"},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.make(t, t.TempDir())
			before, _ := os.ReadFile(path)
			_, err := sqlite.Open(context.Background(), path, c.opts)
			require.Error(t, err)
			assert.Equal(t, c.kind, pipewright.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "\n", "one sentence")
			after, _ := os.ReadFile(path)
			assert.Equal(t, before, after, "the file stays untouched")
		})
	}
}

func TestOpenTakes(t *testing.T) {
	for name, file := range map[string]string{
		"a new file":             "store.db",
		"a name full of marks":   "a b?c#d%41&mode=memory'\".db",
		"a name beyond the code": "データ.db",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), file)
			require.NoError(t, open(t, path).Close())
			assert.FileExists(t, path)
			s, err := sqlite.Open(context.Background(), path, sqlite.Options{Existing: true})
			require.NoError(t, err)
			require.NoError(t, s.Close())
		})
	}
	t.Run("an empty file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, open(t, path).Close())
	})
	t.Run("a new file from many openers at once", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() {
				s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
				if errs[i] = err; err == nil {
					errs[i] = s.Close()
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			assert.NoError(t, err)
		}
	})
}
