package rl

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Doubts watch whether what is known of curing causes still holds. A world changes:
// what helped for a year no longer does, and the counts of a year outvote the first
// failures. So each cause is a hidden Markov chain of two states (Hamilton 1989): its
// plans recover as predicted, or only a share, kept, as often. Before each verified
// plan what held may break, and then its result is weighed by Bayes' rule; with p the
// predicted chance, y the result and b the belief that it was this cause
//
//	d' = d + b breaks (1-d)
//	d" = d' L1 / (d' L1 + (1-d') L0),  L0 = p^y (1-p)^(1-y),  L1 = (kept p)^y (1 - kept p)^(1-y)
//	d  = d' + b (d" - d')
//
// One more chain of the same kind is for all causes together: when several fail one
// after the other, those not met since are doubted too. A few recoveries, approved runs
// included, and a cause is trusted again. The same plans in the same order give the
// same doubts: they are a view of the journal, like a Ladder.
type Doubts struct{ of map[string]*doubted }

// doubted is what is known of one cause, or of all.
type doubted struct {
	chance float64
	newest []bool // results of the newest plans in which it was believed in most
}

// chain is how doubts come up.
type chain struct {
	breaks float64 // chance, at each plan, that what held no longer does
	kept   float64 // how often plans recover then, as a share of their odds
	takes  float64 // share of a plan's odds that the gate takes off then
}

// everything is the name of the doubt about all causes. No cause has it.
const everything = ""

const (
	newestFew  = 5   // plans that are told of
	leastDoubt = .01 // that is worth a word in a record
	leastOdds  = .5  // a plan less likely to recover says little when it fails
	surest     = .97 // no prediction is surer than the checks that verify it
)

// chainOf is the chain of a cause. That of all takes less than what is lost: most of it
// is lost to causes that their own chains take off.
func chainOf(cause string) chain {
	if cause == everything {
		return chain{breaks: .006, kept: .85, takes: .05}
	}
	return chain{breaks: .007, kept: .65, takes: .25}
}

// Ended is one verified plan with what it was believed to be against.
type Ended struct {
	Prediction
	Belief []Hypothesis
}

// Doubt is the chance that plans against a cause recover less often than predicted, as
// a Case holds it. Without a cause it is about all of them.
type Doubt struct {
	Cause  string  `json:"cause,omitempty"`
	Chance float64 `json:"chance"`
	Plans  int     `json:"plans,omitempty"` // of the newest five against it
	Held   int     `json:"held,omitempty"`  // of those, recovered
}

// NewDoubts folds plans in the order in which they ended.
func NewDoubts(plans []Ended) *Doubts {
	d := &Doubts{of: map[string]*doubted{}}
	for _, e := range plans {
		d.Add(e)
	}
	return d
}

// Add weighs one more plan.
func (d *Doubts) Add(e Ended) {
	if e.Recovery < leastOdds {
		return
	}
	d.weigh(everything, 1, e.Prediction)
	for _, h := range e.Belief {
		if h.Cause != everything {
			d.weigh(h.Cause, h.Belief, e.Prediction)
		}
	}
}

func (d *Doubts) weigh(cause string, belief float64, y Prediction) {
	was, c, p := d.of[cause], chainOf(cause), min(y.Recovery, surest)
	if was == nil {
		was = &doubted{}
		d.of[cause] = was
	}
	holds, broken := p, c.kept*p
	if !y.Recovered {
		holds, broken = 1-holds, 1-broken
	}
	before := was.chance + belief*c.breaks*(1-was.chance)
	after := before * broken / (before*broken + (1-before)*holds)
	was.chance = before + belief*(after-before)
	if belief > .5 {
		was.newest = append(was.newest, y.Recovered)
		was.newest = was.newest[max(0, len(was.newest)-newestFew):]
	}
}

// List is what a case is told: what is doubted, in the order of the causes' names.
func (d *Doubts) List() (out []Doubt) {
	for _, cause := range slices.Sorted(maps.Keys(d.of)) {
		x := d.of[cause]
		if x.chance < leastDoubt {
			continue
		}
		held := 0
		for _, y := range x.newest {
			held += int(truth(y))
		}
		out = append(out, Doubt{cause, x.chance, len(x.newest), held})
	}
	return out
}

func (d Doubt) compare(o Doubt) int { return cmp.Compare(d.Cause, o.Cause) }

// lost is the share of a plan's odds that a doubt takes.
func (d Doubt) lost() float64 { return d.Chance * chainOf(d.Cause).takes }

// doubted is the share of a plan's odds that doubts take under the belief, with the
// doubt that takes most of it.
func (p Problem) doubted() (lost float64, most Doubt) {
	if len(p.Doubts) == 0 {
		return 0, most
	}
	all, top := p.about(everything), 0.0
	for h, b := range p.Belief {
		if h >= len(p.Causes) {
			break
		}
		d := p.about(p.Causes[h])
		lost += b * d.lost()
		if x := b * d.lost(); x > top {
			top, most = x, d
		}
	}
	if all.lost() > top {
		most = all
	}
	return 1 - (1-lost)*(1-all.lost()), most
}

// about is the doubt about a cause; the zero value when there is none.
func (p Problem) about(cause string) Doubt {
	if i, ok := slices.BinarySearchFunc(p.Doubts, Doubt{Cause: cause}, Doubt.compare); ok {
		return p.Doubts[i]
	}
	return Doubt{}
}

// say tells why a plan that passes the bar does not run alone.
func (d Doubt) say(lowered, bar float64) string {
	against, few := "", ""
	if d.Cause != everything {
		against = " against " + spoken(d.Cause)
	}
	if d.Plans > 0 {
		few = fmt.Sprintf(" (%d of the last %d did)", d.Held, d.Plans)
	}
	return fmt.Sprintf("Plans%s have recovered less often than predicted lately%s: counting that, this one is to recover %.0f %% alone, under the bar of %.0f.",
		against, few, 100*lowered, 100*bar)
}
