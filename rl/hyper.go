package rl

import (
	"fmt"
	"math"
)

// Hyper are the settings of a Model. They are part of a policy's name.
type Hyper struct {
	// Strengths of the catalogue, in pseudo-counts. Harm is rare and needs a strong
	// prior: at 4, one unlucky event (p = .02) would look like .2 and kill a good
	// action.
	Recovery float64 `json:"recovery"` // n0 = 4
	Harm     float64 `json:"harm"`     // n0h = 60
	Shows    float64 `json:"shows"`    // 6, of each emission
	Duration float64 `json:"duration"` // 3, of each log duration
	Hazard   float64 `json:"hazard"`   // 2, in recoveries by itself

	// Spare causes stand for faults that the catalogue does not hold; see spare.go.
	Spares        int     `json:"spares"`         // 24: how many such faults it can tell apart
	SpareShare    float64 `json:"spare_share"`    // .1: weight of all that was never seen, as a share of the catalogue's
	SpareShows    float64 `json:"spare_shows"`    // 1: strength of each emission
	SpareEffects  float64 `json:"spare_effects"`  // 1: strength of each recovery
	SpareBirth    float64 `json:"spare_birth"`    // .5: share of an episode from which a spare cause is taken
	SpareRecovery float64 `json:"spare_recovery"` // .25: of a verb against what was never seen
	SpareAdvised  float64 `json:"spare_advised"`  // .6: the same of a verb that a runbook advises; see Case.Advice

	// Tau is the prior deviation of the residual's terms in logits, by level (see
	// Residual); 0 switches a level off.
	Tau     [Levels]float64 `json:"tau"`
	TauHarm float64         `json:"tau_harm"` // .14, on (verb, error)

	// Forget is the share of what was learned that each episode keeps; the rest goes
	// back to the catalogue. 1 keeps all. .995, a half-life of 139 episodes, recovers no
	// sooner after a change of regime on the mechanistic plant, and costs 10 points of
	// Score_R after 1000 incidents with a poor catalogue and 3 with a good one.
	Forget float64 `json:"forget"`
	// Human is the share of belief moved to the cause that a person named: .9.
	Human float64 `json:"human"`
}

// DefaultHyper are the settings that trials on the plant have chosen.
func DefaultHyper() Hyper {
	return Hyper{
		Recovery: 4, Harm: 60, Shows: 6, Duration: 3, Hazard: 2,
		Spares: 24, SpareShare: .1, SpareShows: 1, SpareEffects: 1, SpareBirth: .5, SpareRecovery: .25, SpareAdvised: .6,
		Tau: [Levels]float64{ByError: .21, ByStage: .35, BySignature: .35}, TauHarm: .14,
		Forget: 1, Human: .9,
	}
}

// Advised are the settings of an agent that a runbook advises (Case.Advice). A fault
// that the catalogue lacks is then something that can be acted on, and other verbs
// than the advised are worth less against it.
func (h Hyper) Advised() Hyper {
	h.SpareShare, h.SpareRecovery = 1, .15
	return h
}

// Named lists the settings by name, for records.
func (h Hyper) Named() map[string]float64 {
	out := map[string]float64{
		"recovery": h.Recovery, "harm": h.Harm, "shows": h.Shows, "duration": h.Duration, "hazard": h.Hazard,
		"spares": float64(h.Spares), "spare_share": h.SpareShare, "spare_shows": h.SpareShows, "spare_effects": h.SpareEffects,
		"spare_birth": h.SpareBirth, "spare_recovery": h.SpareRecovery, "spare_advised": h.SpareAdvised,
		"tau_harm": h.TauHarm, "forget": h.Forget, "human": h.Human,
	}
	for level, name := range [Levels]string{"error", "stage", "signature", "instance", "tenant"} {
		out["tau_"+name] = h.Tau[level]
	}
	return out
}

// Check reports the first setting that makes no sense.
func (h Hyper) Check() error {
	for _, s := range []struct {
		name  string
		value float64
	}{{"recovery", h.Recovery}, {"harm", h.Harm}, {"shows", h.Shows}, {"duration", h.Duration}, {"hazard", h.Hazard}} {
		if !(s.value > 0) {
			return fmt.Errorf("read settings: the strength %s is %g; it must be over 0", s.name, s.value)
		}
	}
	for level, tau := range h.Tau {
		if !(tau >= 0 && tau < 10) {
			return fmt.Errorf("read settings: tau of level %d is %g; it must be 0 to 10 logits", level, tau)
		}
	}
	switch {
	case h.Spares < 0 || h.Spares > 64:
		return fmt.Errorf("read settings: %d spare causes; 0 to 64 are possible", h.Spares)
	case h.Spares > 0 && !(h.SpareShare > 0 && h.SpareShows > 0 && h.SpareEffects > 0):
		return fmt.Errorf("read settings: spare causes need a share and strengths over 0")
	case !chance(h.SpareRecovery) || !chance(h.SpareAdvised) || !chance(h.SpareBirth):
		return fmt.Errorf("read settings: the recovery of a spare cause and the share from which it is taken must be between 0 and 1")
	case !(h.TauHarm >= 0 && h.TauHarm < 10):
		return fmt.Errorf("read settings: tau of harm is %g; it must be 0 to 10 logits", h.TauHarm)
	case !(h.Forget > 0 && h.Forget <= 1):
		return fmt.Errorf("read settings: forget is %g; it must be over 0 and at most 1", h.Forget)
	case !chance(h.Human) || math.IsNaN(h.Human):
		return fmt.Errorf("read settings: human is %g; it must be between 0 and 1", h.Human)
	}
	return nil
}
