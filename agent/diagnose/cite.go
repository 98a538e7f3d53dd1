package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// citation is evidence that is not numbered yet. Two citations with one key are
// the same reading.
type citation struct {
	key      string
	evidence pipewright.Evidence
	change   *pipewright.Change
	reading  string // a metric, in words
	shift    shift  // of that metric
}

// citeRecord cites a log record by its line, or a run by its error.
func (s *scene) citeRecord(r record) *citation {
	if r.run != nil {
		return s.citeRun(*r.run)
	}
	e := pipewright.Evidence{Source: r.line.Resource, Kind: pipewright.LogEvidence, Start: r.line.At, End: r.line.At, Excerpt: r.line.Text}
	e.Query = fmt.Sprintf("logs source=%s lines=%d-%d", r.line.Resource, r.line.Line, r.line.Line)
	if r.line.Line > 0 {
		e.Lines = []int64{r.line.Line, r.line.Line}
	} else {
		e.Query = fmt.Sprintf("logs source=%s at=%s", r.line.Resource, r.line.At.UTC().Format(time.RFC3339))
	}
	return &citation{key: e.Query, evidence: e}
}

// citeRun cites a run with its error, or with its state when it gives none.
func (s *scene) citeRun(r pipewright.Run) *citation {
	e := pipewright.Evidence{Source: r.Resource, Kind: pipewright.RunEvidence, Start: r.Started, End: r.Ended, Excerpt: r.Error}
	e.Query = fmt.Sprintf("runs source=%s id=%s attempt=%d", r.Resource, r.ID, r.Attempt)
	if e.End.IsZero() {
		e.End = s.now
	}
	if e.Excerpt == "" {
		e.Excerpt = fmt.Sprintf("run %s %s after %s", r.ID, r.State, e.End.Sub(r.Started).Round(time.Second))
	}
	return &citation{key: e.Query, evidence: e}
}

func (s *scene) citeChange(c pipewright.Change) *citation {
	e := pipewright.Evidence{Source: c.Resource, Kind: pipewright.ChangeEvidence, Start: c.At, End: c.At, Excerpt: c.Summary}
	e.Query = fmt.Sprintf("changes source=%s kind=%s since=%s", c.Resource, c.Kind, s.lastGood.UTC().Format(time.RFC3339))
	return &citation{key: e.Query + " " + c.ID + c.Summary, evidence: e, change: &c}
}

func (s *scene) citeShift(x shift) *citation {
	e := pipewright.Evidence{Source: x.resource, Kind: pipewright.MetricEvidence, Start: x.start, End: x.end, Excerpt: x.words()}
	e.Query = fmt.Sprintf("metric source=%s name=%s start=%s end=%s", x.resource, x.metric, x.start.UTC().Format(time.RFC3339), x.end.UTC().Format(time.RFC3339))
	return &citation{key: e.Query, evidence: e, shift: x, reading: fmt.Sprintf("%s is %s (usually %s)", x.metric, number(x.value), number(x.usual))}
}

// words says what the metric is and was.
func (x shift) words() string {
	return fmt.Sprintf("%s %s, usually %s (%s to %s)", x.metric, number(x.value), number(x.usual), number(x.low), number(x.high))
}

// number prints a reading with three digits or as a whole number.
func number(v float64) string {
	if v >= 1000 || v <= -1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// citeSymptom cites what a signal of the kind saw: its run, or the reading that
// it compared.
func (s *scene) citeSymptom(kind pipewright.SignalKind) *citation {
	for _, sig := range s.inc.Signals {
		if sig.Kind != kind {
			continue
		}
		if f := s.facts[sig.Resource]; f != nil && sig.Metric == "" {
			i := slices.IndexFunc(f.failing, func(r pipewright.Run) bool { return sig.Run == "" || r.ID == sig.Run })
			if i >= 0 {
				return s.citeRun(f.failing[i])
			}
		}
		if sig.Metric != "" {
			return s.citeReading(sig)
		}
	}
	return nil
}

func (s *scene) citeReading(sig pipewright.Signal) *citation {
	if f := s.facts[sig.Resource]; f != nil {
		for _, x := range f.shifts {
			if x.metric == sig.Metric {
				return s.citeShift(x)
			}
		}
	}
	e := pipewright.Evidence{Source: sig.Resource, Kind: pipewright.MetricEvidence, Start: sig.At, End: s.now, Excerpt: sig.Summary}
	e.Query = fmt.Sprintf("metric source=%s name=%s start=%s end=%s", sig.Resource, sig.Metric, sig.At.UTC().Format(time.RFC3339), s.now.UTC().Format(time.RFC3339))
	return &citation{key: e.Query, evidence: e, reading: fmt.Sprintf("%s is %s (limit %s)", sig.Metric, number(sig.Value), number(sig.Limit))}
}

// clock prints a time of day, with the date when it is not now's.
func (s *scene) clock(t time.Time) string {
	t, now := t.UTC(), s.now.UTC()
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// list joins a few resources for people.
func list(ids []pipewright.ResourceID) string {
	const most = 3
	words := make([]string, 0, most)
	for _, id := range ids[:min(len(ids), most)] {
		words = append(words, string(id))
	}
	if n := len(ids) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words, ", "), n)
	}
	return strings.Join(words, ", ")
}
