package intake

import (
	"runtime"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// lines lets log records in. What is slow about a record, looking for secrets in it, is
// done on all processors; what tells records apart stays in the order they came.
func (a *admission) lines(in []pipewright.LogLine) []pipewright.LogLine {
	if len(in) == 0 {
		return nil
	}
	out := make([]pipewright.LogLine, 0, len(in))
	stamped := map[int]time.Time{} // records that got another time than they came with
	for _, l := range in {
		given := l.At
		l.At = a.stampOr(given)
		if !a.id(l.Resource, l.At) {
			continue
		}
		switch l.Level {
		case pipewright.Debug, pipewright.Info, pipewright.Warn, pipewright.Err:
		default:
			l.Level = pipewright.Info
		}
		if l.UID == "" && !l.At.Equal(given) {
			stamped[len(out)] = given
		}
		out = append(out, l)
	}
	a.scrubLines(out)
	for i, given := range stamped {
		// The store names a record by its time, and ours differs from poll to poll.
		out[i].UID = digest(out[i].Run, given.UTC().String(), out[i].Text)
	}
	return out
}

// aShare is how many records are worth a goroutine.
const aShare = 1000

// scrubLines takes the secrets out of records, in shares on all processors.
func (a *admission) scrubLines(lines []pipewright.LogLine) {
	shares := max(1, min(runtime.GOMAXPROCS(0), len(lines)/aShare))
	counts := make([]map[string]int, shares)
	var done sync.WaitGroup
	for i := range shares {
		counts[i] = map[string]int{}
		part := lines[i*len(lines)/shares : (i+1)*len(lines)/shares]
		s := scrubber{redactor: a.redactor, note: func(reason string) { counts[i][reason]++ }}
		done.Go(func() {
			for k := range part {
				part[k] = s.line(part[k])
			}
		})
	}
	done.Wait()
	for _, c := range counts {
		for reason, n := range c {
			a.counts[reason] += n
		}
	}
}
