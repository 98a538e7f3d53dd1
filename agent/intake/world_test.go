package intake_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/sqlite"
)

const (
	job   = pipewright.ResourceID("glue:job/orders_etl")
	table = pipewright.ResourceID("postgres:table/shop.orders")
)

var noon = time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time {
	return noon.Add(time.Duration(minutes * float64(time.Minute)))
}

// secrets takes out what follows "secret=" or "password=", up to a space.
type secrets struct{}

func (secrets) Text(s string) (string, int) {
	found := 0
	for _, word := range []string{"secret=", "password="} {
		for from := 0; ; {
			i := strings.Index(s[from:], word)
			if i < 0 {
				break
			}
			start := from + i + len(word)
			end := start + strings.IndexAny(s[start:]+" ", " \n\"\\")
			if s[start:end] != "[gone]" {
				s, found = s[:start]+"[gone]"+s[end:], found+1
			}
			from = start + len("[gone]")
		}
	}
	return s, found
}

func openStore(t testing.TB) *sqlite.Store {
	return reopen(t, filepath.Join(t.TempDir(), "test.db"))
}

func reopen(t testing.TB, path string) *sqlite.Store {
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// scripted is a source that gives its batches one a poll, by the number in its
// cursor, and fails when told to.
type scripted struct {
	name    string
	batches []pipewright.Batch
	repeat  bool // gives the last page again with the first new one

	mu    sync.Mutex
	fail  error
	panic bool
	polls int
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Poll(_ context.Context, cursor string, _ time.Time) (pipewright.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls++
	if s.panic {
		panic("index out of range")
	}
	if s.fail != nil {
		return pipewright.Batch{}, s.fail
	}
	n, _ := strconv.Atoi(cursor)
	if n >= len(s.batches) {
		return pipewright.Batch{Cursor: cursor}, nil
	}
	b := s.batches[n]
	if s.repeat && n > 0 {
		b.Lines = append(append([]pipewright.LogLine{}, s.batches[n-1].Lines...), b.Lines...)
		b.Points = append(append([]pipewright.Point{}, s.batches[n-1].Points...), b.Points...)
		b.Runs = append(append([]pipewright.Run{}, s.batches[n-1].Runs...), b.Runs...)
	}
	b.Cursor = strconv.Itoa(n + 1)
	return b, nil
}

func (s *scripted) set(fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

func source(name string, batches ...pipewright.Batch) *scripted {
	return &scripted{name: name, batches: batches}
}

func line(minutes float64, text string) pipewright.LogLine {
	return pipewright.LogLine{Resource: job, At: at(minutes), Level: pipewright.Err, Text: text}
}

func lines(l ...pipewright.LogLine) pipewright.Batch { return pipewright.Batch{Lines: l} }

func point(metric string, minutes, v float64) pipewright.Point {
	return pipewright.Point{Resource: job, Metric: metric, At: at(minutes), Value: v}
}

func newIntake(t testing.TB, store intake.Store, sources ...intake.Source) *intake.Intake {
	in, err := intake.New(store, secrets{}, sources...)
	require.NoError(t, err)
	return in
}

func stored(t testing.TB, s *sqlite.Store) []string {
	found, err := s.Logs(context.Background(), pipewright.LogQuery{})
	require.NoError(t, err)
	out := []string{}
	for _, l := range found {
		out = append(out, l.Text)
	}
	return out
}
