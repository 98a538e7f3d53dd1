package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// Records that are damaged on disk are told of in one sentence, and others are still read.
func TestADamagedBlockIsToldAndTheOthersAreRead(t *testing.T) {
	ctx, at := context.Background(), time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	_, err := s.Ingest(ctx, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: "glue:job/a", At: at, Text: "lost"}, {Resource: "glue:job/b", At: at, Text: "kept"}}})
	require.NoError(t, err)
	for name, statement := range map[string]string{ // in any order
		"changed": `UPDATE line_packs SET pack = CAST(substr(pack, 1, 8) || x'7f' || substr(pack, 10) AS BLOB) WHERE id = (SELECT min(id) FROM line_blocks)`,
		"empty":   `UPDATE line_packs SET pack = x'' WHERE id = (SELECT min(id) FROM line_blocks)`,
		"gone":    `DELETE FROM line_packs WHERE id = (SELECT min(id) FROM line_blocks)`,
	} {
		intrude(t, path, statement)
		_, err = s.Logs(ctx, pipewright.LogQuery{})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), name)
		assert.ErrorContains(t, err, "restore the store from a backup", name)
		_, err = s.SearchLogs(ctx, pipewright.LogQuery{Text: "lost"})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), name)
		lines, err := s.Logs(ctx, pipewright.LogQuery{Resources: []pipewright.ResourceID{"glue:job/b"}})
		require.NoError(t, err)
		assert.Len(t, lines, 1)
	}
}

// Polls that bring a record each leave few blocks, not one for each poll.
func TestSmallBlocksAreMerged(t *testing.T) {
	ctx, at := context.Background(), time.Date(2026, 3, 2, 3, 10, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	const polls = 300
	for n := range polls {
		_, err := s.Ingest(ctx, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: "glue:job/a", At: at.Add(time.Duration(n) * time.Second), Text: fmt.Sprintf("step %d", n)}}})
		require.NoError(t, err)
	}
	intrude(t, path, fmt.Sprintf(`CREATE TABLE small_check (few INTEGER CHECK (few < 12), kept INTEGER CHECK (kept = %d), words INTEGER CHECK (words = %d)) STRICT;
		INSERT INTO small_check SELECT count(*), sum(n), sum(words) FROM line_blocks;
		INSERT INTO small_check SELECT 0, lines, words FROM line_totals;
		INSERT INTO small_check SELECT count(*), %d, %d FROM lines_text;
		INSERT INTO lines_text (lines_text) VALUES ('integrity-check'); DROP TABLE small_check`, polls, 2*polls, polls, 2*polls))
	for _, n := range []int{0, 150, 299} {
		hits, err := s.Logs(ctx, pipewright.LogQuery{Text: fmt.Sprintf("step %d", n)})
		require.NoError(t, err)
		require.Len(t, hits, 1)
		assert.EqualValues(t, n+1, hits[0].Line)
	}
}
