package sim

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
)

// signature is what names the kind of trouble in a line, as runbooks match it.
var signature = regexp.MustCompile(`UndefinedColumn|UNRESOLVED_COLUMN|TypeError|DATATYPE_MISMATCH|DatatypeMismatch|operator does not exist|` +
	`reset by peer|timed out|refused|timeout|OutOfMemory|YARN|signal: killed|exit code 137|WLM|isolation violation|wait [0-9]+ s for a slot|exclusive lock|` +
	`lock timeout|still waiting|SIGTERM|zombie|heartbeat|Readiness|ValueError|slow request|Internal Server Error`)

func TestThreeIncidentsInTenShowNoSignatureLine(t *testing.T) {
	total, silent := 0, 0
	causes := map[string]int{}
	kinds := len(calm(0).faultKinds)
	for seed := uint64(1); seed <= 40; seed++ {
		healthy := noise(seed, start.Add(70*minute))
		for k := range kinds {
			if (uint64(k)+seed)%8 != 0 {
				continue
			}
			p := calm(seed)
			kind := p.faultKinds[k]
			f := p.breakBy(kind, int64(seed), p.dice("test fault", int64(seed)))
			p.Advance(start.Add(70 * minute))
			total++
			causes[kind.cause]++
			shown := false
			for _, l := range p.Observe(f.Start, p.Now()).Lines {
				shown = shown || l.Level != pipewright.Info && signature.MatchString(l.Text) && !healthy[string(l.Resource)+l.Run]
			}
			if !shown {
				silent++
			}
		}
	}
	t.Logf("%d of %d without a signature line, %v", silent, total, causes)
	assert.GreaterOrEqual(t, float64(silent)/float64(total), 0.3)
	assert.LessOrEqual(t, float64(silent)/float64(total), 0.6)
	assert.GreaterOrEqual(t, len(causes), 6)
}

// noise is what a healthy plant of the same seed writes of trouble.
func noise(seed uint64, until time.Time) map[string]bool {
	healthy := calm(seed)
	healthy.Advance(until)
	out := map[string]bool{}
	for _, l := range healthy.Observe(start, until).Lines {
		if l.Level != pipewright.Info && signature.MatchString(l.Text) {
			out[string(l.Resource)+l.Run] = true
		}
	}
	return out
}

func TestArrivals(t *testing.T) {
	faults, live, ended := 0, 0, 0
	causes := map[string]bool{}
	for seed := uint64(1); seed <= 10; seed++ {
		p := New(Options{Seed: seed, Start: start, History: 24 * time.Hour, Live: true})
		for _, f := range p.Truth() {
			if f.End.IsZero() {
				live++
				assert.NotEmpty(t, p.shows(), "seed %d: %s on %s shows at the start", seed, f.Cause, f.Resource)
			}
		}
		p.Advance(start.Add(5 * time.Hour))
		for _, f := range p.Truth() {
			causes[f.Cause] = true
			if f.Start.After(start) {
				faults++
			}
			if !f.End.IsZero() {
				ended++
			}
		}
	}
	t.Logf("%d faults in ten times five hours with nobody doing anything, %d over by themselves, %d causes", faults, ended, len(causes))
	assert.Equal(t, 10, live, "one is live at each start")
	assert.GreaterOrEqual(t, faults, 60)
	assert.Positive(t, ended)
	assert.GreaterOrEqual(t, len(causes), 6)
}

// shows lists failed last runs and metrics out of bounds, a weaker sick.
func (p *Plant) shows() (out []string) {
	for _, j := range p.jobs {
		if j.failed != nil {
			out = append(out, string(j.id))
		}
	}
	return append(out, p.sick()...)
}
