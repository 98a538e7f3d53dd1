package detect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// The action ended thirty minutes before noon, the symptom began an hour before.
var acted = at(-30)

func symptom(kind pipewright.SignalKind, metric string) pipewright.Signal {
	return pipewright.Signal{Kind: kind, Resource: job, Metric: metric, At: at(-60)}
}

// Under a limit that is too wide some get through.
func TestStrained(t *testing.T) {
	fail := symptom(pipewright.RunFailedSignal, "")
	for name, tt := range map[string]struct {
		facts Facts
		want  Status
	}{
		"one failed, the newest succeeded": {facts().ran(run("b", failed, -25, -20), run("c", ok, -15, -10)), StatusPresent},
		"all succeeded":                    {facts().ran(run("b", ok, -25, -20), run("c", ok, -15, -10)), StatusGone},
		"one from before failed":           {facts().ran(run("b", failed, -35, -20), run("c", ok, -15, -10)), StatusGone},
		"nothing since":                    {facts().ran(run("b", failed, -35, -20)), StatusTooEarly},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.want, Strained(fail, tt.facts, acted)) })
	}
}

func TestStillRuns(t *testing.T) {
	overdue := symptom(pipewright.RunOverdueSignal, "")
	overdue.Run = "hung"
	missed := symptom(pipewright.RunOverdueSignal, "")
	fail := symptom(pipewright.RunFailedSignal, "")
	hung := run("hung", running, -90, 0)
	unread := func(f Facts) Facts { f.Unread = []Part{PartRuns}; return f }
	scheduled := func(runs ...pipewright.Run) Facts { return facts().labelled("schedule", "15m").ran(runs...) }
	tests := []struct {
		name   string
		signal pipewright.Signal
		facts  Facts
		want   Status
	}{
		{"failed: no run since", fail, facts().ran(run("a", failed, -70, -60)), StatusTooEarly},
		{"failed: a run since is under way", fail, facts().ran(run("b", running, -20, 0)), StatusTooEarly},
		{"failed: a run since succeeded", fail, facts().ran(run("b", ok, -20, -10)), StatusGone},
		{"failed: a run that started with the action succeeded", fail, facts().ran(run("b", ok, -30, -10)), StatusGone},
		{"failed: a run since failed", fail, facts().ran(run("b", failed, -20, -10)), StatusPresent},
		{"failed: a run that started before the action succeeded after it", fail, facts().ran(run("b", ok, -31, -10)), StatusTooEarly},
		{"failed: a run since was cancelled", fail, facts().ran(run("b", stopped, -20, -10)), StatusTooEarly},
		{"failed: failed, then succeeded", fail, facts().ran(run("b", failed, -25, -20), run("c", ok, -15, -10)), StatusGone},
		{"failed: succeeded, then failed", fail, facts().ran(run("b", ok, -25, -20), run("c", failed, -15, -10)), StatusPresent},
		{"failed: the second attempt succeeded", fail, facts().ran(run("a", failed, -70, -60), attempt(2, run("a", ok, -20, -10))), StatusGone},
		{"failed: the runs could not be read", fail, unread(facts().ran(run("b", ok, -20, -10))), StatusUnknown},

		{"overdue: it still runs", overdue, facts().ran(hung), StatusPresent},
		{"overdue: it ended well", overdue, facts().ran(run("hung", ok, -90, -10)), StatusGone},
		{"overdue: it was killed, nothing newer yet", overdue, facts().ran(run("hung", stopped, -90, -29)), StatusTooEarly},
		{"overdue: it failed, nothing newer yet", overdue, facts().ran(run("hung", failed, -90, -29)), StatusTooEarly},
		{"overdue: killed, and its second attempt runs", overdue, facts().ran(run("hung", failed, -90, -29), attempt(2, run("hung", running, -28, 0))), StatusTooEarly},
		{"overdue: killed, and its second attempt succeeded", overdue, facts().ran(run("hung", failed, -90, -29), attempt(2, run("hung", ok, -28, -10))), StatusGone},
		{"overdue: a newer run succeeded", overdue, facts().ran(hung, run("b", ok, -28, -10)), StatusGone},
		{"overdue: a newer run failed", overdue, facts().ran(hung, run("b", failed, -28, -10)), StatusPresent},
		{"overdue: a newer run is under way", overdue, facts().ran(hung, run("b", running, -28, 0)), StatusTooEarly},
		{"overdue: a newer run failed before the action", overdue, facts().ran(hung, run("b", failed, -80, -70)), StatusPresent},
		{"overdue: the run is not to be seen", overdue, facts(), StatusUnknown},
		{"overdue: the runs could not be read", overdue, unread(facts().ran(run("hung", ok, -90, -10))), StatusUnknown},

		{"missed: nothing started, but it is not yet late again", missed, facts().labelled("schedule", "60m"), StatusTooEarly},
		{"missed: nothing started and it is late again", missed, scheduled(run("a", ok, -90, -80)), StatusPresent},
		{"missed: one started", missed, scheduled(run("b", running, -20, 0)), StatusTooEarly},
		{"missed: one started and succeeded", missed, scheduled(run("b", ok, -20, -15)), StatusGone},
		{"missed: one started and failed", missed, scheduled(run("b", failed, -20, -15)), StatusPresent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want.String(), Still(tt.signal, tt.facts, acted).String())
		})
	}
}

