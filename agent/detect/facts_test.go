package detect

import (
	"math/rand/v2"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const job = pipewright.ResourceID("glue:job/orders_etl")

var noon = time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC) // a Wednesday

// at is a time some minutes from noon.
func at(minutes float64) time.Time {
	return noon.Add(time.Duration(minutes * float64(time.Minute)))
}

func facts() Facts {
	return Facts{
		Now: noon, Others: noon, Series: map[string][]pipewright.Point{},
		Resource: pipewright.Resource{ID: job, Labels: map[string]string{}},
	}
}

func (f Facts) labelled(k, v string) Facts {
	f.Resource.Labels[k] = v
	return f
}

func (f Facts) ran(runs ...pipewright.Run) Facts {
	f.Runs = append(f.Runs, runs...)
	return f
}

// measured gives the metric a sample a minute, the last one at noon.
func (f Facts) measured(metric string, values ...float64) Facts {
	for i, v := range values {
		f.Series[metric] = append(f.Series[metric], pipewright.Point{
			Resource: f.Resource.ID, Metric: metric, At: f.Now.Add(time.Duration(i+1-len(values)) * time.Minute), Value: v,
		})
	}
	return f
}

func (f Facts) usually(metric string, median, spread float64) Facts {
	if f.Past == nil {
		f.Past = map[string]Band{}
	}
	f.Past[metric] = Band{Median: median, Spread: spread, N: 100}
	return f
}

// run is a run that started and ended that many minutes from noon.
func run(id string, state pipewright.RunState, started, ended float64) pipewright.Run {
	r := pipewright.Run{Resource: job, ID: id, Attempt: 1, State: state, Started: at(started)}
	if state.Done() {
		r.Ended = at(ended)
	}
	return r
}

func attempt(n int, r pipewright.Run) pipewright.Run {
	r.Attempt = n
	return r
}

const (
	ok      = pipewright.RunSucceeded
	failed  = pipewright.RunFailed
	running = pipewright.RunRunning
	stopped = pipewright.RunCancelled
)

// goodRuns are n runs of five minutes, one every quarter of an hour, the last
// of which ended a quarter of an hour before noon.
func goodRuns(n int) []pipewright.Run {
	var out []pipewright.Run
	for i := n; i > 0; i-- {
		start := -20 - 15*float64(i-1)
		out = append(out, run("good-"+string(rune('a'+i%26))+at(start).Format("-02T1504"), ok, start, start+5))
	}
	return out
}

func steady(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// noise is n normal values around v.
func noise(rng *rand.Rand, n int, v, sd float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v + sd*rng.NormFloat64()
	}
	return out
}

func kinds(signals []pipewright.Signal) []pipewright.SignalKind {
	out := []pipewright.SignalKind{}
	for _, s := range signals {
		out = append(out, s.Kind)
	}
	return out
}
