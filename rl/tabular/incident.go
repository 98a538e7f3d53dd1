package tabular

import "strings"

// Sight is what a table may key an incident's state on.
type Sight struct {
	Error  string // error class
	Step   string // how many actions were tried: "0", "1", ...
	Last   string // the last action tried
	Stage  string
	Change string // kind of change in the last day
	Drift  string
	Flags  []string // every other flag, in a fixed order
}

// Detail says how much of a Sight makes the key.
type Detail int

const (
	Coarse Detail = iota // error, step, last action
	Mid                  // and stage, change, drift
	Flat                 // and all flags
)

// Key is the state's name. The parts must not hold '|'.
func (s Sight) Key(d Detail) string {
	parts := []string{s.Error, s.Step, s.Last}
	if d >= Mid {
		parts = append(parts, s.Stage, s.Change, s.Drift)
	}
	if d >= Flat {
		parts = append(parts, s.Flags...)
	}
	return strings.Join(parts, "|")
}

// Index numbers states by their keys, in the order in which they are first seen.
type Index struct{ of map[string]int }

// State is the number of a key.
func (x *Index) State(key string) int {
	if x.of == nil {
		x.of = map[string]int{}
	}
	n, ok := x.of[key]
	if !ok {
		n = len(x.of)
		x.of[key] = n
	}
	return n
}

// Len is how many states were seen.
func (x *Index) Len() int { return len(x.of) }