func TestStillSeries(t *testing.T) {
	disk := symptom(pipewright.ThresholdSignal, "disk_percent")
	disk.Value = 92
	rows := symptom(pipewright.AnomalySignal, "rows")
	rows.Value = 2000
	tests := []struct {
		name   string
		signal pipewright.Signal
		facts  Facts
		want   Status
	}{
		{"no sample since", disk, oldSamples(facts().measured("disk_percent", 92, 92, 92)), StatusTooEarly},
		{"too few samples since", disk, oldSamples(facts().measured("disk_percent", 92, 50, 50, 50), 2), StatusTooEarly},
		{"back for long enough", disk, facts().measured("disk_percent", 92, 92, 80, 80, 80), StatusGone},
		{"between the levels", disk, facts().measured("disk_percent", 92, 87, 87, 87), StatusPresent},
		{"back for one sample", disk, facts().measured("disk_percent", 92, 92, 80), StatusPresent},
		{"still over", disk, facts().measured("disk_percent", 92, 93, 94), StatusPresent},
		{"far beyond the onset", disk, facts().measured("disk_percent", 97, 98, 99), StatusWorse},
		{"no worse than it was before the action", disk, facts().measured("disk_percent", append(steady(40, 98), 97, 98, 99)...), StatusPresent},
		{"unread", disk, Facts{Resource: facts().Resource, Now: noon, Unread: []Part{PartSeries}}, StatusUnknown},
		{"no series at all", disk, facts(), StatusTooEarly},
		{"anomaly back in its band", rows, facts().usually("rows", 1000, 50).measured("rows", 2000, 1010, 990, 1000), StatusGone},
		{"anomaly not yet", rows, facts().usually("rows", 1000, 50).measured("rows", 2000, 1800, 1700, 1600), StatusPresent},
		{"anomaly much farther out", rows, facts().usually("rows", 1000, 50).measured("rows", 4000, 4000, 4000), StatusWorse},
		{"anomaly without a past", rows, facts().measured("rows", 1000, 1000, 1000), StatusUnknown},
		{"threshold on a metric without limits", symptom(pipewright.ThresholdSignal, "rows"), facts().measured("rows", 1, 1, 1), StatusUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want.String(), Still(tt.signal, tt.facts, acted).String())
		})
	}
}

// oldSamples moves all samples to before the action, but for the newest few.
func oldSamples(f Facts, newest ...int) Facts {
	for _, points := range f.Series {
		n := len(points)
		for _, k := range newest {
			n -= k
		}
		for i := range n {
			points[i].At = points[i].At.Add(-time.Hour)
		}
	}
	return f
}

