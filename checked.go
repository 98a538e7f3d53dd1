package pipewright

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Checked is one read-only probe that was run before deciding because its answer
// could change the plan.
type Checked struct {
	Probe  string     `json:"probe"`
	Target ResourceID `json:"target"`
	Answer string     `json:"answer"` // yes, no, or could not tell
	Say    string     `json:"say,omitempty"`
	Gain   float64    `json:"gain"`  // expected change of the plan's value by the answer, in recovered incidents
	Price  float64    `json:"price"` // of the time it takes
	Why    string     `json:"why,omitempty"`
	// Record is what is needed to choose it again (rl.Asked).
	Record json.RawMessage `json:"record,omitempty"`
}

// Sentence says what was checked, why and with what answer.
func (c Checked) Sentence() string {
	say := fmt.Sprintf("%s of %s because %s. It answers %s", c.Probe, c.Target, c.Why, c.Answer)
	if c.Say != "" {
		say += ": " + c.Say
	}
	return say
}

// Worthiest are the probes that could change most, at most n, in that order. Of those that
// gave the same answer in the same words, as two tables of one cluster do, it has one.
func Worthiest(all []Checked, n int) (out []Checked) {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Checked) int { return cmp.Compare(b.Gain, a.Gain) })
	for _, c := range sorted {
		same := func(o Checked) bool {
			return c.Say != "" && o.Probe == c.Probe && o.Answer == c.Answer && o.Say == c.Say
		}
		if len(out) < n && !slices.ContainsFunc(out, same) {
			out = append(out, c)
		}
	}
	return out
}
