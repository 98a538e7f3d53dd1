package heal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Leftovers is what was read of the output of a run that failed.
type Leftovers struct {
	Run      string
	Began    time.Time
	Mode     tools.WriteMode
	Label    bool // the mode is a label of the resource, not the system's own word
	Bookmark tools.Answer
	Marker   tools.Answer
	Landed   []tools.Landed
	Readers  []pipewright.Run // runs downstream that began after the failed run and read its table, or what it announced
	Evidence []pipewright.Evidence
}

// wrote sums the rows of the failed run; known is false when no table told.
func (t Leftovers) wrote() (rows float64, exact, known bool) {
	exact = true
	for _, l := range t.Landed {
		rows, exact, known = rows+l.Rows, exact && l.Exact, true
	}
	return rows, exact, known
}

// JudgeRerun decides whether the run may be run again, from what it left. Rows that
// are there count for more than what a job is said to do. It is pure.
func JudgeRerun(t Leftovers) pipewright.Rerun {
	r := pipewright.Rerun{Verdict: pipewright.RerunUnknown, Run: t.Run, Evidence: numberedReruns(t)}
	rows, exact, known := t.wrote()
	switch {
	case known && rows == 0 && exact:
		r.Verdict, r.Why = pipewright.RerunSafe, "the failed run left no rows"
	case t.Bookmark == tools.Yes:
		r.Verdict, r.Why = pipewright.RerunSafe, "the job's bookmark stands behind the failed run's input, which is not read again"
	case t.Mode == tools.ReadsOnly:
		r.Verdict, r.Why = pipewright.RerunSafe, "it writes no rows"
	case t.Mode == tools.Overwrites:
		r.Verdict, r.Why = pipewright.RerunSafe, "a second run replaces what the first one wrote"
	case t.Mode == tools.Merges:
		r.Verdict, r.Why = pipewright.RerunSafe, "its rows are matched by key, so a second run changes nothing"
	case known && rows > 0 && (exact || t.Mode == tools.Appends):
		r.Verdict, r.Why = pipewright.RerunUnsafe, t.left()+", so a second run writes rows twice"+t.read()
	case t.Mode == tools.Appends && t.Marker == tools.Yes:
		r.Verdict, r.Why = pipewright.RerunUnsafe, "its output carries the mark of a whole one and it appends, so a second run writes all of it twice"+t.read()
	case t.Mode == tools.Transacts:
		r.Verdict, r.Why = pipewright.RerunSafe, "it writes all rows in one transaction or none"
	case known && rows == 0:
		r.Verdict, r.Why = pipewright.RerunSafe, "no rows came into its tables since the failed run began"
	case known:
		r.Why = t.left() + ", and whose they are is not known" + t.read()
	case t.Marker == tools.Yes:
		r.Why = "its output carries the mark of a whole one, and nothing tells whether a second run would write it twice" + t.read()
	case t.Mode == tools.Appends:
		r.Why = "it appends, and nothing tells how much of it the failed run wrote"
	default:
		r.Why = "nothing tells what the failed run wrote, nor whether a second run would write it twice"
	}
	if t.Label && r.Verdict == pipewright.RerunSafe && !known {
		r.Why += ", as its label says"
	}
	return r
}

// left says which rows lie where.
func (t Leftovers) left() string {
	var parts []string
	for _, l := range t.Landed {
		if l.Rows == 0 {
			continue
		}
		say := number(l.Rows) + " rows"
		if l.Of > 0 {
			say = fmt.Sprintf("%s of %s rows", number(l.Rows), number(l.Of))
		}
		say += " in " + string(l.Table)
		if l.Part != "" {
			say += " (" + l.Part + ")"
		}
		parts = append(parts, say)
	}
	what := "the run"
	if t.Run != "" {
		what = "run " + t.Run
	}
	say := what + " left " + strings.Join(parts, " and ")
	if t.Mode == tools.Appends {
		say += " and it appends"
	}
	return say
}

// number writes a count with its thousands apart.
func number(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

func (t Leftovers) read() string {
	if len(t.Readers) == 0 {
		return ""
	}
	r := t.Readers[0]
	return fmt.Sprintf("; %s has read what is there, at %s", r.Resource, clock(r.Started))
}

// numberedReruns gives the evidence its ids, in the order of the reasons.
func numberedReruns(t Leftovers) (out []pipewright.Evidence) {
	add := func(e pipewright.Evidence) {
		e.ID = fmt.Sprintf("r%d", len(out)+1)
		out = append(out, e)
	}
	for _, l := range t.Landed {
		for _, e := range l.Evidence {
			add(e)
		}
	}
	for _, e := range t.Evidence {
		add(e)
	}
	for _, r := range t.Readers {
		add(pipewright.Evidence{Source: r.Resource, Kind: pipewright.RunEvidence, Query: "runs downstream since the failed run began", Start: r.Started, End: r.Ended,
			Excerpt: fmt.Sprintf("run %s began at %s and %s", r.ID, clock(r.Started), r.State)})
	}
	return out
}

// runsAgain reports whether an action, as prepared, runs again what failed.
func runsAgain(a pipewright.Action, plan tools.Plan) bool { return isRun(a) || plan.Writes != nil }

// rerun reads what the failed run left and decides whether it may be run again; nil
// when the action runs nothing again. It changes nothing.
func (l *Loop) rerun(ctx context.Context, a pipewright.Action, plan tools.Plan) *pipewright.Rerun {
	if !runsAgain(a, plan) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, prepareWithin)
	defer cancel()
	t := l.leftovers(ctx, a.Target, plan.Writes)
	r := JudgeRerun(t)
	r.Target = a.Target
	return &r
}

