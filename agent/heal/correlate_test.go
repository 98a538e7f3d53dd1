package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/agent/heal"
)

var chain = pipewright.NewTopology([]pipewright.Edge{
	{Up: "postgres:table/orders", Down: "airflow:task/extract"}, {Up: "airflow:task/extract", Down: "glue:job/etl"},
	{Up: "glue:job/etl", Down: "redshift:table/fact"}, {Up: "k8s:deployment/x", Down: "lambda:function/y"},
})

func sig(kind pipewright.SignalKind, r pipewright.ResourceID, at time.Time) pipewright.Signal {
	return pipewright.Signal{Kind: kind, Resource: r, At: at, Fingerprint: pipewright.Fingerprint(kind, r, "")}
}

func incidentAt(r pipewright.ResourceID, state pipewright.State) pipewright.Incident {
	return pipewright.Incident{ID: "inc-0001", State: state, Resource: r, OpenedAt: now, Signals: []pipewright.Signal{sig(pipewright.RunFailedSignal, r, now)}}
}

func TestCorrelate(t *testing.T) {
	later := now.Add(5 * time.Minute)
	resolved := incidentAt("glue:job/etl", pipewright.Resolved)
	resolved.EndedAt = now.Add(2 * time.Minute)
	requested := incidentAt("glue:job/etl", pipewright.Verifying)
	requested.Class, requested.Signals = pipewright.ClassRequested, nil
	for name, c := range map[string]struct {
		live []pipewright.Incident
		s    pipewright.Signal
		now  time.Time
		want heal.Placement
	}{
		"the first symptom":                       {nil, sig(pipewright.RunFailedSignal, "glue:job/etl", now), now, heal.NewIncident},
		"the same symptom again":                  {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Verifying)}, sig(pipewright.RunFailedSignal, "glue:job/etl", later), later, heal.Known},
		"it came back after it was resolved":      {[]pipewright.Incident{resolved}, sig(pipewright.RunFailedSignal, "glue:job/etl", later), later, heal.Reopen},
		"an old symptom of what is resolved":      {[]pipewright.Incident{resolved}, sig(pipewright.RunFailedSignal, "glue:job/etl", now), later, heal.Known},
		"downstream of it":                        {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Waiting)}, sig(pipewright.RunFailedSignal, "redshift:table/fact", later), later, heal.Join},
		"upstream, before it was diagnosed":       {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Open)}, sig(pipewright.RunFailedSignal, "airflow:task/extract", later), later, heal.Join},
		"upstream, after a cause was believed":    {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Waiting)}, sig(pipewright.RunFailedSignal, "airflow:task/extract", later), later, heal.NewIncident},
		"unrelated":                               {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Open)}, sig(pipewright.RunFailedSignal, "lambda:function/y", later), later, heal.NewIncident},
		"downstream, but long after":              {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Escalated)}, sig(pipewright.RunFailedSignal, "redshift:table/fact", now.Add(3*time.Hour)), now.Add(3 * time.Hour), heal.NewIncident},
		"a person's request takes no symptoms in": {[]pipewright.Incident{requested}, sig(pipewright.RunFailedSignal, "redshift:table/fact", later), later, heal.NewIncident},
		"another symptom of the same resource":    {[]pipewright.Incident{incidentAt("glue:job/etl", pipewright.Waiting)}, sig(pipewright.RunOverdueSignal, "glue:job/etl", later), later, heal.Join},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := heal.Correlate(c.live, c.s, chain, c.now)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestAStormUpstreamIsOneIncident(t *testing.T) {
	live := []pipewright.Incident{incidentAt("postgres:table/orders", pipewright.Open)}
	for _, r := range []pipewright.ResourceID{"airflow:task/extract", "glue:job/etl", "redshift:table/fact"} {
		how, i := heal.Correlate(live, sig(pipewright.RunFailedSignal, r, now.Add(time.Minute)), chain, now.Add(time.Minute))
		assert.Equal(t, heal.Join, how, r)
		assert.Equal(t, 0, i)
	}
}

func TestVerify(t *testing.T) {
	run := pipewright.Signal{Kind: pipewright.RunFailedSignal, Resource: "glue:job/etl"}
	metric := pipewright.Signal{Kind: pipewright.ThresholdSignal, Resource: "redshift:cluster/w", Metric: "queue_seconds"}
	settled, deadline := now.Add(5*time.Minute), now.Add(time.Hour)
	read := func(s pipewright.Signal, st detect.Status) heal.Reading { return heal.Reading{Signal: s, Status: st} }
	for name, c := range map[string]struct {
		readings []heal.Reading
		at       time.Time
		want     pipewright.Verification
	}{
		"nothing to read":                           {nil, deadline, pipewright.VerifyUnknown},
		"the next run succeeded":                    {[]heal.Reading{read(run, detect.StatusGone)}, now, pipewright.VerifyRecovered},
		"the next run failed":                       {[]heal.Reading{read(run, detect.StatusPresent)}, settled, pipewright.VerifyUnchanged},
		"a run failed before the action could work": {[]heal.Reading{read(run, detect.StatusPresent)}, now, pipewright.VerifyPending},
		"no run yet":                                {[]heal.Reading{read(run, detect.StatusTooEarly)}, settled, pipewright.VerifyPending},
		"no run by the deadline":                    {[]heal.Reading{read(run, detect.StatusTooEarly)}, deadline, pipewright.VerifyUnknown},
		"a metric has time to settle":               {[]heal.Reading{read(metric, detect.StatusPresent)}, now, pipewright.VerifyPending},
		"a metric did not settle":                   {[]heal.Reading{read(metric, detect.StatusPresent)}, settled.Add(10 * time.Minute), pipewright.VerifyUnchanged},
		"what piled up is still worked off":         {[]heal.Reading{read(metric, detect.StatusPresent)}, settled, pipewright.VerifyPending},
		"a metric got worse":                        {[]heal.Reading{read(metric, detect.StatusWorse)}, settled, pipewright.VerifyWorse},
		"one is gone, one cannot be read":           {[]heal.Reading{read(run, detect.StatusGone), read(metric, detect.StatusUnknown)}, settled, pipewright.VerifyPending},
		"a read error is never a recovery":          {[]heal.Reading{read(run, detect.StatusGone), read(metric, detect.StatusUnknown)}, deadline, pipewright.VerifyUnknown},
		"one is gone, one is not, and time is up":   {[]heal.Reading{read(metric, detect.StatusPresent), read(run, detect.StatusTooEarly)}, deadline, pipewright.VerifyUnchanged},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, heal.Verify(c.readings, c.at, settled, deadline))
		})
	}
}
