package rl

// Reward is what one arm brought: +1 recovered, 0 unchanged, -severity made
// worse (the sources' +1, 0, -1 with the severity of 1 to 2), less its prices.
// minutes are those it really took. An unknown result is worth no more than an
// unchanged one.
func (t Terms) Reward(r Result, p Pull, minutes float64) float64 {
	p.Minutes = minutes
	price, factor := p.price(t.orDefault())
	switch r {
	case Recovered:
		return factor - price
	case Worse:
		return -factor*p.severity() - price
	default:
		return -price
	}
}

// Final is what is added when an incident ends with this result and a person
// has to finish it: V_esc, or after harm V_esc_harm; 0 when it recovered. What is
// discounted must be discounted by the caller.
func (t Terms) Final(r Result) float64 {
	t = t.orDefault()
	switch r {
	case Recovered:
		return 0
	case Worse:
		return t.escalation(harmStretch)
	default:
		return t.Escalation()
	}
}
