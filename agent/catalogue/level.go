package catalogue

import pipewright "github.com/pipewright/pipewright"

// The levels, as chances. Five words are as fine as people agree on; the
// learner starts from them and moves on with verified outcomes.
const (
	Never        Level = "never"
	Rarely       Level = "rarely"
	Sometimes    Level = "sometimes"
	Often        Level = "often"
	AlmostAlways Level = "almost_always"
)

var chances = map[Level]float64{Never: .02, Rarely: .15, Sometimes: .4, Often: .7, AlmostAlways: .9}

// P is the level as a chance, strictly between 0 and 1. An unknown level is
// Never: the reading that promises least.
func (l Level) P() float64 {
	if p, ok := chances[l]; ok {
		return p
	}
	return chances[Never]
}

// Valid reports whether the level is one of the five words.
func (l Level) Valid() bool {
	_, ok := chances[l]
	return ok
}

// weights of how common a cause is, before anything was seen.
var weights = map[string]float64{"rare": .3, "occasional": .75, "common": 1.5}

// Prior is the cause's weight before anything was seen, not normalised.
func (c Cause) Prior() float64 { return weights[c.Common] }

// Strengths of the priors in pseudo-counts. Harm is rare, so it needs a strong
// prior: with 4, one unlucky outcome would make a harm of .02 look like .2 and
// kill a good action.
const (
	RecoveryStrength = 4
	HarmStrength     = 60
)

// SpareRecovery is the chance that any verb recovers a fault the catalogue does
// not know.
const SpareRecovery = .25

// Effect is a prior over a chance: its mean and its weight in pseudo-counts. As
// a Beta distribution it is Beta(Mean*Strength, (1-Mean)*Strength).
type Effect struct {
	Mean     float64
	Strength float64
}

// Recovery is the prior of the verb's chance to recover this cause. A verb that
// the cause does not list never helps.
func (c Cause) Recovery(v pipewright.Verb) Effect {
	h, ok := c.Help(v)
	if !ok {
		return Effect{Mean: Never.P(), Strength: RecoveryStrength}
	}
	return Effect{Mean: h.Level.P(), Strength: RecoveryStrength}
}

// Worsening is the prior of the verb's chance to make this cause worse. A verb
// that the cause does not list has the chance of Never, not 0.
func (c Cause) Worsening(v pipewright.Verb) Effect {
	for _, h := range c.Harms {
		if h.Verb == v {
			return Effect{Mean: h.Level.P(), Strength: HarmStrength}
		}
	}
	return Effect{Mean: Never.P(), Strength: HarmStrength}
}

// Help looks up what the catalogue says of a verb under this cause.
func (c Cause) Help(v pipewright.Verb) (Help, bool) {
	for _, h := range c.Helps {
		if h.Verb == v {
			return h, true
		}
	}
	return Help{}, false
}

// AtCause reports whether the verb is applied where the cause sits rather than
// where it shows.
func (h Help) AtCause() bool { return h.On == "cause" }

// Recovery is the prior for a cause by name. For a name the catalogue does not
// hold, such as the spare cause "unknown", it is SpareRecovery.
func (c *Catalogue) Recovery(cause string, v pipewright.Verb) Effect {
	if known, ok := c.Cause(cause); ok {
		return known.Recovery(v)
	}
	return Effect{Mean: SpareRecovery, Strength: RecoveryStrength}
}

// Worsening is the harm prior for a cause by name; see Recovery.
func (c *Catalogue) Worsening(cause string, v pipewright.Verb) Effect {
	known, _ := c.Cause(cause)
	return known.Worsening(v)
}
