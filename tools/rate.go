package tools

// RateArg is the argument of a throttle: what is let in, in the unit of its Rate.
const RateArg = "rate"

// Rate is what a target is asked and what a limit lets in, read live by the Prepare of
// a throttle or a release.
type Rate struct {
	Asked float64 // what would come without a limit
	Limit float64 // what is let in now; 0: everything
	Least float64 // under which no limit is set
	Unit  string  // "requests a second"
	// Idle: nothing runs under the limit and nothing waits for it, so that no reading
	// will come. Left false where the system does not know.
	Idle bool
}