// markReruns marks the candidates that would run again what is not safe to run again,
// and returns the first such verdict; nil when there is none. Each target is read once.
func (l *Loop) markReruns(ctx context.Context, cands []Candidate) (first *pipewright.Rerun) {
	seen := map[pipewright.ResourceID]*pipewright.Rerun{}
	for i, c := range cands {
		if !isRun(c.Action) {
			continue
		}
		r, known := seen[c.Action.Target]
		if !known {
			if plan, why := prepare(ctx, c.Actuator, c.Action); why == "" {
				r = l.rerun(ctx, c.Action, plan)
			}
			seen[c.Action.Target] = r
		}
		if r == nil || r.Verdict != pipewright.RerunUnsafe {
			continue
		}
		cands[i].Twice = true
		if first == nil {
			first = r
		}
	}
	return first
}

// leftovers gathers what the actuator's system, the tables downstream, the label of
// the target and the stored runs tell.
func (l *Loop) leftovers(ctx context.Context, target pipewright.ResourceID, w *tools.Writes) Leftovers {
	t := Leftovers{}
	if w != nil {
		t.Mode, t.Run, t.Began, t.Bookmark, t.Marker = w.Mode, w.Run, w.Began, w.Bookmark, w.Marker
		t.Landed, t.Evidence, t.Readers = slices.Clone(w.Landed), slices.Clone(w.Evidence), slices.Clone(w.Readers)
	}
	if at, label := l.labelled(target); !t.Mode.Valid() && label.Valid() {
		t.Mode, t.Label = label, true
		t.Evidence = append(t.Evidence, pipewright.Evidence{Source: at, Kind: pipewright.TraceEvidence, Query: "label " + tools.WritesLabel, Start: l.now, End: l.now,
			Excerpt: tools.WritesLabel + ": " + string(label)})
	}
	if t.Began.IsZero() {
		t.Run, t.Began = l.failedRun(ctx, target)
	}
	if t.Began.IsZero() {
		return t
	}
	if len(t.Landed) == 0 {
		t.Landed = l.countRows(ctx, target, t.Began)
	}
	if rows, _, _ := t.wrote(); rows > 0 {
		t.Readers = append(t.Readers, l.readers(ctx, t.Landed, target, t.Began)...)
	}
	return t
}

// labelled is how a resource writes, by its own label or that of what it is part of, such
// as a task's DAG.
func (l *Loop) labelled(target pipewright.ResourceID) (at pipewright.ResourceID, how tools.WriteMode) {
	for _, id := range append([]pipewright.ResourceID{target}, l.topo.Downstream(target, 1)...) {
		if how = tools.WriteMode(l.resources[id].Labels[tools.WritesLabel]); how.Valid() && id.System() == target.System() {
			return id, how
		}
	}
	return target, ""
}

// failedRun is the newest run of a resource that failed.
func (l *Loop) failedRun(ctx context.Context, target pipewright.ResourceID) (id string, began time.Time) {
	for _, r := range l.runs(ctx, target) {
		if r.State == pipewright.RunFailed && r.Started.After(began) {
			id, began = r.ID, r.Started
		}
	}
	return id, began
}

func (l *Loop) runs(ctx context.Context, id pipewright.ResourceID) []pipewright.Run {
	r, known := l.resources[id]
	if !known {
		return nil
	}
	f, err := l.Watch.Facts(ctx, r, l.now)
	if err != nil {
		return nil // what cannot be read tells nothing
	}
	return f.Runs
}

// tableHops is how far downstream of a job its tables are looked for: a task's lie
// below its DAG.
const tableHops = 2

// countRows asks the tables that a job writes what came since its run began.
func (l *Loop) countRows(ctx context.Context, target pipewright.ResourceID, since time.Time) (out []tools.Landed) {
	for _, id := range append([]pipewright.ResourceID{target}, l.topo.Downstream(target, tableHops)...) {
		rows, ok := l.Registry.Rows(id)
		if !ok {
			continue
		}
		landed, known, err := rows.Since(ctx, id, since)
		if err == nil && known {
			out = append(out, landed)
		}
	}
	return out
}

// mostReaders bounds the readers that are listed.
const mostReaders = 3

// readers lists the runs that read the tables since a run began: those of what lies
// downstream of them.
func (l *Loop) readers(ctx context.Context, landed []tools.Landed, writer pipewright.ResourceID, since time.Time) (out []pipewright.Run) {
	for _, t := range landed {
		for _, id := range l.topo.Downstream(t.Table, 1) {
			runs := l.runs(ctx, id)
			i := slices.IndexFunc(runs, func(r pipewright.Run) bool { return r.Started.After(since) && r.State != pipewright.RunCancelled })
			if i >= 0 && id != writer && len(out) < mostReaders {
				out = append(out, runs[i])
			}
		}
	}
	return out
}

// doubledProbe answers yes where a table holds rows twice.
const doubledProbe = "rows_doubled"

// doubled says that what was run again wrote its rows twice; "" when no table says so.
// A run that succeeds is no recovery then.
func (l *Loop) doubled(ctx context.Context, at *pipewright.Attempt) string {
	if at == nil || at.Decision == nil || at.Decision.Rerun == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, prepareWithin)
	defer cancel()
	for _, id := range append([]pipewright.ResourceID{at.Action.Target}, l.topo.Downstream(at.Action.Target, tableHops)...) {
		for _, p := range l.Registry.Probes(doubledProbe, id) {
			if f, err := p.Run(ctx, id); err == nil && f.Answer == tools.Yes {
				return "rows are there twice: " + f.Say
			}
		}
	}
	return ""
}
