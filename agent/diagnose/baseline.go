package diagnose

import (
	"context"
	"math"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/tools"
)

// baseline is the same resource's records before the onset and in good runs.
type baseline struct {
	lines []pipewright.LogLine // errors and warnings before the onset
	span  time.Duration        // that they were read over
	good  []pipewright.LogLine // every line of the last good runs
	runs  int                  // how many good runs
	since time.Time            // start of the window of records
}

// lately is the recent past: what was loud then is not news.
const lately = 3 * time.Hour

func (s *scene) readBaseline(ctx context.Context, tel tools.LogReader, f *facts, from time.Time) error {
	of := []pipewright.ResourceID{f.id}
	w := pipewright.Window{Start: from.Add(-memory), End: from}
	lines, err := tel.Logs(ctx, pipewright.LogQuery{Resources: of, Window: w, Levels: severe, Limit: linesLimit, Newest: true})
	if err != nil {
		return err
	}
	f.before = baseline{span: memory, since: from}
	if len(lines) >= linesLimit { // more than was read: they cover less time
		f.before.span = max(from.Sub(lines[0].At), time.Second)
	}
	f.before.lines = f.ofNow(lines)
	for _, r := range f.goodBefore(s.onset) {
		if f.before.runs == goodRuns {
			break
		}
		good, err := tel.Logs(ctx, pipewright.LogQuery{Resources: of, Run: r.ID, Limit: linesLimit, Newest: true})
		if err != nil {
			return err
		}
		f.before.good, f.before.runs = append(f.before.good, good...), f.before.runs+1
	}
	return nil
}

// background is the chance that the resource shows a cause's signature as
// often as it does now on an ordinary day: the Poisson chance of at least n
// matches where mean are usual, over the day before and over the last hours
// before, and for a run no less than the share of good runs that show it too. A
// signature that also occurs in good runs, was just as loud before the onset, or
// belongs to a failure that is older than this one, comes out near 1 and so tells
// little.
func (s *scene) background(f *facts, sign catalogue.LogSignature) float64 {
	n, inRun := 0, 0
	for _, r := range f.records {
		if r.run == nil && sign.Matches(ends(r.line.Text)) {
			n++
			inRun += truth(r.failing)
		}
	}
	usual := logFloor
	if inRun == n && f.before.runs > 0 {
		all, in := count(f.before.good, sign)
		runs := float64(f.before.runs)
		usual = max(usual, poissonTail(max(inRun, 1), float64(all)/runs), float64(in)/runs)
	}
	for _, past := range []time.Duration{f.before.span, min(f.before.span, lately)} {
		since := f.before.since.Add(-past)
		i := slices.IndexFunc(f.before.lines, func(l pipewright.LogLine) bool { return !l.At.Before(since) })
		if i < 0 {
			continue
		}
		all, _ := count(f.before.lines[i:], sign)
		usual = max(usual, poissonTail(max(n, 1), float64(all)*s.now.Sub(f.before.since).Seconds()/past.Seconds()))
	}
	return usual
}

// count is how many of the lines show the signature, and in how many runs.
func count(lines []pipewright.LogLine, sign catalogue.LogSignature) (n, runs int) {
	seen := map[string]bool{}
	for _, l := range lines {
		if sign.Matches(ends(l.Text)) {
			n++
			seen[l.Run] = true
		}
	}
	return n, len(seen)
}

// poissonTail is P(N >= n) for N Poisson with the mean: 1 - sum_{k<n} e^-m m^k/k!.
func poissonTail(n int, mean float64) float64 {
	if n <= 0 {
		return 1
	}
	term, below := math.Exp(-mean), 0.0
	for k := range n {
		below += term
		term *= mean / float64(k+1)
	}
	return min(max(1-below, 0), 1)
}
