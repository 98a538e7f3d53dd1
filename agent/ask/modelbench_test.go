package ask_test

import (
	"context"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// BenchmarkAskModel is what an answer costs beside the model: a scripted one without
// latency, three tool calls, grounding and all.
func BenchmarkAskModel(b *testing.B) {
	s := newShop(nil)
	d := s.deps(b)
	d.Catalogue = causes
	line, read := answers("action_required", dropped, renamedAt).suspects("schema_column_renamed", table, nil).line(), readFailure
	q := pipewright.Question{Text: "why did glue:job/orders_etl fail?", Asker: "ann", Thread: "t", At: now}
	b.ReportAllocs()
	for b.Loop() {
		d.Model = plays(read, line)
		a, err := ask.New(d).Ask(context.Background(), q)
		if err != nil || a.Planner != "model" {
			b.Fatal(err, a.Planner, a.Unknown)
		}
	}
}
