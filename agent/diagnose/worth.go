package diagnose

import (
	"cmp"
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/tools"
)

const (
	asksAtMost = 8                // probes of one diagnosis that are chosen by their worth
	asksWithin = 20 * time.Second // all of them together
	plain      = .8               // belief in the top cause under which the other checks are run as well
)

// DiagnoseAsking is Diagnose with the probes that pick chooses, one after the other,
// each on the belief that the answers before it left. What was asked, and why, is in
// Checked. Where that leaves the cause in doubt, the other checks of what is likely are
// run too: the plan may not turn on them, and what people read does.
func (d *Diagnoser) DiagnoseAsking(ctx context.Context, inc pipewright.Incident, now time.Time, pick tools.Picker) (pipewright.Diagnosis, error) {
	return d.diagnose(ctx, inc, now, func(s *scene, hyps []*hypothesis) []pipewright.Checked {
		answers := map[string]*asked{}
		checked := d.askWorth(ctx, s, hyps, pick, answers)
		if all := suspects(hyps); inconclusive(all) || all[0].belief < plain {
			d.probe(ctx, s, hyps, answers) // whatever the plan: a person reads this
		}
		return checked
	})
}

func (d *Diagnoser) askWorth(ctx context.Context, s *scene, hyps []*hypothesis, pick tools.Picker, answers map[string]*asked) (out []pipewright.Checked) {
	ctx, cancel := context.WithTimeout(ctx, asksWithin)
	defer cancel()
	for range asksAtMost {
		all := suspects(hyps)
		open := d.open(s, hyps, all, answers)
		if len(open) == 0 || ctx.Err() != nil {
			return out
		}
		i, checked := pick(s.draft(all), open)
		if i < 0 || i >= len(open) {
			return out
		}
		p, _ := d.find(s, open[i].Probe, open[i].Target, open[i].Target)
		a := run(ctx, p, open[i].Target)
		answers[a.name+" "+string(a.target)] = a
		s.asked = append(s.asked, a)
		for _, h := range hyps {
			for _, check := range h.cause.Checks {
				if !h.spare && check.Probe == a.name && slices.Contains(s.around(h.at), a.target) {
					s.answered(h, check, a)
				}
			}
		}
		s.believe(hyps, d.cat)
		checked.Probe, checked.Target, checked.Answer, checked.Say = a.name, a.target, word(a.finding.Answer), cmp.Or(a.failed, a.finding.Say)
		out = append(out, checked)
	}
	return out
}

// draft is the diagnosis so far: what is believed, without its evidence.
func (s *scene) draft(all []suspect) pipewright.Diagnosis {
	d := pipewright.Diagnosis{At: s.now, Changes: s.changed(), Inconclusive: inconclusive(all)}
	for _, x := range all {
		d.Hypotheses = append(d.Hypotheses, pipewright.Hypothesis{Cause: x.cause.Name, Class: x.cause.Class, Resource: x.at, Confidence: x.belief})
	}
	return d
}

// open lists the checks of what is still likely that were not run yet, most likely
// first, each probe of each resource once. A place whose probe has answered is not
// asked again at its neighbours.
func (d *Diagnoser) open(s *scene, hyps []*hypothesis, all []suspect, answers map[string]*asked) (out []tools.OpenCheck) {
	byBelief := slices.Clone(hyps)
	slices.SortStableFunc(byBelief, func(a, b *hypothesis) int { return cmp.Compare(b.belief, a.belief) })
	seen := map[string]bool{}
	for _, h := range byBelief {
		if h.belief < worthProbing || h.spare {
			continue
		}
		for _, check := range h.cause.Checks {
			id, ok := d.next(s, h, check, answers)
			key := check.Probe + " " + string(id)
			if !ok || seen[key] || len(out) == probesAtMost {
				continue
			}
			seen[key] = true
			out = append(out, tools.OpenCheck{Probe: check.Probe, Target: id, Yes: s.chances(hyps, all, check.Probe, id)})
		}
	}
	return out
}

// next is where a check of a hypothesis can be asked next: at its place, or at a
// neighbour when the place could not tell.
func (d *Diagnoser) next(s *scene, h *hypothesis, check catalogue.Check, answers map[string]*asked) (pipewright.ResourceID, bool) {
	for _, id := range s.around(h.at) {
		if _, ok := d.find(s, check.Probe, id, h.at); !ok {
			continue
		}
		a := answers[check.Probe+" "+string(id)]
		if a == nil {
			return id, true
		}
		if a.finding.Answer != tools.CouldNotTell {
			return "", false
		}
	}
	return "", false
}

// chances is the chance that a probe of a resource answers yes under each suspect: the
// catalogue's level where the suspect may sit there, and what is usual elsewhere.
func (s *scene) chances(hyps []*hypothesis, all []suspect, probe string, id pipewright.ResourceID) []float64 {
	usual := probeRate
	if catalogue.UsuallyYes(probe) {
		usual = healthyRate
	}
	out := make([]float64, len(all))
	for i, x := range all {
		sum, total := 0.0, 0.0
		for _, h := range hyps {
			if h.cause.Name != x.cause.Name {
				continue
			}
			p := usual
			for _, check := range h.cause.Checks {
				if check.Probe == probe && slices.Contains(s.around(h.at), id) {
					p = check.Level.P()
				}
			}
			sum, total = sum+h.belief*p, total+h.belief
		}
		out[i] = usual
		if total > 0 {
			out[i] = sum / total
		}
	}
	return out
}
