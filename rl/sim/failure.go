package sim

import pipewright "github.com/pipewright/pipewright"

// code is the way in which a run failed: what its system will say, which is
// not what is wrong.
type code int

const (
	flaky code = iota + 1 // nothing that lasts
	unreachable
	noColumn
	wrongType
	badRows
	lockTimeout
	queueTimeout
	outOfMemory
	missingInput
	killed
	zombie
	cancelled
	oldCode
	writeLost
	unfinished
	rowCount
)

// failure is what a run's system knows of how it failed.
type failure struct {
	code   code
	at     pipewright.ResourceID // what it was talking to
	column string
	hint   string
	quiet  bool // nothing of use is said
}
