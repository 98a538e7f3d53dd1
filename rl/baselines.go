package rl

import (
	"math/rand/v2"
	"strings"
)

// Baseline is a policy to measure others against. It knows no odds; what
// it chooses is for trials, never for systems.
type Baseline struct {
	name string
	pick func(p Problem) (arm int, propensity float64)
}

// AlwaysAsk calls a person for everything.
func AlwaysAsk() *Baseline {
	return &Baseline{"always-ask", func(Problem) (int, float64) { return -1, 1 }}
}

// AlwaysRetry retries, with a back-off after that, then calls a person.
func AlwaysRetry() *Baseline {
	return &Baseline{"always-retry", func(p Problem) (int, float64) {
		for _, verb := range []string{"retry", "backoff_retry"} {
			for a, have := range p.Arms {
				if have == verb && p.open(a) {
					return a, 1
				}
			}
		}
		return -1, 1
	}}
}

// Random pulls any arm that is open, or calls a person, each as likely, by the
// problem's seed and what was tried.
func Random() *Baseline {
	return &Baseline{"random", func(p Problem) (int, float64) {
		open := []int{-1}
		for a := range p.Arms {
			if p.open(a) {
				open = append(open, a)
			}
		}
		rng := rand.New(rand.NewPCG(p.Seed, saltRandom+uint64(len(p.Tried))))
		return open[rng.IntN(len(open))], 1 / float64(len(open))
	}}
}

// ID names the baseline.
func (b *Baseline) ID() string { return b.name }

// Choose picks an arm without looking at the belief.
func (b *Baseline) Choose(p Problem) Choice {
	c := Choice{Arm: -1, Greedy: -1, Propensity: 1, Policy: b.name}
	if why := p.fault(); why != "" {
		c.Why = []string{"The problem is malformed: " + why + "."}
		return c
	}
	c.Arm, c.Propensity = b.pick(p)
	c.Greedy, c.Ranked = c.Arm, rank(p)
	if c.Arm >= 0 {
		c.Plan = []int{c.Arm}
		c.Odds = planOdds(p, c.Plan)
	}
	c.Why = []string{"This is " + strings.ReplaceAll(b.name, "-", " ") + "."}
	return c
}
