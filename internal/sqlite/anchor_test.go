package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request appends one record to the chain.
func request(t *testing.T, s *sqlite.Store) {
	t.Helper()
	_, err := s.AddRequest(context.Background(), pipewright.Request{Kind: pipewright.RequestPause, Who: "ana", At: time.Unix(1e9, 0)})
	require.NoError(t, err)
}

func verify(t *testing.T, s *sqlite.Store) pipewright.AuditReport {
	t.Helper()
	report, err := s.AuditVerify(context.Background())
	require.NoError(t, err)
	return report
}

func TestAnchor(t *testing.T) {
	// three leaves a closed store with three records.
	three := func(t *testing.T) (path string) {
		path = filepath.Join(t.TempDir(), "store.db")
		s := open(t, path)
		for range 3 {
			request(t, s)
		}
		require.NoError(t, s.Close())
		return path
	}

	t.Run("one that lags behind the chain, as after a crash, is no fault", func(t *testing.T) {
		path := three(t)
		lagging, err := os.ReadFile(path + ".anchor")
		require.NoError(t, err)
		s := open(t, path)
		request(t, s)
		require.NoError(t, s.Close())
		require.NoError(t, os.WriteFile(path+".anchor", lagging, 0o600))

		s = open(t, path)
		defer s.Close()
		report := verify(t, s)
		assert.True(t, report.OK(), "%+v", report.Fault)
		assert.EqualValues(t, 4, report.Records)
		assert.EqualValues(t, 3, report.Anchored)
		request(t, s)
		assert.EqualValues(t, 5, verify(t, s).Anchored, "the next commit catches up")
	})

	t.Run("one that is ahead means that the tail is gone", func(t *testing.T) {
		path := three(t)
		old := three(t)
		s := open(t, path)
		request(t, s)
		require.NoError(t, s.Close())
		ahead, err := os.ReadFile(path + ".anchor")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(old+".anchor", ahead, 0o600))
		s = open(t, old)
		defer s.Close()
		report := verify(t, s)
		require.False(t, report.OK())
		assert.EqualValues(t, 4, report.Fault.N)
		assert.Contains(t, report.Fault.What, "tail was deleted")
	})

	t.Run("a chain rewritten with every hash right does not fit it", func(t *testing.T) {
		path := three(t)
		anchor, err := os.ReadFile(path + ".anchor")
		require.NoError(t, err)
		require.NoError(t, errors.Join(os.Remove(path), os.Remove(path+".anchor")))
		s := open(t, path)
		for range 3 {
			_, err := s.AddRequest(context.Background(), pipewright.Request{Kind: pipewright.RequestPause, Who: "eve", At: time.Unix(1e9, 0)})
			require.NoError(t, err)
		}
		require.NoError(t, s.Close())
		require.NoError(t, os.WriteFile(path+".anchor", anchor, 0o600))
		s = open(t, path)
		defer s.Close()
		report := verify(t, s)
		require.False(t, report.OK())
		assert.EqualValues(t, 3, report.Fault.N)
		assert.Contains(t, report.Fault.What, "rewritten")
	})

	t.Run("a missing one is a fault, and leaves a note for good when the loop goes on", func(t *testing.T) {
		path := three(t)
		require.NoError(t, os.Remove(path+".anchor"))
		s := open(t, path)
		defer s.Close()
		report := verify(t, s)
		require.False(t, report.OK())
		assert.Contains(t, report.Fault.What, "missing")
		assert.NoFileExists(t, path+".anchor", "looking does not mend it")

		request(t, s)
		report = verify(t, s)
		assert.True(t, report.OK(), "%+v", report.Fault)
		assert.EqualValues(t, 5, report.Anchored)
		require.Len(t, report.Notes, 1)
		assert.Contains(t, report.Notes[0], "record 4")
	})

	t.Run("one left over from a store that is gone does not bind a new one", func(t *testing.T) {
		path := three(t)
		require.NoError(t, os.Remove(path))
		s := open(t, path)
		defer s.Close()
		request(t, s)
		report := verify(t, s)
		assert.True(t, report.OK(), "%+v", report.Fault)
		assert.EqualValues(t, 1, report.Anchored)
		require.Len(t, report.Notes, 1)
		assert.Contains(t, report.Notes[0], "earlier store")
		assert.FileExists(t, path+".anchor.orphan", "it is evidence, so it is kept")
	})

	t.Run("one that was scribbled on is a fault", func(t *testing.T) {
		path := three(t)
		require.NoError(t, os.WriteFile(path+".anchor", []byte("scribble"), 0o600))
		s := open(t, path)
		defer s.Close()
		report := verify(t, s)
		require.False(t, report.OK())
		assert.Contains(t, report.Fault.What, "cannot be read")
	})
}
