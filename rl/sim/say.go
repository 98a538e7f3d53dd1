package sim

import (
	"fmt"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// A voice is how one system speaks of its runs: the shape of its log records
// and its error messages, modelled on its documentation.
type voice struct {
	start   func(*Plant, *run)
	success func(*Plant, *run)
	failure func(*Plant, *run, failure)
	short   func(*Plant, *run, failure) string // the error in the run's record
}

var voices = map[string]voice{ // looked up, never walked
	"airflow": {airflowStart, airflowSuccess, airflowFailure, airflowShort},
	"glue":    {glueStart, glueSuccess, glueFailure, glueShort},
	"lambda":  {lambdaStart, lambdaSuccess, lambdaFailure, lambdaShort},
	"feature": {featureStart, featureSuccess, featureFailure, featureShort},
}

func (p *Plant) tellStart(r *run)              { voices[r.job.system()].start(p, r) }
func (p *Plant) tellSuccess(r *run)            { voices[r.job.system()].success(p, r) }
func (p *Plant) tellFailure(r *run, f failure) { voices[r.job.system()].failure(p, r, f) }
func (p *Plant) shortError(r *run, f failure) string {
	return voices[r.job.system()].short(p, r, f)
}

// say writes a line of the run's own log.
func (p *Plant) say(r *run, level pipewright.Level, text string) { p.line(r.job.id, level, r.id, text) }

// runID is the system's own name for a run: the slot for tasks of a DAG, made
// of the job and its slot elsewhere. extra counts runs beside the schedule.
func (p *Plant) runID(j *job, slot time.Time, extra int64) string {
	rng := p.dice("run id", j.n, slot.Unix(), extra)
	switch j.system() {
	case "glue":
		return fmt.Sprintf("jr_%016x%016x", rng.Uint64(), rng.Uint64())
	case "lambda":
		return p.uuid("request", j.n, slot.Unix(), extra)
	}
	return fmt.Sprintf("run-%08x", rng.Uint32())
}

func (p *Plant) uuid(concern string, keys ...int64) string {
	rng := p.dice(concern, keys...)
	h := fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64())
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// host is the name of a database on the network.
func (p *Plant) host(own pipewright.ResourceID) string {
	if own == warehouseID {
		return p.names.of(own) + ".redshift.internal:5439"
	}
	return p.names.of(own) + ".db.internal:5432"
}

// path is where a DAG's data of a slot lies.
func (p *Plant) path(d pipewright.ResourceID, slot time.Time) string {
	return fmt.Sprintf("s3://%s/%s/dt=%s/hr=%s", p.names.of(rawBucket), p.names.of(d), slot.Format("2006-01-02"), slot.Format("15"))
}

// oneOf picks a wording, always the same one for the same run.
func (p *Plant) oneOf(r *run, words ...string) string {
	return words[p.dice("wording", r.job.n, r.slot.Unix(), int64(r.attempt)).IntN(len(words))]
}

// wanted joins the columns that readers ask for.
func wanted(t *table) string {
	names := make([]string, len(t.wants))
	for i, w := range t.wants {
		names[i] = w.name
	}
	return strings.Join(names, ", ")
}
