package ask

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// runEvidence is the evidence of one run, made of the run itself when a bounded
// listing did not cite it.
func runEvidence(listed []pipewright.Evidence, r pipewright.Run) []pipewright.Evidence {
	text := telemetry.SayRun(r)
	for _, e := range listed {
		if e.Excerpt == text {
			return []pipewright.Evidence{e}
		}
	}
	return []pipewright.Evidence{{Source: r.Resource, Kind: pipewright.RunEvidence, Query: "list_runs resource=" + string(r.Resource) + " start=" + r.Started.UTC().Format(time.RFC3339),
		Start: r.Started, End: endOf(r), Excerpt: text}}
}

// changeEvidence is the evidence of one change.
func changeEvidence(c pipewright.Change) []pipewright.Evidence {
	return []pipewright.Evidence{{Source: c.Resource, Kind: pipewright.ChangeEvidence, Query: "recent_changes resource=" + string(c.Resource) + " start=" + c.At.UTC().Format(time.RFC3339),
		Start: c.At, End: c.At, Excerpt: telemetry.SayChange(c)}}
}

// endOf is when a run ended, or began while it runs.
func endOf(r pipewright.Run) time.Time {
	if r.Ended.IsZero() {
		return r.Started
	}
	return r.Ended
}
