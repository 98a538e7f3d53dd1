package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/internal/sqlstore"
	"github.com/pipewright/pipewright/migrations"
)

// age turns a store without log records into what version 5 left: log records in rows.
func age(t *testing.T, path string) {
	t.Helper()
	for _, table := range []string{"line_blocks", "line_packs", "line_names", "line_totals", "line_outlines", "lines_text", "templates", "mined", "meanings", "meanings_text", "documents", "spaces", "vectors"} {
		intrude(t, path, `DROP TABLE `+table)
	}
	old, err := migrations.SQLite.ReadFile("sqlite/00002_telemetry.sql")
	require.NoError(t, err)
	from, to := strings.Index(string(old), "CREATE TABLE lines"), strings.Index(string(old), "CREATE TABLE series")
	intrude(t, path, string(old)[from:to])
	intrude(t, path, `DELETE FROM goose_db_version WHERE version_id >= 6`)
}

// A store from before people could change modes opens, keeps what waits, and can be
// told modes from then on.
func TestAStoreOfTheVersionBeforeOpensAndGoesOn(t *testing.T) {
	ctx, at := t.Context(), time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	ap := pipewright.Approval{ID: "ap-0001", Incident: "inc-0001", MayApprove: []string{"ana"}, State: pipewright.ApprovalPending, AskedAt: at, Expires: at.Add(time.Hour)}
	_, err := s.Commit(ctx, heal.Entry{Approvals: []pipewright.Approval{ap}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	age(t, path)
	intrude(t, path, `DROP TABLE modes; DELETE FROM goose_db_version WHERE version_id >= 5`)

	s = open(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	kept, err := s.Approval(ctx, ap.ID)
	require.NoError(t, err)
	assert.Equal(t, ap, kept)
	change := pipewright.ModeChange{Rung: pipewright.Observe, By: "ana", At: at}
	_, err = s.Commit(ctx, heal.Entry{Mode: &change})
	require.NoError(t, err)
	changes, err := s.Modes(ctx)
	require.NoError(t, err)
	assert.Equal(t, []pipewright.ModeChange{change}, changes)
	report, err := s.AuditVerify(ctx)
	require.NoError(t, err)
	assert.True(t, report.OK(), "%+v", report.Fault)
}

// A store that kept a row for each log record packs them when it opens: none is lost, each
// keeps its number and its name, and the next is numbered on.
func TestLogRecordsOfAnOlderStoreArePacked(t *testing.T) {
	ctx, at := t.Context(), time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store.db")
	lines := make([]pipewright.LogLine, 50_000) // more than is packed in one transaction
	for i := range lines {
		lines[i] = pipewright.LogLine{Resource: pipewright.ResourceID(fmt.Sprintf("glue:job/j%d", i%3)), At: at.Add(time.Duration(i) * time.Second), Level: pipewright.Info, Run: "jr_1",
			Text: fmt.Sprintf("finished task %d", i/2)}
		if i%5 > 0 {
			lines[i].UID = fmt.Sprintf("file@%d", i*100)
		}
	}
	lines[10].At, lines[13].At = at, at
	lines[13].Resource, lines[13].Text, lines[10].UID, lines[13].UID = lines[10].Resource, lines[10].Text, "", "" // two equal ones

	s := open(t, path)
	want, err := s.Ingest(ctx, pipewright.Batch{Lines: lines})
	require.NoError(t, err)
	rows := rowsOf(t, s)
	require.NoError(t, s.Close())
	age(t, path)
	addRows(t, path, rows)

	s = open(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	again, err := s.Ingest(ctx, pipewright.Batch{Lines: lines})
	require.NoError(t, err)
	assert.Empty(t, again.Lines)
	got, err := s.Logs(ctx, pipewright.LogQuery{Limit: 1_000_000})
	require.NoError(t, err)
	require.Len(t, got, len(want.Lines))
	byName := map[string]pipewright.LogLine{}
	for _, l := range got {
		byName[fmt.Sprint(l.Resource, l.Line)] = l
	}
	for _, l := range want.Lines {
		l.UID = ""
		require.Equal(t, l, byName[fmt.Sprint(l.Resource, l.Line)])
	}
	hits, err := s.Logs(ctx, pipewright.LogQuery{Text: "task 17000", Run: "jr_1"})
	require.NoError(t, err)
	assert.Len(t, hits, 2)
	next, err := s.Ingest(ctx, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: "glue:job/j0", At: at, Text: "next"}}})
	require.NoError(t, err)
	assert.Equal(t, int64(len(lines)/3+2), next.Lines[0].Line)
}

// rowsOf is the log records of a store as an older version kept them.
func rowsOf(t *testing.T, s *sqlite.Store) (out [][]any) {
	t.Helper()
	err := s.Snapshot(t.Context(), func(snap sqlstore.Snapshot) error {
		rows, err := snap.Rows(t.Context(), sqlstore.Table{Name: "lines", Columns: make([]string, 7)})
		require.NoError(t, err)
		for rows.Next() {
			row := make([]any, 7)
			require.NoError(t, rows.Scan(&row[0], &row[1], &row[2], &row[3], &row[4], &row[5], &row[6]))
			out = append(out, row)
		}
		require.NoError(t, rows.Err())
		return rows.Close()
	})
	require.NoError(t, err)
	return out
}

func addRows(t *testing.T, path string, rows [][]any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	for _, row := range rows {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO lines (id, resource, at, level, run, uid, text) VALUES (?, ?, ?, ?, ?, ?, ?)`, row...)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
}

// A store whose blocks have no outlines gets them when it opens, those that a process
// which was stopped has made not again.
func TestBlocksOfAnOlderStoreAreOutlined(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	for i := range 300 { // more than in one transaction
		_, err := s.Ingest(t.Context(), pipewright.Batch{Lines: []pipewright.LogLine{{Resource: pipewright.ResourceID(fmt.Sprintf("glue:job/j%d", i)), Text: fmt.Sprintf("task %d done", i)}}})
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	intrude(t, path, `CREATE TABLE was AS SELECT * FROM line_outlines; DROP TABLE line_outlines; ALTER TABLE line_totals DROP COLUMN writes; ALTER TABLE line_totals DROP COLUMN outlined; DELETE FROM goose_db_version WHERE version_id >= 8`)

	require.NoError(t, open(t, path).Close())
	same := `CREATE TABLE outlined_check (n INTEGER CHECK (n = 0)) STRICT; INSERT INTO outlined_check SELECT count(*) FROM was w WHERE NOT EXISTS (SELECT 1 FROM line_outlines o WHERE o.id = w.id AND o.body = w.body AND o.body <> x'');
		INSERT INTO outlined_check SELECT 300 - count(*) FROM line_outlines; DROP TABLE outlined_check`
	intrude(t, path, same)

	intrude(t, path, `DELETE FROM line_outlines WHERE id > (SELECT id FROM line_blocks ORDER BY id LIMIT 1 OFFSET 200); UPDATE line_totals SET outlined = (SELECT max(id) FROM line_outlines)`)
	require.NoError(t, open(t, path).Close())
	intrude(t, path, same)
}
