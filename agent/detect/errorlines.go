package detect

import (
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	errorWindow = 10 * time.Minute // a burst is counted over this long
	errorLeast  = 5                // error lines in a burst
	errorFactor = 4                // times the usual number in such a window
	errorPast   = 6 * time.Hour    // usual is over this long before the burst
)

// errorLines sees a burst of error lines from something that has no runs and
// does not usually write so many. At is the first error line with no longer pause than
// errorWindow between it and the burst.
func errorLines(f *Facts) []pipewright.Signal {
	if len(f.Runs) > 0 {
		return nil
	}
	burst, past := 0, 0
	first, joined := f.Now, true
	for i := len(f.Lines) - 1; i >= 0 && f.Now.Sub(f.Lines[i].At) <= errorPast+errorWindow; i-- {
		l := &f.Lines[i]
		if l.Level != pipewright.Err || l.At.After(f.Now) {
			continue
		}
		if f.Now.Sub(l.At) < errorWindow {
			burst++
		} else {
			past++
		}
		if joined = joined && first.Sub(l.At) <= errorWindow; joined {
			first = l.At
		}
	}
	usual := float64(past) / float64(errorPast/errorWindow)
	if burst < errorLeast || float64(burst) < errorFactor*usual {
		return nil
	}
	s := f.signal(pipewright.LogErrorSignal, "", first)
	s.Value, s.Limit = float64(burst), max(errorLeast, errorFactor*usual)
	s.Summary = fmt.Sprintf("%d error lines in %s, the first at %s", burst, span(errorWindow), clock(first))
	return []pipewright.Signal{s}
}
