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

	// Spare causes stand for faults that the catalogue does not hold: they look
	// like anything, and any verb has SpareRecovery.
	Spares        int     `json:"spares"`         // 3
	SpareWeight   float64 `json:"spare_weight"`   // .1 each
	SpareRecovery float64 `json:"spare_recovery"` // .25

	// Tau is the prior deviation of the residual's terms in logits, by level (see
	// Residual); 0 switches a level off.
	Tau     [Levels]float64 `json:"tau"`
	TauHarm float64         `json:"tau_harm"` // .14, on (verb, error)

	// Forget is the share of what was learned that each episode keeps; the rest goes
	// back to the catalogue. 1 keeps all; .995 has a half-life of 139 episodes. On the
	// table worlds of the tests .995 costs at most a point of Score_R at 1000
	// incidents; after 40 % of the best verbs broke, 89 % of the plans that ran alone
	// recovered over the first 50 incidents and 92 % from there, against 85 and 87 to
	// 91 % without forgetting.
	Forget float64 `json:"forget"`
	// Human is the share of belief moved to the cause that a person named: .9.
	Human float64 `json:"human"`
}

// DefaultHyper are the settings that RL.md measured.
func DefaultHyper() Hyper {
	return Hyper{
		Recovery: 4, Harm: 60, Shows: 6, Duration: 3, Hazard: 2,
		Spares: 3, SpareWeight: .1, SpareRecovery: .25,
		Tau: [Levels]float64{ByError: .21, ByStage: .35, BySignature: .35}, TauHarm: .14,
		Forget: .995, Human: .9,
	}
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
	case h.Spares < 0 || h.Spares > 8:
		return fmt.Errorf("read settings: %d spare causes; 0 to 8 are possible", h.Spares)
	case h.Spares > 0 && !(h.SpareWeight > 0 && chance(h.SpareRecovery)):
		return fmt.Errorf("read settings: spare causes need a weight over 0 and a recovery between 0 and 1")
	case !(h.TauHarm >= 0 && h.TauHarm < 10):
		return fmt.Errorf("read settings: tau of harm is %g; it must be 0 to 10 logits", h.TauHarm)
	case !(h.Forget > 0 && h.Forget <= 1):
		return fmt.Errorf("read settings: forget is %g; it must be over 0 and at most 1", h.Forget)
	case !chance(h.Human) || math.IsNaN(h.Human):
		return fmt.Errorf("read settings: human is %g; it must be between 0 and 1", h.Human)
	}
	return nil
}
