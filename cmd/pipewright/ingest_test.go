package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ingested runs ingest and returns what it says.
func ingested(t *testing.T, in string, args ...string) (ingestion, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	p := program{in: strings.NewReader(in), out: &out, err: &errs, now: time.Now, env: func(string) string { return "" }}
	code := run(t.Context(), p, append([]string{"ingest"}, args...))
	var report ingestion
	if code == 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	}
	return report, errs.String(), code
}

func searchHits(t *testing.T, db string, query string) []hit {
	t.Helper()
	var out bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
	require.Zero(t, run(t.Context(), p, []string{"search", "--db", db, "--json", query}), out.String())
	var found searchResult
	require.NoError(t, json.Unmarshal(out.Bytes(), &found))
	return found.Hits
}

const nightLog = "2026-11-20 03:10:30,1 INFO etl: step 1 of orders_etl\n" +
	"2026-11-20 03:10:31,1 ERROR etl: step 2 failed, password=hunter2secret\n" +
	"Traceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'customer_id'\n"

func TestIngestLogs(t *testing.T) {
	dir := t.TempDir()
	db, log := filepath.Join(dir, "p.db"), filepath.Join(dir, "night.log")
	require.NoError(t, os.WriteFile(log, []byte(nightLog), 0o600))
	args := []string{"logs", log, "--db", db, "--json", "--resource", "glue:job/orders_etl"}

	first, errs, code := ingested(t, "", args...)
	require.Zero(t, code, errs)
	require.Equal(t, 2, first.Records)
	hits := searchHits(t, db, "KeyError")
	require.Len(t, hits, 1)
	require.Contains(t, hits[0].Excerpt, "step 2 failed")
	require.NotContains(t, hits[0].Excerpt, "hunter2secret", "redaction comes before the store")

	again, _, _ := ingested(t, "", args...)
	require.Zero(t, again.Records, "what was read is not read again")

	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("2026-11-20 03:10:33,1 INFO etl: retried\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	more, _, _ := ingested(t, "", args...)
	require.Equal(t, 1, more.Records, "only what was added")

	require.NoError(t, os.WriteFile(log, []byte("2026-11-20 04:00:00,1 INFO etl: a new file after rotation\n"), 0o600))
	rotated, _, _ := ingested(t, "", args...)
	require.Equal(t, 1, rotated.Records, "a rotated file is read from its start")
}

func TestIngestOddInput(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(nightLog))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, c := range map[string]struct {
		args    []string
		in      string
		records int
		says    string
	}{
		"gzip":                    {args: []string{"logs", write("a.log.gz", packed.Bytes())}, records: 2},
		"the standard input":      {args: []string{"logs", "-"}, in: nightLog, records: 2},
		"an empty file":           {args: []string{"logs", write("empty.log", nil)}},
		"a program":               {args: []string{"logs", write("a.out", []byte("\x7fELF\x00\x01\x02\x00\x00\x00"))}, says: "is no text: nothing of it was read"},
		"half a gzip":             {args: []string{"logs", write("half.gz", packed.Bytes()[:40])}, says: "was not written to its end"},
		"no such file":            {args: []string{"logs", filepath.Join(dir, "none*")}, says: "there is no file"},
		"metrics":                 {args: []string{"metrics", write("cpu_percent.csv", []byte("timestamp,value\n2026-11-20 03:00:00,5\n2026-11-20 03:01:00,6.5\n")), "--resource", "glue:job/x"}, records: 2},
		"metrics without a value": {args: []string{"metrics", write("bad.csv", []byte("timestamp,x\n1,2\n"))}, says: `has no column "value"`},
		"a sample that is none":   {args: []string{"metrics", write("worse.csv", []byte("timestamp,value\nsoon,2\n"))}, says: "line 2"},
		"a bad resource":          {args: []string{"logs", "-", "--resource", "orders"}, says: "is not a resource"},
	} {
		t.Run(name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "p.db")
			got, errs, code := ingested(t, c.in, append(c.args, "--db", db, "--json")...)
			require.Equal(t, c.says != "", code != 0, errs)
			require.Contains(t, errs, c.says)
			require.LessOrEqual(t, strings.Count(errs, "\n"), 1, "one clear line")
			require.Equal(t, c.records, got.Records)
		})
	}
}
