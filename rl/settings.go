package rl

import "fmt"

// Settings are what a Planner may do and how it explores. They are part of its
// name.
type Settings struct {
	Depth int `json:"depth"` // arms a plan holds, 1 to 4

	// Bars on the plan's chance to recover without harm, by risk class. A class that
	// is not listed never runs alone.
	Bars map[string]float64 `json:"bars"`
	// Caps on the 90 % bound of the next arm's harm, by risk class.
	Caps map[string]float64 `json:"caps"`
	// Slack is how far the plan's 10 % bound may lie under the bar.
	Slack float64 `json:"slack"`
	// Distrust is how far the gate lowers a plan's odds where what is known of curing its
	// causes may no longer hold (see Doubts): 1 by Bayes' rule, 0 not at all.
	Distrust float64 `json:"distrust,omitempty"`
	// Gentle waives the bar for an arm whose 90 % bound of harm is at most this; 0
	// waives nothing. It never waives it for R2.
	Gentle float64 `json:"gentle,omitempty"`
	// Propose is the plan's chance from which a person who is to be called is given the
	// plan to approve, even where being left to it is worth more: where a question and a
	// call reach the same person, a proposal costs nothing. 0: by worth alone.
	Propose float64 `json:"propose,omitempty"`

	// Open lets every plan run alone. It is for experiments, never for systems.
	Open bool `json:"open,omitempty"`

	// Explore is the share of decisions drawn by Thompson sampling among the arms
	// whose value is at most Near under the best and whose harm is within its cap.
	Explore float64 `json:"explore"`
	Near    float64 `json:"near"`

	// Runbook is what the policy falls back to: below MinEpisodes, and, while the
	// track record is short and no better than the base rate, for what may run alone.
	Runbook     []Rule `json:"runbook,omitempty"`
	MinEpisodes int    `json:"min_episodes,omitempty"`
}

// Strict are the default settings: the bar of .90 for every class.
func Strict() Settings {
	return Settings{
		Depth: 3,
		Bars:  map[string]float64{"R0": .90, "R1": .90, "R2": .95},
		Caps:  map[string]float64{"R0": .04, "R1": .10, "R2": .03},
		Slack: .05, Distrust: 1, Explore: .1, Near: .05, Runbook: Runbook,
	}
}

// Tiered settings let harmless arms, and arms that hardly ever harm, run below
// the bar. Most of what runs does so whatever its odds, and distrust of the rest
// asks more often without recovering more.
func Tiered() Settings {
	s := Strict()
	s.Bars["R0"], s.Gentle, s.Distrust = 0, .035, 0
	return s
}

// Check reports the first setting that makes no sense.
func (s Settings) Check() error {
	if s.Depth < 1 || s.Depth > maxDepth {
		return fmt.Errorf("read settings: a depth of %d; 1 to %d are possible", s.Depth, maxDepth)
	}
	for _, class := range []string{"R0", "R1", "R2"} { // not the map's order
		if !chance(s.Bars[class]) || !chance(s.Caps[class]) {
			return fmt.Errorf("read settings: bar %g and cap %g of %s must be between 0 and 1", s.Bars[class], s.Caps[class], class)
		}
	}
	for _, x := range []float64{s.Slack, s.Distrust, s.Gentle, s.Explore, s.Near} {
		if !chance(x) {
			return fmt.Errorf("read settings: slack, distrust, gentle, explore and near must be between 0 and 1, not %g", x)
		}
	}
	return nil
}
