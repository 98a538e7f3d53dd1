package main

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/redact"
)

// benchRedaction is what it costs to look for secrets in lines that have none, and how many are
// taken for one.
func benchRedaction(systems []loghubSystem) ([]figure, error) {
	r, err := redact.New([]byte("the salt of a bench"))
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "bench redaction: %w", err)
	}
	var out []figure
	lines, hidden, bytes, spent := 0, 0, 0, time.Duration(0)
	for _, s := range systems {
		took, found := redacting(r, s.whole)
		out = append(out, figure{What: "redaction, lines without secrets", Of: s.name, Measured: float64(took.Nanoseconds()) / float64(len(s.whole)), Goal: 1500, Unit: "ns/line"})
		lines, hidden, spent = lines+len(s.whole), hidden+found, spent+took
		for _, l := range s.whole {
			bytes += len(l)
		}
	}
	return append(out,
		figure{What: "redaction, lines without secrets", Of: "mean", Measured: float64(spent.Nanoseconds()) / float64(lines), Goal: 1500, Unit: "ns/line"},
		figure{What: "redaction, one core", Of: "all", Measured: float64(bytes) / spent.Seconds() / 1e6, Unit: "MB/s"},
		figure{What: "redaction, values hidden in lines without secrets", Of: "all", Measured: float64(hidden) * 1000 / float64(lines), Unit: "per 1,000 lines"}), nil
}

// redacting is how long a pass over the lines takes, the best of some rounds, and what it hides.
func redacting(r *redact.Redactor, lines []string) (best time.Duration, hidden int) {
	best = 1 << 62
	for range 20 {
		start := time.Now()
		hidden = 0
		for _, l := range lines {
			_, n := r.Text(l)
			hidden += n
		}
		best = min(best, time.Since(start))
	}
	return best, hidden
}