func TestStillHeartbeat(t *testing.T) {
	lost := symptom(pipewright.HeartbeatSignal, "")
	lost.Limit = 600
	silent := oldSamples(facts().measured("cpu_percent", steady(60, 5)...))
	assert.Equal(t, StatusGone, Still(lost, facts().measured("cpu_percent", 5), acted), "heard again")
	assert.Equal(t, StatusPresent, Still(lost, silent, acted), "silent for longer than its limit since")
	assert.Equal(t, StatusTooEarly, Still(lost, silent, at(-5)), "silent for five minutes since")
	silent.Others = time.Time{}
	assert.Equal(t, StatusTooEarly, Still(lost, silent, acted), "nobody else is heard either")
	silent.Unread = []Part{PartLines}
	assert.Equal(t, StatusUnknown, Still(lost, silent, acted))
}

func TestStillSchema(t *testing.T) {
	diff := symptom(pipewright.SchemaDiffSignal, "")
	was, became := table(-600, "customer_id bigint"), table(-60, "buyer_id bigint")
	tests := []struct {
		name    string
		schemas []pipewright.Schema
		want    Status
	}{
		{"nothing newer", []pipewright.Schema{was, became}, StatusUnknown},
		{"the columns are back", []pipewright.Schema{was, became, table(-10, "customer_id bigint")}, StatusGone},
		{"back, with one more", []pipewright.Schema{was, became, table(-10, "customer_id bigint", "x text")}, StatusGone},
		{"changed again", []pipewright.Schema{was, became, table(-10, "client_id bigint")}, StatusUnknown},
		{"back before the action", []pipewright.Schema{was, became, table(-40, "customer_id bigint")}, StatusUnknown},
		{"what it was is not known", []pipewright.Schema{became, table(-10, "customer_id bigint")}, StatusUnknown},
		{"none", nil, StatusUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts()
			f.Schemas = tt.schemas
			assert.Equal(t, tt.want.String(), Still(diff, f, acted).String())
			f.Unread = []Part{PartSchemas}
			assert.Equal(t, StatusUnknown, Still(diff, f, acted))
		})
	}
}

func TestStillErrorLines(t *testing.T) {
	burst := symptom(pipewright.LogErrorSignal, "")
	for _, tt := range []struct {
		name  string
		lines []float64 // minutes from now
		since float64
		want  Status
	}{
		{"nothing in a whole window", nil, -10, StatusGone},
		{"nothing yet", nil, -9, StatusTooEarly},
		{"as many as before", []float64{-5, -4, -3, -2, -1}, -10, StatusPresent},
		{"every six seconds, then a minute of silence", []float64{-1.5, -1.4, -1.3, -1.2, -1.1}, -5, StatusGone},
		{"the same, half a minute ago", []float64{-.9, -.8, -.7, -.6, -.5}, -5, StatusPresent},
		{"every six seconds until the action, silent since", []float64{-2.4, -2.3, -2.2, -2.1}, -2, StatusGone},
		{"one every two minutes, five minutes of silence", []float64{-13, -11, -9, -7, -5}, -7, StatusTooEarly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want.String(), Still(burst, facts().wrote(pipewright.Err, tt.lines...), at(tt.since)).String())
		})
	}
}

func TestStillKnowsWhatItDoesNotKnow(t *testing.T) {
	healthy := facts().ran(run("b", ok, -20, -10))
	assert.Equal(t, StatusUnknown, Still(symptom(pipewright.RequestedByPerson, ""), healthy, acted))
	assert.Equal(t, StatusUnknown, Still(symptom("weather", ""), healthy, acted))
	other := symptom(pipewright.RunFailedSignal, "")
	other.Resource = "glue:job/other"
	assert.Equal(t, StatusUnknown, Still(other, healthy, acted), "facts of another resource settle nothing")
	assert.Equal(t, StatusUnknown, Status(0))
}

// What Detect sees, the guard that asks again at once still sees.
func TestDetectedMeansStillThere(t *testing.T) {
	f := facts().ran(run("a", ok, -40, -35), run("b", failed, -30, -25), run("c", failed, -20, -15)).
		measured("disk_percent", steady(30, 95)...).
		usually("rows", 1000, 50).measured("rows", append(steady(30, 1000), steady(10, 5000)...)...)
	got := Detect(f)
	require.Len(t, got, 3)
	for _, s := range got {
		assert.Equal(t, StatusPresent.String(), Still(s, f, s.At).String(), s.Summary)
	}
}
