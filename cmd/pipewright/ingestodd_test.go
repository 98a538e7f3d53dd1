package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// follower polls a followed file as the command does, and keeps what came.
type follower struct {
	t      *testing.T
	f      *logFile
	cursor string
	texts  []string
	names  map[string]bool
}

func follow(t *testing.T, path string) *follower {
	t.Helper()
	return &follower{t: t, f: &logFile{path: path, resource: "file:log/x", follow: true}, names: map[string]bool{}}
}

func (f *follower) poll() []string {
	f.t.Helper()
	f.texts = nil
	for {
		b, err := f.f.Poll(f.t.Context(), f.cursor, time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC))
		require.NoError(f.t, err)
		for _, l := range b.Lines {
			require.False(f.t, f.names[l.UID], "%q has the name of another record", l.Text)
			f.names[l.UID] = true
			f.texts = append(f.texts, strings.TrimPrefix(l.Text, "etl: "))
		}
		if f.cursor = b.Cursor; f.f.drained() {
			return f.texts
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func stepLine(n int) string {
	return fmt.Sprintf("2026-11-20 03:10:%02d,1 INFO etl: step %d\n", n, n)
}

func TestATraceThatIsHalfWrittenWaitsForItsRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	f := follow(t, path)
	put(t, path, stepLine(1)+"2026-11-20 03:10:02,1 ERROR etl: failed\nTraceback (most recent call last):\n  File \"x.py\", li")
	assert.Equal(t, []string{"step 1"}, f.poll())
	put(t, path, "ne 1\nKeyError: 'customer_id'\n")
	assert.Empty(t, f.poll(), "it may still go on")
	assert.Equal(t, []string{"failed\nTraceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'customer_id'"}, f.poll(), "nothing was added since")
	assert.Empty(t, f.poll())
	put(t, path, stepLine(3)+stepLine(4))
	assert.Equal(t, []string{"step 3"}, f.poll())
	assert.Equal(t, []string{"step 4"}, f.poll())
}

func TestARotatedFileIsReadToItsEndAndThenTheNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	f := follow(t, path)
	put(t, path, stepLine(1)+stepLine(2))
	f.poll()
	put(t, path, stepLine(3)+stepLine(4))
	require.NoError(t, os.Rename(path, path+".1"))
	assert.Equal(t, []string{"step 2", "step 3"}, f.poll(), "none took its place yet")
	put(t, path+".1", stepLine(5))
	put(t, path, "")
	assert.Equal(t, []string{"step 4", "step 5"}, f.poll(), "what was held back comes, and what was added after the rename")
	put(t, path, stepLine(6)+stepLine(7))
	assert.Equal(t, []string{"step 6"}, f.poll())
	require.NoError(t, os.Rename(path, path+".2"))
	put(t, path, stepLine(6)+stepLine(7)+stepLine(8))
	assert.Equal(t, []string{"step 7"}, f.poll()[:1])
}

func TestAFileThatIsCutIsReadFromItsStart(t *testing.T) {
	banner := strings.Repeat("2026-11-20 03:10:30,1 INFO etl: the same banner\n", 20) // longer than a file is known by
	path := filepath.Join(t.TempDir(), "x.log")
	f := follow(t, path)
	for round := range 3 {
		require.NoError(t, os.WriteFile(path, []byte(banner+stepLine(10-round*3)+strings.Repeat(stepLine(11), 3-round)), 0o600))
		assert.Contains(t, append(f.poll(), f.poll()...), fmt.Sprintf("step %d", 10-round*3), "round %d", round)
	}
}

func TestIngestTextInOddEncodings(t *testing.T) {
	utf16 := func(e unicode.Endianness, bom unicode.BOMPolicy) string {
		s, err := unicode.UTF16(e, bom).NewEncoder().String(nightLog)
		require.NoError(t, err)
		return s
	}
	for name, text := range map[string]string{
		"UTF-8 with a mark":            "\xef\xbb\xbf" + nightLog,
		"UTF-16, little end first":     utf16(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16, big end first":        utf16(unicode.BigEndian, unicode.UseBOM),
		"UTF-16 without a mark":        utf16(unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16, big, without a mark":  utf16(unicode.BigEndian, unicode.IgnoreBOM),
		"Latin-1 and binary in a line": nightLog + "2026-11-20 03:10:35,1 INFO etl: caf\xe9 \x00\x01\x02\xff\xfe\n" + strings.Repeat(nightLog, 1),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db, log := filepath.Join(dir, "p.db"), filepath.Join(dir, "x.log")
			require.NoError(t, os.WriteFile(log, []byte(text), 0o600))
			got, errs, code := ingested(t, "", "logs", log, "--db", db, "--json")
			require.Zero(t, code, errs)
			assert.GreaterOrEqual(t, got.Records, 2)
			hits := searchHits(t, db, "KeyError customer_id")
			require.NotEmpty(t, hits)
			assert.Contains(t, hits[0].Excerpt, "step 2 failed")
			assert.Equal(t, "2026-11-20T03:10:31.1Z", hits[0].Start.Format(time.RFC3339Nano))
		})
	}
}

// repeated is a reader of one byte many times, then of a text.
type repeated struct {
	n    int
	then io.Reader
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n == 0 {
		return r.then.Read(p)
	}
	n := min(len(p), r.n)
	for i := range n {
		p[i] = 'x'
	}
	r.n -= n
	return n, nil
}

func TestALineOf100MBIsCutAndWhatFollowsIsRead(t *testing.T) {
	db := filepath.Join(t.TempDir(), "p.db")
	var out, errs bytes.Buffer
	in := io.MultiReader(strings.NewReader(nightLog+"2026-11-20 03:11:00,1 INFO etl: "), &repeated{n: 100 << 20, then: strings.NewReader("\n" + stepLine(59))})
	p := program{in: in, out: &out, err: &errs, now: time.Now, env: func(string) string { return "" }}
	require.Zero(t, run(t.Context(), p, []string{"ingest", "logs", "-", "--db", db}), errs.String())
	assert.Contains(t, out.String(), "4 new records")
	s, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	lines, err := s.Logs(context.Background(), pipewright.LogQuery{})
	require.NoError(t, err)
	require.Len(t, lines, 4)
	for _, l := range lines {
		assert.Less(t, len(l.Text), 300<<10)
	}
	assert.Contains(t, lines[2].Text+lines[3].Text, "step 59")
}

func TestWhatIsNotKeptAsItWasReadIsCountedOnce(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "x.log")
	require.NoError(t, os.WriteFile(log, []byte(stepLine(1)+"2026-11-20 03:10:02,1 INFO etl: "+strings.Repeat("word ", 200_000)+"\n2026-11-20 03:10:03,1 INFO etl: caf\xe9\n2026-11-20 03:10:04,1 INFO etl: na\xefve\n"), 0o600))
	got, errs, code := ingested(t, "", "logs", log, "--db", filepath.Join(dir, "p.db"), "--json")
	require.Zero(t, code, errs)
	assert.Equal(t, 4, got.Records)
	assert.Equal(t, 1, got.Noted["long_lines_cut"])
	assert.Equal(t, 2, got.Noted["lines_not_UTF-8"])
	assert.Empty(t, errs)
}
