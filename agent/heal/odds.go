package heal

import (
	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Learned is what verified outcomes say, by cause and action kind.
type Learned map[learnedKey]tally

type learnedKey struct {
	cause string
	verb  pipewright.Verb
}

// tally counts outcomes, each weighted by the belief in the cause when it was
// decided.
type tally struct{ ok, failed, harm, safe float64 }

// Learn folds verified outcomes. Unknown results teach nothing.
func Learn(outcomes []pipewright.Outcome) Learned {
	l := Learned{}
	for _, o := range outcomes {
		if !verified(o) {
			continue
		}
		for cause, weight := range o.Belief {
			key := learnedKey{cause, o.Action.Kind.Verb()}
			t := l[key]
			if o.Verification == pipewright.VerifyRecovered {
				t.ok += weight
			} else {
				t.failed += weight
			}
			if o.Harm {
				t.harm += weight
			} else {
				t.safe += weight
			}
			l[key] = t
		}
	}
	return l
}

// Odds is what is believed about verbs under causes: the catalogue's levels as
// priors, verified outcomes as data.
type Odds struct {
	Catalogue *catalogue.Catalogue
	Learned   Learned
}

// Recovery is the posterior chance that a verb recovers a cause.
func (o Odds) Recovery(cause string, verb pipewright.Verb) rl.Beta {
	t := o.Learned[learnedKey{cause, verb}]
	return posterior(o.Catalogue.Recovery(cause, verb), t.ok, t.failed)
}

// Harm is the posterior chance that a verb makes a cause worse.
func (o Odds) Harm(cause string, verb pipewright.Verb) rl.Beta {
	t := o.Learned[learnedKey{cause, verb}]
	return posterior(o.Catalogue.Worsening(cause, verb), t.harm, t.safe)
}

func posterior(prior catalogue.Effect, yes, no float64) rl.Beta {
	b := rl.NewBeta(prior.Mean, prior.Strength)
	return rl.Beta{A: b.A + yes, B: b.B + no}
}

// Seen is how many verified outcomes speak of a verb under a cause, each
// weighted by the belief in the cause.
func (o Odds) Seen(cause string, verb pipewright.Verb) float64 {
	t := o.Learned[learnedKey{cause, verb}]
	return t.ok + t.failed
}
