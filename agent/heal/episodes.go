package heal

import (
	"cmp"
	"encoding/json"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Log is the part of the journal that teaches. All of it is stored in order, so
// that a prefix of it is well defined.
type Log struct {
	Incidents []pipewright.Incident
	Outcomes  []pipewright.Outcome
	Feedback  []pipewright.Request // what people said of causes, and was taken down

	records map[string][]*rl.Record // by incident and attempt, where they were read before
}

// Mark says where a log ends: after this event and so many words of feedback.
type Mark struct {
	Seq      int64
	Feedback int
}

// End is the mark of the whole log.
func (l Log) End() (m Mark) {
	for _, inc := range l.Incidents {
		if inc.State == pipewright.Closed {
			m.Seq = max(m.Seq, inc.Seq)
		}
	}
	m.Feedback = len(l.Feedback)
	return m
}

// Upto is the log as it was at a mark. Incidents that were not closed then teach
// nothing yet, whatever is known of them today.
func (l Log) Upto(m Mark) Log {
	l.Incidents = slices.DeleteFunc(slices.Clone(l.Incidents), func(i pipewright.Incident) bool {
		return i.State != pipewright.Closed || i.Seq > m.Seq
	})
	slices.SortFunc(l.Incidents, func(a, b pipewright.Incident) int { return cmp.Compare(a.Seq, b.Seq) })
	l.Feedback = l.Feedback[:min(m.Feedback, len(l.Feedback))]
	return l
}

// Episodes folds the log into what is learned from, by the order in which
// incidents closed in the journal: clocks that differ cannot reorder it. It is
// pure. Results count after the soak; what is unknown teaches nothing; an incident
// in which a person did something before a result was seen has weight 0; one of k
// that had one fault 1/k.
func (l Log) Episodes() []rl.Episode {
	l = l.Upto(l.End())
	tried := map[string][]pipewright.Outcome{}
	for _, o := range Label(l.Outcomes, l.Feedback) {
		tried[o.Incident] = append(tried[o.Incident], o)
	}
	var out []rl.Episode
	for _, inc := range l.Incidents {
		if e, ok := l.episode(inc, tried[inc.ID]); ok {
			out = append(out, e)
		}
	}
	return out
}

// episode is what one closed incident teaches; ok is false when nothing was
// decided by a recorded policy, or nothing was tried.
func (l Log) episode(inc pipewright.Incident, outcomes []pipewright.Outcome) (e rl.Episode, ok bool) {
	if inc.Class == pipewright.ClassRequested || len(outcomes) == 0 {
		return e, false
	}
	first, ok := l.recordOf(inc, 0)
	if !ok {
		return e, false
	}
	e = rl.Episode{ID: inc.ID, Beliefs: first.Case.Hypotheses, Seen: first.Case.Seen, Context: first.Case.Context, Weight: 1 / float64(l.cascade(inc))}
	for _, o := range outcomes {
		e.Steps = append(e.Steps, rl.Step{
			Verb: string(o.Action.Kind.Verb()), Result: resultOf(o), Minutes: max(o.Seconds, 0) / 60, Aims: l.aimsOf(first, inc, o.Action),
		})
		if o.Label != "" {
			e.Label = o.Label
		}
	}
	if meddled, verb := l.people(inc, outcomes); meddled {
		e.Weight = 0
	} else {
		e.Human = verb
	}
	return e, true
}

// recordOf is the decision record of an attempt.
func (l Log) recordOf(inc pipewright.Incident, i int) (r rl.Record, ok bool) {
	if kept, ok := l.records[inc.ID]; ok {
		if i >= len(kept) || kept[i] == nil {
			return r, false
		}
		return *kept[i], true
	}
	if i >= len(inc.Attempts) || inc.Attempts[i].Decision == nil {
		return r, false
	}
	return readRecord(*inc.Attempts[i].Decision)
}

func readRecord(d pipewright.Decision) (r rl.Record, ok bool) {
	return r, len(d.Record) > 0 && json.Unmarshal(d.Record, &r) == nil
}

func resultOf(o pipewright.Outcome) rl.Result {
	switch {
	case o.Harm || o.Verification == pipewright.VerifyWorse:
		return rl.Worse
	case o.Verification == pipewright.VerifyRecovered && o.Soaked:
		return rl.Recovered
	case o.Verification == pipewright.VerifyUnchanged:
		return rl.Unchanged
	}
	return rl.Unknown
}

// aimsOf are the first beliefs under which an action was aimed right: as its own
// decision says, by the names of the causes.
func (l Log) aimsOf(first rl.Record, inc pipewright.Incident, a pipewright.Action) []int {
	aims := []int{}
	for i, at := range inc.Attempts {
		rec, ok := l.recordOf(inc, i)
		if !ok || at.Action.Hash() != a.Hash() || rec.Choice.Arm < 0 {
			continue
		}
		for _, h := range rec.Case.Candidates[rec.Choice.Arm].Aims {
			cause := rec.Case.Hypotheses[h].Cause
			for k, f := range first.Case.Hypotheses {
				if f.Cause == cause && !slices.Contains(aims, k) {
					aims = append(aims, k)
				}
			}
		}
		break
	}
	slices.Sort(aims)
	return aims
}

// cascade is how many incidents of the log had the same believed cause at the same
// place and time, itself included: they had one fault.
func (l Log) cascade(inc pipewright.Incident) int {
	n := 0
	top, _ := topOf(inc)
	for _, o := range l.Incidents {
		h, ok := topOf(o)
		if o.ID == inc.ID || ok && h.Cause == top.Cause && h.Resource == top.Resource && overlap(inc, o) {
			n++
		}
	}
	return n
}

func topOf(inc pipewright.Incident) (pipewright.Hypothesis, bool) {
	if inc.Diagnosis == nil {
		return pipewright.Hypothesis{}, false
	}
	return inc.Diagnosis.Top()
}

func overlap(a, b pipewright.Incident) bool {
	return !a.OpenedAt.After(b.EndedAt) && !b.OpenedAt.After(a.EndedAt)
}

// people says what persons did themselves meanwhile, by the actions that they asked
// for on what the incident is about: whether they did it while a result was awaited,
// and otherwise the verb that came last, after all that was tried.
func (l Log) people(inc pipewright.Incident, outcomes []pipewright.Outcome) (meddled bool, verb string) {
	for _, o := range l.Incidents {
		if o.Class != pipewright.ClassRequested || len(o.Attempts) == 0 {
			continue
		}
		at := o.Attempts[0]
		if at.At.Before(inc.OpenedAt) || at.At.After(inc.UpdatedAt) || !concerns(inc, at.Action.Target) {
			continue
		}
		if at.At.Before(outcomes[len(outcomes)-1].At) {
			return true, ""
		}
		verb = string(at.Action.Kind.Verb())
	}
	return false, verb
}

func concerns(inc pipewright.Incident, id pipewright.ResourceID) bool {
	top, _ := topOf(inc)
	return id == top.Resource || slices.Contains(inc.Resources(), id) ||
		slices.ContainsFunc(inc.Attempts, func(a pipewright.Attempt) bool { return a.Action.Target == id })
}

// predicted is the chance that the action alone recovers it, as it was decided.
func predicted(at pipewright.Attempt) float64 {
	if at.Decision == nil {
		return 0
	}
	if rec, ok := readRecord(*at.Decision); ok {
		for _, r := range rec.Choice.Ranked {
			if r.Arm == rec.Choice.Arm {
				return r.Recovery
			}
		}
	}
	if at.Decision.Recovery != nil {
		return *at.Decision.Recovery
	}
	return 0
}
