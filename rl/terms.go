package rl

import "math"

// Terms are what time and the ends of an incident are worth, in units of one
// recovered incident.
type Terms struct {
	PerMinute    float64 `json:"per_minute"`             // c_t: price of a minute of outage
	Criticality  float64 `json:"criticality,omitempty"`  // of the stage; 0 reads as 1
	Discount     float64 `json:"discount,omitempty"`     // beta per minute; 0: none
	HumanMinutes float64 `json:"human_minutes"`          // until a person has fixed it
	HumanPrice   float64 `json:"human_price"`            // c_fix
	AskMinutes   float64 `json:"ask_minutes"`            // until a person has answered
	AskPrice     float64 `json:"ask_price"`              //
	ApproveGood  float64 `json:"approve_good,omitempty"` // chance that a plan that would recover is approved
	ApproveBad   float64 `json:"approve_bad,omitempty"`  // the same for one that would not
}

// DefaultTerms are those of RL.md 2.4 and 3.2.
func DefaultTerms() Terms {
	return Terms{
		PerMinute: .006, Criticality: 1, HumanMinutes: 50, HumanPrice: .30,
		AskMinutes: 10, AskPrice: .08, ApproveGood: .9, ApproveBad: .3,
	}
}

func (t Terms) orDefault() Terms {
	if t == (Terms{}) {
		return DefaultTerms()
	}
	if t.Criticality == 0 {
		t.Criticality = 1
	}
	return t
}

// elapse is the price of an outage of d minutes and the factor on what follows:
// c d and 1, or with a discount rate beta c (1-e^{-beta d})/beta and e^{-beta d}
// (a semi-Markov decision process; Bradtke and Duff 1995).
func (t Terms) elapse(d float64) (price, factor float64) {
	c := t.PerMinute * t.Criticality
	if t.Discount <= 0 {
		return c * d, 1
	}
	factor = math.Exp(-t.Discount * d)
	return c * (1 - factor) / t.Discount, factor
}

// Escalation is V_esc: a person recovers it, late and at a price.
func (t Terms) Escalation() float64 { return t.escalation(1) }

// escalation with the human time stretched: a person needs 1.5 times as long
// after something was made worse.
func (t Terms) escalation(stretch float64) float64 {
	price, factor := t.elapse(stretch * t.HumanMinutes)
	return factor - t.HumanPrice - price
}

// harmStretch is how much longer a person needs after harm.
const harmStretch = 1.5

// asking is V_ask: a person approves the plan with ApproveGood if it would
// recover and with ApproveBad if not, and else fixes it. With p the chance that
// the plan recovers, good its value when it does (1 less its prices) and value
// its value overall:
//
//	V_ask = -ask + p (g good + (1-g) V_esc) + (1-p) (b bad + (1-b) V_esc)
func (t Terms) asking(p, value, prices float64) float64 {
	price, factor := t.elapse(t.AskMinutes)
	good := 1 - prices
	rest := value - p*good // (1-p) bad
	esc := t.Escalation()
	return -t.AskPrice - price + factor*(p*(t.ApproveGood*good+(1-t.ApproveGood)*esc)+
		t.ApproveBad*rest+(1-p)*(1-t.ApproveBad)*esc)
}

// price is cost(a): money + time + blast + loss.
func (p Pull) price(t Terms) (price, factor float64) {
	price, factor = t.elapse(p.Minutes)
	return price + p.Money + p.Blast + p.Loss, factor
}

func (p Pull) severity() float64 {
	if p.Severity <= 0 {
		return 1
	}
	return p.Severity
}

// Harmed is V_esc_harm: what a person still makes of it after something was made
// worse, before its severity.
func (t Terms) Harmed() float64 { return t.escalation(harmStretch) }
