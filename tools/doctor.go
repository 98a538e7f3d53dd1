package tools

// Check is one call that a doctor made of an outside system.
type Check struct {
	System string // as the configuration names it
	Call   string // the exact call: a path, a statement
	Say    string // what was seen, one line
	Err    error  // what is wrong and what to do; nil when all is well
}
