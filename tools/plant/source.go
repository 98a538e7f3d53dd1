package plant

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Source polls a plant's telemetry. Its cursor is a plant time, RFC 3339 with
// nanoseconds; the empty cursor reads the whole history.
type Source struct{ world World }

// NewSource returns the source of a plant. It starts nothing.
func NewSource(w World) *Source { return &Source{w} }

// Name is the name that the cursor is stored under.
func (s *Source) Name() string { return "plant" }

// A poll brings at most a page, the first one everything older than firstPage:
// a history of weeks is not held in memory at once.
const (
	page      = 24 * time.Hour
	firstPage = 6 * 24 * time.Hour
)

// Poll returns what the plant reported after the cursor and up to now, or to the
// plant's own time when that is earlier, at most a day at a time.
func (s *Source) Poll(ctx context.Context, cursor string, now time.Time) (pipewright.Batch, error) {
	var after time.Time
	if cursor != "" {
		var err error
		if after, err = time.Parse(time.RFC3339Nano, cursor); err != nil {
			return pipewright.Batch{}, pipewright.Errorf(pipewright.Invalid, "poll the plant: cursor %q is not a time", cursor)
		}
	}
	upto, err := s.world.Now(ctx)
	if err != nil {
		return pipewright.Batch{}, err
	}
	if now.Before(upto) {
		upto = now
	}
	if cursor == "" {
		upto = upto.Add(-firstPage)
	} else if end := after.Add(page); upto.After(end) {
		upto = end
	}
	b, err := s.world.Observe(ctx, after, upto)
	if err != nil {
		return pipewright.Batch{}, err
	}
	if upto.Before(after) {
		upto = after
	}
	b.Source, b.Cursor = s.Name(), upto.UTC().Format(time.RFC3339Nano)
	return b, nil
}

// checks are the probes that the plant answers, and what they can be asked of.
var checks = []struct {
	name  string
	kinds []string
	kind  pipewright.EvidenceKind
}{
	{"endpoint_reachable", []string{"postgres:db", "postgres:table", "redshift:cluster", "redshift:table", "dms:task", "airflow:dag", "airflow:task", "glue:job", "lambda:function", "feature:store", "ec2:instance"}, pipewright.TraceEvidence},
	{"blocking_session", []string{"postgres:db", "postgres:table", "redshift:cluster", "redshift:table"}, pipewright.TraceEvidence},
	{"queue_long", []string{"redshift:cluster", "redshift:table"}, pipewright.MetricEvidence},
	{"heartbeat_alive", []string{"ec2:instance", "airflow:task", "dms:task"}, pipewright.MetricEvidence},
	{"memory_near_limit", []string{"glue:job", "lambda:function"}, pipewright.MetricEvidence},
	{"partial_write", []string{"glue:job"}, pipewright.MetricEvidence},
	{"rows_doubled", []string{"redshift:table"}, pipewright.MetricEvidence},
	{"version_changed", []string{"k8s:deployment", "mlflow:model", "lambda:function"}, pipewright.ChangeEvidence},
}

// Probes returns the read-only checks of the plant.
func Probes(w World) []tools.Probe {
	var out []tools.Probe
	for _, c := range checks {
		out = append(out, tools.Probe{Name: c.name, Kinds: c.kinds, Run: func(ctx context.Context, target pipewright.ResourceID) (tools.Finding, error) {
			reading, err := w.Probe(ctx, c.name, target)
			if err != nil {
				return tools.Finding{}, err
			}
			now, err := w.Now(ctx)
			if err != nil {
				return tools.Finding{}, err
			}
			f := tools.Finding{Say: reading.Say}
			if !reading.Known {
				return f, nil
			}
			f.Answer = tools.No
			if reading.Yes {
				f.Answer = tools.Yes
			}
			f.Evidence = []pipewright.Evidence{{Source: target, Kind: c.kind, Query: "probe " + c.name, Start: now, End: now, Excerpt: reading.Say}}
			return f, nil
		}})
	}
	return out
}
