// Package diagnose turns an incident into ranked hypotheses with evidence, with
// no model: what was stored is read, matched against the fault catalogue and
// weighed by Bayes' rule. It reads only, names no cause in code, and treats text
// from logs as text. The control loop and the question answerer call it.
//
// A hypothesis is a cause of the catalogue at a resource: where the incident
// shows, or upstream of it. What is observed falls into facets (log, change,
// metric, signal, heartbeat, and one a further probe). Within a facet the best
// observation counts once, so that ten lines of one failure are one fact.
// Confidence is the belief that rl.Belief returns, summed over the places where
// a cause may sit; the place given is the most likely one. What is known of the past (incidents,
// shapes of metrics, runbooks) is cited beside it and not counted.
package diagnose

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/tools"
)

// Diagnoser diagnoses incidents from stored telemetry and read-only probes. It
// keeps nothing between calls and may be used by several goroutines.
type Diagnoser struct {
	cat *catalogue.Catalogue
	tel tools.Telemetry
	reg *tools.Registry
}

// New makes a Diagnoser. A nil registry has no probes and knows nothing of the past.
func New(cat *catalogue.Catalogue, tel tools.Telemetry, reg *tools.Registry) *Diagnoser {
	if reg == nil {
		reg = tools.NewRegistry()
	}
	return &Diagnoser{cat: cat, tel: tel, reg: reg}
}

// Diagnose says what is believed about the incident at now. A source that
// cannot be read is named in Unknown; only when nothing at all can be read, or
// ctx ends, is there an error.
func (d *Diagnoser) Diagnose(ctx context.Context, inc pipewright.Incident, now time.Time) (pipewright.Diagnosis, error) {
	return d.diagnose(ctx, inc, now, func(s *scene, hyps []*hypothesis) []pipewright.Checked {
		d.probe(ctx, s, hyps, map[string]*asked{})
		return nil
	})
}

// diagnose weighs what was stored and then what ask has probes answer.
func (d *Diagnoser) diagnose(ctx context.Context, inc pipewright.Incident, now time.Time, ask func(*scene, []*hypothesis) []pipewright.Checked) (pipewright.Diagnosis, error) {
	s, err := read(ctx, d.tel, inc, now)
	if err != nil {
		return pipewright.Diagnosis{}, err
	}
	s.match(d.cat)
	hyps := s.suppose(d.cat)
	s.weigh(hyps)
	s.believe(hyps, d.cat)
	checked := ask(s, hyps)
	if err := ctx.Err(); err != nil {
		return pipewright.Diagnosis{}, pipewright.Errorf(pipewright.Unavailable, "diagnose %s: %w", inc.ID, err)
	}
	s.believe(hyps, d.cat)
	all := suspects(hyps)
	out := s.report(all, d.recall(ctx, s, all[0]))
	out.Checked = checked
	return out, nil
}

// believe sets the belief of each hypothesis from its prior, its facets and
// what earlier attempts in this incident changed.
func (s *scene) believe(hyps []*hypothesis, cat *catalogue.Catalogue) {
	prior := make([]float64, len(hyps))
	rows := map[facet][]float64{}
	for i, h := range hyps {
		prior[i] = h.prior
		for f := range h.facets {
			if rows[f] == nil {
				rows[f] = ones(len(hyps))
			}
			rows[f][i] = h.ratio(f)
		}
	}
	var table [][]float64
	for _, f := range sortedFacets(rows) {
		table = append(table, rows[f])
	}
	table = append(table, s.attempts(hyps, cat)...)
	for i, b := range rl.Belief(prior, table) {
		hyps[i].belief = b
	}
}

// attempts is what the actions that changed nothing say: for each one, the
// chance under every cause that it neither helps nor harms (RL's belief update
// after a failed action), from the catalogue's levels.
func (s *scene) attempts(hyps []*hypothesis, cat *catalogue.Catalogue) [][]float64 {
	var rows [][]float64
	for i, a := range s.inc.Attempts {
		if a.Verification != pipewright.VerifyUnchanged || steps(s.inc.Attempts, i) {
			continue
		}
		verb, row := a.Action.Kind.Verb(), make([]float64, len(hyps))
		for i, h := range hyps {
			ok, worse := cat.Recovery(h.cause.Name, verb).Mean, cat.Worsening(h.cause.Name, verb).Mean
			row[i] = max(1-ok-worse, 1e-3)
		}
		rows = append(rows, row)
	}
	return rows
}

// steps reports whether an attempt is a step of back-pressure that is told by another:
// all of it is one action.
func steps(all []pipewright.Attempt, i int) bool {
	a := all[i].Action
	return a.Kind.Verb() == "release" || a.Pressure() && i > 0 && a.SameMacro(all[i-1].Action)
}

func ones(n int) []float64 {
	row := make([]float64, n)
	for i := range row {
		row[i] = 1
	}
	return row
}
