package ask

import (
	"fmt"
	"math"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
)

// usage puts what the model cost beside what the tools did.
func (m *thought) usage(u *pipewright.Usage) {
	u.ModelCalls, u.Tokens, u.Cost = m.used.Calls, m.used.Tokens, m.used.Cost
	u.CostToday, u.DailyCost = m.day.Cost, m.limits.DailyCost
}

// spending says what the model cost, in one line: "model: 2 calls, 3,412 tokens, $0.01,
// today $0.34 of $5.00". Without prices there is no money in it.
func spending(u pipewright.Usage) string {
	line := fmt.Sprintf("model: %s, %s tokens", times(u.ModelCalls, "call"), grouped(u.Tokens))
	if u.CostToday > 0 || u.DailyCost > 0 {
		line += fmt.Sprintf(", %s, today %s", money(u.Cost), money(u.CostToday))
	}
	if u.DailyCost > 0 {
		line += " of " + money(u.DailyCost)
	}
	return line
}

// money writes dollars in cents, and what is under a dollar and no whole cents with two
// digits that count.
func money(v float64) string {
	if cents := math.Round(v*100) / 100; v > 0 && v < 1 && math.Abs(cents-v) > 1e-9 {
		return fmt.Sprintf("$%.2g", v)
	}
	return fmt.Sprintf("$%.2f", v)
}

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
