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
	whole, cut := b.fresh(t), b.fresh(t)
	worlds := 0
	rapid.Check(t, func(rt *rapid.T) {
		worlds++ // each draw has resources of its own in the two stores
		of := []pipewright.ResourceID{pipewright.ResourceID(fmt.Sprintf("glue:job/a_%d", worlds)), pipewright.ResourceID(fmt.Sprintf("glue:job/b_%d", worlds))}
		arrivals := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) pipewright.Batch { return arrival(rt, of) }), 1, 25).Draw(rt, "arrivals")

		ingest(t, whole, joined(arrivals))
		for len(arrivals) > 0 {
			n := rapid.IntRange(1, len(arrivals)).Draw(rt, "cut")
			part := joined(arrivals[:n])
			ingest(t, cut, part)
			if rapid.Bool().Draw(rt, "sent twice") {
				part.Runs, part.Points, part.Settings, part.Resources = nil, nil, nil, nil // may hold two values for one key, where order counts
				assert.True(rt, ingest(t, cut, part).Empty())
			}
			arrivals = arrivals[n:]
		}
		assert.Equal(rt, observed(rt, whole, of...), observed(rt, cut, of...))
	})
}

// arrival is a batch of one observation, drawn from few enough values that they
// meet.
func arrival(rt *rapid.T, of []pipewright.ResourceID) (b pipewright.Batch) {
	r := rapid.SampledFrom(of).Draw(rt, "resource")
	at := start.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "minute")) * time.Minute)
	pick := rapid.IntRange(0, 3).Draw(rt, "value")
	name := fmt.Sprint(of[0].Name(), pick)
	switch rapid.IntRange(0, 5).Draw(rt, "kind") {
	case 0:
		b.Lines = []pipewright.LogLine{{Resource: r, At: at, Level: pipewright.Info, Text: "text", UID: name}}
	case 1:
		b.Points = []pipewright.Point{{Resource: r, Metric: "rows", At: at, Value: float64(pick)}}
	case 2:
		state := []pipewright.RunState{pipewright.RunQueued, pipewright.RunRunning, pipewright.RunSucceeded, pipewright.RunFailed}[pick]
		b.Runs = []pipewright.Run{{Resource: r, ID: "jr_1", State: state, Started: at}}
	case 3:
		b.Changes = []pipewright.Change{{ID: name, Resource: r, At: at, Kind: pipewright.ChangeConfig}}
	case 4:
		b.Settings = []pipewright.Setting{{Resource: r, At: at, Key: "memory_mb", Value: name, Kind: pipewright.ChangeConfig}}
	case 5:
		b.Resources = []pipewright.Resource{{ID: r, Labels: map[string]string{"env": name}, FirstSeen: at, LastSeen: at}}
	}
	return b
}

func joined(parts []pipewright.Batch) (all pipewright.Batch) {
	for _, p := range parts {
		all = join(all, p)
	}
	return all
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
