package trial

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// Quality is how well the catalogue knows a world.
type Quality string

// A catalogue in use is never the one that was shipped: it is wrong in places
// and some causes are missing. Which ones is drawn by the world's seed.
const (
	Shipped    Quality = "shipped"    // as it comes
	Good       Quality = "good"       // 15 % of the entries wrong, 4 causes missing
	Poor       Quality = "poor"       // 40 % wrong, 4 and then 30 % of the rest missing, looks noisy
	Misleading Quality = "misleading" // every entry off, 70 % missing
)

// Qualities lists them.
var Qualities = []Quality{Shipped, Good, Poor, Misleading}

// damage is what is wrong with a catalogue.
type damage struct {
	wrong   float64 // share of effects moved to another level
	missing int     // causes taken out
	share   float64 // of the rest taken out, too
	noise   float64 // deviation of the looks' logits
}

var damages = map[Quality]damage{
	Shipped: {}, Good: {.15, 4, 0, 0}, Poor: {.40, 4, .30, 1.2}, Misleading: {1, 0, .70, 1.2},
}

var levels = []catalogue.Level{catalogue.Never, catalogue.Rarely, catalogue.Sometimes, catalogue.Often, catalogue.AlmostAlways}

// knowledge is a catalogue as one world's agent has it.
type knowledge struct {
	prior   rl.Prior
	looks   *catalogue.Looks
	strange map[string]bool // words of the log that only missing causes would say
}

// known is the shipped catalogue without the causes that the plant of trials does not
// have: which ones a world's catalogue lacks is not to change when the product learns of another.
func known() *catalogue.Catalogue {
	all := *catalogue.Default()
	all.Causes = slices.DeleteFunc(slices.Clone(all.Causes), func(c catalogue.Cause) bool { return !slices.Contains(gym.Causes(), c.Name) })
	return &all
}

// newKnowledge draws a catalogue of a quality.
func newKnowledge(c *catalogue.Catalogue, looks *catalogue.Looks, q Quality, seed uint64) knowledge {
	k := knowledge{prior: Prior(c, looks), looks: looks, strange: map[string]bool{}}
	d, r := damages[q], rand.New(rand.NewPCG(seed, 0x9a7))
	k.lose(d, r)
	for i := range k.prior.Causes {
		k.prior.Causes[i] = d.spoil(k.prior.Causes[i], r)
	}
	for _, look := range looks.All {
		if look.Name == "log" {
			k.forget(look.Values)
		}
	}
	return k
}

// lose takes causes out.
func (k *knowledge) lose(d damage, r *rand.Rand) {
	order := r.Perm(len(k.prior.Causes))
	gone := d.missing
	gone += int(math.Round(d.share * float64(len(order)-gone)))
	out := order[:gone]
	var kept []rl.Cause
	for i, c := range k.prior.Causes {
		if !slices.Contains(out, i) {
			kept = append(kept, c)
		}
	}
	k.prior.Causes = kept
}

// spoil moves effects to a level next to theirs, and blurs what it looks like.
func (d damage) spoil(c rl.Cause, r *rand.Rand) rl.Cause {
	c.Recovery, c.Harm = slices.Clone(c.Recovery), slices.Clone(c.Harm)
	for v := range c.Recovery {
		if r.Float64() < d.wrong && c.Recovery[v] > catalogue.Never.P() {
			c.Recovery[v] = wrong(c.Recovery[v], r)
		}
		if r.Float64() < d.wrong && c.Harm[v] > catalogue.Never.P() {
			c.Harm[v] = wrong(c.Harm[v], r)
		}
	}
	if d.noise > 0 {
		shows := make([][]float64, len(c.Shows))
		for f, row := range c.Shows {
			shows[f] = blur(row, d.noise, r)
		}
		c.Shows = shows
		c.Weight *= math.Exp(d.noise / 2 * r.NormFloat64())
	}
	return c
}

// wrong is the level above or below.
func wrong(p float64, r *rand.Rand) float64 {
	at := 0
	for i, l := range levels {
		if math.Abs(l.P()-p) < math.Abs(levels[at].P()-p) {
			at = i
		}
	}
	step := 1 - 2*r.IntN(2)
	if at+step < 0 || at+step == len(levels) {
		step = -step
	}
	return levels[at+step].P()
}

// blur moves the logits between values by sd.
func blur(row []float64, sd float64, r *rand.Rand) []float64 {
	out, sum := make([]float64, len(row)), 0.0
	for i, p := range row {
		out[i] = p * math.Exp(sd/math.Sqrt2*r.NormFloat64())
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// forget finds the words that no cause that is left would say.
func (k *knowledge) forget(words []string) {
	for _, w := range words {
		claimed := slices.ContainsFunc(k.looks.Word(w), func(name string) bool {
			return slices.ContainsFunc(k.prior.Causes, func(c rl.Cause) bool { return c.Name == name })
		})
		k.strange[w] = !claimed
	}
}

// see turns what was read with the shipped signatures into what this catalogue
// makes of it.
func (k *knowledge) see(read []catalogue.Observed) []rl.Seen {
	out := make([]rl.Seen, 0, len(read)+16)
	for _, o := range read {
		if o.Look == "log" && k.strange[o.Value] {
			o.Value = catalogue.Strange
		}
		out = append(out, rl.Seen{Feature: o.Look, Value: o.Value})
	}
	return out
}

// sight is a case as the catalogue's looks read it.
func sight(c gym.Case) catalogue.Sight {
	s := catalogue.Sight{Kind: c.Stage, Signals: c.Signals, Changes: c.Changes, Logs: c.Logs}
	for _, d := range c.Metrics {
		s.Metrics = append(s.Metrics, catalogue.Deviation(d))
	}
	return s
}
