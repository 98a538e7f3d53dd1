package rl

import (
	"cmp"
	"math"
	"slices"
)

// Grounds is what an explanation needs beside the posed numbers: what the model, the
// fault catalogue and the journal said when the decision was made. An Explanation
// follows from the record, its grounds and the planner's settings alone.
type Grounds struct {
	For          [][]Contribution `json:"for,omitempty"`     // by suspect: what weighs most, either way
	Runs         int              `json:"runs,omitempty"`    // verified runs of the first verb for this error class
	Held         int              `json:"held,omitempty"`    // of those, recovered
	Level        string           `json:"level,omitempty"`   // the catalogue's word for the first verb under the first suspect
	Waiting      float64          `json:"waiting,omitempty"` // chance to recover by itself while the first arm takes its time
	Suppositions []Supposition    `json:"suppositions,omitempty"`
	Near         []Near           `json:"near,omitempty"`
	Rule         string           `json:"rule,omitempty"` // of the runbook, whose word Case.Advice is
}

// Contribution is one observation with how many times likelier it is under a cause than
// under all others. Ground computes, with P(c) the learned weights,
//
//	ratio = P(f|c) sum_{c' != c} P(c') / sum_{c' != c} P(c') P(f|c')
//
// A caller whose diagnosis has its own likelihood ratios puts those there.
type Contribution struct {
	Say   string  `json:"say"`
	Ratio float64 `json:"ratio"`
}

// LogOdds is what it adds to the log-odds.
func (c Contribution) LogOdds() float64 { return math.Log(c.Ratio) }

// Strongest are the contributions that weigh most, either way, the first of equals first.
func Strongest(all []Contribution) []Contribution {
	slices.SortStableFunc(all, func(a, b Contribution) int { return cmp.Compare(math.Abs(b.LogOdds()), math.Abs(a.LogOdds())) })
	return all[:min(mostFor, len(all))]
}

// Supposition is the case with one thing different: what would be believed then.
type Supposition struct {
	Say    string    `json:"say"`
	Belief []float64 `json:"belief"`
}

// Near is a past case with what both were believed to be.
type Near struct {
	Incident string   `json:"incident"`
	Action   string   `json:"action"` // what was done last
	Result   Result   `json:"result"`
	Shared   []Shared `json:"shared"`
}

// Shared is one cause that two cases may have had.
type Shared struct {
	Cause string  `json:"cause"`
	Here  float64 `json:"here"`
	There float64 `json:"there"`
}

// Alike is how far the beliefs overlap: the sum over causes of the smaller, 0 to 1.
func (n Near) Alike() (sum float64) {
	for _, s := range n.Shared {
		sum += min(s.Here, s.There)
	}
	return sum
}

// mostSuspects are explained, each by its mostFor strongest observations.
const (
	mostSuspects = 2
	mostFor      = 3
)

// WhatIf is a case that differs in one thing, and how to say it.
type WhatIf struct {
	Say  string
	Case Case
}

// Ground looks up what explains a record. The what-ifs are kept in order; without any,
// single observed features are changed, see WhatIfs.
func (m *Model) Ground(r Record, whatIfs ...WhatIf) (g Grounds, err error) {
	p, err := m.Pose(r.Case)
	if err != nil {
		return g, err
	}
	top := p.top(mostSuspects)
	for _, h := range top {
		g.For = append(g.For, m.speaksFor(h.Cause, r.Case.Seen))
	}
	if len(whatIfs) == 0 {
		whatIfs = m.WhatIfs(r.Case)
	}
	for _, w := range whatIfs {
		then, err := m.Pose(w.Case)
		if err != nil {
			return g, err
		}
		g.Suppositions = append(g.Suppositions, Supposition{w.Say, then.Belief})
	}
	if first := r.Choice.Arm; first >= 0 {
		g.Runs, g.Held = m.Tally(p.Arms[first], r.Case.Context.Error)
		g.Level = m.level(top[0].Cause, p.Arms[first])
		g.Waiting = m.waiting(p, first)
	}
	return g, nil
}

// speaksFor lists what weighs most for or against a cause, the strongest first.
func (m *Model) speaksFor(cause string, seen []Seen) []Contribution {
	c := m.cause(cause)
	out := []Contribution{}
	for _, o := range seen {
		at, known := m.sights[o]
		if c < 0 || !known {
			continue
		}
		others, weight, vacant := 0.0, 0.0, m.vacant()
		for k := range m.causes {
			if w := m.weight(k, vacant); k != c {
				others += w * m.emission(k, at)
				weight += w
			}
		}
		if others > 0 {
			out = append(out, Contribution{o.Feature + " " + o.Value, m.emission(c, at) * weight / others})
		}
	}
	return Strongest(out)
}

// level is the catalogue's word for a verb under a cause, "" for what it does not
// hold.
func (m *Model) level(cause, verb string) string {
	c, ok := m.of[cause]
	v := m.verb(verb)
	if !ok || v < 0 || c >= len(m.prior.Causes) {
		return ""
	}
	nearest := levels[0]
	for _, l := range levels {
		if p := m.causes[c].Recovery[v]; math.Abs(l.p-p) < math.Abs(nearest.p-p) {
			nearest = l
		}
	}
	return nearest.word
}

// levels are the words of the fault catalogue.
var levels = []struct {
	word string
	p    float64
}{{"never", .02}, {"rarely", .15}, {"sometimes", .4}, {"often", .7}, {"almost always", .9}}

// waiting is the chance that it recovers by itself while an arm takes its time.
func (m *Model) waiting(p Problem, arm int) (chance float64) {
	for i, b := range p.Belief {
		chance += b * m.Hazard(p.Causes[i]).Cleared(p.pull(arm).Minutes)
	}
	return chance
}

// WhatIfs are the case with one observed feature changed, each value of each
// feature with few values, in the order they were seen.
func (m *Model) WhatIfs(c Case) []WhatIf {
	const few = 3
	var out []WhatIf
	for i, o := range c.Seen {
		at, known := m.sights[o]
		if !known || len(m.prior.Features[at.feature].Values) > few {
			continue
		}
		for _, other := range m.prior.Features[at.feature].Values {
			if other != o.Value {
				changed := c
				changed.Seen = slices.Clone(c.Seen)
				changed.Seen[i].Value = other
				out = append(out, WhatIf{o.Feature + " were " + other, changed})
			}
		}
	}
	return out
}
