package detect

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

// anyFacts draws facts of all kinds, healthy or not.
func anyFacts(t *rapid.T, id pipewright.ResourceID) Facts {
	f := Facts{Now: noon, Resource: pipewright.Resource{ID: id, Labels: map[string]string{}}, Series: map[string][]pipewright.Point{}}
	if rapid.Bool().Draw(t, "scheduled") {
		f.Resource.Labels["schedule"] = "15m"
	}
	f.Others = at(-float64(rapid.IntRange(0, 60).Draw(t, "others")))
	states := []pipewright.RunState{"", pipewright.RunQueued, running, ok, ok, ok, failed, stopped}
	for i := range rapid.IntRange(0, 12).Draw(t, "runs") {
		start := -float64(rapid.IntRange(0, 400).Draw(t, "start"))
		r := run(string(rune('a'+i)), rapid.SampledFrom(states).Draw(t, "state"), start, min(0, start+float64(rapid.IntRange(1, 20).Draw(t, "took"))))
		r.Resource = id
		f.Runs = append(f.Runs, r)
	}
	for _, metric := range []string{"disk_percent", "error_rate", "rows", "replicas_ready"} {
		n := rapid.IntRange(0, 30).Draw(t, "samples")
		level := rapid.SampledFrom([]float64{0, 0.1, 50, 95, 1000}).Draw(t, "level")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		f = f.measured(metric, noise(rng, n, level, level/10)...)
		f = f.usually(metric, 50, 5)
	}
	if rapid.Bool().Draw(t, "schemas") {
		f.Schemas = []pipewright.Schema{table(-600, "a int"), table(-10, rapid.SampledFrom([]string{"a int", "a text", "b int"}).Draw(t, "column"))}
	}
	for m := -float64(rapid.IntRange(0, 20).Draw(t, "lines")); m < 0; m++ {
		f = f.wrote(pipewright.Err, m)
	}
	return f
}

func TestDetectDependsOnNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, job)
		first := Detect(f)
		assert.Equal(t, first, Detect(f))
		for _, s := range first {
			assert.False(t, s.At.After(f.Now), "%s began in the future", s.Kind)
			assert.Equal(t, pipewright.Fingerprint(s.Kind, job, s.Metric), s.Fingerprint)
		}
	})
}

func TestTheOrderOfRunsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, job)
		want := Detect(f)
		f.Runs = rapid.Permutation(f.Runs).Draw(t, "order")
		assert.Equal(t, want, Detect(f))
	})
}

func TestRenamingChangesOnlyNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, job)
		want := Detect(f)
		f.Resource.ID = "k8s:deployment/zz"
		got := Detect(f)
		require.Len(t, got, len(want))
		for i := range got {
			status := Still(want[i], Facts{}, noon)
			assert.Equal(t, StatusUnknown, status)
			got[i].Resource, got[i].Fingerprint = want[i].Resource, want[i].Fingerprint
		}
		assert.Equal(t, want, got)
	})
}

// A symptom that is detected was not gone a moment ago, judged from when it began.
func TestNothingIsBothDetectedAndGone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, job)
		for _, s := range Detect(f) {
			assert.NotEqual(t, StatusGone, Still(s, f, s.At), "%s %s", s.Kind, s.Summary)
		}
	})
}

// The same symptom a minute later has the same beginning.
func TestABeginningStaysWhereItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, job)
		before := Detect(f)
		f.Now = f.Now.Add(time.Minute)
		for _, s := range Detect(f) {
			for _, b := range before {
				if s.Fingerprint == b.Fingerprint && s.Run == b.Run {
					assert.Equal(t, b.At, s.At, s.Summary)
				}
			}
		}
	})
}

func TestSignalsAreForPeopleAndJSON(t *testing.T) {
	f := facts().ran(run("a", failed, -20, -15)).measured("disk_percent", steady(9, 91.23456)...)
	for _, s := range Detect(f) {
		_, err := json.Marshal(s)
		require.NoError(t, err)
		assert.NotContains(t, s.Summary, "\n")
		assert.False(t, strings.Contains(s.Summary, "91.23456"), s.Summary)
	}
	assert.Equal(t, []string{"0", "0.0123", "91.23", "12346", "-3", "1234567001"},
		[]string{number(0), number(0.0123), number(91.23456), number(12345.6), number(-3), number(1234567001)})
}

// week is a week of facts of a busy resource: six metrics a minute apart and a
// run each quarter of an hour.
func week(summarised bool) Facts {
	rng := rand.New(rand.NewPCG(1, 1))
	f := facts().labelled("schedule", "15m").ran(goodRuns(7 * 96)...)
	for _, metric := range []string{"cpu_percent", "error_rate", "latency_p99_ms", "memory_percent", "queue_seconds", "rows"} {
		f = f.measured(metric, noise(rng, 7*24*60, 10, 2)...)
	}
	if summarised {
		for metric := range f.Series {
			f = f.usually(metric, 10, 2)
			f.Series[metric] = f.Series[metric][7*24*60-720:]
		}
		f.Runs = f.Runs[len(f.Runs)-400:]
	}
	f.Runs = append(f.Runs, run("now", running, -4, 0))
	return f
}

func BenchmarkDetect(b *testing.B) {
	for name, f := range map[string]Facts{"week": week(false), "summarised": week(true)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Detect(f)
			}
		})
	}
}
