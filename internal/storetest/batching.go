package storetest

import (
	"fmt"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// runBatching checks that what is stored depends on what arrived and in which
// order, and not on how it was cut into batches or on what was sent twice.
func runBatching(t *testing.T, b Backend) {
	rapid.Check(t, func(rt *rapid.T) {
		arrivals := rapid.SliceOfN(rapid.Custom(arrival), 1, 25).Draw(rt, "arrivals")
		whole, cut := b.Open(t, b.Fresh(t)), b.Open(t, b.Fresh(t))
		defer whole.Close()
		defer cut.Close()

		var all pipewright.Batch
		for _, a := range arrivals {
			all = join(all, a)
		}
		ingest(t, whole, all)
		for len(arrivals) > 0 {
			n := rapid.IntRange(1, len(arrivals)).Draw(rt, "cut")
			var part pipewright.Batch
			for _, a := range arrivals[:n] {
				part = join(part, a)
			}
			fresh := ingest(t, cut, part)
			if rapid.Bool().Draw(rt, "sent twice") {
				part.Runs, part.Points = nil, nil // these may hold two values for one key, where order counts
				again := ingest(t, cut, part)
				assert.Empty(rt, again.Lines)
				assert.Empty(rt, again.Changes)
			}
			assert.LessOrEqual(rt, len(fresh.Lines), len(part.Lines))
			arrivals = arrivals[n:]
		}
		assert.Equal(rt, observed(rt, whole), observed(rt, cut))
	})
}

// arrival is a batch of one observation, drawn from few enough values that they
// meet.
func arrival(rt *rapid.T) (b pipewright.Batch) {
	r := rapid.SampledFrom([]pipewright.ResourceID{orders, "glue:job/other"}).Draw(rt, "resource")
	at := start.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "minute")) * time.Minute)
	pick := rapid.IntRange(0, 3).Draw(rt, "value")
	switch rapid.IntRange(0, 5).Draw(rt, "kind") {
	case 0:
		b.Lines = []pipewright.LogLine{{Resource: r, At: at, Level: pipewright.Info, Text: "text", UID: fmt.Sprint(pick)}}
	case 1:
		b.Points = []pipewright.Point{{Resource: r, Metric: "rows", At: at, Value: float64(pick)}}
	case 2:
		state := []pipewright.RunState{pipewright.RunQueued, pipewright.RunRunning, pipewright.RunSucceeded, pipewright.RunFailed}[pick]
		b.Runs = []pipewright.Run{{Resource: r, ID: "jr_1", State: state, Started: at}}
	case 3:
		b.Changes = []pipewright.Change{{ID: fmt.Sprint(pick), Resource: r, At: at, Kind: pipewright.ChangeConfig}}
	case 4:
		b.Settings = []pipewright.Setting{{Resource: r, At: at, Key: "memory_mb", Value: fmt.Sprint(pick), Kind: pipewright.ChangeConfig}}
	case 5:
		b.Resources = []pipewright.Resource{{ID: r, Labels: map[string]string{"env": fmt.Sprint(pick)}, FirstSeen: at, LastSeen: at}}
	}
	return b
}

func join(a, b pipewright.Batch) pipewright.Batch {
	a.Resources = append(a.Resources, b.Resources...)
	a.Lines = append(a.Lines, b.Lines...)
	a.Points = append(a.Points, b.Points...)
	a.Runs = append(a.Runs, b.Runs...)
	a.Changes = append(a.Changes, b.Changes...)
	a.Settings = append(a.Settings, b.Settings...)
	return a
}
