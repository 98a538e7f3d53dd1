package gym

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// trouble is the way in which work fails: what its system can tell, which is
// not what is wrong. The zero value is no trouble.
type trouble int

const (
	fine trouble = iota
	timedOut
	refused
	reset
	denied
	tooManySessions
	rateLimited
	slowedDown
	inputMissing
	noColumn
	extraColumn
	wrongType
	badRows
	lagging
	logGone
	outOfMemory
	hung
	crashed
	deviceLost
	codeError
	configError
	serverErrors
	inaccurate
	slow
	stale
	lockWait
	deadlocked
	queued
	diskFull
	troubles
)

// verbs splits a list of verbs.
func verbs(list string) []pipewright.Verb {
	var out []pipewright.Verb
	for _, v := range strings.Fields(list) {
		out = append(out, pipewright.Verb(v))
	}
	return out
}
