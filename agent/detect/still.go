package detect

import (
	"math"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// worseFactor: a metric is worse, not merely present, when it lies this many
// times farther out than it ever did before `since`.
const worseFactor = 1.5

// judges hold one question each: does a symptom of this kind still hold?
var judges = map[pipewright.SignalKind]func(pipewright.Signal, *Facts, time.Time) Status{
	pipewright.RunFailedSignal:  stillFailing,
	pipewright.RunOverdueSignal: stillOverdue,
	pipewright.ThresholdSignal:  stillOver,
	pipewright.AnomalySignal:    stillStrange,
	pipewright.HeartbeatSignal:  stillSilent,
	pipewright.SchemaDiffSignal: stillDiffers,
	pipewright.LogErrorSignal:   stillErring,
}

// Still says whether a symptom holds, judging by what happened at or after
// since alone: the end of an action for a verification, the signal's own time for a
// guard. Nothing new is StatusTooEarly; a part that could not be read, facts of
// another resource and a kind that it does not know are StatusUnknown.
//
// A schema difference is a change and not a fault in itself: it is gone when
// the old columns are back and otherwise unknown, never present.
func Still(s pipewright.Signal, f Facts, since time.Time) Status {
	judge, ok := judges[s.Kind]
	if !ok || s.Resource != f.Resource.ID {
		return StatusUnknown
	}
	return judge(s, &f, since)
}

// Strained is Still for a limit that is tried out: one run that began since and failed
// is a strain, however the newest one ended, because under a limit that is too wide
// some get through.
func Strained(s pipewright.Signal, f Facts, since time.Time) Status {
	status := Still(s, f, since)
	if s.Kind == pipewright.RunFailedSignal && status == StatusGone &&
		newest(f.Runs, func(r *pipewright.Run) bool { return r.State == pipewright.RunFailed && !r.Started.Before(since) }) != nil {
		return StatusPresent
	}
	return status
}

// stillFailing goes by the newest settled run that started since.
func stillFailing(_ pipewright.Signal, f *Facts, since time.Time) Status {
	if f.unread(PartRuns) {
		return StatusUnknown
	}
	return verdictOf(newest(f.Runs, func(r *pipewright.Run) bool { return settled(r) && !r.Started.Before(since) }))
}

func verdictOf(r *pipewright.Run) Status {
	switch {
	case r == nil:
		return StatusTooEarly
	case good(r):
		return StatusGone
	default:
		return StatusPresent
	}
}

// stillOverdue: the run ended well, or a newer one did. When the run itself was
// killed, or tried again, the next one to end decides.
func stillOverdue(s pipewright.Signal, f *Facts, since time.Time) Status {
	if f.unread(PartRuns) {
		return StatusUnknown
	}
	if s.Run == "" {
		return stillMissing(f, since)
	}
	run := newest(f.Runs, func(r *pipewright.Run) bool { return r.ID == s.Run && r.Started.Before(since) })
	if run == nil {
		return StatusUnknown
	}
	next := newest(f.Runs, func(r *pipewright.Run) bool {
		return later(r, run) && (active(r) && !r.Started.Before(since) || settled(r) && !ended(r).Before(since))
	})
	switch {
	case next != nil && settled(next):
		return verdictOf(next)
	case next != nil:
		return StatusTooEarly
	case active(run):
		return StatusPresent
	case good(run) && !ended(run).Before(since):
		return StatusGone
	default:
		return StatusTooEarly
	}
}

// stillMissing judges a scheduled run that did not start: the next one decides.
func stillMissing(f *Facts, since time.Time) Status {
	started := newest(f.Runs, func(r *pipewright.Run) bool { return r.State != pipewright.RunCancelled && !r.Started.Before(since) })
	if started != nil {
		return stillFailing(pipewright.Signal{}, f, since)
	}
	if every, ok := schedule(f.Resource); ok && f.judgedAt().After(since.Add(every+grace(every))) {
		return StatusPresent
	}
	return StatusTooEarly
}

// stillOver: back at the leave level for as many samples as it takes to enter.
func stillOver(s pipewright.Signal, f *Facts, since time.Time) Status {
	r := ruleFor(s.Metric)
	if !r.limited() {
		return StatusUnknown
	}
	return stillOut(s, f, since, r.samples, r.back, r.excess)
}

// stillStrange: back inside the band of its own past.
func stillStrange(s pipewright.Signal, f *Facts, since time.Time) Status {
	r, b := ruleFor(s.Metric), f.band(s.Metric)
	if !b.Known() {
		return StatusUnknown
	}
	back := func(v float64) bool { return !r.far(b, v, leaveZ) }
	return stillOut(s, f, since, r.samples, back, func(v float64) float64 { return math.Abs(v - b.Median) })
}

// stillOut looks at the newest need samples since. The reference for worse is the
// signal's value and everything between its onset and since.
func stillOut(s pipewright.Signal, f *Facts, since time.Time, need int, back func(float64) bool, excess func(float64) float64) Status {
	if f.unread(PartSeries) {
		return StatusUnknown
	}
	points := f.Series[s.Metric]
	from := before(points, since)
	if len(points)-from < need {
		return StatusTooEarly
	}
	onset := excess(s.Value)
	for _, p := range points[min(before(points, s.At), from):from] {
		onset = max(onset, excess(p.Value))
	}
	gone, worse := true, true
	for _, p := range points[len(points)-need:] {
		gone = gone && back(p.Value)
		worse = worse && onset > 0 && excess(p.Value) > worseFactor*onset
	}
	switch {
	case gone:
		return StatusGone
	case worse:
		return StatusWorse
	default:
		return StatusPresent
	}
}

// stillSilent: anything heard since is the end of it. Silence counts as present
// once it has lasted the signal's limit again while others went on.
func stillSilent(s pipewright.Signal, f *Facts, since time.Time) Status {
	if heard(f).After(since) {
		return StatusGone
	}
	if f.unread(PartSeries, PartLines, PartRuns) {
		return StatusUnknown
	}
	limit := max(silenceLeast, time.Duration(s.Limit*float64(time.Second)))
	if f.judgedAt().Sub(since) > limit && f.Others.Sub(since) > limit {
		return StatusPresent
	}
	return StatusTooEarly
}

// stillDiffers: the newest snapshot since has what the one before the change had.
func stillDiffers(s pipewright.Signal, f *Facts, since time.Time) Status {
	n := len(f.Schemas)
	if f.unread(PartSchemas) || n == 0 || f.Schemas[n-1].At.Before(since) || !f.Schemas[n-1].At.After(s.At) {
		return StatusUnknown
	}
	for i := n - 1; i >= 0; i-- {
		if f.Schemas[i].At.Before(s.At) {
			if len(breaking(f.Schemas[i], f.Schemas[n-1])) == 0 {
				return StatusGone
			}
			return StatusUnknown
		}
	}
	return StatusUnknown
}

const (
	quietPauses = 10          // a burst is over after so many of its own mean pauses
	quietLeast  = time.Minute // and never sooner than this
)

// stillErring: silence since, long for how close together the errors came; a
// whole window without a burst is always enough.
func stillErring(_ pipewright.Signal, f *Facts, since time.Time) Status {
	if f.unread(PartLines) {
		return StatusUnknown
	}
	last, quiet := lastBurst(f)
	heard := since
	if last.After(heard) {
		heard = last
	}
	errs := 0
	for i := len(f.Lines) - 1; i >= 0 && !f.Lines[i].At.Before(since) && f.Now.Sub(f.Lines[i].At) < errorWindow; i-- {
		if f.Lines[i].Level == pipewright.Err {
			errs++
		}
	}
	switch {
	case f.judgedAt().Sub(heard) >= quiet:
		return StatusGone
	case errs >= errorLeast:
		return StatusPresent
	case f.judgedAt().Sub(since) < errorWindow:
		return StatusTooEarly
	default:
		return StatusGone
	}
}

// lastBurst is the newest error line and how long a silence after it means that
// its burst is over. Without two lines of it the whole window is needed.
func lastBurst(f *Facts) (last time.Time, quiet time.Duration) {
	first, n := last, 0
	for i := len(f.Lines) - 1; i >= 0; i-- {
		at := f.Lines[i].At
		if f.Lines[i].Level != pipewright.Err || at.After(f.Now) {
			continue
		}
		if n == 0 {
			last = at
		}
		if last.Sub(at) >= errorWindow {
			break
		}
		first, n = at, n+1
	}
	if n < 2 {
		return last, errorWindow
	}
	pause := last.Sub(first) / time.Duration(n-1)
	return last, min(max(quietPauses*pause, quietLeast), errorWindow)
}
