//go:build integration

package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/postgres"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/internal/storetest"
)

// anchorOf is the anchor that every store on a database moves here, as one replica does.
func anchorOf(at string) string {
	u, _ := url.Parse(at)
	return filepath.Join(os.TempDir(), strings.Trim(u.Path, "/")+".anchor")
}

func open(t testing.TB, at string) *postgres.Store {
	t.Helper()
	t.Cleanup(func() { _ = os.Remove(anchorOf(at)) })
	s, err := postgres.Open(context.Background(), at, postgres.Options{Anchor: anchorOf(at)})
	require.NoError(t, err)
	return s
}

var backend = storetest.Backend{
	Fresh: func(t testing.TB) string { return storetest.Database(t) },
	Open:  func(t testing.TB, name string) storetest.Store { return open(t, name) },
	Exec: func(t testing.TB, name, statement string) {
		storetest.Execute(t, name, strings.ReplaceAll(statement, "AS BLOB)", "AS bytea)"))
	},
}

func TestConformance(t *testing.T) { storetest.Run(t, backend) }

// BenchmarkStore measures the two stores in one run.
func BenchmarkStore(b *testing.B) {
	b.Run("postgres", func(b *testing.B) { storetest.Bench(b, backend) })
	b.Run("sqlite", func(b *testing.B) {
		storetest.Bench(b, storetest.Backend{
			Fresh: func(t testing.TB) string { return filepath.Join(t.TempDir(), "store.db") },
			Open: func(t testing.TB, name string) storetest.Store {
				s, err := sqlite.Open(context.Background(), name, sqlite.Options{})
				require.NoError(t, err)
				return s
			},
		})
	})
}

// A store whose server goes away says so, keeps what it acknowledged, and goes on when
// the server is there again; a loop that lost its ownership meanwhile commits nothing.
func TestALostConnection(t *testing.T) {
	ctx, at := t.Context(), storetest.Database(t)
	s, other := open(t, at), open(t, at)
	defer func() { _ = s.Close() }()
	defer func() { _ = other.Close() }()
	commit := func(s *postgres.Store, n int) error {
		_, err := s.Commit(ctx, heal.Entry{Approvals: []pipewright.Approval{{ID: fmt.Sprintf("ap-%04d", n), AskedAt: time.Unix(int64(n), 0)}}})
		return err
	}
	require.NoError(t, s.Own(ctx))
	require.NoError(t, commit(s, 1))

	cut := func() {
		storetest.Execute(t, at, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
	cut()
	require.Eventually(t, func() bool { return commit(s, 2) == nil }, 10*time.Second, 10*time.Millisecond, "it connects anew")
	require.NoError(t, s.Own(ctx), "and takes its lock again")

	cut()
	require.Eventually(t, func() bool { return other.Own(ctx) == nil }, 10*time.Second, 10*time.Millisecond)
	var err error
	require.Eventually(t, func() bool { err = commit(s, 3); return pipewright.KindOf(err) != pipewright.Unavailable }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "another one is the owner: %v", err)
	require.NoError(t, commit(other, 3))

	_, last, err := other.LastIDs(ctx)
	require.NoError(t, err)
	assert.Equal(t, 3, last)
	report, err := other.AuditVerify(ctx)
	require.NoError(t, err)
	assert.True(t, report.OK(), "%+v", report.Fault)
}

func TestOpenRefuses(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		at   string
		kind pipewright.ErrorKind
		says string
	}{
		"no server":               {"postgres://ana:sekret@127.0.0.1:1/x", pipewright.Unavailable, "cannot be reached"},
		"no URL":                  {"postgres://ana:sekret@127.0.0.1:port/x", pipewright.Invalid, "cannot be read"},
		"another program's":       {strangers(t), pipewright.Invalid, "another program"},
		"one that must exist":     {storetest.Database(t), pipewright.NotFound, "there is no store"},
		"a database that is none": {strings.Replace(storetest.Database(t), "/pw_test", "/pw_none", 1), pipewright.NotFound, "make the database first"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(ctx, c.at, postgres.Options{Existing: name == "one that must exist"})
			require.Error(t, err)
			assert.Equal(t, c.kind, pipewright.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "sekret")
			assert.NotContains(t, err.Error(), "\n", "one sentence")
		})
	}
}

// strangers is a database with somebody else's tables.
func strangers(t *testing.T) string {
	at := storetest.Database(t)
	storetest.Execute(t, at, `CREATE TABLE events (id integer)`)
	return at
}

// Vectors that came without pgvector, from a file or before the server had it, are
// searched in the process until they are ready for its index.
func TestVectorsThatCameWithoutPgvectorAreMadeReady(t *testing.T) {
	ctx, at := t.Context(), storetest.Database(t)
	s := open(t, at)
	defer func() { require.NoError(t, s.Close()) }()
	say, indexed := s.VectorIndex()
	if !indexed && os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "" {
		t.Skip(say)
	}
	require.True(t, indexed, say)
	require.NoError(t, s.PutDocuments(ctx, []pipewright.Document{{ID: "a", Kind: pipewright.RunbookDocument, Text: "a", Terms: "a"}}))
	sp, err := s.Space(ctx, "tiny-1", 3)
	require.NoError(t, err)
	missing, err := s.Unembedded(ctx, sp.Number, 0, 10)
	require.NoError(t, err)
	require.NoError(t, s.PutVectors(ctx, sp, []pipewright.Vector{{Meaning: missing[0].Number, Values: []float32{1, 2, 3}}}))
	require.NoError(t, s.Store.Settle(ctx, sp.Number))
	storetest.Execute(t, at, `UPDATE vectors SET near = NULL`)

	_, indexed, err = s.NearMeanings(ctx, sp, []float32{1, 2, 3}, pipewright.DocumentQuery{}, 5)
	require.NoError(t, err)
	assert.False(t, indexed)
	_, err = s.Unembedded(ctx, sp.Number, 0, 10) // as the background embedder asks
	require.NoError(t, err)
	near, indexed, err := s.NearMeanings(ctx, sp, []float32{1, 2, 3}, pipewright.DocumentQuery{}, 5)
	require.NoError(t, err)
	assert.True(t, indexed)
	assert.Len(t, near, 1)
	storetest.Execute(t, at, fmt.Sprintf(`SELECT 'vectors_near_%d'::regclass`, sp.Number))
}
