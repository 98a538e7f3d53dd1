package heal

import (
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// Reading is one symptom of an incident, read again.
type Reading struct {
	Signal pipewright.Signal
	Status detect.Status
}

// drains is how long after an action has settled a metric may take to come back:
// what piled up meanwhile must be worked off first.
const drains = 10 * time.Minute

// Verify turns readings made after an action into one result. Pure. A reading
// that failed makes it unknown once the deadline has passed, never recovered;
// before the deadline, or before the action has had time to work, the result is
// pending.
func Verify(readings []Reading, now, settled, deadline time.Time) pipewright.Verification {
	if len(readings) == 0 {
		return pipewright.VerifyUnknown
	}
	count := map[detect.Status]int{}
	for _, r := range readings {
		count[r.Status]++
	}
	switch {
	case count[detect.StatusWorse] > 0 && !now.Before(settled):
		return pipewright.VerifyWorse
	case failedRunSince(readings) && !now.Before(settled):
		return pipewright.VerifyUnchanged // no need to wait until the metrics have had their time
	case count[detect.StatusGone] == len(readings):
		return pipewright.VerifyRecovered
	case now.Before(settled), now.Before(settled.Add(drains)) && now.Before(deadline):
		return pipewright.VerifyPending
	case count[detect.StatusPresent] > 0 && count[detect.StatusTooEarly]+count[detect.StatusUnknown] == 0:
		return pipewright.VerifyUnchanged
	case now.Before(deadline):
		return pipewright.VerifyPending
	case count[detect.StatusPresent] > 0:
		return pipewright.VerifyUnchanged
	default:
		return pipewright.VerifyUnknown
	}
}

func failedRunSince(readings []Reading) bool {
	return slices.ContainsFunc(readings, func(r Reading) bool {
		return r.Signal.Kind == pipewright.RunFailedSignal && r.Status == detect.StatusPresent
	})
}

// Holds says whether the fault still holds, from readings made before an action:
// one symptom that does is enough, and all must be gone for it to be gone.
func Holds(readings []Reading) detect.Status {
	gone := 0
	unknown := false
	for _, r := range readings {
		switch r.Status {
		case detect.StatusPresent, detect.StatusWorse, detect.StatusTooEarly:
			return detect.StatusPresent
		case detect.StatusGone:
			gone++
		default:
			unknown = true
		}
	}
	if unknown || gone == 0 {
		return detect.StatusUnknown
	}
	return detect.StatusGone
}

// primary selects the symptoms that an action is judged by: those where the
// incident was first seen, where it acts, and where the cause is believed to
// sit. A schema difference is a change, not a symptom that goes away.
func primary(inc pipewright.Incident) []pipewright.Signal {
	at := roots(inc)
	if inc.Action != nil {
		at = append(at, inc.Action.Target)
	}
	pick := func(keep func(pipewright.Signal) bool) (out []pipewright.Signal) {
		for _, s := range symptoms(inc) {
			if keep(s) {
				out = append(out, s)
			}
		}
		return out
	}
	if near := pick(func(s pipewright.Signal) bool { return slices.Contains(at, s.Resource) }); len(near) > 0 {
		return near
	}
	return pick(func(pipewright.Signal) bool { return true })
}

// symptoms lists the incident's signals that can be seen to go away, the newest
// of each fingerprint. A metric that is merely unusual (a CPU busy with catching
// up) counts only when there is nothing harder to go by.
func symptoms(inc pipewright.Incident) []pipewright.Signal {
	hard := slices.ContainsFunc(inc.Signals, func(s pipewright.Signal) bool {
		return s.Kind != pipewright.SchemaDiffSignal && s.Kind != pipewright.AnomalySignal
	})
	var out []pipewright.Signal
	for _, s := range inc.Signals {
		if s.Kind == pipewright.SchemaDiffSignal || hard && s.Kind == pipewright.AnomalySignal {
			continue
		}
		if i := slices.IndexFunc(out, func(o pipewright.Signal) bool { return o.Fingerprint == s.Fingerprint }); i >= 0 {
			out[i] = s
			continue
		}
		out = append(out, s)
	}
	return out
}

// sayReadings renders readings for people.
func sayReadings(readings []Reading) string {
	words := map[detect.Status]string{
		detect.StatusUnknown: "could not be read", detect.StatusPresent: "still there", detect.StatusGone: "gone",
		detect.StatusTooEarly: "nothing new to judge by", detect.StatusWorse: "worse",
	}
	say := ""
	for i, r := range readings {
		if i > 0 {
			say += "; "
		}
		what := string(r.Signal.Kind)
		if r.Signal.Metric != "" {
			what = r.Signal.Metric
		}
		say += fmt.Sprintf("%s of %s: %s", what, r.Signal.Resource, words[r.Status])
	}
	return say
}
